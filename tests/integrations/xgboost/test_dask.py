"""XGBoost on a Dask cluster: an objective runs on each worker's own rows, and the model is that of XGBoost's own objective."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from boosted import data
from censored import RATE, counts, times
from cluster import coarse, halves, two_workers
from queries import queries

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
HALVES = (slice(300), slice(300, None))


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
        for half in HALVES
    ]  # XGBoost takes the mean of what the workers' metrics say, whatever their weights
    assert ours["history"]["all"]["binary_cross_entropy"][-1] == pytest.approx(np.mean(each), rel=1e-4)
    start = {"num_class": 4, "base_score": 0.5, **COMMON}
    wanted = xgboost.train(start, xgboost.DMatrix(X, SOME.classes), 3, obj=softmax).predict(plain, output_margin=True)
    scores = several.predict(plain, output_margin=True)
    np.testing.assert_allclose(scores - scores[:, :1], wanted - wanted[:, :1], rtol=1e-5, atol=1e-6)


def trained(client: Any, its: Any, start: dict[str, Any], arrays: dict[str, Any], at: int = 300, **more: Any) -> Any:
    """What five rounds on two workers come to, which see the rows before and after a cut."""
    import xgboost.dask

    parts = {name: halves(client, one, at=at)[0] for name, one in arrays.items()}
    matrix = xgboost.dask.DaskDMatrix(client, **parts)
    settings = {**start, **COMMON, "disable_default_eval_metric": True}
    return xgboost.dask.train(
        client, settings, matrix, num_boost_round=5, obj=its, evals=[(matrix, "all")], verbose_eval=False, **more
    )


def is_of_one_machine(model: Any, its: Any, start: dict[str, Any], arrays: dict[str, Any]) -> None:
    """The model is what `xgboost.train` makes of all rows, also with its own objective in the place of ours, if there is none."""
    one = xgboost.DMatrix(**arrays)
    wanted = xgboost.train({**start, **COMMON}, one, 5, obj=its).predict(one, output_margin=True)
    np.testing.assert_allclose(model["booster"].predict(one, output_margin=True), wanted, rtol=1e-5, atol=1e-5)


def test_a_mean_and_its_spread() -> None:
    its, loss = objective("gaussian_nll"), lossreg.get("gaussian_nll")
    start = {
        "objective": "reg:squarederror",  # else XGBoost predicts which score is the largest
        "num_class": 2,
        "base_score": its.start(SOME.real, SOME.weight).tolist(),
    }
    arrays = {"data": X, "label": SOME.real, "weight": SOME.weight}
    with two_workers() as client:
        model = trained(client, its, start, arrays, custom_metric=metric(loss))
    is_of_one_machine(model, its, start, arrays)
    predicted = model["booster"].predict(xgboost.DMatrix(X))
    assert predicted.shape == (600, 2)
    each = [loss(SOME.real[half], predicted[half], SOME.weight[half], reduction="weighted_mean") for half in HALVES]
    assert model["history"]["all"]["gaussian_nll"][-1] == pytest.approx(np.mean(each), rel=1e-4)


def test_bounds_of_times_and_targets_that_are_refused() -> None:
    its, late = objective("aft(distribution='logistic')"), times(42)
    start = {"base_score": 2.0, "objective": "survival:aft", "aft_loss_distribution": "logistic"}
    lower, upper = late.y.T
    arrays = {"data": coarse(late.X), "label_lower_bound": lower, "label_upper_bound": upper, "weight": late.weight}
    X_count, y = counts(44)
    with two_workers() as client:
        model = trained(client, its, start, arrays)
        with pytest.raises(lossreg.ShapeError, match="one for each of count and exposure came; use XGBLossRegressor"):
            trained(client, objective(RATE), {}, {"data": coarse(X_count), "label": y})
    is_of_one_machine(model, its, start, arrays)
    is_of_one_machine(model, None, start, arrays)


def test_lists_that_are_whole_with_one_worker() -> None:
    X_query, relevance, group = queries(43, 60)
    arrays = {"data": coarse(X_query), "label": relevance, "qid": np.repeat(np.arange(60), group)}
    cut, start = int(group[:30].sum()), {"base_score": 0.0}
    losses = [objective(loss) for loss in ("rank_net", "lambda_rank", "list_net")]
    with two_workers() as client:
        models = [trained(client, its, start, arrays, at=cut, custom_metric=metric(its.loss)) for its in losses]
        apart = trained(client, losses[0], start, arrays, at=cut - int(group[29]) // 2)
    for its, model in zip(losses, models, strict=True):
        is_of_one_machine(model, its, start, arrays)
        values = model["history"]["all"][its.loss.name]
        assert values == sorted(values, reverse=True)
    with pytest.raises(AssertionError):  # a list in two parts is two
        is_of_one_machine(apart, losses[0], start, arrays)
