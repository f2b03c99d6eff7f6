"""Targets of several numbers, such as bounds of times, of which LightGBM holds the numbers of the rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from censored import RATE, counts, holds_for_rows, is_searched, says_what_is_wrong, times

import lossreg

lightgbm = pytest.importorskip("lightgbm")
pytest.importorskip("sklearn")

from light import evaluated

from lossreg.integrations.lightgbm import LGBMLossRegressor, metric, objective, train

SOME = times(21)
FEW = {"n_estimators": 40, "num_leaves": 8, "n_jobs": 1, "verbose": -1}


def fitted(model: Any, X: Any, y: Any, weight: Any, X_held: Any, y_held: Any) -> Any:
    stop = lightgbm.early_stopping(10, verbose=False)
    return model.fit(X, y, weight, **evaluated(X_held, y_held), callbacks=[stop])


def histories(model: Any) -> Any:
    (of_set,) = model.evals_result_.values()
    (history,) = of_set.values()
    return history


def test_rows_are_targets() -> None:
    holds_for_rows(lambda loss: LGBMLossRegressor(loss=loss, **FEW), fitted, histories)
    pytest.importorskip("lossreg.integrations.sklearn", exc_type=ImportError)
    is_searched(LGBMLossRegressor(**FEW))


@pytest.mark.parametrize("loss", ["aft", "huber"])
def test_a_metric_that_raises_leaves_no_targets_behind(loss: str) -> None:
    def raising(*_: Any) -> Any:
        raise ValueError("no")

    y = SOME.y if loss == "aft" else SOME.y[:, 0]
    model = LGBMLossRegressor(loss=loss, **FEW).fit(SOME.X, y)
    kept = vars(model).keys()
    broken = LGBMLossRegressor(loss=loss, **FEW)
    with pytest.raises(ValueError, match="no"):
        broken.fit(SOME.X, y, **evaluated(SOME.X, y), eval_metric=raising)
    assert vars(broken).keys() <= kept
    assert broken.fit(SOME.X, y).predict(SOME.X).tolist() == model.predict(SOME.X).tolist()


def test_what_is_wrong_is_said() -> None:
    says_what_is_wrong(lambda loss, X, y: LGBMLossRegressor(loss=loss, **FEW).fit(X, y))
    model = LGBMLossRegressor(loss="aft", **FEW)
    with pytest.raises(lossreg.ParameterError, match=r"'l2', and of aft\(\) a row has lower and upper"):
        model.fit(SOME.X, SOME.y, **evaluated(SOME.X, SOME.y), eval_metric="l2")
    words = r"aft\(\) takes rows of lower and upper, and a Dataset has one label a row; use LGBMLossRegressor"
    for by_hand in (objective, metric, lambda loss: train(loss, {}, lightgbm.Dataset(SOME.X, SOME.y[:, 0]))):
        with pytest.raises(lossreg.ParameterError, match=words):
            by_hand("aft")


@pytest.mark.parametrize("weighted", [False, True], ids=["", "weights"])
@pytest.mark.parametrize("rows", [20, 600])
def test_known_times_are_squared_errors_of_logarithms(rows: int, weighted: bool) -> None:
    """With 20 rows there is nothing to split."""
    X, known = SOME.X[:rows], SOME.y[:rows, :1] + 0.5
    weight = SOME.weight[:rows] if weighted else None
    ours = LGBMLossRegressor(loss="aft", hessian="exact", **FEW).fit(X, np.tile(known, 2), weight)
    theirs = lightgbm.LGBMRegressor(**FEW).fit(X, np.log(known[:, 0]), weight)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-5, atol=1e-5)


def test_counts_with_exposures_are_offsets() -> None:
    X, y = counts(22)
    ours = LGBMLossRegressor(loss=RATE, hessian="exact", boost_from_average=False, **FEW).fit(X, y)
    poisson = objective("poisson", hessian="exact")
    theirs = lightgbm.LGBMRegressor(objective=poisson, **FEW).fit(X, y[:, 0], init_score=np.log(y[:, 1]))
    np.testing.assert_allclose(ours.predict(X, raw_score=True), theirs.predict(X, raw_score=True), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(ours.predict(X), np.exp(theirs.predict(X, raw_score=True)), rtol=1e-5)


def test_a_function_is_given_the_bounds() -> None:
    def late(y_true: Any, y_pred: Any) -> tuple[str, float, bool]:
        return "late", float(np.mean(np.exp(y_pred) > y_true[:, 1])), False

    model = LGBMLossRegressor(loss="aft", **FEW)
    model.fit(SOME.X, SOME.y, **evaluated(SOME.X, SOME.y), eval_metric=late)
    (history,) = model.evals_result_.values()
    assert history["late"][-1] == pytest.approx(np.mean(np.exp(model.predict(SOME.X)) > SOME.y[:, 1]))
