"""Every loss trains with XGBoost, or the error says why."""

from __future__ import annotations

from typing import Any

import pytest
from trained import SCORED, is_made_or_says_why, kind, trains_or_says_why

import lossreg

xgboost = pytest.importorskip("xgboost")
from lossreg.integrations.xgboost import XGBLossClassifier, XGBLossRegressor, metric, objective, predict, train


@pytest.mark.parametrize("name", lossreg.names())
def test_every_loss_trains_or_says_why(name: str) -> None:
    for estimator in (XGBLossRegressor, XGBLossClassifier):
        trains_or_says_why(
            name, estimator.__name__, lambda X, y, one=estimator: one(loss=name, n_estimators=2).fit(X, y).predict(X)
        )

    def native(X: Any, y: Any) -> Any:
        data = xgboost.DMatrix(X, y)
        return predict(train(name, {"nthread": 1}, data, 2), data)

    trains_or_says_why(name, "XGBLossRegressor", native)
    for make in (objective, metric):
        assert is_made_or_says_why(name, make) == (kind(name) in SCORED)
