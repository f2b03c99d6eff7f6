"""Every loss trains with CatBoost, or the error says why."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from trained import (
    ONE_TARGET,
    ROWS,
    calls_arguments_as_they_came,
    is_made_or_says_why,
    kind,
    takes_data_sets_however_they_come,
    trains_or_says_why,
)

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
        assert is_made_or_says_why(name, make) == (kind(name) in ONE_TARGET)


def test_errors_call_arguments_as_they_came() -> None:
    def of(loss: str) -> Any:
        return CatBoostLossRegressor(loss, iterations=2, verbose=False, thread_count=1)

    right = np.arange(ROWS) % 2
    calls_arguments_as_they_came(lambda loss, X, y, weight: of(loss).fit(X, y, weight))
    calls_arguments_as_they_came(
        lambda loss, X, y, weight: of(loss).fit(X, right, eval_set=(X, y, weight)), "eval_set[1]", "eval_set[2]"
    )


def test_data_sets_are_taken_however_they_come() -> None:
    takes_data_sets_however_they_come(
        lambda X, y, eval_set: CatBoostLossRegressor(iterations=2, verbose=False, thread_count=1).fit(
            X, y, eval_set=eval_set
        )
    )
