"""Start values of row-wise losses: the class scores, the same for all rows, with the least loss.

The search is for the shares q of the classes. Where a loss is a cross-entropy, weighted and smoothed in whatever way, its
slope in the scores is S·q − A with A the weight of each class, and its curvature is S·q·(1 − q): so one step from
anywhere ends at the answer, A/S, and a second one makes its small shares exact. Others take a few more.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lossreg._native import Loss
from lossreg.errors import DomainError, ShapeError

__all__ = ["init_row"]

Array = np.ndarray[Any, Any]

STEPS = 100
ROWS = 1 << 22  # scores that are looked at together
NOTHING, LEAST = 1e-14, 1e-200  # a share of rounding alone, and one that still has a logarithm


def init_row(loss: Loss, y: Array, weight: Array) -> Array:
    """The class scores with the least loss; shares where the predictions of the loss are shares."""
    params = loss.params
    switch = loss.info.raw_switch or ""
    raw = {key: value for key, value in (("axis", -1), (switch, True)) if key in params}
    raw_loss = loss.replace(**raw) if raw else loss
    if _is_labels(loss, y):
        rows, weight, classes = _by_class(y, weight, params)
    else:
        rows = np.moveaxis(y, params.get("axis", -1), -1)
        classes = rows.shape[-1]
        over = weight.reshape(weight.shape + (1,) * (rows.ndim - 1 - weight.ndim))
        weight = np.broadcast_to(over, rows.shape[:-1]).reshape(-1)
        rows = rows.reshape(-1, classes)
    with np.errstate(divide="ignore"):  # the score of no share is minus infinity
        shares = _shares(raw_loss, rows, weight, classes)
        return shares if params.get(switch) is False else np.log(shares)


def _is_labels(loss: Loss, y: Array) -> bool:
    target = loss.info.target
    if target.has_class_indices and not target.has_rows:
        return True
    return y.dtype.kind in "biu" and (target.has_class_indices or type(loss) is not Loss)


def _by_class(y: Array, weight: Array, params: dict[str, Any]) -> tuple[Array, Array, int]:
    """The classes that occur, the weight of each, and how many classes there are."""
    if weight.shape != y.shape[: weight.ndim]:
        raise ShapeError(f"sample_weight has shape {weight.shape}; wanted {y.shape}, or its leading axes")
    over = np.broadcast_to(weight.reshape(weight.shape + (1,) * (y.ndim - weight.ndim)), y.shape)
    counted = y != params.get("ignore_index") if params.get("ignore_index") is not None else np.ones(y.shape, bool)
    labels, places = np.unique(y[counted], return_inverse=True)
    if not labels.size or labels[0] < 0 or np.any(labels != np.floor(labels)):
        raise DomainError(f"y_true holds {labels[0] if labels.size else 'no class'}; wanted class indices from 0 on")
    per_class = next(
        (params[key] for key in ("class_weight", "alpha") if isinstance(params.get(key), (list, tuple))), ()
    )
    totals = np.bincount(places.ravel(), over[counted])
    return labels.astype(np.intp), totals, max(int(labels[-1]) + 1, len(per_class))


def _shares(loss: Loss, rows: Array, weight: Array, classes: int) -> Array:
    q = np.full(classes, 1.0 / classes)
    value, slope, curvature = _total(loss, rows, weight, np.log(q))
    if np.isnan(value):
        return np.full(classes, np.nan)
    for _ in range(STEPS):
        mass = curvature / np.maximum(q * (1 - q), NOTHING * q)
        usable = mass > 0
        step = np.divide(slope, mass, out=np.zeros(classes), where=usable)
        scale = 1.0
        for _ in range(60):
            new = q - scale * step
            new = np.maximum(np.where(new > 0, new, np.where(new < -NOTHING, q / 16, NOTHING * q)), LEAST)
            new /= np.sum(new)
            result = _total(loss, rows, weight, np.log(new))
            if result[0] <= value + 1e-12 * abs(value):
                break
            scale /= 2
        moved = np.max(np.abs(new - q) / q)
        q, (value, slope, curvature) = new, result
        if moved <= 1e-14:
            break
    shares: Array = np.where(q > NOTHING / classes, q, 0.0)
    shares /= np.sum(shares)
    return shares


def _total(loss: Loss, rows: Array, weight: Array, scores: Array) -> tuple[float, Array, Array]:
    """The loss of the scores for all rows, and its first and second derivatives by each."""
    value, slope, curvature = 0.0, np.zeros(scores.size), np.zeros(scores.size)
    size = max(1, ROWS // scores.size)
    for first in range(0, len(rows), size):
        part = slice(first, first + size)
        y, x = rows[part], np.broadcast_to(scores, (len(rows[part]), scores.size))
        some, grad, hess = loss.value_grad_hess(y, x, weight[part], reduction="sum")
        value, slope, curvature = value + some, slope + grad.sum(axis=0), curvature + hess.sum(axis=0)
    return value, slope, curvature
