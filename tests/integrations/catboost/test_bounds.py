"""Targets of several numbers, such as bounds of times, of which CatBoost holds the numbers of the rows."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from censored import DISTRIBUTIONS, holds_for_rows, is_searched, says_what_is_wrong, times
from columned import defined

import lossreg

catboost = pytest.importorskip("catboost")

from lossreg.integrations.catboost import CatBoostLossRegressor, metric, objective

SOME = times(31, 400)
FEW: dict[str, Any] = {"iterations": 30, "depth": 3, "thread_count": 1, "verbose": False, "learning_rate": 0.3}
PLAIN: dict[str, Any] = {
    **FEW,
    "iterations": 5,
    "random_strength": 0,
    "bootstrap_type": "No",
    "boosting_type": "Plain",
    "leaf_estimation_method": "Newton",
    "leaf_estimation_iterations": 1,
}


def fitted(model: Any, X: Any, y: Any, weight: Any, X_held: Any, y_held: Any) -> Any:
    return model.fit(X, y, weight, eval_set=(X_held, y_held), early_stopping_rounds=10)


def test_rows_are_targets() -> None:
    holds_for_rows(
        lambda loss: CatBoostLossRegressor(loss, **FEW),
        fitted,
        lambda model: model.model_.get_evals_result()["validation"]["Metric"],
    )
    is_searched(CatBoostLossRegressor(**FEW))


def test_what_is_wrong_is_said() -> None:
    says_what_is_wrong(lambda loss, X, y: CatBoostLossRegressor(loss, **FEW).fit(X, y))
    words = (
        r"aft\(\) takes rows of lower and upper, and CatBoost makes as many raw scores .*; use CatBoostLossRegressor"
    )
    for by_hand in (objective, metric):
        with pytest.raises(lossreg.ParameterError, match=words):
            by_hand("aft")


def test_rows_are_gone_once_it_is_trained() -> None:
    """Targets of a fit by hand would be read as the numbers of the rows before."""
    trained = CatBoostLossRegressor("aft", **FEW).fit(SOME.X, SOME.y, eval_set=(SOME.X, SOME.y))
    for model in (trained.model_, copy.deepcopy(trained.model_), pickle.loads(pickle.dumps(trained)).model_):
        with pytest.raises(Exception, match=r"rows that aft\(\) was trained on are gone"):
            model.copy().fit(SOME.X, SOME.y[:, 0].round())
    again = CatBoostLossRegressor("aft", **FEW).fit(SOME.X, SOME.y, eval_set=(SOME.X, SOME.y))
    assert np.array_equal(again.predict(SOME.X), trained.predict(SOME.X))


def test_several_scores_of_several_numbers() -> None:
    loss = defined("margin_here")
    y, _ = lossreg.testing.arguments(loss, len(SOME.X))
    model = CatBoostLossRegressor(loss, **FEW).fit(SOME.X, y, SOME.weight, eval_set=(SOME.X, y))
    values = model.model_.get_evals_result()["validation"]["ColumnMetric"]
    assert values == sorted(values, reverse=True)
    assert loss(y, model.predict(SOME.X)) == pytest.approx(values[-1], rel=1e-6)


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_trees_are_those_of_survival_aft(distribution: str, scale: float) -> None:
    """Its logarithms are exact to 5e-5; weights it leaves out of training."""
    loss = lossreg.get("aft", distribution=distribution, scale=scale)
    ours = CatBoostLossRegressor(loss, hessian="exact", **PLAIN).fit(SOME.X, SOME.y)
    named = f"SurvivalAft:dist={distribution.title()};scale={scale}"
    theirs = catboost.CatBoost({**PLAIN, "loss_function": named, "allow_writing_files": False})
    bounds = np.where(np.isinf(SOME.y), -1, SOME.y)
    theirs.fit(catboost.Pool(SOME.X, bounds, baseline=np.full((len(bounds), 1), ours.start_)))
    grown = theirs.predict(SOME.X, prediction_type="RawFormulaVal")
    np.testing.assert_allclose(ours.predict(SOME.X) - ours.start_, grown, atol=3e-4)


@pytest.mark.parametrize("weighted", [False, True], ids=["", "weights"])
def test_known_times_are_squared_errors_of_logarithms(weighted: bool) -> None:
    known, weight = SOME.y[:, :1] + 0.5, SOME.weight if weighted else None
    ours = CatBoostLossRegressor("aft", hessian="exact", **PLAIN).fit(SOME.X, np.tile(known, 2), weight)
    theirs = CatBoostLossRegressor("half_squared_error", **PLAIN).fit(SOME.X, np.log(known[:, 0]), weight)
    np.testing.assert_allclose(ours.predict(SOME.X), theirs.predict(SOME.X), rtol=1e-5, atol=1e-6)


class Constant:
    """A metric of somebody else."""

    def is_max_optimal(self) -> bool:
        return False

    def evaluate(self, approxes: Any, target: Any, weight: Any) -> tuple[float, float]:
        return 0.0, 1.0

    def get_final_error(self, error: float, weight: float) -> float:
        return error


def test_metrics_are_of_the_targets() -> None:
    """Those of losses know them; to others CatBoost would give their numbers."""
    other = lossreg.get("aft", scale=2.0)
    model = CatBoostLossRegressor("aft", eval_metric=other, **PLAIN).fit(SOME.X, SOME.y)
    (seen,) = model.model_.get_evals_result()["learn"].values()
    assert seen[-1] == pytest.approx(other(SOME.y, model.raw_scores(SOME.X)), rel=1e-6)
    for foreign in ("RMSE", Constant()):
        with pytest.raises(lossreg.ParameterError, match="metric is"):
            CatBoostLossRegressor("aft", custom_metric=[foreign], **PLAIN).fit(SOME.X, SOME.y)
    plain = CatBoostLossRegressor("huber", eval_metric=lossreg.get("squared_error"), **PLAIN).fit(SOME.X, SOME.X[:, 0])
    assert plain.model_.get_evals_result()["learn"]
