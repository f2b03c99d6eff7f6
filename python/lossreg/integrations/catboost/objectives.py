"""Losses as CatBoost's objectives and metrics: `objective`, `metric`.

CatBoost asks for derivatives of minus the loss, in pieces of at most a thousand rows, with the weights multiplied in; for
several scores a row it asks row by row, for a whole matrix of second derivatives. Several scores of one target have a target
each there, so the target is repeated. A target of several numbers would have as many scores, so there its number stands for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Self

import numpy as np
from catboost import MultiTargetCustomMetric, MultiTargetCustomObjective
from numpy.typing import NDArray

import lossreg
from lossreg.integrations.booster import FLOOR, BoosterLoss
from lossreg.integrations.columns import COLUMNS, refuse_own_metric
from lossreg.integrations.rows import refuse_rows, rows_at
from lossreg.typing import LossLike

__all__ = ["ColumnMetric", "ColumnObjective", "Metric", "Objective", "OfRows", "metric", "objective"]

Array = NDArray[Any]
AS_MANY = "CatBoost makes as many raw scores of a row of targets", "CatBoostLossRegressor"


def objective(
    loss: lossreg.Loss | str, hessian: str | None = None, *, min_hessian: float = FLOOR
) -> Objective | ColumnObjective:
    """An objective for ``loss_function=``.

    Parameters
    ----------
    loss : Loss or str
        A pointwise loss of raw scores, a row-wise one of class indices, or one of several columns of raw scores, for which
        the targets have a row with the same number for each column.
    hessian : str, optional
        The kind of second derivative, one of ``loss.info.hessians``; by default what
        `lossreg.integrations.training.curvature` chooses.
    min_hessian : float, default 1e-16
        The least second derivative.

    Returns
    -------
    Objective or ColumnObjective
        CatBoost needs an ``eval_metric`` beside it, such as `metric` of the same loss. It begins at 0 and predicts raw
        scores; `CatBoostLossRegressor` and `CatBoostLossClassifier` see to both.

    Raises
    ------
    ParameterError
        If the loss takes no raw scores, or lacks that second derivative.

    Examples
    --------
    >>> import numpy as np
    >>> from catboost import CatBoost
    >>> from lossreg.integrations.catboost import metric, objective
    >>> X, y = np.arange(20.0).reshape(-1, 1), np.repeat([1.0, 5.0], 10)
    >>> params = {"loss_function": objective("huber"), "eval_metric": metric("huber"), "iterations": 200}
    >>> model = CatBoost(params | {"verbose": False, "allow_writing_files": False}).fit(X, y)
    >>> model.predict([[3.0], [15.0]]).round(0)
    array([1., 5.])
    """
    made = Objective(loss, hessian, min_hessian=min_hessian)
    refuse_rows(made.loss, *AS_MANY)
    return ColumnObjective(made) if made.columns else made


def metric(loss: lossreg.Loss | str) -> Metric:
    """A metric for ``eval_metric=``: the weighted mean of a loss of raw scores; less is better.

    Parameters
    ----------
    loss : Loss or str
        The loss.

    Returns
    -------
    Metric
        The metric.

    Raises
    ------
    ParameterError
        If the loss takes no raw scores.

    Examples
    --------
    >>> from lossreg.integrations.catboost import metric
    >>> metric("half_squared_error").evaluate([[1.0, 2.0]], [1.0, 4.0], None)
    (2.0, 2.0)
    """
    made = Metric(loss)
    refuse_rows(made.loss, *AS_MANY)
    return ColumnMetric(loss) if made.boosted.columns else made


class Objective(BoosterLoss):
    """A loss as CatBoost trains it; `objective` makes one."""

    __slots__ = ("_full", "_run", "no_jit", "rows")

    also = (COLUMNS,)

    def __init__(self, loss: LossLike, hessian: str | None = None, *, min_hessian: float | None = FLOOR) -> None:
        super().__init__(loss, hessian, min_hessian=min_hessian)
        # Otherwise CatBoost reads the source of the class and compiles it with numba, which takes a second and fails.
        self.no_jit = True
        self.rows: Array | None = None
        # Pieces are so small that what stands between CatBoost and the engine is paid for: nothing does.
        self._run = self.loss.grad_and_hess
        self._full = self.info.family == "row-wise" and self.hessian == "exact" and self.info.hessians["exact"]

    def calc_ders_range(self, approxes: Any, targets: Any, weights: Any) -> Array:
        """Return the derivatives of minus the loss, as (rows, 2)."""
        both = np.empty((2, len(approxes)))
        self._run(
            targets,
            approxes,
            weights,
            reduction="none",
            hessian=self.hessian,
            min_hessian=self.min_hessian,
            out=(both[0], both[1]),
        )
        return np.negative(both, out=both).T

    def calc_ders_multi(self, approxes: Any, target: Any, weight: Any) -> tuple[Array, Array]:
        """Return the derivatives of minus the loss of one row: (classes,) and (classes, classes)."""
        row = np.asarray(approxes, np.float64)[None]
        given = None if weight is None or weight == 1.0 else [weight]
        grad, hess = self.derivatives([target], row, given)
        if self._full:
            return -grad[0], -self.loss.full_hessian([target], row, given, reduction="none")[0]
        return -grad[0], np.diag(-hess[0])

    @contextmanager
    def training(self) -> Iterator[None]:
        """Rows that it knows are gone after a fit: who fits the model again has other ones."""
        try:
            yield
        finally:
            self.rows = None

    def __deepcopy__(self, memo: Any) -> Self:
        return self  # an objective never changes, and `clone` of scikit-learn wants the same one back


class OfRows(Objective):
    """An objective whose targets are rows, of which CatBoost holds only the numbers. It has them while the estimator trains."""

    __slots__ = ()

    def at(self, numbers: Any) -> Array:
        """Return the rows of these numbers: none but those that the estimator trains on."""
        if self.rows is None:
            raise lossreg.ParameterError(
                f"the rows that {self.loss!r} was trained on are gone, and CatBoost passes numbers in their place; "
                "fit a CatBoostLossRegressor, which keeps rows and numbers together"
            )
        return rows_at(self.rows, numbers)

    def calc_ders_range(self, approxes: Any, targets: Any, weights: Any) -> Array:
        """Return what `Objective` returns for the rows of these numbers."""
        return super().calc_ders_range(approxes, self.at(targets), weights)

    def calc_ders_multi(self, approxes: Any, target: Any, weight: Any) -> tuple[Array, Array]:
        """Return what `Objective` returns for the row of this number."""
        return super().calc_ders_multi(approxes, self.at(target), weight)


class Metric:
    """A loss as a metric of CatBoost; `metric` makes one.

    Attributes
    ----------
    loss : Loss
        The loss.
    rows : OfRows or None
        What knows the targets, where those that CatBoost passes are their numbers. It does not go into pickles.
    """

    no_jit = True

    def __init__(self, loss: LossLike, rows: OfRows | None = None) -> None:
        self.boosted = Objective(loss)
        self.loss, self.rows = self.boosted.loss, rows

    def is_max_optimal(self) -> bool:
        """Whether more is better: never."""
        return False

    def evaluate(self, approxes: Any, target: Any, weight: Any) -> tuple[float, float]:
        """Return the weighted sum of the loss, and the sum of the weights."""
        raw = np.asarray(approxes[0] if len(approxes) == 1 else np.stack(approxes, axis=1), np.float64)
        given = None if weight is None or len(weight) == 0 else np.asarray(weight)
        y = np.asarray(target) if self.rows is None else self.rows.at(target)
        total = self.loss.value(y, raw, given, reduction="sum")
        return total, float(len(raw) if given is None else given.sum(dtype=np.float64))

    def get_final_error(self, error: float, weight: float) -> float:
        """Return the mean."""
        return error / (weight + 1e-38)

    def __deepcopy__(self, memo: Any) -> Self:
        return self

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Metric) and self.loss == other.loss

    def __hash__(self) -> int:
        return hash((Metric, self.loss))

    def __reduce__(self) -> tuple[Any, ...]:
        return Metric, (self.loss,)

    def __repr__(self) -> str:
        return f"metric({self.loss!r})"


class ColumnObjective(MultiTargetCustomObjective):  # type: ignore[misc]
    """A loss of several columns as CatBoost trains it: `objective` makes one, and the estimators one that knows the start.

    Parameters
    ----------
    boosted : Objective
        The loss.
    start, unit : array_like, default 0.0 and 1.0
        What raw scores are beside those that CatBoost grows: ``start + unit*score``, for each column. It takes no baseline
        beside several targets, and adds the squares of their gradients to choose splits, so these need one unit.
    """

    no_jit = True

    def __init__(self, boosted: Objective, start: Any = 0.0, unit: Any = 1.0) -> None:
        self.boosted, self.start, self.unit = boosted, start, unit
        self.loss = boosted.loss

    def calc_ders_multi(self, approxes: Any, targets: Any, weight: Any) -> tuple[Array, Array]:
        """Return the derivatives of minus the loss of one row: (columns,) and (columns, columns)."""
        raw = self.start + self.unit * approxes
        grad, hess = self.boosted.calc_ders_multi(raw, targets[0], weight)
        return grad * self.unit, hess * np.square(self.unit)  # a diagonal

    def __deepcopy__(self, memo: Any) -> Self:
        return self


class ColumnMetric(Metric, MultiTargetCustomMetric):  # type: ignore[misc]
    """A loss of several columns as a metric of CatBoost, of scores as in `ColumnObjective`."""

    def __init__(self, loss: LossLike, start: Any = 0.0, unit: Any = 1.0, rows: OfRows | None = None) -> None:
        super().__init__(loss, rows)
        self.start, self.unit = start, unit

    def evaluate(self, approxes: Any, targets: Any, weight: Any) -> tuple[float, float]:
        """Return the weighted sum of the loss, and the sum of the weights."""
        raw = self.start + self.unit * np.transpose(approxes)
        return super().evaluate(raw.T, targets[0], weight)

    def __reduce__(self) -> tuple[Any, ...]:
        return ColumnMetric, (self.loss, self.start, self.unit)


def measured(given: Any, boosted: Objective, made: Callable[[lossreg.Loss], Metric]) -> Any:
    """Metrics as CatBoost takes them: of losses, as they are `made`; others as they came, where they know what they are given."""
    if isinstance(given, list | tuple):
        return [measured(one, boosted, made) for one in given]
    if isinstance(given, lossreg.Loss | Metric):
        return made(given if isinstance(given, lossreg.Loss) else given.loss)
    refuse_own_metric(boosted, given, "CatBoost")
    alone = boosted.columns or boosted.info.target_columns
    if alone and given is not None and not isinstance(given, str):
        raise lossreg.ParameterError(
            f"metric is {given!r}, and CatBoost would give it numbers in the place of targets, or scores in another unit; "
            "pass a loss, or lossreg.integrations.catboost.metric(...)",
            parameter="metric",
            value=given,
        )
    return given
