"""What boosters share for losses whose target is several numbers, such as the bounds of a time, or a count and its exposure.

Boosters hold one number a row, or make a raw score of each. So such targets are kept beside them, and what they hold are numbers
of rows.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

import lossreg
from lossreg.info import Domain
from lossreg.integrations.classes import rows_of

__all__ = ["known", "numbered", "refuse_rows", "require_rows", "rows_at"]

LARGEST = 1 << 24  # whole numbers that labels hold, which are float32
Array = NDArray[Any]


def known(loss: lossreg.Loss, y: Array) -> Array:
    """What must be finite of targets: all but the upper bounds of times that are not over.

    Examples
    --------
    >>> import lossreg
    >>> import numpy as np
    >>> from lossreg.integrations.rows import known
    >>> known(lossreg.get("aft"), np.array([[2.0, 2.0], [3.0, np.inf]])).tolist()
    [[2.0, 2.0], [3.0, 0.0]]
    """
    return np.where(y == np.inf, 0.0, y) if loss.info.target is Domain.INTERVAL else y


def require_rows(loss: lossreg.Loss, y: Array, rows: int, axes: int = 1) -> Array:
    """Targets of several numbers, and scores of so many axes; refuses what a booster has made of them.

    Examples
    --------
    >>> import lossreg
    >>> import numpy as np
    >>> from lossreg.integrations.rows import require_rows
    >>> require_rows(lossreg.get("aft"), np.ones(3), 3)
    Traceback (most recent call last):
    lossreg.errors.ShapeError: y_true has shape (3,), and aft() takes lower and upper of each row: wanted (3, 2)
    """
    if axes != 1:
        raise lossreg.ShapeError(
            f"{loss!r} has one raw score for each row, and one for each of {rows_of(loss)} came; use XGBLossRegressor, "
            "LGBMLossRegressor or CatBoostLossRegressor, which keep the numbers of a target together",
            argument="raw",
        )
    wanted = (rows, len(loss.info.target_columns))
    if y.shape != wanted:
        raise lossreg.ShapeError(
            f"y_true has shape {y.shape}, and {loss!r} takes {rows_of(loss)} of each row: wanted {wanted}",
            argument="y_true",
        )
    return y


def refuse_rows(loss: lossreg.Loss, place: str, use: str) -> None:
    """Refuse targets that are rows where a booster's data have one number a row.

    Examples
    --------
    >>> import lossreg
    >>> from lossreg.integrations.rows import refuse_rows
    >>> refuse_rows(lossreg.get("aft"), "a Dataset has one label a row", "LGBMLossRegressor")
    Traceback (most recent call last):
    lossreg.errors.ParameterError: aft() takes rows of lower and upper, and a Dataset has one label a row; use LGBMLossRegressor
    """
    if loss.info.target_columns:
        raise lossreg.ParameterError(f"{loss!r} takes rows of {rows_of(loss)}, and {place}; use {use}")


def numbered(targets: Sequence[Array]) -> tuple[Array, list[Array]]:
    """All rows of targets, and the numbers of those of each data set, for a booster to hold in their place.

    Examples
    --------
    >>> import numpy as np
    >>> from lossreg.integrations.rows import numbered, rows_at
    >>> rows, (first, second) = numbered([np.zeros((2, 2)), np.ones((1, 2))])
    >>> second, rows_at(rows, second)
    (array([2.]), array([[1., 1.]]))
    """
    bounds = np.cumsum([0, *map(len, targets)])
    if bounds[-1] > LARGEST:
        raise lossreg.ShapeError(f"y has {bounds[-1]:,} rows of several numbers; wanted at most {LARGEST:,}")
    each = [np.arange(begin, end, dtype=np.float64) for begin, end in itertools.pairwise(bounds)]
    return np.concatenate(targets), each


def rows_at(rows: Array, numbers: Any) -> Array:
    """The rows of these numbers."""
    found: Array = rows[np.asarray(numbers, np.intp)]
    return found
