"""Losses that more than one number predicts, against plain formulas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import lossreg
from lossreg.testing import arguments

stats = pytest.importorskip("scipy.stats")

Array = np.ndarray[Any, Any]


def gaussian(y: Array, x: Array) -> Array:
    mean, log_variance = x[..., 0], x[..., 1]
    return (log_variance + (mean - y) ** 2 / np.exp(log_variance)) / 2


def laplace(y: Array, x: Array) -> Array:
    location, log_scale = x[..., 0], x[..., 1]
    return log_scale + np.abs(location - y) / np.exp(log_scale)


PLAIN = {"gaussian_nll": (gaussian, np.log(2 * np.pi) / 2), "laplace_nll": (laplace, np.log(2))}


@pytest.mark.parametrize("name", PLAIN)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(), (1,), (700,), (40, 50)])
def test_it_is_the_plain_formula(name: str, dtype: type, shape: tuple[int, ...]) -> None:
    plain, constant = PLAIN[name]
    rng = np.random.default_rng(0)
    y, x = rng.normal(size=shape).astype(dtype), rng.normal(size=(*shape, 2)).astype(dtype)
    value, grad = lossreg.get(name).value_and_grad(y, x, reduction="none")
    wanted = plain(y.astype(float), x.astype(float))
    size = 4 * float(np.finfo(dtype).eps) * (np.abs(x[..., 1]) + np.abs(wanted) + constant)  # of the terms
    assert (np.abs(value - wanted) <= size).all()
    assert (np.abs(lossreg.get(name, full=True)(y, x, reduction="none") - (wanted + constant)) <= size).all()
    assert grad.shape == x.shape
    assert grad.dtype == dtype


@pytest.mark.parametrize("name", PLAIN)
def test_the_expected_curvature_is_that_of_the_distribution(name: str) -> None:
    rng = np.random.default_rng(1)
    draw = rng.normal if name == "gaussian_nll" else rng.laplace
    scale = 1.5
    y = draw(scale=scale, size=400_000)
    x = np.tile([0.0, np.log(scale) * (2 if name == "gaussian_nll" else 1)], (len(y), 1))
    loss = lossreg.get(name)
    slopes, expected = loss.grad(y, x, reduction="sum"), loss.hess(y, x, reduction="sum", hessian="gauss_newton")
    assert loss.info.hessians["gauss_newton"]
    # The variance of the slope is the expected curvature.
    np.testing.assert_allclose((slopes**2).mean(0), expected.mean(0), rtol=0.02)


@pytest.mark.parametrize("name", PLAIN)
def test_far_scales_give_numbers(name: str) -> None:
    for log_scale in (-1e4, -800.0, 800.0, 1e4):
        for r in (0.0, 1e-300, 1.0, 1e300):
            value, grad, hess = lossreg.get(name).value_grad_hess([0.0], [[r, log_scale]])
            assert not np.isnan(value)
            assert not np.isnan(grad).any()
            assert not np.isnan(hess).any()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("smoothing", [0.0, 0.25])
def test_preferences_are_logistic_in_what_the_chosen_one_gains(dtype: type, smoothing: float) -> None:
    rng = np.random.default_rng(2)
    y, x = rng.normal(size=400).astype(dtype), (20 * rng.normal(size=(400, 2))).astype(dtype)
    loss = lossreg.get("dpo", beta=0.5, label_smoothing=smoothing)
    value, grad, hess = loss.value_grad_hess(y, x, reduction="none")
    score = 0.5 * (x[:, 0].astype(float) - x[:, 1] - y)
    label = np.full(400, 1 - smoothing)
    wanted = lossreg.get("bce").value_grad_hess(label, score, reduction="none")
    for mine, theirs, factor in zip((value, grad[:, 0], hess[:, 0]), wanted, (1, 0.5, 0.25), strict=True):
        np.testing.assert_allclose(mine, factor * theirs, rtol=32 * float(np.finfo(dtype).eps))
    np.testing.assert_array_equal(grad[:, 1], -grad[:, 0])
    np.testing.assert_array_equal(hess[:, 1], hess[:, 0])


def test_shapes_that_do_not_go_together() -> None:
    loss = lossreg.get("gaussian_nll")
    with pytest.raises(lossreg.ShapeError, match="on whose last axis are mean and log_variance"):
        loss(np.zeros(3), np.zeros((3, 3)))
    with pytest.raises(
        lossreg.ShapeError, match=r"wanted predictions of shape \(3, 2, 2\), or targets of shape \(3,\)"
    ):
        loss(np.zeros((3, 2)), np.zeros((3, 2)))


# Accelerated failure time

DISTRIBUTIONS = {"normal": stats.norm, "logistic": stats.logistic, "extreme": stats.gumbel_l}


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
@pytest.mark.parametrize("scale", [0.5, 2.0])
def test_times_have_the_likelihoods_of_scipy(distribution: str, scale: float) -> None:
    known = DISTRIBUTIONS[distribution]
    loss = lossreg.get("aft", distribution=distribution, scale=scale)
    y, x = arguments(loss, 4000)
    lower, upper = y.T
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = ((np.log(bound) - x) / scale for bound in (lower, upper))
        probability = np.where(low > 0, known.sf(low) - known.sf(high), known.cdf(high) - known.cdf(low))
        beside = known.cdf(low) + known.sf(high)  # by which a likely time is told from a certain one
        between = np.where(beside < 0.5, -np.log1p(-beside), -np.log(probability))
        wanted = np.where(lower == upper, np.log(scale * lower) - known.logpdf(low), between)
    shown = wanted < 600  # the library there has nothing left of what is farther out
    np.testing.assert_allclose(loss(y, x, reduction="none")[shown], wanted[shown], rtol=1e-9)
    assert shown.mean() > 0.9
    grad, step = loss.grad(y, x, reduction="sum"), 1e-6
    up, down = (loss.value_and_grad(y, x + side * step, reduction="none") for side in (1, -1))
    for of, above, below in zip((grad, loss.hess(y, x, reduction="sum")), up, down, strict=True):
        lost = 4 * np.spacing(np.abs(above)) / step  # what rounding took from what the difference is of
        near = np.abs(of - (above - below) / (2 * step)) <= 1e-6 * np.abs(of) + lost
        assert near[up[0] >= np.finfo(float).tiny].all()  # of subnormal losses few digits are left


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_a_narrow_interval_is_a_known_time(distribution: str) -> None:
    loss, x = lossreg.get("aft", distribution=distribution), np.linspace(-6, 4, 40)
    width = 2.0**-40
    near, known = np.tile([1.0, 1.0 + width], (40, 1)), np.tile([1.0 + width / 2] * 2, (40, 1))
    value, grad, hess = loss.value_grad_hess(near, x, reduction="none")
    wanted = loss.value_grad_hess(known, x, reduction="none")
    np.testing.assert_allclose(value + np.log(width), wanted[0], rtol=1e-13)
    np.testing.assert_allclose(grad, wanted[1], rtol=1e-10)
    np.testing.assert_allclose(hess, wanted[2], rtol=1e-10)


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_one_bound_keeps_its_tail(distribution: str) -> None:
    """XGBoost holds probabilities at 1e-12 and derivatives at 15."""
    loss = lossreg.get("aft", distribution=distribution)
    value, grad = loss.value_and_grad([1.0, np.inf], -30.0)
    wanted = {
        "normal": (454.32124395634, -30.033259667433676),
        "logistic": (30.0, -1.0),
        "extreme": (np.exp(30), -np.exp(30)),
    }
    np.testing.assert_allclose((value, grad), wanted[distribution], rtol=1e-12)
    nothing = loss.value_grad_hess([0.0, np.inf], 3.0)
    np.testing.assert_array_equal([float(number) for number in nothing], 0)
    # What is certain costs what is left.
    value, grad = loss.value_and_grad([1.0, np.inf], 30.0)
    assert 0 < value < 1e-12
    assert -1e-12 < grad < 0


@pytest.mark.parametrize(
    ("y", "at", "wanted"),
    [
        ([-1.0, 2.0], (1, 0), "a lower bound of at least 0"),
        ([2.0, 1.0], (1, 1), "an upper one above 0 that is no less"),
        ([2.0, -1.0], (1, 1), "an upper one above 0"),  # how CatBoost says that there is none
        ([0.0, 0.0], (1, 1), "an upper one above 0"),
        ([np.inf, np.inf], (1, 0), "a lower bound of at least 0 and below infinity"),
    ],
)
def test_bounds_of_no_time(y: list[float], at: tuple[int, int], wanted: str) -> None:
    with pytest.raises(lossreg.DomainError, match=wanted) as caught:
        lossreg.get("aft")([[1.0, 2.0], y], [0.0, 0.0])
    assert caught.value.index == at
    assert np.isfinite(lossreg.get("aft")([[1.0, 2.0], y], [0.0, 0.0], where=[True, False]))


def test_a_distribution_is_one_of_three() -> None:
    with pytest.raises(lossreg.ParameterError, match="wanted one of 'normal', 'logistic', 'extreme'"):
        lossreg.get("aft", distribution="weibull")
    loss = lossreg.get("aft(distribution='extreme', scale=0.5)")
    assert loss.params == {"distribution": "extreme", "scale": 0.5}
    assert lossreg.get(loss.config()) == loss
    assert lossreg.get(repr(loss)) == loss
