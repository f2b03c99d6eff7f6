"""Losses of lists in LightGBM, whose queries have as many rows as they have."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from queries import by_hand, ndcg, queries

import lossreg

lightgbm = pytest.importorskip("lightgbm")
pytest.importorskip("sklearn")
from light import evaluated
from sklearn.base import clone

from lossreg.integrations.lightgbm import (
    LGBMLossClassifier,
    LGBMLossRanker,
    LGBMLossRegressor,
    metric,
    objective,
    train,
)

FEW: dict[str, Any] = {"n_estimators": 30, "num_leaves": 8, "learning_rate": 0.2, "n_jobs": 1, "verbose": -1}
X, RELEVANCE, GROUP = queries(5, 120)
X_TEST, RELEVANCE_TEST, GROUP_TEST = queries(6, 200)
WEIGHT = np.random.default_rng(7).uniform(0.5, 2, len(X)).astype(np.float32)


@pytest.mark.parametrize("weighted", [False, True], ids=["", "weights of rows"])
def test_trees_are_those_of_lambdarank_without_its_norm(weighted: bool) -> None:
    """Its logistic function comes from a table of some 10⁻⁵, and its ranking is of 30 places."""
    weight = WEIGHT if weighted else None
    ours = LGBMLossRanker(**FEW).fit(X, RELEVANCE, weight, group=GROUP)
    theirs = lightgbm.LGBMRanker(lambdarank_norm=False, **FEW).fit(X, RELEVANCE.astype(int), weight, group=GROUP)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("loss", ["lambda_rank", "rank_net", "list_net"])
def test_rankings_are_no_worse_than_lightgbms_own(loss: str) -> None:
    ours = LGBMLossRanker(loss=loss, **FEW).fit(X, RELEVANCE, group=GROUP)
    values = [ndcg(RELEVANCE_TEST, ours.predict(X_TEST), GROUP_TEST)]
    for theirs in ("lambdarank", "rank_xendcg"):
        model = lightgbm.LGBMRanker(objective=theirs, **FEW).fit(X, RELEVANCE.astype(int), group=GROUP)
        values.append(ndcg(RELEVANCE_TEST, model.predict(X_TEST), GROUP_TEST))
    assert values[0] > max(values[1:]) - 0.015
    assert values[0] > ndcg(RELEVANCE_TEST, X_TEST[:, 0], GROUP_TEST)


def test_the_estimator_evaluates_stops_and_is_cloned() -> None:
    model = LGBMLossRanker(loss="list_net", **{**FEW, "n_estimators": 300})
    qid, qid_test = (np.repeat(np.arange(len(group)), group) for group in (GROUP, GROUP_TEST))
    stop = [lightgbm.early_stopping(3, verbose=False)]
    both = evaluated(X_TEST, RELEVANCE_TEST)
    model.fit(X, RELEVANCE, WEIGHT, qid=qid, **both, eval_qid=[qid_test], callbacks=stop)
    assert model.best_iteration_ < 250
    (history,) = model.evals_result_.values()
    assert list(history) == ["list_net"]
    scores = model.predict(X_TEST)
    *_, value = by_hand(lossreg.get("list_net"), RELEVANCE_TEST, scores, GROUP_TEST)
    assert history["list_net"][model.best_iteration_ - 1] == pytest.approx(value, rel=1e-6)
    assert model.score(X_TEST, RELEVANCE_TEST, group=GROUP_TEST) == pytest.approx(-value, rel=1e-9)
    again = clone(model).fit(X, RELEVANCE, WEIGHT, group=GROUP, **both, eval_group=[GROUP_TEST], callbacks=stop)
    np.testing.assert_array_equal(again.predict(X_TEST), scores)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).predict(X_TEST), scores)
    loaded = lightgbm.Booster(model_str=model.booster_.model_to_string())
    np.testing.assert_array_equal(loaded.predict(X_TEST), scores)


def test_metrics_of_lightgbm_and_of_others_know_the_lists() -> None:
    def longest(y_true: Any, y_pred: Any, weight: Any, group: Any) -> tuple[str, float, bool]:
        return "longest", float(np.max(group)), True

    model = LGBMLossRanker(loss="rank_net", **FEW)
    both = {**evaluated(X, RELEVANCE), "eval_group": [GROUP]}
    model.fit(X, RELEVANCE, group=GROUP, **both, eval_metric=["ndcg", longest], eval_at=[3])
    (history,) = model.evals_result_.values()
    assert set(history) == {"ndcg@3", "longest"}
    assert history["ndcg@3"][-1] > history["ndcg@3"][0]
    assert history["longest"][0] == GROUP.max()


def test_native_interface() -> None:
    settings = {"verbose": -1, "num_threads": 1}
    history: dict[str, Any] = {}
    data = lightgbm.Dataset(X, RELEVANCE, group=GROUP)
    recorded = [lightgbm.record_evaluation(history)]
    scores = train("rank_net", settings, data, 5, valid_sets=[data], callbacks=recorded).predict(X)
    *_, value = by_hand(lossreg.get("rank_net"), RELEVANCE, scores, GROUP)
    assert history["training"]["rank_net"][-1] == pytest.approx(value, rel=1e-6)
    np.testing.assert_array_equal(train("rank_net", settings, data, 5).predict(X), scores)  # constructed before
    by_self = lightgbm.train(
        {**settings, "objective": objective("rank_net"), "metric": "none"},
        data,
        5,
        valid_sets=[data],
        feval=metric("rank_net"),
    )
    np.testing.assert_allclose(by_self.predict(X), scores, rtol=1e-9, atol=1e-12)
    wrapped = lightgbm.LGBMRanker(objective=objective("rank_net"), **{**FEW, "n_estimators": 5, "learning_rate": 0.1})
    wrapped.set_params(num_leaves=31).fit(X, RELEVANCE, group=GROUP)
    np.testing.assert_allclose(wrapped.predict(X), scores, rtol=1e-9, atol=1e-12)


def test_where_there_is_nothing_to_split() -> None:
    few = slice(0, GROUP[0] + GROUP[1])
    model = LGBMLossRanker(**FEW).fit(np.zeros_like(X[few]), RELEVANCE[few], group=GROUP[:2])
    np.testing.assert_array_equal(model.predict(X[few]), 0)


def test_what_is_not_possible_is_said_before_training() -> None:
    model = LGBMLossRanker(**FEW)
    with pytest.raises(
        lossreg.ParameterError, match=r"lambda_rank\(\) compares .* no groups came; use LGBMLossRanker with group= or"
    ):
        model.fit(X, RELEVANCE)
    with pytest.raises(lossreg.ShapeError, match="group sums to"):
        model.fit(X, RELEVANCE, group=GROUP[1:])
    with pytest.raises(lossreg.ShapeError, match=r"eval_group\[0\] sums to"):
        model.fit(X, RELEVANCE, group=GROUP, **evaluated(X, RELEVANCE), eval_group=[GROUP[1:]])
    with pytest.raises(lossreg.ParameterError, match="no groups came"):
        model.fit(X, RELEVANCE, group=GROUP, **evaluated(X, RELEVANCE))
    with pytest.raises(lossreg.DomainError, match=r"y holds -1.0 at index 1; wanted numbers of at least 0"):
        model.fit(X, RELEVANCE - 1, group=GROUP)
    with pytest.raises(lossreg.ParameterError, match=r"huber\(\) scores rows one by one"):
        LGBMLossRanker(loss="huber").fit(X, RELEVANCE, group=GROUP)
    with pytest.raises(lossreg.ParameterError, match="use LGBMLossRanker"):
        LGBMLossRegressor(loss="rank_net").fit(X, RELEVANCE)
    with pytest.raises(lossreg.ParameterError, match="use LGBMLossRanker"):
        train("rank_net", {"verbose": -1}, lightgbm.Dataset(X, RELEVANCE))
    with pytest.raises(lossreg.ShapeError, match="group sums to"):
        train("rank_net", {"verbose": -1}, lightgbm.Dataset(X, RELEVANCE, group=GROUP[1:]))
    texts = np.repeat("good", len(X))
    with pytest.raises(lossreg.DtypeError, match="y has dtype <U4; wanted bool, an integer or a float"):
        model.fit(X, texts, group=GROUP)
    with pytest.raises(lossreg.DtypeError, match="sample_weight has dtype <U4"):
        model.fit(X, RELEVANCE, texts, group=GROUP)
    with pytest.raises(lossreg.DtypeError, match="y has dtype <U4"):
        LGBMLossRanker(**FEW).fit(X, RELEVANCE, group=GROUP).score(X, texts, group=GROUP)
    with pytest.raises(lossreg.ShapeError, match="eval_group has 1 items and eval_set has 0"):
        model.fit(X, RELEVANCE, group=GROUP, eval_group=[[]])
    with pytest.raises(lossreg.ShapeError, match="X has 5 rows and "):
        model.fit(X, RELEVANCE, group=GROUP, **evaluated(X[:5], RELEVANCE), eval_group=[GROUP])
    with pytest.raises(lossreg.ParameterError, match="eval_sample_weight is of type ndarray; wanted a list with"):
        model.fit(X, RELEVANCE, group=GROUP, **evaluated(X, RELEVANCE), eval_group=[GROUP], eval_sample_weight=WEIGHT)
    with pytest.raises(lossreg.ParameterError, match="whole set of scores"):
        LGBMLossClassifier(loss="rank_net").fit(X, RELEVANCE)
