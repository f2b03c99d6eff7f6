"""river: its own losses matched, labels of any dtype, one sample and batches, clones and pickles."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import lossreg

optim = pytest.importorskip("river.optim")

import pandas as pd
from river import datasets, linear_model, preprocessing

from lossreg.integrations.river import online_loss

PAIRS = [
    (optim.losses.Squared(), "squared_error", "numbers"),
    (optim.losses.Huber(0.5), "huber(delta=0.5)", "numbers"),
    (optim.losses.Quantile(0.5), "pinball(quantile=0.5)", "numbers"),
    (optim.losses.Poisson(), "poisson", "counts"),
    (optim.losses.Log(), "bce", "labels"),
    (optim.losses.Hinge(), "hinge", "labels"),
]


@pytest.mark.parametrize(("own", "ours", "kind"), PAIRS)
def test_river_s_own_losses_are_matched_one_by_one_and_in_batches(own, ours, kind) -> None:
    rng = np.random.default_rng(1)
    raw = rng.normal(size=50)
    y = {"numbers": rng.normal(size=50), "counts": rng.poisson(2, 50), "labels": rng.integers(0, 2, 50)}[kind]
    loss = online_loss(ours)
    for y_true, y_pred in ((y, raw), *zip(y.tolist(), raw.tolist(), strict=True)):
        for function in ("__call__", "gradient"):
            found = getattr(loss, function)(y_true, y_pred)
            assert isinstance(found, float if np.ndim(y_pred) == 0 else np.ndarray)
            np.testing.assert_allclose(found, getattr(own, function)(y_true, y_pred), rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(loss.mean_func(y_pred), own.mean_func(y_pred), rtol=1e-12)


def test_a_quantile_s_value_and_gradient_are_of_the_same_quantile() -> None:
    """river's gradient is that of the quantile asked for, its value that of 1 minus it."""
    own, ours = optim.losses.Quantile(0.3), online_loss("pinball(quantile=0.3)")
    for y, raw in (1.0, 3.0), (3.0, 1.0):
        assert ours.gradient(y, raw) == pytest.approx(own.gradient(y, raw))
        assert ours(y, raw) == pytest.approx((raw - y) * ours.gradient(y, raw))
        assert own(y, raw) != pytest.approx(ours(y, raw))


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int8, np.int64, np.float32])
def test_labels_of_every_dtype_push_the_same_way(dtype) -> None:
    """Mapped in their own dtype, unsigned labels of 0 become 255."""
    y, raw = np.array([0, 1, 0, 1]), np.array([0.5, -0.5, 2.0, 3.0])
    gradient = online_loss("hinge").gradient(y.astype(dtype), raw)
    np.testing.assert_array_equal(gradient, [1.0, -1.0, 1.0, 0.0])
    frame = pd.DataFrame({"x": raw})
    model = linear_model.LogisticRegression(loss=online_loss("bce"))
    same = linear_model.LogisticRegression(loss=online_loss("bce"))
    model.learn_many(frame, pd.Series(y.astype(dtype)))
    same.learn_many(frame, pd.Series(y))
    assert model.weights == same.weights


@pytest.mark.parametrize("name", ["bce", "squared_error", "cauchy(scale=80)", "focal"])
def test_a_gradient_is_that_of_its_loss(name) -> None:
    """river's Cauchy loss is the absolute error with another gradient."""
    loss, step = online_loss(name), 1e-6
    for raw in (-3.0, -0.2, 0.7, 40.0):
        slope = (loss(1, raw + step) - loss(1, raw - step)) / (2 * step)
        assert loss.gradient(1, raw) == pytest.approx(slope, rel=1e-4, abs=1e-8)


@pytest.mark.parametrize("raw", [25.0, 800.0])
def test_sure_scores_are_finite(raw) -> None:
    """river's focal loss raises at such scores."""
    for name in ("focal", "bce"):
        loss = online_loss(name)
        assert np.isfinite(
            [loss(False, raw), loss.gradient(False, raw), loss(True, raw), loss.gradient(True, raw)]
        ).all()


def test_a_model_trains_as_with_river_s_own_loss() -> None:
    models = [linear_model.LogisticRegression(loss=loss) for loss in (optim.losses.Log(), online_loss("bce"))]
    for x, y in datasets.Phishing().take(300):
        for model in models:
            model.learn_one(x, y, w=3.0 if y else 1.0)
    own, ours = (model.weights for model in models)
    assert own == pytest.approx(ours, rel=1e-10)


def test_classes_train_as_with_cross_entropy_and_may_turn_up_late() -> None:
    """river clips its probabilities at 1e-15."""
    models = [linear_model.SoftmaxRegression(loss=loss) for loss in (None, online_loss("scce"))]
    scaler = preprocessing.StandardScaler()
    for x, y in datasets.ImageSegments().take(200):
        scaler.learn_one(x)
        for model in models:
            model.learn_one(scaler.transform_one(x), y)
    own, ours = (model.predict_proba_one(scaler.transform_one(x)) for model in models)
    assert own == pytest.approx(ours, rel=1e-9)
    focal = online_loss("categorical_focal")
    assert focal.gradient("new", {}) == {"new": -1.0}
    assert focal("b", {"a": 0.25, "b": 0.75}) == pytest.approx(-(0.25**2) * np.log(0.75))


def test_margins_have_a_probability_above_one_half_where_the_score_is_positive() -> None:
    model = linear_model.LogisticRegression(loss=online_loss("squared_hinge"))
    for _ in range(50):
        model.learn_one({"x": 1.0}, True)
    assert 0.5 < model.predict_proba_one({"x": 1.0})[True] < 1


def test_it_is_cloned_and_pickled() -> None:
    loss = online_loss("focal(gamma=3)")
    for again in (loss.clone(), pickle.loads(pickle.dumps(loss))):
        assert repr(again) == "online_loss(binary_focal(gamma=3.0))"
        assert again.gradient(True, 0.3) == loss.gradient(True, 0.3)
    linear_model.LogisticRegression(loss=loss).clone().learn_one({"x": 1.0}, True)


def test_what_it_cannot_take_is_refused() -> None:
    with pytest.raises(lossreg.ParameterError, match="classes"):
        online_loss("kl_divergence")
    with pytest.raises(lossreg.ParameterError, match="from_logits=True"):
        online_loss("bce(from_logits=False)")
    model = linear_model.LogisticRegression(loss=online_loss("bce"))
    with pytest.raises(lossreg.DomainError, match="y_true"):
        model.learn_one({"x": 1.0}, 3)
    assert model.predict_proba_one({"x": 1.0})[True] == 0.5, "nothing was learned"
