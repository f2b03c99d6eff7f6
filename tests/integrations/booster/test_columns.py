"""Losses of several columns: boosters train them, but boxes; what takes one score a row says what trains with them."""

from __future__ import annotations

import numpy as np
import pytest
from columned import LOSSES, defined

import lossreg
from lossreg.integrations.booster import BoosterLoss
from lossreg.integrations.columns import scaled

WORDS = r"of several numbers for each target or prediction, .*lossreg.integrations.torch, .jax and .keras train"


def boosters():
    """What fits a loss to features and targets, of the boosters that are here."""
    xgboost = pytest.importorskip("lossreg.integrations.xgboost")
    lightgbm = pytest.importorskip("lossreg.integrations.lightgbm")
    yield lambda loss, X, y: xgboost.XGBLossRegressor(loss=loss, n_estimators=2).fit(X, y)
    yield lambda loss, X, y: lightgbm.LGBMLossRegressor(loss=loss, n_estimators=2, verbose=-1).fit(X, y)


def others():
    """What fits a loss of one score a row."""
    sklearn = pytest.importorskip("lossreg.integrations.sklearn")
    scipy = pytest.importorskip("lossreg.integrations.scipy")
    yield lambda loss, X, y: BoosterLoss(loss)
    yield lambda loss, X, y: sklearn.LossRegressor(loss).fit(X, y)
    yield scipy.objective


@pytest.mark.parametrize("name", LOSSES)
def test_who_trains_it_and_what_the_others_say(name):
    loss = defined(name)
    X, (y, scores) = np.random.default_rng(0).normal(size=(20, 2)), lossreg.testing.arguments(loss, 20)
    for fit in others():
        with pytest.raises(lossreg.ParameterError, match=WORDS):
            fit(loss, X, y)
    for fit in boosters():
        predicted = fit(loss, X, y).predict(X)
        assert predicted.shape == scores.shape
        assert np.isfinite(predicted).all()
        with pytest.raises(lossreg.ParameterError, match=WORDS):
            fit("giou", X, np.tile([0.0, 0.0, 1.0, 1.0], (20, 1)))


class Columned(BoosterLoss):
    """A trainer that takes losses of columns."""

    __slots__ = ()
    also = ("column-wise",)

    def __call__(self, y_true, y_pred, weight=None):
        return self.derivatives(y_true, y_pred, weight)


@pytest.mark.parametrize("loss", ["gaussian_nll", "laplace_nll", "dpo"])
@pytest.mark.parametrize("weight", [None, np.arange(1.0, 9.0)])
def test_second_derivatives_are_rows_at_the_start(loss, weight):
    boosted = Columned(loss)
    y = 1000 + 300 * np.random.default_rng(1).normal(size=8)
    start = np.tile(boosted.start(y, weight), (8, 1))
    plain = [each.copy() for each in boosted.derivatives(y, start, weight)]
    units = [each.copy() for each in scaled(boosted, y, weight)(y, start, weight)]
    np.testing.assert_allclose(units[1].sum(axis=0), 8 if weight is None else weight.sum())
    np.testing.assert_allclose(units[0] / units[1], plain[0] / plain[1])
    together = scaled(boosted, y, weight, together=True)(y, start, weight)
    np.testing.assert_allclose(together[1] / plain[1], np.max(units[1] / plain[1]))


def test_starts_are_clipped_where_they_are_infinite_only():
    start = Columned("gaussian_nll").start([1000.0, 1000.0])
    np.testing.assert_allclose(start, [1000.0, -BoosterLoss.limit])
