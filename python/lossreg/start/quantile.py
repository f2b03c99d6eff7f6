"""The quantile of weighted targets, found by selection: of many, only those near the answer are sorted."""

from __future__ import annotations

from typing import Any

import numpy as np

from lossreg._native import between

__all__ = ["quantile"]

Array = np.ndarray[Any, Any]

EPSILON = float(np.finfo(np.float64).eps)
FEW = 1 << 13  # targets that are sorted
SURE = 2.5  # five standard deviations of the place of a median in a sample, by its root
SLACK = 1e-12  # of all the weight: more than rounding


def quantile(y: Array, weight: Array | None, level: float) -> float:
    """The quantile at a level between 0 and 1; between two targets that both are one, their middle."""
    if weight is not None:
        weight = weight.astype(np.float64, copy=False)
        if np.any(weight < 0):
            return _least_of_all(y.astype(np.float64, copy=False), weight, level)
    below, total = 0.0, float(y.size) if weight is None else float(np.sum(weight))
    wanted, near = level * total, 8 * EPSILON * total
    while y.size > FEW:
        fewer, some, under = _near(y, weight, wanted - below, total)
        if fewer.size == y.size:
            break
        y, weight, below = fewer, some, below + under
    y, weight = _sorted(y.astype(np.float64, copy=False), weight)
    reached = below + np.cumsum(np.ones(y.size) if weight is None else weight)
    first, last = np.searchsorted(reached, [wanted - near, wanted + near])
    return _between(*(float(y[min(place, y.size - 1)]) for place in (first, last)))


def _sorted(y: Array, weight: Array | None) -> tuple[Array, Array | None]:
    if weight is None:
        return np.sort(y), None
    order = np.argsort(y, kind="stable")
    return y[order], weight[order]


def _near(y: Array, weight: Array | None, wanted: float, total: float) -> tuple[Array, Array | None, float]:
    """The targets around the one that is reached after a weight, and the weight of those below; all where a sample misleads."""
    step = round(y.size ** (1 / 3))  # a larger sample takes longer to sort, a smaller one leaves more targets
    sample, some = _sorted(y[::step], None if weight is None else weight[::step])
    reached = np.arange(1.0, sample.size + 1) if some is None else np.cumsum(some)
    part = wanted / (float(y.size) if weight is None else float(np.sum(weight)))
    at, margin = part * reached[-1], SURE * reached[-1] / np.sqrt(sample.size)
    places = np.searchsorted(reached, [at - margin, at + margin])
    low, high = sample[np.minimum(places, sample.size - 1)]
    low, high = (low if places[0] > 0 else -np.inf), (high if places[1] < sample.size else np.inf)
    within, weights, below = between(y, weight, low, high)
    inside = float(within.size) if weights is None else float(np.sum(weights))
    if not below + SLACK * total < wanted < below + inside - SLACK * total:
        return y, weight, 0.0
    return within, weights, below


def _least_of_all(y: Array, weight: Array, level: float) -> float:
    """With weights some of which are negative: the target with the least loss, for one of them has it."""
    order = np.argsort(y, kind="stable")
    y, reached = y[order], np.cumsum(weight[order])
    rises = np.diff(y) * (reached[:-1] - level * reached[-1])
    return float(y[np.argmin(np.concatenate(([0.0], np.cumsum(rises))))])


def _between(low: float, high: float) -> float:
    middle = low + (high - low) / 2
    return low if low == high else middle if np.isfinite(middle) else low / 2 + high / 2
