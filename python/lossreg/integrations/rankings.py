"""What the boosters' estimators of rankings share: the sizes of lists, and a score."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from lossreg.errors import arguments_named
from lossreg.integrations.booster import BoosterLoss
from lossreg.integrations.buffers import targets
from lossreg.integrations.lists import Array, each_sizes, require_lists, sizes, weights
from lossreg.integrations.training import trainable

__all__ = ["Ranker"]


class Ranker:
    """An estimator that is trained with a loss of lists."""

    _as_objective: ClassVar[type[BoosterLoss]]  # as which the trainer takes a loss

    loss: Any

    def _sizes(
        self, y: Any, group: Any, qid: Any, evaluated: Mapping[str, Any], eval_group: Any, eval_qid: Any
    ) -> tuple[Array | None, list[Array | None] | None]:
        """How many rows each list has, also of what is evaluated on, whose targets come by what an error calls them."""
        require_lists(trainable(self.loss, also=self._as_objective.also))
        rows = [len(targets(one, name)) for name, one in evaluated.items()]
        return sizes(len(targets(y)), group, qid), each_sizes(rows, eval_group, eval_qid)

    @arguments_named(y_true="y")
    def score(self, X: Any, y: Any, *, group: Any = None, qid: Any = None, sample_weight: Any = None) -> float:
        """Return minus the mean loss of the lists.

        Parameters
        ----------
        X, y, group, qid, sample_weight
            As in `fit`.

        Returns
        -------
        float
            More is better.
        """
        objective, y = self._as_objective(getattr(self, "loss_", self.loss)), targets(y)
        groups = sizes(len(y), group, qid)
        weight = weights(sample_weight, len(y), groups, self._as_objective.weighs or "rows")
        objective.check(y, weight, groups)
        return -objective.value(y, np.asarray(self.predict(X)), weight, groups)  # type: ignore[attr-defined]
