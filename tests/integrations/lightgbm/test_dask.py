"""LightGBM on a Dask cluster: an objective runs on each worker's own rows, and the model is that of LightGBM's own objective."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from boosted import data
from cluster import coarse, halves, two_workers
from columned import APART
from queries import ndcg, queries

import lossreg

lightgbm = pytest.importorskip("lightgbm")
pytest.importorskip("distributed")
pytest.importorskip("sklearn")
from lossreg.integrations.lightgbm import metric, objective

pytestmark = pytest.mark.filterwarnings("ignore")  # of Dask and of its HTTP server, about themselves
SOME = data(41)
X = coarse(SOME.X)
FEW = {"n_estimators": 5, "num_leaves": 8, "verbose": -1}


def test_a_cluster_trains_the_models_of_the_built_in() -> None:
    """LightGBM's own start is the mean of those of the workers, so it is compared where this is the mean of all or 0."""
    cases = [
        (lightgbm.DaskLGBMRegressor, "half_squared_error", "regression", SOME.real, None, True),
        (lightgbm.DaskLGBMRegressor, "poisson", "poisson", SOME.count, None, False),
        (lightgbm.DaskLGBMClassifier, "binary_cross_entropy", "binary", SOME.label, SOME.weight, False),
        (lightgbm.DaskLGBMClassifier, "sparse_categorical_cross_entropy", "multiclass", SOME.classes, None, True),
    ]
    models = []
    with two_workers() as client:
        for kind, loss, named, y, weight, starts in cases:
            its = objective(loss)
            start = np.tile(its.start(y), (len(y), 1) if loss.startswith("sparse") else len(y)) * starts
            parts, label, begin = halves(client, X, y, start)
            weights = None if weight is None else halves(client, weight)[0]
            classes = {"num_class": 4} if named == "multiclass" else {}
            ours = kind(client=client, objective=its, **classes, **FEW)
            ours.fit(parts, label, sample_weight=weights, init_score=begin)
            theirs = kind(client=client, objective=named, boost_from_average=starts, **FEW)
            theirs.fit(parts, label, sample_weight=weights)
            models.append((start, ours.booster_, theirs.booster_))
    for start, ours, theirs in models:
        raw = ours.predict(X, raw_score=True)
        np.testing.assert_allclose(raw + start, theirs.predict(X, raw_score=True), rtol=1e-6, atol=1e-9)


def test_columns_are_a_model_each_and_a_mean_has_its_spread() -> None:
    """LightGBM wants `metric="none"` there: its own metric of a regressor knows one score a row."""
    apart, mean = objective(lossreg.define(**APART)), objective("gaussian_nll")
    several = {"num_class": 2, "metric": "none", **FEW}
    targets = (SOME.real, 2 * SOME.real)
    with two_workers() as client:
        parts, label, weight = halves(client, X, SOME.real, SOME.weight)
        start = np.tile(apart.start(SOME.real), (600, 1))
        model = lightgbm.DaskLGBMRegressor(client=client, objective=apart, **several)
        both = model.fit(parts, label, init_score=halves(client, start)[0]).booster_.predict(X) + start
        alone = [
            lightgbm.DaskLGBMRegressor(client=client, **FEW).fit(parts, halves(client, y)[0]).booster_ for y in targets
        ]
        start = np.tile(mean.start(SOME.real, SOME.weight), (600, 1))
        (begin,) = halves(client, start)
        model = lightgbm.DaskLGBMRegressor(client=client, objective=mean, **several)
        model.fit(
            parts,
            label,
            weight,
            init_score=begin,
            eval_set=[(parts, label)],
            eval_init_score=[begin],
            eval_sample_weight=[weight],
            eval_metric=metric("gaussian_nll"),
        )
        predicted = model.predict(parts).compute() + start
        values = model.evals_result_["valid_0"]["gaussian_nll"]
    for column, booster in enumerate(alone):
        np.testing.assert_allclose(both[:, column], booster.predict(X), rtol=1e-6, atol=1e-9)
    assert predicted.shape == (600, 2)
    loss = lossreg.get("gaussian_nll")
    each = [
        loss(SOME.real[half], predicted[half], SOME.weight[half], reduction="weighted_mean")
        for half in (slice(300), slice(300, None))
    ]
    assert min(abs(values[-1] - value) for value in each) < 1e-4  # LightGBM tells what one worker's metric says
    assert values == sorted(values, reverse=True)


def test_lists_train_the_models_of_lambdarank() -> None:
    X_query, relevance, group = queries(45, 60)
    X_query, relevance = coarse(X_query), relevance.astype(int)
    weight = np.random.default_rng(46).uniform(0.5, 2, len(X_query))
    cut = int(group[:30].sum())  # a query is whole with one worker
    with two_workers() as client:
        parts, label, weights = halves(client, X_query, relevance, weight, at=cut)
        (groups,) = halves(client, group, at=30)

        def ranked(**how: Any) -> Any:
            model = lightgbm.DaskLGBMRanker(client=client, **how, **FEW)
            return model.fit(parts, label, sample_weight=weights, group=groups).booster_.predict(X_query)

        ours, theirs = ranked(objective=objective("lambda_rank")), ranked(lambdarank_norm=False)
        others = [ranked(objective=objective(loss)) for loss in ("rank_net", "list_net")]
        with pytest.raises(lossreg.ParameterError, match="compares the rows of each list, and no groups came"):
            lightgbm.DaskLGBMRegressor(client=client, objective=objective("rank_net"), **FEW).fit(parts, label)
    np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-3)
    untrained = np.zeros(len(X_query))
    for scores in others:
        assert ndcg(relevance, scores, group) > ndcg(relevance, untrained, group) + 0.1
