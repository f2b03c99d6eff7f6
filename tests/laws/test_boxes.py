"""Losses of two boxes: against their definitions in fractions and in plain NumPy, and what becomes of boxes that are hardly any."""

from __future__ import annotations

from fractions import Fraction
from math import pi
from typing import Any

import numpy as np
import pytest

import lossreg
from lossreg.testing import arguments

Array = np.ndarray[Any, Any]
NAMES = ("giou", "diou", "ciou")


def areas(y: list[float], x: list[float]) -> tuple[Fraction, Fraction, Fraction]:
    """Those of the intersection, of the union and of the least box around both."""
    a, b = ([Fraction(number) for number in box] for box in (x, y))
    sides = [max(Fraction(0), min(a[k + 2], b[k + 2]) - max(a[k], b[k])) for k in (0, 1)]
    common = sides[0] * sides[1]
    union = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (a, b)) - common
    return common, union, (max(a[2], b[2]) - min(a[0], b[0])) * (max(a[3], b[3]) - min(a[1], b[1]))


@pytest.mark.parametrize("distance", [1e-15, 1e-9, 1e-3, 0.3, 7.0])
def test_nothing_is_lost_where_boxes_are_nearly_the_same(distance: float) -> None:
    rng = np.random.default_rng(0)
    y, _ = arguments("giou", 200)
    x = y + distance * rng.uniform(-1, 1, y.shape)
    x = np.where(x[:, [2, 3, 0, 1]] >= x, np.minimum(x, x[:, [2, 3, 0, 1]]), x)
    x[:, 2:] = np.maximum(x[:, 2:], x[:, :2])
    for target, boxes, value in zip(y, x, lossreg.get("giou")(y, x, reduction="none"), strict=True):
        common, union, hull = areas(target.tolist(), boxes.tolist())
        wanted = 1 - common / union + (hull - union) / hull
        assert abs(Fraction(value) - wanted) <= 8 * Fraction(np.finfo(float).eps) * wanted


def torchvision(name: str, y: Array, x: Array) -> Array:
    """The formulas of the papers as torchvision has them, without what it adds to divisors."""
    low, high = np.maximum(y[:, :2], x[:, :2]), np.minimum(y[:, 2:], x[:, 2:])
    common = np.prod(np.maximum(high - low, 0), axis=-1)
    own, other = x[:, 2:] - x[:, :2], y[:, 2:] - y[:, :2]
    union = np.prod(own, axis=-1) + np.prod(other, axis=-1) - common
    around = np.maximum(y[:, 2:], x[:, 2:]) - np.minimum(y[:, :2], x[:, :2])
    iou = common / union
    if name == "giou":
        return 1 - iou + 1 - union / np.prod(around, axis=-1)
    centres = (x[:, 2:] + x[:, :2] - y[:, 2:] - y[:, :2]) / 2
    value = 1 - iou + np.sum(centres**2, axis=-1) / np.sum(around**2, axis=-1)
    v = 4 / pi**2 * (np.arctan(other[:, 0] / other[:, 1]) - np.arctan(own[:, 0] / own[:, 1])) ** 2
    return value if name == "diou" else value + v**2 / (1 - iou + v)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_they_are_the_plain_formulas(name: str, dtype: type) -> None:
    y, x = arguments(name, 3000, dtype)
    x[:, 2:] = x[:, :2] + np.abs(x[:, 2:]) + dtype(0.01)
    wanted = torchvision(name, y.astype(float), x.astype(float))
    np.testing.assert_allclose(lossreg.get(name)(y, x, reduction="none"), wanted, rtol=50 * np.finfo(dtype).eps)


@pytest.mark.parametrize("name", NAMES)
def test_the_gradient_is_that_of_the_value(name: str) -> None:
    y, x = arguments(name, 300)
    loss, step = lossreg.get(name), 1e-6
    grad, hess = loss.grad(y, x, reduction="sum"), loss.hess(y, x, reduction="sum")
    for k in range(4):
        move = step * (np.arange(4) == k)
        up, down = (loss.value_and_grad(y, x + side * move, reduction="none") for side in (1, -1))
        slopes, bends = (up[0] - down[0]) / (2 * step), (up[1] - down[1])[:, k] / (2 * step)
        near = np.abs(x[:, k, None] - np.c_[y[:, k % 2 :: 2], x[:, (k + 2) % 4]]).min(axis=-1) < 3 * step  # of a kink
        seen = ~near & (np.abs(hess[:, k]) < 1e4)
        for difference, truth, of, rough in ((slopes, grad, up[0], 1e-5), (bends, hess, up[1][:, k], 1e-4)):
            # A difference has lost what rounding took from what it is of.
            lost = 4 * np.spacing(np.abs(of)) / step
            assert np.all((np.abs(difference - truth[:, k]) <= rough * np.abs(truth[:, k]) + lost)[seen])


@pytest.mark.parametrize("name", NAMES)
def test_equal_boxes_cost_nothing_and_stay(name: str) -> None:
    y, _ = arguments(name, 100)
    value, grad = lossreg.get(name).value_and_grad(y, y, reduction="none")
    np.testing.assert_array_equal(value, 0)
    np.testing.assert_array_equal(grad, 0)


@pytest.mark.parametrize("name", NAMES)
def test_corners_may_come_in_any_order(name: str) -> None:
    y, x = arguments(name, 500)
    loss = lossreg.get(name)
    for order in ([2, 1, 0, 3], [0, 3, 2, 1], [2, 3, 0, 1]):
        for one, other in zip(loss.value_grad_hess(y, x), loss.value_grad_hess(y, x[:, order]), strict=True):
            np.testing.assert_array_equal(one, other if np.ndim(other) == 0 else other[:, order])


@pytest.mark.parametrize("name", NAMES)
def test_the_unit_does_not_matter(name: str) -> None:
    y, x = arguments(name, 500)
    loss = lossreg.get(name)
    value, grad, hess = loss.value_grad_hess(y, x, reduction="none")
    for unit in (2.0**-900, 2.0**-300, 2.0**300, 2.0**1010):
        got = loss.value_grad_hess(y * unit, x * unit, reduction="none")
        np.testing.assert_array_equal(got[0], value)
        with np.errstate(over="ignore"):
            np.testing.assert_array_equal(got[1], grad / unit)
            np.testing.assert_array_equal(got[2], hess / unit / unit)


@pytest.mark.parametrize(
    ("name", "y", "x", "value"),
    [
        ("giou", [0, 0, 1, 1], [2, 0, 3, 1], 1 + 1 / 3),
        ("diou", [0, 0, 1, 1], [2, 0, 3, 1], 1 + 4 / 10),
        ("ciou", [0, 0, 1, 1], [2, 0, 3, 1], 1 + 4 / 10),
        ("giou", [0, 0, 0, 0], [0, 0, 0, 0], 1.0),  # a point has nothing in common with anything
        ("giou", [0, 0, 2, 0], [1, 0, 3, 0], 1.0),
        ("diou", [0, 0, 2, 0], [1, 0, 3, 0], 1 + 1 / 9),
        ("ciou", [0, 0, 2, 1], [1, 0.5, 1, 0.5], 1.0),  # of a point the shape is any
    ],
)
def test_by_hand(name: str, y: list[float], x: list[float], value: float) -> None:
    assert lossreg.get(name)(y, x) == pytest.approx(value, rel=1e-15, abs=0)


def test_what_is_no_box() -> None:
    loss = lossreg.get("giou")
    y, x = arguments(loss, 5)
    y[3] = [0.0, 0.0, 1.0, -2.0]  # a width and a height would be the same mistake
    with pytest.raises(lossreg.DomainError, match=r"holds -2 at index \(3, 3\); wanted boxes x1, y1") as caught:
        loss(y, x)
    assert (caught.value.argument, caught.value.index, caught.value.value) == ("y_true", (3, 3), -2.0)
    assert np.isfinite(loss(y, x, where=np.arange(5) != 3))
    with pytest.raises(lossreg.ShapeError, match="on whose last axis are x1, y1, x2 and y2"):
        loss(y, x[:, :3])
    with pytest.raises(lossreg.ShapeError, match=r"wanted targets of shape \(5, 4\), on whose last axis are x1_true"):
        loss(y[:, 0], x)
    with pytest.raises(lossreg.ParameterError, match="losses of one family and the same arguments"):
        loss + lossreg.get("gaussian_nll")
    assert (loss + 0.5 * lossreg.get("diou"))([[0, 0, 1, 1]], [[2, 0, 3, 1]]) == pytest.approx(1 + 1 / 3 + 0.7)
