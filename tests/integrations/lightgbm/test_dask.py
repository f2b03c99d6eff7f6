"""LightGBM on a Dask cluster: an objective runs on each worker's own rows, and the model is that of LightGBM's own objective."""

from __future__ import annotations

import numpy as np
import pytest
from boosted import data
from cluster import coarse, halves, two_workers

lightgbm = pytest.importorskip("lightgbm")
pytest.importorskip("distributed")
pytest.importorskip("sklearn")
from lossreg.integrations.lightgbm import objective

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
