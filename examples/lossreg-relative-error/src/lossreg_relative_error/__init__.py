"""The robust log-ratio error: how far a positive prediction is from a positive target, as a ratio."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np

import lossreg

Array = np.ndarray[Any, Any]


class LogRatioError(lossreg.PythonLoss):
    """The pseudo-Huber loss of log(y_pred / y_true)."""

    name = "log_ratio_error"
    aliases = ("relative_log_error",)
    summary = "The pseudo-Huber loss of the logarithm of the ratio of prediction and target."
    formula = "delta**2*(sqrt(1 + (log(y_pred/y_true)/delta)**2) - 1)"
    target = "positive"
    prediction = "positive"
    convex = False
    source = "Tofallis 2015, doi:10.1057/jors.2014.103"

    delta: Annotated[float, "> 0"] = 1.0

    def per_element(self, y_true: Array, y_pred: Array) -> Any:
        u = np.square(_log_ratio(y_true, y_pred) / self.delta)
        return self.delta**2 * u / (1 + np.sqrt(1 + u))  # sqrt(1 + u) - 1 without cancellation

    def per_element_grad(self, y_true: Array, y_pred: Array) -> Any:
        d = _log_ratio(y_true, y_pred)
        return d / np.sqrt(1 + np.square(d / self.delta)) / y_pred

    def per_element_hess(self, y_true: Array, y_pred: Array) -> Any:
        d = _log_ratio(y_true, y_pred)
        v = 1 + np.square(d / self.delta)
        return (1 / v - d) / np.sqrt(v) / np.square(y_pred)


def _log_ratio(y_true: Array, y_pred: Array) -> Any:
    return np.log1p((y_pred - y_true) / y_true)  # exact where the two are close


@lossreg.hookimpl
def lossreg_register(registry: Any) -> None:
    """Add the loss; lossreg calls this when somebody asks for it."""
    registry.add(LogRatioError)
