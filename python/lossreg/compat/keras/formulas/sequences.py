"""Keras's loss of sequences without an alignment: connectionist temporal classification (CTC).

The recursions are Graves and others' (2006, doi:10.1145/1143844.1143891) over logarithms in float64, a step of time for
all sequences at once. They are NumPy's, for in Keras a 0 between labels is a label that sounds like the blank, where an
engine that pads with 0 leaves it out.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lossreg import ShapeError, ops
from lossreg.compat.keras import targets
from lossreg.compat.keras.arrays import Array

from .record import Losses, times

BLANK = 0


def ctc(y_true: npt.ArrayLike, y_pred: npt.ArrayLike) -> Losses:
    """Minus the log-probability of the labels under logits of shape (batch, time, classes), over all alignments.

    Class 0 is the blank, and pads rows of labels at their ends: a row has as many labels as there are others in it.
    Labels that do not fit into the time there is have an infinite loss, of gradient 0.
    """
    labels, logits = np.asarray(y_true), np.asarray(y_pred)
    lengths, labels = _checked(labels, logits)
    log_q = np.asarray(ops.log_softmax(logits.astype(np.float64)))
    states, skips = _states(labels)
    emitted = np.take_along_axis(log_q, states[:, np.newaxis, :], axis=2)
    ends = np.arange(states.shape[1])
    last = (ends == 2 * lengths[:, np.newaxis]) | (ends == 2 * lengths[:, np.newaxis] - 1)
    forward = _forward(emitted, skips)
    likelihood = np.logaddexp.reduce(np.where(last, forward[-1], -np.inf), axis=1)

    def pullback(c: Array) -> Array:
        """The softmax minus the expected number of times that a class is emitted in each step."""
        possible = np.isfinite(likelihood)
        backward = _backward(emitted, skips, last)
        paths = forward[1:].swapaxes(0, 1) + backward - np.where(possible, likelihood, 0)[:, np.newaxis, np.newaxis]
        emissions = np.zeros_like(log_q)
        batch, time = np.ogrid[: len(log_q), : log_q.shape[1]]
        np.add.at(emissions, (batch[..., np.newaxis], time[..., np.newaxis], states[:, np.newaxis, :]), np.exp(paths))
        return times(np.exp(log_q) - emissions, np.where(possible, c, 0)[:, np.newaxis, np.newaxis])

    return Losses((-likelihood).astype(logits.dtype), pullback)


def _states(labels: Array) -> tuple[Array, Array]:
    """Labels with blanks before, between and after, and the states that can follow the last but one directly.

    Those are the labels that differ from the one before.
    """
    states = np.full((len(labels), 2 * labels.shape[1] + 1), BLANK)
    states[:, 1::2] = labels
    skips = np.zeros(states.shape, bool)
    skips[:, 3::2] = labels[:, 1:] != labels[:, :-1]
    return states, skips


def _forward(emitted: Array, skips: Array) -> Array:
    """For each number of steps, from none on, the log-probability of being in a state after them."""
    batch, time, count = emitted.shape
    reached = np.full((time + 1, batch, count), -np.inf)
    reached[0, :, 0] = 0
    for step in range(time):
        reached[step + 1] = _arrivals(reached[step], skips) + emitted[:, step]
    return reached


def _arrivals(before: Array, skips: Array) -> Array:
    stayed_or_moved = before.copy()
    stayed_or_moved[:, 1:] = np.logaddexp(before[:, 1:], before[:, :-1])
    skipped = np.where(skips[:, 2:], before[:, :-2], -np.inf)
    stayed_or_moved[:, 2:] = np.logaddexp(stayed_or_moved[:, 2:], skipped)
    return stayed_or_moved


def _backward(emitted: Array, skips: Array, last: Array) -> Array:
    """For each step and state, the log-probability of everything after it."""
    rest = np.full(emitted.shape, -np.inf)
    following = np.where(last, 0.0, -np.inf)
    for step in reversed(range(emitted.shape[1])):
        rest[:, step] = following
        after = following + emitted[:, step]
        following = after.copy()
        following[:, :-1] = np.logaddexp(after[:, :-1], after[:, 1:])
        skipped = np.where(skips[:, 2:], after[:, 2:], -np.inf)
        following[:, :-2] = np.logaddexp(following[:, :-2], skipped)
    return rest


def _checked(labels: Array, logits: Array) -> tuple[Array, Array]:
    """The numbers of labels, and the labels as indices."""
    if labels.ndim != 2:
        raise ShapeError(
            "Targets `y_true` are expected to be a tensor of shape `(batch_size, max_length)` in integer format. "
            f"Received: y_true.shape={labels.shape}",
            argument="y_true",
        )
    if logits.ndim != 3:
        raise ShapeError(
            "Logits `y_pred` are expected to be a tensor of shape `(batch_size, max_length, num_classes)`. "
            f"Received: y_pred.shape={logits.shape}",
            argument="y_pred",
        )
    if len(labels) != len(logits):
        raise ShapeError(
            f"y_true has shape {labels.shape} and y_pred has shape {logits.shape}; wanted a row of labels for each "
            "sequence of logits",
            argument="y_true",
        )
    labels = targets.classes(labels, logits.shape[2])
    return np.count_nonzero(labels, axis=1), labels
