"""What users of JAX call: `evaluate`, and its rules of differentiation.

The rules are those of forward mode, from which JAX derives reverse mode: a directional derivative of the value is the sum
of gradient times direction, and that of the gradient is the second derivative times the direction. Of rows of classes the
latter is computed as a whole. It is linear in the direction and its own transpose, as second derivatives are symmetric; JAX is
told so by the one linear operator of its own that can be both transposed and mapped, the solution of a system of equations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax.custom_derivatives import SymbolicZero

import lossreg
from lossreg import DtypeError, ParameterError
from lossreg.integrations.derivatives import differentiable, in_order, lost
from lossreg.integrations.jax.host import Call, curved, evaluated, multiplied

__all__ = ["evaluate"]

Array = Any
Arrays = tuple[Array, ...]
Spec = str | Mapping[str, Any] | lossreg.Loss
HALVES = (jnp.bfloat16, jnp.float16)
REDUCTIONS = ("mean", "sum", "weighted_mean", "none")


def evaluate(
    loss: Spec,
    *sides: Any,
    sample_weight: Any = None,
    where: Any = None,
    reduction: str = "mean",
    **keywords: Any,
) -> Array:
    """Evaluate a loss on arrays of JAX, so that it can be traced, mapped and differentiated with respect to predictions.

    Parameters
    ----------
    loss : str, mapping or Loss
        The loss, or what `lossreg.get` takes; it is no array, so bind it by ``functools.partial`` or a closure.
    *sides : array_like
        The arguments of the loss in lossreg's order: ``y_true, y_pred``, or ``real_scores, fake_scores`` for an adversarial
        loss. Predictions are floating; halves are computed in float32.
    sample_weight, where : array_like, optional
        Weights, and which elements count.
    reduction : {'mean', 'sum', 'weighted_mean', 'none'}, default 'mean'
        As in `Loss.value`.
    **keywords : array_like
        Sides by their names.

    Returns
    -------
    jax.Array
        The loss, in float64 for float64 predictions and in float32 otherwise.

    Raises
    ------
    DtypeError
        If predictions are not floating, or another argument is differentiated.
    ShapeError
        What `Loss.value` raises, when the function is traced. What depends on numbers, such as a label outside of its
        domain, is found when it runs, and JAX wraps the error in its own.

    Examples
    --------
    >>> import jax
    >>> import jax.numpy as jnp
    >>> from lossreg.integrations.jax import evaluate
    >>> labels, scores = jnp.array([0, 1]), jnp.array([0.0, 2.0])
    >>> gradient = jax.jit(jax.grad(lambda scores: evaluate("binary_cross_entropy", labels, scores)))
    >>> [round(slope, 4) for slope in gradient(scores).tolist()]
    [0.25, -0.0596]
    """
    found = differentiable(lossreg.get(loss))
    if reduction not in REDUCTIONS:
        raise ParameterError(f"reduction is {reduction!r}; wanted one of {', '.join(REDUCTIONS)}")
    names = found.sides
    given = in_order(names, sides, keywords)
    arrays = list(map(_whole, given, names))
    for place in found.predicted:
        if not jnp.issubdtype(arrays[place].dtype, jnp.floating):
            came = f"{names[place]} has dtype {arrays[place].dtype}; wanted a floating one, such as float32"
            raise DtypeError(f"{came}: the arguments are {', '.join(names)}, in this order")
    more = {"sample_weight": sample_weight, "where": where}
    others = (None if other is None else _whole(other, name) for name, other in more.items())
    return _value(Call(found, reduction), *others, tuple(arrays))


def _whole(value: Any, name: str) -> Array:
    """An array in which halves are float32."""
    try:
        array = jnp.asarray(value)
    except (TypeError, ValueError) as error:
        raise DtypeError(f"{name} is of type {type(value).__name__}; wanted an array of numbers") from error
    return array.astype(jnp.float32) if array.dtype in HALVES else array


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def _value(call: Call, weight: Array | None, where: Array | None, sides: Arrays) -> Array:
    """The value alone, in the graphs of those who do not differentiate."""
    return evaluated(call, False, weight, where, sides)[0]


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def _value_and_grads(call: Call, weight: Array | None, where: Array | None, sides: Arrays) -> Arrays:
    """The value and the gradients, in one pass."""
    return evaluated(call, True, weight, where, sides)


@partial(_value.defjvp, symbolic_zeros=True)
def _(call: Call, primals: Arrays, tangents: Arrays) -> tuple[Array, Array]:
    along = _directions(call, primals, tangents)
    value, *grads = _value_and_grads(call, *primals)
    return value, _moved(call, grads, along)


@partial(_value_and_grads.defjvp, symbolic_zeros=True)
def _(call: Call, primals: Arrays, tangents: Arrays) -> tuple[Arrays, Arrays]:
    along = _directions(call, primals, tangents)
    value, *grads = _value_and_grads(call, *primals)

    return (value, *grads), (_moved(call, grads, along), *_bent(call, primals, along))


def _bent(call: Call, primals: Arrays, along: Arrays) -> Arrays:
    """How much the gradients change along a direction."""
    call.loss.require_twice()
    weight, where, sides = primals
    if not call.loss.axes:
        return tuple(bend * each for bend, each in zip(curved(call, weight, where, sides), along, strict=True))

    def product(vectors: Arrays) -> Arrays:
        return multiplied(call, weight, where, sides, vectors)

    bends: Arrays = jax.lax.custom_linear_solve(product, along, lambda _, vectors: product(vectors), symmetric=True)
    return bends


def _directions(call: Call, primals: Arrays, tangents: Arrays) -> Arrays:
    """The directions of the predictions; no other argument may have one."""
    loss = call.loss
    *others, sides = tangents
    weight, where = others
    constant = [side for place, side in enumerate(sides) if place not in loss.predicted]
    names = [name for place, name in enumerate(loss.sides) if place not in loss.predicted]
    for name, tangent in (*zip(names, constant, strict=True), ("sample_weight", weight), ("where", where)):
        if tangent is not None and not isinstance(tangent, SymbolicZero):
            raise DtypeError(lost(loss.sides, name, f"jax.lax.stop_gradient({name})"))
    return tuple(
        jnp.zeros_like(primals[-1][place]) if isinstance(sides[place], SymbolicZero) else sides[place]
        for place in loss.predicted
    )


def _moved(call: Call, grads: Sequence[Array], along: Arrays) -> Array:
    """How much the value changes along a direction."""
    steps = [grad * each for grad, each in zip(grads, along, strict=True)]
    if call.reduction != "none":
        return sum(jnp.sum(step) for step in steps)
    return sum(jnp.sum(step, tuple(call.loss.inner(step.ndim))) for step in steps)
