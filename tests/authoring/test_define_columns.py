"""Formulas of several columns: of predictions, each with its derivatives, and of what is given of each element besides its target."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from mpmath import mp
from truth import formulas, losses
from truth.table import number, ulp_error

import lossreg
from lossreg import _native
from lossreg.info import Domain
from lossreg.testing import arguments, check_loss

NLL = "0.5*(log_variance + (mean - y_true)**2*exp(-log_variance))"
MEAN = ("mean", "log_variance")
WITH_OFFSET = "exp(y_pred + offset) - count*(y_pred + offset)"
# Text, and options.
FORMULAS = {
    "robust": (
        "log_scale + log_cosh(a*(centre - y_true)*exp(-log_scale))",
        {"columns": ("centre", "log_scale"), "params": {"a": (1.5, "> 0")}},
    ),
    "student": (
        "0.5*(exp(log_df) + 1)*log1p((centre - y_true)**2*exp(-log_df)) + 0.1*log_df**2",
        {"columns": ("centre", "log_df")},
    ),
    "zero_inflated": (
        "where(y_true == 0, 0.1*exp(gate), softplus(gate) + exp(log_rate) + y_true*softplus(-log_rate))",
        {"columns": ("gate", "log_rate"), "target": "non-negative"},
    ),
    "four": ("exp(a)*(b - y_true)**2 + exp(c - d)", {"columns": ("a", "b", "c", "d")}),
    "three": ("softplus(b - a) + 0.5*softplus(c - b)*y_true", {"columns": ("a", "b", "c"), "target": "non-negative"}),
    "offset": (WITH_OFFSET, {"target_columns": ("count", "offset"), "link": "log"}),
    "scaled": (
        "log_cosh((y_pred - y_true)/scale) + 0.5*log1p(scale)",
        {"target_columns": ("y_true", "scale"), "target": ("real", "positive")},
    ),
    "bounded": (
        "maximum(lower - y_pred, 0)**2 + maximum(y_pred - upper, 0)**2 + 0.01*y_pred**2",
        {"target_columns": ("lower", "upper"), "target": "interval"},
    ),
    "labelled": (
        "y_true*softplus(-margin*(a + b)) + (1 - y_true)*softplus(margin*(a - b))",
        {"columns": ("a", "b"), "target_columns": ("y_true", "margin"), "target": ("label", "positive")},
    ),
    "soft": ("y_true*softplus(-a) + (1 - y_true)*softplus(a) + b**2", {"columns": ("a", "b"), "target": "soft label"}),
    "both": (
        "weight*softplus(shift - side*(a - b)) + 0.1*(a**2 + b**2)*base",
        {"columns": ("a", "b"), "target_columns": ("side", "shift", "weight", "base"), "target": "non-negative"},
    ),
}  # fmt: skip


def defined(text, name="columns_defined_here", **options):
    return lossreg.define(text, name=name, **options)


@pytest.fixture(params=FORMULAS)
def loss(request):
    text, options = FORMULAS[request.param]
    return defined(text, f"{request.param}_columns", **options)


def finite(loss, n=300, dtype=np.float64):
    y, x = arguments(loss, n, dtype)
    return np.minimum(y, 9), x  # of an interval, upper bounds too


# They are right


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_value_and_derivatives_are_those_of_the_text(loss, dtype):
    """By the text evaluated at 450 digits, in ULP over the condition."""
    # Near 0, where an exponential does not multiply what its argument has lost.
    info, (y, x) = replace(loss.info, target=Domain.REAL), finite(loss, 60, dtype)
    y, x = (y if any(domain.is_label for domain in info.target_domains) else y / 8), x / 8
    results = [np.atleast_2d(np.asarray(each).T).T for each in loss.value_grad_hess(y, x, reduction="none")]
    rows = zip(y.reshape(60, -1).astype(float), x.reshape(60, -1).astype(float), strict=True)
    for i, (target, predicted) in enumerate(rows):
        for column in range(len(info.columns)):
            with mp.workdps(losses.DIGITS):
                jet = formulas.columnwise(info, dict(loss.params), [*target], [*predicted], "", column)
                parts = zip((jet.value, jet.first, jet.second), jet.sizes, strict=True)
                cells = [losses.cells(*part, np.dtype(dtype).name) for part in parts]
            for quantity, (high, residual, condition), result in zip(
                ("value", "grad", "hess"), cells, results, strict=True
            ):
                got = float(result[i, 0 if quantity == "value" else column])
                error = ulp_error(got, number(high), float(residual), np.dtype(dtype).name) / float(condition)
                assert error <= 8, (quantity, column, error, got, number(high), target, predicted)


def test_they_keep_the_laws(loss):
    check_loss(loss)


@pytest.mark.parametrize("shape", [(), (1,), (7,), (700,), (40, 50)])
def test_any_shape_is_its_elements(loss, shape):
    count = int(np.prod(shape))
    y, x = arguments(loss, count)
    axes = [() if each.ndim == 1 else each.shape[1:] for each in (y, x)]
    whole = loss.value_grad_hess(
        *(each.reshape(shape + own) for each, own in zip((y, x), axes, strict=True)), reduction="none"
    )
    flat = loss.value_grad_hess(y, x, reduction="none")
    for one, other in zip(whole, flat, strict=True):
        assert np.array_equal(np.ravel(one), np.ravel(other))
    assert np.shape(whole[1]) == (*shape, *axes[1])


def test_an_offset_shifts_the_prediction():
    """An exposure is a logarithm of it added to the score of a Poisson model."""
    loss = defined(WITH_OFFSET, target_columns=("count", "offset"), link="log")
    plain = lossreg.get("poisson")
    assert loss.predict(0.0) == 1.0
    rng = np.random.default_rng(0)
    count, offset, score = rng.poisson(2.0, 500), rng.normal(size=500), rng.normal(size=500)
    got = loss.value_grad_hess(np.stack([count, offset], 1), score)
    for one, other in zip(got, plain.value_grad_hess(count, score + offset), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-13)
    assert got[1].shape == score.shape


def test_a_known_scale_is_a_column_in_any_dtype():
    text = "(y_true - y_pred)**2/scale**2 + log(scale)"
    loss = defined(text, target_columns=("y_true", "scale"), target=("real", "positive"))
    y, x = np.array([[1.0, 2.0], [3.0, 0.5]]), np.array([0.5, 2.0])
    wanted = np.array([0.0625 + np.log(2), 4.0 + np.log(0.5)])
    for types in (
        (np.float64, np.float64),
        (np.float32, np.float64),
        (np.float64, np.float32),
        (np.float32, np.float32),
    ):
        got = loss(y.astype(types[0]), x.astype(types[1]), reduction="none")
        np.testing.assert_allclose(got, wanted, rtol=1e-7 if got.dtype == np.float32 else 1e-15)
    assert loss.grad(y, x.astype(np.float32), reduction="sum").dtype == np.float32
    check_loss(loss)
    info = loss.info
    assert (str(info.target), info.target_words) == ("any number", "y_true any number, scale numbers above 0")
    assert "y_true any number, scale numbers above 0" in loss.__doc__
    y[0, 0], y[1, 1] = -1.0, 0.0
    with pytest.raises(lossreg.DomainError, match=r"y_true holds 0.* at index \(1, 1\); wanted numbers above 0"):
        loss(y, x)
    assert loss(y, x, where=[True, False]) == loss(y[:1], x[:1])


def test_labels_are_those_of_any_loss():
    loss = defined(*FORMULAS["labelled"][:1], **FORMULAS["labelled"][1])
    x = np.array([[0.5, 1.0], [-1.0, 0.25], [0.0, 2.0]])
    rows = np.array([[1.0, 2.0], [0.0, 1.0], [1.0, 0.5]])
    signs = rows * [2, 1] - [1, 0]
    for one, other in zip(loss.value_grad_hess(signs, x), loss.value_grad_hess(rows, x), strict=True):
        assert np.array_equal(one, other)
    rows[2, 0] = -1.0
    with pytest.raises(
        lossreg.DomainError, match=r"y_true holds -1 at index \(2, 0\); wanted labels 0 and 1, or -1 and 1, not both"
    ):
        loss(rows, x)
    assert loss(rows, x, where=[True, True, False]) == loss(rows[:2], x[:2])
    rows[2, 0] = 0.5
    with pytest.raises(
        lossreg.DomainError, match=r"y_true holds 0.5 at index \(2, 0\); wanted labels 0 and 1, or -1 and 1"
    ):
        loss(rows, x)
    # Each column has labels of its own kind.
    two = defined("a*y*z + a**2", columns=("a",), target_columns=("y", "z"), target="label")
    assert two([[-1, 0], [1, 1]], [1.0, 2.0], reduction="none").tolist() == [1.0, 6.0]
    assert two.info.target_words == "labels 0 and 1, or -1 and 1"


# They are losses like all others


def test_weights_masks_reductions_and_threads_are_the_engines(loss):
    rng = np.random.default_rng(4)
    y, x = finite(loss, 5000, np.float32)
    weight, mask = rng.random(5000), rng.random(5000) < 0.7
    x[~mask] = np.nan
    some = loss.value_grad_hess(y, x, weight, where=mask, n_threads=1)
    for got, wanted in zip(loss.value_grad_hess(y, x, weight, where=mask, n_threads=4), some, strict=True):
        assert np.array_equal(got, wanted)
    assert some[0] == loss(y[mask], x[mask], weight[mask])
    assert not some[1][~mask].any()
    losses_ = loss(y[mask], x[mask], reduction="none").astype(float)
    assert loss(y[mask], x[mask], reduction="sum") == pytest.approx(losses_.sum(), rel=1e-6)
    state = loss.state()
    for part in (slice(0, 1234), slice(1234, None)):
        state.update(y[part], x[part], weight[part], where=mask[part])
    assert state.result() == some[0]


def test_layouts_and_places_change_no_bit(loss):
    y, x = finite(loss, 200)
    wanted = loss.value_grad_hess(y, x, reduction="none")
    for change in (np.asfortranarray, lambda a: np.repeat(a, 2, axis=0)[::2], lambda a: np.flip(np.flip(a).copy())):
        for got, right in zip(loss.value_grad_hess(change(y), change(x), reduction="none"), wanted, strict=True):
            assert np.array_equal(got, right)
    out = x.copy()
    assert loss.value_and_grad(y, out, out=out, reduction="none")[1] is out
    assert np.array_equal(out, wanted[1])


def test_nan_of_any_column_is_nan_of_all(loss):
    y, x = finite(loss, 3)
    for side in (0, 1):
        for column in range(y.shape[-1] if side == 0 and y.ndim > 1 else x.shape[-1] if side and x.ndim > 1 else 1):
            given = [y.copy(), x.copy()]
            given[side].reshape(3, -1)[1, column] = np.nan
            value, *derivatives = loss.value_grad_hess(*given, reduction="none")
            assert np.isnan(value).tolist() == [False, True, False]
            for derivative in derivatives:
                assert np.isnan(derivative.reshape(3, -1)).all(1).tolist() == [False, True, False]


def test_what_it_says_of_itself(loss):
    info, options = loss.info, FORMULAS[loss.name.removesuffix("_columns")][1]
    assert info.family == "column-wise"
    assert info.columns == options.get("columns", ("y_pred",))
    assert info.target_columns == options.get("target_columns", ())
    assert info.inner_axes == (len(info.columns) > 1)
    assert info.hessians == {"exact": False, "unit": True}
    y, x = finite(loss, 10)
    assert (loss.hess(y, x, hessian="unit", reduction="sum") == 1).all()
    assert loss.hess(y, x, reduction="sum", min_hessian=0.5).min() >= 0.5
    assert np.shape(loss.init_score(y)) == ((len(info.columns),) if len(info.columns) > 1 else ())
    curves = pytest.importorskip("lossreg.demo.curves", exc_type=ImportError)
    moving, lines = curves.curves(loss)
    assert moving == "prediction"
    assert len(lines) == len(info.columns)
    assert all(np.isfinite(line.value).all() for line in lines)


def test_pickles_config_and_text_bring_it_back(loss):
    again = pickle.loads(pickle.dumps(loss))
    assert again == loss
    assert again.info == loss.info
    lossreg.register(loss)
    try:
        assert lossreg.get(repr(loss)) == loss
        assert lossreg.get(json.loads(json.dumps(loss.config()))) == loss
    finally:
        lossreg.unregister(loss.name)
    y, x = finite(loss, 20)
    state = loss.state().update(y, x)
    assert lossreg.State.from_bytes(state.to_bytes()).update(y, x).result() == loss(y, x)
    code = f"import pickle; loss, y, x = pickle.loads({pickle.dumps((loss, y, x))!r}); print(repr(loss(y, x)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == repr(loss(y, x))


def test_levels_give_the_same_bits(loss):
    y, x = finite(loss, 300)
    code = (
        f"import hashlib, pickle; loss, y, x = pickle.loads({pickle.dumps((loss, y, x))!r})\n"
        "print([hashlib.sha1(part.tobytes()).hexdigest() for part in loss.value_grad_hess(y, x, reduction='none')])"
    )
    outcomes = set()
    for level in _native.cpu_levels():
        env = {"LOSSREG_CPU": level, "PYTHONPATH": ":".join(sys.path)}
        outcomes.add(
            subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env).stdout
        )
    assert len(outcomes) == 1


def test_a_weighted_sum_has_the_columns_of_its_terms():
    one = defined("(a - y_true)**2 + abs(b)", "first_of_two", columns=("a", "b"))
    other = defined("log_cosh(b - a*y_true)", "second_of_two", columns=("a", "b"))
    y, x = arguments(one, 50)
    both = 0.5 * one + 2 * other
    assert both.info.columns == ("a", "b")
    np.testing.assert_allclose(both.grad(y, x), 0.5 * one.grad(y, x) + 2 * other.grad(y, x), rtol=1e-14)


# A formula of a built-in runs it


def test_a_built_ins_text_runs_the_built_in_whatever_its_columns_are_called():
    loss = defined("((mu - y)**2*exp(-s) + s)*0.5", columns=("mu", "s"), target_columns=("y",))
    assert loss.info.notes == ("the formula of gaussian_nll, whose compiled code runs",)
    assert loss.info.columns == ("mu", "s")
    built_in = lossreg.get("gaussian_nll")
    y, x = arguments(built_in, 500)
    for hessian in ("exact", "gauss_newton", "unit"):
        assert np.array_equal(loss.hess(y, x, hessian=hessian), built_in.hess(y, x, hessian=hessian))
    with pytest.raises(lossreg.ShapeError, match=r"on whose last axis are mu and s$"):
        loss(y, x[:, :1])
    # In another order of its columns it is another loss, by the interpreter.
    turned = defined(NLL, columns=MEAN[::-1])
    assert turned.info.notes == ()
    np.testing.assert_allclose(turned.grad(y, x[:, ::-1])[:, ::-1], built_in.grad(y, x), rtol=1e-13)


def test_one_column_by_another_name_is_a_formula_of_elements():
    loss = defined(
        "where(abs(p - t) <= 1.35, 0.5*(p - t)**2, 1.35*(abs(p - t) - 0.675))", columns=("p",), target_columns=("t",)
    )
    assert (loss.info.family, loss.info.columns, loss.info.target_columns) == ("pointwise", (), ())
    assert loss([0.0], [3.0]) == lossreg.get("huber", delta=1.35)([0.0], [3.0])
    assert defined("softplus(-p)", columns=["p"])([7.0], [0.5]) == pytest.approx(np.log1p(np.exp(-0.5)), rel=1e-15)
