"""A loss at one number, against a truth of many digits."""

from __future__ import annotations

from typing import Any

import numpy as np
from mpmath import mp
from truth.table import ulp

__all__ = ["close", "one", "relative"]


def one(loss: Any, y: float, x: float, dtype: str = "float64") -> tuple[float, float, float]:
    """Value, gradient and Hessian at one number."""
    arrays = np.array([y], dtype), np.array([x], dtype)
    return tuple(float(part[0]) for part in loss.value_grad_hess(*arrays, reduction="none"))


def relative(actual: float, truth: mp.mpf) -> float:
    return float(abs((mp.mpf(actual) - truth) / truth))


def close(actual: tuple[float, ...], truth: tuple[Any, ...], bounds: tuple[float, ...], dtype: str) -> bool:
    """Whether three numbers are within so many ULP."""
    return all(
        abs(mp.mpf(a) - t) <= bound * ulp(float(t), dtype) for a, t, bound in zip(actual, truth, bounds, strict=True)
    )
