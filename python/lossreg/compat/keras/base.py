"""What every loss class is: a reduction over the losses of samples, and derivatives where there is a formula."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Self, TypeVar, dataclass_transform

import numpy as np
import numpy.typing as npt

from lossreg.errors import DerivativeError, ParameterError
from lossreg.shown import shown

from . import reductions
from .arrays import Array, Tensor, cast, checked_dtype, plain, result_dtype, rounded, same_rank, tensor, working
from .formulas.record import Losses
from .functions import given
from .options import check_options

OVER_BATCH = "sum_over_batch_size"
SETTINGS = {"name", "reduction", "dtype"}  # what a class has besides the arguments of its formula

L = TypeVar("L", bound="FormulaLoss")


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
        "float32", "float64", "float16" or "bfloat16", or a policy of Keras's: the dtype of the result, to which inputs
        are rounded; the two short ones are computed in float32. Defaults to that of the predictions for arrays of
        float64, and to float32 for all else.
    """

    name: str | None
    reduction: str | None
    dtype: Any

    def __init__(self, name: str | None = None, reduction: str | None = OVER_BATCH, dtype: Any = None) -> None:
        known: Any = name
        if not isinstance(known, str | None):
            raise ParameterError(f"name is {shown(name)}; wanted a text or None", parameter="name", value=name)
        self.name = name or re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(self).__name__).lower()
        self.__name__ = self.__qualname__ = self.name  # as functions have them, for those who take a loss for one
        self.reduction = reductions.checked(reduction)
        self.dtype = checked_dtype(dtype)

    def __call__(
        self,
        y_true: npt.ArrayLike,
        y_pred: npt.ArrayLike,
        sample_weight: npt.ArrayLike | None = None,
        mask: npt.ArrayLike | None = None,
    ) -> Tensor:
        """The reduced loss. `mask` is true where a sample counts; without one, a Keras mask on `y_pred` is used."""
        target, prediction, result = self._arrays(y_true, y_pred)
        losses = np.asanyarray(self.call(target, prediction))
        mask = _both(_mask(y_pred, mask), getattr(losses, "_keras_mask", None))
        losses = np.asarray(losses).astype(prediction.dtype, copy=False)
        value, _ = reductions.reduce(losses, sample_weight, mask, self.reduction)
        return tensor(cast(value, result))

    def call(self, y_true: Array, y_pred: Array) -> npt.ArrayLike:
        """The losses of the samples."""
        raise NotImplementedError(f"{type(self).__name__} has no method call(y_true, y_pred)")

    def get_config(self) -> dict[str, Any]:
        """What `from_config` makes the same loss of: every argument but the dtype."""
        return {"name": self.name, "reduction": self.reduction}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """The loss that `get_config` described."""
        known: Any = config
        if not isinstance(known, Mapping) or not all(isinstance(key, str) for key in known):
            raise ParameterError(f"config is {shown(config)}; wanted what get_config returned", parameter="config")
        return cls(**config)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{key}={value!r}' for key, value in self.get_config().items())})"

    def _arrays(self, y_true: npt.ArrayLike, y_pred: npt.ArrayLike) -> tuple[Array, Array, np.dtype[Any]]:
        """Targets and predictions to compute on, and the dtype of the result."""
        target, prediction = plain(y_true, "y_true"), plain(y_pred, "y_pred")
        result = result_dtype(y_pred, prediction, self.dtype)
        dtype = working(result)
        return (
            rounded(target, result).astype(dtype, copy=False),
            rounded(prediction, result).astype(dtype, copy=False),
            result,
        )


class FormulaLoss(Loss):
    """A loss with a formula, and so with derivatives. Its other arguments are its attributes and in its config."""

    formula: ClassVar[Callable[..., Losses]]

    def __post_init__(self) -> None:
        check_options(type(self).formula, self._arguments())
        super().__init__(self.name, self.reduction, self.dtype)

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
        value, gradient, _ = self._evaluate(y_true, y_pred, sample_weight, mask, grad=True)
        return value, gradient

    def grad(
        self,
        y_true: npt.ArrayLike,
        y_pred: npt.ArrayLike,
        sample_weight: npt.ArrayLike | None = None,
        mask: npt.ArrayLike | None = None,
    ) -> Array:
        """The gradient that `value_and_grad` gives."""
        return self._evaluate(y_true, y_pred, sample_weight, mask, grad=True)[1]

    def hess(
        self,
        y_true: npt.ArrayLike,
        y_pred: npt.ArrayLike,
        sample_weight: npt.ArrayLike | None = None,
        mask: npt.ArrayLike | None = None,
    ) -> Array:
        """The diagonal of the Hessian of the reduced loss with respect to the predictions, shaped like them.

        Raises
        ------
        DerivativeError
            For `Circle` and `CTC`.
        """
        return self._evaluate(y_true, y_pred, sample_weight, mask, hess=True)[2]

    def grad_and_hess(
        self,
        y_true: npt.ArrayLike,
        y_pred: npt.ArrayLike,
        sample_weight: npt.ArrayLike | None = None,
        mask: npt.ArrayLike | None = None,
    ) -> tuple[Array, Array]:
        """What `grad` and `hess` give, in one pass over the formula."""
        _, gradient, hessian = self._evaluate(y_true, y_pred, sample_weight, mask, grad=True, hess=True)
        return gradient, hessian

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **self._arguments()}

    def _arguments(self) -> dict[str, Any]:
        return {one.name: getattr(self, one.name) for one in fields(self) if one.name not in SETTINGS}  # type: ignore[arg-type]

    def _arrays(self, y_true: npt.ArrayLike, y_pred: npt.ArrayLike) -> tuple[Array, Array, np.dtype[Any]]:
        return given(type(self).formula, y_true, y_pred, result_dtype(y_pred, plain(y_pred, "y_pred"), self.dtype))

    def _losses(self, y_true: Array, y_pred: Array) -> Losses:
        return type(self).formula(*same_rank(y_true, y_pred), **self._arguments())

    def _evaluate(
        self,
        y_true: npt.ArrayLike,
        y_pred: npt.ArrayLike,
        sample_weight: npt.ArrayLike | None,
        mask: npt.ArrayLike | None,
        *,
        grad: bool = False,
        hess: bool = False,
    ) -> tuple[Tensor, Array, Array]:
        """The value, and the derivatives that are wanted; the others are empty."""
        if type(self).call is not FormulaLoss.call:
            raise DerivativeError(
                f"{type(self).__name__} has its own call, whose derivative is not known; derive it beside the call"
            )
        target, prediction, result = self._arrays(y_true, y_pred)
        losses = self._losses(target, prediction)
        if hess and losses.curvature is None:
            raise DerivativeError(f"{type(self).__name__} has no Hessian; it has a gradient")
        value, counts = reductions.reduce(
            losses.values, sample_weight, _both(_mask(y_pred, mask), losses.mask), self.reduction
        )

        def shaped(derivative: Callable[[Array], Array] | None, wanted: bool) -> Array:
            if derivative is None or not wanted:
                return np.empty(0)
            return cast(derivative(counts), result).reshape(prediction.shape)

        return (
            tensor(cast(value, result)),
            shaped(losses.pullback, grad),
            shaped(losses.curvature, hess),
        )


@dataclass_transform()
def loss_of(formula: Callable[..., Losses]) -> Callable[[type[L]], type[L]]:
    """Make a class of a formula: its fields, in this order, are its arguments and their defaults."""

    def made(cls: type[L]) -> type[L]:
        cls.formula = staticmethod(formula)
        return dataclass(eq=False, repr=False)(cls)

    return made


def _mask(y_pred: npt.ArrayLike, mask: npt.ArrayLike | None) -> npt.ArrayLike | None:
    """The mask given, or that which a Keras layer left on the predictions."""
    left: npt.ArrayLike | None = getattr(y_pred, "_keras_mask", None)
    return left if mask is None else mask


def _both(first: npt.ArrayLike | None, second: npt.ArrayLike | None) -> npt.ArrayLike | None:
    if first is None or second is None:
        return second if first is None else first
    return np.asarray(np.logical_and(plain(first, "mask"), plain(second, "mask")))
