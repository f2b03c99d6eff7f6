"""Every loss trains with LightGBM, or the error says why."""

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

lightgbm = pytest.importorskip("lightgbm")
from lossreg.integrations.lightgbm import (
    LGBMLossClassifier,
    LGBMLossRanker,
    LGBMLossRegressor,
    metric,
    objective,
    train,
)

QUIET = {"verbose": -1, "num_threads": 1, "min_data_in_leaf": 5}


@pytest.mark.parametrize("name", lossreg.names())
def test_every_loss_trains_or_says_why(name: str) -> None:
    for estimator in (LGBMLossRegressor, LGBMLossClassifier):
        trains_or_says_why(
            name,
            estimator.__name__,
            lambda X, y, one=estimator: one(loss=name, n_estimators=2, **QUIET).fit(X, y).predict(X),
        )

    def ranked(X: Any, y: Any) -> Any:
        return (
            LGBMLossRanker(loss=name, n_estimators=2, **QUIET)
            .fit(X, (y > 0.5).astype(float), group=[15, 10, 15])
            .predict(X)
        )

    trains_or_says_why(name, "LGBMLossRanker", ranked)

    def native(X: Any, y: Any) -> Any:
        return train(name, QUIET, lightgbm.Dataset(X, y), 2).predict(X)

    trains_or_says_why(name, "LGBMLossRegressor", native, ONE_TARGET - {"probabilities", "rates"})
    for make in (objective, metric):
        assert is_made_or_says_why(name, make) == (kind(name) in ONE_TARGET | {"lists"})


def test_errors_call_arguments_as_they_came() -> None:
    def of(loss: str) -> Any:
        return LGBMLossRegressor(loss=loss, n_estimators=2, **QUIET)

    right = np.arange(ROWS) % 2
    calls_arguments_as_they_came(lambda loss, X, y, weight: of(loss).fit(X, y, weight))
    calls_arguments_as_they_came(
        lambda loss, X, y, weight: of(loss).fit(X, right, eval_set=[(X, y)], eval_sample_weight=[weight]),
        "eval_set[0][1]",
        "eval_sample_weight[0]",
    )


@pytest.mark.filterwarnings("ignore:The argument 'eval_set' is deprecated")
def test_data_sets_are_taken_however_they_come() -> None:
    takes_data_sets_however_they_come(
        lambda X, y, eval_set: LGBMLossRegressor(n_estimators=2, **QUIET).fit(X, y, eval_set=eval_set)
    )
