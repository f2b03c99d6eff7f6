"""Rounds of XGBoost with a loss of lossreg beside those of its own objective. Run it as `python -P benchmarks/trainers/xgboost.py`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(1, str(Path(__file__).resolve().parent))

import xgboost  # -P keeps this very file from being imported instead
from rounds import CLASSES, compared, drawn

from lossreg.integrations.xgboost import train

ROUNDS = 10
SECONDS = 20.0  # for each candidate
COMMON = {"max_depth": 6, "verbosity": 0}
CASES = [
    ("half_squared_error", "reg:squarederror", "real", {}),
    ("binary_cross_entropy", "binary:logistic", "label", {}),
    ("poisson", "count:poisson", "count", {}),
    ("sparse_categorical_cross_entropy", "multi:softprob", "classes", {"num_class": CLASSES}),
]


def main() -> None:
    """Print the table."""
    data = drawn()
    pairs = {}
    for loss, named, target, more in CASES:
        matrix = xgboost.QuantileDMatrix(data.X, getattr(data, target))
        params = {**COMMON, **more}
        pairs[loss] = (
            lambda matrix=matrix, params=params, named=named: xgboost.train(
                {"objective": named, **params}, matrix, ROUNDS
            ),
            lambda matrix=matrix, params=params, loss=loss: train(loss, params, matrix, ROUNDS),
        )
    title = (
        f"XGBoost {xgboost.__version__}: {ROUNDS} rounds over {len(data.X):,} rows, the start and all checks included"
    )
    print(compared(title, 1.05, pairs, SECONDS))


if __name__ == "__main__":
    main()
