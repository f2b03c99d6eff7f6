"""Keras's losses of how far two sets overlap, for masks of images: Dice and Tversky.

They are NumPy's, for Keras takes any numbers for targets and predictions, where an engine of probabilities refuses those
outside [0, 1].
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lossreg.compat.keras import targets
from lossreg.compat.keras.arrays import Array, Axis, axes, pair, spread

from .record import EPSILON, Losses, times


def dice(y_true: npt.ArrayLike, y_pred: npt.ArrayLike, axis: Axis = None) -> Losses:
    """`1 - 2*sum(t*p)/(sum(t) + sum(p) + 1e-7)` over `axis`, over everything by default."""
    target, prediction = targets.of_one_shape(*pair(y_true, y_pred))
    t, p = target.astype(np.float64), prediction.astype(np.float64)
    return _ratio(t * (1 - p) + p * (1 - t), t + p, 2 * t, np.ones_like(t), axis, prediction.dtype)


def tversky(
    y_true: npt.ArrayLike, y_pred: npt.ArrayLike, alpha: float = 0.5, beta: float = 0.5, axis: Axis = None
) -> Losses:
    """`1 - TP/(TP + alpha*FP + beta*FN + 1e-7)` with sums over `axis`, over everything by default.

    TP is `sum(t*p)`, the false positives FP are `sum(p*(1 - t))`, the false negatives FN `sum(t*(1 - p))`.
    """
    target, prediction = targets.of_one_shape(*pair(y_true, y_pred))
    t, p = target.astype(np.float64), prediction.astype(np.float64)
    missed = alpha * p * (1 - t) + beta * t * (1 - p)
    return _ratio(missed, t * p + missed, t, t + alpha * (1 - t) - beta * t, axis, prediction.dtype)


def _ratio(rest: Array, whole: Array, a: Array, b: Array, axis: Axis, dtype: np.dtype[np.floating]) -> Losses:
    """`1 - I/D` for sums linear in the predictions: `a` and `b` are the slopes of I and D, whose terms are `whole`.

    The sum of `rest` is D - I, so that a small loss keeps its digits.
    """
    over = axes(axis, whole.shape)
    apart = rest.sum(axis=over, keepdims=True) + EPSILON
    d = whole.sum(axis=over, keepdims=True) + EPSILON
    i = d - apart

    def back(derivative: Array, c: Array) -> Array:
        return times(derivative, spread(c, whole.shape, over))

    return Losses(
        (apart / d).squeeze(over).astype(dtype),
        lambda c: back((b * i / d - a) / d, c),
        lambda c: back(2 * b * (a - b * i / d) / d**2, c),
    )
