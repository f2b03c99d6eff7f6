"""What a call costs that has hardly anything to compute, and what importing costs."""

import timeit

import numpy as np

import lossreg


class Value:
    """100 elements; `np.add` is the measure of the machine."""

    timer = timeit.default_timer
    param_names = ["dtype"]
    params = [["float32", "float64"]]

    def setup(self, dtype):
        self.y = np.zeros(100, dtype)
        self.x = np.ones(100, dtype)
        self.out = np.empty_like(self.x)
        self.loss = lossreg.get("squared_error")

    def time_np_add(self, dtype):
        np.add(self.y, self.x)

    def time_value(self, dtype):
        self.loss.value(self.y, self.x)

    def time_value_and_grad(self, dtype):
        self.loss.value_and_grad(self.y, self.x)

    def time_value_and_grad_out(self, dtype):
        self.loss.value_and_grad(self.y, self.x, out=self.out)

    def time_get(self, dtype):
        lossreg.get("huber(delta=1.35)")


class Import:
    """In an interpreter of its own; the first is the measure."""

    def timeraw_numpy(self):
        return "import numpy"

    def timeraw_lossreg(self):
        return "import lossreg"
