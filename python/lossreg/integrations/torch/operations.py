"""The two operations that autograd sees: a loss with its gradients, and its second derivative times vectors.

The gradients are *outputs* of the first, with a derivative of their own, so that no derivative stops being one without a
word:

* of the value: the gradients, computed in the same pass,
* of a gradient: the second derivative times what came from above, which is the second operation,
* of that product: itself, with respect to the vectors, in which it is linear; with respect to predictions an error.

Each operation stands twice over the same code: as a `torch.autograd.Function`, which costs little in a call and which
``torch.func`` transforms, and as a custom op of ``torch.library``, which ``torch.compile`` and ``torch.export`` keep whole.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import torch
from torch import Tensor

import lossreg
from lossreg import DerivativeError, DtypeError
from lossreg.integrations.derivatives import TWICE, Differentiable, differentiable, lost
from lossreg.integrations.torch.arrays import How, evaluated, evaluated_shapes, multiplied, multiplied_shapes

__all__ = ["evaluate_op", "known", "multiply_op", "named", "value_of"]

Grads = list[Tensor | None]


@dataclass(frozen=True)
class Operations:
    """Both operations, as functions of autograd or as custom ops.

    Attributes
    ----------
    evaluate : callable
        ``(loss, gradients, how, sides)`` → the value and, where they are wanted, the gradients.
    multiply : callable
        ``(loss, how, sides, vectors)`` → the products.
    traced : bool
        Whether they may be called with tensors that have no numbers.
    """

    evaluate: Callable[..., Sequence[Tensor]]
    multiply: Callable[..., Sequence[Tensor]]
    traced: bool


# Derivatives of both, whichever way they are called


def keep(ctx: Any, loss: Differentiable, how: How, sides: Sequence[Tensor], grads: Sequence[Tensor]) -> None:
    """Keep what derivatives are made of."""
    ctx.loss, ctx.reduction = loss, how.reduction
    ctx.save_for_backward(how.sample_weight, how.where, *sides, *grads)
    ctx.set_materialize_grads(False)


def kept(ctx: Any) -> tuple[Differentiable, How, list[Tensor], list[Tensor]]:
    """Read what was kept."""
    weight, where, *tensors = ctx.saved_tensors
    number = len(ctx.loss.sides)
    return ctx.loss, How(ctx.reduction, weight, where), tensors[:number], tensors[number:]


def evaluation_back(ops: Operations, ctx: Any, above: Tensor | None, above_grads: Sequence[Tensor | None]) -> Grads:
    """The gradient for each side, from those for the value and for its gradients."""
    loss, how, sides, grads = kept(ctx)
    if not grads or (ops is FUNCTIONS and torch.is_grad_enabled() and not above_grads):
        _, *grads = ops.evaluate(loss, True, how, sides)  # as functions of the sides, to be differentiated again
    back: Grads = [None] * len(grads)
    if above is not None:
        factor = spread(loss, how, above, grads[0].dim())
        back = grads if not ops.traced and is_one(factor) else [grad * factor for grad in grads]
    if any(each is not None for each in above_grads):
        vectors = filled(above_grads, grads)
        bent = ops.multiply(loss, how, refusing(loss, sides), vectors)
        back = [bend if each is None else each + bend for each, bend in zip(back, bent, strict=True)]
    result: Grads = [None] * len(sides)
    for place, each in zip(loss.predicted, back, strict=True):
        dtype = sides[place].dtype
        result[place] = each if each is None or each.dtype == dtype else each.to(dtype)
    return result


def product_back(ops: Operations, ctx: Any, above: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
    """The gradient for each vector: second derivatives are symmetric."""
    loss, how, sides, _ = kept(ctx)
    if all(each is None for each in above):
        return [None] * len(above)
    return ops.multiply(loss, how, refusing(loss, sides), filled(above, [sides[place] for place in loss.predicted]))


def filled(tensors: Sequence[Tensor | None], likes: Sequence[Tensor]) -> list[Tensor]:
    """Tensors, and zeros where there is none."""
    return [torch.zeros_like(like) if each is None else each for each, like in zip(tensors, likes, strict=True)]


def spread(loss: Differentiable, how: How, losses: Tensor, dims: int) -> Tensor:
    """A number for each loss, beside all of the predictions, of so many axes, that have the loss together."""
    if how.reduction == "none":
        for axis in loss.inner(dims):
            losses = losses.unsqueeze(axis)
    return losses


def is_one(factor: Tensor) -> bool:
    """Whether this is the 1 that ``value.backward()`` begins with: to multiply by it is a pass over memory for nothing."""
    if factor.dim() or torch.is_grad_enabled():
        return False
    try:
        return bool(factor.item() == 1)
    except RuntimeError:  # one for each of a batch, as in ``torch.autograd.grad(is_grads_batched=True)``
        return False


class Refusing(torch.autograd.Function):
    """A prediction as it is, whose gradient is an error: it is reached only if a third derivative is asked for."""

    @staticmethod
    def forward(tensor: Tensor) -> Tensor:
        return tensor.view_as(tensor)

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        ctx.set_materialize_grads(False)

    @staticmethod
    def backward(ctx: Any, *above: Any) -> NoReturn:
        raise DerivativeError(TWICE)

    jvp = backward

    @staticmethod
    def vmap(info: Any, in_dims: Any, tensor: Tensor) -> Any:
        return Refusing.apply(tensor), in_dims[0]


def refusing(loss: Differentiable, sides: Sequence[Tensor]) -> list[Tensor]:
    """The sides, with predictions that have no further derivative."""
    twice = (Refusing.apply(side) if place in loss.predicted else side for place, side in enumerate(sides))
    return list(twice) if torch.is_grad_enabled() else list(sides)


# As functions of autograd


def each_of_batch(function: Any, info: Any, in_dims: Any, *inputs: Any) -> tuple[tuple[Tensor, ...], Any]:
    """Each of a batch by itself: with its own reduction, and the bits of a call of its own."""
    every = [
        function.apply(*(a if dim is None else a.select(dim, i) for a, dim in zip(inputs, in_dims, strict=True)))
        for i in range(info.batch_size)
    ]
    outputs = tuple(torch.stack(each) for each in zip(*every, strict=True))
    return outputs, (0,) * len(outputs)


class Evaluation(torch.autograd.Function):
    """A loss and its gradients: of (loss, gradients, reduction, weight, where, *sides)."""

    @staticmethod
    def forward(loss: Differentiable, gradients: bool, *rest: Any) -> Any:
        return tuple(evaluated(loss, gradients, How(*rest[:3]), rest[3:]))

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        loss, _, *rest = inputs
        keep(ctx, loss, How(*rest[:3]), rest[3:], output[1:])
        ctx.save_for_forward(*rest[1:], *output[1:])

    @staticmethod
    def backward(ctx: Any, above: Any, *above_grads: Any) -> Any:
        return (None,) * 5 + tuple(evaluation_back(FUNCTIONS, ctx, above, above_grads))

    @staticmethod
    def jvp(ctx: Any, *tangents: Any) -> Any:
        loss, how, sides, grads = kept(ctx)
        for place, name in enumerate(loss.sides):
            if place not in loss.predicted and tangents[5 + place] is not None:
                raise DtypeError(lost(loss.sides, name, f"{name}.detach()"))
        wanted = bool(grads)
        if not wanted:
            _, *grads = FUNCTIONS.evaluate(loss, True, how, sides)
        along = filled([tangents[5 + place] for place in loss.predicted], grads)
        moved = [grad * each for grad, each in zip(grads, along, strict=True)]
        if how.reduction != "none":
            moved = [each.sum() for each in moved]
        elif inner := loss.inner(moved[0].dim()):
            moved = [each.sum(inner) for each in moved]
        bent = FUNCTIONS.multiply(loss, how, sides, along) if wanted else ()
        return torch.stack(moved).sum(0), *bent

    @staticmethod
    def vmap(info: Any, in_dims: Any, *inputs: Any) -> Any:
        return each_of_batch(Evaluation, info, in_dims, *inputs)


class Product(torch.autograd.Function):
    """The second derivative times vectors: of (loss, reduction, weight, where, *sides, *vectors)."""

    @staticmethod
    def forward(loss: Differentiable, *rest: Any) -> Any:
        number = 3 + len(loss.sides)
        return tuple(multiplied(loss, How(*rest[:3]), rest[3:number], rest[number:]))

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        loss, *rest = inputs
        number = 3 + len(loss.sides)
        keep(ctx, loss, How(*rest[:3]), rest[3:number], ())
        ctx.save_for_forward(*rest[1:number])

    @staticmethod
    def backward(ctx: Any, *above: Any) -> Any:
        return (None,) * (4 + len(ctx.loss.sides)) + tuple(product_back(FUNCTIONS, ctx, above))

    @staticmethod
    def jvp(ctx: Any, *tangents: Any) -> Any:
        loss, how, sides, _ = kept(ctx)
        if any(tangents[4 + place] is not None for place in loss.predicted):
            raise DerivativeError(TWICE)
        return tuple(FUNCTIONS.multiply(loss, how, sides, tangents[4 + len(sides) :]))

    @staticmethod
    def vmap(info: Any, in_dims: Any, *inputs: Any) -> Any:
        return each_of_batch(Product, info, in_dims, *inputs)


def evaluate_function(loss: Differentiable, gradients: bool, how: How, sides: Sequence[Tensor]) -> Any:
    """A loss and its gradients; a second derivative in forward mode twice is refused.

    In ``jacfwd(jacfwd(…))`` PyTorch takes the inner derivative of a function of autograd's own for a constant.
    """
    transforms = torch._C._functorch.get_interpreter_stack() or ()
    if sum(each.key() == torch._C._functorch.TransformType.Jvp for each in transforms) > 1:
        raise DerivativeError(
            "PyTorch has no second derivative in forward mode twice; take torch.func.hessian, or jacrev for one of the two"
        )
    return Evaluation.apply(loss, gradients, *how, *sides)


FUNCTIONS = Operations(
    evaluate_function,
    lambda loss, how, sides, vectors: Product.apply(loss, *how, *sides, *vectors),
    traced=False,
)


class Value(torch.autograd.Function):
    """The value without its gradients, for everyday backward passes: of (loss, reduction, weight, where, *sides).

    A function that transforms understand costs PyTorch 30 µs more a call, and each further output some more.
    """

    @staticmethod
    def forward(ctx: Any, loss: Differentiable, *rest: Any) -> Any:
        how, sides = How(*rest[:3]), rest[3:]
        value, *grads = evaluated(loss, True, how, sides)
        keep(ctx, loss, how, sides, grads)
        return value

    @staticmethod
    def backward(ctx: Any, above: Any) -> Any:
        return None, None, None, None, *evaluation_back(FUNCTIONS, ctx, above, ())


def value_of(loss: Differentiable, gradients: bool, how: How, sides: Sequence[Tensor]) -> Any:
    """The value of a loss, by what its derivatives are wanted for."""
    if torch._C._functorch.peek_interpreter_stack() is not None or torch.autograd.forward_ad._current_level >= 0:
        return evaluate_function(loss, gradients, how, sides)[0]
    if gradients:
        return Value.apply(loss, *how, *sides)
    return evaluated(loss, False, how, sides)[0]


# As custom ops, in which a loss goes by its text

LOSSES: dict[str, Differentiable] = {}


def named(loss: lossreg.Loss) -> str:
    """Name a loss by the text that makes it, which another process can read."""
    name = repr(loss)
    if LOSSES.setdefault(name, differentiable(loss)).loss != loss:  # classes of one name that nobody registered
        name = f"{name} of {type(loss).__module__}.{type(loss).__qualname__} at {id(type(loss)):#x}"
        LOSSES.setdefault(name, differentiable(loss))
    return name


def known(name: str) -> Differentiable:
    """The loss of a name."""
    return LOSSES.get(name) or differentiable(lossreg.get(name))


evaluate_op = torch.library.custom_op(
    "lossreg::evaluate",
    lambda loss, gradients, reduction, sample_weight, where, sides: evaluated(
        known(loss), gradients, How(reduction, sample_weight, where), sides
    ),
    mutates_args=(),
    schema="(str loss, bool gradients, str reduction, Tensor? sample_weight, Tensor? where, Tensor[] sides) -> Tensor[]",
)
multiply_op = torch.library.custom_op(
    "lossreg::multiply",
    lambda loss, reduction, sample_weight, where, sides, vectors: multiplied(
        known(loss), How(reduction, sample_weight, where), sides, vectors
    ),
    mutates_args=(),
    schema="(str loss, str reduction, Tensor? sample_weight, Tensor? where, Tensor[] sides, Tensor[] vectors) -> Tensor[]",
)
OPS = Operations(
    lambda loss, gradients, how, sides: evaluate_op(named(loss.loss), gradients, *how, sides),
    lambda loss, how, sides, vectors: multiply_op(named(loss.loss), *how, sides, vectors),
    traced=True,
)


@evaluate_op.register_fake
def _(loss: str, gradients: bool, reduction: str, sample_weight: Any, where: Any, sides: Any) -> list[Tensor]:
    return evaluated_shapes(known(loss), gradients, How(reduction, sample_weight, where), sides)


@multiply_op.register_fake
def _(loss: str, *rest: Any) -> list[Tensor]:
    *_, sides, _ = rest
    return multiplied_shapes(known(loss), sides)


def keep_evaluation(ctx: Any, inputs: Any, output: Any) -> None:
    loss, _, *how, sides = inputs
    keep(ctx, known(loss), How(*how), sides, output[1:])


def keep_product(ctx: Any, inputs: Any, output: Any) -> None:  # noqa: ARG001 - called by keyword
    loss, *how, sides, _ = inputs
    keep(ctx, known(loss), How(*how), sides, ())


evaluate_op.register_autograd(
    lambda ctx, above: (*(None,) * 5, evaluation_back(OPS, ctx, above[0], above[1:])), setup_context=keep_evaluation
)
multiply_op.register_autograd(
    lambda ctx, above: (*(None,) * 4, [None] * len(ctx.loss.sides), product_back(OPS, ctx, above)),
    setup_context=keep_product,
)
