"""Data that trainers are compared on: small, with weights, and in every kind of target."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

ROWS = 600  # with few rows, splits of equal gain are chosen by rounding


class Data(NamedTuple):
    """Features, targets of every kind, and weights."""

    X: np.ndarray
    real: np.ndarray
    label: np.ndarray
    classes: np.ndarray
    count: np.ndarray
    amount: np.ndarray
    weight: np.ndarray

    def first(self, rows: int) -> Data:
        """The first rows only."""
        return Data(*(array[:rows] for array in self))


def data(seed: int = 0, rows: int = ROWS) -> Data:
    """Draw data, whose targets depend on two of four features; all numbers are exact in float32."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows, 4)).astype(np.float32)
    real = (2 * X[:, 0] + np.abs(X[:, 1]) + rng.standard_t(3, rows)).astype(np.float32)
    return Data(
        X.astype(np.float64),
        real.astype(np.float64),
        (real > 0.5).astype(np.int64),
        np.digitize(real, [0.0, 1.0, 3.0]),
        np.round(np.abs(real)).astype(np.float64),
        np.abs(real).astype(np.float64) + 0.125,
        rng.uniform(0.5, 2.0, rows).astype(np.float32).astype(np.float64),
    )
