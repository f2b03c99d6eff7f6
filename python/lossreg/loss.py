"""What every loss answers about itself, whoever wrote it: information, link, start value, text, equality, pickles.

A kind of loss says its `name` and `params`, what its class is (`_described`), what its parameters change in that
(`_facts`) and how it is made (`_made`); everything else follows here. The answers are joined to the native class, not
inherited from it: a subclass, even an empty one, costs every method call 20 ns, a twelfth of Huber's gradient of 100
elements, and a ``__getattr__`` 120 ns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from numbers import Real
from typing import TYPE_CHECKING, Any, NoReturn

from lossreg import _native
from lossreg._native import Loss, State
from lossreg.info.catalogue import CATALOGUE, typed
from lossreg.info.records import LossInfo

if TYPE_CHECKING:
    from inspect import Signature

    from lossreg.kinds import Reduced
    from lossreg.links import Link

    Native = _native.Loss
else:
    Native = object

__all__ = ["Loss", "make"]


def _unregistered(_: type[Loss]) -> LossInfo | None:
    return None


# What the registry knows of a class of losses: who brought it and its further names. The registry sets it.
registered: Callable[[type[Loss]], LossInfo | None] = _unregistered


def _by_class(_: Loss) -> tuple[Any, ...] | None:
    return None


# How a loss that somebody has brought is pickled; None where its class says it. The registry sets it.
reduced: Callable[[Loss], tuple[Any, ...] | None] = _by_class


def _means_it(_: type[Loss]) -> bool:
    return False


# Whether the name of a class of losses means another loss than that class. The registry sets it.
misnamed: Callable[[type[Loss]], bool] = _means_it


def make(name: str, params: dict[str, Any], kind: type[Loss] = Loss) -> Loss:
    """Make a loss again, from its pickle."""
    return kind._made(name, params)


class Signatures:
    """The signature of a loss as a function of its arrays; that of a class of losses is about its parameters."""

    def __get__(self, loss: Any, kind: Any) -> Signature:
        from lossreg.info import signatures

        if loss is not None:
            return signatures.of_call(kind.value, loss._described().sides)
        if not hasattr(kind, "describe"):
            raise AttributeError("__signature__")  # inspect reads such a class as it reads others
        return signatures.of_parameters(kind.describe())


class Documentation:
    """The documentation of a class; on a loss, that of the loss."""

    def __init__(self, text: str | None) -> None:
        self.text = text

    def __get__(self, loss: Any, kind: type[Loss]) -> str | None:
        if loss is None:
            return self.text
        from lossreg.info import document

        return document.of_loss(loss, self.text)


class Parameter:
    """Where the value of a parameter is, said to whom looks for it under its name alone."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, loss: Any, kind: type[Loss]) -> NoReturn:
        if loss is None:
            raise AttributeError(f"type object {kind.__name__!r} has no attribute {self.name!r}")
        if self.name in loss.params:
            raise AttributeError(f'{loss!r} has its parameters in a dict: write loss.params["{self.name}"]')
        raise AttributeError(f"{loss!r} has no parameter {self.name!r}; loss.params has all")


class Answers(Native):
    """The members that are joined to `Loss`."""

    __slots__ = ()

    __signature__ = Signatures()

    def __init_subclass__(cls, **options: Any) -> None:
        super(Loss, cls).__init_subclass__(**options)
        cls.__doc__ = Documentation(cls.__doc__)  # type: ignore[assignment]

    # What it is

    @property
    def info(self) -> LossInfo:
        """What there is to know about the loss with its parameters: a `lossreg.LossInfo`.

        Examples
        --------
        >>> import lossreg
        >>> lossreg.get("binary_cross_entropy", from_logits=False).info.prediction.words
        'probabilities from 0 to 1'
        """
        return replace(self._described(), **typed(self._facts()))

    def _described(self) -> LossInfo:
        return CATALOGUE[self.name]

    @classmethod
    def _made(cls, name: str, params: dict[str, Any]) -> Loss:
        return cls(name, params)

    def replace(self, **params: object) -> Loss:
        """Return the same loss with other parameters.

        Parameters
        ----------
        **params
            Parameters of the loss; the others keep their values.

        Returns
        -------
        Loss
            The loss.

        Raises
        ------
        ParameterError
            If the loss has no such parameter, or it cannot take the value.

        Examples
        --------
        >>> import lossreg
        >>> lossreg.get("binary_focal", gamma=3.0).replace(alpha=0.25)
        binary_focal(gamma=3.0, alpha=0.25)
        """
        return self._made(self.name, {**self.params, **params})

    def config(self) -> dict[str, object]:
        """Return the name and the parameters that differ from their defaults, as plain data for `lossreg.get`.

        Examples
        --------
        >>> import lossreg
        >>> lossreg.get("focal", gamma=3.0).config()
        {'name': 'binary_focal', 'params': {'gamma': 3.0}}
        """
        kind = type(self)
        data: dict[str, object] = {"name": self.name, "params": self._changed()}
        if kind is not Loss and misnamed(kind):  # its name would be read as that of another loss
            data["class"] = f"{kind.__module__}.{kind.__qualname__}"
        return data

    def _changed(self) -> dict[str, Any]:
        default = {param.name: param.default for param in self._described().params}
        changed = ((name, value) for name, value in self.params.items() if value != default[name])
        return {name: list(value) if isinstance(value, tuple) else value for name, value in changed}

    def _portable(self) -> dict[str, Any]:
        """All that makes the loss, as plain data for `lossreg.get` of another process."""
        return self.config()

    # Arithmetic

    def __add__(self, other: Any) -> Loss:
        return self._sum((self, 1.0), (other, 1.0)) if isinstance(other, Loss) else NotImplemented

    def __radd__(self, other: Any) -> Loss:
        return self if type(other) is int and other == 0 else NotImplemented  # where `sum` begins

    def __sub__(self, other: Any) -> Loss:
        return self._sum((self, 1.0), (other, -1.0)) if isinstance(other, Loss) else NotImplemented

    def __mul__(self, factor: Any) -> Loss:
        return self._sum((self, factor)) if isinstance(factor, Real) else NotImplemented

    __rmul__ = __mul__

    def __truediv__(self, divisor: Any) -> Loss:
        return self._sum((self, 1 / divisor)) if isinstance(divisor, Real) else NotImplemented

    def __neg__(self) -> Loss:
        return self._sum((self, -1.0))

    def __pos__(self) -> Loss:
        return self

    @staticmethod
    def _sum(*terms: tuple[Loss, Any]) -> Loss:
        from lossreg.combination import Combination

        return Combination(terms)

    # Links and start values

    @property
    def link(self) -> Link:
        """From raw scores to the scale of the target: a `lossreg.links.Link`.

        Examples
        --------
        >>> import lossreg
        >>> lossreg.get("poisson").link
        Link('log')
        """
        from lossreg.links import Link

        info = self._described()
        params: dict[str, Any] = self.params
        raw = info.raw_switch is None or params[info.raw_switch]
        name = info.link if raw else "identity"
        thresholds = params["thresholds"] if name == "cumulative_logit" else ()
        return Link(name, params.get("axis", -1), thresholds)

    def predict(self, raw: Any, out: Any = None, *, n_threads: int | None = None) -> Any:
        """Map raw scores to the scale of the target: probabilities, rates or means.

        Parameters
        ----------
        raw : array_like
            Raw scores.
        out : numpy.ndarray, optional
            Where the result goes, of its shape and dtype; it may be `raw` itself.
        n_threads : int, optional
            How many threads may work; by default ``lossreg.get_num_threads()``.

        Returns
        -------
        float or numpy.ndarray
            Their images, in the shape of `raw`; for classes between thresholds a row of probabilities for each.

        Examples
        --------
        >>> import lossreg
        >>> lossreg.get("binary_cross_entropy").predict(0.0)
        0.5
        """
        return self.link.inverse(raw, out, n_threads=n_threads)

    def init_score(
        self, y_true: Any, sample_weight: Any = None, *, where: Any = None, n_classes: int | None = None
    ) -> Any:
        """Find the constant raw score with the least loss: a float, or one for each class.

        Parameters
        ----------
        y_true : array_like
            Targets.
        sample_weight : array_like, optional
            Weights, in the shape of the unreduced loss or of its leading axes. Some may be negative, as long as all of them
            sum to more than 0.
        where : array_like of bool, optional
            Which elements count, in the same shapes.
        n_classes : int, optional
            How many classes there are, where the targets do not show it.

        Returns
        -------
        float or numpy.ndarray
            Infinite if the loss has no finite minimum, as when all labels are 1.

        Raises
        ------
        EmptyError
            If there are no targets, or their weights sum to 0.

        Examples
        --------
        >>> import lossreg
        >>> lossreg.get("absolute_error").init_score([1.0, 2.0, 9.0])
        2.0
        """
        from lossreg.start import init_score

        return init_score(self, y_true, sample_weight, where=where, n_classes=n_classes)

    # Sums over data that come in parts

    def state(self, reduction: Reduced = "mean") -> State:
        """Begin to sum the loss over data that come in parts.

        Parameters
        ----------
        reduction : {'mean', 'sum', 'weighted_mean'}, default 'mean'
            How the losses become one number, as in ``value``.

        Returns
        -------
        State
            A state that has seen nothing yet.

        Raises
        ------
        ParameterError
            If there is no such reduction, or it is ``'none'``.

        Examples
        --------
        >>> import lossreg
        >>> state = lossreg.get("squared_error").state()
        >>> state = state.update([1.0, 2.0], [1.5, 2.0]).update([3.0], [3.0])
        >>> state.result(), state.count
        (0.08333333333333333, 3)
        """
        return State(self, reduction)

    # What objects have

    def __repr__(self) -> str:
        return f"{self.name}({', '.join(f'{name}={value!r}' for name, value in self._changed().items())})"

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        return self.name == other.name and self.params == other.params

    def __hash__(self) -> int:
        return hash(repr(self))

    def __reduce__(self) -> tuple[Any, ...]:
        kind = type(self)
        if kind is Loss:
            return make, (self.name, self._changed())
        return reduced(self) or (make, (self.name, self._changed(), kind))

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a loss is immutable; loss.replace({name}=...) returns another one")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"a loss is immutable; {name} cannot be deleted")

    def __dir__(self) -> Iterable[str]:
        own = getattr(self, "__dict__", {})
        return [name for name in object.__dir__(self) if name not in PARAMETERS or name in own]


PARAMETERS = {param.name for info in CATALOGUE.values() for param in info.params}


def _join() -> None:
    """Give `Loss` the members of `Answers`, and a hint under the name of every parameter."""
    for name, member in vars(Answers).items():
        if hasattr(member, "__get__"):
            if hasattr(member, "__qualname__"):
                member.__qualname__ = f"Loss.{name}"
            setattr(Loss, name, member)
    for name in PARAMETERS:
        setattr(Loss, name, Parameter(name))
    Loss.__doc__ = Documentation(Loss.__doc__)  # type: ignore[assignment]
    Loss.__array_ufunc__ = None  # so that NumPy leaves its numbers times a loss to the loss


_join()
