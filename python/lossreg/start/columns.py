"""Start values of losses of columns: a number for each column that predicts an element.

Each column is searched in turn as if it were the only one, which finds kinks, flats and infinities. Then all that are finite take a
Newton step together, with the second derivatives that differences of the slopes make: that is what ends where columns depend on
each other. Where a kink that they share leaves slopes, some that move together are searched too.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from lossreg.errors import ShapeError
from lossreg.start.search import EPSILON, SAMPLE, Total, least
from lossreg.start.targets import Array, Targets, spread

if TYPE_CHECKING:
    from lossreg._native import Loss
    from lossreg.info import LossInfo

__all__ = ["column_scores"]

SWEEPS = 50
HALVINGS = 8
STEP = EPSILON ** (1 / 3)  # of differences of slopes
SMOOTH = 1e-9  # of a slope's terms: less is none
FAR = 40.0  # in the place of an infinite score where others are searched: exp(-40) is nothing beside 1


def column_scores(loss: Loss, info: LossInfo, y_true: Any, sample_weight: Any, where: Any) -> Any:
    """The score with the least loss, or one for each of several columns."""
    targets = Targets.read(y_true, sample_weight, where)
    y, given = targets.y, info.target_columns
    if given and y.shape[-1:] != (len(given),):
        named = f"{', '.join(given[:-1])} and {given[-1]}"
        raise ShapeError(
            f"y_true has shape {y.shape}; wanted (..., {len(given)}), on whose last axis are {named}", argument="y_true"
        )
    unreduced, inner = y.shape[: y.ndim - bool(given)], y.shape[y.ndim - bool(given) :]
    columns = (len(info.columns),) if len(info.columns) > 1 else ()
    everywhere = np.broadcast_to(np.float64(0.5), (*unreduced, *columns))
    loss.value(y, everywhere, targets.weight, where=targets.mask, reduction="sum")  # checks the arguments
    each = Targets(np.broadcast_to(np.float64(0.0), unreduced), targets.weight, targets.mask)
    each.summarised()
    counts, weight = each.valid(), each.weights(unreduced)
    chosen = np.broadcast_to(True, unreduced) if counts is None else spread(counts, unreduced)
    rows = np.ascontiguousarray(y[chosen].reshape(-1, *inner))
    weight = None if weight is None else np.ascontiguousarray(weight[chosen], np.float64)
    if np.isnan(rows).any() or not (weight is None or np.isfinite(weight).all()):
        scores = np.full(len(info.columns), np.nan)
    else:
        scores = _searched(loss, info, rows, weight)
    return scores if columns else float(scores[0])


def _searched(loss: Loss, info: LossInfo, y: Array, weight: Array | None) -> Array:
    """From the best for a few of many targets."""
    scores = np.zeros(len(info.columns))
    total = Along(loss, info, y, weight, scores, np.ones(1))
    if len(y) > 2 * SAMPLE:
        scores = _swept(total.sample(), scores)
    return _swept(total, scores)


def _swept(total: Along, scores: Array) -> Array:
    """Each column in turn, and then all together, until none moves."""
    endless, guesses = np.zeros(scores.size), _guesses(total)
    for _ in range(SWEEPS):
        before = scores.copy()
        for column in range(scores.size):
            along = total.column(scores, column)
            if not guesses and along.is_least(float(scores[column])):
                continue
            start = min((scores[column], *guesses), key=lambda score: _or_most(along.value(score)))
            best = least(along, float(start))
            endless[column] = best if np.isinf(best) else 0.0
            scores[column] = np.clip(best, -FAR, FAR) if np.isinf(best) else best
        guesses, free = (), np.flatnonzero(endless == 0)
        if free.size < 2 or np.isnan(scores).any():
            break
        if _is_still(scores, before):
            aside = _aside(total, scores, free)
            if aside is None:
                break
            scores = aside
        else:
            scores = _together(total, scores, free)
    return np.where(endless == 0, scores, endless)


def _guesses(total: Along) -> tuple[float, ...]:
    """Where the link maps the mean of what is given."""
    numbers = total.y.reshape(len(total.y), -1).T.astype(np.float64)
    means = (np.mean(one[np.isfinite(one)]) for one in numbers if np.isfinite(one).any())
    scores = (float(total.loss.link.link(mean)) for mean in means)
    return tuple(score for score in scores if np.isfinite(score))


def _or_most(value: float) -> float:
    return np.inf if np.isnan(value) else value


def _is_still(scores: Array, before: Array) -> bool:
    return bool(np.all(np.abs(scores - before) <= 4 * EPSILON * np.abs(scores)))


def _together(total: Along, scores: Array, free: Array) -> Array:
    """A Newton step of some columns, where their curvature is that of a valley and it goes down."""
    steps = STEP * np.maximum(1.0, np.abs(scores))
    bends = np.empty((free.size, free.size))
    for row, column in enumerate(free):
        aside = steps[column] * np.eye(scores.size)[column]
        above, below = (total.slopes(at)[0][free] for at in (scores + aside, scores - aside))
        bends[row] = (above - below) / (2 * steps[column])
    if not np.isfinite(bends).all() or np.linalg.eigvalsh(bends + bends.T)[0] <= 0:
        return scores
    move, value = np.zeros(scores.size), total.of_scores(scores)
    move[free] = np.linalg.solve((bends + bends.T) / 2, -total.slopes(scores)[0][free])
    steps = (scores + move / 2**halving for halving in range(HALVINGS))
    return next((new for new in steps if total.of_scores(new) <= value), scores)


def _aside(total: Along, scores: Array, free: Array) -> Array | None:
    """Better scores where columns move together; None where there are none, as wherever no slope is left."""
    slopes, sizes = total.slopes(scores)
    if np.all(np.abs(slopes[free]) <= SMOOTH * sizes[free]):
        return None
    value = total.of_scores(scores)
    for signs in product((0.0, 1.0, -1.0), repeat=free.size):
        moving = np.flatnonzero(signs)
        if moving.size < 2 or signs[moving[0]] < 0:
            continue
        direction = np.zeros(scores.size)
        direction[free] = signs
        far = least(Along(total.loss, total.info, total.y, total.weight, scores, direction), 0.0)
        new = scores + far * direction
        if np.isfinite(far) and total.of_scores(new) < value - EPSILON * abs(value):
            return new
    return None


class Along(Total):
    """The total loss as a function of how far scores have moved in a direction."""

    def __init__(
        self, loss: Loss, info: LossInfo, y: Array, weight: Array | None, scores: Array, direction: Array
    ) -> None:
        super().__init__(loss, info, y, weight)
        self.scores, self.direction = scores, direction
        self.moving = np.flatnonzero(direction)
        self.has_hessian = self.has_hessian and self.moving.size == 1  # only the diagonal is known

    def column(self, scores: Array, column: int) -> Along:
        """As a function of the score of a column, the others being given."""
        others = scores.copy()
        others[column] = 0.0
        return Along(self.loss, self.info, self.y, self.weight, others, np.eye(scores.size)[column])

    def is_least(self, score: float) -> bool:
        """Whether a score is on a kink or a flat, on neither side of which the loss falls."""
        below, above = (self.slope(np.nextafter(score, end))[0] for end in (-np.inf, np.inf))
        return bool(below <= 0 <= above) and self.slope(score)[1] == 0

    def of_scores(self, scores: Array) -> float:
        """The total loss of all scores."""
        return self.column(scores, 0).value(float(scores[0]))

    def spread(self, score: float, count: int) -> Array:
        """Predictions of so many targets."""
        if self.scores.size == 1:
            return super().spread(score, count)
        scores = self.scores.copy()
        scores[self.moving] += score * self.direction[self.moving]
        return np.broadcast_to(scores, (count, scores.size))

    def own(self, derivatives: Array) -> Array:
        """Of derivatives, those in the direction."""
        if derivatives.ndim == 1:
            return derivatives
        return np.asarray(derivatives[:, self.moving] @ self.direction[self.moving])

    def slopes(self, scores: Array) -> tuple[Array, Array]:
        """The first derivatives of the total loss with respect to all columns, and the sums of their terms' magnitudes."""
        everywhere = np.broadcast_to(scores, (len(self.y), scores.size))
        grad = self.loss.grad(self.y, everywhere, self.weight, reduction="sum")
        return np.sum(grad, axis=0), np.sum(np.abs(grad), axis=0)
