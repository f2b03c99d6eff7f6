"""Keras's losses of rows of classes: cross-entropies of dense rows and of class indices, focal and generalized forms."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

import lossreg
from lossreg import ops
from lossreg.compat.keras import targets
from lossreg.compat.keras.arrays import Array, broadcast, plain, single_axis

from .record import EPSILON, Losses, clipped, engine_rows, power_bend, power_slope, times, total


def categorical_crossentropy(
    y_true: npt.ArrayLike,
    y_pred: npt.ArrayLike,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Losses:
    """`-sum(y_true*log(q))` over the classes on `axis`: `q` is the softmax, or probabilities over their sum."""
    target, prediction = targets.rows(y_true, y_pred, label_smoothing, axis, "categorical_crossentropy")
    if from_logits:
        loss = lossreg.get("categorical_cross_entropy", from_logits=True, axis=axis)
        return engine_rows(loss, target, prediction, axis)
    q = _divided_by_sums(prediction, axis)
    return _of_shares(
        q,
        -total(target * np.log(q.values), axis),
        lambda: (-target / q.values, target / q.values**2),
        axis,
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
    target, prediction = targets.rows(y_true, y_pred, label_smoothing, axis, "categorical_focal_crossentropy")
    q = _softmax(prediction, axis) if from_logits else _divided_by_sums(prediction, axis)
    factors = plain(alpha, "alpha").astype(prediction.dtype)
    weighted = np.multiply(*broadcast(factors, target, "alpha"))
    miss, log_q = 1 - q.values, np.log(q.values)

    def derivatives() -> tuple[Array, Array]:
        by_miss = power_slope(miss, gamma)
        slope = by_miss * log_q - miss**gamma / q.values
        bend = 2 * by_miss / q.values + miss**gamma / q.values**2 - power_bend(miss, gamma) * log_q
        return weighted * slope, weighted * bend

    return _of_shares(q, -total(weighted * miss**gamma * log_q, axis), derivatives, axis)


def sparse_categorical_crossentropy(
    y_true: npt.ArrayLike,
    y_pred: npt.ArrayLike,
    from_logits: bool = False,
    ignore_class: int | None = None,
    axis: int = -1,
) -> Losses:
    """`-log(q)` of the true class, given by its index; 0 where the index is `ignore_class`."""
    labels, prediction = np.asarray(y_true), np.asarray(y_pred)
    axis = single_axis(axis, prediction.shape) - prediction.ndim
    if labels.ndim == prediction.ndim and labels.shape[axis] == 1:
        labels = labels.squeeze(axis)
    valid = np.ones(labels.shape, bool) if ignore_class is None else labels != ignore_class
    labels = targets.indices(np.where(valid, labels, 0), prediction, axis)
    prediction = np.where(np.expand_dims(valid, axis), prediction, 0 if from_logits else 1)
    if from_logits:
        loss = lossreg.get("sparse_categorical_cross_entropy", from_logits=True, axis=axis)
        losses = engine_rows(loss, labels, prediction, axis)
    else:
        q = _divided_by_sums(prediction, axis)
        at = np.expand_dims(labels, axis)
        likelihood = np.take_along_axis(q.values, at, axis)

        def derivatives() -> tuple[Array, Array]:
            one_hot = np.zeros_like(q.values)
            np.put_along_axis(one_hot, at, 1, axis)
            return -one_hot / likelihood, one_hot / likelihood**2

        losses = _of_shares(q, -np.log(likelihood).squeeze(axis), derivatives, axis)
    if ignore_class is None:
        return losses
    curvature = losses.curvature
    assert curvature is not None
    return Losses(
        np.where(valid, losses.values, 0),
        lambda c: losses.pullback(np.where(valid, c, 0)),
        lambda c: curvature(np.where(valid, c, 0)),
        valid,
    )


def categorical_generalized_cross_entropy(y_true: npt.ArrayLike, y_pred: npt.ArrayLike, q: float) -> Losses:
    """`(1 - p**q)/q` with the probability `p` of the true class, given by its index; rows are not divided by sums."""
    labels, prediction = np.asarray(y_true), np.asarray(y_pred)
    at = targets.indices(labels, prediction, -1)[..., np.newaxis]
    p = np.take_along_axis(prediction, at, -1)[..., 0]

    def back(derivative: Array, c: Array) -> Array:
        by_row = np.zeros_like(prediction)
        np.put_along_axis(by_row, at, times(derivative, c)[..., np.newaxis], -1)
        return by_row

    with np.errstate(divide="ignore", invalid="ignore"):
        values = -np.expm1(q * np.log(p)) / q  # 1 - p**q with its digits near p = 1
        slope, bend = -(p ** (q - 1)), (1 - q) * p ** (q - 2)
    return Losses(values.astype(p.dtype), lambda c: back(slope, c), lambda c: back(bend, c))


class Shares(NamedTuple):
    """The shares that classes have of their rows, clipped, and how derivatives travel back to what made them.

    `back` takes the derivatives with respect to the shares to those with respect to the predictions, `back_twice`
    first and second ones to the diagonal of the Hessian.
    """

    values: Array
    inside: Array
    back: Callable[[Array], Array]
    back_twice: Callable[[Array, Array], Array]


def _divided_by_sums(p: Array, axis: int) -> Shares:
    total = p.sum(axis=axis, keepdims=True)
    with np.errstate(invalid="ignore"):  # a row of zeros is NaN, as in Keras
        q = p / total

    def back(slope: Array) -> Array:
        return np.asarray((slope - _dot(slope, q, axis)) / total)

    def back_twice(slope: Array, bend: Array) -> Array:
        rest = bend * (1 - 2 * q) + _dot(bend, q * q, axis) - 2 * (slope - _dot(slope, q, axis))
        return np.asarray(rest / total**2)

    return Shares(*clipped(q, 1 - EPSILON), back, back_twice)


def _softmax(logits: Array, axis: int) -> Shares:
    q = ops.softmax(logits, axis=axis)

    def back(slope: Array) -> Array:
        return np.asarray(q * (slope - _dot(slope, q, axis)))

    def back_twice(slope: Array, bend: Array) -> Array:
        own = (1 - 2 * q) * (bend * q + slope - _dot(slope, q, axis))
        return np.asarray(q * (own + q * _dot(bend, q * q, axis)))

    return Shares(*clipped(q, 1 - EPSILON), back, back_twice)


def _dot(first: Array, second: Array, axis: int) -> Array:
    return np.asarray((first * second).sum(axis=axis, keepdims=True))


def _of_shares(q: Shares, values: Array, derivatives: Callable[[], tuple[Array, Array]], axis: int) -> Losses:
    """Losses of shares, of which `derivatives` gives the first and second ones by element."""

    def inside() -> tuple[Array, Array]:
        slope, bend = derivatives()
        return np.where(q.inside, slope, 0), np.where(q.inside, bend, 0)

    return Losses(
        values,
        lambda c: times(q.back(inside()[0]), np.expand_dims(c, axis)),
        lambda c: times(q.back_twice(*inside()), np.expand_dims(c, axis)),
    )
