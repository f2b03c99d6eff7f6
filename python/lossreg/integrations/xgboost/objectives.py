"""Objectives and metrics for XGBoost: objects that its native interface and its scikit-learn wrappers both call."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import xgboost

import lossreg
from lossreg.integrations.booster import BoosterLoss, as_array
from lossreg.integrations.columns import COLUMNS
from lossreg.integrations.lists import LISTS
from lossreg.integrations.xgboost.labels import groups_of, targets_of
from lossreg.integrations.xgboost.table import BUILT_IN
from lossreg.typing import LossLike

__all__ = ["Metric", "Objective", "as_metric", "metric", "objective", "tree_objective"]

MAXIMISED = ("auc", "pre", "map", "ndcg")  # XGBoost maximises a metric whose name begins so


class Objective(BoosterLoss):
    """A loss as an objective of XGBoost.

    It tells by what arrives who calls: ``xgboost.train(obj=...)`` passes raw scores and a `DMatrix`, the scikit-learn
    wrappers pass targets, raw scores and, by name, weights.
    """

    __slots__ = ()

    trainer = "xgboost"
    table = BUILT_IN
    also = (COLUMNS, LISTS)
    weighs = "lists"
    grouped = (
        "use XGBLossRanker with group= or qid=, and with eval_group= or eval_qid= beside an eval_set, or train with "
        "xgboost.DMatrix(X, label=y, group=...); group=[rows] is one list"
    )
    centred = True
    limit = -math.log(1e-6)  # XGBoost keeps probabilities from 1e-6 to 1 − 1e-6

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> tuple[Any, Any]:
        """Return the derivatives, in the shape and the dtype of the raw scores.

        Parameters
        ----------
        y_true, y_pred, sample_weight
            Targets, raw scores and weights; or raw scores and a `DMatrix`; or the number of the round before those two.
        """
        if isinstance(y_pred, xgboost.DMatrix):
            return self.derivatives(*in_order(self.loss, y_true, y_pred))
        if isinstance(sample_weight, xgboost.DMatrix):
            return self.derivatives(*in_order(self.loss, y_pred, sample_weight))
        return self.derivatives(y_true, y_pred, sample_weight)


def in_order(loss: lossreg.Loss, raw: Any, data: xgboost.DMatrix) -> tuple[Any, Any, Any, Any]:
    """Targets, raw scores, weights and the sizes of groups, of which a matrix without them has empty arrays."""
    weight = data.get_weight()
    return targets_of(loss, data), raw, weight if weight.size else None, groups_of(data)


def objective(loss: LossLike, hessian: str | None = None, *, min_hessian: float | None = 1e-16) -> Objective:
    """Make an objective for ``xgboost.train(obj=...)`` or ``XGBRegressor(objective=...)``.

    An objective can set neither the start nor the link of a model: `train` and the estimators do that.

    Parameters
    ----------
    loss : Loss, str or dict
        The loss, or what `lossreg.get` takes.
    hessian : str, optional
        The kind of second derivative; by default XGBoost's own where it has the loss.
    min_hessian : float, default 1e-16
        The least second derivative.

    Returns
    -------
    Objective
        A callable that pickles.

    Examples
    --------
    >>> import numpy as np
    >>> import xgboost
    >>> from lossreg.integrations.xgboost import objective
    >>> data = xgboost.DMatrix(np.arange(8.0).reshape(-1, 1), label=[0, 0, 0, 0, 1, 1, 1, 1])
    >>> booster = xgboost.train({"base_score": 0.0}, data, 5, obj=objective("binary_focal"))
    >>> objective("binary_focal")
    Objective('binary_focal()', hessian='exact')
    """
    return Objective(loss, hessian, min_hessian=min_hessian)


def tree_objective(
    loss: LossLike, hessian: str | None = None, *, split: Callable[[Any, Any], tuple[Any, Any]] | None = None
) -> Any:
    """Make an objective of XGBoost's experimental kind, whose trees may be grown from fewer columns than they predict.

    Parameters
    ----------
    loss : Loss, str or dict
        The loss, or what `lossreg.get` takes.
    hessian : str, optional
        The kind of second derivative.
    split : function, optional
        From the two derivatives of all outputs to those that splits are looked for with, such as their sums; the values
        of leaves come from all.

    Returns
    -------
    xgboost.objective.TreeObjective
        For ``xgboost.train(obj=...)`` with ``multi_strategy="multi_output_tree"``.

    Raises
    ------
    ImportError
        If the installed XGBoost has no such objectives, which came with 3.2.

    Examples
    --------
    >>> from lossreg.integrations.xgboost import tree_objective
    >>> tree_objective("mse", split=lambda grad, hess: (grad[:, :1].copy(), hess[:, :1].copy()))  # doctest: +SKIP
    """
    try:
        from xgboost.objective import TreeObjective
    except ImportError:
        version = xgboost.__version__
        message = f"xgboost {version} has no xgboost.objective; it came with 3.2: pip install --upgrade 'xgboost>=3.2'"
        raise ImportError(message, name="xgboost.objective") from None

    class Tree(TreeObjective):  # type: ignore[misc]
        """Passes on what `Objective` gives."""

        def __init__(self) -> None:
            self.objective = Objective(loss, hessian)

        def __call__(self, iteration: int, y_pred: Any, dtrain: xgboost.DMatrix) -> tuple[Any, Any]:
            return self.objective(iteration, y_pred, dtrain)

        def split_grad(self, iteration: int, grad: Any, hess: Any) -> tuple[Any, Any] | None:
            return None if split is None else split(grad, hess)

        def __reduce__(self) -> tuple[Any, ...]:
            return remade_tree, (self.objective.loss, self.objective.hessian, split)

    return Tree()


def remade_tree(loss: lossreg.Loss, hessian: str, split: Any) -> Any:
    """Make an objective of the experimental kind from its pickle."""
    return tree_objective(loss, hessian, split=split)


class Metric:
    """A loss as a metric of XGBoost, for ``custom_metric=`` and the wrappers' ``eval_metric=``."""

    def __init__(self, loss: LossLike, name: str | None = None, *, predicted: bool = False) -> None:
        self._boosted = Objective(loss)
        self.loss = self._boosted.loss
        self.predicted = predicted
        self.name = metric_name(self.loss, name)
        self._evaluated = on_predictions(self.loss) if predicted else None

    @property
    def __name__(self) -> str:
        return self.name

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Return the value, and the name before it for the native interface, which passes a `DMatrix`."""
        if isinstance(y_pred, xgboost.DMatrix):
            return self.name, self._value(*in_order(self.loss, y_true, y_pred))
        return self._value(y_true, y_pred, sample_weight)

    def _value(self, y_true: Any, scores: Any, weight: Any, groups: Any = None) -> float:
        if self._evaluated is None:
            return self._boosted.value(y_true, scores, weight, groups)
        scores = as_array(scores, "y_pred")
        y = np.reshape(y_true, scores.shape) if np.size(y_true) == scores.size else y_true
        reduction: Any = "mean" if weight is None else "weighted_mean"
        return float(self._evaluated.value(y, scores, weight, reduction=reduction))

    def __repr__(self) -> str:
        return f"Metric({repr(self.loss)!r}, name={self.name!r}{', predicted=True' if self.predicted else ''})"

    def __reduce__(self) -> tuple[Any, ...]:
        return remade, (self.loss, self.name, self.predicted)


def remade(loss: lossreg.Loss, name: str, predicted: bool) -> Metric:
    """Make a metric from its pickle."""
    return Metric(loss, name, predicted=predicted)


def metric_name(loss: lossreg.Loss, name: str | None) -> str:
    """The name that was wished for, or that of the loss, as one that XGBoost minimises."""
    if name is None:
        return f"loss_{loss.__name__}" if loss.name.startswith(MAXIMISED) else loss.__name__
    if name.startswith(MAXIMISED) and not name.startswith("mape"):
        raise lossreg.ParameterError(
            f"name is {name!r}, and XGBoost maximises metrics whose names begin with {', '.join(MAXIMISED)}; "
            f"pass 'loss_{name}'"
        )
    return name


def on_predictions(loss: lossreg.Loss) -> lossreg.Loss:
    """The loss of what the link makes of raw scores."""
    switch = loss.info.raw_switch
    if switch is None and loss.link.name != "identity":
        raise lossreg.ParameterError(f"{loss!r} takes raw scores only; leave predicted= out")
    return loss if switch is None else loss.replace(**{switch: False})


def as_metric(given: Any) -> Any:
    """A metric as it came; a loss, which takes raw scores and not what the trainer calls a metric with, as a metric of it."""
    return Metric(given) if isinstance(given, lossreg.Loss) else given


def metric(loss: LossLike, name: str | None = None, *, predicted: bool = False) -> Metric:
    """Make a metric for ``xgboost.train(custom_metric=...)`` or ``XGBRegressor(eval_metric=...)``.

    It is the weighted mean of the loss, which early stopping minimises.

    Parameters
    ----------
    loss : Loss, str or dict
        The loss, or what `lossreg.get` takes.
    name : str, optional
        Its name in what XGBoost prints; by default that of the loss.
    predicted : bool, default False
        Whether predictions arrive instead of raw scores: XGBoost passes those of its link beside an objective of its own,
        and raw scores beside a callable.

    Returns
    -------
    Metric
        A callable that pickles.

    Examples
    --------
    >>> from lossreg.integrations.xgboost import metric
    >>> metric("bce")([0, 1], [-2.0, 2.0])
    0.1269280110429725
    >>> metric("bce", predicted=True)([0, 1], [0.5, 0.5])
    0.6931471805599453
    """
    return Metric(loss, name, predicted=predicted)
