"""Losses in scikit-learn: scorers, linear models with any smooth loss, and histogram gradient boosting (experimental).

from lossreg.integrations.sklearn import LossClassifier, LossRegressor, scorer

cross_val_score(LossRegressor("huber(delta=1.35)"), X, y, scoring=scorer("absolute_error"))
"""

from lossreg.integrations.needs import need

need("sklearn", "1.6", extra="sklearn")

from .boosting import boosting_loss  # noqa: E402
from .linear import LossClassifier, LossRegressor  # noqa: E402
from .scorer import scorer  # noqa: E402

__all__ = ["LossClassifier", "LossRegressor", "boosting_loss", "scorer"]
