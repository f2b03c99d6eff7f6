"""Boosting rounds with a loss of lossreg beside those of a booster's own objective: data, turns and a table."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from timing import best, marked, table

ROWS, FEATURES, CLASSES = 500_000, 20, 5


class Drawn(NamedTuple):
    """Features, and a target of each kind."""

    X: np.ndarray
    real: np.ndarray
    label: np.ndarray
    classes: np.ndarray
    count: np.ndarray


def drawn(rows: int = ROWS) -> Drawn:
    """Data whose targets depend on some of the features."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(rows, FEATURES)).astype(np.float32)
    real = X[:, 0] + np.sin(X[:, 1]) * X[:, 2] + rng.normal(size=rows).astype(np.float32)
    return Drawn(X, real, (real > 0) * 1.0, np.digitize(real, [-2, -1, 0, 1]) * 1.0, np.round(np.abs(real)))


def compared(
    title: str, goal: float, pairs: dict[str, tuple[Callable[[], object], Callable[[], object]]], seconds: float
) -> str:
    """Markdown: for each loss, the time with lossreg divided by that of the booster's own objective."""
    rows = []
    for name, (theirs, ours) in pairs.items():
        times = best({"theirs": theirs, "ours": ours}, seconds)
        ratio = f"{times['ours'] / times['theirs']:.2f}"
        rows.append([name, f"{times['theirs']:.2f}", f"{times['ours']:.2f}", marked(ratio, goal), f"{goal:.2f}"])
        print(rows[-1], file=sys.stderr, flush=True)
    return f"## {title}\n\n" + table(["loss", "own objective, s", "lossreg, s", "ratio", "goal"], rows)
