"""Losses of rows as a whole, which softmax does not make: against their texts in NumPy, all lengths of rows, and all layouts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from drawn import same

import lossreg

Array = np.ndarray[Any, Any]


def hinge(t: Array, z: Array, margin: float = 1.0) -> Array:
    others = np.where(np.eye(z.shape[-1], dtype=bool), -np.inf, z[:, None, :])
    return np.sum(t * np.maximum(0, margin + others.max(axis=-1) - z), axis=-1)


def margins(t: Array, z: Array, power: float = 1.0, margin: float = 1.0) -> Array:
    k = z.shape[-1]
    each = np.where(np.eye(k, dtype=bool), 0, np.maximum(0, margin - z[:, :, None] + z[:, None, :]) ** power)
    return np.sum(t * each.sum(axis=-1), axis=-1) / k


def nearest(z: Array) -> Array:
    """The probabilities that are nearest to scores."""
    ordered = -np.sort(-z, axis=-1)
    sums, sizes = np.cumsum(ordered, axis=-1), np.arange(1, z.shape[-1] + 1)
    support = np.count_nonzero(1 + sizes * ordered > sums, axis=-1)[:, None]
    return np.maximum(0, z - (np.take_along_axis(sums, support - 1, axis=-1) - 1) / support)


def sparsemax(t: Array, z: Array) -> Array:
    p = nearest(z)
    return np.sum(0.5 * (p - t) ** 2 + (p - t) * (z - p), axis=-1)


def one_vs_rest(t: Array, z: Array, class_weight: Any = 1.0) -> Array:
    return np.sum(np.multiply(class_weight, t * np.logaddexp(0, -z) + (1 - t) * np.logaddexp(0, z)), axis=-1)


def nll(t: Array, z: Array) -> Array:
    return -np.sum(t * z, axis=-1)


def generalized_kl(t: Array, z: Array) -> Array:
    return np.sum(lossreg.ops.xlogy(t, t) - t * z - t + np.exp(z), axis=-1)


TEXTS: list[tuple[str, dict[str, Any], Callable[..., Array]]] = [
    ("categorical_hinge", {}, hinge),
    ("categorical_hinge", {"margin": 0.25}, hinge),
    ("multi_margin", {}, margins),
    ("multi_margin", {"power": 2.0, "margin": 0.5}, margins),
    ("multi_margin", {"power": 1.5}, margins),
    ("multiclass_sparsemax", {}, sparsemax),
    ("one_vs_rest_cross_entropy", {}, one_vs_rest),
    ("nll", {}, nll),
    ("generalized_kl", {}, generalized_kl),
]
INDEXED = [name for name in dict.fromkeys(name for name, *_ in TEXTS) if name != "generalized_kl"]
each = pytest.mark.parametrize(("name", "params", "text"), TEXTS, ids=[f"{name}-{params}" for name, params, _ in TEXTS])
each_of_indices = pytest.mark.parametrize("name", INDEXED)
LENGTHS = (1, 2, 3, 7, 8, 9, 31, 64, 200, 1024, 1025, 5000)


@each
@pytest.mark.parametrize("classes", LENGTHS)
def test_rows_of_any_length_give_what_the_text_says(
    name: str, params: dict[str, Any], text: Callable[..., Array], classes: int
) -> None:
    rng = np.random.default_rng(classes)
    rows = max(2, 3000 // classes)
    z = rng.normal(scale=2.0, size=(rows, classes))
    sharp = np.eye(classes)[rng.integers(0, classes, rows)]
    targets = [sharp, rng.dirichlet(np.ones(classes), rows)] if classes <= 64 else [sharp]
    for t in targets:
        parts = np.array_split(np.arange(rows), max(1, classes // 100))
        wanted = np.concatenate([text(t[some], z[some], **params) for some in parts])
        apart = abs(lossreg.get(name, **params)(t, z, reduction="none") - wanted)
        # The texts subtract scores and probabilities.
        assert np.all(apart <= 1e-14 * (abs(wanted) + 1 + abs(z).sum(axis=-1)))


@each
def test_gradients_and_matrices_are_those_of_the_text(
    name: str, params: dict[str, Any], text: Callable[..., Array]
) -> None:
    rng = np.random.default_rng(5)
    loss, z, step = lossreg.get(name, **params), rng.normal(size=(40, 5)), 2.0**-17
    for t in (np.eye(5)[rng.integers(0, 5, 40)], rng.dirichlet(np.ones(5), 40)):
        grad, matrices = loss.grad(t, z, reduction="none"), loss.full_hessian(t, z, reduction="none")
        np.testing.assert_array_equal(np.diagonal(matrices, axis1=1, axis2=2), loss.hess(t, z, reduction="none"))
        for j in range(5):
            ahead, behind = z.copy(), z.copy()
            ahead[:, j] += step
            behind[:, j] -= step
            slope = (text(t, ahead, **params) - text(t, behind, **params)) / (2 * step)
            np.testing.assert_allclose(grad[:, j], slope, rtol=2e-4, atol=2e-5 * abs(grad).max())
            bend = (loss.grad(t, ahead, reduction="none") - loss.grad(t, behind, reduction="none")) / (2 * step)
            smooth = abs(bend) < 1e3  # no kink between the two
            scale = max(abs(matrices).max(), 1.0)
            np.testing.assert_allclose(matrices[:, :, j][smooth], bend[smooth], rtol=1e-3, atol=1e-4 * scale)


@each_of_indices
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("classes", [1, 2, 5, 1100])
def test_class_indices_are_one_hot_rows_to_the_bit(name: str, dtype: str, classes: int) -> None:
    rng = np.random.default_rng(classes)
    y, x = rng.integers(0, classes, 30), (3 * rng.normal(size=(30, classes))).astype(dtype)
    rows, weight, mask = np.eye(classes, dtype=dtype)[y], rng.uniform(0, 2, 30), rng.random(30) < 0.7
    weighted: dict[str, Any] = {"class_weight": rng.uniform(0, 2, classes).tolist()}
    known = {param.name for param in lossreg.describe(name).params}
    for params in ({}, weighted) if weighted.keys() <= known else ({},):
        loss = lossreg.get(name, **params)
        for options in ({}, {"sample_weight": weight}, {"where": mask}, {"sample_weight": weight, "where": mask}):
            for reduction in ("none", "mean", "weighted_mean"):
                same(
                    loss.value_grad_hess(y, x, reduction=reduction, **options),
                    loss.value_grad_hess(rows, x, reduction=reduction, **options),
                )
        if classes < 10:
            same(loss.full_hessian(y, x, weight, where=mask), loss.full_hessian(rows, x, weight, where=mask))


@each_of_indices
def test_rows_that_do_not_count_may_hold_anything(name: str) -> None:
    loss = lossreg.get(name, ignore_index=-1)
    x = np.array([[0.5, -1.0, 2.0], [np.nan, np.inf, 0.0], [1.0, 0.0, 0.0], [np.inf, np.nan, 1.0]])
    y, mask, weight = np.array([0, -1, 2, 77]), np.array([True, True, True, False]), np.array([1.0, 1.0, 0.0, 1.0])
    kept = loss.value_grad_hess([0, 2], x[[0, 2]], reduction="none")
    value, grad, hess = loss.value_grad_hess(y, x, where=mask, reduction="none")
    same([value[[0, 2]], grad[[0, 2]], hess[[0, 2]]], kept)
    assert not value[[1, 3]].any()
    assert not grad[[1, 3]].any()
    assert not hess[[1, 3]].any()
    assert loss(y, x, where=mask) == loss([0, 2], x[[0, 2]])
    assert loss(y, x, weight, where=mask) == loss([0], x[:1]) / 2
    matrices = loss.full_hessian(y, x, where=mask, reduction="none")
    same(matrices[[0, 2]], loss.full_hessian([0, 2], x[[0, 2]], reduction="none"))
    assert not matrices[[1, 3]].any()


@each
def test_nan_stays_in_its_row(name: str, params: dict[str, Any], text: Callable[..., Array]) -> None:
    loss, t = lossreg.get(name, **params), np.eye(3)
    z = np.random.default_rng(1).normal(size=(3, 3))
    lost = z.copy()
    lost[1, 2] = np.nan
    kept, spoilt = (loss.value_grad_hess(t, x, reduction="none") for x in (z, lost))
    for number, other in zip(kept, spoilt, strict=True):
        same(number[[0, 2]], other[[0, 2]])
        assert np.isnan(other[1]).all()
    assert np.isnan(loss.full_hessian(t, lost, reduction="none")[1]).all()
    assert np.isnan(loss([[np.nan, 0.0, 1.0]], z[:1]))


def test_scores_far_away_have_their_limits() -> None:
    first = [1.0, 0.0, 0.0]
    assert lossreg.get("categorical_hinge")([first], [[-np.inf, 0.0, 0.0]]) == np.inf
    assert lossreg.get("categorical_hinge")([first], [[np.inf, 0.0, 0.0]]) == 0
    assert lossreg.get("multi_margin")([first], [[3.0, -np.inf, -np.inf]]) == 0
    assert lossreg.get("nll")([0], [[-2.0, -np.inf]]) == 2.0
    assert lossreg.get("generalized_kl")([[0.0, 1.0]], [[-np.inf, 0.0]]) == 0
    sparse = lossreg.get("multiclass_sparsemax")
    same(sparse.value_and_grad([0], [[np.inf, 0.0, 0.0]]), (0.0, np.zeros((1, 3))))
    same(sparse.value_and_grad([1], [[np.inf, 0.0, 0.0]]), (np.inf, np.array([[1.0, -1.0, 0.0]])))
    same(sparse.value_and_grad([0], [[2.0, 0.0, -np.inf]]), (0.0, np.zeros((1, 3))))
    # A shift of all scores changes nothing, and of these the last digits say which class is ahead.
    far = np.array([[2.0**52, 2.0**52 + 0.5, 2.0**52 - 3]])
    np.testing.assert_array_max_ulp(sparse([0], far), sparse([0], far - 2.0**52), 1)


def test_of_equal_rivals_none_is_needed() -> None:
    loss = lossreg.get("categorical_hinge")
    same(loss.grad([0], [[0.0, 1.0, 1.0]]), np.array([[-1.0, 0.0, 0.0]]))
    same(loss.grad([1], [[0.0, 1.0, 1.0]]), np.array([[0.0, -1.0, 1.0]]))
    same(loss.grad([0], [[1.0, 0.0, -5.0]]), np.zeros((1, 3)))  # exactly at the margin
    same(loss.grad([[0.5, 0.5, 0.0]], [[0.0, 0.25, 0.25]]), np.array([[-0.5, -0.5, 0.5]]))


def test_best_constants() -> None:
    labels, q = [0, 1, 1, 2], np.array([0.25, 0.5, 0.25])
    same(lossreg.get("multiclass_sparsemax").init_score(labels), q)
    same(lossreg.get("one_vs_rest_cross_entropy").init_score(labels), lossreg.ops.logit(q))
    same(lossreg.get("one_vs_rest_cross_entropy", from_logits=False).init_score(labels), q)
    same(lossreg.get("one_vs_rest_cross_entropy").init_score([0, 0], n_classes=2), np.array([np.inf, -np.inf]))
    amounts = np.array([[1.0, 0.0, 3.0], [3.0, 0.0, 5.0]])
    same(lossreg.get("generalized_kl").init_score(amounts), lossreg.ops.log(np.array([2.0, 0.0, 4.0])))
    same(lossreg.get("generalized_kl").init_score(amounts, [3.0, 1.0])[:1], lossreg.ops.log(np.array([1.5])))


def test_long_rows_are_shared_among_threads_and_stop() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(37, 3001)), rng.integers(0, 3001, 37)
    for name in INDEXED:
        loss = lossreg.get(name)
        same(loss.value_grad_hess(y, x, n_threads=1), loss.value_grad_hess(y, x, n_threads=3))


def test_targets_are_named_that_are_no_class() -> None:
    with pytest.raises(
        lossreg.DomainError, match="y_true holds 3 at index 1; wanted a class index from 0 to 2, or -1 to"
    ):
        lossreg.get("multi_margin", ignore_index=-1)([0, 3], np.zeros((2, 3)))
    with pytest.raises(
        lossreg.DomainError, match=r"y_true holds 2 at index \(1, 0\); wanted probabilities from 0 to 1"
    ):
        lossreg.get("multi_margin")([[0.0, 1.0], [2.0, 0.0]], np.zeros((2, 2)))
    with pytest.raises(lossreg.DomainError, match=r"y_pred holds 1.5 at index \(0, 1\); wanted probabilities"):
        lossreg.get("one_vs_rest_cross_entropy", from_logits=False)([0], [[0.5, 1.5]])
    with pytest.raises(lossreg.DomainError, match=r"y_true holds -1 at index \(0, 1\); wanted numbers of at least 0"):
        lossreg.get("generalized_kl")([[1.0, -1.0]], [[0.0, 0.0]])
