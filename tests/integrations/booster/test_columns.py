"""Losses of several columns are refused by what scores rows one by one, in words that say what trains with them."""

from __future__ import annotations

import numpy as np
import pytest
from columned import LOSSES, defined

import lossreg
from lossreg.integrations.booster import BoosterLoss

WORDS = r"of several numbers for each target or prediction, .*lossreg.integrations.torch, .jax and .keras train"


def trainers():
    """What fits a loss to features and targets, of the libraries that are here."""
    yield lambda loss, X, y: BoosterLoss(loss)
    xgboost = pytest.importorskip("lossreg.integrations.xgboost")
    lightgbm = pytest.importorskip("lossreg.integrations.lightgbm")
    sklearn = pytest.importorskip("lossreg.integrations.sklearn")
    scipy = pytest.importorskip("lossreg.integrations.scipy")
    yield lambda loss, X, y: xgboost.XGBLossRegressor(loss=loss, n_estimators=2).fit(X, y)
    yield lambda loss, X, y: lightgbm.LGBMLossRegressor(loss=loss, n_estimators=2).fit(X, y)
    yield lambda loss, X, y: sklearn.LossRegressor(loss).fit(X, y)
    yield scipy.objective


@pytest.mark.parametrize("name", LOSSES)
def test_trainers_of_single_scores_say_what_else_there_is(name):
    loss = defined(name)
    X, (y, _) = np.zeros((20, 2)), lossreg.testing.arguments(loss, 20)
    for fit in trainers():
        with pytest.raises(lossreg.ParameterError, match=WORDS):
            fit(loss, X, y)
