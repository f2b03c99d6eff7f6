"""Every loss trains with CatBoost, or the error says why."""

from __future__ import annotations

import pytest
from trained import SCORED, is_made_or_says_why, kind, trains_or_says_why

import lossreg

pytest.importorskip("catboost")
from lossreg.integrations.catboost import CatBoostLossClassifier, CatBoostLossRegressor, metric, objective


@pytest.mark.parametrize("name", lossreg.names())
def test_every_loss_trains_or_says_why(name: str) -> None:
    for estimator in (CatBoostLossRegressor, CatBoostLossClassifier):
        trains_or_says_why(
            name,
            estimator.__name__,
            lambda X, y, one=estimator: one(name, iterations=2, verbose=False, thread_count=1).fit(X, y).predict(X),
        )
    for make in (objective, metric):
        assert is_made_or_says_why(name, make) == (kind(name) in SCORED)
