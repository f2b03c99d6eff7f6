"""What a formula returns, and the ways of most: a mean over elements, and rows, on the engine or of NumPy's arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

import lossreg
from lossreg.compat.keras.arrays import Array, Axis, axes, broadcast, spread, unbroadcast

EPSILON = 1e-7


class Losses(NamedTuple):
    """The losses of the samples and their derivatives, transposed.

    `pullback` takes what each loss counts for to the gradient of the weighted sum, `curvature` to the diagonal of its
    Hessian; both are shaped like the predictions. `mask` is true where a loss counts at all.
    """

    values: Array
    pullback: Callable[[Array], Array]
    curvature: Callable[[Array], Array] | None = None
    mask: Array | None = None


def times(derivative: Array, counts: Array) -> Array:
    """The product, 0 wherever a loss counts for nothing, whatever its derivative is."""
    with np.errstate(invalid="ignore"):
        return np.where(counts == 0, counts.dtype.type(0), derivative * counts)


def mean(
    values: Array,
    slope: Callable[[], Array],
    bend: Callable[[], Array],
    axis: Axis,
    shape: tuple[int, ...] | None = None,
) -> Losses:
    """The mean over an axis of what has a first and second derivative element by element.

    `shape` is that of the predictions, if they were broadcast.
    """
    over = axes(axis, values.shape)
    means = values.mean(axis=over, dtype=np.float64)
    count = max(values.size // max(means.size, 1), 1)
    wanted = values.shape if shape is None else shape

    def back(derivative: Callable[[], Array], c: Array) -> Array:
        share = spread(c, values.shape, over) / values.dtype.type(count)
        return unbroadcast(times(derivative(), share), wanted)

    return Losses(np.asarray(means, values.dtype), lambda c: back(slope, c), lambda c: back(bend, c))


def engine(loss: lossreg.Loss, y_true: Array, y_pred: Array, axis: Axis = -1) -> Losses:
    """The mean over an axis of a pointwise loss of lossreg's."""
    target, prediction = broadcast(y_true, y_pred)
    return mean(
        np.asarray(loss(target, prediction, reduction="none")),
        lambda: np.asarray(loss.grad(target, prediction, reduction="none")),
        lambda: np.asarray(loss.hess(target, prediction, reduction="none")),
        axis,
        y_pred.shape,
    )


def engine_rows(loss: lossreg.Loss, y_true: Array, y_pred: Array, axis: int) -> Losses:
    """A row-wise loss of lossreg's, of rows along `axis`."""

    def back(derivative: Callable[..., object], c: Array) -> Array:
        return times(np.asarray(derivative(y_true, y_pred, reduction="none")), np.expand_dims(c, axis))

    return Losses(
        np.asarray(loss(y_true, y_pred, reduction="none")), lambda c: back(loss.grad, c), lambda c: back(loss.hess, c)
    )


def through(losses: Losses, factor: Array | float, shape: tuple[int, ...]) -> Losses:
    """The losses of `factor` times the predictions, from those of the product."""

    def curvature(c: Array) -> Array:
        assert losses.curvature is not None
        return unbroadcast(losses.curvature(c) * factor * factor, shape)

    return losses._replace(pullback=lambda c: unbroadcast(losses.pullback(c) * factor, shape), curvature=curvature)


def total(values: Array, axis: Axis) -> Array:
    """A sum over an axis, in float64, rounded once."""
    return np.asarray(values.sum(axis=axis, dtype=np.float64)).astype(values.dtype)


def clipped(p: Array, high: float) -> tuple[Array, Array]:
    """Probabilities kept off 0 (and 1), and where they pass: derivatives are 0 elsewhere and on the bounds."""
    return np.clip(p, EPSILON, high), (p > p.dtype.type(EPSILON)) & (p < p.dtype.type(high))


def power_slope(base: Array, exponent: float) -> Array:
    """The derivative of a power; 0 at 0, where one of an exponent below 1 has none."""
    positive = base > 0
    slope = exponent * np.where(positive, base, 1) ** (exponent - 1)
    return np.where(positive | (exponent == 1), slope, 0)


def power_bend(base: Array, exponent: float) -> Array:
    """The second derivative of a power; 0 at 0, unless it is a square."""
    positive = base > 0
    bend = exponent * (exponent - 1) * np.where(positive, base, 1) ** (exponent - 2)
    return np.where(positive | (exponent == 2), bend, 0)
