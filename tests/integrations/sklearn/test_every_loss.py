"""Every loss trains a linear model, scores, or is boosted, or the error says why."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from trained import TAKES, calls_arguments_as_they_came, is_made_or_says_why, kind, trains_or_says_why

import lossreg

pytest.importorskip("sklearn")
from lossreg.integrations.sklearn import LossClassifier, LossRegressor, boosting_loss, scorer
from lossreg.integrations.sklearn.scorer import FAMILIES
from lossreg.integrations.sklearn.targets import jumps


@pytest.mark.parametrize("name", lossreg.names())
def test_every_loss_trains_or_says_why(name: str) -> None:
    found = kind(name)
    smooth = found not in ("none", "columns", "bounds", "lists") and not jumps(lossreg.get(name))
    certain = found != "probabilities" or np.isfinite(lossreg.get(name)(np.eye(3), np.zeros((3, 3))))
    for estimator in (LossRegressor, LossClassifier):
        trains_or_says_why(
            name,
            estimator.__name__,
            lambda X, y, one=estimator: one(name).fit(X, y).predict(X),
            TAKES[estimator.__name__] if smooth and certain else set(),
        )
    assert is_made_or_says_why(name, scorer) == (lossreg.describe(name).family in FAMILIES)
    boosted = partial(boosting_loss, n_classes=3) if found == "classes" else boosting_loss
    assert is_made_or_says_why(name, boosted) == (
        found not in ("none", "columns", "bounds", "lists", "ordered", "probabilities", "rates")
    )


def test_a_loss_whose_gradient_jumps_is_refused_wherever_it_bends() -> None:
    X, y = np.arange(6.0).reshape(-1, 1), np.array([0.0, 1.0, 2.0, 3.0, 4.0, 50.0])
    for loss in ("wing", "absolute_error", "0.5*absolute_error + 0.5*squared_error"):
        with pytest.raises(lossreg.ParameterError, match="jumps"):
            LossRegressor(loss).fit(X, y)
    for loss in ("power_error(power=1.1)", "expectile(level=0.9)", "student_t_nll", "linex"):
        assert not jumps(lossreg.get(loss))


def test_errors_call_arguments_as_they_came() -> None:
    calls_arguments_as_they_came(lambda loss, X, y, weight: LossRegressor(loss).fit(X, y, weight))
