"""Losses in CatBoost: objectives, metrics, and estimators that know the start value and the link.

from lossreg.integrations.catboost import CatBoostLossRegressor

CatBoostLossRegressor("huber(delta=1.35)", iterations=200).fit(X, y)
"""

from lossreg.integrations.needs import need

need("catboost", "1.2", extra="catboost")

from .estimators import CatBoostLossClassifier, CatBoostLossRegressor  # noqa: E402
from .objectives import Metric, Objective, metric, objective  # noqa: E402

__all__ = ["CatBoostLossClassifier", "CatBoostLossRegressor", "Metric", "Objective", "metric", "objective"]
