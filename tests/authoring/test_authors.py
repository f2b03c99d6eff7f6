"""What the author of a loss in Python writes: methods, results, parameters, and what is said where it is wrong."""

from __future__ import annotations

import pickle
import subprocess
import sys
from typing import Annotated, ClassVar

import cloudpickle
import numpy as np
import pytest

import lossreg
from lossreg.testing import check_loss


class Squared(lossreg.PythonLoss):
    """The squared error once more, with all its derivatives."""

    name = "squared_by_hand"

    def per_element(self, y_true, y_pred):
        return np.square(y_pred - y_true)

    def per_element_grad(self, y_true, y_pred):
        return 2 * (y_pred - y_true)

    def per_element_hess(self, y_true, y_pred):
        return np.full(y_pred.shape, 2)


class Value(lossreg.PythonLoss):
    name = "value_by_hand"

    def per_element(self, y_true, y_pred):
        return np.abs(y_pred - y_true)


class Rough(lossreg.PythonLoss):
    """Rounded, so that no differences settle on a derivative."""

    name = "rough_by_hand"

    def per_element(self, y_true, y_pred):
        return np.abs(y_pred - y_true).astype(np.float16)


class Parameters(Value):
    name = "parameters_by_hand"
    constant: ClassVar[float] = 3.0
    scale: Annotated[float, "> 0 and <= 10"] = 1.0
    count: int = 2
    flag: bool = False
    word: str = "a"
    level: float | None = None
    weights: Annotated[tuple[float, ...] | None, ">= 0"] = None


class More(Parameters):
    name = "more_by_hand"
    scale: float = 2.0
    extra: int = 0


# What the author writes


def test_without_derivatives():
    loss = Rough()
    assert loss([0.0], [3.0]) == 3.0
    assert lossreg.describe(loss).hessians == {}
    with pytest.raises(lossreg.DerivativeError, match=r"Rough does not define per_element_grad\(y_true, y_pred\)"):
        loss.value_and_grad([0.0], [3.0])
    with pytest.raises(lossreg.DerivativeError, match="per_element_hess"):
        loss.hess([], [], reduction="sum")
    with pytest.raises(lossreg.DerivativeError, match="no full Hessian"):
        Squared().full_hessian([0.0], [3.0])
    check_loss(loss)


@pytest.mark.parametrize(
    ("method", "result"),
    [
        ("per_element", lambda y, x: x.sum()),
        ("per_element", lambda y, x: x[:, None]),
        ("per_element", lambda y, x: None),
        ("per_element_grad", lambda y, x: x * 1j),
        ("per_element_hess", lambda y, x: np.ones(7)),
    ],
)
def test_a_bad_result_names_the_method(method, result):
    loss = type("Bad", (Squared,), {"name": "bad", method: lambda self, y, x: result(y, x)})()
    with pytest.raises(
        lossreg.PluginError, match=rf"Bad\.{method} of the loss bad returned shape .* wanted shape \(2,\)"
    ):
        loss.value_grad_hess([1.0, 2.0], [2.0, 3.0])


def test_errors_of_the_author_pass_through():
    def fails(self, y_true, y_pred):
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        type("Bad", (Squared,), {"name": "bad", "per_element": fails})()([1.0], [2.0])


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": None}, "Bad wants a name"),
        ({"name": "bad", "family": "adversarial"}, "family is 'pointwise' or 'row-wise'"),
        ({"name": "bad", "target": "odd"}, "no domain is called 'odd'"),
        ({"name": "bad", "__annotations__": {"a": float}}, "needs a default: write a: float = ..."),
        ({"name": "bad", "__annotations__": {"a": complex}, "a": 1j}, "must be a bool, int, float, str or tuple"),
        ({"name": "bad", "__annotations__": {"a": "Nonsuch"}, "a": 1}, "its annotations cannot be read"),
        ({"name": "bad", "__annotations__": {"grad": float}, "grad": 1.0}, "needs another name"),
        ({"name": "bad", "__annotations__": {"_a": float}, "_a": 1.0}, "needs another name"),
        ({"name": "bad", "__annotations__": {"a": Annotated[float, "big"]}, "a": 1.0}, "write them as in"),
        ({"name": "bad", "__annotations__": {"a": Annotated[float, "> 1"]}, "a": 1.0}, "wanted a finite number > 1"),
        ({"name": "bad", "per_element": lossreg.PythonLoss.per_element}, r"wants a method per_element\("),
    ],
)
def test_a_class_that_is_no_loss_says_why(fields, words):
    with pytest.raises(lossreg.ParameterError, match=words):
        lossreg.describe(type("Bad", (Squared,), fields)())


def test_an_unknown_link_is_refused_with_the_class():
    with pytest.raises(lossreg.ParameterError, match="no link is called 'odd'"):
        type("Bad", (Squared,), {"name": "bad", "link": "odd"})


# Parameters


def test_parameters():
    loss = Parameters(scale=2, weights=[1, 2])
    assert loss.params == {
        "scale": 2.0,
        "count": 2,
        "flag": False,
        "word": "a",
        "level": None,
        "weights": (1.0, 2.0),
    }
    assert (type(loss.scale), loss.weights, loss.constant) == (float, (1.0, 2.0), 3.0)
    assert loss.config() == {"name": "parameters_by_hand", "params": {"scale": 2.0, "weights": [1.0, 2.0]}}
    assert repr(loss) == "parameters_by_hand(scale=2.0, weights=[1.0, 2.0])"
    assert repr(Parameters()) == "parameters_by_hand()"
    assert More().params == {**Parameters().params, "scale": 2.0, "extra": 0}
    info = {param.name: param for param in lossreg.describe(loss).params}
    assert (info["scale"].kind, info["scale"].bounds) == ("number", "> 0 and <= 10")
    assert (info["level"].optional, info["word"].kind, info["weights"].kind) == (True, "text", "per-class")


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"scale": 0.0}, "scale is 0.0; wanted a finite number > 0 and <= 10"),
        ({"scale": 10.5}, "scale is 10.5; wanted a finite number > 0 and <= 10"),
        ({"scale": "1"}, "scale is '1'; wanted a finite number"),
        ({"scale": True}, "scale is True; wanted a finite number"),
        ({"scale": None}, "scale is None; wanted a finite number"),
        ({"scale": float("inf")}, "scale is inf; wanted a finite number"),
        ({"level": float("nan")}, "level is nan; wanted a finite number, or None"),
        ({"count": 1.0}, "count is 1.0; wanted a whole number"),
        ({"count": True}, "count is True; wanted a whole number"),
        ({"flag": 1}, "flag is 1; wanted True or False"),
        ({"word": 1}, "word is 1; wanted a text"),
        ({"weights": [1.0, -1.0]}, "wanted a list of finite numbers >= 0, or None"),
        ({"weights": "ab"}, "weights is 'ab'; wanted a list of finite numbers"),
        ({"weights": 1.0}, "weights is 1.0; wanted a list"),
        ({"scales": 1.0}, "has no parameter 'scales'; it has: scale, count, flag, word, level, weights"),
    ],
)
def test_wrong_parameters(params, words):
    with pytest.raises(lossreg.ParameterError) as caught:
        Parameters(**params)
    assert words in str(caught.value)
    assert str(caught.value).startswith("parameters_by_hand")


def test_right_parameters_of_other_types():
    loss = Parameters(scale=np.float32(0.5), count=np.int8(3), flag=np.True_, weights=np.array([1, 2]))
    assert loss == Parameters(scale=0.5, count=3, flag=True, weights=(1.0, 2.0))
    assert [type(value) for value in loss.params.values()] == [float, int, bool, str, type(None), tuple]
    with pytest.raises(TypeError):
        Parameters(1.0)


def test_losses_are_values():
    loss = Parameters(scale=2.0)
    assert loss == Parameters(scale=2.0) != Parameters()
    assert (loss != Parameters(scale=2.0)) is False
    assert hash(loss) == hash(Parameters(scale=2.0))
    assert loss != Value()
    assert loss != "parameters_by_hand(scale=2.0)"
    assert isinstance(loss, lossreg.Loss)
    assert lossreg.get(loss) is loss
    with pytest.raises(AttributeError, match="immutable"):
        loss.scale = 3.0
    with pytest.raises(AttributeError, match="immutable"):
        del loss.scale
    assert cloudpickle.loads(cloudpickle.dumps(loss)) == loss


def test_a_loss_of_a_script_travels_by_cloudpickle(tmp_path):
    script = """
import sys, lossreg, cloudpickle
class Scripted(lossreg.PythonLoss):
    name = "scripted"
    link = "log"
    scale: float = 1.0
    def per_element(self, y_true, y_pred):
        return (y_pred - y_true) ** 2 / self.scale
sys.stdout.buffer.write(cloudpickle.dumps(Scripted(scale=2.0)))
"""
    sent = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True).stdout
    loss = pickle.loads(sent)
    assert repr(loss) == "scripted(scale=2.0)"
    assert loss([0.0], [4.0]) == 8.0
    assert loss.predict(0.0) == 1.0
    assert loss == type(loss)(scale=2.0)
