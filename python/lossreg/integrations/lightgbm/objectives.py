"""Objectives and metrics for LightGBM: objects that its native interface, its scikit-learn wrappers and Dask call alike."""

from __future__ import annotations

import math
from typing import Any

import lightgbm
import numpy as np

import lossreg
from lossreg.integrations.booster import BoosterLoss
from lossreg.integrations.columns import COLUMNS
from lossreg.integrations.lightgbm.table import BUILT_IN
from lossreg.integrations.lists import LISTS
from lossreg.integrations.rows import refuse_rows, rows_at
from lossreg.typing import LossLike

__all__ = ["ONE_LABEL", "Metric", "Objective", "as_metric", "metric", "objective"]

ONE_LABEL = "a Dataset has one label a row", "LGBMLossRegressor"


class Objective(BoosterLoss):
    """A loss as an objective of LightGBM.

    The native interface passes raw scores and a `Dataset`. The scikit-learn wrappers count parameters: of four they fill
    the third with weights and the fourth with the sizes of groups. Scores of several classes come with the classes as columns in Fortran order, and
    derivatives go back in the same layout.
    """

    __slots__ = ()

    trainer = "lightgbm"
    table = BUILT_IN
    also = (COLUMNS, LISTS)
    weighs = "rows"
    grouped = (
        "use LGBMLossRanker with group= or qid=, and with eval_group= or eval_qid= beside eval_X, or train with "
        "lightgbm.Dataset(X, label=y, group=...); group=[rows] is one list"
    )
    limit = -math.log(1e-15)  # LightGBM keeps probabilities from 1e-15 to 1 − 1e-15

    def __call__(self, y_true: Any, y_pred: Any, weight: Any = None, group: Any = None) -> tuple[Any, Any]:
        """Return the derivatives, in the shape and the order of the raw scores.

        Parameters
        ----------
        y_true, y_pred, weight, group
            Targets, raw scores, weights and the sizes of groups; or raw scores and a `Dataset`.
        """
        return self.derivatives(*in_order(y_true, y_pred, weight, group))


def in_order(y_true: Any, y_pred: Any, weight: Any, group: Any) -> tuple[Any, Any, Any, Any]:
    """Targets, raw scores, weights and the sizes of groups, however they came."""
    if isinstance(y_pred, lightgbm.Dataset):
        return y_pred.get_label(), y_true, y_pred.get_weight(), y_pred.get_group()
    return y_true, y_pred, weight, group


def objective(loss: LossLike, hessian: str | None = None, *, min_hessian: float | None = 1e-16) -> Objective:
    """Make an objective for ``params["objective"]`` or ``LGBMRegressor(objective=...)``, of `lightgbm.dask` too.

    An objective can set neither the start nor the link of a model: `train` and the estimators do that.

    Parameters
    ----------
    loss : Loss, str or dict
        The loss, or what `lossreg.get` takes.
    hessian : str, optional
        The kind of second derivative; by default LightGBM's own where it has the loss.
    min_hessian : float, default 1e-16
        The least second derivative.

    Returns
    -------
    Objective
        A callable that pickles.

    Examples
    --------
    >>> import numpy as np
    >>> import lightgbm
    >>> from lossreg.integrations.lightgbm import objective
    >>> data = lightgbm.Dataset(np.arange(100.0).reshape(-1, 1), label=np.repeat([0, 1], 50))
    >>> params = {"objective": objective("binary_focal"), "verbose": -1}
    >>> booster = lightgbm.train(params, data, 5)
    >>> objective("poisson")
    Objective('poisson()', hessian='lightgbm')
    """
    made = Objective(loss, hessian, min_hessian=min_hessian)
    refuse_rows(made.loss, *ONE_LABEL)
    return made


class Metric:
    """A loss as a metric of LightGBM, for ``feval=`` and the wrappers' ``eval_metric=``."""

    def __init__(self, loss: LossLike, name: str | None = None) -> None:
        self._boosted = Objective(loss)
        self.loss = self._boosted.loss
        self.name = self.loss.name if name is None else name

    @property
    def __name__(self) -> str:
        return self.name

    def __call__(self, y_true: Any, y_pred: Any, weight: Any = None, group: Any = None) -> tuple[str, float, bool]:
        """Return the name, the value, and that less is better.

        Parameters
        ----------
        y_true, y_pred, weight, group
            As in `Objective`.
        """
        return self.name, self._boosted.value(*in_order(y_true, y_pred, weight, group)), False

    def __repr__(self) -> str:
        return f"Metric({repr(self.loss)!r}, name={self.name!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return Metric, (self.loss, self.name)


def as_metric(given: Any) -> Any:
    """A metric as it came; a loss, which takes raw scores and not what the trainer calls a metric with, as a metric of it."""
    return Metric(given) if isinstance(given, lossreg.Loss) else given


def metric(loss: LossLike, name: str | None = None) -> Metric:
    """Make a metric for ``lightgbm.train(feval=...)`` or ``fit(eval_metric=...)``: the weighted mean of a loss of raw scores.

    Parameters
    ----------
    loss : Loss, str or dict
        The loss, or what `lossreg.get` takes.
    name : str, optional
        Its name in what LightGBM prints; by default that of the loss.

    Returns
    -------
    Metric
        A callable that pickles, and that early stopping minimises.

    Examples
    --------
    >>> from lossreg.integrations.lightgbm import metric
    >>> metric("bce")([0, 1], [-2.0, 2.0])
    ('binary_cross_entropy', 0.1269280110429725, False)
    """
    made = Metric(loss, name)
    refuse_rows(made.loss, *ONE_LABEL)
    return made


class OfRows:
    """An objective or a metric whose targets are rows, of which a `Dataset` holds only the numbers: its labels say which."""

    def __init__(self, function: Any, targets: Any) -> None:
        self.function, self.targets = function, targets

    @property
    def __name__(self) -> str:
        return str(self.function.__name__)

    def __call__(self, y_true: Any, y_pred: Any, weight: Any = None) -> Any:
        """Return what the function returns for the rows of these numbers."""
        y_true, y_pred, weight, _ = in_order(y_true, y_pred, weight, None)
        return self.function(rows_at(self.targets, y_true), y_pred, weight)


class Evaluated:
    """A metric of the user's, which is given what the model would predict for raw scores."""

    def __init__(self, function: Any, loss: lossreg.Loss) -> None:
        self.function, self.loss = function, loss

    def __call__(self, y_true: Any, y_pred: Any, weight: Any = None, group: Any = None) -> Any:
        from inspect import signature

        predicted = self.loss.predict(np.ascontiguousarray(y_pred))
        given = (y_true, predicted, weight, group)
        return self.function(*given[: len(signature(self.function).parameters)])
