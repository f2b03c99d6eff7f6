"""Derivatives by differences of high order, and how far they can be trusted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["extrapolated"]

Array = np.ndarray[Any, Any]
STEP, HALVINGS = 0.05, 9
ROUNDING = 4 * np.finfo(np.float64).eps
LEAST = 4 * np.finfo(np.float64).smallest_subnormal


def extrapolated(function: Callable[[Array], Array], unit: Array) -> tuple[Array, Array]:
    """Ridders' method: differences over ever smaller steps, extrapolated to none, where they agree best.

    Returns the derivative and its error, which is at least what rounding does to the numbers subtracted: where a function
    has saturated, all differences are 0 and agree, and say nothing of a derivative of 1e-20. Beside a kink they agree as well,
    on neither side's derivative: there the two sides do not come nearer to each other as steps become smaller.
    """
    row: list[Array] = []
    best, error = np.array(np.nan), np.array(np.inf)
    middle, apart = function(0.0 * unit), np.array(np.inf)
    for i in range(HALVINGS):
        step = STEP / 2**i
        up, down = function(step * unit), function(-step * unit)
        noise = (ROUNDING * np.maximum(np.abs(up), np.abs(down)) + LEAST) / step
        before, apart = apart, np.abs((up - middle) - (middle - down)) / step
        above, last = row, (up - down) / (2 * step)
        row = [last]
        for j, one in enumerate(above, start=1):
            row.append((4**j * row[-1] - one) / (4**j - 1))
            doubt = np.maximum(np.maximum(np.abs(row[-1] - row[-2]), np.abs(row[-1] - one)), noise)
            better = doubt < error
            best, error = np.where(better, row[-1], best), np.where(better, doubt, error)
    kinked = (apart > 0.75 * before) & (apart > 100 * noise)
    return best, np.where(kinked, np.maximum(error, apart), error)
