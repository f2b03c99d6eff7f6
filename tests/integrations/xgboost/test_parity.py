"""With a loss that XGBoost has, the trees are XGBoost's: native and scikit-learn interfaces, weights, seeds, one class, few rows."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pytest
from boosted import Data, data

import lossreg

xgboost = pytest.importorskip("xgboost")
from lossreg.integrations.needs import numbers
from lossreg.integrations.xgboost import XGBLossClassifier, XGBLossRegressor, predict, train

# XGBoost's objective, the loss, the parameters, the targets, how far raw scores may be apart
CASES = [
    ("reg:squarederror", "half_squared_error", {}, "real", 0.0),
    ("reg:absoluteerror", "absolute_error", {}, "real", 1e-6),
    ("reg:quantileerror", "pinball(quantile=0.3)", {"quantile_alpha": 0.3}, "real", 4e-6),
    ("reg:pseudohubererror", "pseudo_huber(delta=2.0)", {"huber_slope": 2.0}, "real", 4e-6),
    ("binary:logistic", "binary_cross_entropy", {}, "label", 4e-6),
    ("multi:softprob", "sparse_categorical_cross_entropy", {"num_class": 4}, "classes", 4e-6),
    ("count:poisson", "poisson", {}, "count", 4e-6),
    ("reg:gamma", "gamma", {}, "amount", 4e-6),
    ("reg:tweedie", "tweedie(power=1.3)", {"tweedie_variance_power": 1.3}, "count", 4e-6),
]
IDS = [case[0] for case in CASES]
SEEDS = [0, 1, 2, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(10, 30))]
ONE_CLASS = numbers(xgboost.__version__) >= (3, 2)  # whether XGBoost's own objective can start from one
COMMON = {"max_depth": 3, "min_child_weight": 5, "nthread": 1}


def both(
    objective: str, loss: str, params: dict[str, Any], X: Any, y: Any, weight: Any = None, rounds: int = 15
) -> tuple[Any, Any, Any]:
    """Boosters of XGBoost's objective and of the loss, and the data."""
    matrix = xgboost.DMatrix(X, y, weight=weight)
    theirs = xgboost.train({"objective": objective, **COMMON, **params}, matrix, rounds)
    return theirs, train(loss, {**COMMON, **params}, matrix, rounds), matrix


def start_of(booster: Any) -> Any:
    return json.loads(booster.save_config())["learner"]["learner_model_param"]["base_score"]


def splits(booster: Any) -> list[str]:
    return re.findall(r"\[(\w+<[^\]]+)\]", " ".join(booster.get_dump()))


def alike(theirs: Any, ours: Any, matrix: Any, tolerance: float) -> None:
    """The same splits, the same raw scores, and the same predictions of the booster itself and of `predict`."""
    raw = [booster.predict(matrix, output_margin=True) for booster in (theirs, ours)]
    np.testing.assert_allclose(raw[1], raw[0], rtol=tolerance, atol=tolerance)
    assert splits(ours) == splits(theirs)
    predicted = theirs.predict(matrix)
    np.testing.assert_allclose(ours.predict(matrix), predicted, rtol=2 * tolerance, atol=2 * tolerance)
    np.testing.assert_allclose(predict(ours, matrix), predicted, rtol=max(4 * tolerance, 1e-6), atol=tolerance)


@pytest.mark.parametrize("weighted", [False, True], ids=["", "weights"])
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("objective", "loss", "params", "target", "tolerance"), CASES, ids=IDS)
def test_native(objective, loss, params, target, tolerance, seed: int, weighted: bool) -> None:
    some = data(seed)
    weight = some.weight if weighted else None
    theirs, ours, matrix = both(objective, loss, params, some.X, getattr(some, target), weight)
    alike(theirs, ours, matrix, tolerance)
    np.testing.assert_allclose(json.loads(start_of(ours)), json.loads(start_of(theirs)), rtol=2e-6, atol=2e-6)


@pytest.mark.parametrize("weight", [1.0, 2.0, 0.1])
@pytest.mark.parametrize("level", [None, 0.1, 0.5, 0.9])
def test_equal_weights_are_not_the_same_to_a_median_as_none(level: float | None, weight: float) -> None:
    """Without weights XGBoost takes the middle of two targets, with weights one of them."""
    X, y = data(0, 400).X, np.random.default_rng(0).permutation(np.arange(400.0))
    objective, loss, params = ("reg:absoluteerror", "absolute_error", {})
    if level is not None:
        objective, loss, params = ("reg:quantileerror", f"pinball(quantile={level})", {"quantile_alpha": level})
    starts = []
    for weights in (None, np.full(400, weight), np.arange(400) % 3 * weight):
        theirs, ours, matrix = both(objective, loss, params, X, y, weights)
        alike(theirs, ours, matrix, 4e-6)
        np.testing.assert_allclose(json.loads(start_of(ours)), json.loads(start_of(theirs)), rtol=2e-7)
        starts.append(json.loads(start_of(theirs)))
    assert starts[0] != starts[1]


def test_softmax_is_the_same_up_to_a_constant_whatever_the_start() -> None:
    some = data(4)
    theirs, ours, matrix = both("multi:softprob", "scce", {"num_class": 4}, some.X, some.classes)
    np.testing.assert_allclose(predict(ours, matrix), theirs.predict(matrix), rtol=2e-5)
    assert splits(ours) == splits(theirs)


@pytest.mark.parametrize("strategy", ["one_output_per_tree", "multi_output_tree"])
def test_several_outputs(strategy: str) -> None:
    some = data(3)
    rows = np.stack([some.real, -some.real, some.amount], axis=1)
    for objective, loss, y in (
        ("reg:squarederror", "half_squared_error", rows),
        ("binary:logistic", "bce", (rows > 0.5).astype(float)),
    ):
        theirs, ours, matrix = both(objective, loss, {"multi_strategy": strategy}, some.X, y, some.weight)
        raw = [booster.predict(matrix, output_margin=True) for booster in (theirs, ours)]
        np.testing.assert_allclose(raw[1], raw[0], rtol=4e-6, atol=4e-6)
        assert predict(ours, matrix).shape == y.shape


@pytest.mark.parametrize("label", [0, 1])
@pytest.mark.parametrize("loss", ["binary_cross_entropy", "sparse_categorical_cross_entropy"])
def test_one_class_only(label: int, loss: str) -> None:
    some = data()
    y = np.full(len(some.X), label)
    objective, params = ("multi:softprob", {"num_class": 3}) if loss.startswith("s") else ("binary:logistic", {})
    alone = train(loss, {**COMMON, **params}, xgboost.DMatrix(some.X, y), 3)
    assert np.isfinite(predict(alone, xgboost.DMatrix(some.X), raw=True)).all()
    if not ONE_CLASS:
        pytest.skip("XGBoost's own objective fails")
    theirs, ours, matrix = both(objective, loss, params, some.X, y, rounds=3)
    assert np.isfinite(ours.predict(matrix, output_margin=True)).all()
    np.testing.assert_allclose(predict(ours, matrix), theirs.predict(matrix), rtol=1e-5, atol=2e-6)


def test_counts_of_zero_only_have_a_finite_start() -> None:
    """XGBoost's own start is the logarithm of 0, and its predictions are 0 or NaN."""
    some = data()
    matrix = xgboost.DMatrix(some.X, np.zeros(len(some.X)))
    booster = train("poisson", {}, matrix, 2)
    assert np.all(predict(booster, matrix) < 2e-6)
    assert np.isfinite(predict(booster, matrix, raw=True)).all()


@pytest.mark.parametrize("rows", [1, 2, 5])
@pytest.mark.parametrize(("objective", "loss", "params", "target", "tolerance"), CASES, ids=IDS)
def test_few_rows(objective, loss, params, target, tolerance, rows: int) -> None:
    some = data(5).first(rows)
    if objective in ("count:poisson", "reg:tweedie"):
        some = some._replace(count=some.count + 1)
    if not ONE_CLASS and target == "label" and len(set(some.label)) == 1:
        pytest.skip("XGBoost's own objective fails")
    theirs, ours, matrix = both(objective, loss, params, some.X, getattr(some, target), rounds=3)
    alike(theirs, ours, matrix, max(tolerance, 1e-6))


# What is left to the scikit-learn interface: its data, its metrics, its parameters


def estimators(target: str, loss: str, objective: str, params: dict[str, Any], some: Data) -> tuple[Any, Any, Any]:
    params = {name: value for name, value in params.items() if name != "num_class"}
    common = {"n_estimators": 15, "max_depth": 3, "min_child_weight": 5, "n_jobs": 1, **params}
    if target in ("label", "classes"):
        ours, theirs = XGBLossClassifier(loss=loss, **common), xgboost.XGBClassifier(**common)
    else:
        ours, theirs = XGBLossRegressor(loss=loss, **common), xgboost.XGBRegressor(objective=objective, **common)
    return theirs, ours, getattr(some, target)


@pytest.mark.parametrize("weighted", [False, True], ids=["", "weights"])
@pytest.mark.parametrize("seed", SEEDS[2:])
@pytest.mark.parametrize(("objective", "loss", "params", "target", "tolerance"), CASES, ids=IDS)
def test_estimators(objective, loss, params, target, tolerance, seed: int, weighted: bool) -> None:
    some = data(seed)
    theirs, ours, y = estimators(target, loss, objective, params, some)
    weight = some.weight if weighted else None
    for model in (theirs, ours):
        model.fit(some.X, y, sample_weight=weight)
    np.testing.assert_allclose(
        ours.predict(some.X), theirs.predict(some.X), rtol=max(4 * tolerance, 1e-6), atol=tolerance
    )
    if hasattr(theirs, "predict_proba"):
        np.testing.assert_allclose(ours.predict_proba(some.X), theirs.predict_proba(some.X), rtol=3e-5, atol=1e-7)


def test_early_stopping_stops_where_xgboost_does() -> None:
    some, other = data(7), data(8)
    sets = {"eval_set": [(other.X, other.label)], "verbose": False}
    ours = XGBLossClassifier(n_estimators=200, n_jobs=1, early_stopping_rounds=5).fit(some.X, some.label, **sets)
    theirs = xgboost.XGBClassifier(n_estimators=200, n_jobs=1, early_stopping_rounds=5).fit(some.X, some.label, **sets)
    assert ours.best_iteration == theirs.best_iteration < 150
    (values,) = ours.evals_result()["validation_0"].values()
    np.testing.assert_allclose(values, theirs.evals_result()["validation_0"]["logloss"], rtol=1e-5)
    np.testing.assert_allclose(ours.predict_proba(other.X), theirs.predict_proba(other.X), rtol=1e-4, atol=1e-7)


def test_what_xgboost_prints_beside_a_loss_of_its_own_is_right() -> None:
    """Metrics of XGBoost's own see what its link makes of raw scores."""
    some = data(9)
    matrix = xgboost.DMatrix(some.X, some.label)
    history: dict[str, Any] = {}
    params = {"eval_metric": ["logloss", "auc"], **COMMON}
    train("binary_focal", params, matrix, 5, evals=[(matrix, "all")], evals_result=history, verbose_eval=False)
    assert all(0 < value < 1 for value in history["all"]["logloss"])
    booster = train("binary_focal", COMMON, matrix, 5)
    wanted = lossreg.get("bce(from_logits=False)")(some.label, predict(booster, matrix).astype(np.float64))
    assert history["all"]["logloss"][-1] == pytest.approx(wanted, rel=1e-5)
