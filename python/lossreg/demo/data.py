"""The demo's data: three real sets that ship inside scikit-learn, split once, so that every model sees the same rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn import datasets
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

TEST_SHARE = 0.25


@dataclass(frozen=True)
class Split:
    """Standardised features and targets: rows to train on, rows to test on."""

    name: str
    x_train: NDArray[np.float64]
    y_train: NDArray[Any]
    x_test: NDArray[np.float64]
    y_test: NDArray[Any]

    def with_targets(self, name: str, change: Callable[[NDArray[Any]], NDArray[Any]]) -> Split:
        """The same rows with targets made from the old ones."""
        return replace(self, name=name, y_train=change(self.y_train), y_test=change(self.y_test))


def breast_cancer(seed: int) -> Split:
    """Cell nuclei measured under the microscope, and whether the tumour is benign."""
    return _split("breast cancer", datasets.load_breast_cancer(return_X_y=True), seed)


def digits(seed: int) -> Split:
    """Scanned handwritten digits, and which one it is."""
    return _split("digits", datasets.load_digits(return_X_y=True), seed)


def diabetes(seed: int) -> Split:
    """Patients and their blood values, and how far the disease is a year later, standardised."""
    split = _split("diabetes", datasets.load_diabetes(return_X_y=True), seed, stratify=False)
    mean, scale = split.y_train.mean(), split.y_train.std()
    return split.with_targets(split.name, lambda y: (y - mean) / scale)


def _split(name: str, data: tuple[Any, Any], seed: int, stratify: bool = True) -> Split:
    x, y = data
    x_train, x_test, y_train, y_test = train_test_split(
        x, y, test_size=TEST_SHARE, random_state=seed, stratify=y if stratify else None
    )
    scaler = StandardScaler().fit(x_train)
    return Split(name, scaler.transform(x_train), y_train, scaler.transform(x_test), y_test)
