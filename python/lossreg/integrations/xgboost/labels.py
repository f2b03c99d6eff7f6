"""Labels of XGBoost's matrices: one number a row, a row of them for several outputs, or bounds of a time.

Of rows of labels XGBoost makes an output each. A target of several numbers has another number of outputs, so while it trains
they are kept on the matrix's Python object, which objectives and metrics are given; bounds have a place of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import Any

import numpy as np
import xgboost

import lossreg
from lossreg.info import Domain

__all__ = ["BOUNDS", "as_labels", "groups_of", "kept", "of_matrix", "seeing", "targets_of"]

BOUNDS = ("label_lower_bound", "label_upper_bound")
KEPT = "_lossreg_targets"


def is_of_bounds(loss: lossreg.Loss) -> bool:
    """Whether targets are bounds, of which the upper ones may be infinite, as labels may not."""
    return loss.info.target is Domain.INTERVAL


def as_labels(loss: lossreg.Loss, targets: Any) -> dict[str, Any]:
    """Targets as the arguments of a matrix.

    Examples
    --------
    >>> import lossreg
    >>> import numpy as np
    >>> from lossreg.integrations.xgboost.labels import as_labels
    >>> as_labels(lossreg.get("aft"), np.array([[1.0, np.inf]]))
    {'label_lower_bound': array([1.]), 'label_upper_bound': array([inf])}
    """
    return dict(zip(BOUNDS, targets.T, strict=True)) if is_of_bounds(loss) else {"label": targets}


def targets_of(loss: lossreg.Loss, data: xgboost.DMatrix) -> Any:
    """The targets of a matrix, as the loss takes them."""
    if is_of_bounds(loss):
        bounds = [data.get_float_info(name) for name in BOUNDS]
        if not all(one.size for one in bounds):
            raise lossreg.ParameterError(
                f"{loss!r} takes bounds, which are no labels of a DMatrix; pass "
                "xgboost.DMatrix(X, label_lower_bound=..., label_upper_bound=...), an infinite upper one for what is not over"
            )
        return np.column_stack(bounds)
    kept_rows = getattr(data, KEPT, None)
    return data.get_label() if kept_rows is None else kept_rows


def of_matrix(loss: lossreg.Loss, data: xgboost.DMatrix, name: str = "dtrain") -> tuple[Any, Any, Any]:
    """The targets of a matrix, a row for each of its rows, its weights, and the sizes of its groups."""
    if not isinstance(data, xgboost.DMatrix):
        raise lossreg.ParameterError(f"{name} is a {type(data).__name__}; wanted an xgboost.DMatrix(X, label=y)")
    y, weight = targets_of(loss, data), data.get_weight()
    rows = data.num_row()
    if rows and not y.size:
        raise lossreg.ParameterError("the DMatrix has no labels; pass xgboost.DMatrix(X, label=y)")
    if y.ndim == 1 and rows and y.size > rows:
        y = y.reshape(rows, -1)
    return y, weight if weight.size else None, groups_of(data)


def groups_of(data: xgboost.DMatrix) -> Any:
    """How many rows each group has; None of a matrix without groups."""
    bounds = data.get_uint_info("group_ptr")
    return np.diff(bounds.astype(np.intp)) if bounds.size else None


@contextmanager
def kept(loss: lossreg.Loss, matrices: Sequence[xgboost.DMatrix]) -> Iterator[None]:
    """Matrices whose labels are rows of one target each, and one number a row to XGBoost; afterwards they are as they were."""
    rows = {id(data): data for data in matrices} if loss.info.target_columns and not is_of_bounds(loss) else {}
    held = []
    try:
        for data in rows.values():
            targets = np.array(of_matrix(loss, data)[0])
            if vars(data).setdefault(KEPT, targets) is not targets:
                raise lossreg.ParameterError(
                    f"a DMatrix is in use by another training, which keeps its labels: rows of one target, as {loss!r} takes "
                    "them; make one for each training"
                )
            held.append(data)
            data.set_label(np.zeros(len(targets)))
        yield
    finally:
        for data in held:
            data.set_label(getattr(data, KEPT))
            delattr(data, KEPT)


def seeing(metric: Any) -> Any:
    """A metric of somebody else, which reads labels from the matrix: they are there while it runs."""

    @wraps(metric)
    def of_labels(raw: Any, data: xgboost.DMatrix) -> Any:
        targets = getattr(data, KEPT, None)
        if targets is None:
            return metric(raw, data)
        data.set_label(targets)
        try:
            return metric(raw, data)
        finally:
            data.set_label(np.zeros(len(targets)))

    return of_labels
