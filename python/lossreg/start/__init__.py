"""Start values: the constant raw score with the least loss over given targets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lossreg.errors import ParameterError
from lossreg.info import Start
from lossreg.start.classes import class_scores
from lossreg.start.columns import column_scores
from lossreg.start.constant import constant_score

if TYPE_CHECKING:
    from lossreg._native import Loss

__all__ = ["init_score"]


def init_score(
    loss: Loss, y_true: Any, sample_weight: Any = None, *, where: Any = None, n_classes: int | None = None
) -> Any:
    """Find the constant raw score with the least loss.

    Parameters
    ----------
    loss : Loss
        The loss.
    y_true : array_like
        Targets.
    sample_weight : array_like, optional
        Weights, in the shape of the unreduced loss or of its leading axes. Some may be negative, as long as all of them sum
        to more than 0.
    where : array_like of bool, optional
        Which elements count, in the same shapes.
    n_classes : int, optional
        How many classes there are, where the targets do not show it.

    Returns
    -------
    float or numpy.ndarray
        The score; for row-wise losses one for each class, and one for each of several columns. Infinite if the loss has no finite minimum, as when all labels are
        1. Where several scores are best, as between the two middle targets of an even number, the middle of them. A loss
        that is not convex may have other minima; this one is the nearest to where the search begins.

    Raises
    ------
    EmptyError
        If there are no targets, or their weights sum to 0.

    Examples
    --------
    >>> import lossreg
    >>> from lossreg.start import init_score
    >>> init_score(lossreg.get("absolute_error"), [1.0, 2.0, 9.0])
    2.0
    >>> init_score(lossreg.get("binary_cross_entropy"), [0, 1], [1.0, 0.0])
    -inf
    """
    info = loss.info
    if info.start is Start.NONE:
        why = {
            "adversarial": "compares scores with no targets",
            "row-wise": "does not tell the scores of classes that are best for all rows",
        }.get(info.family, "has no score for each target")
        raise ParameterError(f"{loss.name} {why}: it has no start value")
    with np.errstate(all="ignore"):  # limits are meant, and NaN and inf are answers
        if info.family == "row-wise":
            return class_scores(loss, info, y_true, sample_weight, where, n_classes)
        if n_classes is not None:
            raise ParameterError(f"{loss.name} has no classes; leave n_classes= out")
        if info.family == "column-wise":
            return column_scores(loss, info, y_true, sample_weight, where)
        return constant_score(loss, info, y_true, sample_weight, where)
