"""Jitted value and gradient of losses beside optax's own: ratios of one run, with the goal beside each.

python benchmarks/trainers/jax.py [--seconds 2]

Candidates take turns, and the best round of each counts.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path[0] = str(Path(__file__).parents[1])  # its own folder has files called like the libraries

import jax
import numpy as np
import optax

from lossreg.integrations.jax import evaluate
from timing import best, table

GOAL = 1.5
Loss = Callable[[Any, Any], Any]


def cases() -> dict[str, tuple[str, Loss, Any, Any]]:
    """Name → our loss, theirs, targets, scores."""
    rng = np.random.default_rng(0)
    found: dict[str, tuple[str, Loss, Any, Any]] = {}
    for n, shape in ((1_000_000, (4096, 1000)), (1000, (8, 125))):
        labels, scores = (rng.random(n) > 0.5).astype(np.float32), rng.standard_normal(n).astype(np.float32)
        elements: dict[str, tuple[str, Loss]] = {
            "binary cross-entropy": ("binary_cross_entropy", optax.sigmoid_binary_cross_entropy),
            "focal": ("binary_focal(gamma=2.0)", optax.sigmoid_focal_loss),
            "Huber": ("huber", optax.huber_loss),
        }
        for name, (ours, theirs) in elements.items():
            found[f"{name}, {n:,}"] = (ours, theirs, labels, scores)
        rows = rng.integers(shape[1], size=shape[0])
        found[f"softmax cross-entropy, {shape[0]:,} × {shape[1]:,}"] = (
            "sparse_categorical_cross_entropy",
            optax.softmax_cross_entropy_with_integer_labels,
            rows,
            rng.standard_normal(shape).astype(np.float32),
        )
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=2.0)
    options = parser.parse_args()
    rows = []
    for name, (ours, theirs, y, x) in cases().items():
        y, x = jax.device_put((y, x))
        functions = {
            "ours": jax.jit(jax.value_and_grad(lambda x, y, ours=ours: evaluate(ours, y, x))),
            "theirs": jax.jit(jax.value_and_grad(lambda x, y, theirs=theirs: theirs(x, y).mean())),
        }
        results = [function(x, y) for function in functions.values()]
        np.testing.assert_allclose(results[0][1], results[1][1], rtol=1e-3, atol=1e-8)

        def call(function: Any, x: Any = x, y: Any = y) -> Callable[[], object]:
            return lambda: jax.block_until_ready(function(x, y))

        seconds = best({key: call(function) for key, function in functions.items()}, options.seconds)
        ratio = seconds["theirs"] / seconds["ours"]
        rows.append([name, f"{seconds['ours'] * 1e6:,.0f}", f"{ratio:.2f}{'' if ratio >= GOAL else ' ✗'}", f"{GOAL:g}"])
    print(f"JAX {jax.__version__}, optax {optax.__version__}\n")
    print(table(["jitted value and gradient", "µs", "optax's time / ours", "goal"], rows))


if __name__ == "__main__":
    main()
