"""A few telling losses by one thread: what is kept in the repository, so that a fresh clone shows how their speed went.

Nothing of lossreg but `get` and the loss is used, and the data are drawn here: they are the same at each commit.
"""

import timeit

import numpy as np

import lossreg

CLASSES = 10
TARGETS = {
    "squared_error": lambda rng, size: rng.normal(size=size),
    "huber": lambda rng, size: rng.normal(size=size),
    "poisson": lambda rng, size: rng.poisson(2.0, size),
    "binary_cross_entropy": lambda rng, size: rng.integers(0, 2, size),
    "binary_focal": lambda rng, size: rng.integers(0, 2, size),
    "sparse_categorical_cross_entropy": lambda rng, size: rng.integers(0, CLASSES, size // CLASSES),
}


class History:
    """One evaluation of the mean, with fresh outputs."""

    timer = timeit.default_timer
    param_names = ["loss", "size", "dtype"]
    params = [list(TARGETS), [100, 10_000, 1_000_000], ["float32", "float64"]]

    def setup(self, loss, size, dtype):
        rng = np.random.default_rng(0)
        target = TARGETS[loss](rng, size)
        self.y = target if loss.startswith("sparse") else target.astype(dtype)
        self.x = rng.normal(size=(len(target), size // len(target))).astype(dtype)
        self.x = self.x if self.x.shape[1] > 1 else self.x[:, 0]
        self.loss = lossreg.get(loss)

    def time_value(self, loss, size, dtype):
        self.loss.value(self.y, self.x, n_threads=1)

    def time_value_and_grad(self, loss, size, dtype):
        self.loss.value_and_grad(self.y, self.x, n_threads=1)
