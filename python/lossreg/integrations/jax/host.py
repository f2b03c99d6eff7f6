"""From traced arrays to NumPy and back: the one way in which JAX reaches the engine.

JAX's own function of the host is told what it returns before it is called, so shapes are checked when a function is traced,
by the loss itself: with everything masked it looks at shapes and dtypes and at no number. A batch that ``vmap`` has made is
walked example by example; each has its own reduction, and the bits of a call of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, NoReturn

import jax
import numpy as np

from lossreg import DerivativeError
from lossreg.integrations.derivatives import TWICE, Differentiable

__all__ = ["Call", "evaluated", "multiplied"]

Array = Any
Arrays = tuple[Array, ...]
Function = Callable[..., Arrays]


class Call(NamedTuple):
    """What does not change between evaluations."""

    loss: Differentiable
    reduction: str

    def check(self, weight: Array | None, where: Array | None, sides: Arrays) -> None:
        """Let the loss look at shapes and dtypes."""
        loss, blank = (
            self.loss,
            partial(jax.tree.map, lambda array: np.broadcast_to(np.zeros((), array.dtype), array.shape)),
        )
        mask = blank(where)
        if mask is None and len(loss.predicted) < len(loss.sides):  # scores alone may have any number, also 0
            mask = np.broadcast_to(False, loss.unreduced(sides[loss.predicted[0]].shape))
        reduction = "none" if self.reduction == "none" else "sum"  # which may be over nothing
        loss.value(blank(sides), sample_weight=blank(weight), where=mask, reduction=reduction)


def evaluated(call: Call, gradients: bool, weight: Array | None, where: Array | None, sides: Arrays) -> Arrays:
    """The value, and the gradients where they are wanted."""
    call.check(weight, where, sides)
    predictions = [sides[place] for place in call.loss.predicted]
    shape = call.loss.unreduced(predictions[0].shape) if call.reduction == "none" else ()
    value = jax.ShapeDtypeStruct(shape, predictions[0].dtype)
    grads = [jax.ShapeDtypeStruct(each.shape, each.dtype) for each in predictions] if gradients else []
    outputs: Arrays = _host(_value_and_grads if gradients else _value, call, (value, *grads), (weight, where, *sides))
    return outputs


def multiplied(call: Call, weight: Array | None, where: Array | None, sides: Arrays, vectors: Arrays) -> Arrays:
    """The second derivative times a vector for each prediction."""
    products = tuple(jax.ShapeDtypeStruct(each.shape, each.dtype) for each in vectors)
    outputs: Arrays = _host(_products, call, products, (weight, where, *sides, *vectors))
    return outputs


@partial(jax.custom_jvp, nondiff_argnums=(0, 1, 2))
def _host(function: Function, call: Call, results: Arrays, arguments: Arrays) -> Arrays:
    """The results of a function of NumPy arrays."""
    given, layout = jax.tree.flatten(arguments)
    axes = [len(argument.shape) for argument in given]

    def examples(*arrays: Array) -> Arrays:
        arrays = tuple(map(np.asarray, arrays))
        batch = np.broadcast_shapes(
            *(array.shape[: array.ndim - ndim] for array, ndim in zip(arrays, axes, strict=True))
        )
        outputs = tuple(np.empty(batch + result.shape, result.dtype) for result in results)
        for index in np.ndindex(batch):
            example = [
                array[tuple(min(i, n - 1) for i, n in zip(index, array.shape, strict=False))][...] for array in arrays
            ]
            one = function(call, *jax.tree.unflatten(layout, example))
            for output, result in zip(outputs, one, strict=True):
                output[index] = result
        return outputs

    return tuple(jax.pure_callback(examples, results, *given, vmap_method="expand_dims"))


def _refuse(*_: Any) -> NoReturn:
    raise DerivativeError(TWICE)


_host.defjvp(_refuse)


def _options(call: Call, weight: Array | None, where: Array | None) -> dict[str, Any]:
    return {"sample_weight": weight, "where": where, "reduction": call.reduction}


def _value(call: Call, weight: Array | None, where: Array | None, *sides: Array) -> Arrays:
    return (call.loss.value(sides, **_options(call, weight, where)),)


def _value_and_grads(call: Call, weight: Array | None, where: Array | None, *sides: Array) -> Arrays:
    value, grads = call.loss.value_and_grads(sides, **_options(call, weight, where))
    return value, *grads


def _products(call: Call, weight: Array | None, where: Array | None, *arrays: Array) -> Arrays:
    number = len(call.loss.sides)
    return call.loss.products(arrays[:number], arrays[number:], **_options(call, weight, where))
