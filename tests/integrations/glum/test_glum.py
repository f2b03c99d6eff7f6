"""glum: its own families matched, weights and penalties on the same scale, and what has no meaning refused."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import lossreg

glum = pytest.importorskip("glum")

from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.model_selection import GridSearchCV
from sklearn.preprocessing import scale

from lossreg.integrations.glum import family

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore:scipy.optimize:DeprecationWarning"),  # glum passes options that SciPy gives up
]
PAIRS = [
    (glum.NormalDistribution(), "half_squared_error"),
    (glum.PoissonDistribution(), "poisson"),
    (glum.GammaDistribution(), "gamma"),
    (glum.TweedieDistribution(1.5), "tweedie(power=1.5)"),
    (glum.BinomialDistribution(), "bce"),
]


def data(loss: str):
    X, y = load_breast_cancer(return_X_y=True) if loss == "bce" else load_diabetes(return_X_y=True)
    return scale(X), y


def model(f, link, **options):
    return glum.GeneralizedLinearRegressor(family=f, link=link, **{"alpha": 0.1, "gradient_tol": 1e-8, **options})


@pytest.mark.parametrize(("own", "ours"), PAIRS)
@pytest.mark.parametrize("l1_ratio", [0, 1])
@pytest.mark.parametrize("weighted", [False, True])
def test_its_own_families_are_matched(own, ours, l1_ratio, weighted) -> None:
    """glum rescales weights to a sum of 1, so that a penalty means the same with them."""
    X, y = data(ours)
    weight = np.random.default_rng(0).uniform(0.5, 30, len(y)) if weighted else None
    f = family(ours)
    a = model(own, f.link, l1_ratio=l1_ratio).fit(X, y, sample_weight=weight)
    b = model(f, f.link, l1_ratio=l1_ratio).fit(X, y, sample_weight=weight)
    np.testing.assert_allclose(b.coef_, a.coef_, rtol=1e-7, atol=1e-8)
    np.testing.assert_allclose(b.predict(X), a.predict(X), rtol=1e-7)


@pytest.mark.parametrize("solver", ["irls-ls", "lbfgs"])
def test_every_solver_finds_the_least_loss(solver) -> None:
    X, y = data("")
    y[::15] += 1000
    f = family("pseudo_huber(delta=30)")
    fit = model(f, f.link, alpha=0, solver=solver, gradient_tol=1e-6, max_iter=500).fit(X, y)
    slopes = f.loss.grad(y, fit.predict(X), reduction="mean")
    np.testing.assert_allclose([*(slopes @ X), slopes.sum()], 0, atol=1e-5)


def test_what_steers_a_fit_is_the_loss_and_not_the_variance() -> None:
    """With the same deviance a family whose rows are those of squares would fit the mean."""
    X, y = np.zeros((9, 1)), np.array([0.0, 1, 2, 3, 4, 5, 6, 7, 1000])
    f = family("huber(delta=0.5)")
    fit = model(f, f.link, alpha=1e-3).fit(X, y)
    assert fit.intercept_ == pytest.approx(4, abs=0.51)


def test_the_path_of_penalties_begins_where_all_coefficients_are_0() -> None:
    X, y = data("")
    f = family("pseudo_huber(delta=50)")
    options = {"l1_ratio": 1, "n_alphas": 3, "min_alpha_ratio": 0.01, "cv": 2}
    path = glum.GeneralizedLinearRegressorCV(family=f, link=f.link, **options).fit(X, y)
    assert np.count_nonzero(path.coef_path_[0, 0, 0, :]) <= 2
    assert np.count_nonzero(path.coef_path_[0, 0, -1, :]) > 2


def test_it_is_cloned_pickled_and_searched() -> None:
    X, y = data("bce")
    f = family("focal(gamma=1)")
    fit = clone(model(f, f.link)).fit(X, y)
    assert fit.family == f
    assert np.array_equal(pickle.loads(pickle.dumps(fit)).predict(X), fit.predict(X))
    search = GridSearchCV(model(f, f.link), {"family": [f, family("focal(gamma=3)")]}, cv=2).fit(X, y)
    assert search.best_params_["family"] in (f, family("focal(gamma=3)"))


def test_float32_stays_float32() -> None:
    X, y = data("")
    f = family("half_squared_error")
    fit = model(f, f.link, gradient_tol=1e-4).fit(X.astype(np.float32), y.astype(np.float32))
    assert fit.coef_.dtype == np.float32
    np.testing.assert_allclose(fit.coef_, model(f, f.link).fit(X, y).coef_, rtol=1e-2, atol=0.05)


def test_wrong_arguments_fail_before_training() -> None:
    X, y = data("")
    with pytest.raises(lossreg.ParameterError, match="bends up nowhere"):
        family("pinball")
    with pytest.raises(lossreg.ParameterError, match="row-wise"):
        family("scce")
    f = family("bce")
    with pytest.raises(ValueError, match="out of the valid range"):
        model(f, f.link).fit(X, y)
    with pytest.raises(ValueError, match="out of the valid range"):
        model(f, f.link).fit(X, np.where(y > 100, 1.0, -1.0))
    with pytest.raises(lossreg.ParameterError, match="pass link=family"):
        model(family("poisson"), glum.IdentityLink()).fit(X, y)


def test_standard_errors_are_refused() -> None:
    X, y = data("")
    f = family("cauchy(scale=50)")
    with pytest.raises(NotImplementedError, match="bootstrap"):
        model(f, f.link, alpha=0).fit(X, y).covariance_matrix(X=X, y=y)
