"""Arrays of boosters: read once, refused if they are not finite, and used again from one round to the next."""

from __future__ import annotations

import sys
import threading
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

import lossreg
from lossreg.arrays import as_plain_array

__all__ = ["Memory", "as_array", "at_least_0", "finite"]

Array = NDArray[Any]


class Memory(threading.local):
    """Two arrays that are used again, for each thread, as long as nobody else holds them."""

    pair: tuple[Array, Array] | None = None

    def like(self, raw: Array) -> tuple[Array, Array]:
        """Two arrays in the shape, the order and the dtype of raw scores."""
        pair, self.pair = self.pair, None
        order: Literal["C", "F"] = (
            "F" if raw.ndim == 2 and raw.flags.f_contiguous and not raw.flags.c_contiguous else "C"
        )
        dtype: Any = raw.dtype if raw.dtype in (np.float32, np.float64) else np.dtype(np.float64)
        if pair is None or not fits(pair, raw.shape, dtype, order):
            pair = np.empty(raw.shape, dtype, order), np.empty(raw.shape, dtype, order)
        self.pair = pair
        return pair


def fits(pair: tuple[Array, Array], shape: tuple[int, ...], dtype: Any, order: Literal["C", "F"]) -> bool:
    """Whether a pair of arrays is of this kind and free: held by the pair alone, as nobody has a view of it either."""
    first = pair[0]
    same = first.shape == shape and first.dtype == dtype and first.flags[order]
    held = 3  # by the pair, by `first`, by the argument of getrefcount
    return bool(same and sys.getrefcount(first) == held and sys.getrefcount(pair[1]) == held - 1)


def as_array(given: Any, name: str) -> Array:
    """A plain array, read as the engine reads its arguments; what it cannot read is left to its errors."""
    if type(given) is np.ndarray:
        return given
    if given is None or isinstance(given, str):
        raise lossreg.DtypeError(f"{name} is {given!r}; wanted an array of numbers", argument=name)
    return as_plain_array(given, name)


def finite(array: Array, name: str) -> None:
    """Refuse NaN and infinity, of which a booster makes a model of nothing."""
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        place = np.unravel_index(int(np.argmin(np.isfinite(array))), array.shape)
        index = int(place[0]) if array.ndim == 1 else tuple(map(int, place))
        message = f"{name} holds {array[place]} at index {index}; wanted finite numbers"
        raise lossreg.DomainError(message, argument=name, index=index, value=float(array[place]))


def at_least_0(array: Array, name: str) -> None:
    """Refuse NaN, infinity and negative numbers, of which one is no weight."""
    finite(array, name)
    if array.dtype.kind in "if" and array.size and array.min() < 0:
        index = int(np.argmax(array.ravel() < 0))
        value = array.flat[index].item()
        raise lossreg.DomainError(
            f"{name} holds {value!r} at index {index}; wanted numbers of at least 0",
            argument=name,
            index=index,
            value=float(value),
        )
