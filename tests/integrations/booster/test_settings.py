"""Parameters of a loss as `loss__NAME` among those of its estimator; the loss itself stands first, in all of them."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
import pytest

import lossreg

sklearn = pytest.importorskip("sklearn")
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

KINDS = {
    "xgboost": ("XGBLossRegressor", "XGBLossClassifier", {"n_estimators": 3}),
    "lightgbm": ("LGBMLossRegressor", "LGBMLossClassifier", {"n_estimators": 3, "verbose": -1}),
    "catboost": ("CatBoostLossRegressor", "CatBoostLossClassifier", {"iterations": 3, "verbose": False}),
    "sklearn": ("LossRegressor", "LossClassifier", {}),
}
RNG = np.random.default_rng(4)
X = RNG.normal(size=(120, 3))
Y = X[:, 0] + RNG.standard_t(2, 120)


def made(library: str, loss: Any, kind: int = 0) -> Any:
    pytest.importorskip(library)
    module = import_module(f"lossreg.integrations.{library}")
    *names, settings = KINDS[library]
    return getattr(module, names[kind])(loss, **settings)


@pytest.mark.parametrize("library", KINDS)
@pytest.mark.parametrize("loss", ["huber(delta=3.0)", lossreg.get("huber", delta=3.0), {"name": "huber"}])
def test_a_grid_goes_through_parameters_of_the_loss(library: str, loss: Any) -> None:
    grid = GridSearchCV(made(library, loss), {"loss__delta": [0.5, 2.0]}, cv=2, refit=False).fit(X, Y)
    losses = [made(library, f"huber(delta={delta})") for delta in (0.5, 2.0)]
    both = GridSearchCV(losses[0], {"loss": [model.loss for model in losses]}, cv=2, refit=False).fit(X, Y)
    np.testing.assert_array_equal(grid.cv_results_["mean_test_score"], both.cv_results_["mean_test_score"])


@pytest.mark.parametrize("library", KINDS)
def test_they_are_set_beside_others_and_inside_of_pipelines(library: str) -> None:
    model = made(library, "huber")
    pipe = make_pipeline(StandardScaler(), model)
    pipe.set_params(**{f"{pipe.steps[-1][0]}__loss__delta": 2.0})
    assert pipe[-1].loss == lossreg.get("huber(delta=2.0)")
    assert model.set_params(loss="cauchy", loss__scale=3.0) is model
    assert clone(model).loss == lossreg.get("cauchy(scale=3.0)")
    assert "loss__scale" not in model.get_params()


@pytest.mark.parametrize("library", KINDS)
def test_what_the_loss_does_not_take_is_refused(library: str) -> None:
    with pytest.raises(lossreg.ParameterError, match=r"huber has no parameter 'gamma'; it has: delta"):
        made(library, "huber").set_params(loss__gamma=1.0)
    model = made(library, None, 1)
    with pytest.raises(lossreg.ParameterError, match=r"loss__gamma came, and loss is None, .*; set loss too"):
        model.set_params(loss__gamma=1.0)
    assert model.set_params(loss="binary_focal", loss__gamma=1.0).loss == lossreg.get("binary_focal", gamma=1.0)


@pytest.mark.parametrize("library", ["xgboost", "catboost"])
def test_beside_the_parameters_of_a_booster_they_are_refused(library: str) -> None:
    model = made(library, "huber")
    more = type(model)(**{**KINDS[library][2], "loss": "huber", "loss__delta": 2.0})
    with pytest.raises(lossreg.ParameterError, match=r"loss__delta is 2.0 beside huber\(\).*get\('huber', delta=2.0\)"):
        more.fit(X, Y)
