"""Keras's names give Keras's numbers, those of a table that Keras 3.15.1 made; and what holds beside the numbers."""

from __future__ import annotations

import doctest
import json
import pickle
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from keras_records import CLASSES, FUNCTIONS, agrees, arguments, described, errors, ulps

import lossreg
import lossreg.compat.keras as k

ROOT = Path(__file__).resolve().parents[2]
TABLE = json.loads((ROOT / "tests" / "truth" / "keras.json").read_text())


@pytest.mark.parametrize("record", TABLE, ids=described)
def test_table_made_by_keras(record: dict[str, Any]) -> None:
    assert agrees(record), errors(record)


def test_table_covers_every_class() -> None:
    assert {r["class"] for r in TABLE} == {c.__name__ for c in CLASSES}
    assert len(CLASSES) == len(FUNCTIONS) == 22


def test_the_docs_run() -> None:
    failed, ran = doctest.testfile(str(ROOT / "docs" / "keras.md"), module_relative=False)
    assert ran > 10
    assert failed == 0


def test_every_name_is_in_the_docs() -> None:
    text = (ROOT / "docs" / "keras.md").read_text()
    assert [name for name in k.__all__ if f"`{name}`" not in text] == []


# Dtypes


@pytest.mark.parametrize(
    ("y_pred", "dtype"),
    [
        ([0.2, 0.7], "float32"),
        (np.array([0, 1]), "float32"),
        (np.array([0.2, 0.7], "float32"), "float32"),
        (np.array([0.2, 0.7], "float64"), "float64"),
    ],
)
def test_dtype_of_the_predictions(y_pred: Any, dtype: str) -> None:
    loss = k.MeanSquaredError()
    value, grad = loss.value_and_grad([1.0, 0.0], y_pred)
    assert loss([1.0, 0.0], y_pred).dtype == value.dtype == grad.dtype == k.mse([1.0, 0.0], y_pred).dtype == dtype


def test_dtype_asked_for() -> None:
    assert k.Hinge(dtype="float64")([1], [0.25]).dtype == "float64"
    assert k.Hinge(dtype=np.float32)([1], np.array([0.25])).dtype == "float32"
    with pytest.raises(lossreg.ParameterError, match="float8"):
        k.Hinge(dtype="float8_e4m3fn")


SHORT = ["float16", "bfloat16"]


@pytest.mark.parametrize("dtype", SHORT)
@pytest.mark.parametrize("cls", CLASSES)
def test_short_dtypes_round_inputs_and_results_only(cls: Any, dtype: str) -> None:
    ml_dtypes = pytest.importorskip("ml_dtypes")
    short = ml_dtypes.bfloat16 if dtype == "bfloat16" else np.float16
    y_true, y_pred = arguments(cls)
    rounded = y_pred.astype(short).astype(np.float32)
    loss = cls(dtype=dtype)
    value, grad = loss.value_and_grad(y_true, y_pred)
    wanted, slope = cls(dtype="float32").value_and_grad(y_true, rounded)
    assert value.dtype == grad.dtype == short
    with np.errstate(over="ignore"):
        assert value == wanted.astype(short)
        assert np.array_equal(grad, slope.astype(short))
    assert loss.dtype == dtype
    function = next(f for f in FUNCTIONS.values() if f.__wrapped__ is cls.formula)
    extra = {"q": 0.5} if cls is k.CategoricalGeneralizedCrossEntropy else {}
    losses = function(y_true, y_pred.astype(short), **extra)
    assert losses.dtype == short
    with np.errstate(over="ignore"):
        assert np.array_equal(losses, function(y_true, rounded, **extra).astype(short))


@pytest.mark.parametrize("dtype", SHORT)
def test_a_confident_mistake_is_finite_in_short_dtypes(dtype: str) -> None:
    pytest.importorskip("ml_dtypes")
    value, grad = k.BinaryCrossentropy(dtype=dtype).value_and_grad([[0.0, 1.0]], [[1.0, 0.0]])
    assert float(value) == pytest.approx((15.942 + 16.118) / 2, rel=2e-2)
    assert not grad.any()


def test_bfloat16_says_where_it_comes_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ml_dtypes", None)
    with pytest.raises(ImportError, match="pip install ml_dtypes"):
        k.Huber(dtype="bfloat16")([[0.0]], [[1.0]])


@pytest.mark.parametrize(("policy", "dtype"), [("mixed_float16", "float16"), (np.float64, "float64")])
def test_policies_are_what_they_compute_in(policy: Any, dtype: str) -> None:
    assert k.Huber(dtype=policy).dtype == dtype


def test_results_answer_numpy() -> None:
    value = k.MeanAbsoluteError()([1.0, 2.0], [1.5, 2.5])
    assert type(value.numpy()) is np.float32
    assert type(k.mae([[1.0]], [[2.0]]).numpy()) is np.ndarray
    assert float(value) == 0.5


# Clipping


@pytest.mark.parametrize(("dtype", "high"), [("float32", 1 - 2**-23), ("float64", 1 - 1e-7)])
def test_probabilities_are_clipped_in_their_dtype(dtype: str, high: float) -> None:
    y_pred = np.array([[0.0], [1.0], [0.0], [1.0], [1e-8]], dtype)
    y_true = np.array([[1], [0], [0], [1], [1]])
    values, grad = k.BinaryCrossentropy(reduction="none").value_and_grad(y_true, y_pred)
    low = float(np.array(1e-7, dtype))
    wanted = [
        -np.log(low),
        -np.log(1 - high),
        -np.log(np.array(1, dtype) - y_pred.dtype.type(1e-7)),
        -np.log(high),
        -np.log(low),
    ]
    assert max(map(ulps, values, wanted)) <= 1
    assert not grad.any()


@pytest.mark.parametrize("loss", [k.CategoricalCrossentropy, k.CategoricalFocalCrossentropy])
def test_smoothing_counts_the_classes_on_their_axis(loss: Any) -> None:
    """Keras counts the last axis until 3.16."""
    rng = np.random.default_rng(6)
    y_true, y_pred = np.eye(3)[rng.integers(0, 3, (2, 5))], rng.uniform(0.1, 1, (2, 5, 3))
    value, grad = loss(label_smoothing=0.3).value_and_grad(y_true, y_pred)
    moved = [np.moveaxis(one, -1, 1) for one in (y_true, y_pred)]
    again, moved_grad = loss(label_smoothing=0.3, axis=1).value_and_grad(*moved)
    assert ulps(again, value) <= 1
    assert ulps(moved_grad, np.moveaxis(grad, -1, 1)) <= 2


def test_only_ratios_of_row_probabilities_matter() -> None:
    row = np.array([[0.7, 0.2, 0.1]])
    value, grad = k.CategoricalCrossentropy().value_and_grad([[1, 0, 0]], row)
    assert ulps(k.SparseCategoricalCrossentropy()([0], 8 * row), value) == 0
    assert ulps(grad, [[1 - 1 / 0.7, 1.0, 1.0]]) <= 4


def test_focal_gradient_is_finite_at_saturated_logits() -> None:
    for gamma in (0.0, 0.5, 1.0, 2.0):
        loss = k.BinaryFocalCrossentropy(gamma=gamma, from_logits=True)
        assert np.array_equal(loss.value_and_grad([[1.0, 0.0]], [[40.0, -200.0]])[1], [[0, 0]])


# Labels


def test_hinge_converts_labels_only_if_all_are_binary() -> None:
    scores = [[0.5, -0.25]]
    assert k.hinge([[0, 1]], scores) == k.hinge([[-1, 1]], scores) == 1.375
    assert k.hinge([[0, -1]], scores) == (1 + 0.75) / 2
    assert np.array_equal(k.Hinge(reduction="sum").value_and_grad([[0, -1]], scores)[1], [[0, 0.5]])


def test_class_indices_do_not_pass_through_float32() -> None:
    y_pred = np.zeros((1, 2**24 + 2), np.float32)
    y_pred[0, 2**24 + 1] = 1
    assert float(k.SparseCategoricalCrossentropy()([2**24 + 1], y_pred)) < 1e-6


def test_ignored_classes_count_for_nothing() -> None:
    y_pred = np.array([[0.5, 0.25, 0.25], [np.nan, 0, 0], [0.25, 0.5, 0.25]])
    for y in ([0, -1, 1], [[0], [-1], [1]]):
        value, grad = k.SparseCategoricalCrossentropy(ignore_class=-1).value_and_grad(y, y_pred)
        assert ulps(value, np.log(2)) <= 1
        assert not grad[1].any()
    losses = k.sparse_categorical_crossentropy([0, -1, 1], y_pred, ignore_class=-1)
    assert losses[1] == 0
    assert np.array_equal(losses._keras_mask, [True, False, True])
    value, grad = k.SparseCategoricalCrossentropy(ignore_class=2).value_and_grad([2, 2, 2], y_pred)
    assert value == 0
    assert not grad.any()


@pytest.mark.parametrize("from_logits", [False, True])
def test_sparse_axis(from_logits: bool) -> None:
    rng = np.random.default_rng(3)
    y_pred, y_true = rng.uniform(0.1, 1, (2, 3, 4)), rng.integers(0, 4, (2, 3))
    value, grad = k.SparseCategoricalCrossentropy(from_logits).value_and_grad(y_true, y_pred)
    moved = k.SparseCategoricalCrossentropy(from_logits, axis=1).value_and_grad(y_true, np.moveaxis(y_pred, -1, 1))
    assert ulps(moved[0], value) <= 1
    assert ulps(np.moveaxis(moved[1], 1, -1), grad) <= 2


@pytest.mark.parametrize("from_logits", [False, True])
@pytest.mark.parametrize(
    ("loss", "y_true", "y_pred"),
    [
        (k.BinaryCrossentropy, [[-1.0]], [[0.5]]),
        (k.BinaryFocalCrossentropy, [[2.0]], [[0.5]]),
        (k.CategoricalCrossentropy, [[-0.5, 1.5]], [[0.5, 0.5]]),
        (k.SparseCategoricalCrossentropy, [2], [[0.5, 0.5]]),
        (k.SparseCategoricalCrossentropy, [-1], [[0.5, 0.5]]),
    ],
)
def test_labels_outside_are_refused(loss: Any, y_true: Any, y_pred: Any, from_logits: bool) -> None:
    with pytest.raises(lossreg.DomainError, match="y_true"):
        loss(from_logits=from_logits)(y_true, y_pred)


def test_shapes_that_do_not_meet() -> None:
    same = r"Arguments `target` and `output` must have the same shape. Received: target.shape=\(2, 1\), output.shape=\(2, 2\)"
    for function in (k.binary_crossentropy, k.categorical_crossentropy, k.categorical_focal_crossentropy, k.dice):
        with pytest.raises(lossreg.ShapeError, match=same):
            function([[1.0], [0.0]], [[0.5, 0.5], [0.5, 0.5]])
    with pytest.raises(
        lossreg.ShapeError, match=r"up until the last dimension: target.shape=\(3,\), output.shape=\(2, 2\)"
    ):
        k.sparse_categorical_crossentropy([0, 1, 1], [[0.5, 0.5], [0.5, 0.5]])


def test_one_class_is_warned_about() -> None:
    said = r"In loss categorical_crossentropy, expected y_pred.shape to be \(batch_size, num_classes\)"
    for loss in (k.categorical_crossentropy, k.CategoricalCrossentropy()):
        with pytest.warns(SyntaxWarning, match=said) as told:
            loss([[1.0]], [[0.5]])
        assert [one.filename for one in told] == [__file__]
    with pytest.warns(SyntaxWarning, match="binary_crossentropy"):
        k.categorical_focal_crossentropy(np.ones((2, 1, 3)), np.ones((2, 1, 3)), axis=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        k.categorical_crossentropy(np.ones((2, 3, 1)), np.ones((2, 3, 1)), axis=1)


# Shapes, weights and masks


def test_columns_meet_vectors() -> None:
    y_true, y_pred = np.array([0.0, 1.0, 2.0]), np.array([[1.0], [1.0], [1.0]])
    value, grad = k.MeanSquaredError().value_and_grad(y_true, y_pred)
    assert value == 2 / 3
    assert grad.shape == (3, 1)
    assert k.MeanSquaredError().value_and_grad(y_pred, y_true)[1].shape == (3,)


def test_targets_broadcast_and_their_gradients_add_up() -> None:
    value, grad = k.MeanSquaredError(reduction="sum").value_and_grad([[1.0, 2.0, 3.0]], np.array([[0.0]]))
    assert ulps(value, 14 / 3) <= 1
    assert grad.shape == (1, 1)
    assert ulps(grad, [[-4.0]]) <= 1


def test_a_mask_is_found_on_the_predictions() -> None:
    y_true, y_pred = np.zeros((3, 2)), np.array([[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]]).view(type(k.mse([0.0], [0.0])))
    y_pred._keras_mask = np.array([True, False, True])
    assert k.MeanSquaredError()(y_true, y_pred) == 5
    assert k.MeanSquaredError()(y_true, y_pred, mask=[True, True, False]) == 2.5
    assert k.MeanSquaredError("sum")(y_true, y_pred) == 10
    value, grad = k.MeanSquaredError().value_and_grad(y_true, y_pred, mask=[False] * 3)
    assert value == 0
    assert not grad.any()


def test_weights_that_do_not_fit() -> None:
    y_pred = np.zeros((4, 2))
    for rest in ({"sample_weight": [1.0, 2.0]}, {"mask": [True, False]}):
        (name,) = rest
        with pytest.raises(lossreg.ShapeError, match=rf"unreduced loss has shape \(4,\) and {name} has shape \(2,\)"):
            k.MeanSquaredError()(y_pred, y_pred, **rest)
    with pytest.raises(lossreg.ShapeError, match=r"mask has shape \(3,\) and sample_weight has shape \(4,\)"):
        k.MeanSquaredError()(y_pred, y_pred, np.ones(4), np.ones(3))


def test_weights_that_sum_to_nothing() -> None:
    value, grad = k.MeanSquaredError("mean_with_sample_weight").value_and_grad([[1.0]], [[2.0]], [0.0])
    assert value == 0
    assert not grad.any()


def test_nothing_over_nothing() -> None:
    empty = np.zeros((0, 2, 3))
    for loss in (k.MeanSquaredError(), k.BinaryCrossentropy(), k.KLDivergence()):
        value, grad = loss.value_and_grad(empty, empty)
        assert value == 0
        assert grad.shape == empty.shape


def test_inputs_are_left_alone() -> None:
    for cls in CLASSES:
        y_true, y_pred = arguments(cls)
        y_pred = np.asfortranarray(y_pred)
        before = y_pred.copy()
        y_pred.flags.writeable = y_true.flags.writeable = False
        ours = cls().value_and_grad(y_true, y_pred)
        assert np.array_equal(before, y_pred)
        assert ulps(ours[1], cls().value_and_grad(y_true, before)[1]) <= 1


# Names and data


@pytest.mark.parametrize("cls", CLASSES)
def test_config_and_pickle_round_trip(cls: Any) -> None:
    loss = cls(reduction="sum", name="mine")
    for again in (
        cls.from_config(loss.get_config()),
        k.deserialize(k.serialize(loss)),
        pickle.loads(pickle.dumps(loss)),
    ):
        assert type(again) is cls
        assert again.get_config() == loss.get_config()
        assert (again.name, again.reduction) == ("mine", "sum")
    assert eval(repr(loss), vars(k)).get_config() == loss.get_config()


def test_arguments_survive() -> None:
    loss = k.deserialize(
        k.serialize(k.CategoricalFocalCrossentropy(alpha=np.array([0.25, 0.5]), gamma=np.float64(1.5)))
    )
    assert np.array_equal(loss.alpha, [0.25, 0.5])
    assert loss.gamma == 1.5
    assert json.dumps(k.serialize(loss))
    assert k.deserialize(k.serialize(k.Huber(delta=3.0))).delta == 3


@pytest.mark.parametrize(
    ("identifier", "found"),
    [
        ("mse", k.mean_squared_error),
        ("BCE", k.binary_crossentropy),
        ("kl_divergence", k.kl_divergence),
        (k.hinge, k.hinge),
        ({"class_name": "poisson", "config": {}}, k.poisson),
        ({"module": "builtins", "class_name": "function", "config": "huber", "registered_name": "function"}, k.huber),
        (None, None),
    ],
)
def test_get_function(identifier: Any, found: Any) -> None:
    assert k.get(identifier) is found


@pytest.mark.parametrize(
    "identifier", ["Huber", k.Huber, k.Huber(), {"class_name": "Huber"}, {"class_name": "Huber", "config": None}]
)
def test_get_class(identifier: Any) -> None:
    assert isinstance(k.get(identifier), k.Huber)


@pytest.mark.parametrize("identifier", ["nothing", {"class_name": "Nothing", "config": {}}, {"config": {}}, 5])
def test_get_what_is_not_there(identifier: Any) -> None:
    with pytest.raises(ValueError, match=r"Nothing|nothing|class_name|5"):
        k.get(identifier)


class Largest(k.Loss):
    """The largest error of a sample."""

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return np.abs(y_true - y_pred).max(axis=-1)


def test_a_loss_of_your_own() -> None:
    loss = Largest()
    assert loss.name == "largest"
    value = loss([[0, 0], [0, 0]], [[1.0, 3.0], [2.0, 0.5]], sample_weight=[1, 2])
    assert value == 3.5
    assert value.dtype == "float32"
    assert isinstance(k.deserialize(k.serialize(loss), custom_objects={"Largest": Largest}), Largest)
    with pytest.raises(NotImplementedError, match="call"):
        k.Loss()([0.0], [0.0])


def test_arguments_out_of_range() -> None:
    with pytest.raises(lossreg.ParameterError, match=r"sum_over_batch_size.*'average'"):
        k.MeanSquaredError(reduction="average")
    with pytest.raises(lossreg.ParameterError, match="delta"):
        k.huber([0.0], [1.0], delta=-1.0)
