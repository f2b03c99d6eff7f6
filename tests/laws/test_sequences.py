"""Connectionist temporal classification against a sum over all paths, and its padding, masks and limits."""

from __future__ import annotations

from itertools import groupby, product
from typing import Any

import numpy as np
import pytest
from sizes import assert_within

import lossreg

Array = np.ndarray[Any, Any]
CTC = lossreg.get("ctc")


def plain(labels: list[int], scores: Array, blank: int = 0) -> tuple[float, Array, Array]:
    """The loss of one sequence by looking at every path of classes, the softmax of its frames, and what of all paths goes through
    each class."""
    q = np.exp(scores - scores.max(-1, keepdims=True))
    q /= q.sum(-1, keepdims=True)
    total, through = 0.0, np.zeros_like(q)
    for path in product(range(scores.shape[1]), repeat=len(scores)):
        if [c for c, _ in groupby(path) if c != blank] == labels:
            share = np.prod(q[range(len(path)), path])
            total += share
            through[range(len(path)), path] += share
    return -np.log(total), q, through / total


@pytest.mark.parametrize("labels", [[], [1], [1, 2], [2, 2], [1, 2, 1], [1, 1, 1]])
@pytest.mark.parametrize("blank", [0, 3])
def test_it_is_the_sum_over_all_paths(labels: list[int], blank: int) -> None:
    scores = np.random.default_rng(len(labels)).normal(size=(5, 4))
    loss = lossreg.get("ctc", blank=blank)
    padded = np.array([*labels, *[-1] * (3 - len(labels))])
    value, grad, hess = loss.value_grad_hess(padded, scores)
    wanted, q, through = plain(labels, scores, blank)
    assert value == pytest.approx(wanted, rel=1e-14, abs=0)
    assert_within(1e-14, grad, q - through, q + through)
    assert_within(1e-14, hess, q * (1 - q) - through * (1 - through), q + through)
    assert_within(1e-15, grad.sum(-1), np.zeros(len(grad)), np.abs(grad).sum(-1))


def test_blanks_and_negative_numbers_among_labels_are_padding() -> None:
    scores = np.random.default_rng(0).normal(size=(3, 8, 5))
    wanted = CTC.value_and_grad(np.array([[1, 2], [3, 3], [4, 1]]), scores)
    for labels in ([[1, 2, 0, 0], [3, 3, -1, 0], [4, 1, -7, -7]], [[1, 0, 2, 0], [0, 0, 3, 3], [-1, 4, -1, 1]]):
        value, grad = CTC.value_and_grad(np.array(labels), scores)
        assert value == wanted[0]
        np.testing.assert_array_equal(grad, wanted[1])


def test_masked_frames_are_left_out_whatever_they_hold() -> None:
    rng = np.random.default_rng(1)
    labels, scores = np.array([[1, 2], [3, -1]]), rng.normal(size=(2, 7, 4))
    lengths = np.array([5, 7])
    frames = np.arange(7) < lengths[:, None]
    spoilt = np.where(frames[..., None], scores, np.nan)
    value, grad, hess = CTC.value_grad_hess(labels, spoilt, where=frames, reduction="none")
    for i, length in enumerate(lengths):
        alone = CTC.value_grad_hess(labels[i], scores[i, :length], reduction="none")
        assert value[i] == alone[0]
        np.testing.assert_array_equal(grad[i, :length], alone[1])
        np.testing.assert_array_equal(hess[i, :length], alone[2])
        assert not grad[i, length:].any()
    frames[0] = False
    assert CTC(labels, spoilt, where=frames) == value[1]  # of one sequence nothing counts
    assert CTC(labels, scores, where=[False, True]) == CTC(labels[1:], scores[1:])


def test_an_impossible_alignment_is_infinite_and_pulls_nowhere() -> None:
    value, grad = CTC.value_and_grad([1, 1], np.zeros((2, 3)))  # between two of the same there is a blank
    assert value == np.inf
    assert not grad.any()


def test_certain_frames_keep_the_digits_of_what_is_missing() -> None:
    scores = np.array([[0.0, 40.0, 0.0], [45.0, 0.0, 0.0]])
    value, grad = CTC.value_and_grad([1], scores)
    a, b = np.exp(-40.0), np.exp(-45.0)
    # Class 2 first; a blank first and no 1 second; 1 first and 2 second.
    assert value == pytest.approx(a + a + b, rel=1e-15, abs=0)
    assert np.all(grad[0, [0, 2]] > 0)
    assert_within(1e-15, grad.sum(-1), np.zeros(2), np.abs(grad).sum(-1))


def test_thousands_of_frames_neither_overflow_nor_underflow() -> None:
    rng = np.random.default_rng(2)
    scores = rng.normal(scale=30, size=(2, 3000, 6))
    value, grad = CTC.value_and_grad(rng.integers(1, 6, (2, 400)), scores, reduction="none")
    assert np.all(np.isfinite(value))
    assert np.all(np.isfinite(grad))


@pytest.mark.parametrize("size", [1e10, 1e16, 1e20, 1e100, 1e300])
def test_gradients_of_scores_of_any_size_are_differences_of_probabilities(size: float) -> None:
    rng = np.random.default_rng(5)
    scores = size * rng.normal(size=(4, 12, 5))
    grad = CTC.grad(rng.integers(1, 5, (4, 3)), scores, reduction="sum")
    assert np.all(np.abs(grad) <= 1)
    assert_within(1e-15, grad.sum(-1), np.zeros((4, 12)), np.abs(grad).sum(-1))


@pytest.mark.parametrize("size", [1e6, 2e9, 1e15, 1e40, 1e300])
def test_what_alignments_share_out_does_not_depend_on_how_much_likelier_other_classes_are(size: float) -> None:
    scores = np.random.default_rng(3).normal(size=(6, 4), scale=20.0)
    scores[[1, 4], 3] = 1e4
    value, grad, hess = CTC.value_grad_hess(np.array([1, 2]), scores)
    scores[[1, 4], 3] = size
    far, far_grad, far_hess = CTC.value_grad_hess(np.array([1, 2]), scores)
    np.testing.assert_allclose(far_grad, grad, rtol=1e-10, atol=0)
    np.testing.assert_allclose(far_hess, hess, rtol=1e-10, atol=0)
    assert far == pytest.approx(value - 2e4 + 2 * size, rel=1e-13, abs=0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_threads_do_not_change_a_bit(dtype: type) -> None:
    rng = np.random.default_rng(3)
    scores, labels = rng.normal(size=(9, 30, 7)).astype(dtype), rng.integers(0, 7, (9, 8))
    one, four = (CTC.value_grad_hess(labels, scores, n_threads=n) for n in (1, 4))
    for a, b in zip(one, four, strict=True):
        np.testing.assert_array_equal(a, b)


def test_curvatures_of_softmax_alone() -> None:
    labels, scores = [1, 2], np.random.default_rng(4).normal(size=(6, 4))
    q = lossreg.ops.softmax(scores)
    np.testing.assert_allclose(CTC.hess(labels, scores, hessian="gauss_newton"), q * (1 - q), rtol=1e-14)
    np.testing.assert_array_equal(CTC.hess(labels, scores, hessian="majorizer"), np.full((6, 4), 0.375))
    assert np.all(CTC.hess(labels, scores) <= CTC.hess(labels, scores, hessian="gauss_newton"))


@pytest.mark.parametrize(
    ("labels", "shape", "message"),
    [
        ([[1, 2]], (3, 4), "wanted labels of shape"),
        ([1, 2], (2, 3, 4), "wanted labels of shape"),
        ([1], (4,), "frames of class scores"),
        ([1], (0, 3), "at least one frame"),
        ([1], (3, 0), "more than 0 classes"),
    ],
)
def test_shapes_that_do_not_go_together(labels: Any, shape: tuple[int, ...], message: str) -> None:
    with pytest.raises(lossreg.ShapeError, match=message):
        CTC(labels, np.zeros(shape))


def test_labels_that_are_no_classes() -> None:
    with pytest.raises(lossreg.DomainError) as caught:
        CTC([[1, 2], [3, 9]], np.zeros((2, 4, 4)))
    assert (caught.value.argument, caught.value.index, caught.value.value) == ("y_true", (1, 1), 9)
    with pytest.raises(lossreg.ParameterError, match="blank is negative"):
        lossreg.get("ctc", blank=-1)
    with pytest.raises(lossreg.ShapeError, match="the blank is class 6"):
        lossreg.get("ctc", blank=6)([1], np.zeros((3, 4)))


@pytest.mark.parametrize(
    ("scores", "wanted"),
    [
        ([[0.0, np.inf, 0.0]], 0.0),
        ([[-np.inf, 0.0, -np.inf]], 0.0),
        ([[np.inf] * 3], np.nan),
        ([[-np.inf] * 3], np.nan),
        ([[np.inf, 0.0, 0.0], [0.0, 1.0, 2.0]], CTC([1], [[1e308, 0.0, 0.0], [0.0, 1.0, 2.0]])),
    ],
)
def test_infinite_scores_have_the_limit_where_there_is_one(scores: Any, wanted: float) -> None:
    np.testing.assert_array_equal(CTC([1], scores), wanted)


def test_there_are_arguments_for_any_blank() -> None:
    labels, scores = lossreg.testing.arguments(CTC.replace(blank=9), 5)
    assert scores.shape[-1] > 9
    assert np.isfinite(CTC.replace(blank=9)(labels, scores))
