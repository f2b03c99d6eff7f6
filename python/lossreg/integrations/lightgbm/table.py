"""The objectives of LightGBM that are losses of ours, and what only they read."""

from __future__ import annotations

from typing import Any

import numpy as np

import lossreg
from lossreg.integrations.builtin import BuiltIn

__all__ = ["ALIASES", "BUILT_IN", "FORESTS", "LINKS", "OF_OBJECTIVES", "OF_OUTPUTS", "RANKS"]


def mean(_: lossreg.Loss, y: Any, weight: Any) -> float:
    """The mean, from which LightGBM starts losses whose best constant it would have to search for."""
    return float(np.average(np.asarray(y, dtype=np.float64), weights=weight))


BUILT_IN = (
    BuiltIn("regression", "half_squared_error", also=("regression_l2", "l2", "mse", "mean_squared_error")),
    BuiltIn("regression_l1", "absolute_error", hessian="unit", also=("l1", "mae", "mean_absolute_error"), refits=True),
    BuiltIn("huber", "huber", {"alpha": "delta"}, hessian="unit", start=mean),
    BuiltIn("fair", "fair", {"fair_c": "scale"}, start=mean),
    BuiltIn("quantile", "pinball", {"alpha": "quantile"}, hessian="unit", refits=True),
    BuiltIn("binary", "binary_cross_entropy", also=("cross_entropy", "xentropy")),
    BuiltIn("multiclass", "sparse_categorical_cross_entropy", hessian="lightgbm", also=("softmax",)),
    BuiltIn("poisson", "poisson", hessian="lightgbm"),
    BuiltIn("gamma", "gamma"),
    BuiltIn("tweedie", "tweedie", {"tweedie_variance_power": "power"}),
)

# What stands in a model to say its link; empty for raw scores.
LINKS = {
    "identity": "",
    "logit": "binary sigmoid:1",
    "softmax": "multiclass num_class:{}",
    "log": "poisson",
    "cumulative_logit": "",  # it has none that makes several probabilities of a score
}
# The same of several scores a row: LightGBM's exponential is of the first of them only.
OF_OUTPUTS = {"identity": "", "logit": "multiclassova num_class:{} sigmoid:1", "softmax": LINKS["softmax"]}

# Parameters that only LightGBM's own objectives read → what to write instead.
OF_OBJECTIVES = {
    "scale_pos_weight": "pass sample weights, or a loss that has pos_weight or alpha",
    "is_unbalance": "pass class_weight='balanced' to the classifier, or sample weights",
    "alpha": "it is a parameter of the loss",
    "fair_c": "it is a parameter of the loss",
    "tweedie_variance_power": "it is a parameter of the loss",
    "poisson_max_delta_step": "choose the curvature by hessian=",
    "sigmoid": "scores are logits",
    "reg_sqrt": "transform the targets",
    "pos_bagging_fraction": "LightGBM samples by label beside its own objectives only; pass bagging_fraction",
    "neg_bagging_fraction": "LightGBM samples by label beside its own objectives only; pass bagging_fraction",
    "linear_tree": "the start cannot be added to the leaves of linear trees",
}

# Other names of these, and of what else is read here.
ALIASES = {
    "app": "objective",
    "application": "objective",
    "boost": "boosting",
    "boosting_type": "boosting",
    "linear_trees": "linear_tree",
    "loss": "objective",
    "metric_types": "metric",
    "metrics": "metric",
    "neg_bagging": "neg_bagging_fraction",
    "neg_sub_row": "neg_bagging_fraction",
    "neg_subsample": "neg_bagging_fraction",
    "num_classes": "num_class",
    "objective_type": "objective",
    "pos_bagging": "pos_bagging_fraction",
    "pos_sub_row": "pos_bagging_fraction",
    "pos_subsample": "pos_bagging_fraction",
    "unbalance": "is_unbalance",
    "unbalanced_sets": "is_unbalance",
}
FORESTS = ("rf", "random_forest")  # boosting that takes no callable

# Metrics that see the order of scores only, so that raw scores will do.
RANKS = {"auc", "average_precision", "auc_mu", "multi_error", "ndcg", "map", "none", "null", "custom", "na", ""}
