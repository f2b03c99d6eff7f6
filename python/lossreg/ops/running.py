"""How the functions of `lossreg.ops` run: by the engine, or recorded where a formula is traced."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lossreg import traced
from lossreg._native import map_elements, map_rows
from lossreg.traced import is_traced

__all__ = ["Array", "elements", "rows"]

Array = NDArray[np.floating[Any]]


def elements(
    function: str,
    x: Any,
    y: Any = None,
    *,
    name: str = "x",
    out: Array | None = None,
    n_threads: int | None = None,
) -> Any:
    """The engine's function of that name, of each element of an argument of this name."""
    if is_traced(x, y):
        arguments = (x,) if y is None else (x, y)
        return traced.call(function, *arguments, out=out, n_threads=n_threads)
    result = map_elements(function, x, y, name=name, out=out, n_threads=n_threads)
    return result if result.ndim or out is not None else float(result)


def rows(
    function: str,
    x: Any,
    axis: int,
    *,
    name: str = "x",
    out: Array | None = None,
    n_threads: int | None = None,
) -> Any:
    """The engine's function of that name, of each row along an axis."""
    if is_traced(x):
        return traced.of_rows(function, x, axis)
    result = map_rows(function, x, axis, name=name, out=out, n_threads=n_threads)
    return result if result.ndim or out is not None else float(result)
