"""What classifiers share: labels as places among the classes, the loss that suits these, probabilities where there are any."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import update_wrapper
from numbers import Real
from types import MethodType
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

import lossreg
from lossreg.integrations.buffers import finite, refuse_masked, targets
from lossreg.integrations.training import trainable

__all__ = [
    "Probabilities",
    "chosen",
    "comparable",
    "labels",
    "loss_of_classes",
    "places",
    "require_labels",
    "require_numbers",
    "require_thresholds",
    "require_two",
    "rows_of",
]

Array = NDArray[Any]
KNOWN = ("logit", "softmax", "cumulative_logit")  # links that give probabilities of classes
TWO_CLASSES, MORE_CLASSES = "binary_cross_entropy", "sparse_categorical_cross_entropy"


def labels(y: Any, name: str = "y") -> Array:
    """Labels as an array: whole numbers, booleans or texts; what cannot be classes is refused.

    Examples
    --------
    >>> from lossreg.integrations.classes import labels
    >>> labels([["ham"], ["spam"]])
    array(['ham', 'spam'], dtype='<U4')
    >>> labels([0.0, 0.5])
    Traceback (most recent call last):
    lossreg.errors.DomainError: y holds 0.5 at index 1; wanted labels, and numbers that are not whole are no labels of classes
    """
    array = comparable(y, name)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.dtype.kind not in "biufUO":
        raise lossreg.DtypeError(
            f"{name} has dtype {array.dtype}; wanted labels that are numbers, booleans or texts", argument=name
        )
    if array.dtype.kind == "f":
        array = targets(array, name)
        finite(array, name)
        if (broken := np.flatnonzero(array != np.trunc(array))).size:
            value, index = array.flat[broken[0]].item(), int(broken[0])
            raise lossreg.DomainError(
                f"{name} holds {value!r} at index {index}; wanted labels, and numbers that are not whole "
                "are no labels of classes",
                argument=name,
                index=index,
                value=value,
            )
    return array


def comparable(y: Any, name: str) -> Array:
    """What tells rows apart, such as labels, as an array of one type: of a mixture NumPy would make texts, or compare nothing.

    Examples
    --------
    >>> from lossreg.integrations.classes import comparable
    >>> comparable(["1", 1], "qid")
    Traceback (most recent call last):
    lossreg.errors.DtypeError: qid holds int and str side by side; wanted numbers only, booleans only or texts only
    """
    refuse_masked(**{name: y})
    try:
        array: Array = np.asarray(y)
    except ValueError:  # rows of unequal lengths
        return targets(y, name)
    if array.ndim == 0:
        array = targets(y, name)  # which says what it is that has no elements
    if array.dtype.kind in "SU" and isinstance(y, list | tuple):  # NumPy has made texts of all
        of_objects(np.asarray(y, dtype=object), name)
    if array.dtype.kind == "T":
        array = array.astype(object)
    return of_objects(array, name) if array.dtype.kind == "O" else array


def of_objects(array: Array, name: str) -> Array:
    """Texts as they are, and numbers as an array of them; a mixture has no order."""
    kinds = {type(one) for one in array.flat}
    if all(issubclass(kind, str) for kind in kinds):
        return array
    if all(issubclass(kind, Real | np.bool_) for kind in kinds):
        return np.array(array.tolist())
    found = " and ".join(sorted(kind.__name__ for kind in kinds))
    beside = " side by side" if len(kinds) > 1 else ""
    raise lossreg.DtypeError(
        f"{name} holds {found}{beside}; wanted numbers only, booleans only or texts only", argument=name
    )


def places(known: Array, y: Array, name: str = "y") -> Array:
    """The place of each label among the classes, which are sorted; refuses a label that is none of them.

    Examples
    --------
    >>> import numpy as np
    >>> from lossreg.integrations.classes import places
    >>> places(np.array(["a", "b"]), np.array(["b", "b", "a"])).tolist()
    [1, 1, 0]
    """
    if (known.dtype.kind in "UO") != (y.dtype.kind in "UO"):  # NumPy does not compare texts with numbers
        unknown = np.arange(min(len(y), 1))
        found: Array = np.zeros(len(y), np.intp)
    else:
        found = np.searchsorted(known, y).clip(max=len(known) - 1)
        unknown = np.flatnonzero(known[found] != y)
    if unknown.size:
        index = int(unknown[0])
        names = ", ".join(map(repr, known[:10].tolist()))
        raise lossreg.DomainError(
            f"{name} holds {y[index : index + 1].tolist()[0]!r} at index {index}, which is none of the {len(known)} classes "
            f"fitted: {names}",
            argument=name,
            index=index,
        )
    return found


def require_two(known: Array) -> None:
    """Refuse a single class, where a trainer has no model of one."""
    if len(known) < 2:
        found = f"one class, {known.tolist()[0]!r}" if len(known) else "no label"
        raise ValueError(f"y holds {found}; a classifier needs two or more")


def require_labels(given: Any, *, regressor: str, rows: str | None, also: Collection[str] = ()) -> None:
    """Refuse a loss that no classifier trains, before the labels are looked at.

    `regressor` is the estimator that takes what is no loss of labels, and `rows` what is said of a loss of rows of
    probabilities, unless that is taken too; `also` are the families that the regressor takes besides those with one score a
    row.

    Examples
    --------
    >>> from lossreg.integrations.classes import require_labels
    >>> require_labels("huber", regressor="XGBLossRegressor", rows="")
    Traceback (most recent call last):
    lossreg.errors.ParameterError: huber() is no loss of labels; use XGBLossRegressor
    """
    if given is None:
        return
    loss = trainable(given, also=also)
    if loss.info.family == "row-wise":
        if rows is not None and (what := rows_of(loss)):
            hint = rows if loss.info.target.has_rows else ""
            raise lossreg.ParameterError(f"{loss!r} takes rows of {what}{hint}; of labels, take {MORE_CLASSES}")
    elif not (loss.info.target.is_label or loss.info.target.has_class_indices):
        raise lossreg.ParameterError(f"{loss!r} is no loss of labels; use {regressor}")


def require_numbers(loss: lossreg.Loss, *, classifier: str, rows: bool = False) -> None:
    """Refuse a loss that no regressor trains: of classes, or of rows unless these are taken.

    Examples
    --------
    >>> import lossreg
    >>> from lossreg.integrations.classes import require_numbers
    >>> require_numbers(lossreg.get("ordinal_logistic"), classifier="LGBMLossClassifier")
    Traceback (most recent call last):
    lossreg.errors.ParameterError: ordinal_logistic() is a loss of classes; use LGBMLossClassifier
    """
    if loss.info.target.has_class_indices:
        raise lossreg.ParameterError(f"{loss!r} is a loss of classes; use {classifier}")
    if loss.info.family == "row-wise" and not rows:
        raise lossreg.ParameterError(f"{loss!r} has a raw score for each class; wanted a pointwise loss")


def rows_of(loss: lossreg.Loss) -> str:
    """What the targets are rows of; nothing where a target may be one number.

    Examples
    --------
    >>> import lossreg
    >>> from lossreg.integrations.classes import rows_of
    >>> [rows_of(lossreg.get(name)) for name in ("kl_divergence", "aft", "poly1")]
    ['probabilities', 'lower and upper', '']
    """
    target, given = loss.info.target, loss.info.target_columns
    if given:
        return f"{', '.join(given[:-1])} and {given[-1]}"
    if loss.info.family != "row-wise" or target.has_class_indices:
        return ""
    return "probabilities" if target.has_rows else str(target)


def loss_of_classes(given: Any, count: int) -> lossreg.Loss:
    """The loss of a classifier of so many classes: the one given, if it suits them, or the cross-entropy of as many.

    Examples
    --------
    >>> from lossreg.integrations.classes import loss_of_classes
    >>> loss_of_classes(None, 3)
    sparse_categorical_cross_entropy()
    """
    if given is None:
        return lossreg.get(MORE_CLASSES if count > 2 else TWO_CLASSES)
    loss = lossreg.get(given)
    require_thresholds(loss, count)
    if loss.info.family != "row-wise" and not loss.link.thresholds and count > 2:
        raise lossreg.ParameterError(
            f"{loss!r} is a loss of two classes and y holds {count}; take one of classes, such as "
            f"{MORE_CLASSES} or categorical_focal"
        )
    return loss


def require_thresholds(loss: lossreg.Loss, count: int) -> None:
    """Refuse thresholds between other than so many classes: labels do not tell which of them are missing.

    Examples
    --------
    >>> import lossreg
    >>> from lossreg.integrations.classes import require_thresholds
    >>> require_thresholds(lossreg.get("ordinal_logistic"), 4)
    Traceback (most recent call last):
    lossreg.errors.ParameterError: ordinal_logistic() has thresholds between 3 classes and y holds 4; give it one fewer than y holds classes
    """
    known = len(loss.link.thresholds) + 1
    if known not in (1, count):
        raise lossreg.ParameterError(
            f"{loss!r} has thresholds between {known} classes and y holds {count}; give it one fewer than y holds classes"
        )


def chosen(loss: lossreg.Loss, raw: Any) -> Array:
    """The places of the classes that raw scores speak for, one a row of a pointwise loss or one for each class.

    Examples
    --------
    >>> import lossreg
    >>> import numpy as np
    >>> from lossreg.integrations.classes import chosen
    >>> chosen(lossreg.get("bce"), np.array([-1.0, 2.0])).tolist()
    [0, 1]
    >>> chosen(lossreg.get("ordinal_logistic"), np.array([-3.0, 0.0, 3.0])).tolist()
    [0, 1, 2]
    """
    best: Array
    if loss.link.thresholds:
        best = np.argmax(loss.predict(raw), axis=-1)
    elif loss.info.family == "row-wise" and raw.ndim == 2:
        best = np.argmax(raw, axis=1)
    else:
        best = (raw > 0).astype(np.intp)
    return best


class Probabilities:
    """A method that estimators have only if the loss knows probabilities, as the hinge does not: `hasattr` tells.

    scikit-learn decides by that what it asks a classifier for, before a fit and after one.
    """

    def __init__(self, method: Callable[..., Any]) -> None:
        self.method = method
        update_wrapper(cast("Callable[..., Any]", self), method)

    def __get__(self, model: Any, owner: type | None = None) -> Any:
        if model is None:
            return self.method
        given = getattr(model, "loss_", model.loss)
        if given is not None and (loss := lossreg.get(given)).link.name not in KNOWN:
            raise AttributeError(f"{loss!r} has no probabilities; use decision_function")
        return MethodType(self.method, model)
