"""Losses of lists in XGBoost, whose queries have as many rows as they have."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from queries import by_hand, ndcg, queries

import lossreg

xgboost = pytest.importorskip("xgboost")
pytest.importorskip("sklearn")
from sklearn.base import clone

from lossreg.integrations.xgboost import (
    XGBLossClassifier,
    XGBLossRanker,
    XGBLossRegressor,
    metric,
    objective,
    predict,
    train,
)

FEW: dict[str, Any] = {"n_estimators": 30, "max_depth": 3, "learning_rate": 0.2, "n_jobs": 1}
X, RELEVANCE, GROUP = queries(5, 120)
X_TEST, RELEVANCE_TEST, GROUP_TEST = queries(6, 200)
WEIGHT = np.random.default_rng(7).uniform(0.5, 2, len(GROUP)).astype(np.float32)


@pytest.mark.parametrize("weighted", [False, True], ids=["", "weights of queries"])
@pytest.mark.parametrize(("theirs", "ours"), [("rank:pairwise", "rank_net"), ("rank:ndcg", "lambda_rank")])
def test_trees_are_those_of_xgboosts_own_without_its_norms(theirs: str, ours: str, weighted: bool) -> None:
    """Its second derivatives are twice ours, so steps are half, beside a penalty that is twice ours; weights have a mean of 1 there."""
    data = xgboost.DMatrix(X, RELEVANCE, group=GROUP, weight=WEIGHT / WEIGHT.mean() if weighted else None)
    common = {"nthread": 1, "max_depth": 3, "base_score": 0.0}
    own = {"objective": theirs, "lambdarank_normalization": False, "lambdarank_score_normalization": False}
    own |= {"lambdarank_pair_method": "topk", "lambdarank_num_pair_per_sample": 20}
    wanted = xgboost.train({**common, **own, "eta": 0.2, "reg_lambda": 2.0, "min_child_weight": 2.0}, data, 5)
    found = train(ours, {**common, "eta": 0.1, "reg_lambda": 1.0, "min_child_weight": 1.0}, data, 5)
    np.testing.assert_allclose(predict(found, data), wanted.predict(data, output_margin=True), rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("loss", ["lambda_rank", "rank_net", "list_net"])
def test_rankings_are_no_worse_than_xgboosts_own(loss: str) -> None:
    ours = XGBLossRanker(loss=loss, **FEW).fit(X, RELEVANCE, group=GROUP)
    values = [ndcg(RELEVANCE_TEST, ours.predict(X_TEST), GROUP_TEST)]
    for theirs in ("rank:ndcg", "rank:pairwise"):
        model = xgboost.XGBRanker(objective=theirs, **FEW).fit(X, RELEVANCE, group=GROUP)
        values.append(ndcg(RELEVANCE_TEST, model.predict(X_TEST), GROUP_TEST))
    assert values[0] > max(values[1:]) - 0.015
    assert values[0] > ndcg(RELEVANCE_TEST, X_TEST[:, 0], GROUP_TEST)


def test_the_estimator_evaluates_stops_saves_and_is_cloned(tmp_path: Path) -> None:
    model = XGBLossRanker(loss="list_net", early_stopping_rounds=3, **{**FEW, "n_estimators": 300})
    qid, qid_test = (np.repeat(np.arange(len(group)), group) for group in (GROUP, GROUP_TEST))
    model.fit(X, RELEVANCE, qid=qid, eval_set=[(X_TEST, RELEVANCE_TEST)], eval_qid=[qid_test], sample_weight=WEIGHT)
    assert model.best_iteration < 250
    best = model.evals_result()["validation_0"]["list_net"][model.best_iteration]
    scores = model.predict(X_TEST)
    *_, value = by_hand(lossreg.get("list_net"), RELEVANCE_TEST, scores.astype(np.float64), GROUP_TEST)
    assert best == pytest.approx(value, rel=1e-4)
    assert model.score(X_TEST, RELEVANCE_TEST, group=GROUP_TEST) == pytest.approx(-value, rel=1e-5)
    again = clone(model).fit(
        X, RELEVANCE, group=GROUP, eval_set=(X_TEST, RELEVANCE_TEST), eval_group=[GROUP_TEST], sample_weight=WEIGHT
    )
    np.testing.assert_array_equal(again.predict(X_TEST), scores)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).predict(X_TEST), scores)
    model.save_model(tmp_path / "model.json")
    loaded = XGBLossRanker()
    loaded.load_model(tmp_path / "model.json")
    assert loaded.loss == lossreg.get("list_net")
    np.testing.assert_array_equal(loaded.predict(X_TEST), scores)


def test_metrics_of_xgboost_know_the_lists() -> None:
    model = XGBLossRanker(loss="rank_net", eval_metric=["ndcg", "ndcg@3"], **FEW)
    model.fit(X, RELEVANCE, group=GROUP, eval_set=[(X, RELEVANCE)], eval_group=[GROUP])
    seen = model.evals_result()["validation_0"]
    assert list(seen) == ["ndcg", "ndcg@3"]
    assert seen["ndcg"][-1] > seen["ndcg"][0]


def test_native_interface() -> None:
    data = xgboost.DMatrix(X, RELEVANCE, group=GROUP, weight=WEIGHT)
    history: dict[str, Any] = {}
    booster = train("rank_net", {"nthread": 1}, data, 5, evals=[(data, "all")], evals_result=history)
    scores = predict(booster, data)
    *_, value = by_hand(lossreg.get("rank_net"), RELEVANCE, scores.astype(np.float64), GROUP, WEIGHT)
    assert history["all"]["rank_net"][-1] == pytest.approx(value, rel=1e-4)
    by_self = xgboost.train(
        {"nthread": 1, "base_score": 0.0, "disable_default_eval_metric": True},
        data,
        5,
        obj=objective("rank_net"),
        custom_metric=metric("rank_net"),
        evals=[(data, "all")],
        verbose_eval=False,
    )
    np.testing.assert_allclose(by_self.predict(data), scores, rtol=1e-6)


def test_what_is_not_possible_is_said_before_training() -> None:
    model = XGBLossRanker(**FEW)
    with pytest.raises(
        lossreg.ParameterError, match=r"lambda_rank\(\) compares .* no groups came; use XGBLossRanker with group= or"
    ):
        model.fit(X, RELEVANCE)
    with pytest.raises(lossreg.ShapeError, match="group sums to"):
        model.fit(X, RELEVANCE, group=GROUP[1:])
    with pytest.raises(lossreg.ShapeError, match=r"eval_group\[0\] sums to"):
        model.fit(X, RELEVANCE, group=GROUP, eval_set=[(X, RELEVANCE)], eval_group=[GROUP[1:]])
    with pytest.raises(lossreg.ParameterError, match="no groups came"):
        model.fit(X, RELEVANCE, group=GROUP, eval_set=[(X[:5], RELEVANCE[:5])])
    with pytest.raises(lossreg.ShapeError, match="one weight for each of 120 groups"):
        model.fit(X, RELEVANCE, group=GROUP, sample_weight=np.ones(len(X)))
    with pytest.raises(lossreg.DomainError, match=r"y holds -1.0 at index 1; wanted numbers of at least 0"):
        model.fit(X, RELEVANCE - 1, group=GROUP)
    with pytest.raises(lossreg.ParameterError, match=r"huber\(\) scores rows one by one"):
        XGBLossRanker(loss="huber").fit(X, RELEVANCE, group=GROUP)
    with pytest.raises(lossreg.ParameterError, match="use XGBLossRanker"):
        XGBLossRegressor(loss="rank_net").fit(X, RELEVANCE)
    with pytest.raises(lossreg.ParameterError, match="use XGBLossRanker"):
        train("rank_net", {}, xgboost.DMatrix(X, RELEVANCE))
    texts = np.repeat("good", len(X))
    with pytest.raises(lossreg.DtypeError, match="y has dtype <U4; wanted bool, an integer or a float"):
        model.fit(X, texts, group=GROUP)
    with pytest.raises(lossreg.DtypeError, match=r"eval_set\[0\]\[1\] has dtype <U4"):
        model.fit(X, RELEVANCE, group=GROUP, eval_set=[(X, texts)], eval_group=[GROUP])
    with pytest.raises(lossreg.DtypeError, match="y has dtype <U4"):
        XGBLossRanker(**FEW).fit(X, RELEVANCE, group=GROUP).score(X, texts, group=GROUP)
    with pytest.raises(lossreg.ShapeError, match="eval_group has 1 items and eval_set has 0"):
        model.fit(X, RELEVANCE, group=GROUP, eval_group=[[]])
    with pytest.raises(lossreg.ParameterError, match="whole set of scores"):
        XGBLossClassifier(loss="rank_net").fit(X, RELEVANCE)
