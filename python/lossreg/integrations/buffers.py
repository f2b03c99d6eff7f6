"""Arrays of boosters: read once, refused if they are not what it takes, and used again from one round to the next."""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence, Sized
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

import lossreg
from lossreg.arrays import as_plain_array
from lossreg.shown import shown

__all__ = [
    "Memory",
    "as_array",
    "at_least_0",
    "called",
    "data_sets",
    "finite",
    "of_each",
    "refuse_masked",
    "require_rows",
    "targets",
    "weights",
]

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
    """A plain array of numbers, read as the engine reads its arguments, and refused as it would refuse them."""
    if given is None or isinstance(given, str):
        raise lossreg.DtypeError(f"{name} is {given!r}; wanted an array of numbers", argument=name)
    return as_plain_array(given, name)


def refuse_masked(**given: Any) -> None:
    """Refuse masked arrays, of which NumPy and those that use it would read what lies below the mask.

    Examples
    --------
    >>> import numpy as np
    >>> from lossreg.integrations.buffers import refuse_masked
    >>> refuse_masked(X=[[1.0]], y=np.ma.masked_array([1.0], [True]))
    Traceback (most recent call last):
    lossreg.errors.DtypeError: y is a masked array; pass the rows that are not masked, as plain arrays
    """
    for name, array in given.items():
        if isinstance(array, np.ma.MaskedArray):
            raise lossreg.DtypeError(
                f"{name} is a masked array; pass the rows that are not masked, as plain arrays", argument=name
            )


def targets(given: Any, name: str = "y") -> Array:
    """Targets as other libraries read them: in the machine's byte order, which not all of them look at.

    Examples
    --------
    >>> import numpy as np
    >>> from lossreg.integrations.buffers import targets
    >>> targets(np.array([1.0, 2.0], dtype=">f4")).dtype.isnative
    True
    """
    array = _native(given, name)
    if array.ndim == 0:
        raise lossreg.ShapeError(f"{name} is a single number; wanted one for each row", argument=name)
    return array


def _native(given: Any, name: str) -> Array:
    array = as_array(given, name)
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def weights(given: Any, rows: int, name: str = "sample_weight", *, of: str = "rows") -> Array | None:
    """Weights, one for each row; one number is that of every row, as in scikit-learn.

    Examples
    --------
    >>> from lossreg.integrations.buffers import weights
    >>> weights(2, 3)
    array([2., 2., 2.])
    >>> weights([1.0, 2.0], 3)
    Traceback (most recent call last):
    lossreg.errors.ShapeError: sample_weight has shape (2,); wanted one weight for each of 3 rows: (3,)
    """
    if given is None:
        return None
    array = _native(given, name)
    if array.ndim == 0 and array.dtype.kind in "biuf":
        array = np.full(rows, array, np.float64)
    if array.shape != (rows,):
        hint = f"; pass {name}.ravel()" if array.shape == (rows, 1) else ""
        raise lossreg.ShapeError(
            f"{name} has shape {array.shape}; wanted one weight for each of {rows} {of}: ({rows},){hint}", argument=name
        )
    at_least_0(array, name)
    return array


def called(name: str, parts: Sequence[Any], *, alone: bool) -> list[str]:
    """What an error calls the parts of an argument, of which a single one may have come alone.

    Examples
    --------
    >>> from lossreg.integrations.buffers import called
    >>> called("eval_set", [1, 2], alone=False), called("eval_set", [1], alone=True)
    (['eval_set[0]', 'eval_set[1]'], ['eval_set'])
    """
    return [name if alone else f"{name}[{place}]" for place in range(len(parts))]


def data_sets(eval_set: Any, most: int = 2) -> dict[str, tuple[Any, ...]]:
    """What to evaluate on, each by what an error calls it: tuples of features, targets and what else there may be.

    A single one may come alone.

    Examples
    --------
    >>> from lossreg.integrations.buffers import data_sets
    >>> data_sets(([[0.0]], [1.0])), list(data_sets([([[0.0]], [1.0])]))
    ({'eval_set': ([[0.0]], [1.0])}, ['eval_set[0]'])
    >>> data_sets([[[0.0], [1.0], [2.0]], [1.0, 2.0, 3.0]])
    Traceback (most recent call last):
    lossreg.errors.ParameterError: eval_set[0] is a list of 3; wanted a pair of features and targets: eval_set=[(X, y)]
    """
    alone = isinstance(eval_set, tuple) and not all(isinstance(part, tuple) for part in eval_set)
    parts = [] if eval_set is None else [eval_set] if alone else list(eval_set)
    found = dict(zip(called("eval_set", parts, alone=alone), parts, strict=True))
    for name, part in found.items():
        is_tuple = isinstance(part, tuple | list)
        if not (is_tuple and 2 <= len(part) <= most):
            came = f"a {type(part).__name__}" + (f" of {len(part)}" if is_tuple else "")
            raise lossreg.ParameterError(
                f"{name} is {came}; wanted a pair of features and targets: eval_set=[(X, y)]", parameter="eval_set"
            )
    return {name: tuple(part) for name, part in found.items()}


def of_each(sets: Sized, given: Sequence[Any] | None, name: str) -> Sequence[Any]:
    """What belongs to each data set to evaluate on.

    Examples
    --------
    >>> from lossreg.integrations.buffers import of_each
    >>> of_each(["one", "other"], None, "eval_group")
    [None, None]
    """
    if given is None:
        return [None] * len(sets)
    if not isinstance(given, Sized):
        raise lossreg.ParameterError(
            f"{name} is {shown(given)}; wanted a list with an item for each data set of eval_set", parameter=name
        )
    if len(given) != len(sets):
        raise lossreg.ShapeError(
            f"{name} has {len(given)} items and eval_set has {len(sets)}; wanted an item for each data set",
            argument=name,
        )
    return given


def require_rows(X: Any, rows: int, name: str = "y") -> None:
    """Refuse features of another number of rows than there are targets, where they say how many they have.

    Examples
    --------
    >>> from lossreg.integrations.buffers import require_rows
    >>> require_rows([[1.0], [2.0]], 3)
    Traceback (most recent call last):
    lossreg.errors.ShapeError: X has 2 rows and y has 3; wanted as many
    """
    shape = getattr(X, "shape", None)
    found = shape[0] if shape else len(X) if isinstance(X, list | tuple) else rows
    if found != rows:
        raise lossreg.ShapeError(f"X has {found} rows and {name} has {rows}; wanted as many", argument=name)


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
