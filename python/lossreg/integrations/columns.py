"""What boosters share for losses of which a row has several raw scores of one target, such as a mean and a log-variance."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import numpy as np

import lossreg
from lossreg.integrations.classes import rows_of

if TYPE_CHECKING:
    from lossreg.integrations.booster import BoosterLoss

__all__ = ["COLUMNS", "Scaled", "ScoredByLoss", "factors", "refuse_own_metric", "scaled"]

COLUMNS = "column-wise"  # the family


def scaled(
    objective: BoosterLoss, y_true: Any, sample_weight: Any, start: Any = None, *, together: bool = False
) -> Any:
    """The objective, whose derivatives count rows where it is one of columns: at the start, the second ones are 1 on average.

    A booster's penalties and bounds, such as ``reg_lambda`` and ``min_child_weight``, stand beside sums of second
    derivatives. Those of squared error are 1 a row; those of a mean beside its log-variance are 1 over the variance, so that
    with targets of another unit the same penalty would stop all splits or none. A step, which is a quotient, stays.
    The `start` is searched where none is given.
    Where columns have one tree `together`, whose splits are chosen by the sum of their gains, they have one factor.

    Examples
    --------
    >>> import numpy as np
    >>> from lossreg.integrations.columns import scaled
    >>> from lossreg.integrations.xgboost import Objective
    >>> y = np.array([100.0, 300.0])
    >>> objective = Objective("gaussian_nll")
    >>> grad, hess = scaled(objective, y, None)(y, np.tile(objective.start(y), (2, 1)))
    >>> hess.round(6)
    array([[1., 1.],
           [1., 1.]])
    """
    if not objective.columns:
        return objective
    start = objective.start(y_true, sample_weight) if start is None else start
    each = factors(objective, start, y_true, sample_weight)
    return Scaled(objective, np.max(each) if together else each)


def factors(objective: BoosterLoss, start: Any, y_true: Any, sample_weight: Any) -> Any:
    """For each column the number that makes the second derivatives 1 on average at the start."""
    _, hess = objective.derivatives(y_true, np.tile(start, (len(y_true), 1)), sample_weight)
    rows = len(y_true) if sample_weight is None else np.sum(sample_weight, dtype=np.float64)
    return rows / np.sum(hess, axis=0, dtype=np.float64)


class Scaled:
    """An objective whose derivatives are multiplied by a number, or by one for each column."""

    def __init__(self, objective: Any, factors: Any) -> None:
        self.objective, self.factors = objective, factors

    def __call__(self, y_true: Any, y_pred: Any, weight: Any = None) -> tuple[Any, Any]:
        """Return both derivatives of what the objective is called with."""
        grad, hess = self.objective(y_true, y_pred, weight)
        for each in (grad, hess):
            np.multiply(each, self.factors, out=each, casting="same_kind")
        return grad, hess


class ScoredByLoss:
    """An estimator whose `score` is minus the loss where several numbers predict a target, or are one: there is no R²."""

    loss: Any

    def _raw_scores(self, X: Any) -> Any:
        """The raw scores of rows."""
        raise NotImplementedError

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return R²; for a loss of several columns or targets of several numbers, of which there is none, minus the mean of the loss.

        Parameters
        ----------
        X, y, sample_weight
            As in `fit`.

        Returns
        -------
        float
            More is better.
        """
        loss = lossreg.get(self.loss)
        rows = bool(loss.info.target_columns)
        if len(loss.info.columns) < 2 and not rows:
            return float(super().score(X, y, sample_weight))  # type: ignore[misc]
        reduction: Any = "mean" if sample_weight is None else "weighted_mean"
        y = y if rows else np.ravel(y)
        return -float(loss(y, self._raw_scores(X), sample_weight, reduction=reduction))


def refuse_own_metric(objective: BoosterLoss, given: Any, library: str, but: Collection[str] = ()) -> None:
    """Refuse a booster's own metric, by its name, of a loss of columns: it knows one prediction and one number for each label.

    Examples
    --------
    >>> from lossreg.integrations.columns import refuse_own_metric
    >>> from lossreg.integrations.xgboost import Objective
    >>> refuse_own_metric(Objective("gaussian_nll"), "rmse", "XGBoost")
    Traceback (most recent call last):
    lossreg.errors.ParameterError: metric is 'rmse', and of gaussian_nll() a row has mean and log_variance, where XGBoost's own know one prediction; pass a function
    """
    several, single = " and ".join(objective.columns), "prediction"
    if objective.info.target_columns:
        several, single = rows_of(objective.loss), "number of a target"
    if not several:
        return
    for one in given if isinstance(given, list | tuple | set) else [given]:
        if isinstance(one, str) and one.lower() not in ("", "none", "null", "custom", "na", *but):
            raise lossreg.ParameterError(
                f"metric is {one!r}, and of {objective.loss!r} a row has {several}, where "
                f"{library}'s own know one {single}; pass a function",
                parameter="metric",
                value=one,
            )
