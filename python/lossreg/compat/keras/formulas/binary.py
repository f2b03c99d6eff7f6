"""Keras's losses of binary labels: cross-entropy and its focal form, and the relative entropy of two distributions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

import lossreg
from lossreg import ops
from lossreg.compat.keras import targets
from lossreg.compat.keras.arrays import Array, Axis, broadcast, pair, unbroadcast

from .record import EPSILON, Losses, clipped, engine, mean, power_bend, power_slope, times, total


def kl_divergence(y_true: npt.ArrayLike, y_pred: npt.ArrayLike) -> Losses:
    """Sum of `y_true*log(y_true/y_pred)` over the last axis, both clipped to [1e-7, 1]."""
    target, prediction = pair(y_true, y_pred)
    t, p = broadcast(clipped(target, 1.0)[0], prediction)
    q, inside = clipped(p, 1.0)

    def back(derivative: Array, c: Array) -> Array:
        return unbroadcast(times(np.where(inside, derivative, 0), c[..., np.newaxis]), prediction.shape)

    return Losses(total(t * np.log(t / q), -1), lambda c: back(-t / q, c), lambda c: back(t / (q * q), c))


def binary_crossentropy(
    y_true: npt.ArrayLike,
    y_pred: npt.ArrayLike,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: Axis = -1,
) -> Losses:
    """Mean over `axis` of the negative log-likelihood of labels in [0, 1] under probabilities, or logits."""
    labels, prediction = targets.binary(y_true, y_pred, label_smoothing)
    if from_logits:
        return engine(lossreg.get("binary_cross_entropy", from_logits=True), labels, prediction, axis)
    return mean(*_log_likelihood(labels, prediction), axis)


def binary_focal_crossentropy(
    y_true: npt.ArrayLike,
    y_pred: npt.ArrayLike,
    apply_class_balancing: bool = False,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: Axis = -1,
) -> Losses:
    """Mean over `axis` of the binary cross-entropy times `(1 - p_t)**gamma`, `p_t` the probability of the label.

    With `apply_class_balancing`, positive labels count `alpha` and negative ones `1 - alpha`. Logits become
    probabilities first, so they are clipped as well.
    """
    labels, prediction = targets.binary(y_true, y_pred, label_smoothing)
    p = ops.sigmoid(prediction) if from_logits else prediction
    values, slope, bend = _log_likelihood(labels, p)
    miss = 1 - (labels * p + (1 - labels) * (1 - p))
    miss_slope = 1 - 2 * labels
    weight = labels * alpha + (1 - labels) * (1 - alpha) if apply_class_balancing else 1

    def by_probability() -> Array:
        return np.asarray(weight * (power_slope(miss, gamma) * miss_slope * values + miss**gamma * slope()))

    def by_probability_twice() -> Array:
        terms = power_bend(miss, gamma) * miss_slope**2 * values
        terms += 2 * power_slope(miss, gamma) * miss_slope * slope() + miss**gamma * bend()
        return np.asarray(weight * terms)

    focal = weight * miss**gamma * values
    if not from_logits:
        return mean(focal, by_probability, by_probability_twice, axis)
    tilt = p * (1 - p)
    return mean(
        focal,
        lambda: by_probability() * tilt,
        lambda: by_probability_twice() * tilt**2 + by_probability() * tilt * (1 - 2 * p),
        axis,
    )


def _log_likelihood(labels: Array, p: Array) -> tuple[Array, Callable[[], Array], Callable[[], Array]]:
    """The binary cross-entropy of clipped probabilities and its derivatives."""
    q, inside = clipped(p, 1 - EPSILON)
    values = -(labels * np.log(q) + (1 - labels) * np.log(1 - q))
    return (
        values,
        lambda: np.where(inside, (1 - labels) / (1 - q) - labels / q, 0),
        lambda: np.where(inside, (1 - labels) / (1 - q) ** 2 + labels / q**2, 0),
    )
