"""What tests of LightGBM share."""

from __future__ import annotations

from inspect import signature
from typing import Any

import lightgbm

__all__ = ["evaluated"]

OLD = "eval_X" not in signature(lightgbm.LGBMRegressor.fit).parameters


def evaluated(X: Any, y: Any) -> dict[str, Any]:
    """The arguments of `fit` for a data set to evaluate on, as the installed version calls them."""
    return {"eval_set": [(X, y)]} if OLD else {"eval_X": X, "eval_y": y}
