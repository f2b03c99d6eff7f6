"""Links: the maps between raw scores, on which models are fitted, and the scale of the target.

Each pair is written so that nothing cancels: small probabilities keep their digits, and so do those near one half.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from lossreg.errors import DtypeError, ParameterError

__all__ = ["Link"]

Map = Callable[[Any], Any]


def _logit(p: Any) -> Any:
    near_half = np.log1p((2 * p - 1) / (1 - p))  # 2p - 1 is exact from 1/4 on
    return np.where(p < 0.25, np.log(p) - np.log1p(-p), near_half)


def _sigmoid(x: Any) -> Any:
    small = np.exp(-np.abs(x))
    return np.where(x < 0, small, 1) / (1 + small)


PAIRS: dict[str, tuple[Map, Map]] = {
    "identity": (np.array, np.array),
    "logit": (_logit, _sigmoid),
    "log": (np.log, np.exp),
}


class Link:
    """A pair of maps: `link` from the scale of the target to raw scores, and `inverse` back.

    Parameters
    ----------
    name : {"identity", "logit", "log", "softmax"}
        Which pair.
    axis : int, default -1
        The axis of the classes; softmax alone has one.

    Examples
    --------
    >>> from lossreg.links import Link
    >>> logit = Link("logit")
    >>> logit.link(0.75)
    1.0986122886681098
    >>> logit.inverse(0.0)
    0.5
    """

    __slots__ = ("axis", "name")

    name: str
    axis: int

    def __init__(self, name: str, axis: int = -1) -> None:
        if name not in PAIRS and name != "softmax":
            raise ParameterError(f"no link is called {name!r}; there are {', '.join([*PAIRS, 'softmax'])}")
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "axis", axis)

    def link(self, mean: ArrayLike) -> Any:
        """Map means (rates, probabilities) to raw scores.

        Parameters
        ----------
        mean : array_like
            On the scale of the target. For softmax: probabilities, the classes on `axis`.

        Returns
        -------
        float or numpy.ndarray
            Raw scores, of the shape of `mean`. Those of softmax are log-probabilities.
        """
        return self._mapped(np.log if self.name == "softmax" else PAIRS[self.name][0], mean)

    def inverse(self, raw: ArrayLike) -> Any:
        """Map raw scores to means (rates, probabilities).

        Parameters
        ----------
        raw : array_like
            Raw scores. For softmax, the classes on `axis`.

        Returns
        -------
        float or numpy.ndarray
            On the scale of the target, of the shape of `raw`.
        """
        return self._mapped(self._softmax if self.name == "softmax" else PAIRS[self.name][1], raw)

    def _softmax(self, raw: Any) -> Any:
        if raw.ndim == 0:
            raise ParameterError("softmax wants an array with an axis of classes, not a single number")
        shifted = np.exp(raw - np.max(raw, axis=self.axis, keepdims=True, initial=-np.inf))
        return shifted / np.sum(shifted, axis=self.axis, keepdims=True)

    @staticmethod
    def _mapped(function: Map, x: ArrayLike) -> Any:
        x = np.asarray(x)
        if x.dtype.kind not in "biuf" and x.dtype.name != "bfloat16":
            raise DtypeError(f"a link maps numbers, not dtype {x.dtype}")
        x = x.astype(np.float32 if x.dtype.kind not in "biu" and x.dtype.itemsize < 8 else np.float64, copy=False)
        with np.errstate(all="ignore"):  # the ends of a scale map to infinities
            mapped = np.asarray(function(x), dtype=x.dtype)
        return mapped if mapped.ndim else float(mapped)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a link is immutable; {name} cannot be set")

    def __repr__(self) -> str:
        return f"Link({self.name!r})" if self.axis == -1 else f"Link({self.name!r}, axis={self.axis})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Link) and (self.name, self.axis) == (other.name, other.axis)

    def __hash__(self) -> int:
        return hash((self.name, self.axis))

    def __reduce__(self) -> tuple[type[Link], tuple[str, int]]:
        return Link, (self.name, self.axis)
