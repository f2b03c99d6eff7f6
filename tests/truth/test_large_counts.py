"""Counts as large as there are numbers: their likelihoods, whose terms are larger than these or cancel, against mpmath."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from mpmath import mp
from truth.test_right_values import one, relative

import lossreg

LARGE = {"float32": (0.0, 0.3, 5.0, 7.99, 8.0, 100.0, 1e10, 1e30, 1e37, 3e38), "float64": (1e37, 1e150, 1e300, 1.7e308)}


@pytest.mark.parametrize("log_input", [False, True])
@pytest.mark.parametrize("dtype", LARGE)
def test_counts_of_any_size_keep_the_digits_of_their_likelihood(dtype: str, log_input: bool) -> None:
    """Its large terms cancel where the mean is near the count; they may be beyond the range where their sum is not."""
    kind, most = np.dtype(dtype).type, np.finfo(dtype).max
    loss = lossreg.get("poisson", full=True, log_input=log_input)
    ratios = (0.99, 1.5, 1e-3) if log_input else (1.0, 0.99, 1.5, 1e-3)
    for size, ratio in itertools.product(LARGE[dtype], ratios):
        y, mean = kind(size), kind(min((size or 1.0) * ratio, float(most)))
        x = np.log(mean) if log_input else mean
        with mp.workdps(360):
            count, m = mp.mpf(float(y)), mp.exp(mp.mpf(float(x))) if log_input else mp.mpf(float(x))
            distance = m - count - (count * mp.log(m / count) if count else 0)
            truth = distance + mp.loggamma(count + 1) + count - (count * mp.log(count) if count else 0)
        value, grad, hess = one(loss, float(y), float(x), dtype)
        if truth < most:
            assert relative(value, truth) < 16 * np.finfo(dtype).eps, (size, ratio, value, truth)
        without = one(loss.replace(full=False), float(y), float(x), dtype)
        assert (grad, hess) == without[1:]


@pytest.mark.parametrize(
    ("name", "log_input", "y", "x", "truth"),
    [
        ("poisson", False, 4e36, 3e38, "p - y*log(p)"),
        ("poisson", True, 4e36, 87.5, "exp(p) - y*p"),
        ("poisson_deviance", True, 2.4e37, 79.8, "2*(exp(p) - y - y*(p - log(y)))"),
    ],
)
def test_products_beyond_the_range_are_subtracted_within_it(
    name: str, log_input: bool, y: float, x: float, truth: str
) -> None:
    y, x = (float(np.float32(number)) for number in (y, x))
    wanted = eval(truth, {"y": mp.mpf(y), "p": mp.mpf(x), "log": mp.log, "exp": mp.exp})
    assert abs(wanted) < np.finfo("float32").max
    assert relative(one(lossreg.get(name, log_input=log_input), y, x, "float32")[0], wanted) < 1e-6
