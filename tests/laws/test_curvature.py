"""Kinds of second derivatives: majorizers lie above, Gauss–Newton is the expectation, and what is said never to be negative is not."""

from __future__ import annotations

import re

import numpy as np
import pytest
from drawn import variants

import lossreg
from lossreg.testing import arguments

N = 200
LOSSES = [
    *lossreg.names(),
    "huber(delta=0.3)",
    "tweedie(power=1.2)",
    "expectile(level=0.9)",
    "bce(label_smoothing=0.2)",
]
KINDS = [(loss, kind) for loss in LOSSES for kind in lossreg.get(loss).info.hessians]


def of_kind(kind: str) -> list[str]:
    return [loss for loss, known in KINDS if known == kind]


def elements(name: str) -> tuple[lossreg.Loss, np.ndarray, np.ndarray]:
    """A pointwise loss with targets and moderate predictions."""
    loss = lossreg.get(name)
    if loss.info.family != "pointwise":
        pytest.skip("rows have a test of their own")
    y, x = arguments(loss, N, seed=3)
    return loss, y, np.clip(x, -8.0, 8.0)


@pytest.mark.parametrize(("name", "kind"), KINDS)
def test_a_kind_composes_with_weights_masks_and_reductions(name: str, kind: str) -> None:
    loss = lossreg.get(name, **next(variants(name)))
    data = arguments(loss, 12, seed=1)
    if len(loss.info.sides) == 2 and loss.info.family == "adversarial":
        pytest.skip("a pair of arrays has its weights in both")
    plain = loss.hess(*data, reduction="none", hessian=kind)
    shape = plain.shape[:1]
    weight, mask = np.linspace(0.5, 2.0, shape[0]), np.arange(shape[0]) % 3 > 0
    over = (slice(None), *[None] * (plain.ndim - 1))
    options = {"sample_weight": weight, "where": mask, "hessian": kind}
    unreduced = loss.hess(*data, **options, reduction="none")
    np.testing.assert_array_equal(unreduced, np.where(mask[over], plain * weight[over], 0.0))
    grad, hess = loss.grad_and_hess(*data, **options, reduction="none")
    np.testing.assert_array_equal(hess, unreduced)
    np.testing.assert_array_equal(grad, loss.grad(*data, sample_weight=weight, where=mask, reduction="none"))
    floor = float(np.median(plain))
    floored = loss.hess(*data, reduction="none", hessian=kind, min_hessian=floor)
    np.testing.assert_array_equal(floored, np.maximum(plain, floor))
    mean = loss.hess(*data, hessian=kind)
    np.testing.assert_allclose(mean, plain / loss(*data, reduction="none").size, rtol=4e-15)


@pytest.mark.parametrize(
    ("name", "kind"), [(name, kind) for name, kind in KINDS if lossreg.get(name).info.hessians[kind]]
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_is_never_negative_is_not(name: str, kind: str, dtype: type) -> None:
    loss = lossreg.get(name)
    hess = loss.hess(*arguments(loss, N, dtype=dtype, seed=2), reduction="none", hessian=kind)
    assert all(np.min(part) >= 0 for part in (hess if isinstance(hess, tuple) else (hess,)))


@pytest.mark.parametrize("name", of_kind("majorizer"))
def test_a_majorizer_lies_above(name: str) -> None:
    loss, y, x = elements(name)
    value, grad = loss(y, x, reduction="none"), loss.grad(y, x, reduction="none")
    curvature = loss.hess(y, x, reduction="none", hessian="majorizer")
    for step in (-30.0, -3.0, -0.5, -1e-2, 1e-2, 0.5, 3.0, 30.0):
        above = value + step * grad + 0.5 * step**2 * curvature
        excess = loss(y, x + step, reduction="none") - above
        assert np.max(excess / (1.0 + np.abs(above))) <= 1e-12, f"a step of {step} leads above"


@pytest.mark.parametrize("name", of_kind("majorizer"))
def test_a_majorizer_of_rows_lies_above_in_every_class(name: str) -> None:
    loss = lossreg.get(name)
    if loss.info.family != "row-wise":
        pytest.skip("no rows")
    y, x = arguments(loss, 20, seed=3)
    value, grad = loss(y, x, reduction="none"), loss.grad(y, x, reduction="none")
    curvature = loss.hess(y, x, reduction="none", hessian="majorizer")
    for place in range(x.shape[-1]):
        for step in (-30.0, -2.0, -0.1, 0.1, 2.0, 30.0):
            moved = x.copy()
            moved[:, place] += step
            above = value + step * grad[:, place] + 0.5 * step**2 * curvature[:, place]
            excess = loss(y, moved, reduction="none") - above
            assert np.max(excess / (1.0 + np.abs(above))) <= 1e-12


@pytest.mark.parametrize("name", of_kind("gauss_newton"))
def test_gauss_newton_is_the_expected_second_derivative(name: str) -> None:
    loss, y, x = elements(name)
    mean = loss.predict(x)
    if loss.info.target.value in ("label", "soft label"):
        low, high, share = np.zeros(N), np.ones(N), mean
    else:  # any two values with that mean
        low, high, share = mean - np.abs(mean) / 2, mean + np.abs(mean) / 2, np.full(N, 0.5)
    hess = [loss.hess(target, x, reduction="none") for target in (low, high)]
    expected = (1 - share) * hess[0] + share * hess[1]
    np.testing.assert_allclose(
        loss.hess(y, x, reduction="none", hessian="gauss_newton"), expected, rtol=1e-9, atol=1e-300
    )


def test_boosters_have_their_rules() -> None:
    x = np.array([[0.5, -1.0, 2.0], [0.0, 0.0, 0.0]])
    softmax = lossreg.get("scce")
    q = softmax.predict(x)
    options = {"reduction": "none"}
    np.testing.assert_allclose(softmax.hess([0, 2], x, hessian="xgboost", **options), 2 * q * (1 - q), rtol=1e-14)
    np.testing.assert_allclose(softmax.hess([0, 2], x, hessian="lightgbm", **options), 1.5 * q * (1 - q), rtol=1e-14)
    poisson = lossreg.get("poisson")
    np.testing.assert_allclose(
        poisson.hess([1, 2], [0.3, -1.0], hessian="lightgbm", **options), np.exp([1.0, -0.3]), rtol=1e-14
    )
    for name in ("absolute_error", "pinball", "huber"):
        assert lossreg.get(name).hess([1.0, 2.0], [0.3, -1.0], hessian="lightgbm", **options).tolist() == [1.0, 1.0]


def test_the_logistic_majorizer_is_that_of_jaakkola_and_jordan() -> None:
    x = np.array([1e-8, 0.3, -2.0, 8.0])
    for y in (0, 1):
        hess = lossreg.get("bce").hess(np.full(4, y), x, reduction="none", hessian="majorizer")
        np.testing.assert_allclose(hess, np.tanh(x / 2) / (2 * x), rtol=3e-11)
    assert lossreg.get("bce").hess([1], [0.0], hessian="majorizer").tolist() == [0.25]


def test_softmax_is_bounded_by_boehning() -> None:
    hess = lossreg.get("scce", class_weight=[1.0, 2.0, 3.0]).hess(
        [0, 2], np.zeros((2, 3)), reduction="none", hessian="majorizer"
    )
    np.testing.assert_allclose(hess, [[1 / 3] * 3, [1.0] * 3], rtol=1e-15)


def test_a_kind_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    for name in ("exponential", "bce(from_logits=False)", "categorical_focal"):
        loss = lossreg.get(name)
        kinds = ", ".join(f"'{kind}'" for kind in loss.info.hessians)
        data = arguments(loss, 5)
        with pytest.raises(lossreg.ParameterError, match=re.escape(f"hessian is 'majoriser'; this loss has {kinds}")):
            loss.hess(*data, hessian="majoriser")


def test_predictions_may_be_replaced_by_second_derivatives() -> None:
    loss = lossreg.get("cauchy")
    y, x = arguments(loss, 1000, seed=5)
    wanted = loss.hess(y, x, hessian="majorizer")
    assert loss.hess(y, x, hessian="majorizer", out=x) is x
    np.testing.assert_array_equal(x, wanted)
    grad_and_hess = loss.grad_and_hess(y, y + 1.0, hessian="majorizer")
    x, other = y + 1.0, np.empty_like(y)
    loss.grad_and_hess(y, x, hessian="majorizer", out=(x, other))
    np.testing.assert_array_equal(x, grad_and_hess[0])
    np.testing.assert_array_equal(other, grad_and_hess[1])


def test_a_loss_in_python_has_a_unit_curvature() -> None:
    class Cubed(lossreg.PythonLoss):
        name = "cubed"

        def per_element(self, y_true, y_pred):
            return np.abs(y_pred - y_true) ** 3

        def per_element_grad(self, y_true, y_pred):
            return 3 * (y_pred - y_true) * np.abs(y_pred - y_true)

    grad, hess = Cubed().grad_and_hess([0.0, 0.0], [1.0, 2.0], [1.0, 3.0], hessian="unit", reduction="sum")
    assert (grad.tolist(), hess.tolist()) == ([3.0, 36.0], [1.0, 3.0])
