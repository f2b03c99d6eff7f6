"""XGBoost's estimators with a loss: what scikit-learn does with estimators, labels of every kind, saved models."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from boosted import data

import lossreg

xgboost = pytest.importorskip("xgboost")
pytest.importorskip("sklearn")
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score

from lossreg.integrations.xgboost import XGBLossClassifier, XGBLossRegressor, predict, train

SOME = data(21)
FEW = {"n_estimators": 8, "max_depth": 3, "n_jobs": 1}


def test_clones_have_the_same_parameters() -> None:
    loss = lossreg.get("huber", delta=2.0)
    model = XGBLossRegressor(loss=loss, hessian="exact", gamma=0.5, **FEW)
    again = clone(model)
    assert again.get_params()["loss"] == loss
    assert again.get_params() == model.get_params()
    assert again.set_params(loss="log_cosh", max_depth=2).get_params()["loss"] == "log_cosh"
    assert "log_cosh" in repr(again)
    assert "loss" not in model.get_xgb_params()


def test_a_grid_of_losses_is_searched() -> None:
    grid = {"loss": ["half_squared_error", "huber(delta=0.5)", lossreg.get("cauchy")], "max_depth": [2, 3]}
    search = GridSearchCV(XGBLossRegressor(**FEW), grid, cv=3, scoring="neg_mean_absolute_error")
    search.fit(SOME.X, SOME.real, sample_weight=SOME.weight)
    assert len(set(search.cv_results_["mean_test_score"])) == 6
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    scores = cross_val_score(XGBLossClassifier(loss="binary_focal", **FEW), SOME.X, SOME.label)
    assert scores.min() > 0.7


def test_a_sum_of_losses_is_a_metric_too() -> None:
    """XGBoost reads names and values from one text, apart by spaces."""
    model = XGBLossRegressor(loss="huber + 0.5*mse", early_stopping_rounds=3, **FEW)
    model.fit(SOME.X, SOME.real, eval_set=[(SOME.X, SOME.real)], verbose=False)
    assert list(model.evals_result()["validation_0"]) == ["huber_plus_0_5_squared_error"]


@pytest.mark.parametrize(
    ("names", "target"),
    [(["no", "yes"], "label"), ([-1, 1], "label"), ([False, True], "label"), (["a", "b", "c", "d"], "classes")],
)
def test_labels_of_any_kind(names: list[Any], target: str, tmp_path: Path) -> None:
    y = np.array(names)[getattr(SOME, target)]
    model = XGBLossClassifier(early_stopping_rounds=3, **FEW)
    model.fit(SOME.X, y, eval_set=[(SOME.X, y)], verbose=False)
    plain = xgboost.XGBClassifier(**FEW).fit(SOME.X, getattr(SOME, target))
    assert model.classes_.tolist() == names
    np.testing.assert_allclose(model.predict_proba(SOME.X), plain.predict_proba(SOME.X), rtol=1e-4, atol=1e-6)
    assert set(model.predict(SOME.X)) <= set(names)
    assert model.score(SOME.X, y) > 0.6
    model.save_model(tmp_path / "model.json")
    again = XGBLossClassifier(**FEW)
    again.load_model(tmp_path / "model.json")
    assert again.classes_.tolist() == names
    np.testing.assert_array_equal(again.predict(SOME.X), model.predict(SOME.X))


def test_a_label_that_was_not_fitted_is_named() -> None:
    with pytest.raises(
        lossreg.DomainError,
        match=r"eval_set\[0\]\[1\] holds 'c' at index 1, which is none of the 2 classes fitted: 'a', 'b'",
    ):
        XGBLossClassifier(**FEW).fit(SOME.X[:2], ["a", "b"], eval_set=[(SOME.X[:2], ["a", "c"])])


def test_several_labels_a_row() -> None:
    rows = np.stack([SOME.label, SOME.classes > 1], axis=1).astype(int)
    ours = XGBLossClassifier(loss="bce", **FEW).fit(SOME.X, rows)
    theirs = xgboost.XGBClassifier(**FEW).fit(SOME.X, rows)
    np.testing.assert_array_equal(ours.predict(SOME.X), theirs.predict(SOME.X))
    np.testing.assert_allclose(ours.predict_proba(SOME.X), theirs.predict_proba(SOME.X), rtol=1e-5, atol=1e-6)


def test_one_class_is_predicted_with_certainty() -> None:
    model = XGBLossClassifier(**FEW).fit(SOME.X, ["only"] * len(SOME.X))
    assert set(model.predict(SOME.X)) == {"only"}
    np.testing.assert_array_equal(model.predict_proba(SOME.X[:3]), np.ones((3, 1)))


def test_a_loss_of_the_wrong_task_is_refused() -> None:
    with pytest.raises(lossreg.ParameterError, match="two classes and y holds 4"):
        XGBLossClassifier(loss="binary_focal").fit(SOME.X, SOME.classes)
    with pytest.raises(lossreg.ParameterError, match="no loss of labels; use XGBLossRegressor"):
        XGBLossClassifier(loss="huber").fit(SOME.X, SOME.label)
    with pytest.raises(lossreg.ParameterError, match="rows of probabilities"):
        XGBLossClassifier(loss="categorical_cross_entropy").fit(SOME.X, SOME.classes)
    with pytest.raises(lossreg.ParameterError, match="objective is 'reg:gamma' beside"):
        XGBLossRegressor(objective="reg:gamma").fit(SOME.X, SOME.amount)


def test_saved_models_know_their_loss(tmp_path: Path) -> None:
    model = XGBLossRegressor(loss="tweedie(power=1.2)", **FEW).fit(SOME.X, SOME.count)
    wanted = model.predict(SOME.X)
    for name in ("model.json", "model.ubj"):
        model.save_model(tmp_path / name)
        again = XGBLossRegressor(**FEW)
        again.load_model(tmp_path / name)
        np.testing.assert_array_equal(again.predict(SOME.X), wanted)
        assert again.loss == lossreg.get("tweedie(power=1.2)")
        again.fit(SOME.X, SOME.count)  # its start is found anew
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).predict(SOME.X), wanted)
    booster = xgboost.Booster(model_file=tmp_path / "model.json")
    data_of = xgboost.DMatrix(SOME.X)
    np.testing.assert_allclose(predict(booster, data_of), wanted, rtol=1e-6)
    np.testing.assert_allclose(booster.predict(data_of), wanted, rtol=1e-6)


@pytest.mark.parametrize(("loss", "target", "count"), [("binary_focal", "label", 2), ("scce", "classes", 4)])
def test_a_model_of_train_is_loaded_by_the_classifier(loss: str, target: str, count: int, tmp_path: Path) -> None:
    booster = train(loss, {"nthread": 1}, xgboost.DMatrix(SOME.X, getattr(SOME, target)), 5)
    booster.save_model(tmp_path / "model.json")
    model = XGBLossClassifier(n_jobs=1)
    model.load_model(tmp_path / "model.json")
    assert model.classes_.tolist() == list(range(count))
    predicted = predict(booster, xgboost.DMatrix(SOME.X))
    np.testing.assert_array_equal(model.predict_proba(SOME.X)[:, -1], predicted.reshape(len(SOME.X), -1)[:, -1])


def test_models_of_others_are_not_taken_for_ours(tmp_path: Path) -> None:
    xgboost.XGBRegressor(**FEW).fit(SOME.X, SOME.real).save_model(tmp_path / "theirs.json")
    with pytest.raises(lossreg.ParameterError, match="load it with XGBoost's own class"):
        XGBLossRegressor().load_model(tmp_path / "theirs.json")
    with pytest.raises(lossreg.ParameterError, match="use its own predict"):
        predict(xgboost.Booster(model_file=tmp_path / "theirs.json"), xgboost.DMatrix(SOME.X))


def test_training_goes_on_from_a_model() -> None:
    some = xgboost.DMatrix(SOME.X, SOME.count)
    whole = train("poisson", {"nthread": 1}, some, 10)
    half = train("poisson", {"nthread": 1}, some, 5)
    both = train("poisson", {"nthread": 1}, some, 5, xgb_model=half)
    np.testing.assert_allclose(predict(both, some), predict(whole, some), rtol=1e-5)
    model = XGBLossRegressor(loss="poisson", **FEW).fit(SOME.X, SOME.count)
    more = XGBLossRegressor(loss="poisson", **FEW).fit(SOME.X, SOME.count, xgb_model=model)
    assert more.get_booster().num_boosted_rounds() == 16


def test_frames_are_taken_with_their_names() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(SOME.X, columns=list("abcd"))
    model = XGBLossRegressor(loss="log_cosh", **FEW).fit(frame, pandas.Series(SOME.real))
    assert model.feature_names_in_.tolist() == list("abcd")
    assert model.predict(frame).shape == SOME.real.shape
    assert model.feature_importances_.argmax() == 0


def test_penalties_of_trees_are_no_parameters_of_the_loss() -> None:
    """XGBoost's gamma is what a split must gain; a focal loss has one of its own."""
    focal = "binary_focal(gamma=1.0)"
    models = [XGBLossClassifier(loss=focal, **FEW, **more).fit(SOME.X, SOME.label) for more in ({}, {"gamma": 1e6})]
    assert [model.loss_ for model in models] == [lossreg.get(focal)] * 2
    dumps = [model.get_booster().get_dump() for model in models]
    sizes = [sum(tree.count("\n") for tree in dump) for dump in dumps]  # a line for each node
    assert sizes[1] == FEW["n_estimators"] < sizes[0]
    with pytest.raises(lossreg.ParameterError, match=r"quantile is 0.9 beside pinball\(\), whose parameter it is"):
        XGBLossRegressor(loss="pinball", quantile=0.9, **FEW).fit(SOME.X, SOME.real)


def test_a_loss_is_a_metric_of_raw_scores() -> None:
    """Called like a function of predictions, it would take probabilities for scores."""
    bce = lossreg.get("binary_cross_entropy")
    model = XGBLossClassifier(eval_metric=bce, n_estimators=2, n_jobs=1)
    model.fit(SOME.X, SOME.label, eval_set=[(SOME.X, SOME.label)])
    seen = model.evals_result()["validation_0"]["binary_cross_entropy"]
    raw = model.predict(SOME.X, output_margin=True)
    assert seen[-1] == pytest.approx(bce(SOME.label, raw), rel=1e-5)
    some = xgboost.DMatrix(SOME.X, SOME.label)
    history: dict[str, Any] = {}
    train(
        "binary_focal", {}, some, 2, evals=[(some, "all")], custom_metric=bce, evals_result=history, verbose_eval=False
    )
    assert "binary_cross_entropy" in history["all"]


def test_several_metrics_are_losses_functions_and_names() -> None:
    def furthest(y_true: Any, y_pred: Any, sample_weight: Any = None) -> float:
        return float(np.abs(y_true - y_pred).max())

    huber, mae = lossreg.get("huber"), lossreg.get("absolute_error")
    for given in ([huber], [mae, huber], ["rmse", mae, huber, furthest]):
        model = XGBLossRegressor("huber", eval_metric=given, **FEW)
        model.fit(SOME.X, SOME.real, eval_set=[(SOME.X, SOME.real)], verbose=False)
        history = model.evals_result()["validation_0"]
        assert len(history) == len(given)
        assert history["huber"][-1] == pytest.approx(huber(SOME.real, model.predict(SOME.X)), rel=1e-4)
    assert history["absolute_error"][-1] == pytest.approx(mae(SOME.real, model.predict(SOME.X)), rel=1e-4)
    assert history["furthest"][-1] == pytest.approx(furthest(SOME.real, model.predict(SOME.X)), rel=1e-4)
    model.set_params(eval_metric=[huber, huber.replace(delta=2.0)])
    with pytest.raises(lossreg.ParameterError, match=r"2 functions called 'huber'; .*as metric\(loss, name\)"):
        model.fit(SOME.X, SOME.real)


class Halved(lossreg.PythonLoss):
    name = "halved_in_a_booster"

    def per_element(self, y_true, y_pred):
        return np.square(y_pred - y_true) / 2


def test_a_class_that_nobody_registered_is_asked_for_where_a_model_is_loaded(tmp_path) -> None:
    """A file has its name only."""
    model = XGBLossRegressor(loss=Halved(), n_estimators=3).fit(SOME.X, SOME.real)
    model.save_model(tmp_path / "model.json")
    with pytest.raises(lossreg.UnknownLossError) as caught:
        XGBLossRegressor().load_model(tmp_path / "model.json")
    assert "lossreg.register it" in caught.value.__notes__[0]
    lossreg.register(Halved)
    try:
        again = XGBLossRegressor()
        again.load_model(tmp_path / "model.json")
        np.testing.assert_array_equal(again.predict(SOME.X), model.predict(SOME.X))
    finally:
        lossreg.unregister(Halved.name)
