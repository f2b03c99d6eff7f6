"""Factors that are large must not bring to light what subnormal numbers lack of their digits, against mpmath."""

from __future__ import annotations

import numpy as np
import pytest
from mpmath import mp
from single import close, one, relative

import lossreg

mp.dps = 60


def test_a_narrow_kink_does_not_bring_to_light_what_subnormal_numbers_lack() -> None:
    """The slope of the logistic function is subnormal in float32, and divided by a small bandwidth no more."""
    width, y, x = 2.223232534314545e-08, np.float32(0.00035768080850994455), np.float32(0.00035990748438052833)
    u = (mp.mpf(float(x)) - mp.mpf(float(y))) / mp.mpf(width)
    truth = mp.exp(-u) / (1 + mp.exp(-u)) ** 2 / mp.mpf(width)
    for sign in (1, -1):
        hess = one(lossreg.get("smooth_pinball", bandwidth=width), sign * float(y), sign * float(x), "float32")[2]
        assert relative(hess, truth) < 1e-6


@pytest.mark.parametrize(
    ("dtype", "x"), [("float32", 88.0), ("float32", 100.0), ("float64", 709.0), ("float64", 740.0)]
)
@pytest.mark.parametrize("clip", [1e-4, 0.002391970937046292])
def test_a_small_clip_does_not_bring_to_light_what_subnormal_numbers_lack(clip: float, x: float, dtype: str) -> None:
    q, g = mp.exp(-mp.mpf(x)), 4
    t, log = 1 - q - mp.mpf(clip), -mp.log(q + mp.mpf(clip))
    u = (1 - q) * q / (q + mp.mpf(clip))
    grad = t**g * u + g * t ** (g - 1) * q * log
    # Of q² nothing is left: the second derivative is the first with the other sign.
    assert close(
        one(lossreg.get("asymmetric", clip=clip), 0.0, x, dtype), (t**g * log, grad, -grad), (8, 16, 16), dtype
    )


@pytest.mark.parametrize(
    ("x", "dtype"), [(90.0, "float32"), (103.0, "float32"), (106.0, "float32"), (725.5, "float64")]
)
def test_a_large_weight_does_not_bring_to_light_what_subnormal_numbers_lack(x: float, dtype: str) -> None:
    e = mp.exp(-mp.mpf(x))
    truth = 1000 * mp.log1p(e), -1000 * e / (1 + e), 1000 * e / (1 + e) ** 2
    for other in ([], [0.25]):  # a soft label beside it chooses another form
        y, score = np.array([1.0, *other], dtype), np.array([x, *other], dtype)
        results = lossreg.get("bce", pos_weight=1000.0).value_grad_hess(y, score, reduction="none")
        assert close(tuple(float(part[0]) for part in results), truth, (1.5, 2.0, 2.5), dtype)


@pytest.mark.parametrize("u", [744.0, 752.5, 758.0, 763.0])
def test_a_narrow_kink_reaches_beyond_the_least_number(u: float) -> None:
    width = 1e-9
    x = u * width
    e = mp.exp(-mp.mpf(x) / mp.mpf(width))
    for sign in (1, -1):
        hess = one(lossreg.get("smooth_pinball", bandwidth=width), 0.0, sign * x)[2]
        assert abs(mp.mpf(hess) - e / (1 + e) ** 2 / mp.mpf(width)) <= 2 * mp.mpf(5e-324)


@pytest.mark.parametrize(
    ("dtype", "x"), [("float32", 110.0), ("float32", 150.0), ("float64", 755.0), ("float64", 800.0)]
)
def test_a_clip_of_next_to_nothing_reaches_beyond_the_least_number(dtype: str, x: float) -> None:
    clip = 1e-30
    q, c = mp.exp(-mp.mpf(x)), mp.mpf(float(np.array(clip, dtype)))
    grad = q / (q + c) + 4 * q * -mp.log(q + c)
    results = one(lossreg.get("asymmetric", clip=clip), 0.0, x, dtype)
    assert close(results, (-mp.log(q + c), grad, -grad), (8, 16, 16), dtype)
