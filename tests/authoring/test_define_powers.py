"""Powers in formulas, whose exponents may be anything, beside mpmath."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from mpmath import mp
from truth.table import ulp

import lossreg

POWERS = {
    "10**r": lambda y, x: mp.mpf(10) ** (x - y),
    "y_true**y_pred": lambda y, x: y**x,
    "y_pred**y_true": lambda y, x: x**y,
    "abs(r)**y_pred": lambda y, x: abs(x - y) ** x,
    "(r**2)**y_true": lambda y, x: abs(x - y) ** (2 * y),
    "(abs(r)**3)**0.2": lambda y, x: abs(x - y) ** mp.mpf(3.0 * 0.2),
    "log(r**2)": lambda y, x: 2 * mp.log(abs(x - y)),
    "(r**2)**0.75": lambda y, x: abs(x - y) ** mp.mpf(1.5),
}


@pytest.mark.parametrize("text", POWERS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_powers_keep_their_digits(text, dtype):
    """But for what the logarithm of one is rounded by, which exp multiplies by its size."""
    loss, info = lossreg.define(text, name="a_power"), np.finfo(dtype)
    for y, x in itertools.product((0.25, 1.5, 3.0, 30.0), (0.0625, 1.25, 7.5, 31.0, 36.25)):
        results = loss.value_grad_hess(np.array([y], dtype), np.array([x], dtype), reduction="none")
        with mp.workdps(60):
            allowed = 8 + 2 * abs(mp.log(abs(POWERS[text](mp.mpf(y), mp.mpf(x)))))
            for order, got in enumerate(results):
                truth = mp.diff(lambda at, y=y: POWERS[text](mp.mpf(y), at), mp.mpf(x), order)
                if info.tiny < abs(truth) < info.max:
                    assert abs(mp.mpf(float(got[0])) - truth) <= allowed * ulp(float(truth), dtype), (y, x, order)
