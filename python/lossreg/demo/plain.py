"""The demo's losses in plain NumPy, as one writes them by hand: what a pass of lossreg is timed and checked against.

Each function returns the mean loss and its gradient with respect to the predictions, whole arrays at a time. Scores are
treated with care (nothing overflows), so that both sides do the same job.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]


def softplus(x: Floats) -> Any:
    return np.logaddexp(0, x)


def sigmoid(x: Floats) -> Any:
    return 0.5 * (1 + np.tanh(0.5 * x))


def log_softmax(x: Floats) -> Any:
    x = x - x.max(axis=-1, keepdims=True)
    return x - np.log(np.exp(x).sum(axis=-1, keepdims=True))


def squared_error(y: Floats, x: Floats) -> tuple[float, Floats]:
    r = x - y
    return float(np.mean(r**2)), 2 * r / r.size


def absolute_error(y: Floats, x: Floats) -> tuple[float, Floats]:
    r = x - y
    return float(np.mean(np.abs(r))), np.sign(r) / r.size


def huber(y: Floats, x: Floats, delta: float = 1.0) -> tuple[float, Floats]:
    r = x - y
    size = np.abs(r)
    value = np.where(size <= delta, 0.5 * r**2, delta * (size - 0.5 * delta))
    return float(np.mean(value)), np.clip(r, -delta, delta) / r.size


def binary_cross_entropy(y: Floats, x: Floats) -> tuple[float, Floats]:
    return float(np.mean(softplus(x) - y * x)), (sigmoid(x) - y) / x.size


def hinge(y: Floats, x: Floats) -> tuple[float, Floats]:
    side = np.where(y > 0, 1.0, -1.0)
    margin = 1 - side * x
    return float(np.mean(np.maximum(0, margin))), np.where(margin > 0, -side, 0.0) / x.size


def binary_focal(y: Floats, x: Floats, gamma: float = 2.0) -> tuple[float, Floats]:
    side = np.where(y > 0, 1.0, -1.0)
    wrong = sigmoid(-side * x)
    surprise = softplus(-side * x)
    fade = wrong**gamma
    grad = -side * fade * (gamma * (1 - wrong) * surprise + wrong)
    return float(np.mean(fade * surprise)), grad / x.size


def categorical_cross_entropy(y: Floats, x: Floats) -> tuple[float, Floats]:
    log_q = log_softmax(x)
    rows = x.size // x.shape[-1]
    return float(-(y * log_q).sum() / rows), (np.exp(log_q) * y.sum(axis=-1, keepdims=True) - y) / rows


def sparse_categorical_cross_entropy(y: NDArray[np.integer[Any]], x: Floats) -> tuple[float, Floats]:
    log_q = log_softmax(x)
    row = np.arange(len(y))
    grad = np.exp(log_q)
    grad[row, y] -= 1
    return float(-np.mean(log_q[row, y])), grad / len(y)


def kl_divergence(y: Floats, x: Floats) -> tuple[float, Floats]:
    value, grad = categorical_cross_entropy(y, x)
    entropy = y * np.log(y, out=np.zeros_like(y), where=y > 0)
    return value + float(entropy.sum() * x.shape[-1] / x.size), grad


def minimax_discriminator(real: Floats, fake: Floats) -> tuple[float, tuple[Floats, Floats]]:
    value = float(np.mean(softplus(-real)) + np.mean(softplus(fake)))
    return value, (-sigmoid(-real) / real.size, sigmoid(fake) / fake.size)


def minimax_generator(fake: Floats, saturating: bool = True) -> tuple[float, Floats]:
    if saturating:
        return float(-np.mean(softplus(fake))), -sigmoid(fake) / fake.size
    return float(np.mean(softplus(-fake))), -sigmoid(-fake) / fake.size


PLAIN: dict[str, Callable[..., Any]] = {
    function.__name__: function
    for function in (
        absolute_error,
        binary_cross_entropy,
        binary_focal,
        categorical_cross_entropy,
        hinge,
        huber,
        kl_divergence,
        minimax_discriminator,
        minimax_generator,
        sparse_categorical_cross_entropy,
        squared_error,
    )
}
