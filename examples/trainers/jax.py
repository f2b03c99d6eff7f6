"""Losses in JAX: a compiled training on digits, weights, one gradient for each sample, Hessians, saving.

python -P examples/trainers/jax.py
"""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

import lossreg
from lossreg.integrations.jax import evaluate

pixels, digits = load_digits(return_X_y=True)
x, test_x, y, test_y = train_test_split(pixels.astype(np.float32) / 16, digits, random_state=0, stratify=digits)


def network(params, x):
    return jnp.tanh(x @ params["a"]) @ params["b"]


def trained(loss, steps: int = 200, patience: int = 5):
    """Parameters by gradient descent with momentum; training ends when held-out rows get no better."""
    keys = jax.random.split(jax.random.key(0))
    params = {"a": jax.random.normal(keys[0], (64, 32)) / 8, "b": jax.random.normal(keys[1], (32, 10)) / 6}
    moments = jax.tree.map(jnp.zeros_like, params)
    held_out = jax.jit(lambda params: loss(test_y, network(params, test_x)))

    @jax.jit
    def step(params, moments):
        grads = jax.grad(lambda params: loss(y, network(params, x)))(params)
        moments = jax.tree.map(lambda m, g: 0.9 * m + g, moments, grads)
        return jax.tree.map(lambda p, m: p - 0.2 * m, params, moments), moments

    best, kept, waited = float("inf"), params, 0
    for _ in range(steps):
        params, moments = step(params, moments)
        value = float(held_out(params))
        best, kept, waited = (value, params, 0) if value < best else (best, kept, waited + 1)
        if waited == patience:
            break
    return kept, best


def own(y, scores):
    """Cross-entropy in JAX's own functions."""
    return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(scores), y[:, None], axis=1))


# The same training as with JAX's own functions.
params, value = trained(partial(evaluate, "sparse_categorical_cross_entropy"))
_, other = trained(own)
print(f"cross-entropy of held-out digits: {value:.3f}, jax.nn {other:.3f}")

# A loss of many classes that JAX has not, judged by itself, with weights of samples.
focal = partial(evaluate, lossreg.get("categorical_focal", gamma=2.0), sample_weight=None)
_, better = trained(focal)
print(f"focal loss: {better:.3f}, after cross-entropy {focal(test_y, network(params, test_x)):.3f}")
weight = np.where(test_y == 8, 3.0, 1.0).astype(np.float32)
weighted = evaluate(
    "sparse_categorical_cross_entropy",
    test_y,
    network(params, test_x),
    sample_weight=weight,
    reduction="weighted_mean",
)
print(f"with the eights three times: {weighted:.3f}")

# One gradient for each sample, and Newton's method with the exact Hessian, in float64.
jax.config.update("jax_enable_x64", True)
features, cancer = load_breast_cancer(return_X_y=True)
features = StandardScaler().fit_transform(features)


def objective(w):
    return evaluate("binary_cross_entropy", cancer, features @ w) + 0.005 * w @ w


w = jnp.zeros(30)
each = jax.vmap(jax.grad(lambda w, x, y: evaluate("binary_cross_entropy", y, x @ w)), (None, 0, 0))(w, features, cancer)
print(f"mean of {len(each)} gradients is the gradient: {np.allclose(each.mean(0), jax.grad(objective)(w))}")
newton = jax.jit(lambda w: w - jnp.linalg.solve(jax.hessian(objective)(w), jax.grad(objective)(w)))
for _ in range(8):
    w = newton(w)
print(f"slope after 8 steps of Newton's method: {jnp.linalg.norm(jax.grad(objective)(w)) < 1e-12}")

# A loss is saved as data.
config = lossreg.get("categorical_focal", gamma=2.0).config()
print(f"saved: {config}, loaded: {lossreg.get(config)}")
