"""The same numbers laid out in memory in many ways, and the bits of all that a loss computes of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import lossreg
from lossreg.testing import arguments

Array = np.ndarray[Any, Any]


# Losses of every family, of every target domain, and of both ways through the row-wise engine.
POINTWISE = ["squared_error", "huber", "pinball", "poisson", "binary_cross_entropy", "binary_focal", "hinge"]
ROW_WISE = ["categorical_cross_entropy", "sparse_categorical_cross_entropy", "kl_divergence", "categorical_focal"]
SHAPES = {"pointwise": [(2257,), (37, 61), (3, 5, 67)], "row-wise": [(37, 61), (3, 25, 5)]}
CASES = [(name, shape) for name in POINTWISE for shape in SHAPES["pointwise"]]
CASES += [(name, shape) for name in ROW_WISE for shape in SHAPES["row-wise"]]


def draw(name: str, shape: tuple[int, ...], dtype: Any = np.float64, seed: int = 0) -> tuple[Array, Array]:
    """Targets in the domain of a loss, class indices as int32, and raw predictions, plain arrays both."""
    rows = lossreg.describe(name).family == "row-wise"
    y, x = arguments(name, math.prod(shape[: len(shape) - rows]), dtype, seed, n_classes=shape[-1] if rows else None)
    indices = y.dtype.kind == "i"
    return (y.astype(np.int32).reshape(shape[:-1]) if indices else y.reshape(shape)), x.reshape(shape)


def results(loss: Any, *arrays: Any, **options: Any) -> list[bytes]:
    """The bits of everything that a loss computes."""
    value, grad, hess = loss.value_grad_hess(*arrays, **options)
    unreduced = loss(*arrays, **{**options, "reduction": "none"})
    return [np.float64(value).tobytes(), *(np.ascontiguousarray(part).tobytes() for part in (grad, hess, unreduced))]


# ------------------------------------------------------------------------------------------------------- layouts


def unaligned(a: Array) -> Array:
    memory = np.zeros(a.nbytes + 1, np.uint8)[1:]
    shifted = np.frombuffer(memory, a.dtype).reshape(a.shape)
    shifted[...] = a
    return shifted


def packed(a: Array) -> Array:
    record = np.zeros(a.shape, np.dtype([("before", "u1"), ("number", a.dtype), ("after", "u1")]))
    record["number"] = a
    return record["number"]


def strided(a: Array) -> Array:
    gaps = np.full((*a.shape[:-1], 3 * a.shape[-1]), 77, a.dtype)
    gaps[..., 1::3] = a
    return gaps[..., 1::3]


def negative(a: Array) -> Array:
    flip = (slice(None, None, -1),) * a.ndim
    return np.ascontiguousarray(a[flip])[flip]


def negative_rows(a: Array) -> Array:
    return np.ascontiguousarray(a[::-1])[::-1]


def fortran(a: Array) -> Array:
    return np.asfortranarray(a)


def moved(a: Array) -> Array:
    return np.moveaxis(np.ascontiguousarray(np.moveaxis(a, 0, -1)), -1, 0)


def swapped(a: Array) -> Array:
    return a.astype(a.dtype.newbyteorder())


def swapped_strided(a: Array) -> Array:
    return strided(swapped(a))


def read_only(a: Array) -> Array:
    a = a.copy()
    a.flags.writeable = False
    return a


def memory_map(a: Array, folder: Path) -> Array:
    path = folder / f"{len(list(folder.iterdir()))}.npy"
    np.save(path, a)
    return np.load(path, mmap_mode="r")


LAYOUTS: list[Callable[[Array], Array]]
LAYOUTS = [unaligned, packed, strided, negative, negative_rows, fortran, moved, swapped, swapped_strided, read_only]
