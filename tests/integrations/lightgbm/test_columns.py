"""Losses of several columns, which LightGBM grows a tree of for each."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from boosted import data
from columned import APART, searches, spread

import lossreg

lightgbm = pytest.importorskip("lightgbm")
pytest.importorskip("sklearn")
from light import evaluated
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from lossreg.integrations.lightgbm import LGBMLossClassifier, LGBMLossRegressor, metric, objective, train

SOME = data(71)
FEW = {"n_estimators": 8, "num_leaves": 8, "n_jobs": 1, "verbose": -1}


@pytest.mark.parametrize("weighted", [False, True], ids=["", "weights"])
@pytest.mark.parametrize("rows", [20, 600])
def test_columns_that_do_not_meet_are_a_model_for_each(rows: int, weighted: bool) -> None:
    """With 20 rows there is nothing to split."""
    some = SOME.first(rows)
    weight = some.weight if weighted else None
    both = LGBMLossRegressor(loss=lossreg.define(**APART), **FEW).fit(some.X, some.real, weight).predict(some.X)
    for column, y in enumerate((some.real, 2 * some.real)):
        alone = lightgbm.LGBMRegressor(**FEW).fit(some.X, y, weight)
        np.testing.assert_allclose(both[:, column], alone.predict(some.X), rtol=1e-5, atol=1e-5)


def test_the_first_tree_of_a_mean_is_that_of_squared_error() -> None:
    """Where the variance is still one for all rows."""
    once = {**FEW, "n_estimators": 1}
    mean = LGBMLossRegressor(loss="gaussian_nll", **once).fit(SOME.X, 50 * SOME.real).predict(SOME.X)[:, 0]
    alone = lightgbm.LGBMRegressor(**once).fit(SOME.X, 50 * SOME.real).predict(SOME.X)
    np.testing.assert_allclose(mean, alone, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("loss", ["gaussian_nll", "laplace_nll"])
def test_the_unit_of_targets_is_that_of_predictions(loss: str) -> None:
    model = LGBMLossRegressor(loss=loss, reg_lambda=5.0, **FEW)
    plain, large = (clone(model).fit(SOME.X, unit * SOME.real).predict(SOME.X) for unit in (1, 1024))
    twice = 2 if loss == "gaussian_nll" else 1
    np.testing.assert_allclose(large[:, 0], 1024 * plain[:, 0], rtol=1e-4, atol=1e-2)
    np.testing.assert_allclose(large[:, 1], plain[:, 1] + twice * np.log(1024), rtol=1e-4, atol=1e-4)


def test_the_spread_is_learnt_with_the_mean(tmp_path: Path) -> None:
    loss = lossreg.get("gaussian_nll")
    X, y, mean, log_variance = spread(3, 1000)
    X_test, y_test, _, _ = spread(4, 1000)
    model = LGBMLossRegressor(loss=loss, **{**FEW, "n_estimators": 300})
    model.fit(X, y, **evaluated(X_test, y_test), callbacks=[lightgbm.early_stopping(10, verbose=False)])
    predicted = model.predict(X_test)
    assert predicted.shape == (1000, 2)
    (history,) = model.evals_result_.values()
    best = history["gaussian_nll"][model.best_iteration_ - 1]
    assert model.best_iteration_ < 250
    assert loss(y_test, predicted) == pytest.approx(best, rel=1e-6)
    truth = loss(y_test, np.column_stack([mean(X_test), log_variance(X_test)]))
    constant = loss(y_test, np.tile(loss.init_score(y), (1000, 1)))
    assert best < truth + 0.1 * (constant - truth)
    assert model.score(X_test, y_test) == pytest.approx(-best, rel=1e-6)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).predict(X_test), predicted)
    model.booster_.save_model(tmp_path / "model.txt")
    again = lightgbm.Booster(model_file=tmp_path / "model.txt")
    np.testing.assert_array_equal(again.predict(X_test), predicted)


@pytest.mark.parametrize("rows", [20, 600])
def test_native_interface(rows: int) -> None:
    some = SOME.first(rows)
    settings = {"verbose": -1, "num_threads": 1}
    data_of = lightgbm.Dataset(some.X, some.real, weight=some.weight, free_raw_data=False)
    history: dict[str, Any] = {}
    booster = train(
        "laplace_nll", settings, data_of, 5, valid_sets=[data_of], callbacks=[lightgbm.record_evaluation(history)]
    )
    predicted = booster.predict(some.X)
    weight = some.weight.astype(np.float32)
    value = lossreg.get("laplace_nll")(some.real.astype(np.float32), predicted, weight, reduction="weighted_mean")
    np.testing.assert_array_equal(data_of.get_label(), some.real)
    if rows > 20:
        assert history["training"]["laplace_nll"][-1] == pytest.approx(value, rel=1e-6)
        more = train("laplace_nll", settings, data_of, 5, init_model=booster)
        assert lossreg.get("laplace_nll")(some.real, more.predict(some.X)) < value
    else:
        start = lossreg.get("laplace_nll").init_score(some.real, some.weight)
        np.testing.assert_allclose(predicted, np.tile(start, (rows, 1)), rtol=1e-6)


def test_by_hand() -> None:
    data_of = lightgbm.Dataset(SOME.X, SOME.real)
    settings = {"verbose": -1, "num_class": 2, "objective": objective("gaussian_nll"), "metric": "none"}
    history: dict[str, Any] = {}
    recorded = [lightgbm.record_evaluation(history)]
    lightgbm.train(settings, data_of, 5, valid_sets=[data_of], feval=metric("gaussian_nll"), callbacks=recorded)
    values = history["training"]["gaussian_nll"]
    assert values == sorted(values, reverse=True)


def test_a_grid_is_searched_by_a_loss() -> None:
    grid = {"loss": ["gaussian_nll", "laplace_nll"], "num_leaves": [2, 3]}
    scorer = pytest.importorskip("lossreg.integrations.sklearn", exc_type=ImportError).scorer("gaussian_nll")
    search = GridSearchCV(LGBMLossRegressor(**FEW), grid, cv=2, scoring=scorer)
    search.fit(SOME.X, SOME.real, sample_weight=SOME.weight)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_a_function_is_given_both_columns() -> None:
    def widest(y_true: Any, y_pred: Any) -> tuple[str, float, bool]:
        return "widest", float(np.max(y_pred[:, 1])), False

    model = LGBMLossRegressor(loss="gaussian_nll", **FEW)
    model.fit(SOME.X, SOME.real, **evaluated(SOME.X, SOME.real), eval_metric=widest)
    (history,) = model.evals_result_.values()
    assert history["widest"][-1] == pytest.approx(model.predict(SOME.X)[:, 1].max())


def test_the_start_is_searched_once(monkeypatch: pytest.MonkeyPatch) -> None:
    searched = searches(monkeypatch)
    LGBMLossRegressor(loss="gaussian_nll", n_estimators=2, verbose=-1).fit(SOME.X, SOME.real)
    assert searched == [lossreg.get("gaussian_nll")]
    train("gaussian_nll", {"verbose": -1}, lightgbm.Dataset(SOME.X, SOME.real), 2)
    assert len(searched) == 2


def test_what_is_not_possible_is_said_before_training() -> None:
    model = LGBMLossRegressor(loss="gaussian_nll", **FEW)
    with pytest.raises(
        lossreg.ShapeError, match=r"y has shape \(600, 2\), .* one number a row, which mean and log_var"
    ):
        model.fit(SOME.X, np.tile(SOME.real[:, None], 2))
    for given in ({"metric": "l2"}, {"metric": ["auc"]}):
        with pytest.raises(lossreg.ParameterError, match=r"and of gaussian_nll.. a row has mean and log_variance"):
            clone(model).set_params(**given).fit(SOME.X, SOME.real)
    with pytest.raises(lossreg.ParameterError, match="'l2', and of gaussian_nll"):
        model.fit(SOME.X, SOME.real, **evaluated(SOME.X, SOME.real), eval_metric="l2")
    with pytest.raises(lossreg.ShapeError, match="2 raw scores a row, mean and log_variance, not 3"):
        train("gaussian_nll", {"num_class": 3, "verbose": -1}, lightgbm.Dataset(SOME.X, SOME.real))
    with pytest.raises(lossreg.ParameterError, match="no loss of labels; use LGBMLossRegressor"):
        LGBMLossClassifier(loss="gaussian_nll").fit(SOME.X, SOME.label)
