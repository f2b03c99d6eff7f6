"""Classes that have an order, between thresholds of one score: their probabilities, and the score of given ones."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lossreg import ops
from lossreg.errors import ShapeError

__all__ = ["probabilities", "scores"]

Array = NDArray[Any]


def probabilities(raw: ArrayLike, thresholds: tuple[float, ...], n_threads: int | None = None) -> Array:
    """The probabilities of the classes, on a last axis of their own, in the dtype of `lossreg.ops`.

    That a logistic number lies between two thresholds is no difference of two probabilities here, which would cancel.
    """
    score = np.asarray(ops.elements("identity", raw, name="raw", n_threads=n_threads))
    at, x = np.array(thresholds), score[..., None].astype(np.float64)
    with np.errstate(invalid="ignore", over="ignore"):
        d = at - x
        back = d - at
        lost = (at - (d - back)) - (x + back)  # by rounding, which an exponential multiplies by the distance
        lost = np.where(np.isfinite(lost), lost, 0.0)
        one, both = np.ones((*score.shape, 1)), -np.expm1(-np.diff(at))
    below, above = ops.sigmoid(d, n_threads=n_threads), ops.sigmoid(-d, n_threads=n_threads)
    below, above = below + below * (lost * (d < 0)), above - above * (lost * (d > 0))
    parts = [np.concatenate([below, one], axis=-1), np.concatenate([one, above], axis=-1)]
    share: Array = parts[0] * parts[1] * np.concatenate([[1.0], both, [1.0]])
    return share.astype(score.dtype)


def scores(mean: ArrayLike, thresholds: tuple[float, ...]) -> float | Array:
    """The scores of rows of probabilities, by the threshold that most is on both sides of; NaN where one is below 0."""
    given = np.asarray(ops.elements("identity", mean, name="mean"))
    if not given.ndim or given.shape[-1] != len(thresholds) + 1:
        raise ShapeError(
            f"mean has shape {given.shape}; wanted rows of {len(thresholds) + 1} classes, for {len(thresholds)} thresholds",
            argument="mean",
        )
    share = given.astype(np.float64)
    below, above = np.cumsum(share, -1)[..., :-1], np.cumsum(share[..., ::-1], -1)[..., -2::-1]
    place = np.argmax(np.minimum(below, above), axis=-1)[..., None]
    with np.errstate(divide="ignore", invalid="ignore"):
        odds = np.log(np.take_along_axis(above, place, -1)) - np.log(np.take_along_axis(below, place, -1))
    score = (np.array(thresholds)[place] + odds)[..., 0]
    score = np.where((share < 0).any(axis=-1), np.nan, score).astype(given.dtype)
    return score if score.ndim else float(score)
