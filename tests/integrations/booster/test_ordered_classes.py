"""Classifiers of classes that have an order: one raw score a row, thresholds between the classes."""

from __future__ import annotations

import importlib
import pickle
from typing import Any

import numpy as np
import pytest

import lossreg

THRESHOLDS = [-1.5, 0.5, 2.0]
LOSS = lossreg.get("ordinal_logistic", thresholds=THRESHOLDS)
CLASSIFIERS: dict[str, tuple[str, dict[str, Any]]] = {
    "xgboost": ("XGBLossClassifier", {"n_estimators": 30, "max_depth": 2}),
    "lightgbm": ("LGBMLossClassifier", {"n_estimators": 30, "max_depth": 2, "verbose": -1}),
    "sklearn": ("LossClassifier", {"alpha": 0.0}),
    "catboost": ("CatBoostLossClassifier", {"iterations": 30, "verbose": False, "allow_writing_files": False}),
}


def data(n: int = 400) -> tuple[Any, Any, Any]:
    """Features, places of classes, and labels that are none of them."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, 3))
    places = np.digitize(2 * X[:, 0] - X[:, 1] + rng.logistic(size=n), THRESHOLDS)
    return X, places, 10 * places + 1


def classifier(library: str, loss: Any) -> Any:
    name, options = CLASSIFIERS[library]
    pytest.importorskip("sklearn")
    pytest.importorskip(library)
    module = importlib.import_module(f"lossreg.integrations.{library}")
    return getattr(module, name)(loss=loss, **options)


@pytest.mark.parametrize("library", CLASSIFIERS)
def test_one_score_makes_the_probabilities_of_all(library: str) -> None:
    X, places, y = data()
    model = classifier(library, LOSS).fit(X, y)
    raw = np.asarray(model.decision_function(X))
    assert raw.shape == (len(X),)
    share = model.predict_proba(X)
    np.testing.assert_allclose(share, LOSS.predict(raw), rtol=1e-6)
    predicted = model.predict(X)
    np.testing.assert_array_equal(predicted, np.array([1, 11, 21, 31])[share.argmax(axis=1)])
    start = LOSS(places, np.full(len(X), LOSS.init_score(places)))
    assert LOSS(places, raw) < 0.85 * start
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict_proba(X), share)


@pytest.mark.parametrize("library", CLASSIFIERS)
def test_thresholds_are_one_fewer_than_classes(library: str) -> None:
    X, _, y = data(40)
    with pytest.raises(lossreg.ParameterError, match="thresholds between 3 classes and y holds 4; give it one fewer"):
        classifier(library, "ordinal_logistic").fit(X, y)


@pytest.mark.parametrize(("library", "name"), [("sklearn", "LossRegressor"), ("lightgbm", "LGBMLossRegressor")])
def test_regressors_lead_to_classifiers(library: str, name: str) -> None:
    pytest.importorskip("sklearn")
    pytest.importorskip(library)
    model = getattr(importlib.import_module(f"lossreg.integrations.{library}"), name)(loss=LOSS)
    with pytest.raises(lossreg.ParameterError, match="is a loss of classes; use L"):
        model.fit(*data(40)[:2])


def test_a_linear_model_finds_the_coefficients() -> None:
    X, _, y = data(4000)
    model = classifier("sklearn", LOSS).fit(X, y)
    np.testing.assert_allclose(model.coef_, [[2, -1, 0]], atol=0.15)
    from lossreg.integrations.sklearn import scorer

    assert scorer(LOSS)(model, X, y) == pytest.approx(-LOSS((y - 1) // 10, model.decision_function(X)))


def test_native_training_predicts_with_the_link() -> None:
    xgboost = pytest.importorskip("xgboost")
    from lossreg.integrations.xgboost import predict, train

    X, places, _ = data()
    matrix = xgboost.DMatrix(X, places)
    booster = train(LOSS, {"max_depth": 2}, matrix, 10, evals=[(matrix, "train")], verbose_eval=False)
    raw = predict(booster, matrix, raw=True)
    np.testing.assert_array_equal(predict(booster, matrix), LOSS.predict(raw))
    with pytest.raises(lossreg.DomainError, match="wanted a class index from 0 to 3"):
        train(LOSS, {}, xgboost.DMatrix(X, places + 1), 1)
