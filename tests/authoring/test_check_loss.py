"""The laws for authors: what is right passes wherever its class stands, and what is wrong is named with an example."""

from __future__ import annotations

import re
import warnings

import numpy as np
import pytest
from drawn import losses

import lossreg
from lossreg.info import Domain
from lossreg.testing import arguments, check_loss

LOSSES = losses()
Plain = lossreg.PythonLoss
NOT_OF_ONE_NUMBER = (Domain.NONE, Domain.BOX, Domain.INTERVAL)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def made(**fields):
    """A loss of a class made in a function: half the squared error with derivatives, or what is given in their place."""
    members = {
        "name": "made",
        "per_element": lambda self, y, x: np.square(x - y) / 2,
        "per_element_grad": lambda self, y, x: x - y,
        "per_element_hess": lambda self, y, x: np.ones(x.shape),
    }
    return type("Made", (lossreg.PythonLoss,), members | fields)()


LOGISTIC = {
    "target": "label",
    "link": "logit",
    "per_element": lambda self, y, x: np.logaddexp(0, x) - np.where(y > 0, x, 0),
    "per_element_grad": lambda self, y, x: sigmoid(x) - (y > 0),
    "per_element_hess": lambda self, y, x: sigmoid(x) * sigmoid(-x),
}
SOFTMAX = {
    "family": "row-wise",
    "target": "probability",
    "per_element": lambda self, y, x: np.log(np.exp(x).sum(-1)) - (y * x).sum(-1),
    "per_element_grad": lambda self, y, x: np.exp(x) / np.exp(x).sum(-1, keepdims=True) - y,
    "per_element_hess": lambda self, y, x: (q := np.exp(x) / np.exp(x).sum(-1, keepdims=True)) * (1 - q),
}
RIGHT = {"pointwise": {}, "logistic": LOGISTIC, "softmax": SOFTMAX}


@pytest.mark.parametrize("fields", RIGHT.values(), ids=RIGHT)
def test_what_is_right_passes_though_its_class_is_local(fields):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_loss(made(**fields))


def test_without_cloudpickle_a_local_class_is_not_pickled(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    check_loss(made())


def test_a_gradient_that_has_saturated_is_no_mistake():
    far = lambda x: x + 60.0  # noqa: E731  (where sigmoid(-x) is 1e-26 beside a value of 60)
    check_loss(
        made(
            per_element=lambda self, y, x: np.logaddexp(0, far(x)) - far(x) + 60,
            per_element_grad=lambda self, y, x: -sigmoid(-far(x)),
            per_element_hess=lambda self, y, x: sigmoid(-far(x)) * sigmoid(far(x)),
        )
    )


WRONG = {
    # (what is written, the law, the mistake)
    "sign": ({"per_element_grad": lambda self, y, x: y - x}, "the gradient is the derivative", "its sign is turned"),
    "factor": ({"per_element_grad": lambda self, y, x: 2 * (x - y)}, "the gradient is", "there is a factor 2 too much"),
    "half": ({"per_element_hess": lambda self, y, x: np.full(x.shape, 0.5)}, "the Hessian is", "a factor 2 is missing"),
    "both": ({"per_element_grad": lambda self, y, x: 2 * (y - x)}, "the gradient is", "sign and a factor 2"),
    "nothing": ({"per_element_grad": lambda self, y, x: 0 * x}, "the gradient is", "it is 0 everywhere"),
    "mean": (
        {"per_element_grad": lambda self, y, x: (x - y) / len(x)},
        "the gradient is",
        r"divided by the \d+ elements",
    ),
    "margin": (
        LOGISTIC | {"per_element_grad": lambda self, y, x: x - (y > 0)},
        "the gradient is",
        "y_pred is taken for a probability, and is a raw score",
    ),
    "slope": (
        LOGISTIC | {"per_element_grad": lambda self, y, x: (sigmoid(x) - (y > 0)) / (sigmoid(x) * sigmoid(-x))},
        "the gradient is",
        r"multiply by p \* \(1 - p\)",
    ),
    "slope twice": (
        LOGISTIC | {"per_element_grad": lambda self, y, x: (sigmoid(x) - (y > 0)) * sigmoid(x) * sigmoid(-x)},
        "the gradient is",
        r"a factor p \* \(1 - p\) too much",
    ),
    "classes": (
        SOFTMAX | {"per_element": lambda self, y, x: (np.log(np.exp(x).sum(-1)) - (y * x).sum(-1)) / x.shape[-1]},
        "the gradient is",
        "sum over the 4 classes, and the value is a mean",
    ),
    "nan": (
        {"per_element": lambda self, y, x: np.where(x > y, np.nan, np.square(x - y) / 2)},
        "the value of valid numbers is a number",
        "0 / 0 where a term vanishes",
    ),
    "nan slope": (
        {"per_element_grad": lambda self, y, x: np.where(x > y, np.nan, x - y)},
        "the grad of valid numbers is a number",
        "0 / 0 where a term vanishes",
    ),
    "weights": (
        {"value": lambda self, y, x, sample_weight=None, **k: Plain.value(self, y, x, **k)},
        "weights multiply the value",
        "the weights are forgotten",
    ),
    "parts": (
        {
            "per_element": lambda self, y, x: np.square(x - y) / (2 * len(x) or 1),
            "per_element_grad": lambda self, y, x: (x - y) / (len(x) or 1),
            "per_element_hess": lambda self, y, x: np.ones(x.shape) / (len(x) or 1),
        },
        "an element has the same loss in whatever part of the data it comes",
        "it is divided by the number of elements",
    ),
    "mask": (
        {"grad": lambda self, y, x, where=None, **k: Plain.grad(self, y, x, **k)},
        "masked elements contribute 0 to the grad",
        "the mask is forgotten",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_mistake_is_named_with_its_law_and_an_example(what):
    fields, law, mistake = WRONG[what]
    with pytest.raises(AssertionError, match=law) as caught:
        check_loss(made(**fields))
    text = str(caught.value)
    assert text.startswith("made() breaks a law: ")
    for fact in ("y_true = ", "y_pred = ", "got = "):
        assert fact in text
    assert re.search(rf"\n  perhaps .*{mistake}", text)


def test_what_explains_nothing_is_not_said():
    with pytest.raises(AssertionError) as caught:
        check_loss(made(per_element_grad=lambda self, y, x: 1.1 * (x - y)))
    assert "perhaps" not in str(caught.value)


METHODS = ("__call__", "value", "grad", "hess", "value_and_grad", "grad_and_hess", "value_grad_hess")


def rounding(method):
    """A method that rounds weights once more than it has to."""

    def rounded(self, *arrays, sample_weight=None, **options):
        weight = None if sample_weight is None else sample_weight * (1 + 2e-15)
        return getattr(Plain, method)(self, *arrays, sample_weight=weight, **options)

    return rounded


def twice(method):
    """A method that doubles what there is: all of it, or each array of a tuple."""

    def doubled(self, *arrays, **options):
        found = getattr(Plain, method)(self, *arrays, **options)
        return tuple(2 * one for one in found) if isinstance(found, tuple) else 2 * found

    return doubled


def test_a_value_that_states_know_nothing_of():
    loss = made(**{method: twice(method) for method in METHODS})
    with pytest.raises(AssertionError) as caught:
        check_loss(loss)
    law, *facts = str(caught.value).splitlines()
    assert law == "made() breaks a law: a state of parts has the sum of one call"
    got, wanted = (float(facts[place].split("(")[-1].strip(")").split(" = ")[-1]) for place in (2, 3))
    assert wanted == pytest.approx(2 * got)
    assert facts[0] == "  reduction = 'sum'"
    assert sum(eval(facts[1].split(" = ")[1])) <= 24
    assert facts[4] == "  perhaps value is overridden, and a state sums what per_element returns: change that instead"


def test_the_exact_laws_ask_for_more():
    loss = made(**{method: rounding(method) for method in METHODS})
    check_loss(loss)
    with pytest.raises(AssertionError, match="weights multiply the value"):
        check_loss(loss, exact=True)


class Squared(lossreg.PythonLoss):
    name = "squared"

    def per_element(self, y_true, y_pred):
        return np.square(y_pred - y_true)

    def per_element_grad(self, y_true, y_pred):
        return 2 * (y_pred - y_true)

    def per_element_hess(self, y_true, y_pred):
        return np.full(y_pred.shape, 2)


def squared(**fields):
    """The squared error, or what is given in its place."""
    return type("Wrong", (Squared,), fields)()


@pytest.mark.parametrize(
    ("fields", "law"),
    [
        ({"per_element_grad": lambda self, y, x: 2.001 * (x - y)}, "the gradient is the derivative of the value"),
        ({"per_element_grad": lambda self, y, x: 2 * (y - x)}, "the gradient is the derivative of the value"),
        ({"per_element_grad": lambda self, y, x: 0 * x}, "the gradient is the derivative of the value"),
        (
            {"per_element_hess": lambda self, y, x: np.full(x.shape, 1.0)},
            "the Hessian is the derivative of the gradient",
        ),
        ({"per_element": lambda self, y, x: (x - y) ** 2 + np.random.default_rng().random(x.shape)}, "too rough"),
        ({"per_element": lambda self, y, x: np.nan_to_num((x - y) ** 2)}, "a NaN in y_pred gives a NaN"),
        ({"__eq__": lambda self, other: False, "__hash__": lambda self: 1}, "rebuilds an equal loss"),
        (
            {"value": lambda self, *a, reduction="mean", **k: 2 * Squared.value(self, *a, reduction=reduction, **k)},
            "the gradient is the derivative of the value",
        ),
        (
            {"grad": lambda self, y, x, sample_weight=None, **k: Squared.grad(self, y, x, **k)},
            "weights multiply the grad",
        ),
        (
            {
                "value": lambda self, y, x, w=None, *, where=None, sample_weight=None, **k: Squared.value(
                    self, y, x, sample_weight, **k
                )
            },
            "masked elements contribute 0 to the value",
        ),
    ],
)
def test_a_broken_law_is_found_and_named(fields, law):
    with pytest.raises(AssertionError, match=law):
        check_loss(squared(**fields))


def test_a_broken_law_comes_with_an_example():
    with pytest.raises(AssertionError) as caught:
        check_loss(squared(per_element_grad=lambda self, y, x: 3 * (x - y)))
    lines = str(caught.value).splitlines()
    assert lines[0] == "squared() breaks a law: the gradient is the derivative of the value"
    facts = dict(line.strip().split(" = ") for line in lines[1:])
    y, x, got, wanted = (eval(facts[key], {"np": np}) for key in ("y_true", "y_pred", "got", "wanted"))
    assert got == 3 * (x - y)
    assert wanted == pytest.approx(2 * (x - y), rel=1e-9)


# Arguments


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
@pytest.mark.parametrize("loss", LOSSES, ids=repr)
def test_arguments_are_valid_for_every_loss(loss, dtype):
    drawn = arguments(loss, 500, dtype, 3)
    assert len(drawn) == len(loss.info.sides)
    assert np.isfinite(loss(*drawn))
    assert loss.value(*drawn, reduction="none").size == 500
    for array, side in zip(drawn, loss.info.sides, strict=True):
        assert array.dtype == (np.int64 if side == "y_true" and loss.info.target.has_class_indices else dtype)
    for again in (arguments(loss, 500, dtype, 3), arguments(loss.config(), 500, dtype, 3)):
        for one, other in zip(drawn, again, strict=True):
            np.testing.assert_array_equal(one, other)
    other = arguments(loss, 500, dtype, 4)
    assert not np.array_equal(other[-1], drawn[-1])
    assert loss(*arguments(loss, 0, dtype), reduction="sum") == 0.0


@pytest.mark.parametrize("axis", [0, 1, 2, 3, -1, -2, -3])
@pytest.mark.parametrize("name", lossreg.names(family="row-wise"))
def test_arguments_follow_the_axis(name, axis):
    loss = lossreg.get(name, axis=axis)
    drawn = arguments(loss, 50, n_classes=3)
    assert drawn[1].shape[axis] == 3
    assert loss.value(*drawn, reduction="none").size == 50
    np.testing.assert_allclose(loss(*drawn), lossreg.get(name)(*arguments(name, 50, n_classes=3)), rtol=1e-15)


def test_arguments_follow_the_parameters():
    assert arguments("cce(class_weight=[1.0, 2.0])", 5)[1].shape == (5, 2)
    labels, _ = arguments("scce(ignore_index=1)", 1000)
    assert set(labels.tolist()) == {0, 2, 3}
    assert arguments("scce(ignore_index=0)", 3, n_classes=1)[0].tolist() == [0, 0, 0]  # nothing else is there
    assert (arguments("tweedie(power=2.5)", 1000)[0] > 0).all()
    assert (arguments("poisson", 1000)[0] == 0).any()
    assert set(arguments("hinge", 100)[0].tolist()) == {0.0, 1.0}


@pytest.mark.parametrize("target", [domain for domain in Domain if domain not in NOT_OF_ONE_NUMBER])
@pytest.mark.parametrize("family", ["pointwise", "row-wise"])
def test_arguments_are_valid_for_every_domain_of_a_loss_in_python(target, family):
    if family == "pointwise" and target.has_class_indices:
        return  # classes have rows
    axis = {"axis": -1} if family == "row-wise" else {}
    loss = made(family=family, target=target, per_element=lambda self, y, x: np.sum(x, **axis) if axis else x * 1.0)
    assert np.isfinite(loss(*arguments(loss, 40)))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"n": -1}, "n is -1; wanted a whole number from 0 to 1099511627776"),
        ({"n": 2.0}, "n is 2.0"),
        ({"n": 2, "dtype": "floaty"}, "dtype is 'floaty'; wanted a floating one"),
        ({"n": 2, "dtype": np.zeros(2)}, r"dtype is array\(\[0., 0.\]\); wanted a floating one"),
        ({"n": 2, "seed": -1}, "seed is -1; wanted a whole number"),
        ({"n": 2, "seed": "one"}, "seed is 'one'; wanted a whole number"),
        ({"n": 2, "dtype": int}, "dtype is int64; wanted a floating one"),
        ({"n": 2, "n_classes": 0}, "n_classes is 0; wanted at least 1"),
        ({"n": 2, "n_classes": 3}, r"n_classes is 3; the parameters of .* are for 2"),
    ],
)
def test_wrong_wishes_are_refused(given, words):
    loss = "cce" if given.get("n_classes") != 3 else "cce(class_weight=[1.0, 2.0])"
    with pytest.raises(lossreg.ParameterError, match=words):
        arguments(loss, **given)
