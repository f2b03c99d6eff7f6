"""CatBoost: the built-in's models, leaves by hand, weights, several classes, metrics, estimators, saved models, refusals."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import lossreg
from lossreg.testing import check_loss

catboost = pytest.importorskip("catboost", "1.2")
from catboost import CatBoost, Pool
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.exceptions import NotFittedError
from sklearn.feature_selection import SelectFromModel
from sklearn.model_selection import GridSearchCV, cross_val_score

from lossreg.integrations.catboost import (
    CatBoostLossClassifier,
    CatBoostLossRegressor,
    metric,
    objective,
)
from lossreg.integrations.sklearn import scorer

QUIET = {"verbose": False, "allow_writing_files": False, "thread_count": 1}
PLAIN = {
    **QUIET,
    "iterations": 20,
    "learning_rate": 0.1,
    "depth": 4,
    "boost_from_average": False,
    "leaf_estimation_method": "Newton",
    "leaf_estimation_iterations": 1,
    "bootstrap_type": "No",
}
BUILT_IN = {
    "RMSE": ("half_squared_error", load_diabetes, 1.0, 1e-12),
    "Poisson": ("poisson", load_diabetes, 20.0, 1e-12),
    "Expectile:alpha=0.75": ("expectile(level=0.75)", load_diabetes, 1.0, 1e-12),
    "Huber:delta=30": ("huber(delta=30)", load_diabetes, 1.0, 1e-12),
    "LogCosh": ("log_cosh", load_diabetes, 50.0, 1e-12),
    "Tweedie:variance_power=1.5": ("tweedie(power=1.5)", load_diabetes, 50.0, 1e-12),
    "Logloss": ("bce", load_breast_cancer, 1.0, 1e-12),
    "Focal:focal_alpha=0.25;focal_gamma=2": ("binary_focal(gamma=2,alpha=0.25)", load_breast_cancer, 1.0, 1e-12),
    "MultiClass": ("scce", load_wine, 1.0, 1e-12),
}


def weights(y, weighted: bool):
    return np.random.default_rng(0).uniform(0.5, 2, len(y)).astype(np.float32) if weighted else None


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("theirs", BUILT_IN)
def test_raw_scores_are_those_of_the_built_in(theirs: str, weighted: bool, seed: int) -> None:
    loss, load, scale, tolerance = BUILT_IN[theirs]
    X, y = load(return_X_y=True)
    y = np.round(y / scale) if loss == "poisson" else y / scale
    options = {"classes_count": 3, "iterations": 5} if load is load_wine else {}
    pool, params = Pool(X, y, weight=weights(y, weighted)), {**PLAIN, "random_seed": seed, **options}
    wanted = CatBoost({**params, "loss_function": theirs}).fit(pool)
    ours = {"loss_function": objective(loss, "exact"), "eval_metric": metric(loss)}
    found = CatBoost({**params, **ours}).fit(pool)
    wanted, found = (model.predict(pool, prediction_type="RawFormulaVal") for model in (wanted, found))
    np.testing.assert_allclose(found, wanted, rtol=0, atol=tolerance * np.abs(wanted).max())


@pytest.mark.parametrize("weighted", [False, True])
def test_a_leaf_is_the_sum_of_the_gradients_over_that_of_the_curvatures(weighted: bool) -> None:
    """By hand: with the loss's own sign the denominator would be l2 minus the sum; without weights it would differ."""
    y = np.array([1.0, 2.0, 6.0, 7.0])
    X = np.array([[0.0], [0.0], [1.0], [1.0]])
    weight = np.array([1.0, 3.0, 2.0, 1.0]) if weighted else np.ones(4)
    params = {**PLAIN, "iterations": 1, "depth": 1, "l2_leaf_reg": 0.5, "learning_rate": 1.0}
    model = CatBoost({**params, "loss_function": objective("half_squared_error"), "eval_metric": "RMSE"})
    model.fit(Pool(X, y, weight=weight if weighted else None))
    scaled_l2 = 0.5 * weight.mean()  # CatBoost multiplies it by the mean weight
    wanted = [weight[part] @ y[part] / (weight[part].sum() + scaled_l2) for part in (slice(0, 2), slice(2, 4))]
    np.testing.assert_allclose(sorted(model.get_leaf_values()), sorted(wanted), rtol=1e-12)


def test_class_weights_arrive_as_weights_beside_a_metric_of_catboost() -> None:
    """Beside a metric of one's own CatBoost ignores them; the estimators apply them themselves."""
    X, y = load_breast_cancer(return_X_y=True)
    by_row = Pool(X, y, weight=np.where(y == 1, 3.0, 1.0))
    ours = {**PLAIN, "loss_function": objective("bce"), "eval_metric": "Logloss"}
    wanted = CatBoost(ours).fit(by_row).predict(X, prediction_type="RawFormulaVal")
    by_class = CatBoost({**ours, "class_weights": [1.0, 3.0]}).fit(X, y)
    np.testing.assert_allclose(by_class.predict(X, prediction_type="RawFormulaVal"), wanted, rtol=1e-12)


@pytest.mark.parametrize(
    "options", [{"class_weights": [1.0, 3.0]}, {"class_weights": {"yes": 3.0}}, {"auto_class_weights": "Balanced"}]
)
def test_class_weights_of_an_estimator_are_those_of_the_built_in(options) -> None:
    X, y = load_breast_cancer(return_X_y=True)
    labels = np.array(["no", "yes"])[y]
    params = {**PLAIN, "iterations": 10}
    theirs = {"class_weights": [1.0, 3.0]} if "class_weights" in options else options
    found = CatBoostLossClassifier("bce", hessian="exact", **params, **options).fit(X, labels)
    weight = (
        np.where(y == 1, 3.0, 1.0)
        if "class_weights" in options
        else np.where(y == 1, 1.0, (y == 1).sum() / (y == 0).sum())
    )
    start = np.full(len(y), found.start_)
    wanted = CatBoost({**params, **theirs, "loss_function": "Logloss"}).fit(Pool(X, y, baseline=start))
    assert found.start_ == pytest.approx(lossreg.get("bce").init_score(y, weight), rel=1e-12)
    scores = wanted.predict(X, prediction_type="RawFormulaVal") + found.start_
    np.testing.assert_allclose(found.raw_scores(X), scores, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", ["scce", "categorical_focal"])
def test_derivatives_of_a_row_are_whole_and_of_minus_the_loss(name: str) -> None:
    loss = lossreg.get(name)
    grad, hess = objective(loss, "exact").calc_ders_multi(np.array([0.3, -1.0, 2.0]), 1.0, 2.0)
    assert grad.shape == (3,)
    assert hess.shape == (3, 3)
    raw = np.array([[0.3, -1.0, 2.0]])
    np.testing.assert_allclose(grad, -2 * loss.grad([1], raw, reduction="none")[0], rtol=1e-14)
    if loss.info.hessians["exact"]:
        np.testing.assert_allclose(hess, -2 * loss.full_hessian([1], raw, reduction="none")[0], rtol=1e-14)
    assert np.linalg.eigvalsh(hess).max() <= 1e-15, "a concave model of minus the loss"


def test_derivatives_of_rows_are_fresh_and_of_minus_the_loss() -> None:
    ours = objective("huber")
    raw, y, weight = np.linspace(-3, 3, 7), np.zeros(7, np.float32), np.arange(7, dtype=np.float32)
    first = ours.calc_ders_range(raw, y, weight)
    grad, hess = ours.loss.grad_and_hess(y, raw, weight, reduction="none", hessian=ours.hessian, min_hessian=1e-16)
    assert np.array_equal(first, np.column_stack([-grad, -hess]))
    assert not np.shares_memory(first, ours.calc_ders_range(raw, y, weight))
    assert ours.calc_ders_range(raw, y, None).shape == (7, 2)


def test_the_metric_is_the_weighted_mean_of_the_loss() -> None:
    for name, theirs, load in (("bce", "Logloss", load_breast_cancer), ("scce", "MultiClass", load_wine)):
        X, y = load(return_X_y=True)
        weight = weights(y, True)
        params = {**PLAIN, "iterations": 5, "loss_function": theirs, "use_best_model": False}
        params |= {"classes_count": 3} if name == "scce" else {}
        logs = []
        for eval_metric in (theirs, metric(name)):
            model = CatBoost({**params, "eval_metric": eval_metric}).fit(
                Pool(X, y, weight=weight), eval_set=Pool(X, y, weight=weight)
            )
            logs.append(
                next(
                    values
                    for key, values in model.evals_result_["validation"].items()
                    if len(logs) == 0 or key != theirs
                )
            )
        np.testing.assert_allclose(logs[1], logs[0], rtol=1e-6)
    assert not metric("bce").is_max_optimal()


def test_objectives_are_copied_as_themselves_and_pickled() -> None:
    for thing in (objective("huber(delta=2)"), metric("huber(delta=2)")):
        assert copy.deepcopy(thing) is thing
        assert pickle.loads(pickle.dumps(thing)) == thing
        assert hash(pickle.loads(pickle.dumps(thing))) == hash(thing)
    assert objective("huber").no_jit, "CatBoost would try to compile it"


# Estimators


def test_the_start_is_in_the_model_that_is_saved(tmp_path) -> None:
    X, y = load_diabetes(return_X_y=True)
    model = CatBoostLossRegressor("gamma", iterations=10, **QUIET).fit(X, y)
    assert model.start_ == pytest.approx(np.log(y.mean()), rel=1e-12)
    few = CatBoostLossRegressor("gamma", iterations=1, learning_rate=1e-4, **QUIET).fit(X, y)
    np.testing.assert_allclose(few.predict(X), y.mean(), rtol=1e-3)
    model.model_.save_model(str(tmp_path / "model.cbm"))
    again = CatBoost().load_model(str(tmp_path / "model.cbm"))
    np.testing.assert_allclose(np.exp(again.predict(X)), model.predict(X), rtol=1e-12)
    assert np.array_equal(pickle.loads(pickle.dumps(model)).predict(X), model.predict(X))


@pytest.mark.parametrize("name", ["scce", "categorical_focal"])
def test_several_classes(name: str, tmp_path) -> None:
    X, y = load_wine(return_X_y=True)
    labels = np.array(["a", "b", "c"])[y]
    model = CatBoostLossClassifier(name, iterations=12, learning_rate=0.3, **QUIET).fit(X, labels, weights(y, True))
    assert model.score(X, labels) > 0.95
    share = model.predict_proba(X)
    np.testing.assert_allclose(share.sum(axis=1), 1.0, rtol=1e-12)
    model.model_.save_model(str(tmp_path / "model.cbm"))
    raw = CatBoost().load_model(str(tmp_path / "model.cbm")).predict(X, prediction_type="RawFormulaVal")
    np.testing.assert_allclose(raw, model.raw_scores(X), rtol=1e-12)


def test_early_stopping_follows_the_loss() -> None:
    X, y = load_breast_cancer(return_X_y=True)
    model = CatBoostLossClassifier("binary_focal", iterations=500, learning_rate=0.2, **QUIET)
    model.fit(X[::2], y[::2], eval_set=(X[1::2], y[1::2]), early_stopping_rounds=10)
    assert model.model_.tree_count_ < 500
    history = next(iter(model.model_.evals_result_["validation"].values()))
    assert model.model_.best_iteration_ == int(np.argmin(history))
    assert min(history) == pytest.approx(lossreg.get("binary_focal")(y[1::2], model.raw_scores(X[1::2])), rel=1e-6)


def test_what_catboost_knows_after_a_fit_is_there() -> None:
    X, y = load_diabetes(return_X_y=True)
    model = CatBoostLossRegressor("huber(delta=20)", iterations=15, **QUIET)
    with pytest.raises(AttributeError, match=r"CatBoostLossRegressor has no evals_result_ before it is fitted"):
        model.evals_result_  # noqa: B018
    model.fit(X[:300], y[:300], eval_set=[(X[:300], y[:300]), (X[300:], y[300:])])
    (seen,) = model.evals_result_["validation_1"].values()
    assert seen[-1] == pytest.approx(lossreg.get("huber(delta=20)")(y[300:], model.predict(X[300:])), rel=1e-7)
    assert min(seen) == next(iter(model.best_score_["validation_1"].values())) == seen[model.best_iteration_]
    assert model.feature_importances_.sum() == pytest.approx(100)
    assert len(model.feature_names_) == X.shape[1]
    assert model.tree_count_ == 15
    chosen = SelectFromModel(CatBoostLossRegressor("huber", iterations=3, **QUIET)).fit(X, y)
    assert 0 < chosen.get_support().sum() < X.shape[1]
    assert not hasattr(model, "classes_")
    for name in "save_model", "staged_predict", "get_feature_importance":
        with pytest.raises(
            AttributeError, match=rf"has no {name}; its model_ has, .*predicts raw scores: write model_\."
        ):
            getattr(model, name)


@pytest.mark.parametrize("name", ["huber(delta=20)", "poisson"])
def test_training_goes_on_from_a_model(name: str, tmp_path) -> None:
    X, y = load_diabetes(return_X_y=True)
    options = {"learning_rate": 0.1, "bootstrap_type": "No", "depth": 3, "random_strength": 0, **QUIET}
    at_once = CatBoostLossRegressor(name, iterations=20, **options).fit(X, y)
    begun = CatBoostLossRegressor(name, iterations=10, **options).fit(X, y)
    begun.model_.save_model(tmp_path / "begun.cbm")
    for given in begun, begun.model_, tmp_path / "begun.cbm", str(tmp_path / "begun.cbm"):
        model = CatBoostLossRegressor(name, iterations=10, **options).fit(X, y, init_model=given)
        np.testing.assert_allclose(model.predict(X), at_once.predict(X), rtol=1e-6)
    # On other data it begins where the model began, not at their best constant.
    model = CatBoostLossRegressor(name, iterations=10, use_best_model=False, **options)
    model.fit(X[200:], 2 * y[200:], init_model=begun, eval_set=(X, y))
    assert model.start_ == begun.start_
    *_, first = (raw for _, raw in zip(range(10), model.model_.staged_predict(X), strict=False))
    np.testing.assert_allclose(first, begun.raw_scores(X), rtol=1e-12)
    (seen,) = model.evals_result_["validation"].values()
    assert seen[-1] == pytest.approx(lossreg.get(name)(y, model.raw_scores(X)), rel=1e-7)
    with pytest.raises(lossreg.ParameterError, match="a model of 2 columns are in units of its targets; fit anew"):
        CatBoostLossRegressor("gaussian_nll", **QUIET).fit(X, y, init_model=begun)


def test_training_goes_on_only_from_a_model_of_the_same_classes() -> None:
    X, y = load_breast_cancer(return_X_y=True)
    words = np.array(["a", "b"])[y]
    begun = CatBoostLossClassifier(iterations=3, **QUIET).fit(X, words)
    went = CatBoostLossClassifier(iterations=3, **QUIET).fit(X, words, init_model=begun)
    assert went.tree_count_ == 6
    np.testing.assert_array_equal(went.classes_, ["a", "b"])
    with pytest.raises(
        lossreg.ParameterError, match=r"init_model knows the classes \['a', 'b'\], and y holds \['b', 'c'\]"
    ):
        CatBoostLossClassifier(iterations=3, **QUIET).fit(X, np.array(["b", "c"])[y], init_model=begun)
    CatBoostLossClassifier(iterations=3, **QUIET).fit(X, y, init_model=begun.model_)  # which knows no labels
    with pytest.raises(NotFittedError):
        CatBoostLossClassifier(iterations=3, **QUIET).fit(X, y, init_model=CatBoostLossClassifier())


def test_one_class_and_few_rows_train() -> None:
    X = np.arange(4.0).reshape(-1, 1)
    regressor = CatBoostLossRegressor("pseudo_huber", iterations=5, **QUIET).fit(X[:2], [1.0, 5.0])
    assert np.isfinite(regressor.predict(X)).all()
    with pytest.raises(ValueError, match="one class"):
        CatBoostLossClassifier(iterations=5, **QUIET).fit(X, [1, 1, 1, 1])


def test_estimators_are_cloned_and_searched() -> None:
    X, y = load_diabetes(return_X_y=True)
    model = CatBoostLossRegressor("huber(delta=30)", iterations=10, depth=3, **QUIET)
    assert clone(model).get_params() == model.get_params()
    search = GridSearchCV(model, {"loss": ["squared_error", lossreg.get("huber", delta=30)], "depth": [2, 3]}, cv=2)
    assert search.fit(X, y).best_estimator_.get_params()["depth"] in (2, 3)
    X, y = load_breast_cancer(return_X_y=True)
    classifier = CatBoostLossClassifier("binary_focal", iterations=5, **QUIET)
    assert (cross_val_score(classifier, X, y, cv=2, scoring=scorer("bce(from_logits=False)")) < 0).all()


def test_mistakes_are_told_before_training() -> None:
    X, y = load_diabetes(return_X_y=True)
    with pytest.raises(lossreg.DomainError, match=r"^y holds -1 at index 3"):
        CatBoostLossRegressor("poisson", **QUIET).fit(X, np.where(np.arange(len(y)) == 3, -1, y))
    with pytest.raises(lossreg.ParameterError, match="from_logits=True"):
        objective("bce(from_logits=False)")
    with pytest.raises(lossreg.ParameterError, match="two classes and y holds 3; take one of classes"):
        CatBoostLossClassifier("bce", **QUIET).fit(*load_wine(return_X_y=True))
    with pytest.raises(lossreg.ShapeError, match="wanted one number a row"):
        CatBoostLossRegressor(**QUIET).fit(X, np.column_stack([y, y]))
    with pytest.raises(lossreg.ParameterError, match="loss_function='RMSE' stands beside"):
        CatBoostLossRegressor(loss_function="RMSE", **QUIET).fit(X, y)
    wine = load_wine(return_X_y=True)
    with pytest.raises(lossreg.DomainError, match=r"^eval_set\[1\] holds 5 at index 0, which is none of the 3 classes"):
        CatBoostLossClassifier("scce", **QUIET).fit(*wine, eval_set=(wine[0], wine[1] + 5))
    with pytest.raises(lossreg.ParameterError, match="X is a Pool"):
        CatBoostLossRegressor(**QUIET).fit(Pool(X, y))
    with pytest.raises(lossreg.ParameterError, match="X is a Pool"):
        CatBoostLossClassifier(**QUIET).fit(Pool(X, y))
    with pytest.raises(lossreg.DtypeError, match="y is None"):
        CatBoostLossRegressor(**QUIET).fit(X)
    with pytest.raises(lossreg.ParameterError, match=r"delta is 3 beside huber\(\), whose parameter it is"):
        CatBoostLossRegressor("huber", delta=3, **QUIET).fit(X, y)
    with pytest.raises(lossreg.ParameterError, match="eval_set is a Pool"):
        CatBoostLossRegressor(**QUIET).fit(X, y, eval_set=Pool(X, y))
    with pytest.raises(lossreg.DomainError, match=r"sample_weight holds -1.0 at index 2; wanted numbers of at least 0"):
        CatBoostLossRegressor(**QUIET).fit(X, y, np.where(np.arange(len(y)) == 2, -1.0, 1.0))
    with pytest.raises(lossreg.DomainError, match="wanted labels, and numbers that are not whole"):
        CatBoostLossClassifier(**QUIET).fit(X, y / 7)
    for model in (CatBoostLossRegressor(), CatBoostLossClassifier()):
        with pytest.raises(NotFittedError):
            model.predict(X)


def test_features_that_are_no_numbers_are_named_at_either_place() -> None:
    X, y = load_diabetes(return_X_y=True)
    rows = np.column_stack([X[:, :2].round(3).astype(object), np.where(X[:, 1] > 0, "m", "f")])
    params = {**QUIET, "iterations": 5}
    once = CatBoostLossRegressor(cat_features=[2], **params).fit(rows, y[:, None]).predict(rows)
    again = CatBoostLossRegressor(**params).fit(rows, y, cat_features=[2]).predict(rows)
    np.testing.assert_array_equal(once, again)


def test_several_classes_need_no_loss_and_scores_are_decision_values() -> None:
    X, y = load_wine(return_X_y=True)
    model = CatBoostLossClassifier(iterations=3, **QUIET).fit(X, y)
    assert model.loss_ == lossreg.get("sparse_categorical_cross_entropy")
    np.testing.assert_array_equal(model.decision_function(X), model.raw_scores(X))
    X, y = load_breast_cancer(return_X_y=True)
    for loss in ("binary_focal", "squared_hinge"):
        scores = cross_val_score(
            CatBoostLossClassifier(loss, iterations=5, **QUIET), X, y, cv=2, scoring=scorer(loss), error_score="raise"
        )
        assert (scores < 0).all()
    assert not hasattr(CatBoostLossClassifier("squared_hinge"), "predict_proba")


def test_targets_of_either_byte_order_and_a_weight_for_all() -> None:
    rng = np.random.default_rng(3)
    X, y = rng.normal(size=(60, 2)), rng.gamma(2.0, size=60)
    model = CatBoostLossRegressor("gamma", iterations=3, verbose=False)
    wanted = model.fit(X, y, np.full(60, 2.0)).predict(X)
    np.testing.assert_array_equal(model.fit(X, y.astype(">f8"), 2).predict(X), wanted)
    with pytest.raises(lossreg.ShapeError, match="wanted one weight for each of 60 rows"):
        model.fit(X, y, np.ones(59))


def test_two_classes_have_one_score_and_so_a_pointwise_loss() -> None:
    X = np.arange(20.0).reshape(-1, 1)
    with pytest.raises(lossreg.ParameterError, match="take a pointwise loss of labels"):
        CatBoostLossClassifier("scce", iterations=2, verbose=False).fit(X, X[:, 0] > 9)


@pytest.mark.parametrize(
    ("loss", "options"),
    [
        ("half_squared_error", {}),
        ("binary_focal", {"target": "label", "hessian": "any"}),
        ("poisson", {"target": "non-negative"}),
        ("scce", {"n_classes": 3}),
        ("huber", {"hessian": "any"}),
    ],
)
def test_objectives_keep_the_laws_of_objectives(loss: str, options: dict) -> None:
    kind = {} if "hessian" in options else {"hessian": "exact"}
    check_loss(objective(loss, **kind, min_hessian=0.0), **options)


def test_training_that_was_interrupted_goes_on_from_its_snapshot(tmp_path) -> None:
    X, y = load_diabetes(return_X_y=True)
    params = {**PLAIN, "allow_writing_files": True, "train_dir": str(tmp_path), "save_snapshot": True}
    params |= {"snapshot_file": "snapshot", "snapshot_interval": 0}
    for rounds in (7, 20):
        model = CatBoostLossRegressor(loss="huber(delta=30)", **{**params, "iterations": rounds}).fit(X, y)
    assert model.model_.tree_count_ == 20
    whole = CatBoostLossRegressor(loss="huber(delta=30)", **PLAIN).fit(X, y)
    np.testing.assert_allclose(model.predict(X), whole.predict(X), rtol=1e-12)
