"""Functions of predictions and targets, as other libraries have them: what is evaluated, and the function of it.

The author of a function says by an `Evaluation` which loss has which arguments; `Function` evaluates that, with or
without the gradient.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Generic, ParamSpec

import numpy as np

from lossreg import Loss
from lossreg.errors import EmptyError, arguments_named

__all__ = ["Array", "Evaluation", "Function"]

Array = np.ndarray[Any, Any]
P = ParamSpec("P")


@dataclass(frozen=True)
class Evaluation:
    """A loss, its arguments, and what is done to its results.

    Value and gradient are divided by `divisor` besides what the reduction divides by; where the arguments had their
    classes moved last from an `axis`, the gradient has them moved back. A mean over nothing is NaN, as in these libraries.
    """

    loss: Loss
    y_true: Any
    y_pred: Any
    weight: Any = None
    where: Any = None
    reduction: Any = "none"
    divisor: float = 1.0
    axis: int = -1

    def value(self) -> Any:
        """The loss: a float, or an array where it is not reduced."""
        try:
            value = self.loss.value(*self._arguments(), where=self.where, reduction=self.reduction)
        except EmptyError:
            return self._of_nothing().value()
        return self._over(value)

    def value_and_grad(self) -> tuple[Any, Array]:
        """The loss and its gradient with respect to the predictions."""
        try:
            value, grad = self.loss.value_and_grad(*self._arguments(), where=self.where, reduction=self.reduction)
        except EmptyError:
            return self._of_nothing().value_and_grad()
        grad = grad if self.axis == -1 else np.moveaxis(grad, -1, self.axis)
        # Where nothing is left to divide by, the mean is NaN and its slope is 0: no prediction changes it.
        return self._over(value), self._over(grad) if self.divisor else grad

    def _of_nothing(self) -> Evaluation:
        return replace(self, reduction="sum", divisor=0.0)

    def _arguments(self) -> tuple[Any, Any, Any]:
        return self.y_true, self.y_pred, self.weight

    def _over(self, result: Any) -> Any:
        if self.divisor == 1:
            return result
        with np.errstate(divide="ignore", invalid="ignore"):  # nothing divided by nothing is NaN
            over = result / np.float64(self.divisor)
        return over.astype(result.dtype) if isinstance(result, np.ndarray) else float(over)


class Function(Generic[P]):
    """A function that is written as what it evaluates, and its method that evaluates the gradient too.

    Its first two parameters are the predictions and the targets; errors call them by these names. `evaluation` is what
    was written.
    """

    __name__: str
    __qualname__: str
    __signature__: inspect.Signature

    def __init__(self, evaluation: Callable[P, Evaluation]) -> None:
        functools.update_wrapper(self, evaluation)
        self.evaluation = evaluation
        self.__signature__ = inspect.signature(evaluation).replace(return_annotation="float | numpy.ndarray")
        y_pred, y_true, *_ = self.__signature__.parameters
        self._named = arguments_named(y_pred=y_pred, y_true=y_true, sample_weight="weight", class_weight="weight")

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Any:
        """Return the loss: a float, or an array where it is not reduced."""
        with self._named:
            return self.evaluation(*args, **kwargs).value()

    def value_and_grad(self, *args: P.args, **kwargs: P.kwargs) -> tuple[Any, Array]:
        """Return the loss and its gradient with respect to the predictions; unreduced, that of each element's loss."""
        with self._named:
            return self.evaluation(*args, **kwargs).value_and_grad()

    def __repr__(self) -> str:
        return f"<function {self.__module__}.{self.__qualname__}>"

    def __reduce__(self) -> str:
        return self.__qualname__  # pickle takes it from its module, as any function
