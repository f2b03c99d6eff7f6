"""Losses defined by formulas: what is taken and refused, that they are losses like all others, and that they are right."""

from __future__ import annotations

import ast
import contextlib
import copy
import json
import pickle
import re
import subprocess
import sys

import numpy as np
import pytest
from checkout import ROOT, in_a_checkout
from hypothesis import given, settings
from hypothesis import strategies as st

import lossreg
from lossreg import _native, ops
from lossreg.testing import arguments, check_loss

Y = np.array([0.0, 1.0, 2.5, -3.0])
X = np.array([0.5, 1.0, -2.0, -2.75])


def defined(text, name="defined_here", **options):
    return lossreg.define(text, name=name, **options)


LAWFUL = {
    "huber_like": ("where(abs(r) <= d, 0.5*r**2, d*(abs(r) - 0.5*d)) + 0.01*r**2", {"params": {"d": (1.0, "> 0")}}),
    "focal_like": (
        "y_true*sigmoid(-y_pred)**g*softplus(-y_pred) + (1 - y_true)*sigmoid(y_pred)**g*softplus(y_pred)",
        {"params": {"g": 1.5}, "target": "soft label", "link": "logit"},
    ),
    "asymmetric": (lambda y_true, y_pred, a=0.5: np.expm1(a * (y_pred - y_true)) - a * (y_pred - y_true), {}),
    "counts": ("exp(y_pred) - y_true*y_pred + lgamma(y_true + 1)", {"target": "non-negative", "link": "log"}),
    "of_means": ("y_pred - xlogy(y_true, y_pred)", {"target": "non-negative", "prediction": "positive"}),
    "bounded": ("u = r/(1 + r**2)\nu**2 + 0.1*log1p(u**2)", {}),
    "probits": ("-log_ndtr(where(y_true > 0, 1, -1)*y_pred)*(1 + 0.5*y_true)", {"target": "label"}),
    "constant_curvature": ("0.7*r**2 - 0.1*r", {}),
    "one_sided": ("maximum(0, y_pred - y_true - 0.1)**3/3 + maximum(-r, 2*r)", {}),
}


@pytest.mark.parametrize("name", LAWFUL)
def test_the_laws_hold(name):
    expression, options = LAWFUL[name]
    loss = defined(expression, name, **options)
    check_loss(loss)
    check_loss(loss, exact=True)


@pytest.mark.parametrize("name", LAWFUL)
def test_a_pickle_holds_the_text(name):
    expression, options = LAWFUL[name]
    loss = defined(expression, name, **options)
    for again in (pickle.loads(pickle.dumps(loss)), copy.deepcopy(loss), copy.copy(loss)):
        assert again == loss
        assert hash(again) == hash(loss)
    y, x = arguments(loss, 50)
    wanted = loss(y, x)
    code = f"import pickle; loss, y, x = pickle.loads({pickle.dumps((loss, y, x))!r}); print(repr(float(loss(y, x))))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == repr(wanted)


# Like all others


def test_a_formula_is_a_built_in_whatever_its_parameters_are_called():
    loss = defined("where(c >= abs(y_true - y_pred), r*r/2, (abs(r) - c/2)*c)", params={"c": (1.35, "> 0")})
    assert loss.info.notes == ("the formula of huber, whose compiled code runs",)
    assert loss.grad(Y, X).tolist() == lossreg.get("huber", delta=1.35).grad(Y, X).tolist()
    assert "majorizer" in loss.info.hessians
    assert (
        loss.hess(Y, X, hessian="majorizer").tolist()
        == lossreg.get("huber", delta=1.35).hess(Y, X, hessian="majorizer").tolist()
    )


def test_levels_threads_and_orders_give_the_same_bits():
    code = (
        "import lossreg, numpy as np, hashlib;"
        "loss = lossreg.define('softplus(r)*tanh(r)**2 + log1p(r**2)*sigmoid(y_pred) + abs(r)**1.7', name='all_of_it');"
        "y, x = np.random.default_rng(5).normal(size=(2, 100_003));"
        "bits = [loss.value_grad_hess(y.astype(t), x.astype(t), n_threads=n) for t in ('f4', 'f8') for n in (1, 3)];"
        "print([hashlib.sha1(repr(b[0]).encode() + b[1].tobytes() + b[2].tobytes()).hexdigest() for b in bits])"
    )
    outcomes = set()
    for level in _native.cpu_levels():
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={"LOSSREG_CPU": level, **PATHS},
        )
        outcomes.add(done.stdout)
    (outcome,) = outcomes
    one, three, *_ = eval(outcome)
    assert one == three


PATHS = {"PYTHONPATH": ":".join(sys.path)}


def test_weights_masks_dtypes_and_outputs_are_the_engines():
    loss = defined("cosh(0.5*r) - 1")
    weight, where = np.array([1.0, 0.0, 2.0, 1.5]), np.array([True, True, False, True])
    losses = np.cosh(0.5 * (X - Y)) - 1
    assert loss(Y, X, weight, where=where, reduction="sum") == pytest.approx(np.sum((weight * losses)[where]))
    out = np.empty(4, np.float32)
    assert loss.value_and_grad(Y.astype("f4"), X.astype("f4"), out=out, reduction="sum")[1] is out
    assert out == pytest.approx(0.5 * np.sinh(0.5 * (X - Y)), rel=1e-6)
    assert loss(Y.astype("i8"), X, reduction="none").dtype == np.float64
    assert loss.hess(Y, X, hessian="unit", reduction="sum").tolist() == [1.0] * 4
    with pytest.raises(lossreg.ShapeError):
        loss(Y, X[:2])
    with pytest.raises(lossreg.DomainError, match=r"y_true holds -3 at index 3; wanted numbers of at least 0"):
        defined("r**4", target="non-negative")(Y, X)
    with pytest.raises(TypeError, match="defined_here"):
        loss(Y, X, delta=1.0)


def test_labels_of_minus_one_count_as_zero():
    loss = defined("softplus(y_pred) - y_true*y_pred + 0.1*y_pred**2", target="label", link="logit")
    assert loss([-1, 1], [0.5, 2.0]) == loss([0, 1], [0.5, 2.0])
    assert loss.predict(0.0) == 0.5


def test_a_start_value_is_the_best_constant():
    loss = defined("r**2 + 0.5*r**4")
    start = loss.init_score(Y)
    assert abs(float(np.sum(loss.grad(Y, np.full(4, start), reduction="sum")))) < 1e-12
    rates = defined("exp(y_pred) - y_true*y_pred + 0*y_pred**2", target="non-negative", link="log")
    assert rates.init_score([1.0, 2.0, 6.0]) == pytest.approx(np.log(3.0))


def test_its_data_hold_its_formula_where_it_is_not_registered():
    """So that what keeps a loss as data, as a saved model does, has all of it."""
    loss = defined("a*r**2", "kept_as_data", params={"a": 2.0}).replace(a=3.0)
    for one in (loss, loss + lossreg.get("huber")):
        assert lossreg.get(json.loads(json.dumps(one.config()))) == one
    lossreg.register(type(loss))
    try:
        assert loss.config() == {"name": "kept_as_data", "params": {"a": 3.0}}
    finally:
        lossreg.unregister("kept_as_data")


def test_it_is_registered_and_replaced():
    loss = defined("abs(r)**p", "registered_formula", params={"p": (1.5, ">= 1 and <= 2")}, summary="A power.")
    assert lossreg.register(loss) is loss
    try:
        assert lossreg.get("registered_formula(p=2.0)") == loss.replace(p=2.0)
        assert lossreg.get(loss.replace(p=1.25).config()) == loss.replace(p=1.25)
        assert lossreg.describe("registered_formula").provider == "lossreg.register"
        assert pickle.loads(pickle.dumps(loss.replace(p=1.25))) == loss.replace(p=1.25)
    finally:
        lossreg.unregister("registered_formula")
    assert repr(loss.replace(p=1.75)) == "registered_formula(p=1.75)"
    with pytest.raises(lossreg.ParameterError, match=r"p is 3.0; wanted a finite number >= 1 and <= 2"):
        loss.replace(p=3.0)
    with pytest.raises(lossreg.ParameterError, match=r"has no parameter 'q'; it has: p"):
        loss.replace(q=3.0)
    with pytest.raises(AttributeError, match="immutable"):
        loss.p = 2.0


def test_what_it_says_of_itself():
    loss = defined("log(1 + exp(-y_true*y_pred)) + abs(y_pred)/10", summary="Both.", source="Nobody 2020")
    info = loss.info
    assert info.formula == "log(1 + exp(-y_true*y_pred)) + abs(y_pred)/10"
    assert info.notes == ("computed in a stable form: log(1 + exp(u)) as softplus(u)",)
    assert info.kinks == "abs has the slope 0 at 0"
    assert (info.summary, info.source, info.family) == ("Both.", "Nobody 2020", "pointwise")
    assert info.hessians == {"exact": False, "unit": True}
    assert "Computed in a stable form" in loss.__doc__


def test_two_of_one_name_are_equal_if_their_texts_are():
    assert defined("r**2 + 1") == defined("r**2 + 1")
    assert defined("r**2 + 1") != defined("r**2 + 2")


def test_r_may_be_a_parameter():
    assert defined("r*abs(y_pred - y_true)**3", params={"r": 2.0})([0.0], [1.0]) == 2.0


def test_optional_parameters():
    loss = defined("where(a is None, 1, a)*r**2 + r", params={"a": None, "on": True})
    assert loss([0.0], [2.0]) == 6.0
    assert loss.replace(a=2.0)([0.0], [2.0]) == 10.0


# Functions that are traced


def traced(function, **options):
    return lossreg.define(function, name="traced_here", **options)


def test_a_function_is_recorded_once():
    def pull(y_true, y_pred, scale=2.0):
        u = (y_pred - y_true) / scale
        return ops.where(abs(u) < 1, u**2 * (1 - u**2 / 2), 0.5) + ops.softplus(-u) + np.log1p(np.square(u)) + 1e-3 * -u

    loss = traced(pull)
    assert loss.params == {"scale": 2.0}
    assert loss.info.formula == (
        "t1 = (y_pred - y_true)/scale\n"
        "where(abs(t1) < 1, t1**2*(1 - t1**2/2), 0.5) + softplus(-t1) + log1p(square(t1)) + 0.001*-t1"
    )
    for scale in (2.0, 0.5):
        wanted = [float(pull(np.float64(y), np.float64(x), scale)) for y, x in zip(Y, X, strict=True)]
        assert loss.replace(scale=scale)(Y, X, reduction="none") == pytest.approx(wanted, rel=1e-14)


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda y, x: x if x > y else y, r"write ops.where\(condition, a, b\)"),
        (lambda y, x: np.sin(x), "np.sin cannot be part of a formula; there are np.absolute"),
        (lambda y, x: np.sum(x), "about q, the probability of a class"),
        (lambda y, x: __import__("math").exp(x), "NumPy's functions, lossreg.ops"),
        (lambda y, x: x[0], "it has no indices"),
        (lambda y, x: x % 2, r"\+ - \* / \*\*"),
        (lambda y, x: x + np.ones(3), "cannot be part of a formula"),
        (lambda y, x: x + float("nan"), "nan cannot be part of a formula"),
        (lambda y, x: (x > y) & (x > 0), "ops.where"),
        (lambda y, x: ops.softmax(x), "q is not known: a formula of rows, which is a sum"),
        (lambda y, x: ops.exp(x, n_threads=2), "n_threads= is for arrays"),
        (lambda y, x: None, "None cannot be part of a formula"),
        (lambda y, x: max(x - y, 0), r"ops.maximum\(a, b\) or ops.minimum\(a, b\)"),
        (lambda y, x: ops.where(x > 0 and x < 1, 1, 0), r"\(a\)\*\(b\) is 'a and b'"),
        (lambda y, x: ops.where(0 < x < 1, 1, 0), r"\(a\)\*\(b\) is 'a and b'"),
        (lambda y, x: (x - y) ^ 2, r"a power is written \*\*, not \^"),
        (lambda y, x: np.mean(x - y), "np.mean cannot .*: a formula is the loss of one element, and reduction="),
        (lambda y, x: (x - y).mean(), "the loss of one element, and reduction= of the call makes a mean or a sum"),
        (lambda y, x: x / x.shape[0], "the loss of one element"),
        (lambda y, x: round(x), "a formula has no rounding"),
        (lambda y, x: np.linalg.norm(x.__torch_function__(None, (), ())), "is no array: .*, not another library's"),
        (lambda y, x: x.dtype.kind, "functions are NumPy's and those of lossreg.ops, not another library's"),
        (
            lambda y_pred, y_true: y_pred - y_true,
            "takes y_pred before y_true, and gets the target first; exchange them",
        ),
        (lambda y_pred: y_pred, r"as in def f\(y_true, y_pred, delta=1.0\): too many positional arguments"),
        (lambda y, x, w: w * x, "each of which has a default, .* missing a required argument: 'w'"),
        (lossreg.get("huber"), r"expression is huber\(\), which is a loss already"),
    ],
)
def test_what_cannot_be_traced_says_what_can(function, words):
    with pytest.raises(lossreg.ParameterError, match=words):
        traced(function)


def test_functions_and_operators_are_all_traced():
    def everything(y_true, y_pred):
        x = np.maximum(np.minimum(y_pred, 3.0), -3.0)
        parts = [
            ops.exp(x),
            ops.expm1(x),
            ops.log(x * x + 1),
            ops.log1p(x * x),
            ops.tanh(x),
            ops.log_cosh(x),
            ops.log_ndtr(x),
        ]
        parts += [ops.sigmoid(x), ops.log_sigmoid(x), ops.softplus(x), ops.xlogy(2.0, 1 + x * x), np.sqrt(1 + x**2)]
        parts += [np.logaddexp(x, 0.0), np.sign(x), np.fabs(x), 2.0**x, np.cosh(x), np.sinh(x), np.clip(x, -1, 1)]
        parts += [np.where(x >= y_true, 1.0, x), (x == 1) * x, (x != 1) * x, +x, 1 / (2 + x * x), 3 - x]
        total = 0.0
        for part in parts:
            total = total + part
        return total

    loss = traced(everything)
    wanted = [float(everything(np.float64(y), np.float64(x))) for y, x in zip(Y, X, strict=True)]
    assert loss(Y, X, reduction="none") == pytest.approx(wanted, rel=1e-13)


def test_functions_that_do_not_tell_their_arguments_are_formulas_or_say_what_to_write():
    with pytest.raises(lossreg.ParameterError, match="maximum"):
        lossreg.define(max, name="largest")
    loss = lossreg.define(np.logaddexp, name="softly_the_largest")
    assert loss([3.0], [4.0]) == np.logaddexp(3.0, 4.0)


# The page about it


@in_a_checkout
def test_the_examples_of_the_page_run():
    page = (ROOT / "docs/plugins.md").read_text(encoding="utf-8").partition("## A class")[0]
    examples = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert len(examples) == 4
    scope = {}
    for example in examples:
        *_, last = doctested(example, scope)
        assert last
    functions = set(re.findall(r"`(\w+)", page.partition("| | |")[2].partition("\n\n")[0]))
    assert functions == {name for name, _ in _native.formula_functions()} - {"where", "logcosh"}


def doctested(example, scope):
    """Statements whose outcome stands in a comment below, compared."""
    for code, comment in re.findall(r"((?:(?!#).+\n|\n)+)(?:# (.*)\n)?", example):
        *before, last = ast.parse(code).body
        exec(compile(ast.Module(before, []), "page", "exec"), scope)
        if isinstance(last, ast.Expr):
            got = eval(compile(ast.Expression(last.value), "page", "eval"), scope)
            assert repr(got) == comment
            yield comment
        else:
            exec(compile(ast.Module([last], []), "page", "exec"), scope)


# What is refused


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"expression": "y_prd**2"}, r"y_prd is not known; did you mean y_pred\?\n    y_prd\*\*2\n    \^"),
        (
            {"expression": "r**2 +"},
            r"where a number, a name, a function, '\(' or '-' is wanted\n    r\*\*2 \+\n          \^",
        ),
        ({"expression": 3}, "expression is a text or a function, not 3"),
        ({"name": "Not A Name"}, "in lower case"),
        ({"params": {"exp": 1.0}}, "needs another name"),
        ({"params": {"a b": 1.0}}, "needs another name"),
        ({"params": {"a": "1"}}, "has the default '1'; wanted a finite number"),
        ({"params": {"a": float("inf")}}, "wanted a finite number"),
        ({"params": {"a": (1.0, "> zero")}}, "has the bounds '> zero'"),
        ({"params": {"a": (-1.0, "> 0")}}, "a is -1.0; wanted a finite number > 0"),
        ({"params": {"a": {"default": 1.0, "lower": 0.0}}}, "has 'lower'; a record has default, low"),
        ({"target": "positiv"}, "no domain is called 'positiv'; did you mean 'positive'"),
        ({"target": "class index"}, "without a sum, is about elements"),
        ({"link": "softmax"}, "wanted 'identity', 'logit' or 'log'"),
        ({"link": "probit"}, "no link is called 'probit'"),
        ({"summary": 3}, "summary is a text"),
    ],
)
def test_what_is_refused_is_said(options, words):
    with pytest.raises(lossreg.ParameterError, match=words):
        lossreg.define(**{"expression": "r**2", "name": "refused_here", **options})


WORDS = [
    "r",
    "y_pred",
    "y_true",
    "a",
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
]


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from([*WORDS, "sigmoid(", "maximum(", " ", "\n", "u = ", "is None", "é", "\x00"]), max_size=12)
)
def test_no_text_makes_it_panic(parts):
    try:
        loss = defined("".join(parts), params={"a": 1.0})
    except lossreg.ParameterError:
        return
    loss.value_grad_hess(Y, X)
    assert pickle.loads(pickle.dumps(loss)) == loss


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40))
def test_no_characters_make_it_panic(text):
    with contextlib.suppress(lossreg.ParameterError):
        defined(text)


def test_half_characters_are_no_text():
    for words in ({"expression": "r\udfff"}, {"summary": "\ud800"}, {"source": "a\udabc"}):
        with pytest.raises(lossreg.ParameterError, match=f"{next(iter(words))} is .*, which has half a character"):
            lossreg.define(**{"expression": "r", "name": "half_here", **words})
