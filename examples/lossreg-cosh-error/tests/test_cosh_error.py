"""The loss as its users meet it: by name, held to the laws of all losses, and right."""

import math
import pickle

import numpy as np
import pytest

import lossreg
from lossreg.testing import arguments, check_loss


@pytest.mark.parametrize("scale", [0.5, 1.0, 7.0])
def test_laws(scale):
    check_loss(lossreg.get("cosh_error", scale=scale))


def test_it_is_a_squared_error_near_zero_and_an_exponential_far_away():
    loss = lossreg.get("cosh_error")
    assert loss([0.0], [1e-9]) == pytest.approx(0.5e-18, rel=1e-15, abs=0)
    assert loss([0.0], [20.0]) == pytest.approx(math.cosh(20.0) - 1, rel=1e-15)
    assert loss.value_grad_hess([0.0], [2.0], reduction="sum") == (
        pytest.approx(math.cosh(2.0) - 1, rel=1e-15),
        pytest.approx([math.sinh(2.0)], rel=1e-15),
        pytest.approx([math.cosh(2.0)], rel=1e-15),
    )


def test_float32_is_computed_as_float32():
    loss = lossreg.get("cosh_error")
    y, x = arguments(loss, 10_000, np.float32)
    grad = loss.grad(y, x)
    assert grad.dtype == np.float32
    assert grad == pytest.approx(np.sinh(x.astype(float) - y) / len(y), rel=1e-5)


def test_it_is_a_plugin():
    info = lossreg.describe("cosh_error")
    assert info.provider == "lossreg-cosh-error 1.0.0"
    assert info.params[0].bounds == "> 0"
    loss = lossreg.get("cosh_error(scale=2)")
    assert pickle.loads(pickle.dumps(loss)) == loss
