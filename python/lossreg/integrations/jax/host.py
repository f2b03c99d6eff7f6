"""From traced arrays to the engine and back: the one place that knows how compiled code reaches it.

Compiled code calls the engine itself, through XLA's foreign function interface: without the interpreter, on XLA's buffers. What
is written in Python goes through a callback of JAX's: losses of authors, and the products of rows of classes; so do losses of
columns, sets and sequences, and those of scores that are seen relative to others.

JAX is told what a call returns before it is made, so shapes are checked when a function is traced, by the loss itself: with
everything masked it looks at shapes and dtypes, and at no number. A batch that ``vmap`` has made is walked example by example;
each has its own reduction, and the bits of a call of its own.
"""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple, NoReturn

import jax
import numpy as np

from lossreg import DerivativeError, ffi
from lossreg.integrations.derivatives import TWICE, Differentiable

__all__ = ["Call", "curved", "evaluated", "multiplied"]

Array = Any
Arrays = tuple[Array, ...]
TARGET = "lossreg_evaluate"
COMPILED = ("adversarial", "pointwise", "row-wise")  # families that the handler in the extension knows

jax.ffi.register_ffi_target(TARGET, jax.ffi.pycapsule(ffi.xla_handler()), platform="cpu")


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
    grads = _like(sides[place] for place in call.loss.predicted)
    shape = call.loss.unreduced(grads[0].shape) if call.reduction == "none" else ()
    value = jax.ShapeDtypeStruct(shape, grads[0].dtype)
    if not gradients:
        return _reached("value", call, (value,), (sides, (), weight, where))
    return _reached("value_and_grads", call, (value, *grads), (sides, (), weight, where))


def curved(call: Call, weight: Array | None, where: Array | None, sides: Arrays) -> Arrays:
    """The second derivative for each prediction, of a loss without rows of classes."""
    return _reached("hess", call, _like(sides[place] for place in call.loss.predicted), (sides, (), weight, where))


def multiplied(call: Call, weight: Array | None, where: Array | None, sides: Arrays, vectors: Arrays) -> Arrays:
    """The second derivative times a vector for each prediction."""
    return _reached("products", call, _like(vectors), (sides, vectors, weight, where))


def _like(arrays: Any) -> Arrays:
    return tuple(jax.ShapeDtypeStruct(array.shape, array.dtype) for array in arrays)


def _reached(wanted: str, call: Call, results: Arrays, arguments: Arrays) -> Arrays:
    outputs: Arrays = _reach(wanted, call, results, arguments)
    return outputs


@partial(jax.custom_jvp, nondiff_argnums=(0, 1, 2))
def _reach(wanted: str, call: Call, results: Arrays, arguments: Arrays) -> Arrays:
    name = repr(call.loss.loss)
    info = call.loss.loss.info
    known = wanted != "products" and info.family in COMPILED and not info.coupled
    native = known and ffi.xla_name(call.loss.loss, name)
    return (partial(_compiled, name) if native else _called_back)(wanted, call, results, arguments)


def _refuse(*_: Any) -> NoReturn:
    raise DerivativeError(TWICE)


_reach.defjvp(_refuse)


def _compiled(name: str, wanted: str, call: Call, results: Arrays, arguments: Arrays) -> Arrays:
    """The results of the engine, called by compiled code."""
    given = jax.tree.leaves(arguments)
    reach = jax.ffi.ffi_call(TARGET, results, vmap_method="expand_dims")
    return tuple(
        reach(
            *given,
            loss=name,
            wanted=wanted,
            reduction=call.reduction,
            ndims=np.array([array.ndim for array in given], np.int64),
            optional=np.array([other is not None for other in arguments[2:]], np.int64),
        )
    )


def _called_back(wanted: str, call: Call, results: Arrays, arguments: Arrays) -> Arrays:
    """The results of a function of NumPy arrays, called by way of the interpreter."""
    given, layout = jax.tree.flatten(arguments)
    axes = [array.ndim for array in given]

    def examples(*arrays: Array) -> Arrays:
        arrays = tuple(map(np.asarray, arrays))
        batch = np.broadcast_shapes(*(a.shape[: a.ndim - ndim] for a, ndim in zip(arrays, axes, strict=True)))
        outputs = tuple(np.empty(batch + result.shape, result.dtype) for result in results)
        for index in np.ndindex(batch):
            example = [a[tuple(min(i, n - 1) for i, n in zip(index, a.shape, strict=False))] for a in arrays]
            one = _evaluated(wanted, call, *jax.tree.unflatten(layout, map(np.asarray, example)))
            for output, result in zip(outputs, one, strict=True):
                output[index] = result
        return outputs

    return tuple(jax.pure_callback(examples, results, *given, vmap_method="expand_dims"))


def _evaluated(
    wanted: str, call: Call, sides: Arrays, vectors: Arrays, weight: Array | None, where: Array | None
) -> Arrays:
    options = {"sample_weight": weight, "where": where, "reduction": call.reduction}
    match wanted:
        case "value":
            return (call.loss.value(sides, **options),)
        case "value_and_grads":
            value, grads = call.loss.value_and_grads(sides, **options)
            return value, *grads
        case "hess":
            return call.loss.hess(sides, **options)
        case _:
            return call.loss.products(sides, vectors, **options)
