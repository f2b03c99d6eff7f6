"""Losses that more than one number predicts, against plain formulas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import lossreg

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
    with pytest.raises(lossreg.ShapeError, match="one for each mean and log_variance"):
        loss(np.zeros((3, 2)), np.zeros((3, 2)))
