"""The loss as its users meet it: by name, held to the laws of all losses, and right."""

import math
import pickle

import numpy as np
import pytest

import lossreg
from lossreg.testing import check_loss


@pytest.mark.parametrize("quantile", [0.1, 0.5, 0.9])
def test_laws(quantile):
    check_loss(lossreg.get("tilted_log_cosh", quantile=quantile, width=0.5))


def test_the_best_constant_is_near_the_quantile():
    y = np.random.default_rng(0).normal(size=100_001)
    loss = lossreg.get("tilted_log_cosh", quantile=0.9, width=0.01)
    assert loss.init_score(y) == pytest.approx(np.quantile(y, 0.9), rel=1e-3)


def test_its_numbers():
    loss = lossreg.get("tilted_log_cosh(quantile=0.75)")
    value, grad = loss.value_and_grad([0.0], [2.0], reduction="sum")
    assert value == pytest.approx((math.log(math.cosh(2.0)) - 0.5 * 2.0) / 2, rel=1e-14)
    assert grad == pytest.approx([(math.tanh(2.0) - 0.5) / 2], rel=1e-14)


def test_it_is_a_plugin():
    info = lossreg.describe("tilted_log_cosh")
    assert info.provider == "lossreg-tilted-log-cosh 1.0.0"
    assert any("cosh" in note for note in info.notes), "log(cosh(u)) is computed in its stable form"
    loss = lossreg.get("tilted_log_cosh", quantile=0.3)
    assert pickle.loads(pickle.dumps(loss)) == loss
