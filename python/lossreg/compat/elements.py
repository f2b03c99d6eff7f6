"""Losses as other libraries have them, where lossreg's own are of other numbers: clamped or not normalised."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np

from lossreg import PythonLoss, ops

__all__ = ["ClampedCrossEntropy", "LogProbabilityDivergence", "LogProbabilityRows", "ShiftedPoisson", "SignedHinge"]

Array = np.ndarray[Any, Any]

LEAST = np.float32(1e-12)  # PyTorch's, which is a float32 for every dtype


class ClampedCrossEntropy(PythonLoss):
    """Binary cross-entropy of probabilities whose logarithms end at -100, and their slope at that of p (1 - p) = 1e-12."""

    name = "clamped_cross_entropy"
    formula = "-(y_true*maximum(log(y_pred), -100) + (1 - y_true)*maximum(log1p(-y_pred), -100))"
    target = "probability"
    prediction = "probability"
    convex = True

    def per_element(self, y_true: Array, y_pred: Array) -> Any:
        ones, zeros = np.maximum(ops.log(y_pred), -100), np.maximum(np.log1p(-y_pred), -100)
        return -(y_true * ones + (1 - y_true) * zeros)

    def per_element_grad(self, y_true: Array, y_pred: Array) -> Any:
        return (y_pred - y_true) / np.maximum(y_pred * (1 - y_pred), y_pred.dtype.type(LEAST))


class LogProbabilityDivergence(PythonLoss):
    """The term of a Kullback-Leibler divergence whose predictions are logarithms of probabilities, as they are."""

    name = "log_probability_divergence"
    log_target: bool = False
    formula = "where(log_target, exp(y_true)*(y_true - y_pred), xlogy(y_true, y_true) - y_true*y_pred)"
    convex = True

    def per_element(self, y_true: Array, y_pred: Array) -> Any:
        if self.log_target:
            return np.where(y_true == -np.inf, 0, ops.exp(y_true) * (y_true - y_pred))
        return ops.xlogy(y_true, y_true) - y_true * y_pred

    def per_element_grad(self, y_true: Array, y_pred: Array) -> Any:
        return -ops.exp(y_true) if self.log_target else -y_true

    def per_element_hess(self, y_true: Array, y_pred: Array) -> Any:
        return np.zeros_like(y_pred)


class LogProbabilityRows(LogProbabilityDivergence):
    """The same of rows, each the sum of its terms."""

    name = "log_probability_rows"
    family = "row-wise"

    def per_element(self, y_true: Array, y_pred: Array) -> Any:
        return super().per_element(y_true, y_pred).sum(axis=-1)


class SignedHinge(PythonLoss):
    """Hinge whose targets are factors of the scores, whatever they are."""

    name = "signed_hinge"
    margin: float = 1.0
    formula = "maximum(0, margin - y_true*y_pred)"
    kinks = "0 at the kink"
    convex = True

    def per_element(self, y_true: Array, y_pred: Array) -> Any:
        return np.maximum(0, self.margin - y_true * y_pred)

    def per_element_grad(self, y_true: Array, y_pred: Array) -> Any:
        return np.where(y_true * y_pred < self.margin, -y_true, 0)

    def per_element_hess(self, y_true: Array, y_pred: Array) -> Any:
        return np.zeros_like(y_pred)


class ShiftedPoisson(PythonLoss):
    """Poisson's log-likelihood with a number added to rates before their logarithm, and Stirling's term for targets above 1."""

    name = "shifted_poisson"
    log_input: bool = True
    full: bool = False
    eps: Annotated[float, ">= 0"] = 1e-8
    formula = "where(log_input, exp(y_pred) - y_true*y_pred, y_pred - y_true*log(y_pred + eps))"
    convex = True

    def per_element(self, y_true: Array, y_pred: Array) -> Any:
        losses = ops.exp(y_pred) if self.log_input else y_pred
        losses = losses - y_true * (y_pred if self.log_input else ops.log(y_pred + self.eps))
        if not self.full:
            return losses
        above = np.where(y_true > 1, y_true, 1)
        stirling = above * ops.log(above) - above + 0.5 * ops.log(2 * np.pi * above)
        return losses + np.where(y_true > 1, stirling, 0)

    def per_element_grad(self, y_true: Array, y_pred: Array) -> Any:
        return ops.exp(y_pred) - y_true if self.log_input else 1 - y_true / (y_pred + self.eps)

    def per_element_hess(self, y_true: Array, y_pred: Array) -> Any:
        return ops.exp(y_pred) if self.log_input else y_true / np.square(y_pred + self.eps)
