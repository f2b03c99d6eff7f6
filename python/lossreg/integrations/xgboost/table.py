"""The objectives of XGBoost that are losses of ours, and what it does beside them."""

from __future__ import annotations

from typing import Any

import numpy as np
import xgboost

import lossreg
from lossreg.integrations.builtin import BuiltIn
from lossreg.integrations.needs import numbers

__all__ = ["BUILT_IN", "LINKS", "OF_OBJECTIVES", "PENALTIES"]


def newton_step(loss: lossreg.Loss, y: Any, weight: Any) -> float:
    """One Newton step from 0: XGBoost's start where it knows no better one."""
    grad, hess = loss.grad_and_hess(y, np.zeros(len(y)), weight, reduction="none")
    return float(-np.sum(grad) / max(float(np.sum(hess)), 1e-6))


def quantile(loss: lossreg.Loss, y: Any, weight: Any) -> float:
    """XGBoost's quantile: between the targets around level·(n + 1), or with weights, all equal ones too, the least of the best."""
    level: Any = loss.params.get("quantile", 0.5)
    y = np.asarray(y, dtype=np.float64)
    if weight is None:
        return float(np.quantile(y, level, method="weibull"))
    order = np.argsort(y, kind="stable")
    # added one after the other, as it does
    below = np.cumsum(np.asarray(weight, dtype=np.float32)[order], dtype=np.float32)
    place = int(np.searchsorted(below, np.float32(below[-1] * float(level))))
    return float(y[order[min(place, len(y) - 1)]])


def shares(loss: lossreg.Loss, y: Any, weight: Any, n_classes: int | None = None) -> Any:
    """The classes' parts of the whole as raw scores: XGBoost's start before 3.2, which took their logarithms then."""
    return loss.predict(loss.init_score(y, weight, n_classes=n_classes))


OF_CLASSES = None if numbers(xgboost.__version__) >= (3, 2) else shares

BUILT_IN = (
    BuiltIn("reg:squarederror", "half_squared_error"),
    BuiltIn("reg:absoluteerror", "absolute_error", hessian="unit", start=quantile, refits=True),
    BuiltIn(
        "reg:quantileerror",
        "pinball",
        {"quantile_alpha": "quantile"},
        hessian="unit",
        start=quantile,
        refits=True,
        above=True,
    ),
    BuiltIn("reg:pseudohubererror", "pseudo_huber", {"huber_slope": "delta"}, start=newton_step),
    BuiltIn("binary:logistic", "binary_cross_entropy", also=("reg:logistic",)),
    BuiltIn(
        "multi:softprob",
        "sparse_categorical_cross_entropy",
        hessian="xgboost",
        also=("multi:softmax",),
        start=OF_CLASSES,
    ),
    # exp(raw + max_delta_step), which LightGBM has taken over
    BuiltIn("count:poisson", "poisson", hessian="lightgbm", settings={"max_delta_step": 0.7}),
    BuiltIn("reg:gamma", "gamma"),
    BuiltIn("reg:tweedie", "tweedie", {"tweedie_variance_power": "power"}),
    BuiltIn(
        "survival:aft",
        "aft",
        {"aft_loss_distribution": "distribution", "aft_loss_distribution_scale": "scale"},
        link="log",  # it predicts times; and begins at 0.5, of whatever unit they are, where it can fail for good
        metrics=("aft-nloglik", "interval-regression-accuracy"),
    ),
)

# The objective that stands in the model of a loss that XGBoost does not have: it says the link, and trains nothing.
LINKS = {
    "identity": "reg:squarederror",
    "logit": "binary:logistic",
    "softmax": "multi:softprob",
    "log": "reg:gamma",
    "cumulative_logit": "reg:squarederror",  # it has none that makes several probabilities of a score
}

# Parameters that only XGBoost's own objectives read, or none of them → what to write instead.
OF_OBJECTIVES = {
    "class_weight": "pass weights of rows, which sklearn.utils.class_weight.compute_sample_weight(class_weight, y) makes",
    "scale_pos_weight": "pass sample weights, or a loss that has pos_weight or alpha",
    "quantile_alpha": "it is a parameter of the loss",
    "huber_slope": "it is a parameter of the loss",
    "tweedie_variance_power": "it is a parameter of the loss",
    "expectile_alpha": "it is a parameter of the loss",
    "aft_loss_distribution": "it is of another loss",
    "aft_loss_distribution_scale": "it is of another loss",
    "lambdarank_pair_method": "it is of another loss",
}

PENALTIES = ("alpha", "gamma")  # of trees, which losses have parameters of the same names as
