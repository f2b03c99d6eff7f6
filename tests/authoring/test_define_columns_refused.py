"""Formulas of several columns as functions that take them apart, and what is refused of names, domains, texts and calls."""

from __future__ import annotations

import pickle
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lossreg
from lossreg import ops

NLL = "0.5*(log_variance + (mean - y_true)**2*exp(-log_variance))"
MEAN = ("mean", "log_variance")
ROBUST = "log_scale + log_cosh(a*(centre - y_true)*exp(-log_scale))"
WITH_OFFSET = "exp(y_pred + offset) - count*(y_pred + offset)"


def defined(text, name="columns_defined_here", **options):
    return lossreg.define(text, name=name, **options)


# Functions that are traced


def test_a_function_takes_its_columns_apart():
    def nll(y_true, y_pred, a=1.5):
        centre, log_scale = y_pred
        return log_scale + ops.log_cosh(a * (centre - y_true) * np.exp(-log_scale))

    y, x = np.array([0.5, -2.0]), np.array([[0.25, 1.0], [1.0, -0.5]])
    loss = defined(nll, columns=("centre", "log_scale"))
    assert loss.info.formula == ROBUST
    assert np.array_equal(
        loss.grad(y, x), defined(ROBUST, columns=("centre", "log_scale"), params={"a": 1.5}).grad(y, x)
    )

    def with_offset(y_true, y_pred):
        count, offset = y_true
        score = y_pred + offset
        return np.exp(score) - count * score

    given = np.array([[1.0, 0.5], [0.0, -1.0]])
    loss = defined(with_offset, target_columns=("count", "offset"))
    assert loss(given, y) == defined(WITH_OFFSET, target_columns=("count", "offset"))(given, y)


@pytest.mark.parametrize(
    "function",
    [
        lambda y_true, y_pred: y_pred - y_true,
        lambda y_true, y_pred: np.exp(y_pred[0]) + y_pred,
        lambda y_true, y_pred: ops.softplus(y_pred),
        lambda y_true, y_pred: ops.exp(y_pred) - y_true,
        lambda y_true, y_pred: ops.softmax(y_pred),
        lambda y_true, y_pred: y_pred,
    ],
)
def test_columns_together_are_no_number(function):
    with pytest.raises(lossreg.ParameterError, match=r"take them apart first, mean, log_variance = \.\.\."):
        defined(function, columns=MEAN)


# What is refused


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"expression": "(mean - y_pred)**2"}, "y_pred is not known; there are y_true, mean, log_variance\n    (mean - y_pred)**2\n            ^"),
        ({"expression": "r**2 + mean"}, "r is not known; there are"),
        ({"expression": "mean*log_varianse"}, "log_varianse is not known; did you mean log_variance?\n    mean*log_varianse\n         ^"),
        ({"expression": "(mean - y_true)**2"}, "the formula has no log_variance, which names a column; leave it out there too"),
        ({"expression": NLL, "target_columns": ("y_true", "offset")}, "the formula has no offset"),
        ({"expression": "a*b + c*d + e", "columns": tuple("abcde")}, "an element has at most 4 columns"),
        ({"columns": tuple(f"c{i}" for i in range(300))}, "an element has at most 4 columns"),
        ({"columns": ()}, "columns is (); wanted names, such as ('mean', 'log_variance')"),
        ({"columns": "mean"}, "columns is 'mean'; wanted names"),
        ({"columns": 2}, "columns is 2; wanted names"),
        ({"target_columns": ()}, "target_columns is (); wanted names, such as ('y_true', 'offset')"),
        ({"columns": ("mean", "exp")}, "columns: 'exp' needs another name"),
        ({"columns": ("mean", "y_true")}, "columns: 'y_true' needs another name"),
        ({"columns": ("mean", "lambda")}, "columns: 'lambda' needs another name"),
        ({"columns": ("mean", "r")}, "columns: 'r' needs another name"),
        ({"columns": ("mean", "a b")}, "columns: 'a b' needs another name"),
        ({"columns": ("mean", 3)}, "columns: 3 needs another name"),
        ({"target_columns": ("y_pred", "offset")}, "target_columns: 'y_pred' needs another name"),
        ({"columns": ("mean", "mean")}, "mean names two columns or parameters"),
        ({"params": {"mean": 1.0}}, "mean names two columns or parameters"),
        ({"target_columns": ("mean", "b")}, "mean names two columns or parameters"),
        ({"target": "time"}, "target is 'time'; wanted 'real' or 'non-negative'"),
        ({"target": ("class index",)}, "target is 'class index'; wanted 'real'"),
        ({"target": "interval"}, "target is 'interval'; wanted 'real'"),
        ({"target": ("real", "real")}, "target is ('real', 'real'); wanted a domain, or one for each of y_true"),
        ({"target": ("interval",)}, "target is 'interval'; wanted 'real'"),
        ({"target": ("reel",)}, "no domain is called 'reel'; did you mean 'real'"),
        ({"prediction": "positive"}, "leave prediction out of a formula of columns: they may be any numbers"),
        ({"link": "log"}, "link is 'log'; several predictions have 'identity', or none"),
        ({"link": "softmax"}, "wanted 'identity', 'logit' or 'log'"),
        ({"expression": "sum(q)"}, "leave columns and target_columns out of a formula of rows"),
        ({"expression": "np.exp(mean) + log_variance"}, "np.exp has a dot; names and functions stand alone: write exp\n    np.exp(mean)"),
        ({"expression": "y_pred.mean"}, "y_pred.mean has a dot; names and functions stand alone: write mean"),
    ],
)  # fmt: skip
def test_what_is_refused_is_said(options, words):
    with pytest.raises(lossreg.ParameterError, match=re.escape(words)):
        lossreg.define(**{"expression": NLL, "name": "refused_here", "columns": MEAN, **options})


WORDS = [
    "a",
    "b",
    "y",
    "w",
    "2",
    "0.5",
    "-",
    "+",
    "*",
    "/",
    "**",
    "(",
    ")",
    ",",
    "exp(",
    "where(",
    "log(",
    "<",
    "softplus(",
]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([*WORDS, "abs(", "maximum(", "\n", "u = ", "u", "a.b", "é"]), max_size=14))
def test_no_text_makes_it_panic(parts):
    text = "".join(parts)
    try:
        loss = defined(f"{text} + 0*(a + b + w + y)", columns=("a", "b"), target_columns=("y", "w"))
    except lossreg.ParameterError:
        return
    y, x = np.array([[0.5, 2.0], [1.0, -1.0]]), np.array([[1.0, 0.0], [-2.0, 0.25]])
    _, grad, hess = loss.value_grad_hess(y, x)
    assert grad.shape == hess.shape == x.shape
    assert pickle.loads(pickle.dumps(loss)) == loss


def test_calls_say_which_columns_they_want():
    loss = defined("log_cosh(a - y_true)*b", columns=("a", "b"))
    with pytest.raises(lossreg.ShapeError, match=r"wants the shape \(\.\.\., 2\), on whose last axis are a and b"):
        loss(np.zeros(3), np.zeros((3, 3)))
    with pytest.raises(lossreg.ShapeError, match="one for each a and b"):
        loss(np.zeros((2, 2)), np.zeros((3, 2)))
    with pytest.raises(lossreg.ShapeError, match=r"^y_pred has .* wanted predictions of shape \(3, 2, 2\), or targets"):
        loss(np.zeros((3, 2)), np.zeros((3, 2)))
    given = defined(WITH_OFFSET, target_columns=("count", "offset"), target="non-negative")
    with pytest.raises(
        lossreg.ShapeError, match=r"wanted targets of shape \(3, 2\), on whose last axis are count and offset"
    ):
        given(np.zeros(3), np.zeros(3))
    with pytest.raises(lossreg.DomainError, match=r"y_true holds -1.* at index \(1, 1\); wanted numbers of at least 0"):
        given([[1.0, 0.0], [2.0, -1.0]], [0.0, 0.0])
    with pytest.raises(lossreg.DerivativeError, match=r"has the diagonal hess\(\.\.\.\), no full Hessian"):
        loss.full_hessian(np.zeros(3), np.zeros((3, 2)))
