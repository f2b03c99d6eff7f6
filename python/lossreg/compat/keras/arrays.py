"""Arrays in and out: dtypes, ranks, axes and shapes as Keras settles them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from lossreg import ParameterError, ShapeError
from lossreg.arrays import as_plain_array
from lossreg.shown import shown

Array = npt.NDArray[Any]
Axis = int | tuple[int, ...] | None

DTYPES = ("float16", "bfloat16", "float32", "float64")
POLICIES = {"mixed_float16": "float16", "mixed_bfloat16": "bfloat16"}  # the names of Keras, and what they compute in


class Tensor(np.ndarray):
    """A NumPy array that also answers `numpy()`, as a tensor does in Keras's tutorials."""

    _keras_mask: Array | None = None

    def numpy(self) -> Any:
        """The same numbers as a plain NumPy array, or as a NumPy scalar."""
        return np.asarray(self)[()]


def tensor(values: npt.ArrayLike) -> Tensor:
    """What a function of this package returns."""
    return np.asarray(values).view(Tensor)


def plain(value: Any, name: str) -> Array:
    """Any array as a plain one: lists, frames and tensors too, but nothing that would lose something silently."""
    return as_plain_array(np.asarray(value) if isinstance(value, Tensor) else value, name)


def checked_dtype(dtype: Any) -> str | None:
    """The name of a dtype, of a dtype policy (what it computes in), or None."""
    name: Any = getattr(dtype, "compute_dtype", dtype)
    if name is not None:
        name = getattr(name, "name", None) or getattr(name, "__name__", str(name))
        name = POLICIES.get(name, name)
        if name not in DTYPES:
            raise ParameterError(f"dtype is one of {', '.join(map(repr, DTYPES))} or None, not {shown(dtype)}")
    return None if name is None else str(name)


def working(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """What is computed in: float16 and bfloat16 only hold inputs and results."""
    return dtype if dtype.itemsize > 2 else np.dtype(np.float32)


def result_dtype(y_pred: Any, prediction: Array, dtype: str | None) -> np.dtype[Any]:
    """The dtype of a class's results: the one asked for, float64 for arrays of float64, else Keras's default, float32."""
    if dtype is None:
        double = not isinstance(y_pred, list | tuple | int | float) or isinstance(y_pred, np.generic)
        dtype = "float64" if double and prediction.dtype == np.float64 else "float32"
    return _dtype(dtype)


def own_dtype(y_pred: Any, prediction: Array) -> np.dtype[Any]:
    """The dtype of a function's results, which leave the predictions theirs."""
    if prediction.dtype.name in ("float16", "bfloat16"):
        return prediction.dtype
    return result_dtype(y_pred, prediction, None)


def rounded(array: Array, dtype: np.dtype[Any]) -> Array:
    """The numbers that a dtype has for these, to compute on; integers stay what they are."""
    return array if array.dtype.kind in "biu" else cast(array, dtype).astype(working(dtype), copy=False)


def cast(array: Array, dtype: np.dtype[Any]) -> Array:
    """The numbers in a dtype, infinite where it has none so large."""
    with np.errstate(over="ignore"):
        return array.astype(dtype, copy=False)


def pair(y_true: npt.ArrayLike, y_pred: npt.ArrayLike) -> tuple[Array, Array]:
    """Targets in the dtype of the predictions, and those."""
    prediction = np.asarray(y_pred)
    return np.asarray(y_true).astype(prediction.dtype, copy=False), prediction


def same_rank(first: Array, second: Array) -> tuple[Array, Array]:
    """Make (n,) and (n, 1) meet as columns; otherwise drop a last dimension of one that only one of the two has."""
    if first.ndim < second.ndim:
        second, first = same_rank(second, first)
    elif first.ndim == second.ndim + 1 and first.shape[-1] == 1:
        if second.ndim == 1:
            return first, second[:, np.newaxis]
        return first[..., 0], second
    return first, second


def broadcast(first: Array, second: Array, name: str = "y_true", other: str = "y_pred") -> tuple[Array, Array]:
    """Two arrays stretched to one shape, as Keras's operations do; of the two names one is an argument."""
    try:
        shape = np.broadcast_shapes(first.shape, second.shape)
    except ValueError:
        raise ShapeError(
            f"{name} has shape {first.shape} and {other} has shape {second.shape}, which do not broadcast together; "
            "pass as many of the one as of the other",
            argument=other,
        ) from None
    return np.broadcast_to(first, shape), np.broadcast_to(second, shape)


def unbroadcast(cotangent: Array, shape: tuple[int, ...]) -> Array:
    """Sum over the dimensions that broadcasting from `shape` added or stretched: its transpose."""
    added = cotangent.ndim - len(shape)
    stretched = [added + i for i, size in enumerate(shape) if size == 1 and cotangent.shape[added + i] != 1]
    axes = (*range(added), *stretched)
    return cotangent.sum(axis=axes).reshape(shape) if axes else cotangent


def axes(axis: Axis, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The axes meant, all of them by None, counted from the first."""
    if axis is None:
        return tuple(range(len(shape)))
    given = axis if isinstance(axis, tuple | list) else (axis,)
    for one in given:
        single_axis(one, shape)
    return tuple(int(one) % len(shape) for one in given)


def single_axis(axis: Any, shape: tuple[int, ...]) -> int:
    """An axis that the shape has, counted from the first."""
    if isinstance(axis, bool) or not isinstance(axis, int | np.integer):
        raise ParameterError(
            f"`axis` must be of type `int`. Received: axis={shown(axis)} of type {type(axis)}",
            parameter="axis",
            value=axis,
        )
    if not -len(shape) <= axis < len(shape):
        raise ShapeError(
            f"y_pred has shape {shape}, so axis={axis} does not exist; pass one from {-len(shape)} to {len(shape) - 1}",
            argument="y_pred",
        )
    return int(axis) % len(shape)


def spread(losses: Array, shape: tuple[int, ...], over: tuple[int, ...]) -> Array:
    """What each loss counts for, shaped to multiply the elements of it; the losses were reduced over these axes."""
    return losses.reshape([1 if i in over else size for i, size in enumerate(shape)])


def _dtype(name: str) -> np.dtype[Any]:
    if name == "bfloat16":
        try:
            import ml_dtypes  # noqa: F401 - which tells NumPy the name
        except ImportError:
            raise ImportError(
                "dtype='bfloat16' needs a package that NumPy has it from: pip install ml_dtypes"
            ) from None
    return np.dtype(name)
