"""Losses of several columns, which XGBoost grows a tree of for each, or one with a row of them in each leaf."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from boosted import data
from columned import APART, searches, spread

import lossreg

xgboost = pytest.importorskip("xgboost")
pytest.importorskip("sklearn")
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from lossreg.integrations.sklearn import scorer
from lossreg.integrations.xgboost import XGBLossClassifier, XGBLossRegressor, metric, objective, predict, train

SOME, OTHER = data(61), data(62)
FEW = {"n_estimators": 8, "max_depth": 3, "n_jobs": 1}
BOTH = [{}, {"multi_strategy": "multi_output_tree", "tree_method": "hist"}]

FREE = {**BOTH[1], "reg_lambda": 0, "min_child_weight": 0}  # what one tree has of penalties is of one unit


@pytest.mark.parametrize("weighted", [False, True], ids=["", "weights"])
def test_columns_that_do_not_meet_are_a_model_for_each(weighted: bool) -> None:
    weight = SOME.weight if weighted else None
    both = XGBLossRegressor(loss=lossreg.define(**APART), **FEW).fit(SOME.X, SOME.real, weight)
    alone = xgboost.XGBRegressor(**FEW).fit(SOME.X, SOME.real, sample_weight=weight)
    first, second = both.predict(SOME.X).T
    np.testing.assert_allclose(first, alone.predict(SOME.X), rtol=1e-5, atol=1e-5)
    twice = xgboost.XGBRegressor(**FEW).fit(SOME.X, 2 * SOME.real, sample_weight=weight)
    np.testing.assert_allclose(second, twice.predict(SOME.X), rtol=1e-5, atol=1e-5)


def test_the_first_tree_of_a_mean_is_that_of_squared_error() -> None:
    """Where the variance is still one for all rows."""
    once = {**FEW, "n_estimators": 1}
    mean = XGBLossRegressor(loss="gaussian_nll", **once).fit(SOME.X, 50 * SOME.real).predict(SOME.X)[:, 0]
    alone = xgboost.XGBRegressor(**once).fit(SOME.X, 50 * SOME.real).predict(SOME.X)
    np.testing.assert_allclose(mean, alone, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("loss", ["gaussian_nll", "laplace_nll"])
@pytest.mark.parametrize("options", [{}, FREE], ids=["a tree each", "one tree"])
def test_the_unit_of_targets_is_that_of_predictions(loss: str, options: dict[str, Any]) -> None:
    model = XGBLossRegressor(loss=loss, **FEW, **options)
    plain, large = (clone(model).fit(SOME.X, unit * SOME.real).predict(SOME.X) for unit in (1, 1024))
    twice = 2 if loss == "gaussian_nll" else 1
    np.testing.assert_allclose(large[:, 0], 1024 * plain[:, 0], rtol=1e-3, atol=1)
    np.testing.assert_allclose(large[:, 1], plain[:, 1] + twice * np.log(1024), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("options", BOTH, ids=["a tree each", "one tree"])
def test_the_spread_is_learnt_with_the_mean(options: dict[str, Any], tmp_path: Path) -> None:
    loss = lossreg.get("gaussian_nll")
    X, y, mean, log_variance = spread(3, 1000)
    X_test, y_test, _, _ = spread(4, 1000)
    model = XGBLossRegressor(
        loss=loss, n_estimators=300, max_depth=3, learning_rate=0.1, early_stopping_rounds=10, **options
    )
    model.fit(X, y, eval_set=[(X_test, y_test)])
    predicted = model.predict(X_test)
    assert predicted.shape == (1000, 2)
    best = model.evals_result()["validation_0"]["gaussian_nll"][model.best_iteration]
    assert loss(y_test, predicted) == pytest.approx(best, rel=1e-4)
    truth = loss(y_test, np.column_stack([mean(X_test), log_variance(X_test)]))
    constant = loss(y_test, np.tile(loss.init_score(y), (1000, 1)))
    assert best < truth + 0.1 * (constant - truth)
    assert model.score(X_test, y_test) == pytest.approx(-best, rel=1e-4)
    assert scorer(loss)(model, X_test, y_test) == pytest.approx(-best, rel=1e-4)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).predict(X_test), predicted)
    model.save_model(tmp_path / "model.json")
    again = XGBLossRegressor()
    again.load_model(tmp_path / "model.json")
    assert again.loss == loss
    np.testing.assert_array_equal(again.predict(X_test), predicted)


def test_weights_are_rows_that_come_more_often() -> None:
    often = np.arange(len(SOME.X)) % 3
    weighted = XGBLossRegressor(loss="laplace_nll", **FEW).fit(SOME.X, SOME.real, often)
    repeated = XGBLossRegressor(loss="laplace_nll", **FEW).fit(
        np.repeat(SOME.X, often, axis=0), np.repeat(SOME.real, often)
    )
    value = [lossreg.get("laplace_nll")(OTHER.real, one.predict(OTHER.X)) for one in (weighted, repeated)]
    assert value[0] == pytest.approx(value[1], abs=0.02)  # the cuts of features differ


def test_native_interface_and_a_function_of_predictions() -> None:
    def widest(y_true: Any, y_pred: Any) -> float:
        return float(np.max(y_pred[:, 1]))

    data_of = xgboost.DMatrix(SOME.X, SOME.real, weight=SOME.weight)
    history: dict[str, Any] = {}
    booster = train("gaussian_nll", {"nthread": 1}, data_of, 5, evals=[(data_of, "all")], evals_result=history)
    predicted = predict(booster, data_of)
    assert predicted.shape == (len(SOME.X), 2)
    value = lossreg.get("gaussian_nll")(SOME.real, predicted, SOME.weight.astype(np.float32), reduction="weighted_mean")
    assert history["all"]["gaussian_nll"][-1] == pytest.approx(value, rel=1e-4)
    model = XGBLossRegressor(loss="gaussian_nll", eval_metric=widest, **FEW)
    model.fit(SOME.X, SOME.real, eval_set=[(SOME.X, SOME.real)])
    wanted = model.predict(SOME.X)[:, 1].max()
    assert model.evals_result()["validation_0"]["widest"][-1] == pytest.approx(wanted, rel=1e-4)
    more = train("gaussian_nll", {"nthread": 1}, data_of, 5, xgb_model=booster)
    assert lossreg.get("gaussian_nll")(SOME.real, predict(more, data_of)) < lossreg.get("gaussian_nll")(
        SOME.real, predicted
    )


def test_by_hand() -> None:
    data_of = xgboost.DMatrix(SOME.X, SOME.real)
    params = {"num_class": 2, "base_score": [0.0, 0.0], "disable_default_eval_metric": True}
    history: dict[str, Any] = {}
    xgboost.train(
        params,
        data_of,
        5,
        obj=objective("gaussian_nll"),
        custom_metric=metric("gaussian_nll"),
        evals=[(data_of, "all")],
        evals_result=history,
        verbose_eval=False,
    )
    values = history["all"]["gaussian_nll"]
    assert values == sorted(values, reverse=True)
    with pytest.raises(lossreg.ShapeError, match=r"raw scores mean and log_variance for each row, .* set num_class=2"):
        xgboost.train({}, data_of, 1, obj=objective("gaussian_nll"))


def test_a_grid_is_searched_by_a_loss() -> None:
    grid = {"loss": ["gaussian_nll", "laplace_nll"], "max_depth": [2, 3]}
    search = GridSearchCV(XGBLossRegressor(**FEW), grid, cv=2, scoring=scorer("gaussian_nll"))
    search.fit(SOME.X, SOME.real, sample_weight=SOME.weight)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_targets_without_spread_begin_at_a_finite_one() -> None:
    model = XGBLossRegressor(loss="gaussian_nll", **FEW).fit(SOME.X, np.full(len(SOME.X), 1000.0))
    predicted = model.predict(SOME.X)
    np.testing.assert_allclose(predicted[:, 0], 1000)
    assert np.isfinite(predicted).all()


def test_the_start_is_searched_once(monkeypatch: pytest.MonkeyPatch) -> None:
    searched = searches(monkeypatch)
    XGBLossRegressor(loss="gaussian_nll", n_estimators=2).fit(SOME.X, SOME.real, eval_set=[(SOME.X, SOME.real)])
    assert searched == [lossreg.get("gaussian_nll")]
    train("gaussian_nll", {}, xgboost.DMatrix(SOME.X, SOME.real), 2)
    assert len(searched) == 2


def test_what_is_not_possible_is_said_before_training() -> None:
    model = XGBLossRegressor(loss="gaussian_nll", **FEW)
    with pytest.raises(
        lossreg.ShapeError, match=r"y has shape \(600, 2\), .* one number a row, which mean and log_var"
    ):
        model.fit(SOME.X, np.tile(SOME.real[:, None], 2))
    with pytest.raises(lossreg.ParameterError, match=r"'rmse', and of gaussian_nll.. a row has mean and log_variance"):
        clone(model).set_params(eval_metric="rmse").fit(SOME.X, SOME.real)
    with pytest.raises(lossreg.ShapeError, match="2 raw scores a row, mean and log_variance, not 3"):
        train("gaussian_nll", {"num_class": 3}, xgboost.DMatrix(SOME.X, SOME.real))
    with pytest.raises(lossreg.ParameterError, match="no loss of labels; use XGBLossRegressor"):
        XGBLossClassifier(loss="gaussian_nll").fit(SOME.X, SOME.label)
