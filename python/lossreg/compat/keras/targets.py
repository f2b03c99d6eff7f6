"""Targets as the formulas want them: checked, smoothed, in the dtype of the predictions."""

from __future__ import annotations

import warnings

import numpy as np
import numpy.typing as npt

from lossreg import DomainError, ParameterError, ShapeError

from .arrays import Array, pair


def binary(y_true: npt.ArrayLike, y_pred: npt.ArrayLike, label_smoothing: float) -> tuple[Array, Array]:
    """Labels, smoothed, and predictions of the same shape."""
    labels, prediction = pair(y_true, y_pred)
    return _smoothed(_alike(labels, prediction), label_smoothing, 2), prediction


def rows(y_true: npt.ArrayLike, y_pred: npt.ArrayLike, label_smoothing: float, axis: int) -> tuple[Array, Array]:
    """Target rows and predictions of the same shape; smoothing counts classes on the last axis, whatever `axis` is."""
    if isinstance(axis, bool) or not isinstance(axis, int | np.integer):
        raise ParameterError(f"axis is an integer, not {axis!r}")
    target, prediction = pair(y_true, y_pred)
    if prediction.shape[-1:] == (1,):
        warnings.warn(
            "one class has a probability of 1; binary_crossentropy is the loss for two", SyntaxWarning, stacklevel=3
        )
    return _smoothed(_alike(target, prediction), label_smoothing, prediction.shape[-1]), prediction


def _alike(target: Array, prediction: Array) -> Array:
    if target.shape != prediction.shape:
        raise ShapeError(f"y_true and y_pred have one shape here, not {target.shape} and {prediction.shape}")
    if np.any(outside := (target < 0) | (target > 1)):
        first = int(np.flatnonzero(outside)[0])
        raise DomainError(f"y_true has labels from 0 to 1; at flat index {first} it has {target.flat[first]}")
    return target


def _smoothed(target: Array, label_smoothing: float, classes: int) -> Array:
    return target * (1 - label_smoothing) + label_smoothing / classes if label_smoothing else target


def indices(labels: Array, prediction: Array, axis: int) -> Array:
    """Class indices, checked, as integers."""
    shape = tuple(np.delete(prediction.shape, axis).tolist())
    if labels.shape != shape:
        raise ShapeError(f"y_true has the shape of y_pred without its classes, {shape}, not {labels.shape}")
    found = labels.astype(np.intp)
    last = prediction.shape[axis] - 1
    if np.any(outside := (found < 0) | (found > last)):
        first = int(np.flatnonzero(outside)[0])
        raise DomainError(f"y_true has classes from 0 to {last}; at flat index {first} it has {labels.flat[first]}")
    return found
