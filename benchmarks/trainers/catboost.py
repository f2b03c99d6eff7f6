"""CatBoost: a fit with our objective beside the fastest objective its bridge allows, an empty one with derivatives made before.

python benchmarks/trainers/catboost.py [--rows 200000]
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

sys.path[0] = str(Path(__file__).parents[1])  # its own folder has files called like the libraries

import numpy as np
from catboost import CatBoost, Pool

from lossreg.integrations.catboost import objective
from timing import table

GOAL = 1.02


class Empty:
    """Derivatives that cost nothing: made once for each length of a piece, in the fastest container there is."""

    no_jit = True

    def __init__(self) -> None:
        self.made: dict[int, Any] = {}

    def calc_ders_range(self, approxes: Any, targets: Any, weights: Any) -> Any:
        """The derivatives of minus the loss."""
        length = len(approxes)
        if length not in self.made:
            ramp = np.linspace(-0.5, 0.5, length)
            self.made[length] = np.column_stack([ramp, np.full(length, -0.25)]).astype(np.float32)
        return self.made[length]


def main() -> None:
    """Print the table. One thread works, so its processor time is what a fit takes, whatever else the machine does."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    rng = np.random.default_rng(0)
    X = rng.standard_normal((given.rows, 50)).astype(np.float32)
    y = (X[:, 0] + rng.logistic(size=given.rows) > 0).astype(np.float32)
    pool = Pool(X, y)
    pool.quantize()
    fixed = {"iterations": 3, "depth": 6, "verbose": False, "allow_writing_files": False, "thread_count": 1}
    fixed |= {"bootstrap_type": "No", "boost_from_average": False}
    fixed |= {"leaf_estimation_method": "Newton", "leaf_estimation_iterations": 1, "metric_period": 1000}
    made = {
        "empty": Empty,
        "binary_cross_entropy": lambda: objective("bce"),
        "binary_focal": lambda: objective("binary_focal"),
        "huber": lambda: objective("huber"),
        "Logloss, built in": lambda: "Logloss",
    }
    seconds = dict.fromkeys(made, float("inf"))
    for _ in range(given.rounds):
        for name, make in made.items():
            loss_function = make()
            evaluated = {} if isinstance(loss_function, str) else {"eval_metric": "RMSE"}
            model = CatBoost({**fixed, **evaluated, "loss_function": loss_function})
            begin = time.process_time()
            model.fit(pool)
            seconds[name] = min(seconds[name], time.process_time() - begin)
    lines = []
    for name, spent in seconds.items():
        ratio, ours = spent / seconds["empty"], name.islower() and name != "empty"
        mark = " ✗" if ours and ratio > GOAL else ""
        lines.append([name, f"{spent:.2f}", f"{ratio:.2f}{mark}", f"{GOAL:g}" if ours else ""])
    print(table(["objective", "processor seconds", "ratio to the empty one", "goal"], lines))


if __name__ == "__main__":
    main()
