"""Records of what Keras's losses give, and how far `lossreg.compat.keras` is from them."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

import lossreg.compat.keras as k

BOUND = 12  # ULP of the largest number: Keras rounds terms of about that size, such as q and t in q - t
BOUNDS = {
    "Circle": 80,  # gamma multiplies the rounding of a dot product
    "BinaryFocalCrossentropy": 64,  # the rounding of 1 - p where p is near 1, to the power of gamma
}
CLASSES = [c for c in vars(k).values() if inspect.isclass(c) and c is not k.Loss]
FUNCTIONS = {
    name: f
    for name, f in vars(k).items()
    if inspect.isfunction(f) and name == f.__name__ and "y_pred" in inspect.signature(f).parameters
}


def ulps(actual: Any, wanted: Any) -> float:
    """The largest difference, in ULP of the largest number."""
    actual = np.asarray(actual)
    wanted = np.asarray(wanted, actual.dtype)
    assert actual.shape == wanted.shape
    unit = float(np.spacing(np.abs(wanted).max(initial=0)))
    return float(np.abs(actual.astype(float) - wanted.astype(float)).max(initial=0)) / unit


def errors(record: dict[str, Any]) -> tuple[float, float]:
    """Of value and gradient, in ULP."""
    loss = getattr(k, record["class"])(**record["arguments"])
    y_pred = np.array(record["y_pred"], record["dtype"])
    rest = record["sample_weight"], record["mask"]
    value, grad = loss.value_and_grad(record["y_true"], y_pred, *rest)
    assert np.array_equal(loss(record["y_true"], y_pred, *rest), value)
    assert value.dtype == grad.dtype == y_pred.dtype
    return ulps(value, record["value"]), ulps(grad, record["gradient"])


def agrees(record: dict[str, Any]) -> bool:
    """Whether value and gradient are within the bound."""
    return max(errors(record)) <= BOUNDS.get(record["class"], BOUND)


def described(record: dict[str, Any]) -> str:
    """A name for a test."""
    return f"{record['class']}-{record['dtype']}-{record['arguments']['reduction']}"


def arguments(cls: Any, seed: int = 11) -> tuple[Any, Any]:
    """Targets and predictions, of float64, that every class takes."""
    rng = np.random.default_rng(seed)
    if cls is k.CTC:
        return np.array([[1, 2], [2, 0]]), rng.normal(size=(2, 5, 3))
    if cls is k.Circle:
        y_pred = rng.normal(size=(4, 3))
        return np.array([0, 1, 0, 1]), y_pred / np.linalg.norm(y_pred, axis=-1, keepdims=True)
    y_true = rng.integers(0, 3, 4)
    y_pred = rng.uniform(0.1, 0.9, (4, 3))
    return (
        y_true if cls in (k.SparseCategoricalCrossentropy, k.CategoricalGeneralizedCrossEntropy) else np.eye(3)[y_true]
    ), y_pred
