"""Start values: the constant raw score with the least loss over given targets.

The search starts where the link maps the mean of the targets, which is the answer for
every likelihood with its own link, so that one evaluation confirms it, and ends at the point where the slope changes
its sign. It asks the loss itself, so it is right for every parameter and for losses of others. Where the loss is flat
around the least value (the median of an even number of targets), the middle of the flat is taken; where
it only ever falls (all labels are 1), the answer is infinite. Quantiles alone have a closed form of their own.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from lossreg.errors import EmptyError, ParameterError
from lossreg.info import Start

if TYPE_CHECKING:
    from lossreg._native import Loss

__all__ = ["init_score"]

EPSILON = float(np.finfo(np.float64).eps)
STEPS = 200


def init_score(loss: Loss, y_true: Any, sample_weight: Any = None) -> Any:
    """Find the constant raw score with the least loss.

    Parameters
    ----------
    loss : Loss
        The loss.
    y_true : array_like
        Targets.
    sample_weight : array_like, optional
        Weights, in the shape of the unreduced loss or of its leading axes.

    Returns
    -------
    float or numpy.ndarray
        The score; for row-wise losses one for each class. Infinite where the loss falls for ever. A loss that is
        not convex may have other minima; this one is the nearest to where the link maps the mean.

    Raises
    ------
    EmptyError
        If there are no targets, or their weights sum to 0.

    Examples
    --------
    >>> import lossreg
    >>> lossreg.get("absolute_error").init_score([1.0, 2.0, 9.0])
    2.0
    """
    info = loss.info
    if info.start is Start.NONE:
        raise ParameterError(f"{loss.name} compares scores with no targets: it has no start value")
    y = _array(y_true, "y_true")
    weight = np.ones(y.shape[:1] if y.ndim else ()) if sample_weight is None else _array(sample_weight, "sample_weight")
    if not y.size:
        raise EmptyError("no constant is best for no targets")
    if not np.sum(weight, dtype=np.float64):
        raise EmptyError("no constant is best for weights that sum to 0")
    if info.family == "row-wise":
        from lossreg.start.rows import init_row

        return init_row(loss, y, weight)
    return _Constant(loss, y, weight).best()


def _array(given: Any, name: str) -> np.ndarray[Any, Any]:
    if type(given) is np.ndarray:
        return given
    from lossreg.arrays import as_plain_array

    return as_plain_array(given, name)


class _Constant:
    """The total loss of a constant prediction, and the search for its minimum."""

    def __init__(self, loss: Loss, y: np.ndarray[Any, Any], weight: np.ndarray[Any, Any]) -> None:
        self._loss, self._y, self._weight = loss, y, weight
        info = self._info = loss.info
        self._methods = loss.grad_and_hess if info.hessians else lambda *a, **k: (loss.grad(*a, **k), np.array(np.nan))
        scale = (
            info.link if loss.link.name == "identity" else "identity"
        )  # of predictions, where they are no raw scores
        self._low = 0.0 if scale in ("logit", "log") else -math.inf
        self._high = 1.0 if scale == "logit" else math.inf

    def _everywhere(self, score: float) -> np.ndarray[Any, Any]:
        return np.broadcast_to(np.float64(score), self._y.shape)

    def _value(self, score: float) -> float:
        return float(self._loss.value(self._y, self._everywhere(score), self._weight, reduction="sum"))

    def _slope(self, score: float) -> tuple[float, float]:
        """The derivative of the total loss, 0 where it is rounding, and the second one."""
        grad, hess = self._methods(self._y, self._everywhere(score), self._weight, reduction="sum")
        slope, size = float(np.sum(grad)), float(np.sum(np.abs(grad)))
        return 0.0 if abs(slope) <= 8 * EPSILON * size else slope, float(np.sum(hess))

    def best(self) -> float:
        mean = self._mean()
        if math.isnan(mean):
            return mean
        if self._info.start in (Start.MEDIAN, Start.QUANTILE) and np.all(self._weight >= 0):
            return self._quantile()
        start: float = self._loss.link.link(mean)
        if not self._low < start < self._high or not math.isfinite(start):
            if math.isfinite(self._value(start)):
                return start  # all targets are at the end of their scale, and the loss allows it
            start = 0.0 if self._low < 0 else 0.5
        score, curvature = self._descend(start)
        if curvature == 0 or math.isnan(curvature):
            self._gather()
            score = self._middle(score)
        end = math.copysign(math.inf, score)
        far = abs(score) > 30 and math.isinf(self._low) and self._value(end) <= self._value(score)
        return end if far else score

    def _mean(self) -> float:
        y = np.asarray(self._y, dtype=np.float64)
        over = self._weight.reshape(self._weight.shape + (1,) * (y.ndim - self._weight.ndim))
        weight = np.broadcast_to(over, y.shape).astype(np.float64)
        if self._info.target.is_label:
            y = np.maximum(y, 0.0)  # -1 is another word for 0
        return float(np.sum(y * weight) / np.sum(weight))

    def _descend(self, score: float) -> tuple[float, float]:
        """Newton steps, halved or doubled into the interval where the slope changes its sign."""
        low, high, stride = self._low, self._high, 1.0
        slope, curvature = self._slope(score)
        for _ in range(STEPS):
            if slope == 0 or math.isnan(slope):
                break
            low, high = (score, high) if slope < 0 else (low, score)
            step = -slope / curvature if curvature > 0 else math.nan
            new = score + step
            if abs(step) <= 2 * EPSILON * abs(score):
                return (new if low <= new <= high else score), curvature
            if not low < new < high or abs(step) > 1e3 * max(1.0, abs(score)):
                if math.isfinite(low) and math.isfinite(high):
                    new = low + (high - low) / 2
                else:
                    stride *= 2
                    new = score + math.copysign(stride, -slope)
            if new in (low, high, score) or abs(new) > 1e300:
                break
            score = new
            slope, curvature = self._slope(score)
        return score, curvature

    def _gather(self) -> None:
        """Each target once, with the weights of all its elements."""
        over = self._weight.reshape(self._weight.shape + (1,) * (self._y.ndim - self._weight.ndim))
        weight = np.broadcast_to(over, self._y.shape).ravel()
        self._y, places = np.unique(self._y.ravel(), return_inverse=True)
        self._weight = np.bincount(places.ravel(), weight)

    def _quantile(self) -> float:
        """The quantile of the targets; between two targets that both are one, their middle."""
        self._gather()
        level = self._loss.params["quantile"] if self._info.start is Start.QUANTILE else 0.5
        below = np.cumsum(self._weight)
        wanted = level * below[-1]
        near = 8 * EPSILON * below[-1]
        first, last = np.searchsorted(below, [wanted - near, wanted + near])
        low, high = (float(self._y[min(place, len(below) - 1)]) for place in (first, last))
        return low + (high - low) / 2

    def _middle(self, score: float) -> float:
        """The middle of the flat around a score, its only end where it has one, or the kink beside the score."""
        low, high = self._where(score, -1.0, falling=True), self._where(score, 1.0, falling=False)
        falls, rises = self._slope(low)[0] < 0, self._slope(high)[0] > 0
        if not falls and not rises:
            return score
        left = _crossing(lambda x: self._slope(x)[0] >= 0, low, high) if falls else low
        right = _crossing(lambda x: self._slope(x)[0] > 0, low, high) if rises else high
        before = math.nextafter(right, -math.inf)
        if not falls or not rises:
            return before if rises else left
        if before > left:
            return left + (before - left) / 2
        return min((before, right), key=lambda x: (self._value(x), len(repr(x))))  # of equals, the rounder

    def _where(self, score: float, stride: float, *, falling: bool) -> float:
        """Somewhere to one side where the loss falls or rises, or the end of that side."""
        at = score
        while abs(stride) < 1e300 and self._low < at < self._high:
            slope = self._slope(at)[0]
            if slope < 0 if falling else slope > 0:
                break
            at, stride = min(max(score + stride, self._low), self._high), 2 * stride
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
