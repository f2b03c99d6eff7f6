"""Rounds of LightGBM with a loss of lossreg beside those of its own objective. Run it as `python -P benchmarks/trainers/lightgbm.py`."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).resolve().parents[1]))

import lightgbm  # -P keeps this very file from being imported instead
import numpy as np

from lossreg.integrations.lightgbm import objective, train
from rounds import CLASSES, Recorded, compared, drawn

ROUNDS = 10
SECONDS = 8.0  # for each candidate
COMMON = {"num_leaves": 31, "verbose": -1}
CASES = [
    ("half_squared_error", "regression", "real", {}),
    ("binary_cross_entropy", "binary", "label", {}),
    ("poisson", "poisson", "count", {}),
    ("sparse_categorical_cross_entropy", "multiclass", "classes", {"num_class": CLASSES}),
]


def handed(params: dict[str, Any], some: lightgbm.Dataset, start: Any) -> None:
    """A fit that begins where the loss does."""
    some.set_init_score(np.broadcast_to(start, (some.num_data(), np.size(start))).ravel(order="F"))
    lightgbm.train(params, some, ROUNDS)
    some.init_score = None
    some.set_field("init_score", None)


def main() -> None:
    """Print the table."""
    data = drawn()
    fits = {}
    for loss, named, target, more in CASES:
        some = lightgbm.Dataset(data.X, getattr(data, target), params=COMMON, free_raw_data=False).construct()
        params = {**COMMON, **more}
        recorded = Recorded(objective(loss))
        start = recorded.objective.start(some.get_label())
        fits[loss] = (
            partial(lightgbm.train, {"objective": named, **params}, some, ROUNDS),
            partial(train, loss, params, some, ROUNDS),
            partial(handed, {"objective": recorded, **params}, some, start),
            recorded,
        )
    title = (
        f"LightGBM {lightgbm.__version__}: {ROUNDS} rounds over {len(data.X):,} rows, the start and all checks included"
    )
    print(compared(title, 0.98, fits, SECONDS))


if __name__ == "__main__":
    main()
