"""Every loss × size × dtype × threads: value, value and gradient, and all three outputs, in wall time."""

import timeit

import numpy as np

import lossreg
from lossreg.testing import arguments

PARALLEL = 100_000  # where a second thread can be worth it
CLASSES = 10


def drawn(loss, size, dtype):
    """The arguments for a loss, `size` predictions in all, and labels as they mostly are: hard."""
    info = lossreg.describe(loss)
    rows = info.family == "row-wise"
    arrays = arguments(loss, size // CLASSES if rows else size, dtype, n_classes=CLASSES)
    return tuple(map(np.round, arrays[:1])) + arrays[1:] if info.target.is_label else arrays


class Losses:
    """One evaluation of the mean, with fresh outputs."""

    timer = timeit.default_timer
    param_names = ["loss", "size", "dtype", "threads"]
    params = [lossreg.names(), [1_000, 100_000, 4_000_000], ["float32", "float64"], [1, 2]]

    def setup(self, loss, size, dtype, threads):
        if threads > 1 and size < PARALLEL:
            raise NotImplementedError("small inputs stay on the calling thread")
        self.loss = lossreg.get(loss)
        self.arguments = drawn(loss, size, dtype)

    def time_value(self, loss, size, dtype, threads):
        self.loss.value(*self.arguments, n_threads=threads)

    def time_value_and_grad(self, loss, size, dtype, threads):
        self.loss.value_and_grad(*self.arguments, n_threads=threads)

    def time_value_grad_hess(self, loss, size, dtype, threads):
        self.loss.value_grad_hess(*self.arguments, n_threads=threads)


class Softmax:
    """Cross-entropy of ten million logits in rows of few and of many classes."""

    timer = timeit.default_timer
    param_names = ["classes", "threads"]
    params = [[2, 10, 100, 1_000, 32_000], [1, 2]]

    def setup(self, classes, threads):
        self.loss = lossreg.get("sparse_categorical_cross_entropy")
        self.y, self.x = arguments(self.loss, 10_000_000 // classes, "float32", n_classes=classes)

    def time_value_and_grad(self, classes, threads):
        self.loss.value_and_grad(self.y, self.x, n_threads=threads)


class Lists:
    """Every loss of rows or sets, of few and of many elements, 100,000 in all."""

    timer = timeit.default_timer
    param_names = ["loss", "length", "threads"]
    params = [
        [name for name in lossreg.names() if lossreg.describe(name).family in ("row-wise", "set-wise")],
        [10, 1_000],
        [1, 2],
    ]

    def setup(self, loss, length, threads):
        self.loss = lossreg.get(loss, axis=-1)
        self.y, self.x = arguments(self.loss, 100_000 // length, "float32", n_classes=length)

    def time_value_and_grad(self, loss, length, threads):
        self.loss.value_and_grad(self.y, self.x, n_threads=threads)
