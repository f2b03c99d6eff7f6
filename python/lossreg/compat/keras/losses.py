"""Keras's loss classes: a formula, its arguments and a reduction."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from lossreg import ParameterError

from . import formulas, reductions
from .arrays import Array, Tensor, floating, same_rank, tensor

OVER_BATCH = "sum_over_batch_size"


class Loss:
    """The base of every loss; one of your own has a method `call(y_true, y_pred)` for the losses of the samples.

    Parameters
    ----------
    name
        Defaults to the name of the class in snake case.
    reduction
        "sum_over_batch_size" or "mean": the sum divided by the number of losses; "mean_with_sample_weight": by the sum
        of the weights; "sum"; "none" or None: an array.
    dtype
        "float32" or "float64", what to compute in. Defaults to that of the predictions: float64 arrays stay float64,
        all else is float32.
    """

    def __init__(self, name: str | None = None, reduction: str | None = OVER_BATCH, dtype: Any = None) -> None:
        self.name = name or re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(self).__name__).lower()
        self.__name__ = self.__qualname__ = self.name  # as functions have them, for those who take a loss for one
        self.reduction = reductions.checked(reduction)
        self.dtype = _checked_dtype(dtype)

    def __call__(
        self,
        y_true: npt.ArrayLike,
        y_pred: npt.ArrayLike,
        sample_weight: npt.ArrayLike | None = None,
        mask: npt.ArrayLike | None = None,
    ) -> Tensor:
        """The reduced loss. `mask` is true where a sample counts; without one, a Keras mask on `y_pred` is used."""
        target, prediction = self._arrays(y_true, y_pred)
        losses = np.asanyarray(self.call(target, prediction))
        mask = _both(_mask(y_pred, mask), getattr(losses, "_keras_mask", None))
        value, _ = reductions.reduce(np.asarray(losses), sample_weight, mask, self.reduction)
        return tensor(value)

    def call(self, y_true: Array, y_pred: Array) -> npt.ArrayLike:
        """The losses of the samples."""
        raise NotImplementedError(f"{type(self).__name__} has no method call(y_true, y_pred)")

    def get_config(self) -> dict[str, Any]:
        """What `from_config` makes the same loss of."""
        return {"name": self.name, "reduction": self.reduction}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """The loss that `get_config` described."""
        return cls(**config)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{key}={value!r}' for key, value in self.get_config().items())})"

    def _arrays(self, y_true: npt.ArrayLike, y_pred: npt.ArrayLike) -> tuple[Array, Array]:
        prediction = floating(y_pred, self.dtype)
        return np.asarray(y_true).astype(prediction.dtype, copy=False), prediction


class FormulaLoss(Loss):
    """A loss with a formula, and so with a gradient. Its other arguments are its attributes and in its config."""

    def __init__(
        self,
        formula: Callable[..., formulas.Losses],
        name: str | None,
        reduction: str | None,
        dtype: Any,
        **arguments: Any,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self._formula = formula
        self._arguments = arguments
        vars(self).update(arguments)

    def call(self, y_true: Array, y_pred: Array) -> Tensor:
        """The losses of the samples."""
        losses = self._losses(y_true, y_pred)
        values = tensor(losses.values)
        values._keras_mask = losses.mask
        return values

    def value_and_grad(
        self,
        y_true: npt.ArrayLike,
        y_pred: npt.ArrayLike,
        sample_weight: npt.ArrayLike | None = None,
        mask: npt.ArrayLike | None = None,
    ) -> tuple[Tensor, Array]:
        """The reduced loss, and its exact derivative with respect to the predictions, an array shaped like them.

        It is 0 where a probability is clipped. Unreduced losses have the derivative of their sum.
        """
        target, prediction = self._arrays(y_true, y_pred)
        losses = self._losses(target, prediction)
        value, coefficients = reductions.reduce(
            losses.values, sample_weight, _both(_mask(y_pred, mask), losses.mask), self.reduction
        )
        gradient = losses.pullback(coefficients)
        return tensor(value), gradient.astype(prediction.dtype, copy=False).reshape(prediction.shape)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` makes the same loss of: every argument but the dtype."""
        return {**super().get_config(), **self._arguments}

    def _losses(self, y_true: Array, y_pred: Array) -> formulas.Losses:
        return self._formula(*same_rank(y_true, y_pred), **self._arguments)


class MeanSquaredError(FormulaLoss):
    """Mean of `(y_true - y_pred)**2`."""

    def __init__(
        self, reduction: str | None = OVER_BATCH, name: str | None = "mean_squared_error", dtype: Any = None
    ) -> None:
        super().__init__(formulas.mean_squared_error, name, reduction, dtype)


class MeanAbsoluteError(FormulaLoss):
    """Mean of `abs(y_true - y_pred)`."""

    def __init__(
        self, reduction: str | None = OVER_BATCH, name: str | None = "mean_absolute_error", dtype: Any = None
    ) -> None:
        super().__init__(formulas.mean_absolute_error, name, reduction, dtype)


class Huber(FormulaLoss):
    """Quadratic up to an error of `delta`, linear beyond."""

    def __init__(
        self, delta: float = 1.0, reduction: str | None = OVER_BATCH, name: str | None = "huber_loss", dtype: Any = None
    ) -> None:
        super().__init__(formulas.huber, name, reduction, dtype, delta=delta)


class LogCosh(FormulaLoss):
    """Mean of `log(cosh(y_pred - y_true))`."""

    def __init__(self, reduction: str | None = OVER_BATCH, name: str | None = "log_cosh", dtype: Any = None) -> None:
        super().__init__(formulas.log_cosh, name, reduction, dtype)


class Hinge(FormulaLoss):
    """Mean of `maximum(1 - y_true*y_pred, 0)`; labels that are all 0 or 1 count as -1 and 1."""

    def __init__(self, reduction: str | None = OVER_BATCH, name: str | None = "hinge", dtype: Any = None) -> None:
        super().__init__(formulas.hinge, name, reduction, dtype)


class KLDivergence(FormulaLoss):
    """Sum of `y_true*log(y_true/y_pred)` over the last axis, both clipped to [1e-7, 1]."""

    def __init__(
        self, reduction: str | None = OVER_BATCH, name: str | None = "kl_divergence", dtype: Any = None
    ) -> None:
        super().__init__(formulas.kl_divergence, name, reduction, dtype)


class Poisson(FormulaLoss):
    """Mean of `y_pred - y_true*log(y_pred + 1e-7)`."""

    def __init__(self, reduction: str | None = OVER_BATCH, name: str | None = "poisson", dtype: Any = None) -> None:
        super().__init__(formulas.poisson, name, reduction, dtype)


class BinaryCrossentropy(FormulaLoss):
    """The negative log-likelihood of labels in [0, 1] under probabilities, or logits."""

    from_logits: bool
    label_smoothing: float
    axis: int

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = OVER_BATCH,
        name: str | None = "binary_crossentropy",
        dtype: Any = None,
    ) -> None:
        arguments = {"from_logits": from_logits, "label_smoothing": label_smoothing, "axis": axis}
        super().__init__(formulas.binary_crossentropy, name, reduction, dtype, **arguments)


class BinaryFocalCrossentropy(FormulaLoss):
    """The binary cross-entropy with less on what is easy: times `(1 - p_t)**gamma`, `p_t` the label's probability."""

    def __init__(
        self,
        apply_class_balancing: bool = False,
        alpha: float = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = OVER_BATCH,
        name: str | None = "binary_focal_crossentropy",
        dtype: Any = None,
    ) -> None:
        arguments = {"from_logits": from_logits, "label_smoothing": label_smoothing, "axis": axis}
        arguments |= {"apply_class_balancing": apply_class_balancing, "alpha": alpha, "gamma": gamma}
        super().__init__(formulas.binary_focal_crossentropy, name, reduction, dtype, **arguments)


class CategoricalCrossentropy(FormulaLoss):
    """The negative log-likelihood of target rows under probabilities, or logits."""

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = OVER_BATCH,
        name: str | None = "categorical_crossentropy",
        dtype: Any = None,
    ) -> None:
        arguments = {"from_logits": from_logits, "label_smoothing": label_smoothing, "axis": axis}
        super().__init__(formulas.categorical_crossentropy, name, reduction, dtype, **arguments)


class CategoricalFocalCrossentropy(FormulaLoss):
    """The categorical cross-entropy with less on what is easy: times `alpha*(1 - q)**gamma`."""

    def __init__(
        self,
        alpha: npt.ArrayLike = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = OVER_BATCH,
        name: str | None = "categorical_focal_crossentropy",
        dtype: Any = None,
    ) -> None:
        arguments = {"from_logits": from_logits, "label_smoothing": label_smoothing, "axis": axis}
        super().__init__(
            formulas.categorical_focal_crossentropy, name, reduction, dtype, **arguments, alpha=alpha, gamma=gamma
        )


class SparseCategoricalCrossentropy(FormulaLoss):
    """The negative log-likelihood of class indices under probabilities, or logits; `ignore_class` is left out."""

    def __init__(
        self,
        from_logits: bool = False,
        ignore_class: int | None = None,
        reduction: str | None = OVER_BATCH,
        axis: int = -1,
        name: str | None = "sparse_categorical_crossentropy",
        dtype: Any = None,
    ) -> None:
        arguments = {"from_logits": from_logits, "ignore_class": ignore_class, "axis": axis}
        super().__init__(formulas.sparse_categorical_crossentropy, name, reduction, dtype, **arguments)

    def _arrays(self, y_true: npt.ArrayLike, y_pred: npt.ArrayLike) -> tuple[Array, Array]:
        return np.asarray(y_true), floating(y_pred, self.dtype)


def _checked_dtype(dtype: Any) -> str | None:
    """The name of a dtype, of a dtype policy (what it computes in), or None."""
    name: Any = getattr(dtype, "compute_dtype", dtype)
    if name is not None:
        name = getattr(name, "name", None) or getattr(name, "__name__", str(name))
    if name not in (None, "float32", "float64"):
        raise ParameterError(f"dtype is 'float32', 'float64' or None, not {dtype!r}")
    return None if name is None else str(name)


def _mask(y_pred: npt.ArrayLike, mask: npt.ArrayLike | None) -> npt.ArrayLike | None:
    """The mask given, or that which a Keras layer left on the predictions."""
    left: npt.ArrayLike | None = getattr(y_pred, "_keras_mask", None)
    return left if mask is None else mask


def _both(first: npt.ArrayLike | None, second: npt.ArrayLike | None) -> npt.ArrayLike | None:
    if first is None or second is None:
        return second if first is None else first
    return np.asarray(np.logical_and(np.asarray(first), np.asarray(second)))
