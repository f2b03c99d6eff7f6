"""Keras's names with derivatives: every gradient and Hessian is that of the value, whatever the reduction and weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from keras_records import CLASSES, arguments, ulps
from sizes import assert_within

import lossreg
import lossreg.compat.keras as k

REDUCTIONS = ("sum_over_batch_size", "sum", "mean_with_sample_weight", "none")
WITHOUT_HESSIAN = (k.Circle, k.CTC)
VARIANTS: list[tuple[Any, dict[str, Any]]] = [
    *((cls, {}) for cls in CLASSES),
    (k.CosineSimilarity, {"axis": 0}),
    (k.CosineSimilarity, {"axis": (0, 1)}),
    (k.Huber, {"delta": 0.3}),
    (k.BinaryCrossentropy, {"from_logits": True, "label_smoothing": 0.2, "axis": 0}),
    (k.BinaryFocalCrossentropy, {"from_logits": True, "apply_class_balancing": True, "gamma": 1.5}),
    (k.BinaryFocalCrossentropy, {"gamma": 3.0, "label_smoothing": 0.2}),
    (k.CategoricalCrossentropy, {"from_logits": True, "label_smoothing": 0.2}),
    (k.CategoricalCrossentropy, {"label_smoothing": 0.2, "axis": 0}),
    (k.CategoricalFocalCrossentropy, {"from_logits": True, "gamma": 0.5}),
    (k.CategoricalFocalCrossentropy, {"gamma": 1.0, "alpha": (0.2, 0.3, 0.9)}),
    (k.SparseCategoricalCrossentropy, {"from_logits": True, "ignore_class": 1}),
    (k.SparseCategoricalCrossentropy, {"ignore_class": 2}),
    (k.Dice, {"axis": -1}),
    (k.Tversky, {"alpha": 0.3, "beta": 0.9, "axis": (1,)}),
    (k.Circle, {"gamma": 5.0, "margin": 0.1}),
]


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize(("cls", "given"), VARIANTS)
def test_derivatives_are_those_of_the_value(cls: Any, given: dict[str, Any], reduction: str) -> None:
    """Central differences of the value for the gradient, and of the gradient for the Hessian's diagonal."""
    rng = np.random.default_rng(4)
    loss = cls(**given, reduction=reduction)
    y_true, y_pred = arguments(cls)
    losses = np.shape(cls(**given, reduction="none")(y_true, y_pred))
    weight, mask = rng.uniform(0.5, 2, losses), rng.random(losses) < 0.7 if losses else None
    step = 1e-5

    def value(at: Any) -> Any:
        return np.sum(loss(y_true, at, weight, mask))

    gradient = loss.grad(y_true, y_pred, weight, mask)
    assert gradient.shape == y_pred.shape
    steps = step * np.eye(y_pred.size).reshape(-1, *y_pred.shape)
    slopes = [(value(y_pred + at) - value(y_pred - at)) / (2 * step) for at in steps]
    # A difference of values has lost as much of their size as it is smaller.
    assert_within(1e-8, gradient.ravel(), np.array(slopes), np.abs(slopes) + abs(value(y_pred)))
    if cls in WITHOUT_HESSIAN:
        with pytest.raises(lossreg.errors.DerivativeError, match="has no Hessian"):
            loss.hess(y_true, y_pred, weight, mask)
        return
    hessian = loss.hess(y_true, y_pred, weight, mask)
    assert np.array_equal(loss.grad_and_hess(y_true, y_pred, weight, mask), (gradient, hessian))
    rises = [
        loss.grad(y_true, y_pred + at, weight, mask) - loss.grad(y_true, y_pred - at, weight, mask) for at in steps
    ]
    bends = [rise.ravel()[i] / (2 * step) for i, rise in enumerate(rises)]
    assert_within(1e-8, hessian.ravel(), np.array(bends), np.abs(bends) + np.max(np.abs(gradient)))


@pytest.mark.parametrize("cls", [cls for cls in CLASSES if cls not in (k.CTC, k.Circle, k.Dice, k.Tversky)])
def test_masked_samples_count_for_nothing_whatever_they_hold(cls: Any) -> None:
    y_true, y_pred = arguments(cls)
    kept = np.array([True, False, True, True])
    y_pred[1] = np.nan
    masked = cls().value_and_grad(y_true, y_pred, mask=kept)
    dropped = cls().value_and_grad(y_true[kept], y_pred[kept])
    assert ulps(masked[0], dropped[0]) <= 2
    assert not masked[1][1].any()
    assert ulps(masked[1][kept], dropped[1]) <= 2


def test_a_call_of_your_own_has_no_derivative() -> None:
    class Doubled(k.Huber):
        def call(self, y_true: Any, y_pred: Any) -> Any:
            return 2 * super().call(y_true, y_pred)

    assert Doubled(delta=2.0)([[0.0]], [[1.0]]) == 1
    with pytest.raises(lossreg.errors.DerivativeError, match="Doubled has its own call"):
        Doubled().value_and_grad([[0.0]], [[1.0]])


# Cosine similarity


def test_vectors_shorter_than_the_clip_and_at_the_ends_of_float64() -> None:
    for scale in (1e-300, 1e-200, 1e200):
        y_pred = scale * np.array([[3.0, 4.0]])
        assert ulps(k.cosine_similarity(y_pred, y_pred), [-(min(1.0, 5 * scale / 1e-7) ** 2)]) <= 2
    value, grad = k.CosineSimilarity().value_and_grad([[3.0, 4.0]], np.zeros((1, 2)))
    assert value == 0
    assert ulps(grad, [[-0.6e7, -0.8e7]]) <= 2


# Categorical hinge


def test_the_true_class_takes_part_as_a_zero() -> None:
    value, grad = k.CategoricalHinge().value_and_grad([[0.0, 1.0, 0.0]], np.array([[-3.0, 0.25, -2.0]]))
    assert value == 0.75
    assert np.array_equal(grad, [[0, -1, 0]])
    _, grad = k.CategoricalHinge().value_and_grad([[0.0, 1.0, 0.0]], np.array([[2.0, 0.25, 2.0]]))
    assert np.array_equal(grad, [[0.5, -1, 0.5]])


# Sets


def test_coefficients_of_tversky_are_those_documented() -> None:
    """`alpha` weighs false positives; Keras exchanged the two until 3.16."""
    y_true, y_pred = np.array([[1.0, 0.0, 0.0]]), np.array([[1.0, 1.0, 1.0]])
    assert k.tversky(y_true, y_pred, alpha=0.5, beta=0.0) == pytest.approx(0.5, rel=1e-6)
    assert k.tversky(y_true, y_pred, alpha=0.0, beta=0.5) == pytest.approx(1e-7, rel=1e-6)


def test_nothing_over_nothing_is_a_whole_loss() -> None:
    nothing = np.zeros((1, 3))
    assert k.dice(nothing, nothing) == k.tversky(nothing, nothing) == 1
    value, grad = k.Dice().value_and_grad(np.ones((1, 3)), np.ones((1, 3)))
    assert ulps(value, 1e-7 / (6 + 1e-7)) <= 1
    assert np.isfinite(grad).all()


# Circle


def test_references_of_circle() -> None:
    y_true, y_pred = arguments(k.Circle)
    with_own = k.circle(y_true, y_pred, y_true, y_pred, remove_diagonal=True)
    assert np.array_equal(k.circle(y_true, y_pred), with_own)
    fewer = k.circle(y_true, y_pred, [0, 1], y_pred[:2], remove_diagonal=False)
    assert fewer.shape == (4,)
    with pytest.raises(lossreg.ShapeError, match="ref_labels has shape"):
        k.circle(y_true, y_pred, [0], y_pred[:2])


def test_a_label_that_stands_alone_has_no_loss_and_is_masked() -> None:
    y_pred = np.eye(3)
    value, grad = k.Circle().value_and_grad([0, 0, 1], y_pred)
    alone = k.circle([0, 0, 1], y_pred)
    assert alone[2] == 0
    assert np.array_equal(alone._keras_mask, [True, True, False])
    assert value == alone[:2].mean()
    assert np.isfinite(grad).all()


# CTC


def test_ctc_is_the_sum_over_alignments() -> None:
    """Against every path of four steps, written out."""
    rng = np.random.default_rng(8)
    logits = rng.normal(size=(3, 4, 3))
    y_true = [[1, 1], [2, 1], [0, 0]]
    q = np.exp(lossreg.ops.log_softmax(logits))
    for row, labels in enumerate(y_true):
        likelihood = 0.0
        for path in np.ndindex(3, 3, 3, 3):
            merged = [c for i, c in enumerate(path) if c and (not i or path[i - 1] != c)]
            if merged == [label for label in labels if label]:
                likelihood += np.prod(q[row, np.arange(4), path])
        assert k.ctc(y_true, logits)[row] == pytest.approx(-np.log(likelihood), rel=1e-13)


def test_labels_that_do_not_fit_into_the_time() -> None:
    value, grad = k.CTC(reduction="none").value_and_grad([[1, 1], [1, 0]], np.zeros((2, 2, 2)))
    assert np.array_equal(np.isinf(value), [True, False])
    assert not grad[0].any()
    assert grad[1].any()


def test_ctc_says_what_it_wants() -> None:
    with pytest.raises(lossreg.ShapeError, match="Targets `y_true` are expected to be a tensor of shape `"):
        k.ctc([1, 2], np.zeros((1, 2, 3)))
    with pytest.raises(lossreg.ShapeError, match="Logits `y_pred` are expected to be a tensor of shape `"):
        k.ctc([[1, 2]], np.zeros((2, 3)))
    with pytest.raises(
        lossreg.DomainError, match=r"y_true holds 3 at index \(0, 1\); wanted class indices from 0 to 2"
    ):
        k.ctc([[1, 3]], np.zeros((1, 4, 3)))


# Generalized cross-entropy


def test_generalized_cross_entropy_wants_its_power_inside() -> None:
    for q in (0.0, 1.0, -0.5):
        with pytest.raises(lossreg.ParameterError, match=r"q must be in the interval \(0, 1\)"):
            k.CategoricalGeneralizedCrossEntropy(q=q)
    value, grad = k.CategoricalGeneralizedCrossEntropy(q=0.5).value_and_grad([0, 0], np.array([[0.0, 1.0], [1.0, 0.0]]))
    assert value == 1
    assert np.array_equal(grad, [[-np.inf, 0], [-0.5, 0]])
