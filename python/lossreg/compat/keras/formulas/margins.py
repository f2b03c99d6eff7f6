"""Keras's hinge losses."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

import lossreg
from lossreg.compat.keras.arrays import Array, broadcast, pair, unbroadcast

from .record import Losses, engine, through, times


def hinge(y_true: npt.ArrayLike, y_pred: npt.ArrayLike) -> Losses:
    """Mean of `maximum(1 - y_true*y_pred, 0)` over the last axis; labels that are all 0 or 1 count as -1 and 1."""
    return _of_products(lossreg.get("hinge"), *pair(y_true, y_pred))


def squared_hinge(y_true: npt.ArrayLike, y_pred: npt.ArrayLike) -> Losses:
    """Mean of `maximum(1 - y_true*y_pred, 0)**2` over the last axis; labels that are all 0 or 1 count as -1 and 1."""
    return _of_products(lossreg.get("squared_hinge"), *pair(y_true, y_pred))


def categorical_hinge(y_true: npt.ArrayLike, y_pred: npt.ArrayLike) -> Losses:
    """`maximum(max((1 - y_true)*y_pred) - sum(y_true*y_pred) + 1, 0)` over the last axis.

    The true class of a one-hot row takes part in the maximum as a 0, so this is not Crammer and Singer's loss. Of equal
    maxima each has its part of the gradient.
    """
    labels, prediction = pair(y_true, y_pred)
    target, scores = broadcast(labels, prediction)
    others = (1 - target) * scores
    highest = others.max(axis=-1, keepdims=True)
    positive = (target * scores).sum(axis=-1, dtype=np.float64)
    values = np.maximum(highest[..., 0] - positive + 1, 0)

    def pullback(c: Array) -> Array:
        at = others == highest
        share = at / np.maximum(at.sum(axis=-1, keepdims=True), 1)
        slope = np.where(values[..., np.newaxis] > 0, (1 - target) * share - target, 0)
        return unbroadcast(times(slope, c[..., np.newaxis]), prediction.shape)

    return Losses(values.astype(prediction.dtype), pullback, lambda c: np.zeros_like(prediction))


def _of_products(loss: lossreg.Loss, labels: Array, prediction: Array) -> Losses:
    """A loss of labels times scores: Keras takes any number for a label."""
    if np.all((labels == 0) | (labels == 1)):
        labels = 2 * labels - 1
    labels, scores = broadcast(labels, prediction)
    scores = labels * scores
    return through(engine(loss, np.ones_like(scores), scores), labels, prediction.shape)
