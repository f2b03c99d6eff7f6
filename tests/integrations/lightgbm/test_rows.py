"""Targets that are rows, which LightGBM's data have no place for: several outputs, several labels, probabilities of classes."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from boosted import data

import lossreg

lightgbm = pytest.importorskip("lightgbm")
pytest.importorskip("sklearn")
from light import evaluated
from sklearn.model_selection import cross_val_score

from lossreg.integrations.lightgbm import LGBMLossClassifier, LGBMLossRegressor, metric

FEW = {"n_estimators": 8, "num_leaves": 8, "n_jobs": 1, "verbose": -1}
SOME, OTHER = data(51), data(52)


def rows(some: Any) -> Any:
    return np.stack([some.real, -some.real, some.amount], axis=1)


@pytest.mark.parametrize("weighted", [False, True], ids=["", "weights"])
@pytest.mark.parametrize("count", [20, 600])
@pytest.mark.parametrize(
    ("loss", "objective", "of"),
    [("half_squared_error", "regression", lambda y: y), ("bce", "cross_entropy", lambda y: (y > 0.5).astype(float))],
)
def test_several_outputs_are_a_model_for_each(loss: str, objective: str, of: Any, count: int, weighted: bool) -> None:
    """With 20 rows there is nothing to split."""
    some = SOME.first(count)
    y, weight = of(rows(some)), some.weight if weighted else None
    model = LGBMLossRegressor(loss=loss, **FEW).fit(some.X, y, weight)
    predicted = model.predict(some.X)
    assert predicted.shape == y.shape
    for column in range(3):
        alone = lightgbm.LGBMRegressor(objective=objective, **FEW).fit(some.X, y[:, column], weight)
        np.testing.assert_allclose(predicted[:, column], alone.predict(some.X), rtol=1e-5, atol=1e-6)
    again = lightgbm.Booster(model_str=model.booster_.model_to_string())
    np.testing.assert_array_equal(again.predict(some.X), predicted)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).predict(some.X), predicted)


def test_probabilities_of_one_class_only_are_labels() -> None:
    hard = np.eye(4)[SOME.classes]
    soft = LGBMLossRegressor(loss="categorical_cross_entropy", **FEW).fit(SOME.X, hard, SOME.weight)
    classes = LGBMLossClassifier(**FEW).fit(SOME.X, SOME.classes, SOME.weight)
    np.testing.assert_allclose(soft.predict(SOME.X), classes.predict_proba(SOME.X), rtol=1e-3, atol=1e-4)


def test_soft_labels_are_better_met_than_by_their_likeliest_classes() -> None:
    loss = lossreg.get("categorical_cross_entropy(from_logits=False)")
    soft = np.random.default_rng(1).dirichlet(np.ones(3), len(SOME.X))
    soft[SOME.label == 1] = soft[SOME.label == 1] * 0.2 + np.array([0.8, 0.0, 0.0])
    more = {**FEW, "n_estimators": 60}
    ours = LGBMLossRegressor(loss="categorical_cross_entropy", **more).fit(SOME.X, soft)
    hard = lightgbm.LGBMClassifier(**more).fit(SOME.X, soft.argmax(axis=1))
    value = [loss(soft, predicted) for predicted in (ours.predict(SOME.X), hard.predict_proba(SOME.X))]
    assert value[0] < value[1] - 0.05
    np.testing.assert_allclose(ours.predict(SOME.X).sum(axis=1), 1.0, rtol=1e-9)


def test_rows_are_evaluated_weighted_searched_and_stopped_by() -> None:
    def largest(y_true: Any, y_pred: Any) -> tuple[str, float, bool]:
        return "largest", float(np.max(y_pred - y_true)), False

    stop = lightgbm.early_stopping(3, first_metric_only=True, verbose=False)
    model = LGBMLossRegressor(**{**FEW, "n_estimators": 200, "learning_rate": 0.5})
    model.fit(
        SOME.X,
        rows(SOME),
        **evaluated(OTHER.X, rows(OTHER)),
        eval_sample_weight=[OTHER.weight],
        eval_metric=[metric("half_squared_error"), largest],
        callbacks=[stop],
    )
    assert model.best_iteration_ < 100
    (history,) = model.evals_result_.values()
    best = model.best_iteration_ - 1
    predicted = model.predict(OTHER.X)
    wanted = lossreg.get("half_squared_error")(
        rows(OTHER), predicted, OTHER.weight.astype(np.float32), reduction="weighted_mean"
    )
    assert history["half_squared_error"][best] == pytest.approx(wanted, rel=1e-9)
    assert history["largest"][best] == pytest.approx(np.max(predicted - rows(OTHER)))
    plain = LGBMLossRegressor(**FEW).fit(SOME.X, rows(SOME), **evaluated(OTHER.X, rows(OTHER)))
    (history,) = plain.evals_result_.values()
    assert list(history) == ["half_squared_error"]
    for wrong in ({"metric": "l2"}, {"metric": ["auc"]}):
        with pytest.raises(lossreg.ParameterError, match="LightGBM's own know one label a row"):
            LGBMLossRegressor(**FEW, **wrong).fit(SOME.X, rows(SOME))
    assert cross_val_score(plain, SOME.X, rows(SOME), cv=2, params={"sample_weight": SOME.weight}).min() > 0.2
