"""The quantile of weighted targets, found by selection: of many, only those near the answer are sorted."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["quantile"]

Array = np.ndarray[Any, Any]

EPSILON = float(np.finfo(np.float64).eps)
FEW = 1 << 13


def quantile(y: Array, weight: Array | None, level: float) -> float:
    """The quantile at a level between 0 and 1; between two targets that both are one, their middle."""
    y = y.astype(np.float64, copy=False)
    if weight is not None:
        weight = weight.astype(np.float64, copy=False)
        if np.any(weight < 0):
            return _least_of_all(y, weight, level)
    below, total = 0.0, float(y.size) if weight is None else float(np.sum(weight))
    if y.size > FEW:
        y, weight, below = _near(y, weight, level, total)
    order = np.argsort(y, kind="stable") if weight is not None else None
    y = np.sort(y) if order is None else y[order]
    reached = below + (np.arange(1.0, y.size + 1) if order is None or weight is None else np.cumsum(weight[order]))
    wanted, near = level * total, 8 * EPSILON * total
    first, last = np.searchsorted(reached, [wanted - near, wanted + near])
    return _between(*(float(y[min(place, y.size - 1)]) for place in (first, last)))


def _near(y: Array, weight: Array | None, level: float, total: float) -> tuple[Array, Array | None, float]:
    """The targets around the answer, their weights, and the weight of those below; all where a sample misleads."""
    sample = y[:: y.size // FEW]
    order = np.argsort(sample)
    reached = np.cumsum(np.ones(sample.size) if weight is None else weight[:: y.size // FEW][order])
    at, margin = level * reached[-1], 4 * reached[-1] / np.sqrt(sample.size)
    places = np.searchsorted(reached, [at - margin, at + margin])
    low, high = sample[order[np.minimum(places, sample.size - 1)]]
    low, high = (low if places[0] > 0 else -np.inf), (high if places[1] < sample.size else np.inf)
    under, within = y < low, (y >= low) & (y <= high)
    below = float(np.count_nonzero(under) if weight is None else np.sum(weight, where=under))
    inside = float(np.count_nonzero(within) if weight is None else np.sum(weight, where=within))
    slack = 64 * EPSILON * total
    if not below + slack < level * total < below + inside - slack:
        return y, weight, 0.0
    return y[within], None if weight is None else weight[within], below


def _least_of_all(y: Array, weight: Array, level: float) -> float:
    """With weights some of which are negative: the target with the least loss, for one of them has it."""
    order = np.argsort(y, kind="stable")
    y, reached = y[order], np.cumsum(weight[order])
    rises = np.diff(y) * (reached[:-1] - level * reached[-1])
    return float(y[np.argmin(np.concatenate(([0.0], np.cumsum(rises))))])


def _between(low: float, high: float) -> float:
    middle = low + (high - low) / 2
    return low if low == high else middle if np.isfinite(middle) else low / 2 + high / 2
