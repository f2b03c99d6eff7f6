#!/usr/bin/env bash
# optax's triplet_margin_loss takes the powers of differences, not of their sizes, so that an odd norm_degree is no norm. With norm_degree=1 a distance is the
# sum of signed differences: those of anchor to positive and to negative differ by a number in which the anchor does not appear, so that its gradient is 0 for
# each triplet, and an embedding that is off by 5 in one place and by -5 in another is at no distance. With norm_degree=3 losses are NaN wherever that sum is
# below 0. Even ones, 2 unless told otherwise, are right, to the 1e-6 that is added below the root. Compute distances with jax.numpy.linalg.norm(..., ord=1,
# axis=-1).
# Seen with optax 0.2.8, jax 0.10.2; optax/losses/_self_supervised.py. Guessed before: PyTorch's loss with p=1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 jax==0.10.2 jaxlib==0.10.2 optax==0.2.8
JAX_PLATFORMS=cpu "$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import jax
import numpy as np
import optax

print(*(f"{name} {version(name)}" for name in ("optax", "jax")))
rng = np.random.default_rng(0)
anchors, positives, negatives = (rng.normal(size=(200, 8)).astype("float32") for _ in range(3))


def usual(degree):
    near, far = (np.linalg.norm(anchors - others, ord=degree, axis=-1) for others in (positives, negatives))
    return np.maximum(near - far + 1, 0)


def found(anchors, degree):
    return optax.losses.triplet_margin_loss(anchors, positives, negatives, norm_degree=degree)


for degree in (1, 2, 3, 4):
    losses, right = np.asarray(found(anchors, degree)), usual(degree)
    slopes = np.abs(np.asarray(jax.grad(lambda rows: found(rows, degree).sum())(anchors))).max(axis=-1)
    missing = int(np.isnan(losses).sum())
    print(
        f"norm_degree {degree}: {missing:3} of 200 losses NaN, the others off by up to {np.nanmax(abs(losses - right)):.4f}; "
        f"of {int((right > 0).sum())} triplets that cost something {int((slopes[right > 0] > 0).sum())} have a gradient for the anchor"
    )
    if degree % 2 == 0:
        assert not missing and np.allclose(losses, right, atol=1e-4)
    elif np.allclose(losses, right, atol=1e-3):
        raise SystemExit("odd norms are norms now")
    if degree == 1:
        assert not missing and slopes.max() == 0 and abs(losses - right).max() > 1
    if degree == 3:
        assert missing > 50
print("distance 0:", float(optax.losses.triplet_margin_loss(np.zeros(2, "f"), np.array([5, -5], "f"), np.array([1, 1], "f"), norm_degree=1)))
PYTHON
