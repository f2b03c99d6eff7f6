"""Train LightGBM with any loss: `objective`, `metric`, `train`, `LGBMLossRegressor`, `LGBMLossClassifier`, `LGBMLossRanker`.

Examples
--------
>>> import numpy as np
>>> from lossreg.integrations.lightgbm import LGBMLossRegressor
>>> X = np.arange(200.0).reshape(-1, 1)
>>> y = np.where(X[:, 0] < 100, 1.0, 5.0)
>>> y[3] = 1000.0  # an outlier
>>> model = LGBMLossRegressor(loss="cauchy", n_estimators=50, verbose=-1).fit(X, y)
>>> model.predict([[10.0], [130.0]]).round(1)
array([1., 5.])
"""

from lossreg.integrations.needs import need

need("lightgbm", "4.0", extra="lightgbm")

from lossreg.integrations.lightgbm.estimators import LGBMLossClassifier, LGBMLossRegressor  # noqa: E402
from lossreg.integrations.lightgbm.objectives import Metric, Objective, metric, objective  # noqa: E402
from lossreg.integrations.lightgbm.ranker import LGBMLossRanker  # noqa: E402
from lossreg.integrations.lightgbm.training import train  # noqa: E402

__all__ = [
    "LGBMLossClassifier",
    "LGBMLossRanker",
    "LGBMLossRegressor",
    "Metric",
    "Objective",
    "metric",
    "objective",
    "train",
]
