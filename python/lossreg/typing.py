"""Types for annotations in programs that use lossreg.

Examples
--------
>>> from lossreg.typing import Array, Reduction
>>> def judged(y_true: Array, y_pred: Array, reduction: Reduction = "mean") -> None: ...
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

from lossreg.kinds import Array, ColumnsLike, HessianKind, Number, ParamValue, Reduced, Reduction

if TYPE_CHECKING:
    from lossreg._native import Loss

__all__ = ["Array", "ColumnsLike", "HessianKind", "LossLike", "Number", "ParamValue", "Reduced", "Reduction"]

# What `lossreg.get` takes.
LossLike: TypeAlias = "Loss | str | Mapping[str, object]"
