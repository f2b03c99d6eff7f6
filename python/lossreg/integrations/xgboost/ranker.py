"""XGBoost's estimator of rankings, with a loss of lists as a parameter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from lossreg.errors import arguments_named
from lossreg.integrations.buffers import data_sets
from lossreg.integrations.rankings import Ranker
from lossreg.integrations.xgboost.model import LossModel
from lossreg.integrations.xgboost.objectives import Objective

__all__ = ["XGBLossRanker"]


class XGBLossRanker(Ranker, LossModel):
    """XGBoost with a loss of lists, such as the rows of a query: as `xgboost.XGBRanker`, which takes no function.

    Parameters
    ----------
    loss : Loss, str or dict, default "lambda_rank"
        The loss, or what `lossreg.get` takes.
    hessian : str, optional
        The kind of second derivative.
    objective : str, optional
        May be left out.
    **kwargs
        The parameters of ``xgboost.XGBRanker``. Metrics by name, such as ``eval_metric="ndcg@5"``, know the lists.

    Examples
    --------
    >>> import numpy as np
    >>> from lossreg.integrations.xgboost import XGBLossRanker
    >>> X, relevance = np.tile(np.arange(4.0), 30).reshape(-1, 1), np.tile([2, 0, 1, 3], 30)
    >>> model = XGBLossRanker(loss="rank_net", n_estimators=20).fit(X, relevance, group=[4] * 30)
    >>> np.argsort(-model.predict(X[:4])).tolist()
    [3, 0, 2, 1]
    """

    _estimator_type = "ranker"
    _as_objective = Objective

    def __init__(
        self, loss: Any = "lambda_rank", *, hessian: str | None = None, objective: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(objective=objective, **kwargs)
        self.loss = loss
        self.hessian = hessian

    @arguments_named(y_true="y")
    def fit(
        self,
        X: Any,
        y: Any,
        *,
        group: Any = None,
        qid: Any = None,
        sample_weight: Any = None,
        base_margin: Any = None,
        eval_set: Sequence[tuple[Any, Any]] | tuple[Any, Any] | None = None,
        eval_group: Sequence[Any] | None = None,
        eval_qid: Sequence[Any] | None = None,
        verbose: bool | int | None = False,
        xgb_model: Any = None,
        sample_weight_eval_set: Sequence[Any] | None = None,
        base_margin_eval_set: Sequence[Any] | None = None,
    ) -> Self:
        """Fit as ``xgboost.XGBRanker`` does, on the loss.

        Parameters
        ----------
        X, y : array_like
            Features, and relevances or what else the loss takes; the rows of a list lie together.
        group, qid : array_like, optional
            How many rows each list has, or the list of each row: one of both.
        sample_weight : array_like, optional
            Weights of the lists, one for each.
        eval_group, eval_qid, sample_weight_eval_set : sequence, optional
            The same of each data set to evaluate on.
        base_margin, eval_set, verbose, xgb_model, base_margin_eval_set
            As in `XGBLossRegressor.fit`.

        Returns
        -------
        self
        """
        evaluated = {f"{name}[1]": part[1] for name, part in data_sets(eval_set).items()}
        groups, eval_groups = self._sizes(y, group, qid, evaluated, eval_group, eval_qid)
        weights, margins = sample_weight_eval_set, base_margin_eval_set
        return self._fit(
            X, y, sample_weight, base_margin, eval_set, verbose, xgb_model, weights, margins, groups, eval_groups
        )
