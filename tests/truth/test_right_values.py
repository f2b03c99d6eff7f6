"""Numbers that are easy to get wrong, against mpmath: products that overflow on the way, differences near an optimum, parameters
at the ends of what a dtype holds. And over all losses: no NaN comes from finite input."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from mpmath import mp
from single import close, one, relative
from truth.table import ulp

import lossreg

mp.dps = 60
BUILT_IN = [name for name in lossreg.names() if lossreg.describe(name).provider == "lossreg"]


@pytest.mark.parametrize(
    ("name", "params"),
    [("gamma", {}), ("gamma_deviance", {}), ("tweedie", {"power": 2.0}), ("tweedie", {"power": 1.9})],
)
def test_products_do_not_overflow_on_the_way(name: str, params: dict[str, float]) -> None:
    y, x = np.float32(1e-12), np.float32(-90)
    power = mp.mpf(params.get("power", 2.0))
    product = (
        mp.mpf(float(y)) * mp.exp((1 - power) * mp.mpf(-90)) if name == "tweedie" else mp.mpf(float(y)) * mp.exp(90)
    )
    factor = 2 if name == "gamma_deviance" else 1
    _, grad, _ = one(lossreg.get(name, **params), float(y), float(x), "float32")
    assert np.isfinite(grad)
    assert relative(grad, -factor * product) < 1e-5


@pytest.mark.parametrize(("y", "x"), [(2.743570481911206e-09, -217.7750701904297), (0.0, 178.81829833984375)])
def test_the_factors_of_tweedie_make_a_term_representable(y: float, x: float) -> None:
    """exp(x/2) alone is beyond float32, its half is not."""
    target, f, p = mp.mpf(float(np.float32(y))), mp.mpf(x), mp.mpf("1.5")
    truth = (2 - p) * mp.exp((2 - p) * f) - (1 - p) * target * mp.exp((1 - p) * f)
    assert relative(one(lossreg.get("tweedie"), y, x, "float32")[2], truth) < 1e-6


def test_probit_far_on_the_wrong_side() -> None:
    for x in (-2e4, -6.7e6, -10427700.0):
        v = mp.mpf(x)
        truth = 1 - 1 / v**2 + 6 / v**4 - 50 / v**6
        assert relative(one(lossreg.get("probit"), 1.0, x)[2], truth) < 1e-15


def test_a_small_label_is_in_the_product_before_the_exponential_overflows() -> None:
    value, grad, hess = one(lossreg.get("exponential"), 1e-12, -90.0, "float32")
    truth = mp.mpf(float(np.float32(1e-12))) * mp.exp(90)
    assert max(relative(value, truth), relative(-grad, truth), relative(hess, truth)) < 1e-6


@pytest.mark.parametrize("power", [1.1, 1.5, 1.9, 1.999, 2.5])
@pytest.mark.parametrize("distance", [1e-2, -1e-3, 1e-4, -1e-6, 1e-9])
def test_tweedie_gradient_near_the_optimum(power: float, distance: float) -> None:
    for f in (-3.3, 0.4, 2.7):
        y = float(mp.exp(mp.mpf(f)) * (1 + mp.mpf(distance)))
        mean, p = mp.exp(mp.mpf(f)), mp.mpf(power)
        _, grad, _ = one(lossreg.get("tweedie", power=power), y, f)
        truth = mean ** (1 - p) * (mean - mp.mpf(y))
        assert relative(grad, truth) < 1e-14


@pytest.mark.parametrize("distance", [1e-3, -1e-6, 1e-9])
@pytest.mark.parametrize("name", ["gamma_deviance", "poisson_deviance"])
def test_deviances_near_the_optimum(name: str, distance: float) -> None:
    for f in (-3.3, 0.4, 2.7):
        mean = mp.exp(mp.mpf(f))
        y = float(mean * (1 + mp.mpf(distance)))
        value, grad, _ = one(lossreg.get(name), y, f)
        log = mp.log(mp.mpf(y) / mean)
        half = y / mean - 1 - log if name == "gamma_deviance" else y * log - y + mean
        assert relative(value, 2 * half) < 1e-14
        assert relative(grad, 2 * (1 - y / mean if name == "gamma_deviance" else mean - y)) < 1e-14


@pytest.mark.parametrize("clip", [1e-12, 1e-9, 1e-5, 1e-3, 0.05])
@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 4.0])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_clip_of_any_size_costs_no_digits(clip: float, gamma: float, dtype: str) -> None:
    loss = lossreg.get("asymmetric", gamma_neg=gamma, clip=clip)
    c, g = mp.mpf(clip), mp.mpf(gamma)
    for x in (-6.0, -2.5, 0.3, 2.0, 7.0, 13.0, 16.0):
        z = mp.mpf(float(np.array(x, dtype)))
        p, q = 1 / (1 + mp.exp(-z)), 1 / (1 + mp.exp(z))
        if p <= c:
            assert one(loss, 0.0, x, dtype) == (0.0, 0.0, 0.0)
            continue
        t, log, u = p - c, -mp.log(q + c), p * q / (q + c)
        pull = g * t ** (g - 1) * p * q
        parts = [t**g * u * (q * q + c * (q - p)) / (q + c), pull * (q - p) * log, pull * 2 * u]
        parts.append(pull * (g - 1) * p * q * log / t)
        truth = t**g * log, t**g * u + pull * log, mp.fsum(parts)
        condition = float(mp.fsum(map(abs, parts)) / abs(truth[2]))
        assert close(one(loss, 0.0, x, dtype), truth, (8, 16, 16 * condition), dtype), (x, condition)


POWERS = [-1.0, 0.0, 1.0, 1 + 1e-12, 1.1, 1.5, 2 - 1e-9, 2.0, 2 + 1e-15, 3.0]


@pytest.mark.parametrize("power", POWERS)
@pytest.mark.parametrize("log_input", [True, False])
def test_tweedie_deviance_keeps_its_digits(power: float, log_input: bool) -> None:
    """Near the optimum and far from it, and where the power is near those of Poisson and gamma, whose terms cancel."""
    loss = lossreg.get("tweedie_deviance", power=power, log_input=log_input)
    p = mp.mpf(power)
    for f, distance in itertools.product((-3.3, 0.4, 2.7), (1e-9, -1e-6, 1e-3, -0.3, 2.0, 30.0)):
        raw = f if log_input else float(mp.exp(mp.mpf(f)))
        mean = mp.exp(mp.mpf(f)) if log_input else mp.mpf(raw)
        y = float(mean * (1 + mp.mpf(distance)))
        target = mp.mpf(y)
        truth = 2 * mp.quad(lambda m, y=target: (m - y) / m**p, [target, mean])
        value, grad, _ = one(loss, y, raw)
        assert relative(value, truth) < 1e-14
        slope = 2 * (mean - target) / mean**p
        assert relative(grad, slope * mean if log_input else slope) < 1e-14


@pytest.mark.parametrize("power", POWERS)
def test_tweedie_deviance_is_0_at_the_target_only(power: float) -> None:
    loss = lossreg.get("tweedie_deviance", power=power, log_input=False)
    for y in (0.02, 1.0, 3.7, 1e10):
        assert one(loss, y, y)[:2] == (0.0, 0.0)
        assert one(loss, y, float(np.nextafter(y, np.inf)))[0] > 0


@pytest.mark.parametrize("alpha", [-1e30, -1e20, -40.0, -1e-10, 1e-10, 0.3, 2 - 1e-9, 2 + 1e-12, 3.0, 9.0])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_barron_keeps_its_digits_near_its_limits(alpha: float, dtype: str) -> None:
    loss, s = lossreg.get("barron", alpha=alpha, scale=0.7), mp.mpf(0.7)
    a = mp.mpf(alpha)
    with mp.workdps(120):
        for size in (1e-6, 0.01, 0.6, 1.0, 2.5, 9.0, 40.0):
            r = mp.mpf(float(np.array(size, dtype)))
            w = (r / s) ** 2 / abs(a - 2)
            value = s**2 * abs(a - 2) / a * mp.expm1(a / 2 * mp.log1p(w))
            slope = r * (1 + w) ** (a / 2 - 1)
            bend = (1 + w) ** (a / 2 - 2) * (1 + (a - 1) * w)
            condition = float((1 + abs(a - 1) * w) / abs(1 + (a - 1) * w))
            assert close(one(loss, 0.0, size, dtype), (value, slope, bend), (8, 16, 16 * condition), dtype)


@pytest.mark.parametrize("gamma", [30.0, 1000.0, 1e6])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_focal_losses_keep_their_digits_whatever_the_exponent(gamma: float, dtype: str) -> None:
    depth = {"float32": 95.0, "float64": 720.0}[dtype]
    for size in (1e-3, 1.0, 20.0, depth):
        p = float(np.array(-mp.expm1(-size / gamma), dtype))  # (1 - p)**gamma is about exp(-size)
        truth = [mp.diff(lambda q: -((1 - q) ** gamma) * mp.log(q), mp.mpf(p), order) for order in range(3)]
        loss = lossreg.get("binary_focal", gamma=gamma, from_logits=False)
        assert close(one(loss, 1.0, p, dtype), tuple(truth), (4, 6, 8), dtype)
        x = float(np.array(mp.log(mp.mpf(p) / (1 - mp.mpf(p))), dtype))
        truth = [
            mp.diff(lambda z: mp.log1p(mp.exp(-z)) / (1 + mp.exp(z)) ** gamma, mp.mpf(x), order) for order in range(3)
        ]
        condition = 1 + 4 * float(abs(truth[1] / truth[2]))  # the second derivative changes its sign
        assert close(
            one(lossreg.get("binary_focal", gamma=gamma), 1.0, x, dtype), tuple(truth), (4, 6, 8 * condition), dtype
        )


@pytest.mark.parametrize("smoothing", [0.1, 0.3, 1 - 1e-6])
def test_a_smoothed_label_and_its_complement_are_rounded_apart(smoothing: float) -> None:
    s = mp.mpf(smoothing)
    for x in (0.3, 16.0, 49.4, 95.0):
        z = mp.mpf(float(np.float32(x)))
        value = one(lossreg.get("bce", label_smoothing=smoothing), 1.0, x, "float32")[0]
        truth = (1 - s / 2) * mp.log1p(mp.exp(-z)) + s / 2 * mp.log1p(mp.exp(z))
        assert abs(mp.mpf(value) - truth) <= 1.5 * ulp(float(truth), "float32")
        real, zero = np.array([x], "float32"), np.array([-200.0], "float32")
        discriminator = lossreg.get("minimax_discriminator", label_smoothing=smoothing)
        value = float(discriminator(real, zero, reduction="none")[0])
        truth = (1 - s) * mp.log1p(mp.exp(-z)) + s * mp.log1p(mp.exp(z))
        assert abs(mp.mpf(value) - truth) <= 2 * ulp(float(truth), "float32")


@pytest.mark.parametrize("name", ["binary_cross_entropy", "binary_focal(gamma=0)"])
@pytest.mark.parametrize("smoothing", [1e-15, 1.26381180248e-11, 0.00197352315485])
def test_the_complement_of_a_smoothed_label_weighs_a_probability(name: str, smoothing: float) -> None:
    p, no = 0.9999999999997695, mp.mpf(smoothing) / 2
    loss = lossreg.get(name).replace(from_logits=False, label_smoothing=smoothing)
    truth = -(1 - no) * mp.log(mp.mpf(p)) - no * mp.log(1 - mp.mpf(p))
    assert relative(one(loss, 1.0, p)[0], truth) < 1e-15


def test_a_term_of_the_deviance_overflows_only_where_its_quotient_does() -> None:
    power, y, x = -2.0298434937936167, float(np.float32(-5.6846733059501275e-05)), float(np.float32(22.09512710571289))
    a, b = 2 - mp.mpf(power), 1 - mp.mpf(power)
    truth = 2 * (mp.exp(a * mp.mpf(x)) / a - mp.mpf(y) * mp.exp(b * mp.mpf(x)) / b)
    assert relative(one(lossreg.get("tweedie_deviance", power=power), y, x, "float32")[0], truth) < 1e-6


@pytest.mark.parametrize(
    ("power", "y", "distance", "dtype"),
    [
        (-0.5, 1e128, 1e-9, "float64"),
        (-0.5, 1e128, -1e-7, "float64"),
        (-3.0, 3.5e9, 1e-6, "float32"),
        (-3.0, 5.6e7, -0.999999, "float32"),
        (5.0, 1.5e-14, 1e-3, "float32"),
        (5.0, 1e-107, 1e-8, "float64"),
    ],
)
@pytest.mark.parametrize("log_input", [True, False])
def test_the_deviance_is_finite_where_its_terms_are_not(
    power: float, y: float, distance: float, dtype: str, log_input: bool
) -> None:
    loss = lossreg.get("tweedie_deviance", power=power, log_input=log_input)
    target = mp.mpf(float(np.array(y, dtype)))
    x = float(
        np.array(mp.log(target * (1 + mp.mpf(distance))) if log_input else target * (1 + mp.mpf(distance)), dtype)
    )
    mean, a, b = mp.exp(mp.mpf(x)) if log_input else mp.mpf(x), 2 - mp.mpf(power), 1 - mp.mpf(power)
    with mp.workdps(120):
        value = 2 * (target**a / (a * b) - target * mean**b / b + mean**a / a)
    slope = 2 * (mean - target) * mean ** (-mp.mpf(power)) * (mean if log_input else 1)
    assert 0 < value < np.finfo(dtype).max
    results = one(loss, float(target), x, dtype)
    bound = {"float64": 2e-14, "float32": 2e-6}[dtype]
    if log_input and abs(distance) < 1e-4:  # the logarithm of the target is as exact as that
        bound *= 100
    assert relative(results[0], value) < bound
    assert abs(slope) > np.finfo(dtype).max or relative(results[1], slope) < bound


@pytest.mark.parametrize(("power", "y"), [(-0.5, 5e199), (-3.0, 1.9e88), (5.0, 1.7e-200), (40.0, 6e-31)])
def test_of_two_infinite_terms_the_larger_is_the_limit(power: float, y: float) -> None:
    loss, a, b = lossreg.get("tweedie", power=power), 2 - power, 1 - power
    x = float(mp.log(mp.mpf(y) * a / b))  # where the terms are equal
    for distance in (-0.1, -1e-3, 1e-3, 0.1):
        mean = mp.exp(mp.mpf(x + distance))
        truth = mean ** mp.mpf(a) / a - mp.mpf(y) * mean ** mp.mpf(b) / b
        assert one(loss, y, x + distance)[0] == np.copysign(np.inf, float(mp.sign(truth)))


@pytest.mark.parametrize(("y", "ratio"), [(1e6, 3.0), (1e30, 0.4), (1e252, 2.5), (3e-9, 7.0), (-0.75, 30.0)])
def test_squared_log_error_keeps_its_digits_far_from_the_target(y: float, ratio: float) -> None:
    x = y * ratio if y > 0 else y + ratio
    log = mp.log1p(mp.mpf(x)) - mp.log1p(mp.mpf(y))
    truth = log**2, 2 * log / (1 + mp.mpf(x)), 2 * (1 - log) / (1 + mp.mpf(x)) ** 2
    for got, wanted in zip(one(lossreg.get("squared_log_error"), y, x), truth, strict=True):
        assert abs(wanted) < 1e-300 or relative(got, wanted) < 1e-15 * max(1.0, abs(1 / float(1 - log)))


def test_a_small_label_is_in_the_hessian_before_its_reciprocal_overflows() -> None:
    y, p = float(np.float32(0.5235877633094788)), float(np.float32(5.184517986594051e-20))
    hess = one(lossreg.get("asymmetric", from_logits=False), y, p, "float32")[2]
    assert relative(hess, mp.mpf(y) / mp.mpf(p) ** 2) < 1e-6


def test_a_margin_beyond_float32_is_lost_beyond_float32() -> None:
    assert one(lossreg.get("hinge", margin=1e300), 1.0, 0.5, "float32")[:2] == (np.inf, -1.0)


@pytest.mark.parametrize(
    ("power", "dtype"), [*itertools.product([1.001, 1.74, 1.999, 1.999999999, 2.3], ["float32", "float64"])]
)
def test_powers_keep_their_digits_in_both_dtypes(power: float, dtype: str) -> None:
    p, loss = mp.mpf(power), lossreg.get("tweedie", power=power)
    for y, f in ((0.75, 1.25), (3.0, -2.5), (1.5, 20.0)):
        value, grad, _ = one(loss, y, f, dtype)
        upper, lower = mp.exp((2 - p) * f), mp.mpf(y) * mp.exp((1 - p) * f)
        terms = upper / (2 - p), -lower / (1 - p)
        unit = ulp(float(sum(terms)), dtype) * float(max(1, sum(map(abs, terms)) / abs(sum(terms))))
        assert abs(mp.mpf(value) - sum(terms)) <= 8 * unit
        assert relative(grad, upper - lower) < {"float32": 2e-6, "float64": 4e-15}[dtype] * float(
            (upper + lower) / abs(upper - lower)
        )


@pytest.mark.parametrize("distance", [1e-2, 1e-5, 1e-9, 1e-12])
def test_a_divergence_near_equality(distance: float) -> None:
    t = np.array([[0.25, 0.5, 0.125, 0.125]])
    q = t * (1 + distance * np.array([[1.0, -0.75, 0.5, 0.5]]))  # adds up to 1 too, to the last place
    value = float(lossreg.get("kl_divergence", from_logits=False)(t, q, reduction="none")[0])
    shares = [mp.mpf(float(x)) for x in q[0]]
    shares = [x / mp.fsum(shares) for x in shares]
    truth = mp.fsum(a * mp.log(a / b) for a, b in zip(map(mp.mpf, map(float, t[0])), shares, strict=True))
    assert value > 0
    # The terms add up to the truth only as exactly as both rows do to 1.
    assert relative(value, truth) < 1e-14 + 1e-16 / distance


def test_a_divergence_is_never_negative() -> None:
    rng = np.random.default_rng(5)
    for dtype in ("float32", "float64"):
        t = rng.dirichlet(np.ones(7), 2000).astype(dtype)
        for size in (0, 1e-15, 1e-9, 1e-4):
            q = (t * (1 + size * rng.standard_normal(t.shape))).astype(dtype)
            assert (lossreg.get("kl_divergence", from_logits=False)(t, q, reduction="none") >= 0).all()
            assert (lossreg.get("kl_divergence")(t, np.log(q), reduction="none") >= 0).all()


def test_limits_of_probabilities_are_limits() -> None:
    focal = lossreg.get("focal", gamma=0, from_logits=False)
    assert one(focal, 1.0, 0.0) == (np.inf, -np.inf, np.inf)
    assert one(focal, 0.0, 1.0) == (np.inf, np.inf, np.inf)


def test_targets_of_tweedie_follow_its_power() -> None:
    assert one(lossreg.get("tweedie", power=0.0), -1.0, 0.5)[0] == pytest.approx(float(mp.exp(1) / 2 + mp.exp(0.5)))
    assert one(lossreg.get("tweedie", power=1.5), 0.0, 0.5)[1] > 0
    with pytest.raises(lossreg.DomainError, match="above 0"):
        one(lossreg.get("tweedie", power=2.0), 0.0, 0.5)
    with pytest.raises(lossreg.DomainError, match="at least 0"):
        one(lossreg.get("tweedie", power=1.0), -1.0, 0.5)
    with pytest.raises(lossreg.ParameterError, match="between 0 and 1"):
        lossreg.get("tweedie", power=0.5)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("classes", [3, 100])
@pytest.mark.parametrize("from_logits", [True, False])
def test_probability_where_the_target_is_0_costs_reverse_kl_everything(
    from_logits: bool, classes: int, dtype: str
) -> None:
    y, x = np.full(classes, 1 / (classes - 1), dtype), np.linspace(0.1, 0.3, classes, dtype=dtype)
    y[1] = 0
    value, grad, _ = lossreg.get("reverse_kl", from_logits=from_logits).value_grad_hess(y, x)
    assert value == np.inf
    assert grad.tolist() == [np.inf if k == 1 else -np.inf for k in range(classes)]


ROW = [0.25, 0.0, 0.75]


@pytest.mark.parametrize(
    ("name", "target", "value", "grad"),
    [
        ("generalized_cross_entropy(power=0.5)", 0, 1.0, [-1.5, 0.5, 0.5]),
        ("generalized_cross_entropy(power=1)", 1, 1.0, [0.0, -1.0, 0.0]),
        ("symmetric_cross_entropy(alpha=0)", 0, 3.0, [-3.0, 1.0, 1.0]),
        ("total_variation", 0, 0.75, [-0.75, 0.25, 0.25]),
        ("jensen_shannon", [0.25, 0.0, 0.75], 0.0, [0.0, 0.5 * math.log(2), 0.0]),
        ("reverse_kl", [0.125, 0.5, 0.375], math.log(2), [0.0, -math.inf, 0.0]),
    ],
)
def test_rows_by_hand(name: str, target: Any, value: float, grad: list[float]) -> None:
    loss = lossreg.get(name).replace(from_logits=False)
    got = loss.value_and_grad(np.array(target), np.array(ROW))
    assert got[0] == pytest.approx(value, rel=1e-15, abs=1e-16)
    np.testing.assert_allclose(got[1], grad, rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize("log_input", [True, False])
@pytest.mark.parametrize("dispersion", [1.0, 0.25, 3.0])
def test_a_count_far_from_a_negative_binomial_mean_keeps_its_term(dispersion: float, log_input: bool) -> None:
    """y times log(1 + 1/(dispersion·mean)), which is nothing beside the logarithms that it is the difference of."""
    loss = lossreg.get("negative_binomial", dispersion=dispersion, log_input=log_input)
    for dtype, y, log_mean in (
        ("float32", 1e9, 20.4),
        ("float32", 1e15, 20.414),
        ("float32", 1e4, 12.0),
        ("float64", 1e15, 36.5),
        ("float64", 1e6, 18.0),
        ("float64", 518.0, 16.274),
        ("float64", 3.0, -7.0),
    ):
        x = np.array([log_mean if log_input else math.exp(log_mean)], dtype)
        exact_y, given = mp.mpf(float(np.dtype(dtype).type(y))), mp.mpf(float(x[0]))
        mean, a = mp.exp(given) if log_input else given, mp.mpf(dispersion)
        total = mp.log(1 + a * mean)
        terms = exact_y * total, -exact_y * mp.log(mean), total / a
        truth = sum(terms)
        condition = max(1, (abs(exact_y * mp.log(a + 1 / mean)) + total / a) / abs(truth))
        got = mp.mpf(float(loss.value(np.array([y], dtype), x, reduction="none")[0]))
        assert abs(got - truth) <= 8 * condition * ulp(float(truth), dtype)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("text", "sides"),
    [
        ("sparse_categorical_cross_entropy", ([0], [[1e3, 0.0]])),
        ("sparse_categorical_cross_entropy(from_logits=False)", ([0], [[1.0, 0.0]])),
        ("categorical_cross_entropy(from_logits=False)", ([[1.0, 0.0]], [[1.0, 0.0]])),
        ("generalized_cross_entropy", ([0], [[1e3, 0.0]])),
        ("generalized_cross_entropy(from_logits=False)", ([0], [[1.0, 0.0]])),
        ("minimax_generator(saturating=True)", ([-1e3],)),
        ("aft", ([[0.0, np.inf]], [-37.0])),
        ("aft", ([[0.0, 1e30]], [-37.0])),
    ],
)
def test_nothing_is_lost_with_a_plus(text: str, sides: tuple[Any, ...], dtype: str) -> None:
    given = [np.array(side, dtype if np.asarray(side).dtype.kind == "f" else None) for side in sides]
    value = lossreg.get(text)(*given, reduction="none")
    np.testing.assert_array_equal(value, 0.0)
    assert not np.signbit(value).any()
