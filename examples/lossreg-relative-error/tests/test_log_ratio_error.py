"""The loss as its users meet it: by name, and held to the laws of all losses."""

import math
import pickle

import pytest

import lossreg
from lossreg.testing import check_loss


@pytest.mark.parametrize("delta", [0.1, 1.0, 30.0])
def test_laws(delta):
    check_loss(lossreg.get("log_ratio_error", delta=delta))


def test_twice_and_half_are_equally_wrong():
    loss = lossreg.get("log_ratio_error")
    assert loss([10.0], [20.0]) == pytest.approx(loss([10.0], [5.0]), rel=1e-15)
    assert loss([10.0], [20.0]) == pytest.approx(math.sqrt(1 + math.log(2) ** 2) - 1, rel=1e-15)


def test_the_best_constant_is_near_the_geometric_mean():
    assert lossreg.get("log_ratio_error", delta=1e6).init_score([1.0, 4.0]) == pytest.approx(2.0, rel=1e-9)


def test_it_says_where_it_comes_from():
    info = lossreg.describe("relative_log_error")
    assert info.name == "log_ratio_error"
    assert info.provider == "lossreg-relative-error 1.0.0"
    assert info.params[0].bounds == "> 0"


def test_bad_arguments_are_refused():
    with pytest.raises(lossreg.DomainError, match="y_true holds -1 at index 1"):
        lossreg.get("log_ratio_error")([1.0, -1.0], [1.0, 1.0])
    with pytest.raises(lossreg.ParameterError, match=r"delta is 0\.0; wanted a finite number > 0"):
        lossreg.get("log_ratio_error(delta=0.0)")


def test_it_pickles():
    loss = lossreg.get("log_ratio_error", delta=0.5)
    assert pickle.loads(pickle.dumps(loss)) == loss
