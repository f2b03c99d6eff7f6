"""Objectives of boosters that are not lossreg's: right ones pass in every calling convention, each mistake is named."""

from __future__ import annotations

import importlib
import re

import numpy as np
import pytest

import lossreg
from lossreg.testing import check_loss


def sigmoid(x):
    return 0.5 * (1 + np.tanh(x / 2))


def softmax(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def squared(y_true, y_pred, sample_weight=None):
    w = np.ones(len(y_pred)) if sample_weight is None else sample_weight
    return w * (y_pred - y_true), w


def of_data(preds, dtrain):
    w = dtrain.get_weight()
    w = np.ones(len(preds)) if w is None else w
    p = sigmoid(preds)
    return w * (p - dtrain.get_label()), w * p * (1 - p)


def of_data_without_weights(preds, dtrain):
    return preds - dtrain.get_label(), np.ones(len(preds))


def scores_first(y_pred, y_true):
    return np.exp(y_pred) - y_true, np.exp(y_pred)


def of_classes(y_true, y_pred):
    p = softmax(y_pred)
    return p - np.eye(3)[y_true.astype(int)], p * (1 - p)


RIGHT = {
    "squared": (squared, {}),
    "logistic": (of_data, {"target": "label"}),
    "soft": (of_data, {"target": "soft label"}),
    "without_weights": (of_data_without_weights, {}),
    "poisson": (scores_first, {"target": "non-negative"}),
    "positive": (scores_first, {"target": "positive"}),
    "softmax": (of_classes, {"n_classes": 3}),
    "bent": (lambda y, x: (x - y, np.full(len(x), 3.0)), {"hessian": "any"}),
    "unnamed": (lambda a, b: (b - a, np.ones(len(b))), {}),
}


@pytest.mark.parametrize("case", RIGHT)
def test_what_is_right_passes(case):
    function, options = RIGHT[case]
    check_loss(function, **options)


@pytest.mark.parametrize("library", ["xgboost", "lightgbm"])
def test_our_own_objectives_pass(library):
    pytest.importorskip(library)
    integration = importlib.import_module(f"lossreg.integrations.{library}")
    for name in ("log_cosh", "pseudo_huber"):
        made = integration.objective(name, "exact", min_hessian=None)
        check_loss(lambda y_true, y_pred, sample_weight=None: made(y_true, y_pred, sample_weight))  # noqa: B023


def turned(preds, dtrain):
    grad, hess = of_data(preds, dtrain)
    return -grad, -hess


def scaled(y_true, y_pred, sample_weight=None):
    grad, hess = squared(y_true, y_pred, sample_weight)
    return grad / len(y_pred), hess / len(y_pred)


def normed(y_true, y_pred, sample_weight=None):
    w = np.ones(len(y_pred)) if sample_weight is None else sample_weight
    return squared(y_true, y_pred, w / w.mean())


def changing(y_true, y_pred):
    y_pred -= y_true
    return y_pred, np.ones(len(y_pred))


BOTH = {"target": "label"}
WRONG = {
    "sign": (
        lambda y, x: (y - x, np.ones(len(x))),
        {},
        "a score far from its target is pulled back",
        "its sign is turned",
    ),
    "sign_of_labels": (turned, BOTH, "on the wrong side of its label is pulled to the other", "its sign is turned"),
    "margin": (
        lambda y, x: (x - y, np.ones(len(x))),
        BOTH,
        "a score of 30 for a label of 1",
        "is taken for a probability",
    ),
    "factor": (lambda y, x: (2 * (x - y), np.ones(len(x))), {}, "derivative of the gradient", "a factor 2 is missing"),
    "half": (lambda y, x: (x - y, 2 * np.ones(len(x))), {}, "derivative of the gradient", "a factor 2 too much"),
    "sign_of_hessian": (lambda y, x: (x - y, -np.ones(len(x))), {}, "derivative of the gradient", "its sign is turned"),
    "constant": (
        lambda y, x: ((x - y) ** 3, np.ones(len(x))),
        {},
        "derivative of the gradient",
        "hessian='any' lets that pass",
    ),
    "mean": (scaled, {}, "does not depend on how many others", "divided by the number of elements, as that of a mean"),
    "scalar": (
        lambda y, x: (np.mean(x - y), np.ones(len(x))),
        {},
        "has the shape of the scores",
        "boosters want one number for each",
    ),
    "column": (
        lambda y, x: ((x - y)[:, None], np.ones(len(x))),
        {},
        "has the shape of the scores",
        "return it with .reshape((24,))",
    ),
    "flat_classes": (
        lambda y, x: (x.ravel(), x.ravel()),
        {"n_classes": 3},
        "has the shape of the scores",
        ".reshape((24, 3))",
    ),
    "one_array": (lambda y, x: x - y, {}, "returns two arrays", "got = array("),
    "texts": (lambda y, x: (x.astype(str), x), {}, "is an array of numbers", "got = dtype("),
    "order": (lambda y, x: (np.sort(x - y), np.ones(len(x))), {}, "does not depend on", "got ="),
    "forgotten": (lambda y, x, sample_weight=None: squared(y, x), {}, "weights multiply", "the weights are forgotten"),
    "twice": (
        lambda y, x, weight=None: squared(y, x, None if weight is None else weight**2),
        {},
        "weights multiply",
        "the weights are multiplied in twice",
    ),
    "normed": (normed, {}, "weights multiply", "the weights are divided by their mean"),
    "overflow": (
        lambda y, x: (np.exp(x) / (1 + np.exp(x)) - y, np.exp(x) / (1 + np.exp(x)) ** 2),
        BOTH,
        "of a score of 800 is a number",
        "exp overflows",
    ),
    "logarithm": (lambda y, x: (np.log(x) - y, 1 / x), BOTH, "of valid numbers is a finite number", "is a raw score"),
    "raises": (lambda y, x: 1 / 0, {}, "ZeroDivisionError", ""),
    "in_place": (changing, {}, "leaves its arguments as they are", "the scores are changed in place"),
    "classes_turned": (
        lambda y, x: tuple(-one for one in of_classes(y, x)),
        {"n_classes": 3},
        "a score far from its target is pulled back",
        "its sign is turned",
    ),
    "classes_twice": (
        lambda y, x: (of_classes(y, x)[0], 2 * of_classes(y, x)[1]),
        {"n_classes": 3},
        "derivative of the gradient",
        "there is a factor 2 too much",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_named(case):
    function, options, law, mistake = WRONG[case]
    with pytest.raises(AssertionError, match=re.escape(law)) as caught:
        check_loss(function, **options)
    assert mistake in str(caught.value)


def test_options_that_do_not_belong_are_refused():
    with pytest.raises(
        lossreg.ParameterError, match=r"target= is about objectives of boosters; 'huber' says it itself"
    ):
        check_loss("huber", target="real")
    with pytest.raises(lossreg.ParameterError, match="exact=True is about losses"):
        check_loss(squared, exact=True)
    with pytest.raises(lossreg.ParameterError, match="target is 'reel'; wanted one of 'real'"):
        check_loss(squared, target="reel")
    with pytest.raises(lossreg.ParameterError, match="n_classes is 1; wanted None or a whole number of at least 2"):
        check_loss(squared, n_classes=1)
    with pytest.raises(lossreg.ParameterError, match="hessian is 'unit'; wanted 'exact' or 'any'"):
        check_loss(squared, hessian="unit")


# Objects of CatBoost's


class Logistic:
    """An objective as CatBoost's users write it."""

    sign, forgets = 1, False

    def calc_ders_range(self, approxes, targets, weights):
        p = 1 / (1 + np.exp(-np.clip(approxes, -700, 700)))
        ders = self.sign * np.stack([targets - p, -p * (1 - p)], axis=1)
        return ders if weights is None or self.forgets else ders * np.asarray(weights)[:, None]


class Softmax:
    """The same for several classes."""

    def calc_ders_multi(self, approxes, target, weight):
        p = np.exp(np.array(approxes) - np.max(approxes))
        p /= p.sum()
        return weight * (np.eye(len(p))[int(target)] - p), weight * (np.outer(p, p) - np.diag(p))


def test_objects_of_catboost_are_held_to_the_same_laws() -> None:
    check_loss(Logistic(), target="label")
    check_loss(Softmax(), n_classes=3)


@pytest.mark.parametrize(
    ("mistake", "words"),
    [
        ({"sign": -1}, "CatBoost wants the derivatives of minus the loss"),
        ({"forgets": True}, "the weights are forgotten"),
        ({"calc_ders_range": lambda self, x, y, w: [1.0] * len(x)}, r"gave the shape \(24,\); wanted \(24, 2\)"),
    ],
)
def test_a_mistake_in_an_object_of_catboost_is_named(mistake: dict, words: str) -> None:
    with pytest.raises(AssertionError, match=words):
        check_loss(type("Mistaken", (Logistic,), mistake)(), target="label")
