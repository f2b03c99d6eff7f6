"""Keras's formulas: the loss of every sample, and how a derivative travels back through it.

A formula takes targets and predictions and returns the losses of the samples, the mean or sum over the last axis
already taken, and their pullback: from what each sample counts for to the gradient with respect to the predictions.
A reduction composes with that, and nothing is computed for a gradient that nobody asks for.

Losses of differences and of raw scores run on lossreg's engine. Those of probabilities are Keras's own arithmetic step
by step in the dtype of the predictions: in float32 the clip to [1e-7, 1 - 1e-7], the division by the row's sum and the
rounding of 1 - p make the numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

import lossreg

from . import targets
from .arrays import Array, floating, pair, same_rank, unbroadcast

EPSILON = 1e-7


class Losses(NamedTuple):
    """The losses of the samples and their derivative, transposed."""

    values: Array
    pullback: Callable[[Array], Array]
    mask: Array | None = None


def mean_squared_error(y_true: npt.ArrayLike, y_pred: npt.ArrayLike) -> Losses:
    """Mean of `(y_true - y_pred)**2` over the last axis."""
    return _engine(lossreg.get("squared_error"), *same_rank(*pair(y_true, y_pred)))


def mean_absolute_error(y_true: npt.ArrayLike, y_pred: npt.ArrayLike) -> Losses:
    """Mean of `abs(y_true - y_pred)` over the last axis."""
    return _engine(lossreg.get("absolute_error"), *same_rank(*pair(y_true, y_pred)))


def huber(y_true: npt.ArrayLike, y_pred: npt.ArrayLike, delta: float = 1.0) -> Losses:
    """Mean over the last axis of a loss that is quadratic up to `delta` and linear beyond."""
    return _engine(lossreg.get("huber", delta=delta), *same_rank(*pair(y_true, y_pred)))


def log_cosh(y_true: npt.ArrayLike, y_pred: npt.ArrayLike) -> Losses:
    """Mean of `log(cosh(y_pred - y_true))` over the last axis."""
    return _engine(lossreg.get("log_cosh"), *same_rank(*pair(y_true, y_pred)))


def hinge(y_true: npt.ArrayLike, y_pred: npt.ArrayLike) -> Losses:
    """Mean of `maximum(1 - y_true*y_pred, 0)` over the last axis; labels that are all 0 or 1 count as -1 and 1."""
    labels, prediction = pair(y_true, y_pred)
    if np.all((labels == 0) | (labels == 1)):
        labels = 2 * labels - 1
    scores = labels * prediction
    losses = _engine(lossreg.get("hinge"), np.ones_like(scores), scores)
    return Losses(losses.values, lambda c: unbroadcast(losses.pullback(c) * labels, prediction.shape))


def poisson(y_true: npt.ArrayLike, y_pred: npt.ArrayLike) -> Losses:
    """Mean of `y_pred - y_true*log(y_pred + 1e-7)` over the last axis."""
    target, rate = pair(y_true, y_pred)
    shifted = rate + rate.dtype.type(EPSILON)
    losses = _engine(lossreg.get("poisson", log_input=False), target, shifted)
    return losses._replace(values=losses.values - (shifted - rate).mean(axis=-1))


def kl_divergence(y_true: npt.ArrayLike, y_pred: npt.ArrayLike) -> Losses:
    """Sum of `y_true*log(y_true/y_pred)` over the last axis, both clipped to [1e-7, 1]."""
    target, prediction = pair(y_true, y_pred)
    target, _ = _clipped(target, 1.0)
    clipped, inside = _clipped(prediction, 1.0)
    return Losses(
        _sum(target * np.log(target / clipped), -1),
        lambda c: unbroadcast(np.where(inside, -target / clipped, 0) * c[..., np.newaxis], prediction.shape),
    )


def binary_crossentropy(
    y_true: npt.ArrayLike,
    y_pred: npt.ArrayLike,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Losses:
    """Mean over `axis` of the negative log-likelihood of labels in [0, 1] under probabilities, or logits."""
    labels, prediction = targets.binary(y_true, y_pred, label_smoothing)
    if from_logits:
        return _engine(lossreg.get("binary_cross_entropy", from_logits=True), labels, prediction, axis)
    values, slope = _binary_log_likelihood(labels, prediction)
    return _mean(values, slope, axis)


def binary_focal_crossentropy(
    y_true: npt.ArrayLike,
    y_pred: npt.ArrayLike,
    apply_class_balancing: bool = False,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Losses:
    """Mean over `axis` of the binary cross-entropy times `(1 - p_t)**gamma`, `p_t` the probability of the label.

    With `apply_class_balancing`, positive labels count `alpha` and negative ones `1 - alpha`. Logits become
    probabilities first, so they are clipped as well.
    """
    labels, prediction = targets.binary(y_true, y_pred, label_smoothing)
    p = lossreg.get("binary_cross_entropy").predict(prediction) if from_logits else prediction
    values, slope = _binary_log_likelihood(labels, p)
    miss = 1 - (labels * p + (1 - labels) * (1 - p))
    weight = labels * alpha + (1 - labels) * (1 - alpha) if apply_class_balancing else 1
    factor = weight * miss**gamma

    def derivative() -> Any:
        by_factor = weight * _power_slope(miss, gamma) * (1 - 2 * labels) * values
        return (by_factor + factor * slope()) * (p * (1 - p) if from_logits else 1)

    return _mean(factor * values, derivative, axis)


def categorical_crossentropy(
    y_true: npt.ArrayLike,
    y_pred: npt.ArrayLike,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Losses:
    """`-sum(y_true*log(q))` over the classes on `axis`: `q` is the softmax, or probabilities over their sum."""
    target, prediction = targets.rows(y_true, y_pred, label_smoothing, axis)
    if from_logits:
        loss = lossreg.get("categorical_cross_entropy", from_logits=True, axis=axis)
        return _engine_rows(loss, target, prediction, axis)
    q, inside, back = _normalized(prediction, axis)
    return Losses(
        -_sum(target * np.log(q), axis),
        lambda c: back(np.where(inside, -target / q, 0)) * np.expand_dims(c, axis),
    )


def categorical_focal_crossentropy(
    y_true: npt.ArrayLike,
    y_pred: npt.ArrayLike,
    alpha: npt.ArrayLike = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Losses:
    """`-sum(alpha*(1 - q)**gamma*y_true*log(q))` over the classes on `axis`; `alpha` may have a number for each class.

    Logits become probabilities first, so they are clipped as well.
    """
    target, prediction = targets.rows(y_true, y_pred, label_smoothing, axis)
    p = lossreg.get("categorical_cross_entropy", axis=axis).predict(prediction) if from_logits else prediction
    q, inside, back = _normalized(p, axis)
    weighted = np.asarray(alpha, dtype=q.dtype) * target
    miss = 1 - q

    def pullback(c: Array) -> Any:
        slope = weighted * (_power_slope(miss, gamma) * np.log(q) - miss**gamma / q)
        gradient = back(np.where(inside, slope, 0))
        if from_logits:
            gradient = p * (gradient - (gradient * p).sum(axis=axis, keepdims=True))
        return gradient * np.expand_dims(c, axis)

    return Losses(-_sum(weighted * miss**gamma * np.log(q), axis), pullback)


def sparse_categorical_crossentropy(
    y_true: npt.ArrayLike,
    y_pred: npt.ArrayLike,
    from_logits: bool = False,
    ignore_class: int | None = None,
    axis: int = -1,
) -> Losses:
    """`-log(q)` of the true class, given by its index; 0 where the index is `ignore_class`."""
    labels, prediction = np.asarray(y_true), floating(y_pred)
    if labels.ndim == prediction.ndim and labels.shape[axis] == 1:
        labels = labels.squeeze(axis)
    valid = None if ignore_class is None else labels != ignore_class
    labels = targets.indices(labels if valid is None else np.where(valid, labels, 0), prediction, axis)
    if valid is not None:
        prediction = np.where(np.expand_dims(valid, axis), prediction, 0 if from_logits else 1)
    if from_logits:
        losses = _engine_rows(
            lossreg.get("sparse_categorical_cross_entropy", from_logits=True, axis=axis), labels, prediction, axis
        )
    else:
        q, inside, back = _normalized(prediction, axis)
        at = np.expand_dims(labels, axis)
        likelihood = np.take_along_axis(q, at, axis)

        def pullback(c: Array) -> Any:
            slope = np.zeros_like(q)
            np.put_along_axis(slope, at, -1 / likelihood, axis)
            return back(np.where(inside, slope, 0)) * np.expand_dims(c, axis)

        losses = Losses(-np.log(likelihood).squeeze(axis), pullback)
    if valid is None:
        return losses
    return Losses(np.where(valid, losses.values, 0), lambda c: losses.pullback(np.where(valid, c, 0)), valid)


def _engine(loss: lossreg.Loss, y_true: Array, y_pred: Array, axis: int = -1) -> Losses:
    """The mean over an axis of a pointwise loss; targets and predictions are broadcast, as Keras's operations do."""
    target, prediction = np.broadcast_arrays(y_true, y_pred)
    losses = _mean(
        np.asarray(loss(target, prediction, reduction="none")),
        lambda: np.asarray(loss.grad(target, prediction, reduction="none")),
        axis,
    )
    return Losses(losses.values, lambda c: unbroadcast(losses.pullback(c), y_pred.shape))


def _engine_rows(loss: lossreg.Loss, y_true: Array, y_pred: Array, axis: int) -> Losses:
    return Losses(
        np.asarray(loss(y_true, y_pred, reduction="none")),
        lambda c: np.asarray(loss.grad(y_true, y_pred, reduction="none")) * np.expand_dims(c, axis),
    )


def _mean(values: Array, slope: Callable[[], Array], axis: int) -> Losses:
    """The mean over an axis of what has a derivative element by element."""
    mean = values.mean(axis=axis, dtype=np.float64, keepdims=True)
    count = values.size // max(mean.size, 1)
    return Losses(mean.squeeze(axis).astype(values.dtype), lambda c: slope() * (c.reshape(mean.shape) / count))


def _sum(values: Array, axis: int) -> Array:
    return np.asarray(values.sum(axis=axis, dtype=np.float64)).astype(values.dtype)


def _clipped(p: Array, high: float) -> tuple[Array, Array]:
    """Probabilities kept off 0 (and 1), and where they pass: derivatives are 0 elsewhere and on the bounds."""
    clipped = np.clip(p, EPSILON, high)
    return clipped, (p > p.dtype.type(EPSILON)) & (p < p.dtype.type(high))


def _normalized(p: Array, axis: int) -> tuple[Array, Array, Callable[[Array], Array]]:
    """Rows divided by their sums and clipped, where they were not, and how a derivative passes the division."""
    total = p.sum(axis=axis, keepdims=True)
    q = p / total
    clipped, inside = _clipped(q, 1 - EPSILON)
    return clipped, inside, lambda slope: (slope - (slope * q).sum(axis=axis, keepdims=True)) / total


def _binary_log_likelihood(labels: Array, p: Array) -> tuple[Array, Callable[[], Array]]:
    """The binary cross-entropy of clipped probabilities and its derivative."""
    clipped, inside = _clipped(p, 1 - EPSILON)
    values = -(labels * np.log(clipped) + (1 - labels) * np.log(1 - clipped))
    return values, lambda: np.where(inside, (1 - labels) / (1 - clipped) - labels / clipped, 0)


def _power_slope(base: Array, exponent: float) -> Array:
    """The derivative of a power; 0 at 0, where one of an exponent below 1 has none."""
    positive = base > 0
    slope = exponent * np.where(positive, base, 1) ** (exponent - 1)
    return np.where(positive | (exponent == 1), slope, 0)
