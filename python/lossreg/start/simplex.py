"""The search for the class probabilities with the least loss, for losses without a closed form.

Where a loss is like a cross-entropy, its slope in the scores is S·q − A, with A the weight of each class, and its curvature is
S·q·(1 − q): so one step ends near the answer, A/S, and a second one makes its small probabilities exact. Of many rows, a few
are searched first. Where other losses leave a slope, quasi-Newton steps go on (Liu and Nocedal 1989, doi:10.1007/BF01589116),
and steps in drawn directions where they have kinks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lossreg.errors import DerivativeError

if TYPE_CHECKING:
    from lossreg._native import Loss

__all__ = ["probabilities"]

Array = np.ndarray[Any, Any]

STEPS = 100
SLOW_STEPS = 2000  # without a second derivative
NUMBERS = 1 << 18  # scores that are looked at together
SAMPLE = 1 << 12  # rows that are enough to begin near the answer
POLISH, MEMORY, FLAT = 100, 10, 1e-10  # quasi-Newton steps, those that are remembered, and a slope that is none
WANDER = 12  # drawn directions before steps become shorter
NOTHING, LEAST = 1e-14, 1e-200  # a probability of rounding alone, and one that still has a logarithm


def probabilities(loss: Loss, rows: Array, weight: Array, classes: int) -> Array:
    """The probabilities of the classes with the least loss over rows of probabilities or class indices."""
    params = loss.params
    weight = np.ldexp(weight, -int(np.frexp(np.max(np.abs(weight)))[1]))  # only their ratios matter
    if rows.ndim == 1 and not loss.info.target.has_class_indices:
        rows = np.eye(classes)[rows]
    plain = {
        "axis": -1,
        "ignore_index": None,
    }  # what is ignored is not among the rows, and classes may have other numbers here
    changed = {name: value for name, value in plain.items() if name in params}
    if loss.info.raw_switch is not None:
        changed[loss.info.raw_switch] = True
    total = _Total(loss.replace(**changed) if changed else loss, classes)
    q = np.full(classes, 1.0 / classes)
    if len(rows) > 2 * SAMPLE:
        step = len(rows) // SAMPLE
        q = _least(total, rows[::step], weight[::step], q, 1e-6)
    q = _least(total, rows, weight, q, 1e-14)
    q = np.where(q > NOTHING / classes, q, 0.0)
    q /= np.sum(q)
    return q


def _least(total: _Total, rows: Array, weight: Array, q: Array, precise: float) -> Array:
    """From the better of a guess and the mean of the rows, if they are rows."""
    starts = [q]
    if rows.ndim == 2:
        mean = np.maximum(np.average(rows.astype(np.float64, copy=False), axis=0, weights=weight), LEAST)
        starts.append(mean / np.sum(mean))
    q = min(starts, key=lambda q: total(rows, weight, np.log(q))[0])
    q = _search(total, rows, weight, q, precise)
    return q if np.isnan(q).any() else _polished(total, rows, weight, q)


def _polished(total: _Total, rows: Array, weight: Array, q: Array) -> Array:
    """Quasi-Newton steps in the scores of the classes that have a probability, where a slope is left."""
    there = q > NOTHING / q.size
    scores, enough = np.log(q), FLAT * float(np.sum(np.abs(weight)))
    value, slope, _ = total(rows, weight, scores)
    slope = np.where(there, slope, 0.0)
    moves: list[tuple[Array, Array]] = []
    for _ in range(POLISH):
        if np.max(np.abs(slope)) <= enough:
            return _normalised(scores)
        direction, scale = _direction(slope, moves), 1.0
        while scale > 1e-10:
            new = scores + scale * direction
            result = total(rows, weight, new)
            if result[0] < value + 1e-4 * scale * float(slope @ direction):
                break
            scale /= 2
        else:
            break
        new_slope = np.where(there, result[1], 0.0)
        moves = [*moves[1 - MEMORY :], (new - scores, new_slope - slope)]
        scores, value, slope = new, result[0], new_slope
    return _normalised(_wandered(total, rows, weight, scores, there))


def _direction(slope: Array, moves: list[tuple[Array, Array]]) -> Array:
    """Downhill, bent by what the last moves have said of the curvature."""
    direction, factors, length = -slope, [], 1.0 / max(float(np.max(np.abs(slope))), 1e-300)
    moves = [(move, change) for move, change in moves if float(move @ change) > 0]
    for move, change in reversed(moves):
        factor = float(move @ direction) / float(move @ change)
        factors.append(factor)
        direction = direction - factor * change
        length = 1.0
    if moves:
        move, change = moves[-1]
        direction = direction * (float(move @ change) / float(change @ change))
    for (move, change), factor in zip(moves, reversed(factors), strict=True):
        direction = direction + (factor - float(change @ direction) / float(move @ change)) * move
    return direction * length


def _wandered(total: _Total, rows: Array, weight: Array, scores: Array, there: Array) -> Array:
    """Steps in drawn directions, ever shorter, where kinks stop those along the slope."""
    rng, step = np.random.default_rng(0), 0.1
    value = total(rows, weight, scores)[0]
    while step > 1e-8:
        improved = False
        for _ in range(WANDER):
            direction = np.where(there, rng.normal(size=scores.size), 0.0)
            new = scores + step * direction
            found = total(rows, weight, new)[0]
            if found < value:
                scores, value, improved = new, found, True
        step = step if improved else step / 2
    return scores


def _normalised(scores: Array) -> Array:
    q: Array = np.exp(scores - np.max(scores))
    q /= np.sum(q)
    return q


def _search(total: _Total, rows: Array, weight: Array, q: Array, precise: float) -> Array:
    value, slope, curvature = total(rows, weight, np.log(q))
    if np.isnan(value):
        return np.full(q.shape, np.nan)
    scale = 1.0
    for _ in range(STEPS if total.has_hessian else SLOW_STEPS):
        mass = curvature / np.maximum(q * (1 - q), NOTHING * q)
        step = np.divide(slope, mass, out=np.zeros(q.shape), where=mass > 0)
        scale = min(1.0, 2 * scale)
        for _ in range(60):
            new = q - scale * step
            new = np.maximum(np.where(new > 0, new, np.where(new < -NOTHING, q / 16, NOTHING * q)), LEAST)
            new /= np.sum(new)
            result = total(rows, weight, np.log(new))
            if result[0] <= value + 1e-12 * abs(value):
                break
            scale /= 2
        moved = np.max(np.abs(new - q) / q)
        q, (value, slope, curvature) = new, result
        if moved <= precise:
            break
    return q


class _Total:
    """The loss of the same scores for all rows, and its first and second derivatives with respect to each."""

    def __init__(self, loss: Loss, classes: int) -> None:
        self._loss, self._classes = loss, classes
        self.has_hessian = True

    def __call__(self, rows: Array, weight: Array, scores: Array) -> tuple[float, Array, Array]:
        value, slope, curvature = 0.0, np.zeros(self._classes), np.zeros(self._classes)
        size = max(1, NUMBERS // self._classes)
        buffers = np.empty((2, min(size, len(rows)), self._classes))
        for first in range(0, len(rows), size):
            y, w = rows[first : first + size], weight[first : first + size]
            x, (grad, hess) = np.broadcast_to(scores, (len(y), self._classes)), buffers[:, : len(y)]
            if self.has_hessian:
                try:
                    value += self._loss.value_grad_hess(y, x, w, reduction="sum", out=(grad, hess))[0]
                except DerivativeError:
                    self.has_hessian = False
            if not self.has_hessian:
                value += self._loss.value_and_grad(y, x, w, reduction="sum", out=grad)[0]
                q = np.exp(scores)
                hess = (np.sum(np.abs(w)) * q * (1 - q))[np.newaxis]
            slope, curvature = slope + grad.sum(axis=0), curvature + hess.sum(axis=0)
        return value, slope, curvature
