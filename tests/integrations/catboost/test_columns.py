"""Losses of several columns: CatBoost grows trees whose leaves have a number for each."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from boosted import data
from columned import APART, spread

import lossreg

catboost = pytest.importorskip("catboost")
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from lossreg.integrations.catboost import CatBoostLossClassifier, CatBoostLossRegressor, metric, objective
from lossreg.integrations.sklearn import scorer

SOME = data(81, 200)
FEW: dict[str, Any] = {"iterations": 8, "depth": 3, "thread_count": 1, "verbose": False, "learning_rate": 0.3}


@pytest.mark.parametrize("weighted", [False, True], ids=["", "weights"])
def test_columns_that_do_not_meet_are_targets_of_their_own(weighted: bool) -> None:
    weight = SOME.weight if weighted else None
    settings = {**FEW, "random_strength": 0, "bootstrap_type": "No", "leaf_estimation_iterations": 1}
    both = CatBoostLossRegressor(lossreg.define(**APART), **settings).fit(SOME.X, SOME.real, weight)
    targets = np.column_stack([SOME.real, 2 * SOME.real])
    theirs = catboost.CatBoost({**settings, "loss_function": "MultiRMSE", "allow_writing_files": False})
    theirs.fit(catboost.Pool(SOME.X, targets, weight=weight))
    np.testing.assert_allclose(both.predict(SOME.X), theirs.predict(SOME.X), rtol=1e-5, atol=1e-5)


def test_the_unit_of_targets_is_that_of_predictions() -> None:
    model = CatBoostLossRegressor("gaussian_nll", **FEW)
    plain, large = (clone(model).fit(SOME.X, unit * SOME.real).predict(SOME.X) for unit in (1, 1024))
    np.testing.assert_allclose(large[:, 0], 1024 * plain[:, 0], rtol=1e-4, atol=1e-2)
    np.testing.assert_allclose(large[:, 1], plain[:, 1] + 2 * np.log(1024), rtol=1e-4, atol=1e-4)


def test_the_spread_is_learnt_with_the_mean(tmp_path: Path) -> None:
    loss = lossreg.get("gaussian_nll")
    X, y, mean, log_variance = spread(3, 600)
    X_test, y_test, _, _ = spread(4, 600)
    model = CatBoostLossRegressor(loss, **{**FEW, "iterations": 100})
    model.fit(X, y, eval_set=(X_test, y_test), early_stopping_rounds=5)
    predicted = model.predict(X_test)
    assert predicted.shape == (600, 2)
    best = min(model.model_.get_evals_result()["validation"]["ColumnMetric"])
    assert loss(y_test, predicted) == pytest.approx(best, rel=1e-6)
    truth = loss(y_test, np.column_stack([mean(X_test), log_variance(X_test)]))
    constant = loss(y_test, np.tile(loss.init_score(y), (600, 1)))
    assert best < truth + 0.25 * (constant - truth)
    assert model.score(X_test, y_test) == pytest.approx(-best, rel=1e-6)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).predict(X_test), predicted)
    model.model_.save_model(str(tmp_path / "model.cbm"))
    again = catboost.CatBoost().load_model(str(tmp_path / "model.cbm"))
    np.testing.assert_array_equal(again.predict(X_test), predicted)


def test_by_hand() -> None:
    model = catboost.CatBoost(
        {
            "loss_function": objective("laplace_nll"),
            "eval_metric": metric("laplace_nll"),
            "allow_writing_files": False,
            **FEW,
        }
    )
    model.fit(SOME.X, np.tile(SOME.real[:, None], 2))
    values = model.get_evals_result()["learn"]["ColumnMetric"]
    assert values == sorted(values, reverse=True)
    assert values[-1] == pytest.approx(lossreg.get("laplace_nll")(SOME.real, model.predict(SOME.X)), rel=1e-6)


def test_a_grid_is_searched_by_a_loss() -> None:
    grid = {"loss": ["gaussian_nll", "laplace_nll"], "depth": [1, 2]}
    search = GridSearchCV(CatBoostLossRegressor(**FEW), grid, cv=2, scoring=scorer("gaussian_nll"))
    search.fit(SOME.X, SOME.real, sample_weight=SOME.weight)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_what_is_not_possible_is_said_before_training() -> None:
    with pytest.raises(lossreg.ShapeError, match="fit a model for each"):
        CatBoostLossRegressor("gaussian_nll", **FEW).fit(SOME.X, np.tile(SOME.real[:, None], 2))
    for given in ({"eval_metric": "RMSE"}, {"custom_metric": ["MultiRMSE"]}):
        with pytest.raises(
            lossreg.ParameterError, match=r"RMSE', and of gaussian_nll.. a row has mean and log_variance"
        ):
            CatBoostLossRegressor("gaussian_nll", **FEW, **given).fit(SOME.X, SOME.real)
        with pytest.raises(lossreg.ParameterError, match=r"RMSE', and of aft.. a row has lower and upper"):
            CatBoostLossRegressor("aft", **FEW, **given).fit(SOME.X, np.tile(SOME.amount[:, None], 2))
    with pytest.raises(lossreg.ParameterError, match="no loss of labels; use CatBoostLossRegressor"):
        CatBoostLossClassifier("gaussian_nll", **FEW).fit(SOME.X, SOME.label)
