"""XGBoost on a Dask cluster: an objective runs on each worker's own rows, and the model is that of XGBoost's own objective."""

from __future__ import annotations

import numpy as np
import pytest
from boosted import data
from cluster import coarse, halves, two_workers

import lossreg

xgboost = pytest.importorskip("xgboost")
pytest.importorskip("distributed")
pytest.importorskip("pyarrow", reason="xgboost.dask imports dask.dataframe, which imports it")
pytest.importorskip("sklearn")
from lossreg.integrations.xgboost import metric, objective, predict, train

pytestmark = pytest.mark.filterwarnings("ignore")  # of Dask and of its HTTP server, about themselves
SOME = data(41)
X = coarse(SOME.X)
COMMON = {"max_depth": 3, "nthread": 1}


def test_a_cluster_trains_the_models_of_the_built_in_and_of_one_machine() -> None:
    import xgboost.dask

    binary, softmax = objective("bce"), objective("scce")
    start = binary.start(SOME.label, SOME.weight)
    plain = xgboost.DMatrix(X)
    with two_workers() as client:
        parts, label, classes, weight = halves(client, X, SOME.label, SOME.classes, SOME.weight)
        some = xgboost.dask.DaskDMatrix(client, parts, label, weight=weight)
        ours = xgboost.dask.train(
            client,
            {"base_score": start, "disable_default_eval_metric": True, **COMMON},
            some,
            num_boost_round=5,
            obj=binary,
            custom_metric=metric("bce"),
            evals=[(some, "all")],
            verbose_eval=False,
        )
        theirs = xgboost.dask.train(client, {"objective": "binary:logistic", **COMMON}, some, num_boost_round=5)
        few = {"n_estimators": 3, "max_depth": 3, "n_jobs": 1}
        model = xgboost.dask.DaskXGBClassifier(objective=softmax, **few)
        model.client = client
        several = model.fit(parts, classes).get_booster()
    raw = [one["booster"].predict(plain, output_margin=True) for one in (ours, theirs)]
    local = train("bce", COMMON, xgboost.DMatrix(X, SOME.label, weight=SOME.weight), 5)
    np.testing.assert_allclose(raw[0], raw[1], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(raw[0], predict(local, plain, raw=True), rtol=1e-5, atol=1e-6)
    each = [
        lossreg.get("bce")(SOME.label[half], raw[0][half], SOME.weight[half], reduction="weighted_mean")
        for half in (slice(300), slice(300, None))
    ]  # XGBoost takes the mean of what the workers' metrics say, whatever their weights
    assert ours["history"]["all"]["binary_cross_entropy"][-1] == pytest.approx(np.mean(each), rel=1e-4)
    start = {"num_class": 4, "base_score": 0.5, **COMMON}
    wanted = xgboost.train(start, xgboost.DMatrix(X, SOME.classes), 3, obj=softmax).predict(plain, output_margin=True)
    scores = several.predict(plain, output_margin=True)
    np.testing.assert_allclose(scores - scores[:, :1], wanted - wanted[:, :1], rtol=1e-5, atol=1e-6)
