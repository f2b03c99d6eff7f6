"""Targets of several numbers: bounds of times, which have a place in a DMatrix, and counts beside their exposures, which have none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from censored import DISTRIBUTIONS, RATE, counts, holds_for_rows, is_searched, says_what_is_wrong, times

import lossreg

xgboost = pytest.importorskip("xgboost")
pytest.importorskip("sklearn")
from sklearn.base import clone

from lossreg.integrations.xgboost import XGBLossRegressor, metric, objective, predict, train

SOME = times(11)
FEW = {"n_estimators": 30, "max_depth": 3, "n_jobs": 1, "learning_rate": 0.2}
STEPS = {"max_depth": 3, "nthread": 1}


def matrix(some: Any, **more: Any) -> Any:
    return xgboost.DMatrix(some.X, label_lower_bound=some.y[:, 0], label_upper_bound=some.y[:, 1], **more)


def fitted(model: Any, X: Any, y: Any, weight: Any, X_held: Any, y_held: Any) -> Any:
    return model.set_params(early_stopping_rounds=10).fit(X, y, weight, eval_set=[(X_held, y_held)])


def test_rows_are_targets() -> None:
    holds_for_rows(
        lambda loss: XGBLossRegressor(loss=loss, **FEW),
        fitted,
        lambda model: next(iter(model.evals_result()["validation_0"].values())),
    )
    is_searched(XGBLossRegressor(**FEW))
    says_what_is_wrong(lambda loss, X, y: XGBLossRegressor(loss=loss, **FEW).fit(X, y))


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
@pytest.mark.parametrize("scale", [1.0, 2.0])
@pytest.mark.parametrize("weighted", [False, True], ids=["", "weights"])
def test_trees_are_those_of_survival_aft(distribution: str, scale: float, weighted: bool) -> None:
    """From one start: XGBoost has none. Scales are such that it clips nothing."""
    data = matrix(SOME, **({"weight": SOME.weight} if weighted else {}))
    loss = lossreg.get("aft", distribution=distribution, scale=scale)
    its = {"aft_loss_distribution": distribution, "aft_loss_distribution_scale": scale}
    start = float(np.exp(loss.init_score(SOME.y, SOME.weight if weighted else None)))
    common = {"evals": [(data, "all")], "verbose_eval": False}
    wanted: dict[str, Any] = {}
    found: dict[str, Any] = {}
    named = {"objective": "survival:aft", "eval_metric": "aft-nloglik", "base_score": start, **STEPS, **its}
    theirs = xgboost.train(named, data, 10, evals_result=wanted, **common)
    ours = train(loss, STEPS, data, 10, evals_result=found, **common)
    np.testing.assert_allclose(predict(ours, data), theirs.predict(data, output_margin=True), rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(ours.predict(data), theirs.predict(data), rtol=1e-5)  # times
    np.testing.assert_allclose(found["all"]["aft"], wanted["all"]["aft-nloglik"], rtol=1e-5)
    model = XGBLossRegressor(loss=loss, n_estimators=10, max_depth=3, n_jobs=1, eval_metric="aft-nloglik")
    model.fit(SOME.X, SOME.y, SOME.weight if weighted else None, eval_set=[(SOME.X, SOME.y)])
    np.testing.assert_allclose(model.predict(SOME.X), predict(ours, data), rtol=1e-5, atol=1e-5)
    assert list(model.evals_result()["validation_0"]) == ["aft-nloglik"]


def test_counts_with_exposures_are_offsets_of_poisson() -> None:
    X, y = counts(12)
    one = xgboost.DMatrix(X, y[:, 0], base_margin=np.log(y[:, 1]))
    theirs = xgboost.train({"objective": "count:poisson", "max_delta_step": 0, "base_score": 1.0, **STEPS}, one, 10)
    data = xgboost.DMatrix(X, y)
    ours = train(RATE, {"base_score": 1.0, **STEPS}, data, 10, evals=[(data, "all")], verbose_eval=False)
    wanted = theirs.predict(one, output_margin=True) - np.log(y[:, 1])
    np.testing.assert_allclose(predict(ours, data, raw=True), wanted, rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(np.reshape(data.get_label(), y.shape), y.astype(np.float32))  # it is as it was
    model = XGBLossRegressor(loss=RATE, base_score=1.0, n_estimators=10, max_depth=3, n_jobs=1).fit(X, y)
    np.testing.assert_array_equal(model.predict(X), predict(ours, data))
    same = train(RATE, {"base_score": 1.0, **STEPS}, data, 10)
    np.testing.assert_array_equal(predict(same, data), predict(ours, data))


def test_by_hand_and_saved(tmp_path: Path) -> None:
    data = matrix(SOME)
    history: dict[str, Any] = {}
    how = {"base_score": 1.0, "disable_default_eval_metric": True, **STEPS}
    evaluated = {"custom_metric": metric("aft"), "evals": [(data, "all")], "evals_result": history}
    xgboost.train(how, data, 5, obj=objective("aft"), verbose_eval=False, **evaluated)
    assert history["all"]["aft"] == sorted(history["all"]["aft"], reverse=True)
    model = XGBLossRegressor(loss="aft(distribution='extreme')", **FEW).fit(SOME.X, SOME.y)
    model.save_model(tmp_path / "model.json")
    again = XGBLossRegressor()
    again.load_model(tmp_path / "model.json")
    assert again.loss == model.loss_
    np.testing.assert_array_equal(again.predict(SOME.X), model.predict(SOME.X))


def test_a_function_is_given_the_bounds() -> None:
    def late(y_true: Any, y_pred: Any) -> float:
        return float(np.mean(np.exp(y_pred) > y_true[:, 1]))

    model = XGBLossRegressor(loss="aft", eval_metric=late, **FEW).fit(SOME.X, SOME.y, eval_set=[(SOME.X, SOME.y)])
    wanted = np.mean(np.exp(model.predict(SOME.X)) > SOME.y[:, 1])
    assert model.evals_result()["validation_0"]["late"][-1] == pytest.approx(wanted, abs=1e-6)


def test_a_metric_of_somebody_else_sees_the_labels() -> None:
    X, y = counts(13)
    data, history = xgboost.DMatrix(X, y), {}

    def mean(raw: Any, of: xgboost.DMatrix) -> tuple[str, float]:
        return "mean", float(np.reshape(of.get_label(), y.shape)[:, 0].mean())

    options: dict[str, Any] = {"evals_result": history, "verbose_eval": False}
    train(RATE, {}, data, 3, evals=[(data, "all")], custom_metric=mean, **options)
    assert history["all"]["mean"] == pytest.approx(3 * [y[:, 0].mean()], rel=1e-5)
    np.testing.assert_array_equal(np.reshape(data.get_label(), y.shape), y.astype(np.float32))


def test_a_matrix_whose_labels_are_kept_is_trained_on_once_at_a_time() -> None:
    X, y = counts(13)
    data = xgboost.DMatrix(X, y)

    def again(raw: Any, of: xgboost.DMatrix) -> tuple[str, float]:
        with pytest.raises(lossreg.ParameterError, match="in use by another training"):
            train(RATE, {}, of, 1)
        return "again", 0.0

    train(RATE, {}, data, 2, evals=[(data, "all")], custom_metric=again, verbose_eval=False)
    np.testing.assert_array_equal(np.reshape(data.get_label(), y.shape), y.astype(np.float32))


def test_what_is_not_possible_is_said_before_training() -> None:
    with pytest.raises(lossreg.ParameterError, match=r"bounds, which are no labels of a DMatrix; .*label_lower_bound"):
        train("aft", {}, xgboost.DMatrix(SOME.X, SOME.y[:, 0]))
    with pytest.raises(
        lossreg.ParameterError, match=r"'rmse', and of aft\(\) a row has lower and upper, .*pass a function"
    ):
        XGBLossRegressor(loss="aft", eval_metric="rmse").fit(SOME.X, SOME.y)
    with pytest.raises(lossreg.ParameterError, match="aft_loss_distribution is 'normal' beside aft"):
        train("aft(distribution='logistic')", {"aft_loss_distribution": "normal"}, matrix(SOME))
    X, y = counts(13)
    with pytest.raises(
        lossreg.ShapeError, match="one raw score for each row, and one for each of count and exposure came; use XGBLoss"
    ):
        xgboost.train({}, xgboost.DMatrix(X, y), 1, obj=objective(RATE))
    model = clone(XGBLossRegressor(loss=RATE, **FEW))
    with pytest.raises(lossreg.ShapeError, match=r"eval_set\[0\]\[1\] has shape"):
        model.fit(X, y, eval_set=[(X, y[:, 0])])
