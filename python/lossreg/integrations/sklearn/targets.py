"""What scikit-learn passes, as losses take it: classes of any kind, weights."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_array, check_consistent_length

import lossreg
from lossreg.errors import EmptyError, ParameterError, ShapeError
from lossreg.info import Domain
from lossreg.integrations.buffers import at_least_0
from lossreg.integrations.classes import places, require_thresholds
from lossreg.testing import arguments

__all__ = ["Classes", "jumps", "piecewise_linear", "weights"]

Array = NDArray[Any]
NEAR = 1e-100  # of the target: smooth slopes are next to nothing there
KINK = 1e-6  # how much of the slopes at -1 and 1 makes a jump


@dataclass(frozen=True)
class Classes:
    """How a loss takes labels of these classes."""

    loss: lossreg.Loss
    known: Array

    def __post_init__(self) -> None:
        info = self.loss.info
        if not (info.target.is_label or info.target.has_class_indices or info.target.has_rows):
            raise ParameterError(
                f"{self.loss!r} takes targets that are {info.target}; wanted a loss of labels or classes"
            )
        require_thresholds(self.loss, len(self.known))

    @property
    def by_rows(self) -> bool:
        """Whether the loss takes a row of scores, one for each class."""
        return self.loss.info.family == "row-wise"

    @property
    def outputs(self) -> int:
        """How many scores a row has: one for two classes of a pointwise loss or for classes between thresholds, else one for each class."""
        several = self.by_rows or (len(self.known) > 2 and not self.loss.link.thresholds)
        return len(self.known) if several else 1

    def targets(self, y: Array) -> Array:
        """Labels as the loss takes them: class indices, 0 and 1, or one column for each class."""
        found = places(self.known, y)
        if self.loss.info.target.has_class_indices:
            return found
        if self.outputs == 1:
            return found.astype(np.float64)
        columns: Array = found[:, None] == np.arange(len(self.known))
        return columns.astype(np.float64)


def weights(sample_weight: Any, y: Array) -> Array | None:
    """Weights as an array of finite numbers of at least 0."""
    if sample_weight is None:
        return None
    if isinstance(sample_weight, Real):
        sample_weight = np.full(len(y), sample_weight)
    weight: Array = check_array(sample_weight, ensure_2d=False, dtype=np.float64, input_name="sample_weight")
    if weight.ndim != 1:
        raise ShapeError(
            f"sample_weight has {weight.ndim} axes; wanted one weight for each row", argument="sample_weight"
        )
    check_consistent_length(weight, y)
    at_least_0(weight, "sample_weight")
    if not weight.any():
        raise EmptyError("sample_weight is zero for every row; pass weights of which one at least is above 0")
    return weight


def piecewise_linear(loss: lossreg.Loss) -> bool:
    """Whether the second derivative of a loss is 0 wherever there is one."""
    y_true, y_pred = arguments(loss, 64)
    probes = [y_pred, 1e4 * y_pred]  # some bend only far from the target, and some only near it
    if loss.info.target is Domain.REAL:
        probes.append(y_true)
    return not any(loss.hess(y_true, probe, reduction="none").any() for probe in probes)


def jumps(loss: lossreg.Loss) -> bool:
    """Whether the gradient of a loss jumps: piecewise linear ones, and others with a kink where prediction and target are equal.

    Examples
    --------
    >>> import lossreg
    >>> from lossreg.integrations.sklearn.targets import jumps
    >>> [jumps(lossreg.get(name)) for name in ("hinge", "wing", "0.5*mae + 0.5*mse", "huber", "expectile")]
    [True, True, True, False, False]
    """
    if piecewise_linear(loss):
        return True
    if loss.info.family != "pointwise" or loss.info.target is not Domain.REAL:
        return False
    below, above, left, right = loss.grad(np.zeros(4), [-NEAR, NEAR, -1.0, 1.0], reduction="none")
    return bool(above - below > KINK * (right - left))
