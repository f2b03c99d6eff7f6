"""Links: the maps between raw scores, on which models are fitted, and the scale of the target.

They are the engine's functions (`lossreg.ops`), with its accuracy, dtypes and threads.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike

from lossreg import ops, ordered
from lossreg.errors import ParameterError
from lossreg.kinds import Array, Number
from lossreg.shown import shown

__all__ = ["Link"]

MAPS = {
    # Name → the function of the mean, and that of raw scores.
    "identity": ("identity", "identity"),
    "logit": ("logit", "sigmoid"),
    "log": ("log", "exp"),
    "softmax": ("log", "softmax"),
    "cumulative_logit": ("logit", "sigmoid"),
}


class Link:
    """A pair of maps: `link` from the scale of the target to raw scores, which a call does too, and `inverse` back.

    Parameters
    ----------
    name : {"identity", "logit", "log", "softmax", "cumulative_logit"}
        Which pair.
    axis : int, default -1
        The axis of the classes; only softmax has one.
    thresholds : sequence of float, optional
        Of a cumulative logit: the scores between its classes, which get a last axis of their own.

    Examples
    --------
    >>> from lossreg.links import Link
    >>> logit = Link("logit")
    >>> logit.link(0.75)
    1.0986122886681098
    >>> logit.inverse(0.0)
    0.5
    >>> Link("cumulative_logit", thresholds=[-1.0, 1.0]).inverse(0.0).round(3)
    array([0.269, 0.462, 0.269])
    """

    __slots__ = ("axis", "name", "thresholds")

    name: str
    axis: int
    thresholds: tuple[float, ...]

    def __init__(self, name: str, axis: int = -1, thresholds: Sequence[float] = ()) -> None:
        given: tuple[Any, Any] = name, axis
        if not isinstance(given[0], str) or name not in MAPS:
            raise ParameterError(f"no link is called {shown(name)}; there are {', '.join(MAPS)}")
        if name == "softmax" and (not isinstance(given[1], int | np.integer) or isinstance(axis, bool)):
            raise ParameterError(f"axis is {shown(axis)}; wanted a whole number", parameter="axis", value=axis)
        try:
            between = tuple(map(float, thresholds))
        except (TypeError, ValueError):
            raise ParameterError(f"thresholds is {shown(thresholds)}; wanted a sequence of numbers") from None
        if name == "cumulative_logit" and not between:
            raise ParameterError("a cumulative_logit lies between thresholds; pass them: thresholds=[-1.0, 1.0]")
        if name != "cumulative_logit" and between:
            raise ParameterError(f"the link {name} has no thresholds; leave thresholds= out")
        object.__setattr__(self, "name", str(name))
        object.__setattr__(self, "axis", axis)
        object.__setattr__(self, "thresholds", between)

    @overload
    def link(self, mean: Number, out: None = None, *, n_threads: int | None = None) -> float: ...
    @overload
    def link(self, mean: ArrayLike, out: Array | None = None, *, n_threads: int | None = None) -> Array: ...
    def link(self, mean: ArrayLike, out: Array | None = None, *, n_threads: int | None = None) -> float | Array:
        """Map means (rates, probabilities) to raw scores.

        Parameters
        ----------
        mean : array_like
            On the scale of the target; NaN where it is outside of that. For softmax: probabilities, the classes on `axis`;
            for a cumulative logit: rows of them.
        out : numpy.ndarray, optional
            Where the result goes, of its shape and dtype; it may be `mean` itself.
        n_threads : int, optional
            How many threads may work; by default ``lossreg.get_num_threads()``.

        Returns
        -------
        float or numpy.ndarray
            Raw scores, of the shape of `mean`, in float32 or float64 as in `lossreg.ops`. Those of softmax are
            log-probabilities; of a cumulative logit there is one for each row.
        """
        mapped: float | Array
        if self.thresholds:
            mapped = ordered.scores(mean, self.thresholds)
            return mapped if out is None else ops.elements("identity", mapped, name="mean", out=out)
        mapped = ops.elements(MAPS[self.name][0], mean, name="mean", out=out, n_threads=n_threads)
        return mapped

    __call__ = link

    @overload
    def inverse(self, raw: Number, out: None = None, *, n_threads: int | None = None) -> float: ...
    @overload
    def inverse(self, raw: ArrayLike, out: Array | None = None, *, n_threads: int | None = None) -> Array: ...
    def inverse(self, raw: ArrayLike, out: Array | None = None, *, n_threads: int | None = None) -> float | Array:
        """Map raw scores to means (rates, probabilities).

        Parameters
        ----------
        raw : array_like
            Raw scores. For softmax, the classes on `axis`.
        out : numpy.ndarray, optional
            Where the result goes, of its shape and dtype; it may be `raw` itself.
        n_threads : int, optional
            How many threads may work; by default ``lossreg.get_num_threads()``.

        Returns
        -------
        float or numpy.ndarray
            On the scale of the target, of the shape of `raw`, in float32 or float64 as in `lossreg.ops`. Those of a cumulative
            logit are rows of probabilities.
        """
        function = MAPS[self.name][1]
        mapped: float | Array
        if self.thresholds:
            mapped = ordered.probabilities(raw, self.thresholds, n_threads)
            return mapped if out is None else ops.elements("identity", mapped, name="raw", out=out)
        if self.name == "softmax":
            mapped = ops.rows(function, raw, self.axis, name="raw", out=out, n_threads=n_threads)
        else:
            mapped = ops.elements(function, raw, name="raw", out=out, n_threads=n_threads)
        return mapped

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a link is immutable; {name} cannot be set")

    def __repr__(self) -> str:
        axis = "" if self.axis == -1 else f", axis={self.axis}"
        thresholds = f", thresholds={list(self.thresholds)!r}" if self.thresholds else ""
        return f"Link({self.name!r}{axis}{thresholds})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Link) and self._facts() == other._facts()

    def __hash__(self) -> int:
        return hash(self._facts())

    def _facts(self) -> tuple[Any, ...]:
        return self.name, self.axis, self.thresholds

    def __reduce__(self) -> tuple[type[Link], tuple[Any, ...]]:
        return Link, self._facts()
