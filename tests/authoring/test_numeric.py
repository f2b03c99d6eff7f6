"""Derivatives that an author of a Python loss has left out: by a complex step or by differences, flagged, refused where rough."""

from __future__ import annotations

import numpy as np
import pytest
from sizes import assert_within

import lossreg
from lossreg.testing import arguments, check_loss


def made(per_element, **members):
    body = {"name": "made_numerically", "per_element": lambda self, y_true, y_pred: per_element(y_true, y_pred)}
    return type("Made", (lossreg.PythonLoss,), body | members)()


def by_both(loss, built_in, n=200, dtype=np.float64, **options):
    y, x = arguments(built_in, n, dtype)
    return [
        (getattr(one, what)(y, x, reduction="none", **options))
        for what in ("grad", "hess")
        for one in (loss, lossreg.get(built_in))
    ]


def test_a_complex_step_is_exact():
    loss = made(lambda y, x: np.log(np.cosh(x - y)))
    grad, wanted, hess, bend = by_both(loss, "log_cosh")
    assert_within(1e-13, grad, wanted, np.abs(wanted))
    assert_within(1e-10, hess, bend, np.abs(bend) + np.abs(wanted))
    assert loss.info.notes == (
        "the gradient is made by a complex step of the loss",
        "the Hessian is made by central differences of the fourth order of the gradient",
    )
    assert loss.info.hessians == {"exact": False}


def test_code_that_a_complex_step_misleads_has_differences():
    for per_element in (lambda y, x: np.abs(x - y) ** 3, lambda y, x: np.where(x > y, x - y, y - x).real ** 3):
        loss = made(per_element)
        y, x = arguments("squared_error", 200)
        r = x - y
        value, slope, bend = np.abs(r) ** 3, 3 * r * np.abs(r), 6 * np.abs(r)
        assert_within(1e-8, loss.grad(y, x, reduction="none"), slope, value + np.abs(slope))
        assert_within(1e-5, loss.hess(y, x, reduction="none"), bend, value + bend)
        assert "central differences" in loss.info.notes[0]


def test_the_hessian_is_made_of_a_gradient_that_is_there():
    loss = made(
        lambda y, x: np.exp(x) - y * x,
        per_element_grad=lambda self, y, x: np.exp(x) - y,
        target="non-negative",
        link="log",
    )
    _, _, hess, bend = by_both(loss, "poisson")
    assert_within(1e-13, hess, bend, bend)
    assert loss.info.notes == ("the Hessian is made by a complex step of the gradient",)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_steps_stay_within_the_domain(dtype):
    loss = made(lambda y, x: x - y * np.log(x) + 0 * np.abs(x), target="non-negative", prediction="positive")
    y, x = np.array([0.0, 1.0, 2.0], dtype), np.array([1e-6, 1.0, 1e4], dtype)
    assert_within(1e-6, loss.grad(y, x, reduction="none"), 1 - y / x, 1 + y / x)


def test_rows_have_a_derivative_for_each_class():
    def per_element(y, x):
        shares = np.eye(x.shape[-1])[y] if y.ndim < x.ndim else y
        return -np.sum(shares * (x - np.log(np.sum(np.exp(x), axis=-1, keepdims=True))), axis=-1)

    loss = made(per_element, family="row-wise", target="probability", link="softmax")
    built_in = lossreg.get("categorical_cross_entropy")
    y, x = arguments(built_in, 50)
    q = lossreg.ops.softmax(x)
    assert_within(1e-13, loss.grad(y, x, reduction="sum"), built_in.grad(y, x, reduction="sum"), q + y)
    assert_within(1e-9, loss.hess(y, x, reduction="sum"), built_in.hess(y, x, reduction="sum"), q + y)


def test_the_laws_hold():
    check_loss(made(lambda y, x: np.log(np.cosh(x - y))))
    check_loss(made(lambda y, x: np.square(x - y), per_element_grad=lambda self, y, x: 2 * (x - y)))


def test_what_does_not_settle_is_refused():
    drawn = np.random.default_rng(0)
    for per_element in (
        lambda y, x: (x - y) ** 2 + drawn.normal(size=x.shape),
        lambda y, x: ((x - y) ** 2).astype(np.float16),
        lambda y, x: np.full(x.shape, np.nan),
    ):
        loss = made(per_element)
        assert loss.info.notes == ()
        assert loss.info.hessians == {}
        for method in (loss.grad, loss.hess):
            with pytest.raises(
                lossreg.DerivativeError, match="neither a complex step nor differences of the loss settle"
            ):
                method([0.0], [1.0])


def test_boosters_and_start_values_use_them():
    loss = made(lambda y, x: np.log(np.cosh(x - y)))
    assert loss.init_score([1.0, 2.0, 3.0]) == pytest.approx(2.0)
