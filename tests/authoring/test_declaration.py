"""What an author declares: what is taken, the hint where it is something else, and how classes of losses travel."""

from __future__ import annotations

import abc
import copy
import pickle
import subprocess
import sys
from typing import Annotated, ClassVar

import cloudpickle
import numpy as np
import pytest

import lossreg
from lossreg.info import Domain


class Squared(lossreg.PythonLoss):
    """Square the difference,
    whatever its sign.

    More about it.
    """

    name = "squared_declared"

    def per_element(self, y_true, y_pred):
        return np.square(y_pred - y_true)


def made(**fields):
    """A loss of a class with further members."""
    return type("Made", (Squared,), {"name": "made", **fields})()


# Domains


@pytest.mark.parametrize(
    "given", ["non-negative", "Non_Negative", "NON_NEGATIVE", " non negative ", Domain.NON_NEGATIVE]
)
@pytest.mark.parametrize("what", ["target", "prediction"])
def test_a_domain_is_given_by_its_member_its_name_or_its_text(what, given):
    assert getattr(made(**{what: given}).info, what) is Domain.NON_NEGATIVE


@pytest.mark.parametrize("what", ["target", "prediction"])
@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("positiv", "no domain is called 'positiv'; did you mean 'positive'"),
        ("probabilities", "did you mean 'probability'"),
        ("x" * 10**6, r"there are 'real', 'raw'"),
        (None, "no domain is called None; there are 'real'"),
        (3, "no domain is called 3"),
    ],
)
def test_an_unknown_domain_is_refused_with_the_class(what, given, words):
    with pytest.raises(lossreg.ParameterError, match=f"Made: {what}: .*{words}") as caught:
        made(**{what: given})
    assert len(str(caught.value)) < 700


# Hints


@pytest.mark.parametrize(
    ("fields", "given", "words"),
    [
        ({"scale": 1.0}, "scale", r"scale = 1.0 has no annotation in the class: .*, as in scale: float = 1.0$"),
        ({"scale": 2}, "scale", "as in scale: float = 2$"),
        ({"full": True}, "full", "as in full: bool = True$"),
        ({"kind": "a"}, "kind", "as in kind: str = 'a'$"),
        ({"weights": [1.0, 2.0]}, "weights", r"as in weights: tuple\[float, \.\.\.\] = \(1.0, 2.0\)$"),
        ({"__init__": lambda self, scale=1.0: None}, "scale", "as in scale: float = 1.0, not arguments of __init__"),
        ({"__annotations__": {"scale": float}, "scale": 1.0}, "scales", "it has: scale; did you mean 'scale'"),
        ({}, "scale", "no parameter 'scale'; it has: none$"),
        ({}, "x" * 10**6, r"\(1,000,000 characters\); it has: none$"),
    ],
)
def test_an_unknown_parameter_says_how_it_would_be_one(fields, given, words):
    with pytest.raises(lossreg.ParameterError, match=words) as caught:
        type(made(**fields))(**{given: 3.0})
    assert caught.value.loss == "made"
    assert caught.value.parameter == given


def test_an_init_that_keeps_something_is_told_of_fields():
    def keep(self, **params):
        self.scale = 1.0

    with pytest.raises(AttributeError, match=r"write scale as an annotated field of the class, as in scale: float = 1"):
        made(__init__=keep)
    with pytest.raises(AttributeError, match=r"immutable; loss.replace"):
        made().scale = 1.0


def test_an_init_may_look_at_parameters():
    def check(self, **params):
        if self.low > self.high:
            raise lossreg.ParameterError("low is above high")

    kind = type(made(__annotations__={"low": float, "high": float}, low=0.0, high=1.0, __init__=check))
    assert kind(low=0.5).params == {"low": 0.5, "high": 1.0}
    with pytest.raises(lossreg.ParameterError, match="low is above high"):
        kind(low=2.0)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (
            {"__annotations__": {"a": tuple[float, ...]}, "a": [1.0, 2.0]},
            r"a has a default that can be changed, \[1.0, 2.0\]; write a tuple: \(1.0, 2.0\)",
        ),
        ({"__annotations__": {"a": tuple[float, ...]}, "a": np.ones(2)}, r"write a tuple: \(1.0, 2.0\)"),
        ({"__annotations__": {"a": list[float]}, "a": (1.0,)}, r"or tuple\[float, \.\.\.\], .*, not list\[float\]"),
        ({"__annotations__": {"a": float}, "a": 10**400}, r"a is 1000\d+\.\.\. \(401 characters\); wanted a finite"),
        ({"aliases": "mine"}, r"aliases are a tuple of names, as in aliases = \('l1',\), not 'mine'"),
        ({"aliases": (3,)}, "aliases are a tuple of names"),
        ({"summary": 3}, "summary is a text, not 3"),
        (
            {"per_element_gradient": lambda self, y, x: x},
            "is not a method that lossreg calls; did you mean 'per_element_grad",
        ),
        ({"per_elements": lambda self, y, x: x}, "did you mean 'per_element'"),
    ],
)
def test_a_class_that_cannot_be_right_says_why(fields, words):
    with pytest.raises(lossreg.ParameterError, match=words):
        made(**fields)


def test_the_docstring_is_the_summary_where_none_is_written():
    assert Squared().info.summary == "Square the difference, whatever its sign."
    assert made().info.summary == ""  # that of a parent is about the parent
    assert made(summary="Mine.", __doc__="Theirs.").info.summary == "Mine."
    assert made(__doc__="Mine.").info.summary == "Mine."


# Travelling


def local():
    class Local(Squared):
        name = "local"
        scale: Annotated[float, "> 0"] = 1.0
        constant: ClassVar[float] = 2.0

    return Local(scale=2.0)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickle_refuses_a_local_class_with_the_ways_out(protocol):
    words = (
        r"local.<locals>.Local cannot be imported, .* of the loss local: move it to the top level .* with cloudpickle"
    )
    for what in (local(), type(local())):
        with pytest.raises(pickle.PicklingError, match=words):
            pickle.dumps(what, protocol)
    assert pickle.loads(pickle.dumps(Squared(), protocol)) == Squared()
    assert pickle.loads(pickle.dumps(Squared, protocol)) is Squared


def test_cloudpickle_takes_a_local_class_with_it():
    code = (
        "import sys, pickle; loss = pickle.load(sys.stdin.buffer); print(loss, loss([0.0], [3.0]), type(loss).constant)"
    )
    sent = cloudpickle.dumps(local())
    done = subprocess.run([sys.executable, "-c", code], input=sent, capture_output=True, check=True)
    assert done.stdout.split() == [b"local(scale=2.0)", b"9.0", b"2.0"]


def test_a_local_class_is_copied_as_it_is():
    loss = local()
    assert copy.deepcopy(loss) == copy.copy(loss) == loss
    assert type(copy.deepcopy(loss)) is type(loss)


def test_a_class_that_a_call_makes_knows_its_module():
    assert type("Made", (Squared,), {}).__module__ == __name__
    assert type("Made", (Squared,), {"__module__": "other"}).__module__ == "other"


def test_a_loss_can_have_abstract_parents():
    class Base(lossreg.PythonLoss, abc.ABC):
        @abc.abstractmethod
        def scaled(self, y_pred): ...

        def per_element(self, y_true, y_pred):
            return abs(self.scaled(y_pred) - y_true)

    class Doubled(Base):
        name = "doubled"

        def scaled(self, y_pred):
            return 2 * y_pred

    assert Doubled()([0.0], [1.0]) == 2.0


@pytest.mark.parametrize("name", ["A B", "", "class", "é", "a.b", "a" * 101, "combine", "define"])
def test_a_class_has_a_name_that_a_loss_can_have(name: str) -> None:
    kind = type("Odd", (lossreg.PythonLoss,), {"name": name, "per_element": lambda self, y_true, y_pred: y_pred})
    with pytest.raises(lossreg.ParameterError, match="a loss is called by an identifier"):
        kind()
    with pytest.raises(lossreg.ParameterError, match="a loss is called by an identifier"):
        lossreg.define("r**2", name=name)


@pytest.mark.parametrize("link", [3, 1.0, None, ["log"], np.array(["log", "log"])], ids=repr)
def test_a_link_is_one_or_the_name_of_one(link: object) -> None:
    with pytest.raises(lossreg.ParameterError, match="no link is called"):
        type("Odd", (lossreg.PythonLoss,), {"name": "odd", "link": link})
    if link is not None:
        with pytest.raises(lossreg.ParameterError, match="no link is called"):
            lossreg.define("r**2", name="odd", link=link)


def test_what_is_no_method_computes_nothing() -> None:
    with pytest.raises(lossreg.ParameterError, match="wants a method per_element"):
        type("Odd", (lossreg.PythonLoss,), {"name": "odd", "per_element": None})()
