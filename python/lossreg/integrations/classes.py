"""What classifiers of boosters share: labels as places among the classes, and the loss that suits these."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

import lossreg

__all__ = ["loss_of_classes", "places"]

Array = NDArray[Any]


def places(known: Array, y: Array) -> Array:
    """The place of each label among the classes, which are sorted; refuses a label that is none of them.

    Examples
    --------
    >>> import numpy as np
    >>> from lossreg.integrations.classes import places
    >>> places(np.array(["a", "b"]), np.array(["b", "b", "a"])).tolist()
    [1, 1, 0]
    """
    found: Array = np.searchsorted(known, y).clip(max=len(known) - 1)
    unknown = known[found] != y
    if np.any(unknown):
        names = ", ".join(map(repr, known[:10].tolist()))
        raise lossreg.DomainError(
            f"y holds {y[unknown][0].item()!r}, which is none of the {len(known)} classes fitted: {names}"
        )
    return found


def loss_of_classes(given: Any, count: int, *, regressor: str, rows: str) -> lossreg.Loss:
    """The loss of a classifier of so many classes: the one given, if it suits them, or the cross-entropy of as many.

    `regressor` is the estimator that takes what is no loss of labels, and `rows` what is said of a loss of probabilities.

    Examples
    --------
    >>> from lossreg.integrations.classes import loss_of_classes
    >>> loss_of_classes(None, 3, regressor="", rows="")
    sparse_categorical_cross_entropy()
    """
    if given is None:
        return lossreg.get("sparse_categorical_cross_entropy" if count > 2 else "binary_cross_entropy")
    loss = lossreg.get(given)
    if loss.info.family == "row-wise":
        if not loss.info.target.has_class_indices:
            raise lossreg.ParameterError(f"{loss!r} takes rows of probabilities{rows}")
    elif not loss.info.target.is_label:
        raise lossreg.ParameterError(f"{loss!r} is no loss of labels; use {regressor}")
    elif count > 2:
        raise lossreg.ParameterError(
            f"{loss!r} is a loss of two classes and y holds {count}; take one of classes, such as "
            "sparse_categorical_cross_entropy or categorical_focal"
        )
    return loss
