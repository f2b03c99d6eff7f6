"""Every loss in every trainer: it trains, or the error says why, and speaks of arguments by the names that they came by."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import lossreg
from lossreg.integrations.training import trainable

ROWS = 40
SCORED = {
    "numbers",
    "labels",
    "classes",
    "ordered",
    "probabilities",
    "rates",
}  # kinds of losses whose rows are scored one by one
ONE_TARGET = SCORED | {"columns"}  # by several numbers each, too
SEVERAL = ONE_TARGET | {"bounds"}  # which are targets of several numbers
TAKES = {  # what an error sends somebody to → the kinds of losses that it takes
    "XGBLossRegressor": SEVERAL,
    "XGBLossClassifier": {"labels", "classes", "ordered"},
    "LGBMLossRegressor": {"numbers", "labels", "probabilities", "columns", "bounds"},
    "LGBMLossClassifier": {"labels", "classes", "ordered"},
    "CatBoostLossRegressor": {"numbers", "labels", "columns", "bounds"},
    "CatBoostLossClassifier": {"labels", "classes", "ordered"},
    "XGBLossRanker": {"lists"},
    "LGBMLossRanker": {"lists"},
    "LossRegressor": {"numbers", "labels"},
    "LossClassifier": {"labels", "classes", "ordered", "probabilities"},
}


def kind(name: str) -> str:
    """What the targets of a loss are to a trainer; "none" for a loss that no model of rows is trained with."""
    try:
        info = trainable(name, also=("column-wise", "set-wise")).info
    except lossreg.ParameterError:
        return "none"
    if info.family == "set-wise":
        return "lists"
    if info.target_columns:
        return "bounds"
    if len(info.columns) > 1:
        return "columns"
    if info.family == "row-wise":
        if info.target.has_class_indices:
            return "classes"
        return "probabilities" if info.target.has_rows else "rates"
    if info.target.has_class_indices:
        return "ordered"
    return "labels" if info.target.is_label else "numbers"


def drawn(name: str, *, classifier: bool = False) -> tuple[Any, Any]:
    """Features, and targets that suit a loss: labels and classes for a classifier whatever the loss."""
    rng = np.random.default_rng(5)
    X = rng.normal(size=(ROWS, 3))
    classes = np.digitize(X[:, 0], [-0.5, 0.5])
    found = kind(name)
    if found in ("classes", "ordered") or (classifier and found in ("probabilities", "rates")):
        return X, classes
    if found in ("probabilities", "rates") and not classifier:
        return X, 0.1 + 0.7 * np.eye(3)[classes]
    if found == "labels" or classifier:
        return X, (X[:, 0] > 0).astype(int)
    amount = np.abs(X[:, 0]) + 0.25
    if found == "bounds":
        return X, np.column_stack([amount, np.where(X[:, 1] > 0, np.inf, amount)])
    return X, amount


def trains_or_says_why(
    name: str, estimator: str, fit: Callable[[Any, Any], Any], takes: set[str] | None = None
) -> None:
    """`fit`, from features and targets to predictions, by the rule of `TAKES`, or by `takes` where that is narrower."""
    X, y = drawn(name, classifier=estimator.endswith("Classifier"))
    found = kind(name)
    if found in (TAKES[estimator] if takes is None else takes):
        assert np.isfinite(np.asarray(fit(X, y), np.float64)).all()
        return
    with pytest.raises(
        (lossreg.ParameterError, lossreg.ShapeError), match=re.escape(repr(lossreg.get(name)))
    ) as caught:
        fit(X, y)
    for named in re.findall(r"use (\w+)", str(caught.value)):
        assert found in TAKES[named], f"{name}: {caught.value}"


BAD = {  # loss and what is wrong → targets and weights of as many rows
    ("poisson", "a count below 0"): lambda n: (np.where(np.arange(n) == 3, -1.0, 1.0), None),
    ("bce", "labels above 1"): lambda n: (np.arange(n) % 3, None),
    ("huber", "NaN"): lambda n: (np.where(np.arange(n) == 3, np.nan, 1.0), None),
    ("huber", "three axes"): lambda n: (np.zeros((n, 2, 2)), None),
    ("huber", "texts"): lambda n: (np.array(["a"] * n), None),
    ("huber", "complex numbers"): lambda n: (np.arange(n) * 1j, None),
    ("huber", "no array"): lambda n: (object(), None),
    ("huber", "weights below 0"): lambda n: (np.arange(n) % 2, np.where(np.arange(n) == 3, -1.0, 1.0)),
    ("huber", "weights that are NaN"): lambda n: (np.arange(n) % 2, np.where(np.arange(n) == 3, np.nan, 1.0)),
    ("huber", "too few weights"): lambda n: (np.arange(n) % 2, np.ones(3)),
    ("bce", "weights of texts"): lambda n: (np.arange(n) % 2, ["a"] * n),
}


def calls_arguments_as_they_came(
    fit: Callable[[str, Any, Any, Any], Any], y_name: str = "y", weight_name: str = "sample_weight"
) -> None:
    """`fit`, of a loss, features, targets and weights, speaks of these by the names that its caller knows."""
    X = np.arange(2.0 * ROWS).reshape(ROWS, 2)
    for (loss, what), made in BAD.items():
        y, weight = made(ROWS)
        with pytest.raises((ValueError, TypeError)) as caught:
            fit(loss, X, y, weight)
        said = str(caught.value)
        assert "y_true" not in said, what
        if isinstance(caught.value, lossreg.LossregError):
            name = y_name if weight is None else weight_name
            assert name in said, (what, said)
            assert caught.value.argument in (name, None), what


def takes_data_sets_however_they_come(fit: Callable[[Any, Any, Any], Any]) -> None:
    """`fit`, of features, targets and what to evaluate on, takes one pair or several, and says what is no pair."""
    X, y = np.arange(2.0 * ROWS).reshape(ROWS, 2), np.arange(1.0 * ROWS)
    pair = (X, y)
    for eval_set in (pair, [pair], [list(pair)], (pair, pair), [pair, pair]):
        fit(X, y, eval_set)
    for wrong in ([X, y], [y], [(X, y, y, y)], [X], [(X,)], y):
        with pytest.raises(
            lossreg.ParameterError, match=r"^eval_set\[0\] is .*; wanted a pair of features and targets"
        ):
            fit(X, y, wrong)


def is_made_or_says_why(name: str, make: Callable[[str], Any]) -> bool:
    """What is made of a loss alone; whether it was made."""
    try:
        make(name)
    except lossreg.ParameterError:
        with pytest.raises(lossreg.ParameterError, match=re.escape(repr(lossreg.get(name)))):
            make(name)
        return False
    return True
