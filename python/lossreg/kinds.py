"""The kinds of values that annotations name; `lossreg.typing` has them for everybody, and knows losses too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Array", "ColumnsLike", "HessianKind", "Number", "ParamValue", "Reduced", "Reduction"]

# What comes back: float32 or float64.
Array: TypeAlias = NDArray[np.floating]
# What gives a float where an array gives an array.
Number: TypeAlias = float | np.floating | np.integer
# The reductions to one number, and all.
Reduced: TypeAlias = Literal["mean", "sum", "weighted_mean"]
Reduction: TypeAlias = Literal["mean", "sum", "weighted_mean", "none"]
HessianKind: TypeAlias = Literal["exact", "majorizer", "gauss_newton", "unit", "xgboost", "lightgbm"]
# What a parameter of a loss can be.
ParamValue: TypeAlias = bool | int | float | str | tuple[float, ...] | list[float] | None
# One column of a table, or several that make a matrix: by name, or by number from 0.
ColumnsLike: TypeAlias = str | int | Sequence[str | int]
