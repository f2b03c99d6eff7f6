"""What is compared: lossreg's call of a loss, and each peer's best own way to the same value and gradient."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

import lossreg
from lossreg.testing import arguments

__all__ = ["MATRICES", "PEERS", "POINTWISE", "SIZES", "SOFTMAX", "THREADS", "Peer", "inputs", "of_lossreg"]

Call = Callable[[], object]
THREADS = min(2, os.cpu_count() or 1)
POINTWISE = ["squared_error", "absolute_error", "huber", "hinge", "binary_cross_entropy", "binary_focal"]
SIZES = [100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000]
MATRICES = [(4096, 10), (4096, 1000), (256, 32_000), (1_000_000, 10)]
SOFTMAX = "sparse_categorical_cross_entropy"


def inputs(loss: str, shape: tuple[int, ...]) -> tuple[np.ndarray[Any, Any], ...]:
    """Targets and predictions for a loss, and labels as they mostly are: hard."""
    y, x = arguments(loss, shape[0], np.float32, n_classes=shape[-1])
    return (np.round(y) if lossreg.describe(loss).target.is_label else y), x


def of_lossreg(loss: str, y: Any, x: Any) -> Call:
    """The call of lossreg itself, with a fresh gradient each time."""
    value_and_grad = lossreg.get(loss).value_and_grad
    return lambda: value_and_grad(y, x)


def of_numpy(loss: str, y: Any, x: Any) -> Call | None:
    """Plain NumPy as one would write it."""
    n = np.float32(len(x))

    def squared_error() -> Any:
        r = x - y
        return np.mean(r * r), r * (2 / n)

    def absolute_error() -> Any:
        r = x - y
        return np.mean(np.abs(r)), np.sign(r) / n

    def huber() -> Any:
        r = x - y
        near = np.clip(r, -1, 1)
        return np.mean(near * (r - 0.5 * near)), near / n

    def hinge() -> Any:
        sign = 2 * y - 1
        rest = 1 - sign * x
        return np.mean(np.maximum(rest, 0)), np.where(rest > 0, -sign, 0) / n

    def binary_cross_entropy() -> Any:
        value = np.mean(np.maximum(x, 0) - x * y + np.log1p(np.exp(-np.abs(x))))
        return value, (1 / (1 + np.exp(-x)) - y) / n

    def binary_focal() -> Any:
        sign = 2 * y - 1
        u = sign * x
        log_p = np.minimum(u, 0) - np.log1p(np.exp(-np.abs(u)))
        p = np.exp(log_p)
        wrong = 1 - p
        return np.mean(-wrong * wrong * log_p), sign * wrong * wrong * (2 * p * log_p - wrong) / n

    def sparse_categorical_cross_entropy() -> Any:
        rows = np.arange(len(x))
        z = x - x.max(axis=1, keepdims=True)
        e = np.exp(z)
        total = e.sum(axis=1, keepdims=True)
        value = np.mean(np.log(total[:, 0]) - z[rows, y])
        e /= total
        e[rows, y] -= 1
        e /= n
        return value, e

    return locals().get(loss)


def of_numba(loss: str, y: Any, x: Any) -> Call | None:
    """A fused loop by hand, compiled; in parallel where that is worth it."""
    import math

    import numba

    def squared_error(y: Any, x: Any) -> Any:
        r = x - y
        return r * r, r + r

    def absolute_error(y: Any, x: Any) -> Any:
        r = x - y
        return abs(r), np.float32(r > 0) - np.float32(r < 0)

    def huber(y: Any, x: Any) -> Any:
        r = x - y
        near = min(max(r, np.float32(-1)), np.float32(1))
        return near * (r - np.float32(0.5) * near), near

    def hinge(y: Any, x: Any) -> Any:
        sign = y + y - np.float32(1)
        rest = np.float32(1) - sign * x
        return (rest, -sign) if rest > 0 else (np.float32(0), np.float32(0))

    def binary_cross_entropy(y: Any, x: Any) -> Any:
        e = math.exp(-abs(x))
        p = (np.float32(1) if x >= 0 else e) / (np.float32(1) + e)
        return max(x, np.float32(0)) - x * y + math.log1p(e), p - y

    def binary_focal(y: Any, x: Any) -> Any:
        sign = y + y - np.float32(1)
        u = sign * x
        e = math.exp(-abs(u))
        log_p = min(u, np.float32(0)) - math.log1p(e)
        wrong = (e if u >= 0 else np.float32(1)) / (np.float32(1) + e)
        p = np.float32(1) - wrong
        return -wrong * wrong * log_p, sign * wrong * wrong * (np.float32(2) * p * log_p - wrong)

    def rows(y: Any, x: Any, out: Any) -> Any:
        total = 0.0
        for i in numba.prange(x.shape[0]):
            top = x[i, 0]
            for k in range(1, x.shape[1]):
                top = max(top, x[i, k])
            weight = np.float32(0)
            for k in range(x.shape[1]):
                out[i, k] = math.exp(x[i, k] - top)
                weight += out[i, k]
            scale = np.float32(1) / (weight * np.float32(x.shape[0]))
            for k in range(x.shape[1]):
                out[i, k] *= scale
            out[i, y[i]] -= np.float32(1) / np.float32(x.shape[0])
            total += math.log(weight) - (x[i, y[i]] - top)
        return total / x.shape[0]

    parallel = x.size >= 100_000
    if x.ndim == 2:
        kernel = numba.njit(parallel=parallel, fastmath=True)(rows)
    else:
        element = numba.njit(inline="always", fastmath=True)(locals()[loss])

        def loop(y: Any, x: Any, out: Any) -> Any:
            total = 0.0
            scale = np.float32(1) / np.float32(x.size)
            for i in numba.prange(x.size):
                value, slope = element(y[i], x[i])
                total += value
                out[i] = slope * scale
            return total / x.size

        kernel = numba.njit(parallel=parallel, fastmath=True)(loop)

    def call() -> Any:
        out = np.empty_like(x)
        return kernel(y, x, out), out

    return call


def of_sklearn(loss: str, y: Any, x: Any) -> Call | None:
    """The compiled losses of scikit-learn's gradient boosting and linear models; element by element, without the mean."""
    from sklearn._loss import loss as losses

    kinds: dict[str, Callable[[], Any]] = {
        "squared_error": losses.HalfSquaredError,
        "absolute_error": losses.AbsoluteError,
        "huber": lambda: losses.HuberLoss(quantile=0.9, delta=1.0),
        "binary_cross_entropy": losses.HalfBinomialLoss,
        SOFTMAX: lambda: losses.HalfMultinomialLoss(n_classes=x.shape[-1]),
    }
    if loss not in kinds:
        return None
    peer = kinds[loss]()
    y = y.astype(np.float32)
    threads = THREADS if x.size >= 100_000 else 1  # as a user would who has measured
    return lambda: peer.loss_gradient(y, x, n_threads=threads)


def of_jax(loss: str, y: Any, x: Any) -> Call | None:
    """The functions of optax where it has one, compiled by JAX, gradient by its differentiation."""
    import jax
    import jax.numpy as jnp
    import optax

    formulas: dict[str, Callable[[Any, Any], Any]] = {
        "squared_error": lambda y, x: optax.squared_error(x, y),
        "absolute_error": lambda y, x: jnp.abs(x - y),
        "huber": lambda y, x: optax.huber_loss(x, y),
        "hinge": lambda y, x: optax.hinge_loss(x, 2 * y - 1),
        "binary_cross_entropy": lambda y, x: optax.sigmoid_binary_cross_entropy(x, y),
        "binary_focal": lambda y, x: optax.sigmoid_focal_loss(x, y, gamma=2.0),
        SOFTMAX: lambda y, x: optax.softmax_cross_entropy_with_integer_labels(x, y),
    }
    formula = formulas[loss]
    compiled = jax.jit(jax.value_and_grad(lambda y, x: jnp.mean(formula(y, x)), argnums=1))
    y, x = jnp.asarray(y), jnp.asarray(x)
    return lambda: jax.block_until_ready(compiled(y, x))


def of_torch(loss: str, y: Any, x: Any) -> Call | None:
    """PyTorch's functions, gradient by its differentiation."""
    import torch
    from torch.nn import functional as F

    torch.set_num_threads(THREADS)
    formulas: dict[str, Callable[[Any, Any], Any]] = {
        "squared_error": lambda y, x: F.mse_loss(x, y),
        "absolute_error": lambda y, x: F.l1_loss(x, y),
        "huber": lambda y, x: F.huber_loss(x, y),
        "hinge": lambda y, x: torch.clamp(1 - (2 * y - 1) * x, min=0).mean(),
        "binary_cross_entropy": lambda y, x: F.binary_cross_entropy_with_logits(x, y),
        SOFTMAX: lambda y, x: F.cross_entropy(x, y),
    }
    if loss not in formulas:
        return None
    formula = formulas[loss]
    y, x = torch.from_numpy(y), torch.from_numpy(x).requires_grad_()

    def call() -> Any:
        value = formula(y, x)
        return value.detach(), torch.autograd.grad(value, x)[0]

    return call


class Peer(NamedTuple):
    """A library: the module whose version counts, the package, and what makes its call for a loss."""

    module: str
    package: str
    call: Callable[[str, Any, Any], Call | None]
    factors: Mapping[str, float] = MappingProxyType({})  # what our loss is times theirs, where that is not 1
    reduces: bool = True  # whether it takes the mean


PEERS = {
    "NumPy": Peer("numpy", "numpy", of_numpy),
    "numba": Peer("numba", "numba", of_numba),
    "scikit-learn": Peer("sklearn", "scikit-learn", of_sklearn, {"squared_error": 2.0}, reduces=False),
    "JAX, optax": Peer("optax", "optax", of_jax),
    "PyTorch": Peer("torch", "torch", of_torch),
}
