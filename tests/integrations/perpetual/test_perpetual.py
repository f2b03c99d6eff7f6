"""Perpetual: its own objectives matched with weights, nothing raised inside an objective, saved models."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pytest

import lossreg

perpetual = pytest.importorskip("perpetual")

from sklearn.base import clone
from sklearn.datasets import load_diabetes
from sklearn.model_selection import GridSearchCV

from lossreg.integrations.perpetual import LossBooster, objective

X, Y = load_diabetes(return_X_y=True)
LABELS = (np.median(Y) < Y).astype(np.float64)
WEIGHT = np.random.default_rng(0).uniform(0.5, 2.0, len(Y))


@pytest.mark.parametrize(
    ("own", "ours", "y"),
    [
        ("SquaredLoss", "squared_error", Y),
        ("SquaredLoss", "half_squared_error", Y),
        ("PoissonLoss", "poisson", Y),
        ("GammaLoss", "gamma", Y),
        ("LogLoss", "bce", LABELS),
        ("CrossEntropyLoss", "bce", np.clip(Y / 400, 0, 1)),
    ],
)
@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["plain", "weighted"])
def test_its_own_objectives_are_matched(own, ours, y, weight) -> None:
    """As many trees, from the same start: weights are in the loss, in both derivatives and in the start."""
    a = perpetual.PerpetualBooster(objective=own).fit(X, y, sample_weight=weight)
    b = LossBooster(objective=objective(ours)).fit(X, y, sample_weight=weight)
    assert b.number_of_trees == a.number_of_trees > 2
    assert b.base_score == pytest.approx(a.base_score, rel=1e-6, abs=1e-8)
    if own == "LogLoss":
        np.testing.assert_allclose(b.predict(X), a.predict_proba(X)[:, 1], rtol=1e-5, atol=1e-6)
    else:
        raw = perpetual.PerpetualBooster.predict(b, X)
        np.testing.assert_allclose(raw, a.predict(X), rtol=1e-4, atol=1e-5)


def test_the_tweedie_of_its_own_steps_by_the_exact_second_derivative() -> None:
    a = perpetual.PerpetualBooster(objective="TweedieLoss", p=1.5).fit(X, Y)
    b = LossBooster(objective=objective("tweedie(power=1.5)", "exact")).fit(X, Y)
    assert b.number_of_trees == a.number_of_trees
    np.testing.assert_allclose(b.predict(X), np.exp(a.predict(X)), rtol=1e-5)


@pytest.mark.parametrize("name", ["huber(delta=30)", "fair(scale=2)", "cauchy(scale=30)", "pseudo_huber(delta=10)"])
def test_robust_losses_stay_near_the_targets(name) -> None:
    """Perpetual's own ones divide by second derivatives that vanish, and predict billions."""
    made = objective(name)
    assert made.boosted.hessian == "majorizer"
    predicted = LossBooster(objective=made).fit(X, Y).predict(X)
    assert Y.min() - 100 < predicted.min() < predicted.max() < Y.max() + 100
    assert made.loss(Y, predicted) < made.loss(Y, np.full_like(Y, made.loss.init_score(Y)))


def test_the_per_row_loss_moves_the_number_of_trees() -> None:
    """Were it constant, Perpetual would stop at three."""
    assert LossBooster(objective=objective("log_cosh"), budget=0.5).fit(X, Y / 50).number_of_trees > 5


def test_weights_count_like_repeated_rows() -> None:
    twice = np.where(Y > 150, 2.0, 1.0)
    rows = np.repeat(np.arange(len(Y)), twice.astype(int))
    made = objective("gamma")
    loss, derivatives, start = made
    raw = np.linspace(4, 6, len(Y))
    assert loss(Y, raw, twice, None).sum() == pytest.approx(loss(Y[rows], raw[rows], None, None).sum())
    for one, other in zip(derivatives(Y, raw, twice, None), derivatives(Y[rows], raw[rows], None, None), strict=True):
        assert one.sum() == pytest.approx(other.sum())
    assert start(Y, twice, None) == pytest.approx(start(Y[rows], None, None))


def test_nothing_is_raised_inside_an_objective_and_the_first_error_afterwards() -> None:
    made = objective("bce")
    loss, derivatives, start = made
    wrong, raw = np.full(5, 7.0), np.zeros(5)
    for numbers in (loss(wrong, raw, None, None), *derivatives(wrong, raw, None, None), start(wrong, None, None)):
        assert np.all(np.isfinite(numbers))
    with pytest.raises(lossreg.DomainError, match=r"^y holds 7"):
        made.settle()
    made.settle()
    steep = objective("exponential")
    loss, derivatives, _ = steep
    for numbers in (
        loss(np.zeros(2), np.full(2, 900.0), None, None),
        *derivatives(np.zeros(2), np.full(2, 900.0), None, None),
    ):
        assert np.all(np.isfinite(numbers))
    with pytest.raises(lossreg.DomainError, match=r"at the raw score 900\.0 of row 0 has the derivatives inf and inf"):
        steep.settle()


@pytest.mark.parametrize(
    ("y", "weight", "message"),
    [
        (Y, None, "wanted labels"),
        (np.where(Y > 300, np.nan, LABELS), None, "nan"),
        (LABELS[:9], None, "one target for each of 442 rows"),
        (np.stack([LABELS, LABELS], axis=1), None, "one target for each"),
        (LABELS, np.where(Y > 300, np.inf, 1.0), "sample_weight"),
    ],
)
def test_wrong_targets_fail_before_training(y, weight, message) -> None:
    booster = LossBooster(objective=objective("focal"))
    with pytest.raises(lossreg.LossregError, match=message):
        booster.fit(X, y, sample_weight=weight)
    assert not booster.is_fitted


def test_losses_of_rows_and_other_objectives_are_refused() -> None:
    with pytest.raises(lossreg.ParameterError, match="row-wise"):
        objective("scce")
    with pytest.raises(lossreg.ParameterError, match=r"objective\(loss\)"):
        LossBooster(objective="SquaredLoss").fit(X, Y)


def test_one_class_only_and_few_rows() -> None:
    booster = LossBooster(objective=objective("bce"))
    np.testing.assert_allclose(booster.fit(X, np.ones(len(Y))).predict(X), 1)
    assert np.isfinite(booster.fit(X[:3], LABELS[:3]).predict(X[:3])).all()


def test_models_are_saved_and_loaded(tmp_path) -> None:
    """Perpetual writes files for an objective of one's own that it cannot read."""
    model = LossBooster(objective=objective("focal(gamma=3)"), iteration_limit=20).fit(X, LABELS)
    model.save_booster(tmp_path / "model.json")
    for again in (
        LossBooster.load_booster(tmp_path / "model.json"),
        LossBooster.load_model(model.save_model()),
        pickle.loads(pickle.dumps(model)),
    ):
        assert repr(again.objective.loss) == "binary_focal(gamma=3.0)"
        np.testing.assert_array_equal(again.predict(X), model.predict(X))
        np.testing.assert_array_equal(again.fit(X, LABELS).predict(X), model.predict(X))
    plain = perpetual.PerpetualBooster.from_json(model.json_dump())
    np.testing.assert_array_equal(model.objective.loss.predict(plain.predict(X)), model.predict(X))
    assert json.loads(model.json_dump())["cfg"]["objective"] == "SquaredLoss"


def test_it_is_cloned_and_searched() -> None:
    model = LossBooster(objective=objective("log_cosh"), budget=0.3)
    assert repr(clone(model).objective) == "objective(log_cosh(), hessian='majorizer')"
    searched = GridSearchCV(model, {"budget": [0.2, 0.4]}, cv=2, scoring="neg_mean_absolute_error").fit(X, Y)
    assert searched.best_params_["budget"] in (0.2, 0.4)
