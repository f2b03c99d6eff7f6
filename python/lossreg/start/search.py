"""The search for the number at which the slope of a total loss changes its sign.

Newton steps from a good guess, halved or doubled into the interval that the signs leave. Where the loss is flat around
the least value the middle of the flat is taken; where it only ever falls, the answer is infinite, exactly.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from copy import copy
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from lossreg import _native
from lossreg.errors import DerivativeError
from lossreg.info import Domain

if TYPE_CHECKING:
    from lossreg._native import Loss
    from lossreg.info import LossInfo

__all__ = ["Total", "least"]

Array = np.ndarray[Any, Any]

EPSILON = float(np.finfo(np.float64).eps)
BOUNDS = {
    # What a prediction that is no raw score lies between.
    Domain.NON_NEGATIVE: (0.0, math.inf),
    Domain.POSITIVE: (0.0, math.inf),
    Domain.PROBABILITY: (0.0, 1.0),
    Domain.ABOVE_MINUS_ONE: (-1.0, math.inf),
}

STEPS = 200
CHUNK = 1 << 15  # elements whose derivatives stay in a cache
SAMPLE = 1 << 12  # enough of many targets to begin near the answer
PATIENCE = 8  # Newton steps in one direction
HALVES = 100  # steps, of which those that are halves find what is not nearer to 0 than 1e-30 of the interval
ASIDE = 2.0**-20  # of a score: from the top of a hill, where the loss has no slope, and where a step of 1 does not move
AROUND = 32  # targets on either side of a score
ENDLESS = 1e250  # where a loss that still falls falls forever
FAR, UNDERFLOW = 30.0, 1e-280  # where many targets may have no finite minimum, and slopes that are but underflow


class Total:
    """The total loss of a constant prediction for some targets, and its derivatives."""

    def __init__(self, loss: Loss, info: LossInfo, y: Array, weight: Array | None) -> None:
        self.loss, self.info, self.y, self.weight = loss, info, y, weight
        self.low, self.high = BOUNDS.get(info.prediction, (-math.inf, math.inf))
        self.has_hessian = bool(info.hessians)
        self.of_residuals = y.ndim == 1 and loss.link.name == "identity" and info.target is Domain.REAL
        elsewhere = hasattr(loss, "per_element") or hasattr(loss, "terms")  # written in Python, or a sum
        of_elements = info.family == "pointwise" and not (info.target.is_label or info.target.has_class_indices)
        self._is_native = not elsewhere and of_elements and "exact" in info.hessians

    def of(self, y: Array, weight: Array | None) -> Self:
        """The same for other targets."""
        other = copy(self)
        other.y, other.weight = y, weight
        return other

    def spread(self, score: float, count: int) -> Array:
        """Predictions of so many targets."""
        return np.broadcast_to(np.float64(score), (count,))

    def own(self, derivatives: Array) -> Array:
        """Of derivatives, those with respect to the score."""
        return derivatives

    def value(self, score: float) -> float:
        """The total loss."""
        return float(self.loss.value(self.y, self.spread(score, len(self.y)), self.weight, reduction="sum"))

    def slope(self, score: float) -> tuple[float, float]:
        """The first derivative of the total loss, 0 where it is all rounding, and the second one, NaN without it."""
        if self._is_native:
            slope, size, curvature = _native.slope(self.loss, self.y, self.weight, score)
        else:
            slope, size, curvature = self._slope_in_chunks(score)
        return 0.0 if abs(slope) <= 8 * EPSILON * size < math.inf else slope, curvature

    def _slope_in_chunks(self, score: float) -> tuple[float, float, float]:
        """The slope, the sum of its terms' magnitudes, and the second derivative."""
        slope = size = curvature = 0.0
        some = self.spread(score, min(CHUNK, len(self.y)))
        buffers = np.empty((2, *some.shape))
        for start in range(0, len(self.y), CHUNK):
            y = self.y[start : start + CHUNK]
            weight = None if self.weight is None else self.weight[start : start + CHUNK]
            x, (grad, hess) = some[: len(y)], buffers[:, : len(y)]
            if self.has_hessian:
                try:
                    self.loss.grad_and_hess(y, x, weight, reduction="sum", out=(grad, hess))
                except DerivativeError:
                    self.has_hessian = False
            if not self.has_hessian:
                self.loss.grad(y, x, weight, reduction="sum", out=grad)
            curvature += float(np.sum(self.own(hess))) if self.has_hessian else math.nan
            grad = self.own(grad)
            slope += float(np.sum(grad))
            size += float(np.sum(np.abs(grad, out=grad)))
        return slope, size, curvature

    def sample(self) -> Self:
        """The same for a few of many targets, evenly spaced."""
        step = len(self.y) // SAMPLE
        weight = None if self.weight is None else np.ascontiguousarray(self.weight[::step])
        return self.of(np.ascontiguousarray(self.y[::step]), weight)

    def gathered(self) -> Self:
        """The same with each target once, with the weights of all its elements."""
        y, places = np.unique(self.y, return_inverse=True, axis=0 if self.y.ndim > 1 else None)
        return self.of(y, np.bincount(places.reshape(-1), self.weight).astype(np.float64))


def least(total: Total, start: float) -> float:
    """The score with the least total loss, from a guess."""
    if not total.low < start < total.high:
        if start in (total.low, total.high) and not math.isinf(start) and total.value(start) < math.inf:
            return start  # all targets are at the end of their scale, and the loss allows it
        start = 0.0 if total.low < 0 else 0.5
    few = total.sample() if len(total.y) > 2 * SAMPLE else total
    if total.of_residuals and few.slope(start) == (0, 0):
        start = _best_target(few, start)
    if few is not total:
        start, _ = _descend(few, start)
    score, curvature = _descend(total, start)
    if curvature == 0 or math.isnan(curvature):
        score = _middle(total.gathered(), score)
    elif curvature < 0:
        score = _valley(total, score)
    return _or_infinite(total, score) if math.isinf(total.low) else _or_end(total, score)


def _best_target(total: Total, score: float) -> float:
    """The best of some targets, unless none is better than the score: a loss that is flat far out is least near some."""
    targets: list[float] = np.unique(total.y)[:: -(-len(total.y) // (2 * AROUND))].tolist()
    return min((score, *targets), key=total.value)


def _or_infinite(total: Total, score: float) -> float:
    """An infinity instead, if it is better, or if the score is only where the loss cannot be told from its limit."""
    if abs(score) < FAR and len(total.y) > SAMPLE:
        return score
    if abs(score) > ENDLESS and total.slope(score)[0] * score < 0:
        return math.copysign(math.inf, score)
    value = total.value(score)
    for end in (-math.inf, math.inf):
        limit = total.value(end)
        if limit < value:
            return end
        if limit == value and end * score > 0 and abs(total.slope(score * 0.999)[0]) < UNDERFLOW:
            return end
    return score


def _or_end(total: Total, score: float) -> float:
    """An end of the scale instead, if it is better, or if the score is the float beside it and no better."""
    value = total.value(score)
    for end in (total.low, total.high):
        if math.isfinite(end) and not total.info.prediction.excludes(np.array(end)).any():
            limit = total.value(end)
            if limit < value or (limit == value and abs(_rank(end) - _rank(score)) == 1):
                return end
    return score


def _descend(total: Total, score: float) -> tuple[float, float]:
    """Newton steps, halved or doubled into the interval where the slope changes its sign, longer where they go on and on."""
    low, high, stride, steps, before = total.low, total.high, 1.0, 0, math.inf
    slope, curvature = total.slope(score)
    for _ in range(STEPS):
        if slope == 0 or math.isnan(slope):
            break
        low, high = (score, high) if slope < 0 else (low, score)
        # At a target the curvature of a power below 2 is infinite, and tells no step.
        step = -slope / curvature if 0 < curvature < math.inf else math.nan
        new, steps = score + step, steps + 1
        if abs(step) <= 2 * EPSILON * abs(score):
            return (new if low <= new <= high else score), curvature
        bracketed = math.isfinite(low) and math.isfinite(high)
        astray = not low < new < high or abs(step) > 1e3 * max(1.0, abs(score))
        # Far out on an exponential each step is as long as the one before, and the interval may be hundreds of them.
        astray, before = astray or (steps > PATIENCE and bracketed and abs(step) > before / 2), abs(step)
        if astray or (steps > PATIENCE and not bracketed):
            if bracketed:
                # Beside numbers that are far out halves are still too many: then half of the floats, at most 64 times.
                new = low + (high - low) / 2 if steps < HALVES else _float((_rank(low) + _rank(high)) // 2)
            else:
                stride = max(2 * stride, ASIDE * abs(score))
                new = score + math.copysign(stride, -slope)
        if new in (low, high, score) or abs(new) > 1e300:
            break
        score = new
        slope, curvature = total.slope(score)
    return score, curvature


def _middle(total: Total, score: float) -> float:
    """The middle of the flat around a score, its only end where it has one, or the kink beside the score."""
    low, high = _beside(total, score, -1.0, falling=True), _beside(total, score, 1.0, falling=False)
    falls, rises = total.slope(low)[0] < 0, total.slope(high)[0] > 0
    if not falls and not rises:
        return score
    left = _crossing(lambda x: total.slope(x)[0] >= 0, low, high) if falls else low
    right = _crossing(lambda x: total.slope(x)[0] > 0, low, high) if rises else high
    before = math.nextafter(right, -math.inf)
    if not falls or not rises:
        return before if rises else left
    if before > left:
        return left + (before - left) / 2
    return min((before, right), key=lambda x: (total.value(x), len(repr(x))))  # of equals, the rounder


def _valley(total: Total, score: float) -> float:
    """The best of what lies downhill where the loss bends downwards, from a target near by and from both sides of the score."""
    kink, aside = _kink(total, score), ASIDE * max(1.0, abs(score))
    below = [_descend(total, start)[0] for start in (kink, score - aside, score + aside)]
    return min((kink, *below), key=total.value)


def _kink(total: Total, score: float) -> float:
    """The best of the targets around a score where the loss bends downwards: it is least at kinks, which targets have."""
    targets, best = np.unique(total.y), total.value(score)
    while True:
        place = int(np.searchsorted(targets, score))
        near = targets[max(place - AROUND, 0) : place + AROUND].tolist()
        value, kink = min((total.value(target), target) for target in near)
        if not value < best:
            return score
        score, best = kink, value


def _beside(total: Total, score: float, stride: float, *, falling: bool) -> float:
    """Somewhere to one side where the loss falls or rises, or the end of that side."""
    at = score
    while abs(stride) < 1e300 and total.low < at < total.high:
        slope = total.slope(at)[0]
        if slope < 0 if falling else slope > 0:
            break
        at, stride = min(max(score + stride, total.low), total.high), 2 * stride
    return at


def _crossing(above: Callable[[float], bool], low: float, high: float) -> float:
    """The least float between two at which a condition holds, which holds from there on."""
    first, last = _rank(low), _rank(high)
    while last - first > 1:
        middle = (first + last) // 2
        first, last = (first, middle) if above(_float(middle)) else (middle, last)
    return _float(last)


def _rank(x: float) -> int:
    """The place of a float among all floats."""
    bits = int(np.float64(x).view(np.int64))
    return bits if bits >= 0 else -(bits & 0x7FFFFFFFFFFFFFFF)


def _float(rank: int) -> float:
    bits = np.int64(abs(rank)).view(np.float64)
    return float(bits if rank >= 0 else -bits)
