"""Labels of classifiers: what kinds there are, what is refused, and the classes that loaded models fall back to."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import lossreg
from lossreg.integrations.classes import Probabilities, labels, loss_of_classes, places, require_two


class OnAGpu:
    __cuda_array_interface__ = {"shape": (2,), "typestr": "<f4", "data": (1, False), "version": 3}  # noqa: RUF012


@pytest.mark.parametrize(
    ("y", "kind"),
    [
        ([0, 1], "i"),
        ([0.0, 1.0], "f"),
        ([True, False], "b"),
        (["a", "b"], "U"),
        (np.array(["a", "b"], dtype=object), "O"),
        (np.array([2, 1], dtype=object), "i"),
        (np.array([False, 1.0], dtype=object), "f"),
    ],
)
def test_labels_are_numbers_booleans_or_texts(y: Any, kind: str) -> None:
    assert labels(y).dtype.kind == kind
    assert labels(np.reshape(y, (2, 1))).shape == (2,)
    assert places(np.unique(labels(y)), labels(y)).max() == 1


@pytest.mark.parametrize(
    ("y", "error", "words"),
    [
        ([0.0, np.nan], lossreg.DomainError, "y holds nan at index 1"),
        ([0.0, 0.5], lossreg.DomainError, "y holds 0.5 at index 1; wanted labels"),
        (np.ma.masked_array([0, 1], [True, False]), lossreg.DtypeError, "y is a masked array; pass the rows"),
        (np.int64(1), lossreg.ShapeError, "y is a single number; wanted one for each row"),
        (np.array([None, 1], dtype=object), lossreg.DtypeError, "holds NoneType and int side by side; wanted numbers"),
        (np.array(["a", 1], dtype=object), lossreg.DtypeError, "int and str side by side"),
        (["1", 1], lossreg.DtypeError, "int and str side by side"),
        ([["a"], ["b", "c"]], lossreg.DtypeError, "y has rows of unequal lengths, 1 and 2"),
        (np.arange(2, dtype=np.longdouble), lossreg.DtypeError, r"pass y.astype\(float\)"),
        (np.array([0.5, 1], dtype=object), lossreg.DomainError, "not whole"),
        (np.array([b"a", b"b"]), lossreg.DtypeError, r"dtype \|S1"),
        (np.array(["2020-01-01"], dtype="M8[D]"), lossreg.DtypeError, "datetime64"),
        (OnAGpu(), lossreg.DtypeError, "y is on a GPU; copy it to the CPU"),
        (None, lossreg.DtypeError, "y is None"),
    ],
)
def test_what_cannot_be_classes_is_refused(y: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        labels(y)


@pytest.mark.parametrize("y", [[0, 2], ["0", "1"]])
def test_a_label_that_is_none_of_the_classes_is_named(y: Any) -> None:
    with pytest.raises(lossreg.DomainError, match="which is none of the 2 classes fitted: 0, 1") as caught:
        places(np.array([0, 1]), labels(y), "y_true")
    assert caught.value.argument == "y_true"
    assert caught.value.index == (1 if y[0] == 0 else 0)


def test_a_loss_that_suits_the_classes() -> None:
    assert loss_of_classes(None, 2).name == "binary_cross_entropy"
    assert loss_of_classes("categorical_focal", 2).info.family == "row-wise"
    require_two(np.array([0, 1]))
    with pytest.raises(ValueError, match="y holds one class, 'a'"):
        require_two(np.array(["a"]))


def test_probabilities_are_a_method_of_those_that_have_them() -> None:
    class Model:
        def __init__(self, loss: Any) -> None:
            self.loss = loss

        @Probabilities
        def predict_proba(self, X: Any) -> Any:
            """Probabilities."""
            return X

    assert Model.predict_proba.__doc__ == "Probabilities."
    for loss, there in ((None, True), ("bce", True), ("scce", True), ("squared_hinge", False), ("exponential", False)):
        assert hasattr(Model(loss), "predict_proba") == there
    fitted = Model("hinge")
    fitted.loss_ = lossreg.get("bce")
    assert fitted.predict_proba(3) == 3
