"""The laws as tests of pytest: a test of each law, which fails where that law is broken."""

from __future__ import annotations

import pytest

import lossreg
from lossreg.testing import law_tests

test_laws = law_tests("huber", lossreg.get("mse"))


class Wrong(lossreg.PythonLoss):
    name = "wrong_square"

    def per_element(self, y_true, y_pred):
        return (y_pred - y_true) ** 2

    def per_element_grad(self, y_true, y_pred):
        return y_pred - y_true


def cases(test):
    (mark,) = test.pytestmark
    return {case.id: case.values for case in mark.args[1]}


def test_each_law_is_a_test_of_its_own():
    named = cases(law_tests("huber(delta=2)", Wrong))
    assert "huber(delta=2)-derived" in named
    assert len(named) == 26
    test = law_tests(Wrong)
    test(*named["Wrong-weighted"])
    with pytest.raises(AssertionError, match="the gradient is the derivative of the value"):
        test(*named["Wrong-derived"])


def test_objectives_have_their_own():
    def objective(y_true, y_pred):
        return y_true - y_pred, 1 + 0 * y_pred

    test = law_tests(objective, hessian="any")
    named = cases(test)
    assert [*named] == [
        f"{objective.__qualname__}-{law}" for law in ("defined", "of_each", "pulls_back", "weighted", "finite")
    ]
    with pytest.raises(AssertionError, match="its sign is turned"):
        test(*named[f"{objective.__qualname__}-pulls_back"])


def test_a_name_is_looked_up_when_its_tests_run():
    test = law_tests("no_such_loss")
    with pytest.raises(lossreg.UnknownLossError):
        test(*cases(test)["no_such_loss-defined"])
    with pytest.raises(lossreg.ParameterError, match="law_tests wants losses"):
        law_tests()
