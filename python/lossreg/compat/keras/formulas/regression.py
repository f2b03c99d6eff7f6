"""Keras's losses of differences, of ratios and of counts, and of the angle between vectors."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

import lossreg
from lossreg.compat.keras.arrays import Array, Axis, axes, broadcast, pair, same_rank, spread, unbroadcast

from .record import EPSILON, Losses, engine, times, total


def mean_squared_error(y_true: npt.ArrayLike, y_pred: npt.ArrayLike) -> Losses:
    """Mean of `(y_true - y_pred)**2` over the last axis."""
    return engine(lossreg.get("squared_error"), *same_rank(*pair(y_true, y_pred)))


def mean_absolute_error(y_true: npt.ArrayLike, y_pred: npt.ArrayLike) -> Losses:
    """Mean of `abs(y_true - y_pred)` over the last axis."""
    return engine(lossreg.get("absolute_error"), *same_rank(*pair(y_true, y_pred)))


def mean_absolute_percentage_error(y_true: npt.ArrayLike, y_pred: npt.ArrayLike) -> Losses:
    """100 times the mean of `abs((y_true - y_pred) / maximum(abs(y_true), 1e-7))` over the last axis."""
    values, pullback, curvature, _ = engine(
        lossreg.get("absolute_percentage_error", floor=EPSILON), *same_rank(*pair(y_true, y_pred))
    )
    assert curvature is not None
    return Losses(100 * values, lambda c: pullback(100 * c), lambda c: curvature(100 * c))


def mean_squared_logarithmic_error(y_true: npt.ArrayLike, y_pred: npt.ArrayLike) -> Losses:
    """Mean of `(log1p(maximum(y_true, 1e-7)) - log1p(maximum(y_pred, 1e-7)))**2` over the last axis."""
    target, prediction = same_rank(*pair(y_true, y_pred))
    above = ~(prediction <= EPSILON)  # NaN stays NaN
    losses = engine(lossreg.get("squared_log_error"), np.maximum(target, EPSILON), np.maximum(prediction, EPSILON))
    curvature = losses.curvature
    assert curvature is not None
    return losses._replace(
        pullback=lambda c: np.where(above, losses.pullback(c), 0),
        curvature=lambda c: np.where(above, curvature(c), 0),
    )


def huber(y_true: npt.ArrayLike, y_pred: npt.ArrayLike, delta: float = 1.0) -> Losses:
    """Mean over the last axis of a loss that is quadratic up to `delta` and linear beyond."""
    return engine(lossreg.get("huber", delta=delta), *same_rank(*pair(y_true, y_pred)))


def log_cosh(y_true: npt.ArrayLike, y_pred: npt.ArrayLike) -> Losses:
    """Mean of `log(cosh(y_pred - y_true))` over the last axis."""
    return engine(lossreg.get("log_cosh"), *same_rank(*pair(y_true, y_pred)))


def poisson(y_true: npt.ArrayLike, y_pred: npt.ArrayLike) -> Losses:
    """Mean of `y_pred - y_true*log(y_pred + 1e-7)` over the last axis."""
    target, rate = pair(y_true, y_pred)
    shifted = rate + rate.dtype.type(EPSILON)
    losses = engine(lossreg.get("poisson", log_input=False), target, shifted)
    return losses._replace(values=losses.values - (shifted - rate).mean(axis=-1))


def cosine_similarity(y_true: npt.ArrayLike, y_pred: npt.ArrayLike, axis: Axis = -1) -> Losses:
    """`-sum(u*v)` over `axis` of the vectors, each divided by its length, or by 1e-7 if it is shorter than that.

    It is NumPy's: a cosine without that bound does not depend on lengths, and its gradient at 0 is another.
    """
    target, prediction = same_rank(*pair(y_true, y_pred))
    own = axes(axis, prediction.shape)
    u, _, _ = _directions(target, axes(axis, target.shape))
    v, inverse, inside = _directions(prediction, own)
    u, v_stretched = broadcast(u, v)
    over = axes(axis, u.shape)

    def slope(c: Array) -> tuple[Array, Array, Array]:
        """The derivative with respect to the direction `v`, how much of it lies along `v`, and where there is any."""
        derivative = unbroadcast(times(-u, spread(c, u.shape, over)), v.shape)
        along = np.asarray((derivative * v).sum(axis=own, keepdims=True))
        return derivative, along, np.asarray(derivative.any(axis=own, keepdims=True))

    def pullback(c: Array) -> Array:
        derivative, along, counted = slope(c)
        return np.where(counted, (derivative - np.where(inside, along, 0) * v) * inverse, 0)

    def curvature(c: Array) -> Array:
        derivative, along, counted = slope(c)
        bend = (along * (3 * v * v - 1) - 2 * derivative * v) * inverse * inverse
        return np.where(inside & counted, bend, 0)

    return Losses(-total(u * v_stretched, over).astype(prediction.dtype), pullback, curvature)


def _directions(vectors: Array, over: tuple[int, ...]) -> tuple[Array, Array, Array]:
    """Vectors divided by their lengths in float64, what they were multiplied by, and which have a length to speak of."""
    wide = vectors.astype(np.float64)
    largest = np.abs(wide).max(axis=over, keepdims=True, initial=0)
    scale = np.where((largest > 0) & np.isfinite(largest), largest, 1)  # squares neither overflow nor vanish
    length = scale * np.sqrt(np.square(wide / scale).sum(axis=over, keepdims=True))
    inside = ~(length < EPSILON)
    inverse = 1 / np.where(inside, length, EPSILON)
    return wide * inverse, inverse, inside
