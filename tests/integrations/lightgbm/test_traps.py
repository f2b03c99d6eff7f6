"""What LightGBM does silently with an objective of one's own, and that nothing of it happens here."""

from __future__ import annotations

import copy
import inspect
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from boosted import data

import lossreg

lightgbm = pytest.importorskip("lightgbm")
pytest.importorskip("sklearn")
from light import evaluated
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV

from lossreg.integrations.lightgbm import (
    LGBMLossClassifier,
    LGBMLossRegressor,
    Objective,
    metric,
    objective,
    train,
)

COMMON = {"num_leaves": 8, "num_threads": 1, "verbose": -1}
FEW = {"n_estimators": 8, "num_leaves": 8, "n_jobs": 1, "verbose": -1}
SOME = data(31)


def dataset(y: Any = SOME.real, weight: Any = None, **more: Any) -> Any:
    return lightgbm.Dataset(SOME.X, y, weight=weight, **more)


# An objective by itself


def test_an_objective_has_four_parameters_which_get_the_weights_and_the_groups() -> None:
    its = objective("bce")
    assert list(inspect.signature(its).parameters) == ["y_true", "y_pred", "weight", "group"]
    some = dataset(SOME.label, SOME.weight).construct()
    raw = np.linspace(-2, 2, len(SOME.X))
    for one, other in zip(its(raw, some), its(SOME.label, raw, SOME.weight), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("target", ["label", "classes"])
def test_an_objective_trains_like_the_built_in_when_the_start_is_the_same(target: str, weighted: bool) -> None:
    weight, y = SOME.weight if weighted else None, getattr(SOME, target)
    several = target == "classes"
    common = {**COMMON, "boost_from_average": False, **({"num_class": 4} if several else {})}
    named, loss = ("multiclass", "scce") if several else ("binary", "bce")
    theirs = lightgbm.train({"objective": named, **common}, dataset(y, weight), 10)
    ours = lightgbm.train({"objective": objective(loss), **common}, dataset(y, weight), 10)
    wanted = theirs.predict(SOME.X, raw_score=True)
    np.testing.assert_allclose(ours.predict(SOME.X, raw_score=True), wanted, rtol=1e-5, atol=1e-6)
    if not several:
        model = lightgbm.LGBMClassifier(
            objective=objective(loss), boost_from_average=False, **{**FEW, "n_estimators": 10}
        )
        model.fit(SOME.X, y, sample_weight=weight)
        np.testing.assert_allclose(model.predict(SOME.X, raw_score=True), wanted, rtol=1e-5, atol=1e-6)


def test_scores_of_classes_are_read_and_not_written() -> None:
    """LightGBM passes a writable view of its own memory."""
    raw = np.asfortranarray(np.random.default_rng(0).normal(size=(4, 3)))
    before = raw.copy()
    grad, hess = objective("scce")(np.array([0.0, 1.0, 2.0, 0.0], dtype=np.float32), raw)
    np.testing.assert_array_equal(raw, before)
    assert grad.flags.f_contiguous
    assert not np.shares_memory(grad, raw)
    np.testing.assert_allclose(grad.sum(axis=1), 0.0, atol=1e-15)
    np.testing.assert_array_equal(
        grad, lossreg.get("scce").grad([0, 1, 2, 0], np.ascontiguousarray(raw), reduction="none")
    )
    assert hess.min() > 0


@pytest.mark.parametrize("way", [copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
def test_objectives_and_metrics_are_copied(way) -> None:
    """LightGBM trains with a deep copy of its parameters."""
    assert way(objective("huber(delta=2.0)")) == Objective("huber(delta=2.0)")
    assert way(metric("bce", "my_loss"))([1], [0.0]) == ("my_loss", pytest.approx(np.log(2)), False)


# Starts, links and metrics


def test_the_start_is_in_the_model_and_the_data_are_left_as_they_were() -> None:
    some = dataset(SOME.count)
    booster = train("poisson", COMMON, some, 1)
    assert some.get_init_score() is None
    assert booster.predict(SOME.X).mean() == pytest.approx(SOME.count.mean(), rel=0.05)
    contributions = booster.predict(SOME.X, pred_contrib=True)
    np.testing.assert_allclose(contributions.sum(axis=1), booster.predict(SOME.X, raw_score=True), rtol=1e-9)


def test_parameters_of_the_data_may_still_be_among_those_of_the_training() -> None:
    coarse = train("half_squared_error", {"max_bin": 4, **COMMON}, dataset(), 5)
    wanted = lightgbm.train({"objective": "regression", "max_bin": 4, **COMMON}, dataset(), 5)
    np.testing.assert_allclose(coarse.predict(SOME.X), wanted.predict(SOME.X), rtol=1e-6, atol=1e-6)


def test_a_start_of_the_user_s_stays_out_of_the_model_as_in_lightgbm() -> None:
    begin = np.full(len(SOME.X), 3.0)
    theirs = lightgbm.train({"objective": "regression", **COMMON}, dataset(init_score=begin), 5)
    ours = train("half_squared_error", COMMON, dataset(init_score=begin), 5)
    np.testing.assert_allclose(ours.predict(SOME.X), theirs.predict(SOME.X), rtol=1e-6, atol=1e-6)
    model = LGBMLossRegressor(**FEW).fit(SOME.X, SOME.real, init_score=begin)
    wanted = lightgbm.LGBMRegressor(**FEW).fit(SOME.X, SOME.real, init_score=begin)
    np.testing.assert_allclose(model.predict(SOME.X), wanted.predict(SOME.X), rtol=1e-6, atol=1e-6)


def test_training_goes_on_from_a_model() -> None:
    half = train("poisson", COMMON, dataset(SOME.count), 5)
    both = train("poisson", COMMON, dataset(SOME.count), 5, init_model=half)
    whole = train("poisson", COMMON, dataset(SOME.count), 10)
    assert both.num_trees() == 10
    np.testing.assert_allclose(both.predict(SOME.X), whole.predict(SOME.X), rtol=1e-4)


def test_a_loss_of_equal_slopes_leaves_its_start() -> None:
    """A callable absolute error never leaves 0 where all targets lie above it."""
    stuck = lightgbm.train({"objective": objective("absolute_error"), **COMMON}, dataset(SOME.real + 100), 20).predict(
        SOME.X
    )
    moved = train("absolute_error", COMMON, dataset(SOME.real + 100), 20).predict(SOME.X)
    error = [np.mean(np.abs(predicted - SOME.real - 100)) for predicted in (stuck, moved)]
    assert error[0] > 90
    assert error[1] < np.mean(np.abs(SOME.real - np.median(SOME.real)))


def test_a_written_model_predicts_by_itself(tmp_path: Path) -> None:
    for loss, y in (("binary_focal", SOME.label), ("categorical_focal", SOME.classes), ("gamma_deviance", SOME.amount)):
        booster = train(loss, COMMON, dataset(y), 10)
        booster.save_model(tmp_path / "model.txt")
        again = lightgbm.Booster(model_file=tmp_path / "model.txt")
        predicted = again.predict(SOME.X)
        np.testing.assert_array_equal(predicted, booster.predict(SOME.X))
        np.testing.assert_allclose(
            predicted, lossreg.get(loss).predict(again.predict(SOME.X, raw_score=True)), rtol=1e-12
        )


@pytest.mark.parametrize(
    ("loss", "params", "words"),
    [
        ("binary_focal", {"objective": "binary"}, "another loss: it is none of the booster's own"),
        ("half_squared_error", {"application": "gamma"}, "it is 'regression'"),
        ("bce", {"is_unbalance": True}, "does not read it: pass class_weight"),
        ("bce", {"scale_pos_weight": 3.0}, "does not read it"),
        ("pinball(quantile=0.3)", {"alpha": 0.5}, "a parameter of the loss"),
        ("pinball", {"quantile": 0.9}, "quantile is 0.9 beside .* whose parameter it is"),
        ("bce", {"num_class": 3}, "one raw score a row"),
        ("bce", {"metric": "binary_logloss"}, r"in place of predictions; .*lossreg.get\('binary_cross_entropy'\)"),
        ("binary_focal", {"metric": "hinge"}, r"such as lossreg.get\('hinge'\)"),
        ("binary_focal", {"metric": "rmse"}, r"such as lossreg.get\('binary_focal'\)"),
        ("bce", {"metric": "auc,binary_error"}, "metric is 'binary_error'"),
        ("mse", {"linear_tree": True}, "linear trees"),
        ("bce", {"unbalance": True}, "is_unbalance is True"),
        ("bce", {"pos_subsample": 0.5, "bagging_freq": 1}, "pass bagging_fraction"),
        ("bce", {"boost": "rf", "bagging_freq": 1, "bagging_fraction": 0.5}, "random forests take no objective"),
    ],
)
def test_what_belongs_to_another_loss_is_refused(loss: str, params: dict[str, Any], words: str) -> None:
    with pytest.raises(lossreg.ParameterError, match=words):
        train(loss, {**params, **COMMON}, dataset(SOME.label), 1)


@pytest.mark.parametrize(
    "params",
    [
        {"is_unbalance": True},
        {"objective": "poisson"},
        {"label_smoothing": 0.1},
        {"metric": "binary_logloss"},
        {"boosting_type": "rf", "subsample": 0.5, "subsample_freq": 1},
        {"neg_bagging": 0.5, "bagging_freq": 1},
    ],
)
def test_estimators_refuse_it_too(params: dict[str, Any]) -> None:
    with pytest.raises(lossreg.ParameterError):
        LGBMLossClassifier(**{**FEW, **params}).fit(SOME.X, SOME.label)
    LGBMLossClassifier(metric="auc", objective="binary", **FEW).fit(SOME.X, SOME.label)


@pytest.mark.parametrize(
    ("loss", "y", "error"),
    [
        ("bce", np.where(SOME.label == 1, 2, 0), r"^label (of valid_sets\[0\] )?holds 2"),
        ("poisson", -SOME.count - 1, "numbers of at least 0"),
        ("scce", SOME.classes + 0.5, "class ind"),
        ("half_squared_error", np.where(SOME.label == 1, np.nan, 0.0), "wanted finite numbers"),  # LightGBM reads 0
    ],
)
def test_wrong_labels_fail_before_training(loss: str, y: Any, error: str) -> None:
    with pytest.raises(lossreg.DomainError, match=error):
        train(loss, COMMON, dataset(y), 1)
    right = SOME.label if loss == "bce" else SOME.classes
    some = dataset(right)
    with pytest.raises(lossreg.DomainError, match=error):
        train(loss, COMMON, some, 1, valid_sets=[dataset(y, reference=some)])


def test_what_a_dataset_cannot_hold_is_said() -> None:
    with pytest.raises(lossreg.ParameterError, match="one label a row"):
        train("categorical_cross_entropy", COMMON, dataset(SOME.label), 1)
    with pytest.raises(lossreg.ParameterError, match="no labels"):
        train("mse", COMMON, lightgbm.Dataset(SOME.X), 1)
    with pytest.raises(lossreg.ParameterError, match=r"train_set is a ndarray; wanted a lightgbm.Dataset"):
        train("mse", COMMON, SOME.X, 1)
    with pytest.raises(lossreg.ParameterError, match="params is of type Dataset; wanted a dict, after the loss"):
        train(COMMON, dataset(), 1)
    with pytest.raises(lossreg.ParameterError, match="keep_training_booster"):
        train("mse", COMMON, dataset(), 1, keep_training_booster=True)


def test_data_sets_may_be_parts_of_others_and_a_single_one_is_evaluated() -> None:
    whole = dataset(SOME.count, free_raw_data=False).construct()
    part = whole.subset(list(range(300)))
    history: dict[str, Any] = {}
    callbacks = [lightgbm.record_evaluation(history)]
    ours = train("poisson", COMMON, part, 3, valid_sets=part, callbacks=callbacks)
    theirs = lightgbm.train({"objective": "poisson", **COMMON}, whole.subset(list(range(300))), 3)
    np.testing.assert_allclose(ours.predict(SOME.X), theirs.predict(SOME.X), rtol=1e-6)
    assert len(history["training"]["poisson"]) == 3


def test_no_start_is_taken_where_none_is_wished_for() -> None:
    params = {"boost_from_average": False, **COMMON}
    theirs = lightgbm.train({"objective": "poisson", **params}, dataset(SOME.count), 5)
    ours = train("poisson", params, dataset(SOME.count), 5)
    model = LGBMLossRegressor(loss="poisson", boost_from_average=False, **{**FEW, "n_estimators": 5})
    for predicted in (ours.predict(SOME.X), model.fit(SOME.X, SOME.count).predict(SOME.X)):
        np.testing.assert_allclose(predicted, theirs.predict(SOME.X), rtol=1e-6)


@pytest.mark.parametrize("where", ["fit", "evaluation", "native"])
def test_negative_weights_are_refused(where: str) -> None:
    """LightGBM trains with them without a word."""
    weight = np.where(np.arange(len(SOME.X)) == 4, -0.5, 1.0)
    calls = {
        "native": lambda: train("mse", COMMON, dataset(weight=weight), 1),
        "fit": lambda: LGBMLossRegressor(**FEW).fit(SOME.X, SOME.real, weight),
        "evaluation": lambda: LGBMLossRegressor(**FEW).fit(
            SOME.X, SOME.real, **evaluated(SOME.X, SOME.real), eval_sample_weight=[weight]
        ),
    }
    with pytest.raises(
        lossreg.DomainError, match=r"weight(\[0\])? holds -0.5 at index 4; wanted numbers of at least 0"
    ):
        calls[where]()


# Estimators


def test_clones_pickles_and_grids() -> None:
    model = LGBMLossRegressor(loss="huber(delta=2.0)", hessian="exact", subsample=0.5, **FEW)
    again = clone(model)
    assert again.get_params() == model.get_params()
    assert again.set_params(loss="log_cosh", num_leaves=4).get_params()["loss"] == "log_cosh"
    assert clone(again).loss == "log_cosh"
    grid = {"loss": ["half_squared_error", "huber(delta=0.5)", lossreg.get("cauchy")], "num_leaves": [4, 8]}
    search = GridSearchCV(LGBMLossRegressor(**FEW), grid, cv=3, scoring="neg_mean_absolute_error")
    search.fit(SOME.X, SOME.real, sample_weight=SOME.weight)
    assert len(set(search.cv_results_["mean_test_score"])) == 6
    fitted = pickle.loads(pickle.dumps(search.best_estimator_))
    np.testing.assert_array_equal(fitted.predict(SOME.X), search.best_estimator_.predict(SOME.X))


@pytest.mark.parametrize("names", [["no", "yes"], [-1, 1], [False, True]])
def test_labels_of_any_kind(names: list[Any]) -> None:
    y = np.array(names)[SOME.label]
    model = LGBMLossClassifier(loss="binary_focal", **FEW).fit(SOME.X, y, **evaluated(SOME.X, y))
    assert model.classes_.tolist() == names
    (history,) = model.evals_result_.values()
    assert history["binary_focal"][-1] == pytest.approx(
        lossreg.get("binary_focal")(SOME.label, model.decision_function(SOME.X))
    )
    assert model.score(SOME.X, y) > 0.7
    np.testing.assert_allclose(model.predict_proba(SOME.X).sum(axis=1), 1.0)
    assert pickle.loads(pickle.dumps(model)).predict(SOME.X).tolist() == model.predict(SOME.X).tolist()


def test_two_classes_are_trained_by_a_loss_of_classes_too() -> None:
    model = LGBMLossClassifier(loss="categorical_focal", **FEW).fit(SOME.X, SOME.label)
    assert model.predict_proba(SOME.X).shape == (len(SOME.X), 2)
    assert model.score(SOME.X, SOME.label) > 0.7


def test_a_hinge_classifies_without_probabilities() -> None:
    model = LGBMLossClassifier(loss="squared_hinge", **{**FEW, "n_estimators": 30}).fit(SOME.X, SOME.label)
    assert model.score(SOME.X, SOME.label) > 0.8
    np.testing.assert_array_equal(model.predict(SOME.X), model.decision_function(SOME.X) > 0)
    with pytest.raises(AttributeError, match="use decision_function"):
        model.predict_proba(SOME.X)
    assert not hasattr(LGBMLossClassifier(loss="hinge"), "predict_proba")
    with pytest.raises(NotFittedError):
        LGBMLossClassifier().predict_proba(SOME.X)


def test_a_loss_of_the_wrong_task_is_refused() -> None:
    with pytest.raises(lossreg.ParameterError, match="two classes and y holds 4"):
        LGBMLossClassifier(loss="binary_focal").fit(SOME.X, SOME.classes)
    with pytest.raises(lossreg.ParameterError, match="no loss of labels; use LGBMLossRegressor"):
        LGBMLossClassifier(loss="huber").fit(SOME.X, SOME.label)
    with pytest.raises(lossreg.ShapeError, match="no exponential of several outputs"):
        LGBMLossRegressor(loss="poisson").fit(SOME.X, np.stack([SOME.count] * 2, axis=1))
    with pytest.raises(lossreg.DomainError, match="wanted probabilities"):
        LGBMLossRegressor(loss="categorical_cross_entropy").fit(SOME.X, SOME.X)
    with pytest.raises(lossreg.ParameterError, match="use LGBMLossClassifier"):
        LGBMLossRegressor(loss="scce").fit(SOME.X, SOME.classes)


@pytest.mark.parametrize(
    ("loss", "nearest", "target"),
    [
        ("binary_focal(gamma=3.0)", "bce", "label"),
        ("cauchy(scale=0.5)", "half_squared_error", "real"),
        ("categorical_focal(gamma=3.0)", "scce", "classes"),
        ("expectile(level=0.9)", "half_squared_error", "real"),
        ("log_cosh", "half_squared_error", "real"),
        ("linex(a=0.5)", "half_squared_error", "real"),
    ],
)
def test_losses_that_lightgbm_lacks_reach_a_better_value_of_their_own(loss: str, nearest: str, target: str) -> None:
    seen, new = data(13, rows=2000), data(14, rows=2000)
    value = []
    for one in (loss, nearest):
        booster = train(one, {"max_delta_step": 2, **COMMON}, lightgbm.Dataset(seen.X, getattr(seen, target)), 200)
        value.append(lossreg.get(loss)(getattr(new, target), booster.predict(new.X, raw_score=True)))
    assert value[0] < value[1]


def test_a_smoothed_pinball_reaches_a_better_value_than_lightgbm_s_quantile() -> None:
    """Whose leaves are refitted."""
    seen, new = data(13, rows=2000), data(14, rows=2000)
    loss = lossreg.get("smooth_pinball", quantile=0.9, bandwidth=0.5)
    params = {"objective": "quantile", "alpha": 0.9, **COMMON}
    theirs = lightgbm.train(params, lightgbm.Dataset(seen.X, seen.real), 200)
    ours = train(loss, COMMON, lightgbm.Dataset(seen.X, seen.real), 200)
    value = [loss(new.real, booster.predict(new.X)) for booster in (ours, theirs)]
    assert value[0] < 0.99 * value[1]


@pytest.mark.parametrize("dtype", [">f8", "double[pyarrow]", "Float64"])
def test_targets_and_weights_of_any_array_are_the_same_numbers(dtype: str) -> None:
    """LightGBM refuses some that pandas has."""
    if dtype.startswith(">"):
        y, weight = SOME.amount.astype(dtype), SOME.weight.astype(dtype)
    else:
        pandas = pytest.importorskip("pandas")
        if "pyarrow" in dtype:
            pytest.importorskip("pyarrow")
        y, weight = (pandas.Series(one).astype(dtype) for one in (SOME.amount, SOME.weight))
    common = {"loss": "gamma", "n_estimators": 3, "verbose": -1}
    wanted = LGBMLossRegressor(**common).fit(SOME.X, SOME.amount, SOME.weight).predict(SOME.X)
    np.testing.assert_array_equal(LGBMLossRegressor(**common).fit(SOME.X, y, weight).predict(SOME.X), wanted)


def test_weights_are_one_for_each_row_or_one_for_all() -> None:
    common = {"n_estimators": 3, "verbose": -1}
    ones = LGBMLossRegressor(**common).fit(SOME.X, SOME.real, np.full(len(SOME.X), 0.5)).predict(SOME.X)
    np.testing.assert_array_equal(LGBMLossRegressor(**common).fit(SOME.X, SOME.real, 0.5).predict(SOME.X), ones)
    with pytest.raises(lossreg.ShapeError, match="wanted one weight for each of 600 rows"):
        LGBMLossClassifier(**common).fit(SOME.X, SOME.label, SOME.weight[1:])
    with pytest.raises(lossreg.ShapeError, match="several labels a row are rows of 0 and 1 for LGBMLossRegressor"):
        LGBMLossClassifier(**common).fit(SOME.X, np.stack([SOME.label, 1 - SOME.label], axis=1))


def test_labels_may_be_numbers_in_an_array_of_objects() -> None:
    """As columns of tables are; scikit-learn, which encodes the labels for LightGBM, takes those for no classes."""
    X, y = np.arange(100.0).reshape(-1, 1), np.repeat([1, 2], 50)
    wanted = LGBMLossClassifier(verbose=-1, n_estimators=2).fit(X, y)
    found = LGBMLossClassifier(verbose=-1, n_estimators=2).fit(X, y.astype(object))
    np.testing.assert_array_equal(found.predict(X), wanted.predict(X))


def test_a_loss_is_a_metric_of_raw_scores() -> None:
    """Called like a function of predictions, it would take probabilities for scores."""
    bce = lossreg.get("binary_cross_entropy")
    model = LGBMLossClassifier(n_estimators=2, n_jobs=1, verbose=-1)
    model.fit(SOME.X, SOME.label, **evaluated(SOME.X, SOME.label), eval_metric=bce)
    (history,) = model.evals_result_.values()
    seen = history["binary_cross_entropy"]
    raw = model.predict(SOME.X, raw_score=True)
    assert seen[-1] == pytest.approx(bce(SOME.label, raw), rel=1e-5)
    some, history = lightgbm.Dataset(SOME.X, SOME.label), {}
    recorded = [lightgbm.record_evaluation(history)]
    train("binary_focal", {"verbose": -1}, some, 2, valid_sets=[some], feval=bce, callbacks=recorded)
    assert "binary_cross_entropy" in history["training"]
