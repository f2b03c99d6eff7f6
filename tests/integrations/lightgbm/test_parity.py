"""With a loss that LightGBM has, the trees are LightGBM's: native and scikit-learn interfaces, weights, seeds, one class, few rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from boosted import data

import lossreg

lightgbm = pytest.importorskip("lightgbm")
from light import evaluated

from lossreg.integrations.lightgbm import LGBMLossClassifier, LGBMLossRegressor, train
from lossreg.integrations.lightgbm.table import BUILT_IN

# LightGBM's objective, the loss, the parameters, the targets
CASES = [
    ("regression", "half_squared_error", {}, "real"),
    ("huber", "huber(delta=2.0)", {"alpha": 2.0}, "real"),
    ("fair", "fair(scale=2.0)", {"fair_c": 2.0}, "real"),
    ("binary", "binary_cross_entropy", {}, "label"),
    ("multiclass", "sparse_categorical_cross_entropy", {"num_class": 4}, "classes"),
    ("poisson", "poisson", {}, "count"),
    ("gamma", "gamma", {}, "amount"),
    ("tweedie", "tweedie(power=1.3)", {"tweedie_variance_power": 1.3}, "count"),
]
IDS = [case[0] for case in CASES]
SEEDS = [0, 1, 2, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(10, 30))]
COMMON = {"num_leaves": 8, "num_threads": 1, "verbose": -1}
TOLERANCE = 1e-6


def both(
    objective: str, loss: str, params: dict[str, Any], X: Any, y: Any, weight: Any = None, rounds: int = 15
) -> tuple[Any, Any]:
    """Boosters of LightGBM's objective and of the loss."""
    theirs = lightgbm.train({"objective": objective, **COMMON, **params}, lightgbm.Dataset(X, y, weight=weight), rounds)
    return theirs, train(loss, {**COMMON, **params}, lightgbm.Dataset(X, y, weight=weight), rounds)


def splits(booster: Any) -> list[str]:
    lines = booster.model_to_string(num_iteration=-1).splitlines()
    return [line for line in lines if line.startswith(("split_feature=", "threshold="))]


def alike(theirs: Any, ours: Any, X: Any, relative: float = TOLERANCE) -> None:
    """The same splits, the same raw scores and the same predictions, also of a model that was written and read."""
    assert splits(ours) == splits(theirs)
    again = lightgbm.Booster(model_str=ours.model_to_string())
    for booster in (ours, again):
        for raw in (True, False):
            wanted = theirs.predict(X, raw_score=raw)
            np.testing.assert_allclose(booster.predict(X, raw_score=raw), wanted, rtol=relative, atol=TOLERANCE)


@pytest.mark.parametrize("weighted", [False, True], ids=["", "weights"])
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("objective", "loss", "params", "target"), CASES, ids=IDS)
def test_native(objective, loss, params, target, seed: int, weighted: bool) -> None:
    some = data(seed)
    weight = some.weight if weighted else None
    alike(*both(objective, loss, params, some.X, getattr(some, target), weight), some.X)


def test_every_objective_is_compared_but_those_whose_leaves_are_refitted() -> None:
    assert {one.objective for one in BUILT_IN if not one.refits} == set(IDS)


@pytest.mark.parametrize(
    ("objective", "loss", "params"),
    [("regression_l1", "absolute_error", {}), ("quantile", "pinball(quantile=0.8)", {"alpha": 0.8})],
)
def test_refitted_leaves_are_what_cannot_be_had(objective, loss, params) -> None:
    """LightGBM replaces the leaves of its own objective by quantiles; a callable's stay sums of slopes."""
    some = data(2, rows=3000)
    theirs, ours = both(objective, loss, params, some.X, some.real, rounds=100)
    value = [lossreg.get(loss)(some.real, booster.predict(some.X)) for booster in (theirs, ours)]
    assert value[0] < value[1] < 1.5 * value[0]


@pytest.mark.parametrize("label", [0, 1])
@pytest.mark.parametrize("loss", ["binary_cross_entropy", "sparse_categorical_cross_entropy"])
def test_one_class_only(label: int, loss: str) -> None:
    some = data()
    y = np.full(len(some.X), label)
    objective, params = ("multiclass", {"num_class": 3}) if loss.startswith("s") else ("binary", {})
    theirs, ours = both(objective, loss, params, some.X, y, rounds=3)
    np.testing.assert_allclose(ours.predict(some.X, raw_score=True), theirs.predict(some.X, raw_score=True), rtol=3e-5)
    np.testing.assert_allclose(ours.predict(some.X), theirs.predict(some.X), rtol=1e-3, atol=1e-14)


def test_counts_of_zero_only_are_trained_on() -> None:
    """LightGBM's own objective refuses them."""
    some = data()
    booster = train("poisson", COMMON, lightgbm.Dataset(some.X, np.zeros(len(some.X))), 2)
    assert np.all(booster.predict(some.X) < 1e-14)


@pytest.mark.parametrize("rows", [2, 10, 45])
@pytest.mark.parametrize(("objective", "loss", "params", "target"), CASES, ids=IDS)
def test_few_rows(objective, loss, params, target, rows: int) -> None:
    """With nothing to split, a callable is an error of LightGBM's, and its own objective a constant."""
    some = data(5).first(rows)
    y = getattr(some, target) + (1 if target == "count" else 0)
    theirs, ours = both(objective, loss, params, some.X, y, rounds=3)
    alike(theirs, ours, some.X, 3e-5 if len(set(y)) == 1 else TOLERANCE)  # the log-odds of 1 − 1e-15 are rounded there


# The scikit-learn interface


def pair(loss: Any, objective: str, params: dict[str, Any], target: str, **more: Any) -> tuple[Any, Any]:
    params = {name: value for name, value in params.items() if name != "num_class"}
    common = {"n_estimators": 15, "num_leaves": 8, "n_jobs": 1, "verbose": -1, **params, **more}
    if target in ("label", "classes"):
        return lightgbm.LGBMClassifier(**common), LGBMLossClassifier(loss=loss, **common)
    return lightgbm.LGBMRegressor(objective=objective, **common), LGBMLossRegressor(loss=loss, **common)


@pytest.mark.parametrize("rows", [10, 600])
@pytest.mark.parametrize("weighted", [False, True], ids=["", "weights"])
@pytest.mark.parametrize("seed", SEEDS[2:])
@pytest.mark.parametrize(("objective", "loss", "params", "target"), CASES, ids=IDS)
def test_estimators(objective, loss, params, target, seed: int, weighted: bool, rows: int) -> None:
    some = data(seed).first(rows)
    theirs, ours = pair(loss, objective, params, target)
    weight = some.weight if weighted else None
    for model in (theirs, ours):
        model.fit(some.X, getattr(some, target), sample_weight=weight)
        assert model.get_params()["n_estimators"] == 15
    np.testing.assert_allclose(ours.predict(some.X), theirs.predict(some.X), rtol=TOLERANCE, atol=TOLERANCE)
    if hasattr(theirs, "predict_proba"):  # as small as they may be
        both = [model.predict_proba(some.X) for model in (ours, theirs)]
        np.testing.assert_allclose(*both, rtol=TOLERANCE, atol=1e-14)


@pytest.mark.parametrize("target", ["label", "classes"])
@pytest.mark.parametrize("class_weight", ["balanced", {0: 3.0}])
def test_class_weights_reach_the_loss_and_its_start(target: str, class_weight: Any) -> None:
    some = data(7)
    theirs, ours = pair(None, "", {}, target, class_weight=class_weight)
    for model in (theirs, ours):
        model.fit(some.X, getattr(some, target), sample_weight=some.weight)
    np.testing.assert_allclose(ours.predict_proba(some.X), theirs.predict_proba(some.X), rtol=1e-5)


@pytest.mark.parametrize("target", ["label", "classes"])
def test_early_stopping_stops_where_lightgbm_does(target: str) -> None:
    some, other = data(7), data(8)
    theirs, ours = pair(None, "", {}, target, learning_rate=0.3)
    for model in (theirs, ours):
        stop = lightgbm.early_stopping(5, verbose=False)
        model.set_params(n_estimators=200)
        model.fit(some.X, getattr(some, target), **evaluated(other.X, getattr(other, target)), callbacks=[stop])
    assert ours.best_iteration_ == theirs.best_iteration_ < 150
    (values,), (wanted,) = (next(iter(model.evals_result_.values())).values() for model in (ours, theirs))
    np.testing.assert_allclose(values, wanted, rtol=1e-6)
    np.testing.assert_allclose(ours.predict_proba(other.X), theirs.predict_proba(other.X), rtol=1e-5)


def test_bagging() -> None:
    some = data(9)
    params = {"bagging_fraction": 0.7, "bagging_freq": 1, "seed": 3}
    alike(*both("poisson", "poisson", params, some.X, some.count, some.weight), some.X)


def test_dart_keeps_the_whole_start_where_lightgbm_drops_a_part_of_it() -> None:
    """The start is in the first tree, which DART makes smaller: afterwards, here."""
    some = data(9)
    theirs, ours = both("poisson", "poisson", {"boosting": "dart", "drop_seed": 3}, some.X, some.count, rounds=50)
    poisson = lossreg.get("poisson")
    value = [poisson(some.count, booster.predict(some.X, raw_score=True)) for booster in (theirs, ours)]
    constant = poisson(some.count, np.full(len(some.X), poisson.init_score(some.count)))
    assert value[1] != value[0]
    assert max(value) < constant - 0.1
