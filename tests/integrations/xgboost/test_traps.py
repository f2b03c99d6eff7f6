"""What XGBoost does silently with an objective of one's own, and that nothing of it happens here."""

from __future__ import annotations

import copy
import inspect
import pickle
from typing import Any

import numpy as np
import pytest
from boosted import data

import lossreg

xgboost = pytest.importorskip("xgboost")
from lossreg.integrations.needs import numbers
from lossreg.integrations.xgboost import (
    Objective,
    XGBLossClassifier,
    XGBLossRegressor,
    metric,
    objective,
    predict,
    train,
    tree_objective,
)

VERSION = numbers(xgboost.__version__)
COMMON = {"max_depth": 3, "nthread": 1}
SOME = data(11)


def matrix(y: Any = SOME.real, weight: Any = None) -> Any:
    return xgboost.DMatrix(SOME.X, y, weight=weight)


# An objective by itself


def test_an_objective_knows_who_calls_it() -> None:
    its = objective("bce")
    raw = np.linspace(-2, 2, len(SOME.X)).astype(np.float32)
    native = its(raw, matrix(SOME.label, SOME.weight))
    wrapper = its(SOME.label, raw, sample_weight=SOME.weight)
    for one, other in zip(native, wrapper, strict=True):
        np.testing.assert_array_equal(one, other)
        assert one.dtype == np.float32
    assert list(inspect.signature(its).parameters) == ["y_true", "y_pred", "sample_weight"]


@pytest.mark.parametrize("weighted", [False, True])
def test_an_objective_trains_like_the_built_in_when_the_start_is_the_same(weighted: bool) -> None:
    weight = SOME.weight if weighted else None
    theirs = xgboost.train(
        {"objective": "binary:logistic", "base_score": 0.5, **COMMON}, matrix(SOME.label, weight), 10
    )
    ours = xgboost.train({"base_score": 0.0, **COMMON}, matrix(SOME.label, weight), 10, obj=objective("bce"))
    raw = [booster.predict(matrix(), output_margin=True) for booster in (theirs, ours)]
    np.testing.assert_allclose(raw[1], raw[0], rtol=4e-6, atol=4e-6)
    model = xgboost.XGBClassifier(n_estimators=10, max_depth=3, base_score=0.5, objective=objective("bce"))
    model.fit(SOME.X, SOME.label, sample_weight=weight)
    np.testing.assert_allclose(model.predict(SOME.X, output_margin=True), raw[0], rtol=4e-6, atol=4e-6)


def test_weights_of_the_matrix_are_multiplied_in_once_and_move_the_cuts() -> None:
    """A model with weights of 2 is that of every row twice; and weights in the gradient only have other cuts."""
    twice = xgboost.DMatrix(np.repeat(SOME.X, 2, axis=0), np.repeat(SOME.real, 2))
    weighted = matrix(weight=np.full(len(SOME.X), 2.0))
    exact = {"tree_method": "exact", **COMMON}
    raw = [predict(train("log_cosh", exact, some, 8), matrix()) for some in (twice, weighted)]
    np.testing.assert_allclose(raw[0], raw[1], rtol=1e-5, atol=1e-6)


def test_derivatives_are_what_xgboost_reads_right() -> None:
    its = objective("scce")
    raw = np.asfortranarray(np.zeros((4, 3), dtype=np.float32))
    for scores in (raw, np.ascontiguousarray(raw), raw.astype(np.float64)):
        for part in its(np.array([0.0, 1.0, 2.0, 0.0]), scores):
            assert part.shape == (4, 3)
            assert part.dtype == scores.dtype
            assert part.dtype.isnative
            assert np.isfinite(part).all()
    first, second = its(np.zeros(2), np.array([3e38, -3e38], dtype=np.float32).reshape(2, 1))
    assert np.isfinite(first).all()
    assert np.isfinite(second).all()


@pytest.mark.parametrize("way", [copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
def test_objectives_and_metrics_are_copied(way) -> None:
    its = way(objective("huber(delta=2.0)"))
    assert its == Objective("huber(delta=2.0)")
    assert its([0.0], [5.0], None)[0].tolist() == [2.0]
    other = way(metric("bce", "my_loss"))
    assert (other.__name__, other([1], [0.0])) == ("my_loss", pytest.approx(np.log(2)))


@pytest.mark.skipif(VERSION < (3, 2), reason="xgboost.objective came with 3.2")
def test_the_experimental_objectives_train_the_same_trees() -> None:
    rows = np.stack([SOME.real, -SOME.amount], axis=1)
    some = xgboost.DMatrix(SOME.X, rows)
    params = {"multi_strategy": "multi_output_tree", "base_score": 0.5, **COMMON}
    plain = xgboost.train(params, some, 5, obj=objective("half_squared_error"))
    tree = xgboost.train(params, some, 5, obj=tree_objective("half_squared_error"))
    np.testing.assert_array_equal(tree.predict(some), plain.predict(some))

    def summed(grad: Any, hess: Any) -> tuple[Any, Any]:
        return grad.sum(axis=1, keepdims=True), hess.sum(axis=1, keepdims=True)

    reduced = xgboost.train(params, some, 5, obj=tree_objective("half_squared_error", split=summed))
    error = [np.mean((booster.predict(some) - rows) ** 2) for booster in (plain, reduced)]
    assert error[0] < error[1] < np.mean((rows - rows.mean(axis=0)) ** 2)


@pytest.mark.skipif(VERSION >= (3, 2), reason="they are there")
def test_experimental_objectives_of_another_version_are_named() -> None:
    with pytest.raises(ImportError, match=r"came with 3\.2"):
        tree_objective("mse")


# Metrics


def test_a_metric_is_the_weighted_mean_of_raw_scores() -> None:
    its = metric("bce")
    raw = np.linspace(-2, 2, len(SOME.X)).astype(np.float32)
    wanted = lossreg.get("bce")(SOME.label, raw, SOME.weight, reduction="weighted_mean")
    assert its(raw, matrix(SOME.label, SOME.weight)) == ("binary_cross_entropy", pytest.approx(wanted, rel=1e-6))
    assert its(SOME.label, raw, sample_weight=SOME.weight) == pytest.approx(wanted)


def test_a_metric_of_predictions_is_for_xgboosts_own_objectives() -> None:
    """A callable objective changes what a metric is given."""
    history: dict[str, Any] = {}
    some = matrix(SOME.label)
    params = {"objective": "binary:logistic", "disable_default_eval_metric": 1, **COMMON}
    own = metric("bce", predicted=True)
    booster = xgboost.train(
        params, some, 3, evals=[(some, "all")], custom_metric=own, evals_result=history, verbose_eval=False
    )
    wanted = lossreg.get("bce")(SOME.label, booster.predict(some, output_margin=True))
    assert history["all"]["binary_cross_entropy"][-1] == pytest.approx(wanted, rel=1e-5)


def test_no_metric_has_a_name_that_xgboost_maximises() -> None:
    for name in ("auc_of_mine", "precision", "mapped", "ndcg"):
        with pytest.raises(lossreg.ParameterError, match="maximises"):
            metric("mse", name)
    assert metric("mse", "mape").__name__ == "mape"
    for name in lossreg.names(family="pointwise"):
        try:
            assert not metric(name).__name__.startswith(("auc", "pre", "map", "ndcg"))
        except lossreg.ParameterError:
            continue


def test_early_stopping_minimises_the_loss() -> None:
    other = data(12)
    valid = xgboost.DMatrix(other.X, other.real)
    history: dict[str, Any] = {}
    booster = train(
        "huber",
        {"eta": 0.5, **COMMON},
        matrix(),
        300,
        evals=[(valid, "valid")],
        early_stopping_rounds=5,
        evals_result=history,
        verbose_eval=False,
    )
    values = history["valid"]["huber"]
    assert booster.best_iteration == int(np.argmin(values)) < 250
    assert list(history["valid"]) == ["huber"]
    raw = predict(booster, valid, raw=True)
    assert lossreg.get("huber")(other.real, raw.astype(np.float64)) == pytest.approx(min(values), rel=1e-5)


def test_a_metric_of_the_user_s_is_given_predictions() -> None:
    def largest(y_true: Any, y_pred: Any) -> float:
        return float(np.max(y_pred))

    model = XGBLossRegressor(loss="poisson", n_estimators=3, n_jobs=1, eval_metric=largest)
    model.fit(SOME.X, SOME.count, eval_set=[(SOME.X, SOME.count)], verbose=False)
    assert model.evals_result()["validation_0"]["largest"][-1] == pytest.approx(model.predict(SOME.X).max(), rel=1e-5)


# What stands beside a loss


@pytest.mark.parametrize(
    ("loss", "params", "words"),
    [
        ("binary_focal", {"objective": "multi:softprob"}, "another loss: it is none of the booster's own"),
        ("half_squared_error", {"objective": "reg:gamma"}, "it is 'reg:squarederror'"),
        ("bce", {"scale_pos_weight": 3.0}, "does not read it: pass sample weights"),
        ("pinball(quantile=0.3)", {"quantile_alpha": 0.5}, "a parameter of the loss"),
        (
            "bce",
            {"label_smoothing": 0.1},
            r"pass it with the loss: lossreg.get\('binary_cross_entropy', label_smoothing=0.1\)",
        ),
        ("bce", {"num_class": 3}, "one raw score a row"),
        ("bce", {"objective": print}, "another loss"),
    ],
)
def test_what_belongs_to_another_loss_is_refused(loss: str, params: dict[str, Any], words: str) -> None:
    with pytest.raises(lossreg.ParameterError, match=words):
        train(loss, {**params, **COMMON}, matrix(SOME.label), 1)


@pytest.mark.parametrize("named", ["binary:logistic", "reg:logistic", None])
def test_the_same_loss_may_stand_beside_it(named: str | None) -> None:
    booster = train("bce", {"objective": named, **COMMON}, matrix(SOME.label), 5)
    wanted = train("bce", COMMON, matrix(SOME.label), 5)
    np.testing.assert_array_equal(predict(booster, matrix(), raw=True), predict(wanted, matrix(), raw=True))


@pytest.mark.parametrize(
    ("loss", "y", "error"),
    [
        ("bce", np.where(SOME.label == 1, 2, 0), "^label holds 2"),
        ("poisson", -SOME.count - 1, "numbers of at least 0"),
        ("gamma", SOME.count * 0, "numbers above 0"),
        ("scce", SOME.classes + 0.5, "class ind"),
    ],
)
def test_wrong_labels_fail_before_training(loss: str, y: Any, error: str) -> None:
    with pytest.raises(lossreg.DomainError, match=error):
        train(loss, COMMON, matrix(y), 1)
    with pytest.raises(lossreg.DomainError, match=error) as caught:
        train(loss, COMMON, matrix(SOME.classes + 1.0 if loss != "bce" else SOME.label), 1, evals=[(matrix(y), "v")])
    assert caught.value.__notes__ == ["in the labels of evals 'v'"]


def test_a_loss_of_classes_says_that_it_needs_their_number() -> None:
    with pytest.raises(lossreg.ShapeError, match="set num_class"):
        xgboost.train(COMMON, matrix(SOME.classes), 1, obj=objective("scce"))
    with pytest.raises(lossreg.ShapeError, match="take a row-wise loss"):
        xgboost.train({"num_class": 4, **COMMON}, matrix(SOME.classes), 1, obj=objective("bce"))
    with pytest.raises(lossreg.DomainError, match="class index from 0 to 2"):
        train("scce", {"num_class": 3, **COMMON}, matrix(SOME.classes), 1)


def test_what_is_no_data_is_said() -> None:
    with pytest.raises(lossreg.ParameterError, match=r"no labels; pass xgboost\.DMatrix"):
        train("mse", COMMON, xgboost.DMatrix(SOME.X), 1)
    with pytest.raises(lossreg.ParameterError, match=r"is a ndarray; wanted an xgboost\.DMatrix"):
        train("mse", COMMON, SOME.X, 1)
    with pytest.raises(lossreg.ParameterError, match="params is of type DMatrix; wanted a dict, after the loss"):
        train(COMMON, matrix(), 1)
    with pytest.raises(lossreg.ParameterError, match="obj stands beside"):
        train("mse", COMMON, matrix(), 1, obj=print)
    with pytest.raises(lossreg.ParameterError, match="another loss"):
        XGBLossRegressor(objective=print).fit(SOME.X, SOME.real)
    with pytest.raises(lossreg.ShapeError, match="one class index a row; for rows of labels take a pointwise loss"):
        XGBLossClassifier(loss="scce").fit(SOME.X, np.stack([SOME.label] * 2, axis=1))
    with pytest.raises(lossreg.ShapeError, match="sample_weight_eval_set has 2 items and eval_set has 1"):
        XGBLossRegressor().fit(
            SOME.X, SOME.real, eval_set=(SOME.X, SOME.real), sample_weight_eval_set=[None, SOME.weight]
        )


@pytest.mark.parametrize("margin", [500.0, 1e4])
def test_derivatives_that_are_infinite_are_an_error_and_no_model_of_nothing(margin: float) -> None:
    """XGBoost takes them without a word and predicts NaN."""
    far = xgboost.DMatrix(SOME.X, SOME.count, base_margin=np.full(len(SOME.X), margin))
    with pytest.raises(lossreg.DomainError, match=r"poisson\(\) at the raw score .* of row 0 has the derivatives inf"):
        train("poisson", COMMON, far, 1)


def test_weights_may_be_the_third_argument_and_a_single_pair_may_be_evaluated() -> None:
    few = {"n_estimators": 3, "n_jobs": 1}
    model = XGBLossRegressor(**few).fit(SOME.X, SOME.real, SOME.weight, eval_set=(SOME.X, SOME.real))
    named = XGBLossRegressor(**few).fit(SOME.X, SOME.real, sample_weight=SOME.weight)
    np.testing.assert_array_equal(model.predict(SOME.X), named.predict(SOME.X))
    assert list(model.evals_result()) == ["validation_0"]


def test_arrays_that_xgboost_would_not_name_are_named() -> None:
    with pytest.raises(lossreg.DomainError, match=r"^y holds nan at index 1"):
        XGBLossRegressor().fit(SOME.X[:2], [0.0, np.nan])
    masked = np.ma.masked_array(SOME.real, SOME.real < 0)
    with pytest.raises(lossreg.DtypeError, match="masked"):
        XGBLossRegressor().fit(SOME.X, masked)
    with pytest.raises(lossreg.ShapeError, match=r"^y has shape"):
        XGBLossRegressor().fit(SOME.X, SOME.X[:, :, np.newaxis])


# Losses that XGBoost does not have


def test_soft_labels_are_trained_on_as_rows_of_probabilities() -> None:
    rng = np.random.default_rng(1)
    soft = rng.dirichlet(np.ones(3), len(SOME.X))
    soft[SOME.label == 1] = soft[SOME.label == 1] * 0.2 + np.array([0.8, 0.0, 0.0])
    some = xgboost.DMatrix(SOME.X, soft)
    booster = train("categorical_cross_entropy", COMMON, some, 20)
    predicted = predict(booster, some)
    np.testing.assert_allclose(predicted.sum(axis=1), 1.0, rtol=1e-5)
    loss = lossreg.get("categorical_cross_entropy")
    constant = loss(soft, np.tile(loss.init_score(soft), (len(soft), 1)))
    value = loss(soft, predict(booster, some, raw=True).astype(np.float64))
    assert value < constant - 0.05
    hard = train("scce", {"num_class": 3, **COMMON}, xgboost.DMatrix(SOME.X, soft.argmax(axis=1)), 20)
    assert value < loss(soft, predict(hard, some, raw=True).astype(np.float64)) - 0.05


@pytest.mark.parametrize(
    ("loss", "nearest", "target"),
    [
        ("binary_focal(gamma=3.0)", "bce", "label"),
        ("cauchy(scale=0.5)", "half_squared_error", "real"),
        ("linex(a=0.5)", "half_squared_error", "real"),
        ("log_cosh", "half_squared_error", "real"),
        ("categorical_focal(gamma=3.0)", "scce", "classes"),
        ("expectile(level=0.9)", "half_squared_error", "real"),
        ("smooth_pinball(quantile=0.9, bandwidth=0.5)", "pinball(quantile=0.9)", "real"),  # whose leaves are refitted
    ],
)
def test_losses_that_xgboost_lacks_reach_a_better_value_of_their_own(loss: str, nearest: str, target: str) -> None:
    seen, new = data(13, rows=2000), data(14, rows=2000)
    some, other = (xgboost.DMatrix(part.X, getattr(part, target)) for part in (seen, new))
    value = []
    for one in (loss, nearest):
        booster = train(one, {"eta": 0.2, "max_delta_step": 2, **COMMON}, some, 100)
        raw = predict(booster, other, raw=True).astype(np.float64)
        value.append(lossreg.get(loss)(getattr(new, target), raw))
    assert value[0] < 0.99 * value[1]


def test_a_hinge_classifies_without_probabilities() -> None:
    model = XGBLossClassifier(loss="squared_hinge", n_estimators=20, n_jobs=1).fit(SOME.X, SOME.label)
    assert model.score(SOME.X, SOME.label) > 0.9
    np.testing.assert_array_equal(model.predict(SOME.X), model.decision_function(SOME.X) > 0)
    with pytest.raises(AttributeError, match="use decision_function"):
        model.predict_proba(SOME.X)
    assert not hasattr(XGBLossClassifier(loss="hinge"), "predict_proba")


# Formulas, and arrays of every kind


def test_a_formula_that_nobody_registered_predicts_from_a_file_too(tmp_path) -> None:
    """A file of the model holds the formula."""
    loss = lossreg.define("log1p(r**2) + 0.1*exp(0.1*r)", name="formula_of_a_booster", link="log")
    model = XGBLossRegressor(loss=loss, n_estimators=3).fit(SOME.X, SOME.amount)
    wanted = model.predict(SOME.X)
    np.testing.assert_allclose(wanted, np.exp(model.predict(SOME.X, output_margin=True)), rtol=1e-6)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).predict(SOME.X), wanted)
    booster = pickle.loads(pickle.dumps(train(loss, COMMON, xgboost.DMatrix(SOME.X, SOME.amount), 3)))
    assert np.all(predict(booster, xgboost.DMatrix(SOME.X)) > 0)
    model.save_model(tmp_path / "model.json")
    again = XGBLossRegressor()
    again.load_model(tmp_path / "model.json")
    np.testing.assert_array_equal(again.predict(SOME.X), wanted)


@pytest.mark.parametrize("dtype", [">f8", ">f4", ">i4", "<i2"])
def test_targets_and_weights_of_either_byte_order_are_the_same_numbers(dtype: str) -> None:
    """XGBoost reads the bytes of a foreign order as its own, without a word."""
    y, weight = np.round(SOME.amount * 4), np.round(SOME.weight * 8)
    wanted = XGBLossRegressor(loss="poisson", n_estimators=3).fit(SOME.X, y, weight).predict(SOME.X)
    sets = {"eval_set": [(SOME.X, y.astype(dtype))], "sample_weight_eval_set": [weight.astype(dtype)]}
    model = XGBLossRegressor(loss="poisson", n_estimators=3).fit(SOME.X, y.astype(dtype), weight.astype(dtype), **sets)
    np.testing.assert_array_equal(model.predict(SOME.X), wanted)
    assert np.isfinite(next(iter(model.evals_result()["validation_0"].values()))).all()


def test_weights_are_one_for_each_row_or_one_for_all() -> None:
    plain, halves = (XGBLossRegressor(n_estimators=3, base_score=0.0) for _ in range(2))
    np.testing.assert_array_equal(
        halves.fit(SOME.X, SOME.real, 0.5).predict(SOME.X),
        plain.fit(SOME.X, SOME.real, np.full(len(SOME.X), 0.5)).predict(SOME.X),
    )
    for weight, words in (
        (SOME.weight[:-1], r"has shape \(599,\); wanted one weight for each of 600 rows"),
        (SOME.weight[:, None], r"pass sample_weight.ravel\(\)"),
    ):
        with pytest.raises(lossreg.ShapeError, match=words):
            XGBLossRegressor().fit(SOME.X, SOME.real, weight)
    for X in (SOME.X[1:], SOME.X[1:].tolist()):
        with pytest.raises(lossreg.ShapeError, match="X has 599 rows and y has 600"):
            XGBLossRegressor().fit(X, SOME.real)


@pytest.mark.skipif(VERSION < (3, 2), reason="xgboost.objective came with 3.2")
def test_experimental_objectives_are_pickled() -> None:
    rows = np.stack([SOME.real, -SOME.amount], axis=1).astype(np.float32)  # as a DMatrix has them
    again = pickle.loads(pickle.dumps(tree_objective("half_squared_error", split=first_of_each)))
    grad, hess = again(0, rows, xgboost.DMatrix(SOME.X, rows))
    np.testing.assert_array_equal(grad, np.zeros(rows.shape))
    assert again.split_grad(0, grad, hess)[0].shape == (len(rows), 1)


def first_of_each(grad: Any, hess: Any) -> tuple[Any, Any]:
    return grad[:, :1], hess[:, :1]


def test_the_metric_of_the_objective_that_gives_the_link_is_not_evaluated_beside_one_of_ones_own() -> None:
    """The link of these counts is a gamma objective's, whose deviance is infinite at 0."""

    def largest(y: Any, predicted: Any) -> float:
        return float(np.max(np.abs(y - predicted)))

    for loss, names in (("negative_binomial", {"largest"}), ("poisson", {"poisson-nloglik", "largest"})):
        model = XGBLossRegressor(loss=loss, n_estimators=2, eval_metric=largest)
        model.fit(SOME.X, SOME.count, eval_set=(SOME.X, SOME.count))
        assert set(model.evals_result()["validation_0"]) == names
