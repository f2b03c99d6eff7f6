"""What can go wrong, as classes: each is a `LossregError` and the built-in exception that a caller would expect."""

from __future__ import annotations

import re
from contextlib import ContextDecorator

__all__ = [
    "AliasError",
    "DataError",
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
    "arguments_named",
]


class LossregError(Exception):
    """The base of every error of lossreg.

    Examples
    --------
    >>> import lossreg
    >>> try:
    ...     lossreg.get("huber", delta=-1.0)
    ... except lossreg.LossregError as error:
    ...     print(error)
    huber: delta is -1.0; wanted a finite number above 0
    """

    def __init__(self, *args: object, **facts: object) -> None:
        """Make the error of a sentence, and of the facts in it that the class declares."""
        if unknown := [name for name in facts if not hasattr(type(self), name)]:
            raise TypeError(f"{type(self).__name__} has no attribute {', '.join(unknown)}")
        super().__init__(*args)
        vars(self).update(facts)  # where pickling and copying find them


class UnknownLossError(LossregError, KeyError):
    """No loss has this name.

    Attributes
    ----------
    name : str or None
        The name.
    suggestions : tuple of str
        The names that are nearest to it.

    Examples
    --------
    >>> import lossreg
    >>> lossreg.get("hubr")
    Traceback (most recent call last):
    lossreg.errors.UnknownLossError: no loss is called 'hubr'; did you mean 'huber'?
    """

    name: str | None = None
    suggestions: tuple[str, ...] = ()

    def __str__(self) -> str:
        # KeyError shows the repr of its argument: right for a key, unreadable for a sentence.
        return str(self.args[0]) if self.args else ""


class ParameterError(LossregError, ValueError):
    """A parameter that the loss does not have, or a value that it cannot take.

    Attributes
    ----------
    loss, parameter : str or None
        The names of the loss and of the parameter, or argument, where the error is about one.
    value : object
        What came.

    Examples
    --------
    >>> import lossreg
    >>> lossreg.get("huber", delta=0.0)
    Traceback (most recent call last):
    lossreg.errors.ParameterError: huber: delta is 0.0; wanted a finite number above 0
    """

    loss: str | None = None
    parameter: str | None = None
    value: object = None


class ShapeError(LossregError, ValueError):
    """Arrays whose shapes do not belong together.

    Attributes
    ----------
    argument : str or None
        The name of the argument with the wrong shape, where it is one.

    Examples
    --------
    >>> import lossreg
    >>> lossreg.get("huber")([1.0, 2.0], [1.0, 2.0, 3.0])
    Traceback (most recent call last):
    lossreg.errors.ShapeError: y_true has shape (2,) and y_pred has shape (3,); nothing is broadcast; pass as many of the one as of the other
    """

    argument: str | None = None


class DomainError(LossregError, ValueError):
    """A number that the loss is not defined for.

    Attributes
    ----------
    argument : str or None
        The name of the argument.
    index : int, tuple of int or None
        Where the first such number is: an int in an array of one axis.
    value : int, float or None
        The number.

    Examples
    --------
    >>> import lossreg
    >>> lossreg.get("poisson")([3, -1], [0.0, 0.0])
    Traceback (most recent call last):
    lossreg.errors.DomainError: y_true holds -1 at index 1; wanted numbers of at least 0
    >>> try:
    ...     lossreg.get("poisson")([3, -1], [0.0, 0.0])
    ... except lossreg.DomainError as error:
    ...     print(error.argument, error.index, error.value)
    y_true 1 -1
    """

    argument: str | None = None
    index: int | tuple[int, ...] | None = None
    value: int | float | None = None


class AliasError(LossregError, ValueError):
    """An output that overlaps an input in part, or another output.

    Attributes
    ----------
    argument : str or None
        The name of the output.

    Examples
    --------
    >>> import lossreg
    >>> import numpy as np
    >>> memory = np.zeros(4)
    >>> lossreg.get("huber").grad([0.0, 0.0], memory[:2], out=memory[1:3])
    Traceback (most recent call last):
    lossreg.errors.AliasError: out overlaps y_pred; pass y_pred itself to work in place, or an array of its own memory
    """

    argument: str | None = None


class EmptyError(LossregError, ValueError):
    """A mean over nothing.

    Examples
    --------
    >>> import lossreg
    >>> lossreg.get("huber")([], [])
    Traceback (most recent call last):
    lossreg.errors.EmptyError: the mean over no valid elements is undefined; use reduction='sum' or 'none', or check for it before the call
    """


class DataError(LossregError, ValueError):
    """A file, or a batch of rows, that is not what it should be: it lacks a column, is cut short, holds text.

    Examples
    --------
    >>> import lossreg
    >>> lossreg.evaluate("huber", {"y": [1.0], "pred": [1.5]}, true="y", pred="p")
    Traceback (most recent call last):
    lossreg.errors.DataError: batch 0: no column is called 'p'; there are y, pred
    """


class DtypeError(LossregError, TypeError):
    """An array of a dtype that is no number, or not the one wanted.

    Attributes
    ----------
    argument : str or None
        The name of the argument.
    index : int, tuple of int or None
        Where the first null is, if nulls are what is wrong.

    Examples
    --------
    >>> import lossreg
    >>> lossreg.get("huber")(["a"], [1.0])
    Traceback (most recent call last):
    lossreg.errors.DtypeError: y_true has dtype <U1; wanted bool, an integer or a float of at most 64 bits; numpy.asarray(y_true, dtype=float) reads numbers in text, numpy.unique(y_true, return_inverse=True)[1] numbers classes
    """

    argument: str | None = None
    index: int | tuple[int, ...] | None = None


class DerivativeError(LossregError, NotImplementedError):
    """A derivative that a loss does not have: one written in Python does not define it, or its Hessian is a diagonal.

    Examples
    --------
    >>> import lossreg
    >>> class Level(lossreg.PythonLoss):
    ...     name = "level"
    ...
    ...     def per_element(self, y_true, y_pred):
    ...         return abs(y_pred - y_true)
    >>> Level().full_hessian([0.0], [1.0])
    Traceback (most recent call last):
    lossreg.errors.DerivativeError: level is written in Python: it has the diagonal hess(...), no full Hessian
    """


class PluginError(LossregError, RuntimeError):
    """A loss of another package that cannot be loaded, or whose code returns what it must not.

    Attributes
    ----------
    distribution, version : str or None
        The package, where the error is about one.
    """

    distribution: str | None = None
    version: str | None = None


class InternalError(LossregError, RuntimeError):
    """A mistake of lossreg's own: please report it."""


class PluginWarning(UserWarning):
    """A plugin that could not be loaded, said once."""


class arguments_named(ContextDecorator):  # noqa: N801 - it is used as a function
    """Have errors about arguments call them by other names: those by which the caller knows them.

    For what hands its own arguments on to a loss, such as an estimator, whose user has never heard of a `y_true`.

    Parameters
    ----------
    **names
        What arguments of a loss are called.

    Examples
    --------
    >>> import lossreg
    >>> from lossreg.errors import arguments_named
    >>> @arguments_named(y_true="y")
    ... def score(y, rates):
    ...     return lossreg.get("poisson")(y, rates)
    >>> score([3, -1], [0.0, 0.0])
    Traceback (most recent call last):
    lossreg.errors.DomainError: y holds -1 at index 1; wanted numbers of at least 0
    """

    def __init__(self, **names: str) -> None:
        self.names = names

    def __enter__(self) -> None:
        """Do nothing yet."""

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        """Rename the arguments of an error of lossreg that passes."""
        if not isinstance(error, LossregError):
            return
        error.args = tuple(self._renamed(one) if isinstance(one, str) else one for one in error.args)
        facts = vars(error)
        for fact in facts.keys() & {"argument", "parameter"}:
            facts[fact] = self.names.get(facts[fact], facts[fact])

    def _renamed(self, text: str) -> str:
        return re.sub(r"\w+", lambda word: self.names.get(word[0], word[0]), text)
