"""The peak of memory during a call; its inputs, 80 MB each, are in the figure."""

import numpy as np

import lossreg


class Peak:
    """Value and gradient of 20 million elements."""

    param_names = ["loss"]
    params = [["squared_error", "binary_cross_entropy", "categorical_cross_entropy"]]

    def setup(self, loss):
        self.loss = lossreg.get(loss)
        self.x = np.full((2_000_000, 10), 0.1, np.float32)

    def peakmem_inputs(self, loss):
        pass

    def peakmem_value(self, loss):
        self.loss.value(self.x, self.x)

    def peakmem_value_and_grad(self, loss):
        self.loss.value_and_grad(self.x, self.x)
