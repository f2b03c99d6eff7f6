"""skglm: its own datafits and scikit-learn's solutions matched, labels of both kinds, weights, copies before a fit."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import lossreg

skglm = pytest.importorskip("skglm")

from scipy.sparse import csc_matrix
from skglm import GeneralizedLinearEstimator
from skglm.datafits import Logistic, Poisson
from skglm.penalties import L1, L2
from skglm.solvers import FISTA, LBFGS, AndersonCD, ProxNewton
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.preprocessing import scale

from lossreg.integrations.skglm import datafit

pytestmark = pytest.mark.filterwarnings("ignore:'@' is faster on contiguous arrays")
X, LABELS = load_breast_cancer(return_X_y=True)
X = scale(X)
SIGNS = 2.0 * LABELS - 1
D, Y = load_diabetes(return_X_y=True)
D = scale(D)
ALPHA = 0.02


def by_lbfgs(fit, X=X, y=SIGNS):
    return LBFGS(tol=1e-9, max_iter=1000).solve(X, y, fit, L2(0.1))[0]


def by_newton(fit, X=X, y=LABELS):
    return GeneralizedLinearEstimator(fit, L1(ALPHA), ProxNewton(tol=1e-9, max_iter=200)).fit(X, y)


@pytest.mark.parametrize(("own", "ours", "X", "y"), [(Logistic(), "bce", X, SIGNS), (Poisson(), "poisson", D, Y / 100)])
def test_its_own_datafits_are_matched(own, ours, X, y) -> None:
    """Its gradients include 1/n, as ours do: the same penalty means the same."""
    np.testing.assert_allclose(by_lbfgs(datafit(ours), X, y), by_lbfgs(own, X, y), atol=1e-7)


def test_both_kinds_of_labels_give_the_same_model() -> None:
    """A logistic datafit of one's own would get the labels as they are, and {0, 1} would give zeros."""
    for y in LABELS.astype(np.float64), SIGNS:
        np.testing.assert_array_equal(by_lbfgs(datafit("bce"), y=y), by_lbfgs(datafit("bce")))
    assert np.count_nonzero(by_lbfgs(datafit("bce"))) == X.shape[1]


def test_weights_count_like_repeated_rows() -> None:
    weight = np.where(LABELS == 0, 3, 1)
    rows = np.repeat(np.arange(len(LABELS)), weight)
    np.testing.assert_allclose(
        by_lbfgs(datafit("focal", weight)), by_lbfgs(datafit("focal"), X[rows], SIGNS[rows]), atol=1e-7
    )


def test_sparse_features_give_the_same_model() -> None:
    np.testing.assert_allclose(by_lbfgs(datafit("focal"), csc_matrix(X)), by_lbfgs(datafit("focal")), atol=1e-10)


@pytest.mark.parametrize("weight", [None, np.where(LABELS == 0, 3.0, 1.0)], ids=["plain", "weighted"])
@pytest.mark.parametrize("name", ["bce", "focal(gamma=1)", "cauchy(scale=50)", "huber(delta=50)"])
def test_a_sparse_model_satisfies_its_conditions(name, weight) -> None:
    """Where a coefficient is not 0 the gradient is the penalty's, elsewhere it is no larger; the intercept's is 0."""
    fit = datafit(name, weight)
    features, y = (X, LABELS) if fit.loss.info.target.is_label else (D[: len(LABELS)], Y)
    if weight is not None and len(y) != len(weight):
        fit = datafit(name, weight[: len(y)])
    model = by_newton(fit, features, y)
    raw = features @ model.coef_ + model.intercept_
    reduction = "mean" if weight is None else "weighted_mean"
    slopes = fit.loss.grad(y, raw, None if weight is None else weight[: len(y)], reduction=reduction)
    used = model.coef_ != 0
    assert 0 < used.sum() < len(used) or not fit.loss.info.target.is_label
    np.testing.assert_allclose((slopes @ features)[used], -ALPHA * np.sign(model.coef_[used]), atol=1e-6)
    assert np.all(np.abs(slopes @ features) <= ALPHA + 1e-6)
    assert slopes.sum() == pytest.approx(0, abs=1e-6)
    np.testing.assert_allclose(model.predict(features), fit.loss.predict(raw), rtol=1e-12)


def test_it_may_be_copied_and_pickled_before_the_first_fit() -> None:
    """Python's own way leaves a mark on a class that Numba then refuses for the rest of the process."""
    weight = np.where(LABELS == 0, 3.0, 1.0)
    made = datafit("focal(gamma=1)", weight)
    for again in copy.copy(made), copy.deepcopy(made), pickle.loads(pickle.dumps(made)):
        assert again.loss == made.loss
        np.testing.assert_array_equal(by_lbfgs(again), by_lbfgs(made))


def test_a_datafit_that_nobody_else_holds_lives_as_long_as_its_fit() -> None:
    assert np.all(np.isfinite(by_lbfgs(datafit("exponential"))))


def test_what_it_cannot_do_is_refused() -> None:
    with pytest.raises(lossreg.ParameterError, match="bends up nowhere"):
        datafit("hinge")
    with pytest.raises(lossreg.ParameterError, match="row-wise"):
        datafit("scce")
    with pytest.raises(AttributeError, match="get_lipschitz"):
        AndersonCD().solve(X, SIGNS, datafit("bce"), L1(ALPHA))
    with pytest.raises(AttributeError, match="get_global_lipschitz"):
        FISTA().solve(X, SIGNS, datafit("bce"), L1(ALPHA))


def test_wrong_targets_fail_before_training() -> None:
    with pytest.raises(lossreg.DomainError, match="y holds 2"):
        by_lbfgs(datafit("bce"), y=2.0 * LABELS)
    with pytest.raises(lossreg.ShapeError):
        by_lbfgs(datafit("bce", np.ones(5)))
