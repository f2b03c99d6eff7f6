"""Boosting rounds with a loss of lossreg beside those of a booster's own objective: data, turns and a table."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, NamedTuple, Self

import numpy as np

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


class Recorded:
    """An objective that hands over derivatives which were worked out before: the least that any callable takes.

    The trees are those of the objective that they were recorded of, for a fit with as many rounds begins at the first again.
    """

    def __init__(self, objective: Any) -> None:
        self.objective, self.rounds, self.asked = objective, [], 0

    def __call__(self, raw: Any, data: Any) -> Any:
        """The derivatives of the round: the first fit works them out."""
        if self.objective is not None:
            self.rounds.append(tuple(array.astype(np.float32) for array in self.objective(raw, data)))
            return self.rounds[-1]
        self.asked += 1
        return self.rounds[(self.asked - 1) % len(self.rounds)]

    def __deepcopy__(self, memo: object) -> Self:
        return self  # LightGBM copies its parameters


Fit = Callable[[], object]


def compared(title: str, goal: float, fits: dict[str, tuple[Fit, Fit, Fit, Recorded]], seconds: float) -> str:
    """Markdown: for each loss, the time with lossreg, and with derivatives handed over, divided by that of the booster's own objective."""
    rows = []
    for name, (theirs, ours, handed, recorded) in fits.items():
        handed()
        recorded.objective = None
        times = best({"theirs": theirs, "ours": ours, "handed over": handed}, seconds)
        ratios = [times[key] / times["theirs"] for key in ("ours", "handed over")]
        rows.append(
            [name, f"{times['theirs']:.2f}", marked(f"{ratios[0]:.2f}", goal), f"{ratios[1]:.2f}", f"{goal:.2f}"]
        )
        print(rows[-1], file=sys.stderr, flush=True)
    return f"## {title}\n\n" + table(["loss", "own objective, s", "lossreg", "handed over", "goal"], rows)
