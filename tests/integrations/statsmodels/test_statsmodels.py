"""statsmodels: the norms of its own matched, standard errors too, and every loss that can be a norm keeps the laws of one."""

from __future__ import annotations

import numpy as np
import pytest

import lossreg

sm = pytest.importorskip("statsmodels.api")

from statsmodels.robust import norms

from lossreg.integrations.residuals import concave_in_square
from lossreg.integrations.statsmodels import norm

PAIRS = [
    (norms.LeastSquares(), "half_squared_error"),
    (norms.HuberT(1.345), "huber(delta=1.345)"),
    (norms.TukeyBiweight(4.685), "tukey(scale=4.685)"),
    (norms.StudentT(c=2, df=4), "cauchy(scale=4)"),
]
Z = np.concatenate([np.linspace(-9, 9, 181), [1e-200, -1e-9, 1e6]])
NORMS = [name for name in lossreg.names(family="pointwise") if concave_in_square(lossreg.get(name))]


@pytest.mark.parametrize(("own", "ours"), PAIRS)
@pytest.mark.parametrize("function", ["rho", "psi", "weights", "psi_deriv"])
def test_its_own_norms_are_matched(own, ours, function) -> None:
    cancels = isinstance(own, norms.StudentT) and function == "rho"  # a difference of two logarithms in statsmodels
    z = Z[np.abs(Z) > 1e-3] if cancels else Z
    np.testing.assert_allclose(getattr(norm(ours), function)(z), getattr(own, function)(z), rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize(("own", "ours"), PAIRS)
@pytest.mark.parametrize("cov", ["H1", "H2", "H3"])
def test_a_fit_and_its_standard_errors_are_the_same(own, ours, cov) -> None:
    data = sm.datasets.stackloss.load()
    X, y = sm.add_constant(np.asarray(data.exog)), np.asarray(data.endog)
    a, b = (sm.RLM(y, X, M=M).fit(cov=cov) for M in (own, norm(ours)))
    np.testing.assert_allclose(b.params, a.params, rtol=1e-10)
    np.testing.assert_allclose(b.bse, a.bse, rtol=1e-10)
    assert b.fit_history["iteration"] == a.fit_history["iteration"]


@pytest.mark.parametrize("name", NORMS)
def test_weights_are_psi_over_z_and_its_limit_at_0(name) -> None:
    made = norm(name)
    z = np.array([1e-3, 0.5, 2.0, 50.0])
    np.testing.assert_allclose(made.weights(z) * z, made.psi(z), rtol=1e-12)
    np.testing.assert_array_equal(made.weights(-z), made.weights(z))
    assert made.weights(0.0) == pytest.approx(float(made.psi_deriv(0.0)))
    assert np.all(np.diff(made.weights(np.linspace(0, 50, 500))) <= 1e-12)
    assert made.rho(0.0) == 0
    assert np.all(made.rho(z) > 0)


@pytest.mark.parametrize("name", ["absolute_error", "expectile(level=0.9)", "linex", "pinball", "squared_log_error"])
def test_other_losses_are_refused(name) -> None:
    with pytest.raises(lossreg.ParameterError):
        norm(name)


def test_the_most_norms_there_may_be_are_offered() -> None:
    assert {"huber", "cauchy", "fair", "geman_mcclure", "log_cosh", "pseudo_huber", "tukey", "welsch"} <= set(NORMS)
    assert concave_in_square(lossreg.get("smooth_pinball", quantile=0.5))
    assert not concave_in_square(lossreg.get("smooth_pinball", quantile=0.6))


def test_it_works_with_huber_s_scale_and_is_saved(tmp_path) -> None:
    rng = np.random.default_rng(0)
    X = sm.add_constant(rng.normal(size=(100, 2)))
    y = X @ [1.0, 2.0, 3.0] + rng.standard_t(2, size=100)
    fit = sm.RLM(y, X, M=norm("welsch(scale=3)")).fit(scale_est=sm.robust.HuberScale())
    np.testing.assert_allclose(fit.params, [1, 2, 3], atol=0.5)
    fit.save(str(tmp_path / "fit"))
    assert repr(sm.load(str(tmp_path / "fit")).model.M) == "norm(welsch(scale=3.0))"
