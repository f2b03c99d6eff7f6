"""Writes `keras.json`: what Keras's losses give, values and gradients, at drawn inputs.

    python tests/truth/keras_golden.py              writes the table
    python tests/truth/keras_golden.py --check      exits 1 where the table is not what would be written
    python tests/truth/keras_golden.py --seed N     prints a table of other inputs: float32, every reduction, one shape

Needs Keras with its JAX backend, whose losses of logits are exact and whose gradients are automatic derivatives.
A record holds the class, its arguments, the inputs, the value and the gradient of the (summed) value. Numbers of
float32 records are float32 numbers, widened. Where the versions of Keras before 3.16 do not compute what Keras documents,
they are given what makes them: smoothed targets where they would smooth along the wrong axis, and Tversky's coefficients
exchanged. Where Keras loses the digits of float32 to cancellation, it answers in float64.
"""

from __future__ import annotations

import itertools
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

TABLE = Path(__file__).with_name("keras.json")
REDUCTIONS = ("sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none", None)
DTYPES = ("float32", "float64")
SHAPES = ((4,), (5, 4), (2, 3, 4))
FLAT = ("number", "label", "sign", "soft", "count")  # targets of which a row may be one
WIDE = {"MeanSquaredLogarithmicError", "CosineSimilarity", "Circle", "CTC", "Dice", "Tversky"}  # cancel in float32
LOGITS = {"from_logits": True}
SMOOTH = {"label_smoothing": 0.15}

# Class, its arguments, and what its targets and predictions are.
VARIANTS: list[tuple[str, dict[str, Any], str, str]] = [
    ("MeanSquaredError", {}, "number", "number"),
    ("MeanAbsoluteError", {}, "number", "number"),
    ("Huber", {}, "number", "number"),
    ("Huber", {"delta": 0.6}, "number", "number"),
    ("LogCosh", {}, "number", "number"),
    ("MeanAbsolutePercentageError", {}, "number", "number"),
    ("MeanSquaredLogarithmicError", {}, "count", "rate"),
    ("MeanSquaredLogarithmicError", {}, "number", "number"),
    ("CosineSimilarity", {}, "number", "number"),
    ("CosineSimilarity", {"axis": 0}, "number", "number"),
    ("SquaredHinge", {}, "label", "number"),
    ("SquaredHinge", {}, "number", "number"),
    ("CategoricalHinge", {}, "one-hot", "number"),
    ("CategoricalHinge", {}, "row", "number"),
    ("CategoricalGeneralizedCrossEntropy", {}, "index", "probability row"),
    ("CategoricalGeneralizedCrossEntropy", {"q": 0.7}, "index", "probability row"),
    ("Dice", {}, "label", "probability"),
    ("Dice", {"axis": (-1, -2)}, "soft matrix", "probability"),
    ("Tversky", {"alpha": 0.3, "beta": 0.9}, "label", "probability"),
    ("Tversky", {"alpha": 0.8, "beta": 0.1, "axis": -1}, "soft", "probability"),
    ("Circle", {}, "pairs", "direction"),
    ("Circle", {"gamma": 16.0, "margin": 0.25, "remove_diagonal": False}, "pairs", "direction"),
    ("CTC", {}, "sequence", "logit"),
    ("Hinge", {}, "label", "number"),
    ("Hinge", {}, "sign", "number"),
    ("Hinge", {}, "number", "number"),
    ("Poisson", {}, "count", "rate"),
    ("KLDivergence", {}, "row", "row"),
    ("KLDivergence", {}, "one-hot", "row"),
    ("BinaryCrossentropy", {}, "label", "probability"),
    ("BinaryCrossentropy", SMOOTH, "soft", "probability"),
    ("BinaryCrossentropy", LOGITS, "label", "logit"),
    ("BinaryCrossentropy", {**LOGITS, **SMOOTH, "axis": 0}, "soft", "logit"),
    ("BinaryFocalCrossentropy", {}, "label", "probability"),
    ("BinaryFocalCrossentropy", {"apply_class_balancing": True, "gamma": 1.0, **SMOOTH}, "soft", "probability"),
    (
        "BinaryFocalCrossentropy",
        {**LOGITS, "gamma": 3.0, "apply_class_balancing": True, "alpha": 0.7},
        "label",
        "logit",
    ),
    ("BinaryFocalCrossentropy", {**LOGITS, **SMOOTH, "gamma": 0.5, "axis": 0}, "soft", "logit"),
    ("CategoricalCrossentropy", {}, "one-hot", "row"),
    ("CategoricalCrossentropy", SMOOTH, "row", "scaled row"),
    ("CategoricalCrossentropy", LOGITS, "one-hot", "logit"),
    ("CategoricalCrossentropy", {**LOGITS, **SMOOTH, "axis": 0}, "row", "logit"),
    ("CategoricalFocalCrossentropy", {}, "one-hot", "row"),
    ("CategoricalFocalCrossentropy", {**SMOOTH, "gamma": 1.0}, "row", "scaled row"),
    ("CategoricalFocalCrossentropy", {**LOGITS, "gamma": 3.0, "alpha": [0.1, 0.2, 0.3, 0.4]}, "one-hot", "logit"),
    ("CategoricalFocalCrossentropy", {**LOGITS, **SMOOTH, "gamma": 0.5, "axis": 0}, "row", "logit"),
    ("SparseCategoricalCrossentropy", {}, "index", "row"),
    ("SparseCategoricalCrossentropy", {"ignore_class": 1}, "index", "scaled row"),
    ("SparseCategoricalCrossentropy", LOGITS, "index", "logit"),
    ("SparseCategoricalCrossentropy", {**LOGITS, "ignore_class": -1}, "index or -1", "logit"),
]


def records(seed: int, dtypes: Any = DTYPES, reductions: int = 2, shapes: Any = SHAPES) -> Iterator[dict[str, Any]]:
    """Drawn inputs for every variant and dtype, with so many reductions in turn; the first shape has no rows."""
    rng = np.random.default_rng(seed)
    for dtype, (turn, (name, arguments, true, pred)) in itertools.product(dtypes, enumerate(VARIANTS)):
        for reduction in (REDUCTIONS[(turn + i) % len(REDUCTIONS)] for i in range(reductions)):
            shape = _one_of(rng, _shapes(true, pred, shapes))
            axis = arguments.get("axis", -1)
            losses = _reduced(name, arguments, shape)
            y_true = _targets(rng, true, shape, axis if isinstance(axis, int) else -1)
            y_pred = _predictions(rng, pred, shape)
            if (
                arguments in ({}, {"delta": 0.6})
                and true == pred == "number"
                and "inge" not in name
                and len(shape) == 2
            ):
                y_true = y_true[:, : _one_of(rng, [1, 4])]
            yield {
                "class": name,
                "arguments": {**arguments, "reduction": reduction},
                "dtype": dtype,
                "y_true": (y_true if y_true.dtype.kind == "i" else y_true.astype(dtype)).tolist(),
                "y_pred": y_pred.astype(dtype).tolist(),
                "sample_weight": _weights(rng, losses, dtype),
                "mask": _one_of(rng, [None, (rng.random(losses) < 0.7).tolist() if losses else None]),
            }


def _shapes(true: str, pred: str, shapes: Any) -> Any:
    """The shapes that predictions can have: a batch of rows, of matrices, of sequences, of vectors, or a row too."""
    if true in ("sequence", "soft matrix"):
        return [shape for shape in SHAPES if len(shape) == 3]
    if pred == "direction":
        return [shape for shape in SHAPES if len(shape) == 2]
    return shapes if true in FLAT and "row" not in pred else [shape for shape in shapes if len(shape) > 1]


def _reduced(name: str, arguments: dict[str, Any], shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of the losses."""
    if name in ("Circle", "CTC"):
        return shape[:1]
    axis = arguments.get("axis", None if name in ("Dice", "Tversky") else -1)
    return () if axis is None else tuple(np.delete(shape, axis).tolist())


def _one_of(rng: np.random.Generator, choices: Any) -> Any:
    choice = choices[rng.integers(len(choices))]
    return choice.tolist() if isinstance(choice, np.ndarray) else choice


def _weights(rng: np.random.Generator, losses: tuple[int, ...], dtype: str) -> Any:
    shapes = [None, losses, (*losses, 1), (*losses[:-1], 1) if losses else (3,)]
    shape = _one_of(rng, shapes)
    return None if shape is None else rng.uniform(0.2, 3, shape).astype(dtype).tolist()


def _targets(rng: np.random.Generator, kind: str, shape: tuple[int, ...], axis: int) -> np.ndarray[Any, Any]:
    classes = shape[axis]
    indices = rng.integers(0, classes, np.delete(shape, axis))
    match kind:
        case "number":
            return rng.normal(0, 1.5, shape)
        case "label":
            return rng.integers(0, 2, shape)
        case "sign":
            return 2 * rng.integers(0, 2, shape) - 1
        case "soft" | "soft matrix":
            return rng.random(shape)
        case "count":
            return rng.poisson(2.0, shape)
        case "row":
            return np.moveaxis(rng.dirichlet(np.ones(classes), indices.shape), -1, axis)
        case "one-hot":
            return np.moveaxis(np.eye(classes)[indices], -1, axis)
        case "index":
            return indices
        case "pairs":
            return rng.permutation(np.arange(shape[0]) % 2)
        case "sequence":
            labels = rng.integers(1, shape[2], (shape[0], 2))
            labels[:, 1] *= rng.integers(0, 2, shape[0])
            return labels
        case "index or -1":
            return np.where(rng.random(indices.shape) < 0.3, -1, indices)
    raise ValueError(kind)


def _predictions(rng: np.random.Generator, kind: str, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    match kind:
        case "number":
            return rng.normal(0, 1.5, shape)
        case "logit":
            return rng.normal(0, 3, shape)
        case "rate":
            return rng.gamma(2.0, 1.0, shape)
        case "probability":
            # Of every six one is clipped.
            return np.where(
                rng.random(shape) < 1 / 6, rng.choice([0, 1e-9, 1 - 1e-9, 1], shape), rng.uniform(0.02, 0.98, shape)
            )
        case "direction":
            vectors = rng.normal(size=shape)
            return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
        case "probability row":
            return rng.uniform(0.02, 0.98, shape)
        case "row" | "scaled row":
            rows = rng.uniform(0.05, 1, shape) * (rng.random(shape) > 1 / 8)
            rows[..., 0] += 0.1
            return rows * 3 if kind == "scaled row" else rows / rows.sum(axis=-1, keepdims=True)
    raise ValueError(kind)


def answered(drawn: Iterator[dict[str, Any]]) -> list[dict[str, Any]]:
    """The records with Keras's values and gradients."""
    os.environ["KERAS_BACKEND"] = "jax"
    import jax

    jax.config.update("jax_enable_x64", True)
    import keras
    from keras.src.backend import set_keras_mask
    from keras.src.backend.common import dtypes

    dtypes.BIT64_TO_BIT32_DTYPE["float64"] = "float64"  # Keras takes means in float32 even of float64 losses

    def answer(record: dict[str, Any]) -> dict[str, Any]:
        arguments = dict(record["arguments"])
        dtype = "float64" if record["class"] in WIDE else record["dtype"]
        y_true = np.array(record["y_true"], None if isinstance(record["y_true"][0], int) else record["dtype"])
        old = tuple(map(int, keras.__version__.split(".")[:2])) < (3, 16)
        if old and record["class"].startswith("Categorical") and arguments.get("axis", -1) != -1:
            smoothing = arguments.pop("label_smoothing")
            y_true = y_true * (1 - smoothing) + y_true.dtype.type(smoothing / y_true.shape[arguments["axis"]])
        if old and record["class"] == "Tversky":
            arguments["alpha"], arguments["beta"] = arguments["beta"], arguments["alpha"]
        loss = getattr(keras.losses, record["class"])(**arguments, dtype=dtype)
        weight = None if record["sample_weight"] is None else np.array(record["sample_weight"])

        def total(y_pred: Any) -> Any:
            if record["mask"] is not None:
                set_keras_mask(y_pred, np.array(record["mask"]))
            value = loss(y_true, y_pred, weight)
            return value.sum(), value

        (_, value), gradient = jax.value_and_grad(total, has_aux=True)(np.array(record["y_pred"], dtype))
        return {**record, "value": np.asarray(value).tolist(), "gradient": np.asarray(gradient).tolist()}

    return [answer(record) for record in drawn]


def text(table: list[dict[str, Any]]) -> str:
    """A table as JSON, a record a line."""
    return "[\n" + ",\n".join(map(json.dumps, table)) + "\n]\n"


if __name__ == "__main__":
    if sys.argv[1:2] == ["--seed"]:
        print(text(answered(records(int(sys.argv[2]), ("float32",), len(REDUCTIONS), SHAPES[-1:] * 2))))
    else:
        table = text(answered(records(0)))
        if "--check" in sys.argv:
            sys.exit(table != TABLE.read_text())
        TABLE.write_text(table)
