"""NGBoost: its own distributions matched, exact metrics, densities that integrate to 1, and what is no likelihood refused."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import lossreg

ngboost = pytest.importorskip("ngboost")

import itertools

from ngboost import distns
from ngboost.manifold import manifold
from ngboost.scores import LogScore
from scipy.integrate import quad
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.model_selection import GridSearchCV

from lossreg.integrations.ngboost import distribution

pytestmark = pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning:ngboost")  # its own log of 0

X, Y = load_diabetes(return_X_y=True)
WEIGHT = np.random.default_rng(0).uniform(0.5, 2.0, len(Y))
SHAPES = [
    "half_squared_error",
    "absolute_error",
    "huber",
    "log_cosh",
    "cauchy(scale=2)",
    "pinball(quantile=0.8)",
    "linex",
    "fair",
]
OPTIONS = {"n_estimators": 15, "learning_rate": 0.1, "verbose": False, "random_state": 0}


def params(kind, n=7):
    return np.random.default_rng(3).normal(0.2, 0.4, size=(kind.n_params, n))


@pytest.mark.parametrize(
    ("own", "ours", "tolerance"),
    [
        (distns.Normal, "half_squared_error", 1e-8),
        (distns.Laplace, "absolute_error", 1e-8),
        (distns.TFixedDf, "cauchy(scale=2)", 1e-5),  # its start is searched to fewer digits
        (distns.Poisson, "poisson", 1e-8),
    ],
)
@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["plain", "weighted"])
def test_its_own_distributions_are_matched(own, ours, tolerance, weight) -> None:
    a = ngboost.NGBRegressor(Dist=own, **OPTIONS).fit(X, Y, sample_weight=weight)
    b = ngboost.NGBRegressor(Dist=distribution(ours), **OPTIONS).fit(X, Y, sample_weight=weight)
    predicted = a.pred_dist(X).loc if "cauchy" in ours else a.predict(X)
    np.testing.assert_allclose(b.predict(X), predicted, rtol=tolerance)
    if a.Dist.n_params == 2:
        np.testing.assert_allclose(b.pred_dist(X).ppf(0.9), a.pred_dist(X).ppf(0.9), rtol=tolerance)
        np.testing.assert_allclose(b.pred_dist(X).logpdf(Y), a.pred_dist(X).logpdf(Y), rtol=tolerance)


@pytest.mark.parametrize("classes", [2, 3])
def test_its_own_probabilities_are_matched(classes) -> None:
    labels = np.digitize(Y, np.quantile(Y, np.arange(1, classes) / classes))
    for ours in ["bce", "scce"] if classes == 2 else ["scce"]:
        a, b = (
            ngboost.NGBClassifier(Dist=kind, **OPTIONS | {"learning_rate": 0.05}).fit(X, labels)
            for kind in (distns.k_categorical(classes), distribution(ours, classes))
        )
        np.testing.assert_allclose(b.predict_proba(X), a.predict_proba(X), rtol=1e-9)
        np.testing.assert_array_equal(b.predict(X), a.predict(X))


@pytest.mark.parametrize("name", [*SHAPES, "poisson", "gamma", "tweedie", "bce", "focal"])
def test_a_gradient_is_that_of_its_score(name) -> None:
    kind = distribution(name)
    made, at = manifold(LogScore, kind), params(kind)
    y = {"bce": [0, 1, 1, 0, 1, 0, 1], "focal": [0, 1, 1, 0, 1, 0, 1]}.get(name, [0.3, 1.7, 2.2, 0.9, 3.1, 0.4, 1.2])
    slopes = made(at).d_score(np.array(y))
    for k in range(kind.n_params):
        step = np.zeros_like(at)
        step[k] = 1e-6
        found = (made(at + step).score(np.array(y)) - made(at - step).score(np.array(y))) / 2e-6
        np.testing.assert_allclose(slopes[:, k], found, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("name", SHAPES)
def test_a_density_integrates_to_1_and_its_metric_is_the_mean_of_squared_gradients(name) -> None:
    kind = distribution(name)
    made, at = manifold(LogScore, kind), np.array([[0.7], [0.4]])

    def mean(moment) -> float:
        def integrand(y: float) -> float:
            one = made(at)
            return float(np.exp(-one.score(np.array([y]))[0]) * moment(one.d_score(np.array([y]))[0]))

        ends = [-np.inf, -20, -2, 0.7, 2, 20, np.inf]
        return sum(quad(integrand, *pair, limit=200)[0] for pair in itertools.pairwise(ends))

    assert mean(lambda slope: 1.0) == pytest.approx(1, rel=1e-6)
    metric = made(at).metric()[0]
    for i, j in (0, 0), (0, 1), (1, 1):
        assert metric[i, j] == pytest.approx(mean(lambda slope, i=i, j=j: slope[i] * slope[j]), rel=1e-5, abs=1e-8)
    np.testing.assert_array_equal(metric, metric.T)


def test_a_metric_does_not_depend_on_chance() -> None:
    """That of NGBoost's default is a mean over draws that `random_state` does not reach."""
    for name in ("gamma", "fair"):
        model = ngboost.NGBRegressor(Dist=distribution(name), **OPTIONS)
        np.testing.assert_array_equal(model.fit(X, Y).predict(X), clone(model).fit(X, Y).predict(X))


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("level", [0.1, 0.5, 0.9])
def test_quantiles_are_those_of_the_density(name, level) -> None:
    at = distribution(name)(np.array([[0.7], [0.4]]))

    def density(y: float) -> float:
        return float(np.exp(at.logpdf(np.array([y]))[0]))

    quantile = float(at.ppf(level)[0])
    ends = sorted({-np.inf, *(end for end in (-50.0, -5.0, 0.7, 5.0) if end < quantile), quantile})
    assert sum(quad(density, *pair)[0] for pair in itertools.pairwise(ends)) == pytest.approx(level, abs=1e-6)


def test_the_location_of_pinball_is_its_quantile() -> None:
    kind = distribution("pinball(quantile=0.8)")
    assert kind(np.array([[0.7], [0.4]])).ppf(0.8)[0] == pytest.approx(0.7, abs=1e-8)
    assert kind.fit(Y)[0] == pytest.approx(np.quantile(Y, 0.8), abs=2)


@pytest.mark.parametrize(
    "name", ["tukey", "welsch", "geman_mcclure", "cauchy", "squared_log_error", "hinge", "kl", "probit"]
)
def test_what_is_no_likelihood_is_refused(name) -> None:
    with pytest.raises(lossreg.ParameterError):
        distribution(name)
    with pytest.raises(lossreg.ParameterError, match="residual"):
        distribution("absolute_percentage_error")


def test_wrong_targets_fail_before_training() -> None:
    with pytest.raises(lossreg.DomainError, match=r"^Y holds"):
        ngboost.NGBRegressor(Dist=distribution("poisson"), **OPTIONS).fit(X, -Y)
    with pytest.raises(lossreg.DomainError, match="finite"):
        distribution("huber").fit(np.array([1.0, np.inf]))


def test_it_is_pickled_cloned_and_searched() -> None:
    data, labels = load_breast_cancer(return_X_y=True)
    kind = distribution("focal(gamma=1)")
    assert distribution(lossreg.get("focal", gamma=1.0)) is kind
    model = clone(ngboost.NGBClassifier(Dist=kind, **OPTIONS)).fit(data, labels)
    again = pickle.loads(pickle.dumps(model))
    assert again.Dist is kind
    np.testing.assert_array_equal(again.predict_proba(data), model.predict_proba(data))
    search = GridSearchCV(model, {"Dist": [kind, distribution("focal(gamma=3)")]}, cv=2, scoring="accuracy")
    assert search.fit(data[::5], labels[::5]).best_score_ > 0.8


def test_after_early_stopping_the_best_iteration_has_to_be_asked_for() -> None:
    train, held = slice(0, 300), slice(300, None)
    model = ngboost.NGBRegressor(Dist=distribution("log_cosh"), **OPTIONS | {"n_estimators": 200, "learning_rate": 0.3})
    model.fit(X[train], Y[train], X_val=X[held], Y_val=Y[held], early_stopping_rounds=5)
    best, last = model.best_val_loss_itr, len(model.base_models)
    assert best < last < 200
    assert not np.array_equal(model.predict(X[held]), model.predict(X[held], max_iter=best))
