"""Rounds of LightGBM with a loss of lossreg beside those of its own objective. Run it as `python -P benchmarks/trainers/lightgbm.py`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(1, str(Path(__file__).resolve().parent))

import lightgbm  # -P keeps this very file from being imported instead
from rounds import CLASSES, compared, drawn

from lossreg.integrations.lightgbm import train

ROUNDS = 10
SECONDS = 20.0  # for each candidate
COMMON = {"num_leaves": 31, "verbose": -1}
CASES = [
    ("half_squared_error", "regression", "real", {}),
    ("binary_cross_entropy", "binary", "label", {}),
    ("poisson", "poisson", "count", {}),
    ("sparse_categorical_cross_entropy", "multiclass", "classes", {"num_class": CLASSES}),
]


def main() -> None:
    """Print the table."""
    data = drawn()
    pairs = {}
    for loss, named, target, more in CASES:
        some = lightgbm.Dataset(data.X, getattr(data, target), params=COMMON, free_raw_data=False).construct()
        params = {**COMMON, **more}
        pairs[loss] = (
            lambda some=some, params=params, named=named: lightgbm.train({"objective": named, **params}, some, ROUNDS),
            lambda some=some, params=params, loss=loss: train(loss, params, some, ROUNDS),
        )
    title = (
        f"LightGBM {lightgbm.__version__}: {ROUNDS} rounds over {len(data.X):,} rows, the start and all checks included"
    )
    print(compared(title, 0.98, pairs, SECONDS))


if __name__ == "__main__":
    main()
