"""Losses of several columns that formulas define: of predictions, of what is given of each element, and of both."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import lossreg
from lossreg.testing import arguments

__all__ = ["APART", "LOSSES", "data", "defined", "searches", "spread"]

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


def searches(monkeypatch: pytest.MonkeyPatch) -> list[lossreg.Loss]:
    """The losses whose start boosters search from now on, each time they do."""
    from lossreg.integrations import booster, training

    found: list[lossreg.Loss] = []

    def counted(loss: lossreg.Loss, *given: Any, **options: Any) -> Any:
        found.append(loss)
        return training.best_constant(loss, *given, **options)

    monkeypatch.setattr(booster, "best_constant", counted)
    return found


def data(loss: lossreg.Loss, n: int, dtype: Any) -> tuple[Any, Any]:
    """Targets and predictions."""
    y, x = arguments(loss, n, dtype)
    return np.asarray(y), np.asarray(x)


# Two columns that do not meet: one predicts the target, the other twice the target.
APART: dict[str, Any] = {
    "expression": "0.5*(a - y_true)**2 + 0.5*(b - 2*y_true)**2",
    "name": "apart_here",
    "columns": ("a", "b"),
}


def spread(seed: int, rows: int) -> tuple[Any, Any, Any, Any]:
    """Features, normal targets, and the functions of features that are their means and log-variances."""

    def mean(X: Any) -> Any:
        return np.where(X[:, 0] > 0, 2.0, -1.0)

    def log_variance(X: Any) -> Any:
        return np.where(X[:, 1] > 0.5, 2.0, -2.0)

    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows, 3))
    return X, mean(X) + np.exp(log_variance(X) / 2) * rng.normal(size=rows), mean, log_variance
