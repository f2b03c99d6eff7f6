"""The search for the class probabilities with the least loss, for losses without a closed form.

Where a loss is like a cross-entropy, its slope in the scores is S·q − A, with A the weight of each class, and its curvature is
S·q·(1 − q): so one step ends near the answer, A/S, and a second one makes its small probabilities exact. Of many rows, a few
are searched first. Where other losses leave a slope, quasi-Newton steps go on (Liu and Nocedal 1989, doi:10.1007/BF01589116),
and steps in drawn directions where they have kinks.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from lossreg.errors import DerivativeError

if TYPE_CHECKING:
    from lossreg._native import Loss

__all__ = ["has_level", "probabilities", "scores", "value_of"]

Array = np.ndarray[Any, Any]

STEPS = 100
SLOW_STEPS = 2000  # without a second derivative
NUMBERS = 1 << 18  # scores that are looked at together
SAMPLE = 1 << 12  # rows that are enough to begin near the answer
POLISH, MEMORY, FLAT = 100, 10, 1e-10  # quasi-Newton steps, those that are remembered, and a slope that is none
WANDER = 12  # drawn directions before steps become shorter
FAR = 30.0  # scores that may be infinite
FEW, ROUNDING = 8, 1e-6  # rows that tell whether slopes add up to 0, and the share of them that is their rounding
NOTHING, LEAST = 1e-14, 1e-200  # a probability of rounding alone, and one that still has a logarithm


def probabilities(loss: Loss, rows: Array, weight: Array, classes: int) -> Array:
    """The probabilities of the classes with the least loss over rows of probabilities or class indices."""
    rows, weight = _dense(loss, rows, classes), _ratios(weight)
    total, q = _Total(loss, classes), np.full(classes, 1.0 / classes)
    for some, part, precise in _parts_of(rows, weight, 1e-6, 1e-14):
        q = _least(total, some, part, q, precise)
    q = np.where(q > NOTHING / classes, q, 0.0)
    q /= np.sum(q)
    return q


def scores(loss: Loss, rows: Array, weight: Array, classes: int) -> Array:
    """The scores of the classes with the least loss, where that changes with a number that is added to all of them."""
    rows, weight = _dense(loss, rows, classes), _ratios(weight)
    total, everywhere = _Total(loss, classes), np.ones(classes, bool)
    starts = [np.zeros(classes)]
    if rows.ndim == 2:
        mean = np.average(rows.astype(np.float64, copy=False), axis=0, weights=weight)
        starts += [mean, np.log(np.maximum(mean, LEAST))]
    for some, part, _ in _parts_of(rows, weight, 0.0, 0.0):
        values = [total(some, part, one)[0] for one in starts]
        best = starts[int(np.argmin(np.where(np.isnan(values), np.inf, values)))]
        starts = [_descended(total, some, part, best, everywhere)]
    found = starts[0]
    endless = np.where(np.abs(found) > FAR, np.copysign(np.inf, found), found)
    return endless if total(rows, weight, endless)[0] <= total(rows, weight, found)[0] else found


def value_of(loss: Loss, rows: Array, weight: Array, q: Array) -> float:
    """The loss of the same probabilities for all rows, up to a factor."""
    with np.errstate(divide="ignore"):
        return _Total(loss, q.size)(_dense(loss, rows, q.size), _ratios(weight), np.log(q))[0]


def has_level(loss: Loss, rows: Array, classes: int) -> bool:
    """Whether a number that is added to all scores changes the loss, so that probabilities do not tell them."""
    switch, some = loss.info.raw_switch, _dense(loss, rows[: FEW if classes < SAMPLE else 1], classes)
    if switch is not None and not loss.params[switch]:
        return False
    x = np.broadcast_to(np.linspace(-1.0, 1.0, classes), (len(some), classes))
    slopes = np.asarray(_plain(loss).grad(some, x, reduction="sum"))
    return bool(np.any(np.abs(np.sum(slopes, axis=1)) > ROUNDING * np.sum(np.abs(slopes), axis=1)))


def _plain(loss: Loss) -> Loss:
    """The loss of scores in rows; what is ignored is not among them, and classes may have other numbers here."""
    changed: dict[str, Any] = {"axis": -1, "ignore_index": None, loss.info.raw_switch or "": True}
    changed = {name: value for name, value in changed.items() if name in loss.params}
    return loss.replace(**changed) if changed else loss


def _dense(loss: Loss, rows: Array, classes: int) -> Array:
    return np.eye(classes)[rows] if rows.ndim == 1 and not loss.info.target.has_class_indices else rows


def _ratios(weight: Array) -> Array:
    """Weights of which the largest is near 1: only their ratios matter."""
    ratios: Array = np.ldexp(weight, -int(np.frexp(np.max(np.abs(weight)))[1]))
    return ratios


def _parts_of(rows: Array, weight: Array, first: float, then: float) -> Iterator[tuple[Array, Array, float]]:
    """Of many rows a few, to begin near the answer, and then all; how precise each is to be."""
    if len(rows) > 2 * SAMPLE:
        step = len(rows) // SAMPLE
        yield rows[::step], weight[::step], first
    yield rows, weight, then


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
    """Steps in the scores of the classes that have a probability, where a slope is left."""
    return _normalised(_descended(total, rows, weight, np.log(q), q > NOTHING / q.size))


def _descended(total: _Total, rows: Array, weight: Array, scores: Array, there: Array) -> Array:
    """Quasi-Newton steps in some scores, and drawn ones where these end before no slope is left."""
    enough = FLAT * float(np.sum(np.abs(weight)))
    value, slope, _ = total(rows, weight, scores)
    slope = np.where(there, slope, 0.0)
    moves: list[tuple[Array, Array]] = []
    for _ in range(POLISH):
        if np.max(np.abs(slope)) <= enough:
            return scores
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
    return _wandered(total, rows, weight, scores, there)


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
        self._loss, self._classes = _plain(loss), classes
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
