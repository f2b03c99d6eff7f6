"""What an author has probably written: the derivative that each common mistake would give, compared with the one that came."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

__all__ = ["likely"]

Array = np.ndarray[Any, Any]
LIKE = 1e-5  # the relative difference within which two derivatives are the same mistake


def likely(got: Array, wanted: Array, known: Array, raw: Array, rows: bool) -> str:
    """The mistake that explains a wrong derivative; empty where none does.

    Parameters
    ----------
    got, wanted : numpy.ndarray
        The derivative that came, and the right one.
    known : numpy.ndarray of bool
        Where the right one is known well.
    raw : numpy.ndarray
        The predictions.
    rows : bool
        Whether a loss is that of a row, with its classes on the last axis.
    """
    for mistake, derivative in _mistakes(wanted, raw, rows):
        if np.allclose(got[known], derivative[known], rtol=LIKE, atol=LIKE * np.max(np.abs(wanted[known]), initial=0)):
            return mistake
    return ""


def _mistakes(wanted: Array, raw: Array, rows: bool) -> Iterator[tuple[str, Array]]:
    yield "it is 0 everywhere", np.zeros_like(wanted)
    yield "its sign is turned, as from y_true - y_pred in place of y_pred - y_true", -wanted
    yield "a factor 2 is missing, as from a value without its 1/2", wanted / 2
    yield "there is a factor 2 too much, as from a value with a 1/2", 2 * wanted
    yield "sign and a factor 2", -2 * wanted
    yield "sign and a factor 1/2", -wanted / 2
    if rows:
        classes = raw.shape[-1]
        yield f"it is that of a mean over the {classes} classes, and the value is a sum over them", wanted / classes
        yield f"it is that of a sum over the {classes} classes, and the value is a mean over them", wanted * classes
    count = len(raw)
    yield (
        f"it is divided by the {count} elements: return unreduced derivatives, means are taken by lossreg",
        wanted / count,
    )
    yield (
        f"it is multiplied by the {count} elements: return unreduced values, means are taken by lossreg",
        wanted * count,
    )
    if rows:
        weights = np.exp(raw - raw.max(axis=-1, keepdims=True))
        probability = weights / weights.sum(axis=-1, keepdims=True)
    else:
        probability = 1 / (1 + np.exp(-raw))
    slope = probability * (1 - probability)
    yield "y_pred is taken for a probability, and is a raw score", wanted + raw - probability
    yield "it is with respect to the probability, and y_pred is a raw score: multiply by p * (1 - p)", wanted / slope
    yield "it has a factor p * (1 - p) too much: that of a probability within it, which cancels", wanted * slope
