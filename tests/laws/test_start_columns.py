"""Start values of losses of columns: no constants are better, however the columns depend on each other."""

from __future__ import annotations

import math

import numpy as np
import pytest

import lossreg
from lossreg.info import Start

HAVE = [name for name in lossreg.names("column-wise") if lossreg.describe(name).start is not Start.NONE]
DEFINED = {
    "coupled_score": ("(a - y_true)**2 + 0.5*(b - a*y_true)**2 + 0.1*cosh(a + 2*b)", {"columns": ("a", "b")}),
    "robust_score": ("s + log_cosh(1.5*(m - y_true)*exp(-s))", {"columns": ("m", "s")}),
    "kinked_score": ("abs(a - y_true) + 0.7*abs(b - y_true) + 0.1*abs(a + b)", {"columns": ("a", "b")}),
    "three_scores": ("(a - y_true)**2 + exp(b - a) + exp(-b) + (c - b)**2", {"columns": ("a", "b", "c")}),
    "offset_score": ("exp(y_pred + o) - y_true*(y_pred + o)", {"target_columns": ("y_true", "o"), "link": "log"}),
    "scaled_score": ("log_cosh((y_pred - y)/s)", {"target_columns": ("y", "s"), "target": ("real", "positive")}),
    "label_score": (
        "y*softplus(-m*(a + b)) + (1 - y)*softplus(m*(a + b)) + 0.1*(a - b)**2",
        {"columns": ("a", "b"), "target_columns": ("y", "m"), "target": ("label", "positive")},
    ),
}  # fmt: skip


def of(name):
    if name not in DEFINED:
        return lossreg.get(name)
    text, options = DEFINED[name]
    return lossreg.define(text, name=name, **options)


def targets(loss, n, seed=0):
    y, _ = lossreg.testing.arguments(loss, n, seed=seed)
    return y if loss.name != "offset_score" else np.abs(y)


def total(loss, y, scores, weight=None):
    one = np.ndim(scores) == 0
    everywhere = np.broadcast_to(scores, len(y) if one else (len(y), len(scores)))
    return loss.value(y, everywhere, weight, reduction="sum")


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("name", [*HAVE, *DEFINED])
def test_no_constants_are_better(name, weighted):
    loss = of(name)
    y = targets(loss, 101)
    rng = np.random.default_rng(0)
    weight = rng.random(101) if weighted else None
    scores = loss.init_score(y, weight)
    best = total(loss, y, scores, weight)
    assert np.shape(scores) == ((len(loss.info.columns),) if len(loss.info.columns) > 1 else ())
    for step in (1e-6, 1e-3, 0.1, 2.0):
        for direction in rng.normal(size=(20, *np.shape(scores))):
            assert total(loss, y, scores + step * direction, weight) >= best - 1e-13 * abs(best)


def test_it_is_the_closed_form_where_there_is_one():
    y = np.random.default_rng(0).normal(3, 2, 1000)
    weight = np.random.default_rng(1).random(1000)
    mean = np.average(y, weights=weight)
    variance = np.average((y - mean) ** 2, weights=weight)
    found = lossreg.get("gaussian_nll").init_score(y, weight)
    np.testing.assert_allclose(found, [mean, math.log(variance)], rtol=1e-13)
    location, log_scale = lossreg.get("laplace_nll").init_score(y)
    assert location == np.median(y)
    assert log_scale == pytest.approx(math.log(np.mean(np.abs(y - location))), rel=1e-13)
    offset = np.random.default_rng(2).normal(size=1000)
    count = np.random.default_rng(3).poisson(2.0, 1000)
    rate = of("offset_score").init_score(np.stack([count, offset], 1))
    assert rate == pytest.approx(math.log(count.sum() / np.exp(offset).sum()), rel=1e-13)


def test_infinities_are_exact():
    assert lossreg.get("gaussian_nll").init_score([2.0, 2.0, 2.0]).tolist() == [2.0, -math.inf]
    assert lossreg.get("aft").init_score([[2.0, math.inf], [1.0, math.inf]]) == math.inf
    endless = lossreg.define("exp(-a) + (b - y_true)**2 + exp(-c)", name="endless_score", columns=("a", "b", "c"))
    assert endless.init_score([1.0, 3.0]).tolist() == [math.inf, 2.0, math.inf]
    with_offset = of("offset_score")
    assert with_offset.init_score([[0.0, 1.0], [0.0, -2.0]]) == -math.inf


def test_arguments_are_those_of_a_call():
    loss = lossreg.get("gaussian_nll")
    y = np.array([[1.0, 2.0], [np.nan, 7.0]])
    wanted = loss.init_score([1.0, 2.0, 7.0], [1.0, 1.0, 3.0])
    np.testing.assert_allclose(loss.init_score(y, [1.0, 3.0], where=np.isfinite(y)), wanted, rtol=1e-12)
    np.testing.assert_allclose(loss.init_score(y[:1].astype(np.float32)), [1.5, math.log(0.25)], rtol=1e-7)
    assert np.isnan(loss.init_score(y)).all()
    for nothing in ([], [[1.0], [0.0]]):
        with pytest.raises(lossreg.EmptyError):
            loss.init_score(*(nothing or [[]]))
    with pytest.raises(
        lossreg.ShapeError, match=r"y_true has shape \(3,\); wanted \(\.\.\., 2\), on whose last axis are y and s"
    ):
        of("scaled_score").init_score([1.0, 2.0, 3.0])
    with pytest.raises(lossreg.DomainError, match=r"holds -1.* at index \(0, 1\); wanted numbers above 0"):
        of("scaled_score").init_score([[1.0, -1.0]])
    with pytest.raises(lossreg.ParameterError, match="has no classes"):
        loss.init_score([1.0], n_classes=2)


def test_of_many_targets_the_slope_is_none():
    y = np.random.default_rng(0).normal(3, 2, 200_000)
    found = of("robust_score").init_score(y)
    slopes = of("robust_score").grad(y, np.broadcast_to(found, (len(y), 2)), reduction="sum")
    assert np.all(np.abs(slopes.sum(axis=0)) <= 1e-12 * np.abs(slopes).sum(axis=0))
