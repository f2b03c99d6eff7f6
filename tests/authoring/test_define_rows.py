"""Formulas of rows of classes: what the engine's softmax makes of them, and what is refused."""

from __future__ import annotations

import pickle
import re

import numpy as np
import pytest

import lossreg
from lossreg import ops
from lossreg.testing import check_loss

TEMPERED = "-sum(y_true**a*log_q)"
FORMULAS = {
    "tempered": (TEMPERED, {"params": {"a": (0.5, "> 0")}}),
    "confident": ("sum(-y_true*log_q - 0.1*q*log_q)", {"target": "probability"}),
    "brier": ("sum((q - y_true)**2)", {}),
    "focal_like": ("p = 1 - q\n-sum(y_true*p**g*log(q))", {"params": {"g": 1.5}, "target": "class index"}),
    "with_a_kink": ("sum(abs(y_true - q) + 0.5*maximum(q - 0.8, 0))", {"target": "probability"}),
}


def defined(text, name="rows_defined_here", **options):
    return lossreg.define(text, name=name, **options)


@pytest.fixture(params=FORMULAS)
def loss(request):
    text, options = FORMULAS[request.param]
    return defined(text, f"{request.param}_of_rows", **options)


def test_it_keeps_the_laws(loss):
    check_loss(loss)
    check_loss(loss.replace(from_logits=False))


def test_it_is_its_formula_in_numpy():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(40, 5)), rng.dirichlet(np.ones(5), 40)
    q = np.exp(x) / np.exp(x).sum(1, keepdims=True)
    terms = {
        "tempered": -(y**0.5) * np.log(q),
        "confident": -y * np.log(q) - 0.1 * q * np.log(q),
        "brier": (q - y) ** 2,
    }
    for name, wanted in terms.items():
        text, options = FORMULAS[name]
        loss = defined(text, **options)
        for given in (loss, loss.replace(from_logits=False)):
            got = given(y, x if given is loss else 3 * q, reduction="none")
            np.testing.assert_allclose(got, wanted.sum(1), rtol=1e-13)


@pytest.mark.parametrize("classes", [2, 7, 100, 3000])
def test_class_indices_are_one_hot_rows(classes):
    rng = np.random.default_rng(2)
    x, labels = rng.normal(size=(20, classes)) * 3, rng.integers(classes, size=20)
    loss = defined(TEMPERED, params={"a": (0.5, "> 0")})
    one_hot = np.eye(classes)[labels]
    for by_index, by_row in zip(loss.value_grad_hess(labels, x), loss.value_grad_hess(one_hot, x), strict=True):
        assert np.array_equal(by_index, by_row)
    along = loss.replace(axis=0).value_grad_hess(labels, np.ascontiguousarray(x.T))
    assert along[0] == loss(labels, x)
    assert np.array_equal(along[1].T, loss.grad(labels, x))


def test_derivatives_are_those_of_the_row():
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(6, 4)), rng.dirichlet(np.ones(4), 6)
    for text, options in FORMULAS.values():
        if options.get("target") == "class index":
            continue
        loss = defined(text, **options)
        whole = loss.full_hessian(y, x, reduction="sum")
        assert np.array_equal(np.diagonal(whole, axis1=1, axis2=2), loss.hess(y, x, reduction="sum"))
        step = 1e-6
        for k in range(4):
            moved = step * np.eye(4)[k]
            slope = (loss(y, x + moved, reduction="none") - loss(y, x - moved, reduction="none")) / (2 * step)
            bend = (loss.grad(y, x + moved, reduction="sum") - loss.grad(y, x - moved, reduction="sum")) / (2 * step)
            assert np.abs(slope - loss.grad(y, x, reduction="sum")[:, k]).max() < 1e-8 * np.abs(slope).max()
            assert np.abs(bend - whole[:, :, k]).max() < 1e-7 * np.abs(bend).max()


def test_a_sure_row_keeps_its_digits():
    """1 - q is e**-40 where 1 - 1.0 is 0."""
    loss = defined("sum(y_true*(1 - q))", target="class index")
    assert loss([0], [[40.0, 0.0]]) == pytest.approx(np.exp(-40), rel=1e-15)
    assert loss.grad([0], [[40.0, 0.0]])[0].tolist() == pytest.approx([-np.exp(-40), np.exp(-40)], rel=1e-15)


def test_probabilities_of_zero_have_their_limits():
    kink = defined("sum(abs(y_true - q))", target="probability").replace(from_logits=False)
    built_in = lossreg.get("total_variation", from_logits=False)
    y, x = [[0.5, 0.0, 0.5]], [[0.75, 0.25, 0.0]]
    np.testing.assert_allclose(kink.grad(y, x), 2 * built_in.grad(y, x), rtol=1e-15)
    entropy = defined("sum(q*log_q)").replace(from_logits=False)
    assert entropy([0], [[1.0, 0.0]]) == 0.0
    assert entropy.grad([0], [[1.0, 0.0]])[0, 1] == -np.inf


def test_weights_masks_and_threads_are_the_engines():
    rng = np.random.default_rng(4)
    x, labels, weight = rng.normal(size=(5000, 10)).astype("f4"), rng.integers(10, size=5000), rng.random(5000)
    loss, mask = defined(TEMPERED, params={"a": 0.7}), rng.random(5000) < 0.7
    some = loss.value_grad_hess(labels, x, weight, where=mask, n_threads=1)
    for got, wanted in zip(loss.value_grad_hess(labels, x, weight, where=mask, n_threads=4), some, strict=True):
        assert np.array_equal(got, wanted)
    assert some[0] == loss(labels[mask], x[mask], weight[mask])
    assert not some[1][~mask].any()
    assert some[1].dtype == np.float32


def test_a_built_ins_text_runs_the_built_in_with_its_axis_and_switch():
    again = defined("-sum(log_q*y_true)", target="probability")
    assert again.info.notes == ("the formula of categorical_cross_entropy, whose compiled code runs",)
    x, y = np.random.default_rng(5).dirichlet(np.ones(3), (2, 7)), np.eye(3)[[0, 1, 2, 0, 1, 2, 0]]
    options = {"from_logits": False, "axis": 0}
    got, wanted = again.replace(**options), lossreg.get("categorical_cross_entropy", **options)
    assert np.array_equal(got.hess(y.T, x[0].T), wanted.hess(y.T, x[0].T))


def test_a_traced_function_is_its_text():
    def focal(y_true, y_pred, gamma=2.0):
        q = ops.softmax(y_pred)
        return -np.sum(y_true * (1 - q) ** gamma * ops.log_softmax(y_pred), axis=-1)

    def summed(y_true, y_pred, gamma=2.0):
        return (-y_true * (1 - ops.softmax(y_pred)) ** gamma * ops.log_softmax(y_pred)).sum()

    built_in, x = lossreg.get("categorical_focal"), [[0.2, -1.0, 3.0]]
    for function in (focal, summed):
        assert defined(function).grad([1], x).tolist() == built_in.grad([1], x).tolist()
    for wrong in (
        lambda y_true, y_pred: np.sum(ops.softmax(y_pred - y_true)),
        lambda y_true, y_pred: np.sum(ops.logsumexp(y_pred)),
        lambda y_true, y_pred: np.sum(ops.softmax(y_pred), axis=0),
        lambda y_true, y_pred: ops.softmax(y_pred),
    ):
        with pytest.raises(lossreg.ParameterError):
            defined(wrong)


def test_it_is_a_loss_like_any_other(loss):
    info = loss.info
    assert (info.family, info.link, info.raw_switch) == ("row-wise", "softmax", "from_logits")
    assert [param.name for param in info.params][-2:] == ["from_logits", "axis"]
    assert pickle.loads(pickle.dumps(loss)) == loss
    labels = np.array([0, 1, 1, 2])
    y = labels if info.target != "probability" else np.eye(3)[labels]
    start = loss.init_score(y, n_classes=3) if info.target != "probability" else loss.init_score(y)
    best = loss(y, np.tile(start, (4, 1)))
    for step in np.random.default_rng(6).normal(size=(50, 3)) * 0.1:
        assert best <= loss(y, np.tile(start + step, (4, 1))) * (1 + 1e-12)
    np.testing.assert_allclose(loss.predict(np.tile(start, (4, 1))).sum(1), 1.0, rtol=1e-15)
    state = loss.state().update(y[:2], np.ones((2, 3))).update(y[2:], np.ones((2, 3)))
    assert state.result() == loss(y, np.ones((4, 3)))


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        ("2*sum(q)", {}, "a formula with a sum is sum(...) or -sum(...)"),
        ("sum(q) + 1", {}, "goes into it"),
        ("sum(y_pred)", {}, "is of rows, and about q, the probability of a class, and log_q; a sum"),
        ("sum(q)", {"target": "real"}, "target is 'real'; wanted 'class index or probability'"),
        ("sum(q)", {"prediction": "real"}, "leave prediction out"),
        ("sum(q)", {"link": "logit"}, "link is 'logit'; wanted 'softmax'"),
        ("r**2", {"link": "softmax"}, "link is 'softmax'; wanted 'identity', 'logit' or 'log'"),
        ("r**2", {"target": "class index"}, "without a sum, is about elements"),
        ("sum(q*axis)", {"params": {"axis": 1.0}}, "needs another name"),
        ("sum(q*sum)", {"params": {"sum": 1.0}}, "needs another name"),
        ("q - y_true", {}, "q is not known: a formula of rows"),
    ],
)
def test_what_is_refused(text, options, words):
    with pytest.raises(lossreg.ParameterError, match=re.escape(words)):
        defined(text, **options)


@pytest.mark.parametrize(
    ("params", "words"),
    [({"axis": 0.5}, "axis is 0.5; wanted a whole number"), ({"from_logits": 1}, "wanted True or False")],
)
def test_parameters_of_the_engine_are_checked(params, words):
    with pytest.raises(lossreg.ParameterError, match=re.escape(words)):
        defined("sum(q)").replace(**params)


def test_calls_are_checked():
    loss = defined(TEMPERED, params={"a": 0.5})
    with pytest.raises(lossreg.DomainError, match="class index from 0 to 2"):
        loss([3], [[0.0, 1.0, 2.0]])
    with pytest.raises(lossreg.DomainError):
        loss.replace(from_logits=False)([0], [[-1.0, 1.0]])
    with pytest.raises(lossreg.ShapeError):
        loss([[0.0, 1.0]], [[0.0, 1.0, 2.0]])
    assert np.isnan(loss([0], [[np.nan, 1.0]]))
