"""Losses of a power of the mean beside their optimum, where a difference is all there is of them: within 1e-15 of it, at any power, in
units of the last place."""

from __future__ import annotations

import numpy as np
import pytest
from mpmath import mp
from single import one, relative
from truth.table import ulp

import lossreg

POWERS = {"poisson_deviance": 1, "gamma_deviance": 2}
LOSSES = list(POWERS)
LOSSES += [f"tweedie(power={power})" for power in (-3, 1.5)]
LOSSES += [f"tweedie_deviance(power={power})" for power in (-1e5, -40, -0.5, 0, 1, 1.001, 1.5, 1.999999, 2, 3, 40, 1e3)]


def true(loss: lossreg.Loss, y: float, x: float) -> tuple[mp.mpf | None, mp.mpf, mp.mpf, float]:
    """The value of a deviance, the slope, the second derivative and by how much its terms cancel."""
    p = mp.mpf(loss.params.get("power", POWERS.get(loss.info.name, 0)))
    log, twice = loss.params["log_input"], 2 if "deviance" in loss.info.name else 1
    y, x = mp.mpf(y), mp.mpf(x)
    m, a, b = mp.exp(x) if log else x, 2 - p, 1 - p
    if p == 1:
        half = y * mp.log(y / m) - y + m
    elif p == 2:
        half = y / m - mp.log(y / m) - 1
    else:
        half = y**a / (a * b) - y * m**b / b + m**a / a
    if m == y:
        half = mp.zero
    slope = (m - y) * m ** (b if log else -p)
    terms = (a * m**a, -b * y * m**b) if log else (b * m**-p, p * y * m ** (-p - 1))
    bend = mp.fsum(terms)
    condition = float(mp.fsum(map(abs, terms)) / abs(bend)) if bend else 1.0
    return 2 * half if twice == 2 else None, twice * slope, twice * bend, condition


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("log_input", [True, False])
@pytest.mark.parametrize("text", LOSSES)
def test_digits_beside_the_optimum(text: str, log_input: bool, dtype: str) -> None:
    loss, rng = lossreg.get(text).replace(log_input=log_input), np.random.default_rng(11)
    for size in (0.1, 1e-3, 1e-5, 1e-9, 1e-13, 0.0):
        spread = min(3.0, 200 / max(1.0, abs(float(loss.params.get("power", 1)))))
        y = np.exp(rng.normal(size=20) * spread).astype(dtype)
        mean = y * (1 + size * rng.normal(size=20))
        x = (np.log(mean) if log_input else mean).astype(dtype)
        got = np.array(loss.value_grad_hess(y, x, reduction="none"))
        assert (loss.value(y, x, reduction="none") == got[0]).all()
        assert (loss.grad(y, x, reduction="none") == got[1]).all()
        for i in range(len(y)):
            with mp.workdps(300):
                value, slope, bend, condition = true(loss, float(y[i]), float(x[i]))
            bounds = [(value, 12.0), (slope, 4.0), (bend, 8 * condition)]
            for number, (truth, bound) in zip(got[:, i], bounds, strict=True):
                if truth is not None and abs(truth) < np.finfo(dtype).max:
                    unit = ulp(float(np.array(float(truth), dtype)), dtype)
                    assert abs(mp.mpf(float(number)) - truth) <= bound * unit, (float(y[i]), float(x[i]), size)


@pytest.mark.parametrize(
    ("y", "x"), [(1.0, 1e-9), (1 + 2**-52, 2.0**-52), (1 - 2**-53, -(2.0**-53)), (4.0, 2 * np.log(2))]
)
def test_targets_whose_logarithm_is_small_or_simple(y: float, x: float) -> None:
    with mp.workdps(120):
        d = mp.mpf(x) - mp.log(mp.mpf(y))
        truth = 2 * mp.mpf(y) * (mp.expm1(d) - d), 2 * mp.mpf(y) * mp.expm1(d)
    value, grad, _ = one(lossreg.get("poisson_deviance"), y, x)
    assert relative(value, truth[0]) < 1e-15
    assert relative(grad, truth[1]) < 1e-15


@pytest.mark.parametrize("y", [5e-324, 3e-310, 1.7e308])
def test_targets_at_the_ends_of_the_numbers(y: float) -> None:
    x = float(np.log(y))
    with mp.workdps(120):
        d = mp.mpf(x) - mp.log(mp.mpf(y))
        truth = 2 * (mp.expm1(-d) + d), -2 * mp.expm1(-d)
    value, grad, _ = one(lossreg.get("gamma_deviance"), y, x)
    assert relative(value, truth[0]) < 1e-15
    assert relative(grad, truth[1]) < 1e-15


def test_what_is_asked_for_anew_is_scaled_weighted_and_masked_as_all_else() -> None:
    loss, rng = lossreg.get("poisson_deviance"), np.random.default_rng(2)
    y = np.exp(rng.normal(size=1000))
    x = np.log(y) + np.where(np.arange(1000) % 7 == 0, 0.0, rng.normal(size=1000))
    weight, where = rng.uniform(size=1000), rng.uniform(size=1000) > 0.3
    each = [
        np.concatenate(part)
        for part in zip(
            *(loss.value_grad_hess(y[i : i + 1], x[i : i + 1], reduction="none") for i in range(1000)), strict=True
        )
    ]
    results = loss.value_grad_hess(y, x, weight, where=where, reduction="sum")
    assert results[0] == pytest.approx(float((each[0] * weight)[where].sum()), rel=1e-14)
    for got, alone in zip(results[1:], each[1:], strict=True):
        np.testing.assert_array_equal(got, np.where(where, alone * weight, 0.0))
    np.testing.assert_allclose(loss.grad(y, x), each[1] / 1000, rtol=1e-15)


@pytest.mark.parametrize(
    ("power", "y", "x", "dtype"),
    [
        (-3.0, 2.1952611272006456e38, 7.41100514289883e-09, "float32"),
        (-0.5, 2.1674864256636973e-40, 2.1674864256636973e-40, "float32"),
        (-0.5, 2.0549669446604e-311, 2.054966957842e-311, "float64"),
        (1.5, 9.803884048334272e28, 9.736238359540026e22, "float32"),
    ],
)
def test_second_derivatives_whose_factor_is_no_number(power: float, y: float, x: float, dtype: str) -> None:
    loss, p = lossreg.get("tweedie", power=power, log_input=False), mp.mpf(power)
    y, x = (float(np.array(number, dtype)) for number in (y, x))
    truth = mp.mpf(x) ** (-p - 1) * ((1 - p) * mp.mpf(x) + p * mp.mpf(y))
    assert abs(mp.mpf(one(loss, y, x, dtype)[2]) - truth) <= 8 * ulp(float(np.array(float(truth), dtype)), dtype)


def test_an_infinite_mean_of_any_target() -> None:
    for name in ("gamma_deviance", "tweedie_deviance(power=2)"):
        loss = lossreg.get(name).replace(log_input=False)
        assert one(loss, 1e300, np.inf)[:2] == (np.inf, 0.0)
