"""Losses for Keras: the numbers of Keras's own, training, saving, weights and masks, under each backend that has a bridge.

Keras chooses its backend when it is imported, so each backend has a process of its own, which runs this file again.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from columned import LOSSES, data, defined

import lossreg
from lossreg import DomainError, ParameterError

if importlib.util.find_spec("keras") is None:  # which is imported where its backend is chosen
    pytest.skip("keras is not installed", allow_module_level=True)
BACKEND = os.environ.get("LOSSREG_TEST_KERAS")
pytestmark = pytest.mark.filterwarnings("ignore")  # of Keras and its backends, about each other
inside = pytest.mark.skipif(BACKEND is None, reason="runs in a process for each backend")


@pytest.mark.skipif(BACKEND is not None, reason="is the outer process")
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_under(backend: str) -> None:
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    environment = {
        **os.environ,
        "KERAS_BACKEND": backend,
        "LOSSREG_TEST_KERAS": backend,
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(Path(__file__))]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(BACKEND is not None, reason="is the outer process")
def test_a_backend_without_a_bridge_is_named() -> None:
    """The NumPy backend of Keras stands for all those that cannot train with it."""
    program = "import lossreg.integrations.keras as k; k.Loss('huber')"
    environment = {**os.environ, "KERAS_BACKEND": "numpy", "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert "ImportError: Keras runs on numpy" in done.stderr
    assert "KERAS_BACKEND to jax or torch" in done.stderr


if BACKEND:
    import keras  # type: ignore[import-not-found]

    from lossreg.integrations.keras import Loss

RNG = np.random.default_rng(0)
X = RNG.normal(size=(64, 3)).astype("float32")
LABELS = (X @ [1.0, -2.0, 0.5] > 0).astype("int64")
CLASSES = np.argmax(X, axis=1)


def model(units: int, activation: str | None = None) -> Any:
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input((3,)), keras.layers.Dense(units, activation=activation)])


def trained(loss: Any, units: int, y: Any, epochs: int = 3, **fit: Any) -> Any:
    """The weights after training, and the losses that were reported."""
    net = model(units)
    net.compile(optimizer=keras.optimizers.SGD(0.5), loss=loss)
    history = net.fit(X, y, epochs=epochs, batch_size=16, shuffle=False, verbose=0, **fit)
    return [np.asarray(w) for w in net.get_weights()], history.history["loss"]


PAIRS = [
    ("binary_cross_entropy", lambda **k: keras.losses.BinaryCrossentropy(from_logits=True, **k), 1, LABELS),
    (
        "sparse_categorical_cross_entropy",
        lambda **k: keras.losses.SparseCategoricalCrossentropy(from_logits=True, **k),
        3,
        CLASSES,
    ),
    (
        "categorical_cross_entropy",
        lambda **k: keras.losses.CategoricalCrossentropy(from_logits=True, **k),
        3,
        np.eye(3)[CLASSES],
    ),
    ("huber", lambda **k: keras.losses.Huber(delta=1.0, **k), 1, LABELS * 3.0),
    ("squared_error", lambda **k: keras.losses.MeanSquaredError(name="mse", **k), 3, X[:, ::-1].copy()),
    ("log_cosh", lambda **k: keras.losses.LogCosh(name="log_cosh", **k), 1, LABELS * 3.0),
]


@inside
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("name", "theirs", "units", "y"), PAIRS, ids=[name for name, *_ in PAIRS])
def test_it_trains_as_keras_own_does(name: str, theirs: Any, units: int, y: Any, weighted: bool) -> None:
    fit = {"sample_weight": RNG.uniform(0.5, 2, 64).astype("float32")} if weighted else {}
    ours, history = trained(Loss(name), units, y, **fit)
    wanted, reported = trained(theirs(), units, y, **fit)
    np.testing.assert_allclose(history, reported, rtol=1e-5)
    for a, b in zip(ours, wanted, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


@inside
def test_a_loss_that_keras_has_not() -> None:
    _, history = trained(Loss("binary_focal", gamma=1.0), 1, LABELS, epochs=20)
    assert history[-1] < history[0] / 2


@inside
def test_losses_of_columns_and_sets_train() -> None:
    """A mean and the logarithm of a variance for each target; one loss for a batch."""
    # With noise: where the mean can be exact, the variance goes to 0 and the loss to minus infinity.
    noise = np.random.default_rng(1).normal(size=len(X))
    y = (X @ [1.0, -2.0, 0.5] + noise).astype("float32")
    _, history = trained(Loss("gaussian_nll"), 2, y[:, None], epochs=20)
    assert history[-1] < history[0] - 0.5
    _, history = trained(Loss("dice"), 1, LABELS, epochs=20)
    assert history[-1] < history[0] / 2
    scores = np.asarray(RNG.normal(size=(64, 3)), "float32")
    value = keras.ops.convert_to_numpy(Loss("cosine_distance")(X, scores))
    assert float(value) == pytest.approx(lossreg.get("cosine_distance")(X, scores), rel=1e-6)


@inside
@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none", None])
@pytest.mark.parametrize("weighted", [False, True])
def test_reductions_are_keras_own(reduction: str | None, weighted: bool) -> None:
    weight = {"sample_weight": np.linspace(0.5, 2, 64).astype("float32")} if weighted else {}
    for name, theirs, units, y in PAIRS:
        scores = np.asarray(RNG.normal(size=(64, units)), "float32")
        ours = np.asarray(keras.ops.convert_to_numpy(Loss(name, reduction=reduction)(y, scores, **weight)))
        wanted = keras.ops.convert_to_numpy(
            theirs(reduction=reduction)(y.reshape(64, -1) if units == 1 else y, scores, **weight)
        )
        np.testing.assert_allclose(ours, wanted, rtol=1e-5, atol=1e-6)


@inside
def test_weights_are_of_samples_even_where_there_are_as_many_time_steps() -> None:
    """Keras's own losses take (3,) for the weights of time steps where losses are (3, 3)."""
    y, scores = np.zeros((3, 3, 1), "float32"), np.arange(9, dtype="float32").reshape(3, 3, 1)
    weight = np.array([1.0, 10.0, 100.0], "float32")
    value = float(keras.ops.convert_to_numpy(Loss("squared_error", reduction="sum")(y, scores, weight)))
    assert value == np.sum(weight[:, None] * scores[..., 0] ** 2)


@inside
def test_float64_stays_float64() -> None:
    y, scores = np.zeros(3), np.array([1e-9, 1.0, 3.0])
    value = keras.ops.convert_to_numpy(Loss("squared_error")(keras.ops.convert_to_tensor(y), scores))
    assert value.dtype == (np.float32 if BACKEND == "jax" else np.float64)  # JAX has it only where it is asked for


@inside
def test_masked_time_steps_do_not_count() -> None:
    keras.utils.set_random_seed(0)
    tokens = np.array([[1, 2, 0, 0], [3, 1, 2, 0]])
    y = np.array([[1, 0, 5, 5], [1, 1, 0, 5]]) % 2
    net = keras.Sequential([keras.Input((4,)), keras.layers.Embedding(4, 5, mask_zero=True), keras.layers.Dense(1)])
    scores = keras.ops.convert_to_numpy(net(tokens))[..., 0]
    net.compile(loss=Loss("binary_cross_entropy"))
    got = net.evaluate(tokens, y, verbose=0)
    wanted = lossreg.get("binary_cross_entropy")(y, scores, where=tokens != 0)
    np.testing.assert_allclose(got, wanted, rtol=1e-6)


@inside
def test_it_is_saved_and_loaded(tmp_path: Path) -> None:
    net = model(1)
    net.compile(optimizer="sgd", loss=Loss("binary_focal", gamma=1.0, reduction="sum"))
    net.fit(X, LABELS, epochs=1, verbose=0)
    net.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.loss.get_config() == net.loss.get_config()
    assert repr(loaded.loss) == "Loss(binary_focal(gamma=1.0), reduction='sum')"
    assert loaded.evaluate(X, LABELS, verbose=0) == net.evaluate(X, LABELS, verbose=0)
    loaded.fit(X, LABELS, epochs=1, verbose=0)
    again = keras.losses.deserialize(keras.losses.serialize(net.loss))
    assert again.get_config() == {
        "loss": {"name": "binary_focal", "params": {"gamma": 1.0}},
        "reduction": "sum",
        "name": "binary_focal",
    }


@inside
@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Loss("hinge_generator"), "has no targets"),
        (lambda: Loss("huber", reduction="average"), "average"),
        (lambda: Loss("huber", delta=-1.0), "delta"),
    ],
)
def test_mistakes_are_said_when_the_loss_is_made(call: Any, words: str) -> None:
    with pytest.raises(ParameterError, match=words):
        call()


@inside
def test_labels_outside_of_the_domain_stop_the_training() -> None:
    with pytest.raises(Exception, match=r"y_true holds [34] at index") as caught:
        trained(Loss("binary_cross_entropy"), 1, LABELS + 3)
    assert BACKEND == "jax" or caught.type is DomainError


@inside
@pytest.mark.parametrize("name", LOSSES)
def test_a_formula_of_several_columns_trains_and_is_saved(name: str, tmp_path: Path) -> None:
    loss = defined(name)
    y, x = data(loss, 64, np.float32)
    X = RNG.normal(size=(64, 3)).astype(np.float32)
    model = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(x.shape[1] if x.ndim > 1 else 1)])
    model.compile("sgd", loss=Loss(loss))
    history = model.fit(X, y, epochs=3, verbose=0, sample_weight=np.ones(64)).history["loss"]
    assert history[-1] < history[0]
    predicted = model.predict(X, verbose=0).reshape(x.shape)
    assert model.evaluate(X, y, verbose=0, batch_size=64) == pytest.approx(loss(y, predicted), rel=1e-5)
    model.save(tmp_path / "model.keras")
    lossreg.register(loss)  # a saved model has the name
    try:
        assert keras.models.load_model(tmp_path / "model.keras").loss.loss == loss
    finally:
        lossreg.unregister(loss.name)
