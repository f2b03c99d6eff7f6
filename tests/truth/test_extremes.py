"""Numbers at the ends of what floats hold that are given together: weights without an inverse, large parameters times tiny tails, rows
of subnormal probabilities. What is true comes from the formula texts, as in the tables."""

from __future__ import annotations

import itertools
import struct
from collections.abc import Iterator
from typing import Any

import losses
import numpy as np
import pytest
from cube import Cube
from mpmath import mp
from truth.table import ulp_error

import lossreg
from lossreg.testing import arguments

FLOATS = [np.float32, np.float64]
QUANTITIES = ("value", "grad", "hess")


@pytest.fixture(autouse=True)
def _digits() -> Iterator[None]:
    with mp.workdps(losses.DIGITS):
        yield


def errors(
    name: str, params: dict[str, Any], dtype: type, y: list[float], x: list[float], *, excused: bool = True
) -> list[tuple[float, float]]:
    """The errors of value, gradient and Hessian at an input, in ULP over the condition of each number, if that is an excuse, and
    what is right."""
    info = lossreg.describe(name)
    params = {param.name: param.default for param in info.params} | params
    truth = losses.columns(name, np.dtype(dtype).name, params, y, x)
    assert truth is not None
    loss = lossreg.get(name, **params)
    target = np.array(int(y[0])) if info.family == "row-wise" and len(y) == 1 else np.array(y, dtype)
    target = target[0] if info.family == "column-wise" and len(y) == 1 else target
    results = loss.value_grad_hess(target, np.array(x, dtype), reduction="none")
    return [
        (ulp_error(number, exact, float(residual), np.dtype(dtype).name) / (float(condition) if excused else 1), exact)
        for result, cells in zip(results, truth, strict=True)
        for number, (high, residual, condition) in zip(np.ravel(result), cells, strict=True)
        for exact in struct.unpack(">d", bytes.fromhex(high))
    ]


# Weights


LOSSES = [
    lossreg.get("huber"),
    lossreg.get("sparse_categorical_cross_entropy"),
    lossreg.get("categorical_focal"),
    lossreg.get("dice", axis=-1),
    lossreg.get("gaussian_nll"),
    lossreg.get("ctc"),
    lossreg.get("huber + 0.5*cauchy"),
    lossreg.define("r**4", name="fourth_power"),
    Cube(),
]


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)
@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("of_weights", FLOATS)
@pytest.mark.parametrize("exponent", ["smallest", "small", "large", "largest"])
def test_a_weighted_mean_does_not_depend_on_the_unit_of_weights(
    loss: lossreg.Loss, dtype: type, of_weights: type, exponent: str
) -> None:
    y, x = arguments(loss, 20, dtype)
    weight = 1.0 + np.arange(len(np.ravel(loss(y, x, reduction="none")))) % 8
    info = np.finfo(of_weights)
    unit = {
        "smallest": float(info.smallest_subnormal),
        "small": float(info.smallest_normal) / 8,
        "large": 2.0 ** (info.maxexp - 30),
        "largest": 2.0 ** (info.maxexp - 4),  # their sum is beyond the largest
    }[exponent]
    scaled = (weight * unit).astype(of_weights)
    np.testing.assert_array_equal(scaled / of_weights(unit), weight)
    for got, wanted in zip(
        np.atleast_2d(loss.grad(y, x, scaled, reduction="weighted_mean")),
        np.atleast_2d(loss.grad(y, x, weight.astype(of_weights), reduction="weighted_mean")),
        strict=True,
    ):
        np.testing.assert_array_max_ulp(got, wanted, maxulp=1)


# Parameters

TAILS = [
    ("binary_cross_entropy", {"pos_weight": 2.0**99}, np.float32, (130.0, 150.0, -150.0, 170.0)),
    ("binary_cross_entropy", {"pos_weight": 2.0**50}, np.float32, (90.0, 130.0, -130.0)),
    ("binary_cross_entropy", {"pos_weight": 2.0**110}, np.float64, (800.0, -800.0)),
    ("binary_cross_entropy", {"pos_weight": 2.0**900}, np.float64, (720.0, 1000.0, -1000.0, 1360.0)),
    ("binary_cross_entropy", {"pos_weight": 2.0**-99}, np.float32, (90.0, -90.0, -20.0)),
    ("binary_focal", {"gamma": 2.0**99}, np.float32, (150.0, -150.0)),
    ("cauchy", {"scale": 2.0**-66}, np.float32, (3.0000000054977558e38, 1.0)),
    ("cauchy", {"scale": 2.0**-990}, np.float64, (1.7e308, 1e154)),
    ("student_t_nll", {"scale": 2.0**-990}, np.float64, (1.7e308, 1e154)),
    ("tweedie", {"power": 2.0**33}, np.float32, (-0.25, 0.25)),
    ("tweedie", {"power": -(2.0**33)}, np.float32, (-0.25, 0.25)),
    ("tweedie", {"power": 3.0}, np.float32, (-100.0, -60.0)),
]


@pytest.mark.parametrize(("name", "params", "dtype", "scores"), TAILS)
def test_large_parameters_times_tiny_tails(
    name: str, params: dict[str, Any], dtype: type, scores: tuple[float, ...]
) -> None:
    domain = lossreg.describe(name).target
    targets = [0.0, 1.0, 0.25] if domain.is_label else [float(np.finfo(dtype).smallest_subnormal), 0.6875, 3.75]
    for y, x in itertools.product(targets, scores):
        assert max(errors(name, params, dtype, [y], [x]))[0] <= 16, (y, x)


# What the text of a loss cancels where its code does not.
UNEXCUSED = [
    *(("geman_mcclure", {"scale": 2.0**k}, np.float32, [3.0 * 10.0**e]) for k, e in ((13, 17), (40, 24), (57, 31))),
    ("geman_mcclure", {"scale": 2.0**13}, np.float64, [3e111]),
    *(("wing", {"width": 2.0**40, "curvature": 2.0**30}, np.float32, [x]) for x in (1e-35, 1e-31, 1e-29)),
    *(("wing", {"width": 2.0**k, "curvature": 1.0}, np.float64, [1e-320]) for k in (9, 900)),
    *(("laplace_nll", {}, np.float64, x) for x in ([1e-300, -800.0], [1e-310, -730.0], [1e300, 800.0], [2e307, 725.0])),
    *(("gaussian_nll", {}, np.float64, x) for x in ([1e-300, -1500.0], [1e300, 1460.0], [1e300, 1380.0])),
    *(
        ("smooth_pinball", {"quantile": q, "bandwidth": 0.125}, dtype, [0.125 * x])
        for dtype in FLOATS
        for q in (0.5, 0.5 + 2.0**-20, 0.25, 2.0**-40)
        for x in (1e-10, -1e-10, 1e-5, -1e-3, 2.0**-17, -1.5, 1.0, -29.0, 9.0)
    ),
]


@pytest.mark.parametrize(("name", "params", "dtype", "x"), UNEXCUSED)
def test_tails_and_zeros_keep_their_digits(name: str, params: dict[str, Any], dtype: type, x: list[float]) -> None:
    x = [float(dtype(each)) for each in x]
    mirrored = [-x[0], *x[1:]]
    for point in (x, mirrored):
        assert max(errors(name, params, dtype, [0.0], point, excused=False))[0] <= 4


@pytest.mark.parametrize("name", ["sparse_categorical_cross_entropy", "poly1"])
def test_a_large_class_weight_times_a_tiny_tail(name: str) -> None:
    assert max(errors(name, {"class_weight": [2.0**99] * 3}, np.float32, [0.0], [150.0, 0.0, 1.0]))[0] <= 56


# Probabilities

OF_ROWS = [
    name
    for name in lossreg.names(family="row-wise")
    if lossreg.describe(name).link == "softmax" and name != "reverse_kl"  # infinite where a target is 0
]

OF_LOGARITHMS = [
    "categorical_cross_entropy",
    "categorical_focal",
    "kl_divergence",
    "poly1",
    "sparse_categorical_cross_entropy",
]


def ends(dtype: type) -> list[float]:
    info = np.finfo(dtype)
    tiny, smallest = float(info.smallest_normal), float(info.smallest_subnormal)
    return [0.0, smallest, 1e5 * smallest, tiny, 1e-30, 0.5, 1.0, float(info.max)]


@pytest.mark.parametrize("name", OF_ROWS)
@pytest.mark.parametrize("dtype", FLOATS)
def test_rows_of_next_to_nothing_have_derivatives(name: str, dtype: type) -> None:
    rows = np.array([row for row in itertools.product(ends(dtype), repeat=3) if any(row)], dtype)
    loss = lossreg.get(name, from_logits=False)
    for target in ([1, 0, 0], [0.5, 0.5, 0], [0.2, 0.3, 0.5]):
        y = np.argmax(target) if not loss.info.target.has_rows else np.array(target, dtype)
        y = np.broadcast_to(y, (len(rows), *np.shape(y)))
        for what, numbers in zip(QUANTITIES, loss.value_grad_hess(y, rows, reduction="none"), strict=True):
            lost = np.isnan(numbers).reshape(len(rows), -1).any(axis=-1)
            assert not lost.any(), f"{what} of {target} at {rows[lost][0]}: {numbers[lost][0]}"


@pytest.mark.parametrize("name", OF_LOGARITHMS)
@pytest.mark.parametrize("dtype", FLOATS)
def test_the_derivatives_of_such_rows_are_right(name: str, dtype: type) -> None:
    small, rng = ends(dtype)[1:6], np.random.default_rng(0)
    has_rows = lossreg.describe(name).target.has_rows
    for row in rng.permuted(list(itertools.product(small, repeat=3)), axis=0)[:40]:
        for y in ([1.0, 0.0, 0.0], [0.1875, 0.3125, 0.5]) if has_rows else ([0.0],):
            found = errors(name, {"from_logits": False}, dtype, y, [*map(float, row)])
            # What is subnormal is made of others that are, each rounded by as much as it is itself.
            wrong = [(error, exact) for error, exact in found if not error <= 16 and abs(exact) >= np.finfo(dtype).tiny]
            assert not wrong, (y, row)
