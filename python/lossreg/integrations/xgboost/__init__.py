"""Train XGBoost with any loss: `objective`, `metric`, `train`, `predict`, `XGBLossRegressor`, `XGBLossClassifier`, `XGBLossRanker`.

Examples
--------
>>> import numpy as np
>>> from lossreg.integrations.xgboost import XGBLossRegressor
>>> X = np.arange(40.0).reshape(-1, 1)
>>> y = np.where(X[:, 0] < 20, 1.0, 5.0)
>>> y[3] = 1000.0  # an outlier
>>> model = XGBLossRegressor(loss="huber(delta=0.5)", n_estimators=50).fit(X, y)
>>> model.predict([[10.0], [30.0]]).round(1)
array([1., 5.], dtype=float32)
"""

from lossreg.integrations.needs import need

need("xgboost", "3.1", extra="xgboost")

from lossreg.integrations.xgboost.estimators import XGBLossClassifier, XGBLossRegressor  # noqa: E402
from lossreg.integrations.xgboost.objectives import Metric, Objective, metric, objective, tree_objective  # noqa: E402
from lossreg.integrations.xgboost.ranker import XGBLossRanker  # noqa: E402
from lossreg.integrations.xgboost.training import predict, train  # noqa: E402

__all__ = [
    "Metric",
    "Objective",
    "XGBLossClassifier",
    "XGBLossRanker",
    "XGBLossRegressor",
    "metric",
    "objective",
    "predict",
    "train",
    "tree_objective",
]
