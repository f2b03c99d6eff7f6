"""A few telling losses by one thread: what is kept in the repository, so that a fresh clone shows how their speed went.

Nothing of lossreg but `get` and the loss is used, and the data are drawn here: they are the same at each commit.
"""

import timeit

import numpy as np

import lossreg

CLASSES = 10
SIZES = [[100, 10_000, 1_000_000], ["float32", "float64"]]


class _Evaluated:
    """One evaluation of the mean, with fresh outputs."""

    timer = timeit.default_timer
    param_names = ["loss", "size", "dtype"]

    def setup(self, loss, size, dtype):
        self.loss = lossreg.get(loss)
        self.y, self.x = self.drawn(np.random.default_rng(0), size, dtype)

    def time_value(self, loss, size, dtype):
        self.loss.value(self.y, self.x, n_threads=1)

    def time_value_and_grad(self, loss, size, dtype):
        self.loss.value_and_grad(self.y, self.x, n_threads=1)


class Differences(_Evaluated):
    params = [["squared_error", "huber"], *SIZES]

    def drawn(self, rng, size, dtype):
        return rng.normal(size=(2, size)).astype(dtype)


class Labels(_Evaluated):
    params = [["binary_cross_entropy", "binary_focal"], *SIZES]

    def drawn(self, rng, size, dtype):
        return rng.integers(0, 2, size).astype(dtype), rng.normal(size=size).astype(dtype)


class Counts(_Evaluated):
    params = [["poisson"], *SIZES]

    def drawn(self, rng, size, dtype):
        return rng.poisson(2.0, size).astype(dtype), rng.normal(size=size).astype(dtype)


class Classes(_Evaluated):
    params = [["sparse_categorical_cross_entropy"], *SIZES]

    def drawn(self, rng, size, dtype):
        rows = size // CLASSES
        return rng.integers(0, CLASSES, rows), rng.normal(size=(rows, CLASSES)).astype(dtype)
