"""Losses of several columns that formulas define: of predictions, of what is given of each element, and of both."""

from __future__ import annotations

from typing import Any

import numpy as np

import lossreg
from lossreg.testing import arguments

__all__ = ["LOSSES", "data", "defined"]

LOSSES: dict[str, tuple[str, dict[str, Any]]] = {
    "robust_nll_here": (
        "log_scale + log_cosh(a*(centre - y_true)*exp(-log_scale))",
        {"columns": ("centre", "log_scale"), "params": {"a": (1.5, "> 0")}},
    ),
    "rate_here": (
        "exposure*exp(y_pred) - count*(y_pred + log(exposure))",
        {"target_columns": ("count", "exposure"), "target": ("non-negative", "positive"), "link": "log"},
    ),
    "margin_here": (
        "label*softplus(-margin*(a - b)) + (1 - label)*softplus(margin*(a - b)) + 0.1*(a**2 + b**2)",
        {"columns": ("a", "b"), "target_columns": ("label", "margin"), "target": ("label", "positive")},
    ),
}


def defined(name: str) -> lossreg.Loss:
    """The loss of this name."""
    text, options = LOSSES[name]
    return lossreg.define(text, name=name, **options)


def data(loss: lossreg.Loss, n: int, dtype: Any) -> tuple[Any, Any]:
    """Targets and predictions."""
    y, x = arguments(loss, n, dtype)
    return np.asarray(y), np.asarray(x)
