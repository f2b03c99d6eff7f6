"""A loss written in Python, for tests of what such losses share with all others."""

from __future__ import annotations

from typing import Any

import numpy as np

import lossreg


class Cube(lossreg.PythonLoss):
    """The cube of the distance."""

    name = "cube"

    def per_element(self, y_true: Any, y_pred: Any) -> Any:
        return np.abs(y_pred - y_true) ** 3

    def per_element_grad(self, y_true: Any, y_pred: Any) -> Any:
        return 3 * np.square(y_pred - y_true) * np.sign(y_pred - y_true)
