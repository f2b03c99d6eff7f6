"""Arrays in and out: dtypes, ranks and shapes as Keras settles them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


class Tensor(np.ndarray):
    """A NumPy array that also answers `numpy()`, as a tensor does in Keras's tutorials."""

    _keras_mask: Array | None = None

    def numpy(self) -> Any:
        """The same numbers as a plain NumPy array, or as a NumPy scalar."""
        return np.asarray(self)[()]


def tensor(values: npt.ArrayLike) -> Tensor:
    """What a function of this package returns."""
    return np.asarray(values).view(Tensor)


def floating(y_pred: npt.ArrayLike, dtype: npt.DTypeLike | None = None) -> Array:
    """Predictions as floats: float64 arrays as they are, anything else as Keras's default, float32."""
    array = np.asarray(y_pred)
    if dtype is None:
        double = hasattr(y_pred, "__array__") and array.dtype.kind == "f" and array.dtype.itemsize >= 8
        dtype = np.float64 if double else np.float32
    return array.astype(dtype, copy=False)


def pair(y_true: npt.ArrayLike, y_pred: npt.ArrayLike) -> tuple[Array, Array]:
    """Targets and predictions as floats of one dtype, that of the predictions."""
    prediction = floating(y_pred)
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


def unbroadcast(cotangent: Array, shape: tuple[int, ...]) -> Array:
    """Sum over the dimensions that broadcasting from `shape` added or stretched: its transpose."""
    added = cotangent.ndim - len(shape)
    stretched = [added + i for i, size in enumerate(shape) if size == 1 and cotangent.shape[added + i] != 1]
    axes = (*range(added), *stretched)
    return cotangent.sum(axis=axes).reshape(shape) if axes else cotangent
