"""Objectives for `scipy.optimize.minimize` and losses for `least_squares`: derivatives, parity, threads, refusals."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import lossreg
from lossreg.testing import arguments

optimize = pytest.importorskip("scipy.optimize")
sparse = pytest.importorskip("scipy.sparse")
from lossreg.integrations import scipy as ours

RAW = [name for name in lossreg.names() if lossreg.describe(name).family in ("pointwise", "row-wise")]
TRAINABLE = [
    name
    for name in RAW
    if str(lossreg.describe(name).prediction) in ("any number", "raw scores, which are any numbers")
]
SMOOTH = [name for name in TRAINABLE if lossreg.get(name).hess(*arguments(name, 64), reduction="none").any()]
CONCAVE = [
    "cauchy",
    "fair",
    "geman_mcclure",
    "half_squared_error",
    "huber",
    "pseudo_huber",
    "squared_error",
    "tukey",
    "welsch",
]


def drawn(name: str, rows: int = 40, columns: int = 3):
    y = arguments(name, rows, seed=3)[0]
    X = np.random.default_rng(5).standard_normal((rows, columns))
    weight = np.random.default_rng(6).uniform(0.5, 2.0, rows)
    return X, y, weight


@pytest.mark.parametrize("reduction", ["mean", "sum", "weighted_mean"])
@pytest.mark.parametrize("name", TRAINABLE)
def test_value_and_gradient_are_those_of_the_loss_of_the_scores(name: str, reduction: str) -> None:
    X, y, weight = drawn(name)
    fun = ours.objective(name, X, y, weight, l2=0.3, reduction=reduction)
    params = np.random.default_rng(1).standard_normal(fun.start.shape) / 3
    value, grad = fun(params)
    matrix = params.reshape(4, -1)
    raw = X @ matrix[:3] + matrix[3]
    raw = raw if fun.wide else raw[:, 0]
    wanted, slopes = fun.loss.value_and_grad(y, raw, weight, reduction=reduction)
    inner = np.vstack([X.T @ slopes.reshape(len(y), -1), slopes.reshape(len(y), -1).sum(axis=0)])
    inner[:3] += 0.3 * matrix[:3]
    np.testing.assert_allclose(value, wanted + 0.15 * np.sum(matrix[:3] ** 2), rtol=1e-13)
    np.testing.assert_allclose(grad, inner.ravel(), rtol=1e-11, atol=1e-13 * np.abs(inner).max())


@pytest.mark.parametrize("name", SMOOTH)
def test_hessian_products_are_differences_of_gradients(name: str) -> None:
    X, y, weight = drawn(name)
    fun = ours.objective(name, X, y, weight, l2=0.1)
    rng = np.random.default_rng(2)
    params, direction = rng.standard_normal((2, fun.start.size)) / 5
    step = 1e-6
    difference = (fun(params + step * direction)[1] - fun(params - step * direction)[1]) / (2 * step)
    product = fun.hessp(params, direction)
    if lossreg.describe(name).kinks == "none":  # elsewhere a step may cross a kink
        np.testing.assert_allclose(product, difference, rtol=1e-4, atol=1e-6 * np.abs(difference).max())
    np.testing.assert_allclose(fun.hessp(params, 2 * direction), 2 * product, rtol=1e-12)


def test_gradients_are_fresh_float64_whatever_comes() -> None:
    X, y, _ = drawn("huber")
    fun = ours.objective("huber", X.astype(np.float32), y)
    first, second = fun(fun.start)[1], fun(fun.start)[1]
    assert first.dtype == np.float64
    assert not np.shares_memory(first, second)


@pytest.mark.parametrize(
    "make", [np.asfortranarray, sparse.csr_matrix, sparse.csc_array, lambda X: np.repeat(X, 2, 0)[::2]]
)
def test_every_kind_of_features_gives_the_same(make) -> None:
    X, y, weight = drawn("poisson")
    plain, other = (ours.objective("poisson", each, y, weight, l2=1.0) for each in (X, make(X)))
    params = np.array([0.1, -0.2, 0.3, 0.5])
    np.testing.assert_allclose(plain(params)[1], other(params)[1], rtol=1e-13)
    assert plain(params)[0] == pytest.approx(other(params)[0], rel=1e-14)


def test_bits_do_not_depend_on_threads() -> None:
    X = np.random.default_rng(0).standard_normal((60_000, 40))
    y = (X[:, 0] > 0).astype(float)
    one, three = (ours.objective("bce", X, y, n_threads=threads) for threads in (1, 3))
    assert len(one.spans) == 1
    assert len(three.spans) > 1
    params = np.linspace(-1, 1, 41)
    assert one(params)[0] == three(params)[0]
    assert np.array_equal(one(params)[1], three(params)[1])
    assert np.array_equal(one.hessp(params, params), three.hessp(params, params))


def test_ignored_rows_are_not_in_the_divisor_of_a_mean() -> None:
    X, y, _ = drawn("scce")
    loss = lossreg.get("scce", ignore_index=2)
    fun = ours.objective(loss, X, y)
    params = np.linspace(-1, 1, 16)
    matrix = params.reshape(4, 4)
    assert fun(params)[0] == pytest.approx(loss(y, X @ matrix[:3] + matrix[3]), rel=1e-14)


@pytest.mark.parametrize("method", ["L-BFGS-B", "BFGS", "CG", "Newton-CG", "trust-ncg", "trust-krylov"])
def test_solvers_agree(method: str) -> None:
    X, y, weight = drawn("bce", 200)
    fun = ours.objective("bce", X, y, weight, l2=0.1)
    second = {"hessp": fun.hessp} if method in ("Newton-CG", "trust-ncg", "trust-krylov") else {}
    found = optimize.minimize(fun, fun.start, jac=True, method=method, **second)
    assert np.abs(fun(found.x)[1]).max() < 1e-4
    exact = optimize.minimize(fun, fun.start, jac=True, method="Newton-CG", hessp=fun.hessp, options={"xtol": 1e-12})
    np.testing.assert_allclose(found.x, exact.x, atol=2e-3)


def test_the_start_is_the_best_constant_and_finite() -> None:
    X, y, weight = drawn("poisson")
    fun = ours.objective("poisson", X, y, weight)
    assert fun.start[:3].tolist() == [0.0] * 3
    assert abs(fun(fun.start)[1][-1]) < 1e-12
    assert ours.objective("bce", X, np.ones(40)).start.tolist() == [0.0] * 4, "all of one class: no finite best"
    assert ours.objective("bce", X, y > 1, fit_intercept=False).start.shape == (3,)


def test_mistakes_are_told_before_anything_is_computed() -> None:
    X, y, _ = drawn("huber")
    with pytest.raises(lossreg.ShapeError, match="40 rows and y has 39"):
        ours.objective("huber", X, y[1:])
    with pytest.raises(lossreg.DomainError, match=r"^y holds -1 at index 7"):
        ours.objective("poisson", X, np.where(np.arange(40) == 7, -1.0, 1.0))
    with pytest.raises(lossreg.ParameterError, match="log_input=True"):
        ours.objective("poisson(log_input=False)", X, y)
    with pytest.raises(lossreg.ParameterError, match="l2 is -1"):
        ours.objective("huber", X, y, l2=-1)
    with pytest.raises(lossreg.ShapeError, match="params has 3 numbers; wanted 4"):
        ours.objective("huber", X, y)(np.zeros(3))
    with pytest.raises(lossreg.ShapeError, match="sample_weight"):
        ours.objective("huber", X, y, np.ones(39))


# Least squares


@pytest.mark.parametrize("name", CONCAVE)
def test_rho_is_twice_the_loss_and_its_derivatives_in_the_square(name: str) -> None:
    rho = ours.least_squares_loss(name)
    z = np.geomspace(1e-4, 1e2, 41)
    value, first, second = rho(z)
    np.testing.assert_allclose(value, 2 * rho.loss(np.zeros_like(z), np.sqrt(z), reduction="none"), rtol=1e-15)
    step = 1e-5 * z
    for got, of in ((first, 0), (second, 1)):
        difference = (rho(z + step)[of] - rho(z - step)[of]) / (2 * step)
        away = np.abs(np.sqrt(z) - 1) > 0.05 if of else slice(None)  # Huber's second derivative jumps there
        np.testing.assert_allclose(got[away], difference[away], rtol=1e-5, atol=1e-7)
    assert np.all(second <= 1e-12)


def test_arrays_are_fresh_because_scipy_writes_into_them() -> None:
    rho = ours.least_squares_loss("cauchy")
    z = np.linspace(0, 3, 5, dtype=np.float32)
    first = rho(z)
    assert first.dtype == np.float64
    assert first.shape == (3, 5)
    assert first.flags.writeable
    assert not np.shares_memory(first, rho(z))
    assert np.array_equal(pickle.loads(pickle.dumps(rho))(z), first)


@pytest.mark.parametrize(
    ("theirs", "name"),
    [("linear", "half_squared_error"), ("huber", "huber"), ("soft_l1", "pseudo_huber"), ("cauchy", "cauchy")],
)
@pytest.mark.parametrize("f_scale", [1.0, 0.3])
@pytest.mark.parametrize("method", ["trf", "dogbox"])
def test_fits_equal_those_of_the_built_in_losses(theirs: str, name: str, f_scale: float, method: str) -> None:
    rng = np.random.default_rng(0)
    t = np.linspace(0, 4, 60)
    y = 2 * np.exp(-0.7 * t) + 0.1 * rng.standard_normal(60)
    y[::9] += 3

    def residuals(p):
        return p[0] * np.exp(-p[1] * t) - y

    options = {"method": method, "f_scale": f_scale, "xtol": 1e-12, "ftol": 1e-12, "gtol": 1e-12}
    wanted = optimize.least_squares(residuals, [1.0, 1.0], loss=theirs, **options)
    found = optimize.least_squares(residuals, [1.0, 1.0], loss=ours.least_squares_loss(name), **options)
    np.testing.assert_allclose(found.x, wanted.x, rtol=1e-7)
    assert found.cost == pytest.approx(wanted.cost, rel=1e-12)
    total = lossreg.get(name)(np.zeros(60), residuals(found.x) / f_scale, reduction="sum") * f_scale**2
    assert found.cost == pytest.approx(total, rel=1e-12)


@pytest.mark.parametrize(
    "name", ["expectile(level=0.7)", "linex", "absolute_error", "epsilon_insensitive", "bce", "scce"]
)
def test_other_losses_are_refused(name: str) -> None:
    with pytest.raises(lossreg.ParameterError, match="no concave function"):
        ours.least_squares_loss(name)


@pytest.mark.parametrize("wrong", [3, "yes", None, [True], np.array([True, False])], ids=repr)
def test_a_switch_is_true_or_false(wrong):
    with pytest.raises(lossreg.ParameterError, match=r"fit_intercept is .*; wanted True or False"):
        ours.objective("huber", np.eye(3), [1.0, 2.0, 3.0], fit_intercept=wrong)


@pytest.mark.parametrize("wrong", ["x", None, ["a", "b", "c", "d"], [None] * 4, 1j], ids=repr)
def test_parameters_are_numbers(wrong):
    with pytest.raises(lossreg.LossregError, match="params"):
        ours.objective("huber", np.eye(3), [1.0, 2.0, 3.0])(wrong)
