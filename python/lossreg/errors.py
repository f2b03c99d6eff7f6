"""What can go wrong, as classes: each is a `LossregError` and the built-in exception that a caller would expect."""

__all__ = [
    "AliasError",
    "DerivativeError",
    "DomainError",
    "DtypeError",
    "EmptyError",
    "InternalError",
    "LossregError",
    "ParameterError",
    "PluginError",
    "PluginWarning",
    "ShapeError",
    "UnknownLossError",
]


class LossregError(Exception):
    """The base of every error of lossreg."""


class UnknownLossError(LossregError, KeyError):
    """No loss has this name."""

    def __str__(self) -> str:
        # KeyError shows the repr of its argument: right for a key, unreadable for a sentence.
        return str(self.args[0]) if self.args else ""


class ParameterError(LossregError, ValueError):
    """A parameter that the loss does not have, or a value that it cannot take."""


class ShapeError(LossregError, ValueError):
    """Arrays whose shapes do not belong together."""


class DomainError(LossregError, ValueError):
    """A number that the loss is not defined for."""


class AliasError(LossregError, ValueError):
    """An output that overlaps an input in part, or another output."""


class EmptyError(LossregError, ValueError):
    """A mean over nothing."""


class DtypeError(LossregError, TypeError):
    """An array of a dtype that is no number, or not the one wanted."""


class DerivativeError(LossregError, NotImplementedError):
    """A derivative that a loss written in Python does not define."""


class PluginError(LossregError, RuntimeError):
    """A loss of another package that cannot be loaded, or whose code returns what it must not."""


class InternalError(LossregError, RuntimeError):
    """A mistake of lossreg's own: please report it."""


class PluginWarning(UserWarning):
    """A plugin that could not be loaded, said once."""
