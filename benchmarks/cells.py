"""What is measured of every option: a loss, arrays, and the option beside the plain call of the same size.

Options are data: a name, what it makes of the plain arguments, and how many times the plain call's time it may take
(none where nothing is promised). Pointwise options are tried on a heavy and a light loss, row-wise ones on long and short rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

import lossreg
from lossreg.info import Domain

Array = np.ndarray[Any, Any]
Call = Callable[[], object]

N = 1_000_000
ROWS = {1000: 4096, 10: 100_000}  # classes: rows


class Cell(NamedTuple):
    """An option of a loss."""

    plain: str
    option: str
    limit: float | None
    make: Callable[[], Call]

    @property
    def name(self) -> str:
        """What it is called in tables and filters."""
        return f"{self.plain}: {self.option}"


def call(name: str, y: Array, x: Array, method: str = "value_and_grad", /, **options: Any) -> Call:
    """An evaluation; what is no option of the method is a parameter of the loss."""
    params = {key: options.pop(key) for key in list(options) if key not in CALLED}
    bound = getattr(lossreg.get(name, **params), method)
    return lambda: bound(y, x, **options)


CALLED = {"sample_weight", "where", "reduction", "out", "n_threads", "min_hessian", "hessian"}


def pointwise(name: str) -> Iterator[Cell]:
    """The options of a loss of single elements."""
    random = np.random.default_rng(0)
    x = 2 * random.standard_normal(N, np.float32)
    target = lossreg.describe(name).target
    y = random.integers(0, 2, N).astype(np.float32) if target.is_label else random.standard_normal(N, np.float32)
    mask, weight = random.random(N) < 0.9, random.random(N, np.float32)
    wide = [a.reshape(1000, -1) for a in (y, x)]
    order = [np.asfortranarray(a) for a in wide]

    def cell(option: str, limit: float | None, *arguments: Any, **options: Any) -> Cell:
        return Cell(f"{name}, {N:,}", option, limit, lambda: call(name, *arguments, **options))

    yield cell("plain", None, y, x)
    yield cell("where", 1.3, y, x, where=mask)
    yield cell("weights", 1.25, y, x, sample_weight=weight)
    yield cell("float64 weights", None, y, x, sample_weight=weight.astype(np.float64))
    yield cell("float64 targets", 2.4, y.astype(np.float64), x)
    yield cell("float64", None, y.astype(np.float64), x.astype(np.float64))
    yield cell("both in Fortran order", 1.15, *order)
    yield cell("both reversed", 1.15, y[::-1], x[::-1])
    yield cell("sum", 1.25, y, x, reduction="sum")
    yield cell("unreduced", None, y, x, reduction="none")
    yield cell("value", 1.25, y, x, "value")
    yield cell("gradient and Hessian", None, y, x, "grad_and_hess")
    yield cell("float16 predictions", None, y, x.astype(np.float16))
    if target.is_label:
        yield cell("uint8 labels", 1.25, y.astype(np.uint8), x)
        yield cell("int64 labels", 1.25, y.astype(np.int64), x)
        yield cell("labels -1 and 1", 1.25, 2 * y - 1, x)
    if target is Domain.SOFT_LABEL:
        soft = random.random(N, np.float32)
        yield cell("soft labels", None, soft, x)
        yield cell("label smoothing", None, y, x, label_smoothing=0.1)
        yield cell("from probabilities", None, y, random.random(N, np.float32), from_logits=False)
        yield Cell(f"{name}, {N:,}", "predict", None, lambda: prediction(name, x))


def prediction(name: str, x: Array) -> Call:
    """Raw scores to the scale of the target."""
    predict = lossreg.get(name).predict
    return lambda: predict(x)


def rowwise(classes: int) -> Iterator[Cell]:
    """The options of softmax cross-entropy and its relatives, over rows of that many classes."""
    random = np.random.default_rng(0)
    rows = ROWS[classes]
    x = 2 * random.standard_normal((rows, classes), np.float32)
    y = random.integers(0, classes, rows)
    hot = np.zeros_like(x)
    hot[np.arange(rows), y] = 1
    soft = random.random((rows, classes), np.float32)
    soft /= soft.sum(axis=1, keepdims=True)
    mask = random.random(rows) < 0.9
    sparse, dense = "sparse_categorical_cross_entropy", "categorical_cross_entropy"

    def cell(option: str, limit: float | None, name: str, *arguments: Any, **options: Any) -> Cell:
        return Cell(f"rows of {classes:,}", option, limit, lambda: call(name, *arguments, **options))

    yield cell("plain", None, sparse, y, x)
    yield cell("where", 1.25, sparse, y, x, where=mask)
    yield cell("weights", 1.25, sparse, y, x, sample_weight=random.random(rows, np.float32))
    yield cell("ignore_index", 1.25, sparse, y, x, ignore_index=0)
    yield cell("class weights", 1.25, sparse, y, x, class_weight=[1.0] * (classes - 1) + [2.0])
    yield cell("uint8 or uint16 labels", 1.25, sparse, y.astype(np.uint8 if classes <= 256 else np.uint16), x)
    yield cell("float32 labels", 1.25, sparse, y.astype(np.float32), x)
    yield cell("label smoothing", 1.3, sparse, y, x, label_smoothing=0.1)
    yield cell("from probabilities", 1.2, sparse, y, soft, from_logits=False)
    yield cell("Fortran order", 2.0, sparse, y, np.asfortranarray(x))
    yield cell("axis=0", 2.0, sparse, y, np.ascontiguousarray(x.T), axis=0)
    yield cell("float64", 2.6, sparse, y, x.astype(np.float64))
    yield cell("one-hot rows", 1.9, dense, hot, x)
    yield cell("soft rows", 1.9, dense, soft, x)
    yield cell("uint8 one-hot rows", 1.9, dense, hot.astype(np.uint8), x)
    yield cell("float64 one-hot rows", 3.0, dense, hot.astype(np.float64), x)
    yield cell("KL divergence", 2.2, "kl_divergence", soft, x)
    yield cell("focal", None, "categorical_focal", y, x)
    yield cell("focal of one-hot rows", 2.6, "categorical_focal", hot.astype(np.float32), x)
    yield cell("value", 1.25, sparse, y, x, "value")
    yield cell("gradient and Hessian", None, sparse, y, x, "grad_and_hess")
    yield Cell(f"rows of {classes:,}", "predict", 1.0, lambda: prediction(sparse, x))


def cells() -> Iterator[Cell]:
    """All of them, those of one plain call one after the other, the plain call first."""
    for name in ("binary_cross_entropy", "binary_focal", "huber", "hinge"):
        yield from pointwise(name)
    for classes in ROWS:
        yield from rowwise(classes)
