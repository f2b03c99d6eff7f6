"""Every loss trains with XGBoost, or the error says why."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from trained import (
    ROWS,
    SEVERAL,
    calls_arguments_as_they_came,
    is_made_or_says_why,
    kind,
    takes_data_sets_however_they_come,
    trains_or_says_why,
)

import lossreg

xgboost = pytest.importorskip("xgboost")
from lossreg.integrations.xgboost import (
    XGBLossClassifier,
    XGBLossRanker,
    XGBLossRegressor,
    metric,
    objective,
    predict,
    train,
)


@pytest.mark.parametrize("name", lossreg.names())
def test_every_loss_trains_or_says_why(name: str) -> None:
    for estimator in (XGBLossRegressor, XGBLossClassifier):
        trains_or_says_why(
            name, estimator.__name__, lambda X, y, one=estimator: one(loss=name, n_estimators=2).fit(X, y).predict(X)
        )

    def ranked(X: Any, y: Any) -> Any:
        return XGBLossRanker(loss=name, n_estimators=2).fit(X, (y > 0.5).astype(float), group=[15, 10, 15]).predict(X)

    trains_or_says_why(name, "XGBLossRanker", ranked)

    def native(X: Any, y: Any) -> Any:
        bounds = (
            {"label_lower_bound": y[:, 0], "label_upper_bound": y[:, 1]} if kind(name) == "bounds" else {"label": y}
        )
        data = xgboost.DMatrix(X, **bounds)
        return predict(train(name, {"nthread": 1}, data, 2), data)

    trains_or_says_why(name, "XGBLossRegressor", native)
    for make in (objective, metric):
        assert is_made_or_says_why(name, make) == (kind(name) in SEVERAL | {"lists"})


def test_errors_call_arguments_as_they_came() -> None:
    def of(loss: str) -> Any:
        return XGBLossRegressor(loss=loss, n_estimators=2)

    right = np.arange(ROWS) % 2
    calls_arguments_as_they_came(lambda loss, X, y, weight: of(loss).fit(X, y, weight))
    calls_arguments_as_they_came(
        lambda loss, X, y, weight: of(loss).fit(X, right, eval_set=[(X, y)], sample_weight_eval_set=[weight]),
        "eval_set[0][1]",
        "sample_weight_eval_set[0]",
    )
    X, labels = np.zeros((ROWS, 1)), np.repeat(["ham", "spam"], ROWS // 2)
    with pytest.raises(
        lossreg.DomainError, match=r"^eval_set\[1\] holds 'eggs' at index 0, which is none of the 2"
    ) as caught:
        XGBLossClassifier(n_estimators=2).fit(X, labels, eval_set=(X, np.repeat("eggs", ROWS)))
    assert caught.value.argument == "eval_set[1]"


def test_data_sets_are_taken_however_they_come() -> None:
    takes_data_sets_however_they_come(
        lambda X, y, eval_set: XGBLossRegressor(n_estimators=2).fit(X, y, eval_set=eval_set)
    )
