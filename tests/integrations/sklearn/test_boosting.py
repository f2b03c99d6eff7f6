"""HistGradientBoosting with losses of lossreg: the trees of the built-in losses, weights, classes, refusals."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import lossreg

sklearn = pytest.importorskip("sklearn", "1.6")
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from lossreg.integrations.sklearn import boosting_loss

REGRESSIONS = {"squared_error": "half_squared_error", "poisson": "poisson", "gamma": "gamma"}
FIXED = {"max_iter": 15, "early_stopping": False, "random_state": 0}


def weights(y, weighted: bool):
    return np.random.default_rng(0).uniform(0.5, 2, len(y)) if weighted else None


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("theirs", REGRESSIONS)
def test_predictions_are_those_of_the_built_in(theirs: str, weighted: bool) -> None:
    X, y = load_diabetes(return_X_y=True)
    weight = weights(y, weighted)
    wanted = HistGradientBoostingRegressor(loss=theirs, **FIXED).fit(X, y, weight)
    found = HistGradientBoostingRegressor(loss=boosting_loss(REGRESSIONS[theirs], hessian="exact"), **FIXED).fit(
        X, y, weight
    )
    close = np.isclose(found.predict(X), wanted.predict(X), rtol=1e-6)
    assert close.mean() > 0.97, "gradients are float32: one split of many may tie and fall otherwise"
    assert clone(found).loss is not found.loss
    assert np.array_equal(pickle.loads(pickle.dumps(found)).predict(X), found.predict(X))


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("quantile", [None, 0.8])
def test_leaves_of_piecewise_linear_losses_are_refitted(quantile, weighted: bool) -> None:
    """Which of the best quantiles of a leaf is taken differs where there are several, so losses are compared."""
    X, y = load_diabetes(return_X_y=True)
    weight = weights(y, weighted)
    theirs = {"loss": "quantile", "quantile": quantile} if quantile else {"loss": "absolute_error"}
    loss = lossreg.get("pinball", quantile=quantile or 0.5)
    wanted = HistGradientBoostingRegressor(**theirs, **FIXED).fit(X, y, weight)
    found = HistGradientBoostingRegressor(loss=boosting_loss(loss), **FIXED).fit(X, y, weight)
    assert loss(y, found.predict(X), weight) < 1.03 * loss(y, wanted.predict(X), weight)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("load", "name"), [(load_breast_cancer, "bce"), (load_wine, "scce")])
def test_probabilities_are_those_of_the_built_in(load, name: str, weighted: bool) -> None:
    X, y = load(return_X_y=True)
    weight, fixed = weights(y, weighted), {**FIXED, "max_iter": 8}
    wanted = HistGradientBoostingClassifier(**fixed).fit(X, y, weight)
    loss = boosting_loss(name, 3 if name == "scce" else None, hessian="exact")
    found = HistGradientBoostingClassifier(loss=loss, **fixed).fit(X, y, weight)
    close = np.isclose(found.predict_proba(X), wanted.predict_proba(X), atol=1e-5).all(axis=1)
    assert close.mean() > 0.95
    assert np.array_equal(found.predict(X), wanted.predict(X))


def test_weights_do_not_leave_a_constant_hessian() -> None:
    """Four rows of 2 and one of 1 that weighs little: an instance made before the weights are known has to use them."""
    X, y = np.arange(40.0).reshape(-1, 1), np.repeat([1.0, 3.0], 20)
    weight = np.linspace(1e-3, 1.0, 40)
    model = HistGradientBoostingRegressor(loss=boosting_loss("half_squared_error"), min_samples_leaf=1, max_iter=100)
    predicted = model.fit(X, y, weight).predict(X)
    assert np.abs(predicted - y).max() < 0.05


def test_losses_that_scikit_learn_lacks_train_and_stop_early() -> None:
    X, y = load_diabetes(return_X_y=True)
    for name in ("huber(delta=30)", "pseudo_huber(delta=30)", "expectile(level=0.8)", "tweedie", "welsch(scale=200)"):
        model = HistGradientBoostingRegressor(
            loss=boosting_loss(name), early_stopping=True, max_iter=200, random_state=0
        )
        model.fit(X, y)
        loss = lossreg.get(name)
        raw = model._raw_predict(X).ravel()
        assert model.n_iter_ < 200
        assert loss(y, raw) < loss(y, np.full(len(y), loss.init_score(y)))
    X, y = load_breast_cancer(return_X_y=True)
    focal = HistGradientBoostingClassifier(loss=boosting_loss("binary_focal"), max_iter=30).fit(X, y)
    assert focal.score(X, y) > 0.97


def test_mistakes_are_told_before_training() -> None:
    X, y = load_diabetes(return_X_y=True)
    with pytest.raises(
        lossreg.ParameterError, match=r"is of rows of probabilities, and .* class indices; take sparse_cat"
    ):
        boosting_loss("categorical_cross_entropy", n_classes=3)
    with pytest.raises(lossreg.ParameterError, match="has a score for each class; pass n_classes"):
        boosting_loss("scce")
    with pytest.raises(lossreg.ParameterError, match="log_input=True"):
        boosting_loss("poisson(log_input=False)")
    with pytest.raises(lossreg.ParameterError, match="hessian is 'majorizer'"):
        boosting_loss("poisson", hessian="majorizer")
    with pytest.raises(lossreg.DomainError, match=r"^y holds -1 at"):
        HistGradientBoostingRegressor(loss=boosting_loss("poisson")).fit(X, np.where(y > 300, -1.0, y))
