"""What LightGBM's metrics are given, beside an objective of one's own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from boosted import data

import lossreg

lightgbm = pytest.importorskip("lightgbm")
pytest.importorskip("sklearn")
from light import evaluated

from lossreg.integrations.lightgbm import LGBMLossClassifier, LGBMLossRegressor, metric

FEW = {"n_estimators": 8, "num_leaves": 8, "n_jobs": 1, "verbose": -1}
SOME = data(31)


def test_metrics_are_given_what_they_want() -> None:
    def largest(y_true: Any, y_pred: Any) -> tuple[str, float, bool]:
        return "largest", float(np.max(y_pred)), True

    model = LGBMLossRegressor(loss="poisson", metric="none", **FEW)
    model.fit(SOME.X, SOME.count, eval_metric=[largest, metric("poisson")], **evaluated(SOME.X, SOME.count))
    (history,) = model.evals_result_.values()
    assert history["largest"][-1] == pytest.approx(model.predict(SOME.X).max())
    raw = model.predict(SOME.X, raw_score=True)
    assert history["poisson"][-1] == pytest.approx(lossreg.get("poisson")(SOME.count, raw))


def test_functions_among_the_metrics_stand_alone() -> None:
    """LightGBM's own of its objective would be given raw scores, and end the training where it rose."""
    model = LGBMLossClassifier(**FEW)
    model.fit(SOME.X, SOME.label, eval_metric=metric("bce"), **evaluated(SOME.X, SOME.label))
    assert [[*seen] for seen in model.evals_result_.values()] == [["binary_cross_entropy"]]
    model = LGBMLossClassifier(metric="auc", **FEW)
    model.fit(SOME.X, SOME.label, eval_metric=metric("bce"), **evaluated(SOME.X, SOME.label))
    assert {name for seen in model.evals_result_.values() for name in seen} == {"auc", "binary_cross_entropy"}
