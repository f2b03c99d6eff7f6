"""A loss as functions of NumPy arrays for frameworks that differentiate: its value, its gradients, its Hessian times vectors.

A framework needs no second derivatives as such. It needs products with them, and those of rows of classes, which have a
matrix each, are worked out a few rows at a time, so that 4,096 rows of 1,000 classes do not take 32 GB.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from lossreg import Loss
from lossreg.errors import DerivativeError

__all__ = ["TWICE", "Differentiable", "differentiable", "in_order", "lost"]

Array = np.ndarray[Any, Any]
MATRICES = 1 << 22  # elements of second derivatives held at once
TWICE = "lossreg differentiates a loss twice, and not a third time"


@dataclass(frozen=True)
class Differentiable:
    """A loss, and which of its arguments have derivatives.

    Attributes
    ----------
    loss : Loss
        The loss.
    sides : tuple of str
        The names of its array arguments, in order.
    predicted : tuple of int
        The places of those that it is differentiated with respect to.
    axes : tuple of int, or None
        The axes of predictions that have one loss together, such as that of classes; None for all that there are.
    """

    loss: Loss
    sides: tuple[str, ...]
    predicted: tuple[int, ...]
    axes: tuple[int, ...] | None

    def inner(self, dims: int) -> list[int]:
        """The axes of predictions of so many axes that have one loss together, in order, counted from the first."""
        axes = range(dims) if self.axes is None else self.axes if dims else ()
        return sorted({axis % dims if -dims <= axis < dims else dims - 1 for axis in axes})

    def unreduced(self, shape: Sequence[int]) -> tuple[int, ...]:
        """The shape of the unreduced loss of predictions of a shape."""
        inner = self.inner(len(shape))
        return tuple(size for axis, size in enumerate(shape) if axis not in inner)

    def require_twice(self) -> None:
        """Refuse a second derivative of a loss that has only the diagonal of it."""
        if (self.axes != () and self.loss.info.family != "row-wise") or self.loss.info.coupled:
            raise DerivativeError(
                f"{self.loss!r} is differentiated once: its second derivative is a matrix over all that has one loss together, "
                "of which there is the diagonal, loss.hess(...); take an optimiser that asks for gradients only"
            )

    def value(self, sides: Sequence[Array], **options: Any) -> Any:
        """The loss, reduced or not."""
        return self.loss.value(*sides, **options)

    def value_and_grads(self, sides: Sequence[Array], **options: Any) -> tuple[Any, tuple[Array, ...]]:
        """The loss, and its derivative with respect to each prediction, in one pass."""
        value, grads = self.loss.value_and_grad(*sides, **options)
        return value, grads if isinstance(grads, tuple) else (grads,)

    def hess(self, sides: Sequence[Array], **options: Any) -> tuple[Array, ...]:
        """The diagonal of the second derivative for each prediction: all of it, where a loss has no rows of classes."""
        hess: Any = self.loss.hess(*sides, **options)
        return hess if isinstance(hess, tuple) else (hess,)

    def products(self, sides: Sequence[Array], vectors: Sequence[Array], **options: Any) -> tuple[Array, ...]:
        """The second derivative times a vector for each prediction: how much the gradient changes along it.

        With ``reduction="none"`` a row's second derivative is of the row's own loss.
        """
        self.require_twice()
        if self.axes:
            y_true, y_pred = sides
            return (self._rows(self.axes[0], y_true, y_pred, vectors[0], **options),)
        pairs = zip(self.hess(sides, **options), vectors, strict=True)
        return tuple(np.multiply(bend, vector, dtype=bend.dtype) for bend, vector in pairs)

    def _rows(
        self, axis: int, y_true: Array, y_pred: Array, vector: Array, *, sample_weight: Any, where: Any, reduction: str
    ) -> Array:
        """The product for rows of classes: their matrices a few rows at a time."""
        shape = self.unreduced(y_pred.shape)
        classes = y_pred.shape[axis]

        def rows(array: Array) -> Array:
            return np.moveaxis(array, axis, -1).reshape(-1, classes) if array.ndim == y_pred.ndim else array.ravel()

        def each(array: Any) -> Array | None:
            if array is None:
                return None
            spread = np.reshape(array, np.shape(array) + (1,) * (len(shape) - np.ndim(array)))
            return np.broadcast_to(spread, shape).ravel()

        target, prediction, along = rows(y_true), rows(y_pred), rows(vector)
        weight, mask = each(sample_weight), each(where)
        loss = self.loss.replace(axis=-1)
        product = np.empty(along.shape, np.result_type(y_pred, np.float32))
        step = max(1, MATRICES // max(1, classes**2))
        for start in range(0, len(along), step):
            some = slice(start, start + step)
            matrices = loss.full_hessian(
                target[some],
                prediction[some],
                None if weight is None else weight[some],
                where=None if mask is None else mask[some],
                reduction="none",
            )
            product[some] = np.matmul(matrices, along[some, :, None], dtype=matrices.dtype)[..., 0]
        if reduction not in ("none", "sum"):
            product /= self._divisor(target, weight, mask, reduction)
        moved = product.reshape(*shape, classes)
        return np.ascontiguousarray(np.moveaxis(moved, -1, axis))

    def _divisor(self, target: Array, weight: Array | None, mask: Array | None, reduction: str) -> float:
        """What a reduction divides by: the rows that count, or their weights."""
        counts = np.ones(len(target), bool) if mask is None else mask
        ignored = self.loss.params.get("ignore_index")
        if ignored is not None and target.ndim == 1:
            counts = counts & (target != ignored)
        if reduction == "mean" or weight is None:
            return float(np.count_nonzero(counts))
        return float(np.sum(weight, where=counts, dtype=np.float64))


@lru_cache(maxsize=256)
def differentiable(loss: Loss) -> Differentiable:
    """Read off a loss what it is differentiated with respect to."""
    info = loss.info
    predicted = tuple(range(len(info.sides))) if info.family == "adversarial" else (1,)
    axis: Any = loss.params.get("axis", tuple(range(-info.inner_axes, 0))) if info.inner_axes else ()
    return Differentiable(loss, info.sides, predicted, (axis,) if isinstance(axis, int) else axis)


def in_order(names: Sequence[str], sides: Sequence[Any], keywords: dict[str, Any]) -> list[Any]:
    """The arguments of a loss in its order, some of which came by their names; whatever else came is refused."""
    given = [*sides, *(keywords.pop(name) for name in names[len(sides) :] if name in keywords)]
    if len(given) != len(names) or keywords:
        others = (
            f" and {', '.join(keywords)}; weights are sample_weight=, parameters stand with the loss, as in "
            "'huber(delta=2.0)', and a module is made with its reduction"
            if keywords
            else ""
        )
        raise TypeError(f"the loss takes {', '.join(names)}; got {len(given)} of them{others}")
    return given


def lost(sides: Sequence[str], name: str, fix: str) -> str:
    """The words for an argument whose gradient would be lost."""
    if name not in sides:
        return f"{name} requires a gradient that would be lost, as only predictions have one; pass {fix}"
    return (
        f"{name} requires a gradient that would be lost: the arguments are {', '.join(sides)}, in this order, "
        f"and only predictions have one; if the order is right, pass {fix}"
    )
