"""Every loss trains with LightGBM, or the error says why."""

from __future__ import annotations

from typing import Any

import pytest
from trained import SCORED, is_made_or_says_why, kind, trains_or_says_why

import lossreg

lightgbm = pytest.importorskip("lightgbm")
from lossreg.integrations.lightgbm import LGBMLossClassifier, LGBMLossRegressor, metric, objective, train

QUIET = {"verbose": -1, "num_threads": 1, "min_data_in_leaf": 5}


@pytest.mark.parametrize("name", lossreg.names())
def test_every_loss_trains_or_says_why(name: str) -> None:
    for estimator in (LGBMLossRegressor, LGBMLossClassifier):
        trains_or_says_why(
            name,
            estimator.__name__,
            lambda X, y, one=estimator: one(loss=name, n_estimators=2, **QUIET).fit(X, y).predict(X),
        )

    def native(X: Any, y: Any) -> Any:
        return train(name, QUIET, lightgbm.Dataset(X, y), 2).predict(X)

    trains_or_says_why(name, "LGBMLossRegressor", native, SCORED - {"probabilities"})
    for make in (objective, metric):
        assert is_made_or_says_why(name, make) == (kind(name) in SCORED)
