"""Targets as the formulas want them: checked, smoothed, in the dtype of the predictions."""

from __future__ import annotations

import inspect
import warnings

import numpy as np
import numpy.typing as npt

from lossreg import DomainError, ShapeError

from .arrays import Array, pair, single_axis

PACKAGE = __name__.rpartition(".")[0]


def binary(y_true: npt.ArrayLike, y_pred: npt.ArrayLike, label_smoothing: float) -> tuple[Array, Array]:
    """Labels, smoothed, and predictions of the same shape."""
    labels, prediction = of_one_shape(*pair(y_true, y_pred))
    return _smoothed(_probable(labels), label_smoothing, 2), prediction


def rows(
    y_true: npt.ArrayLike, y_pred: npt.ArrayLike, label_smoothing: float, axis: int, name: str
) -> tuple[Array, Array]:
    """Target rows, smoothed along their axis, and predictions of the same shape."""
    target, prediction = of_one_shape(*pair(y_true, y_pred))
    classes = prediction.shape[single_axis(axis, prediction.shape)]
    if classes == 1:
        warnings.warn(
            f"In loss {name}, expected y_pred.shape to be (batch_size, num_classes) with num_classes > 1. Received: "
            f"y_pred.shape={prediction.shape}. Consider using 'binary_crossentropy' if you only have 2 classes.",
            SyntaxWarning,
            stacklevel=_frames_of_ours(),
        )
    return _smoothed(_probable(target), label_smoothing, classes), prediction


def of_one_shape(target: Array, prediction: Array) -> tuple[Array, Array]:
    """Targets and predictions, if they have one shape."""
    if target.shape != prediction.shape:
        raise ShapeError(
            f"Arguments `target` and `output` must have the same shape. Received: target.shape={target.shape}, "
            f"output.shape={prediction.shape}; these are y_true and y_pred, and nothing is broadcast here",
            argument="y_true",
        )
    return target, prediction


def indices(labels: Array, prediction: Array, axis: int) -> Array:
    """Class indices, checked, as integers."""
    shape = tuple(np.delete(prediction.shape, axis).tolist())
    if labels.shape != shape:
        raise ShapeError(
            "Arguments `target` and `output` must have the same shape up until the last dimension: "
            f"target.shape={labels.shape}, output.shape={prediction.shape}; these are y_true and y_pred, whose shape "
            f"without the classes is {shape}",
            argument="y_true",
        )
    return classes(labels, prediction.shape[axis])


def classes(labels: Array, count: int) -> Array:
    """Class indices as integers, if they are such."""
    return _checked(integers(labels), (labels < 0) | (labels >= count), labels, f"class indices from 0 to {count - 1}")


def integers(labels: Array) -> Array:
    """Labels as integers, if they are such."""
    with np.errstate(invalid="ignore"):
        found = labels.astype(np.intp)
    return _checked(found, found != labels, labels, "whole numbers")


def _frames_of_ours() -> int:
    """How far up the caller stands whom a warning concerns: the first who is not of this package."""
    frame, count = inspect.currentframe(), 0
    while frame is not None and frame.f_globals.get("__name__", "").startswith(PACKAGE):
        frame, count = frame.f_back, count + 1
    return count


def _probable(target: Array) -> Array:
    return _checked(target, (target < 0) | (target > 1), target, "labels from 0 to 1")


def _checked(values: Array, outside: Array, given: Array, wanted: str) -> Array:
    if np.any(outside):
        place = tuple(map(int, np.unravel_index(int(np.argmax(outside)), outside.shape)))
        index = place[0] if len(place) == 1 else place
        found = given[place].item()
        raise DomainError(
            f"y_true holds {found} at index {index}; wanted {wanted}", argument="y_true", index=index, value=found
        )
    return values


def _smoothed(target: Array, label_smoothing: float, classes: int) -> Array:
    return target * (1 - label_smoothing) + label_smoothing / classes if label_smoothing else target
