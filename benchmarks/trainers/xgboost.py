"""Rounds of XGBoost with a loss of lossreg beside those of its own objective. Run it as `python -P benchmarks/trainers/xgboost.py`."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1]))

import numpy as np
import xgboost  # -P keeps this very file from being imported instead

from lossreg.integrations.xgboost import objective, train
from rounds import CLASSES, Recorded, compared, drawn

ROUNDS = 10
SECONDS = 8.0  # for each candidate
COMMON = {"max_depth": 6, "verbosity": 0}
CASES = [
    ("half_squared_error", "reg:squarederror", "real", {}),
    ("binary_cross_entropy", "binary:logistic", "label", {}),
    ("poisson", "count:poisson", "count", {"max_delta_step": 0.7}),
    ("sparse_categorical_cross_entropy", "multi:softprob", "classes", {"num_class": CLASSES}),
]


def main() -> None:
    """Print the table."""
    data = drawn()
    fits = {}
    for loss, named, target, more in CASES:
        matrix = xgboost.QuantileDMatrix(data.X, getattr(data, target))
        params = {**COMMON, **more}
        recorded = Recorded(objective(loss))
        start = recorded.objective.start(matrix.get_label(), outputs=more.get("num_class"))
        alike = {"base_score": np.asarray(start).tolist(), **params}
        fits[loss] = (
            partial(xgboost.train, {"objective": named, **params}, matrix, ROUNDS),
            partial(train, loss, params, matrix, ROUNDS),
            partial(xgboost.train, alike, matrix, ROUNDS, obj=recorded),
            recorded,
        )
    title = (
        f"XGBoost {xgboost.__version__}: {ROUNDS} rounds over {len(data.X):,} rows, the start and all checks included"
    )
    print(compared(title, 1.05, fits, SECONDS))


if __name__ == "__main__":
    main()
