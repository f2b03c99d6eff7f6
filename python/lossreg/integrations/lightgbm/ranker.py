"""LightGBM's estimator of rankings, with a loss of lists as a parameter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import lightgbm

import lossreg
from lossreg.errors import arguments_named
from lossreg.integrations.buffers import weights as row_weights
from lossreg.integrations.lightgbm.model import LossModel, evaluated_on
from lossreg.integrations.lightgbm.objectives import Objective
from lossreg.integrations.rankings import Ranker
from lossreg.integrations.training import trainable

__all__ = ["LGBMLossRanker"]


class LGBMLossRanker(Ranker, LossModel, lightgbm.LGBMRanker):  # type: ignore[misc]
    """`lightgbm.LGBMRanker` with a loss of lists, such as the rows of a query.

    Parameters
    ----------
    loss : Loss, str or dict, default "lambda_rank"
        The loss, or what `lossreg.get` takes.
    hessian : str, optional
        The kind of second derivative.
    **kwargs
        The parameters of ``lightgbm.LGBMRanker``. ``objective`` may be left out.

    Examples
    --------
    >>> import numpy as np
    >>> from lossreg.integrations.lightgbm import LGBMLossRanker
    >>> X, relevance = np.tile(np.arange(4.0), 30).reshape(-1, 1), np.tile([2, 0, 1, 3], 30)
    >>> model = LGBMLossRanker(loss="rank_net", n_estimators=20, verbose=-1).fit(X, relevance, group=[4] * 30)
    >>> np.argsort(-model.predict(X[:4])).tolist()
    [3, 0, 2, 1]
    """

    _plain_class = lightgbm.LGBMRanker
    _as_objective = Objective
    _encodes = False

    def __init__(self, loss: Any = "lambda_rank", *, hessian: str | None = None, **kwargs: Any) -> None:
        self.loss = loss
        self.hessian = hessian
        super().__init__(**kwargs)

    @arguments_named(y_true="y")
    def fit(  # type: ignore[override]
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        init_score: Any = None,
        group: Any = None,
        eval_set: Sequence[tuple[Any, Any]] | None = None,
        *,
        qid: Any = None,
        eval_group: Sequence[Any] | None = None,
        eval_qid: Sequence[Any] | None = None,
        **options: Any,
    ) -> Self:
        """Fit as LightGBM's estimator does, on the loss.

        Parameters
        ----------
        X, y : array_like
            Features, and relevances or what else the loss takes; the rows of a list lie together.
        group, qid : array_like, optional
            How many rows each list has, or the list of each row: one of both.
        sample_weight : array_like, optional
            Weights of the rows, which multiply the derivatives of their scores, as LightGBM's do.
        eval_group, eval_qid : sequence, optional
            The same of each data set to evaluate on.
        init_score, eval_set, **options
            As in `LGBMLossRegressor.fit`.

        Returns
        -------
        self
        """
        evaluated = evaluated_on(eval_set, options.get("eval_y"))
        groups, eval_groups = self._sizes(y, group, qid, evaluated, eval_group, eval_qid)
        return super().fit(X, y, sample_weight, init_score, eval_set, group=groups, eval_group=eval_groups, **options)

    def _learnt(self, y: Any, sample_weight: Any) -> tuple[lossreg.Loss, Any, Any]:
        loss = trainable(self.loss, also=Objective.also)
        encoded, self._n_classes = self._encoded(y), -1
        return loss, encoded, row_weights(sample_weight, len(encoded))
