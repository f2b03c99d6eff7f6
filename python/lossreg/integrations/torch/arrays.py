"""Tensors in, tensors out, NumPy between: a loss with its gradients, and its second derivative times vectors.

Whatever leaves here is memory of its own: NumPy allocates each result, and no result is an argument. A custom op whose
output shares memory with an input passes every check of PyTorch's and is corrupted later.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from lossreg import DtypeError
from lossreg.integrations.derivatives import Differentiable

__all__ = ["How", "evaluated", "evaluated_shapes", "multiplied", "multiplied_shapes"]

HALVES = (torch.bfloat16, torch.float16)


class How(NamedTuple):
    """What a loss takes besides its sides."""

    reduction: str
    sample_weight: Tensor | None
    where: Tensor | None

    def options(self) -> dict[str, Any]:
        """The keyword arguments of the loss."""
        return {
            "sample_weight": array(self.sample_weight, "sample_weight"),
            "where": array(self.where, "where"),
            "reduction": self.reduction,
        }


def array(tensor: Any, name: str) -> Any:
    """The memory of a tensor as an array; halves, of which NumPy has one only, as float32."""
    if tensor is None:
        return None
    if not isinstance(tensor, Tensor):
        raise DtypeError(f"{name} is of type {type(tensor).__name__}; wanted a tensor: pass torch.as_tensor({name})")
    if not tensor.is_cpu:
        raise DtypeError(
            f"{name} is on {tensor.device}, and lossreg computes on the CPU; pass {name}.cpu(), through which gradients flow back"
        )
    if tensor.layout != torch.strided:
        raise DtypeError(f"{name} is a sparse tensor; pass {name}.to_dense()")
    return (tensor.float() if tensor.dtype in HALVES else tensor).numpy(force=True)


def arrays(loss: Differentiable, sides: Sequence[Tensor]) -> list[Any]:
    """The memory of the arguments of a loss."""
    read = [array(side, name) for side, name in zip(sides, loss.sides, strict=True)]
    for place in loss.predicted:
        if not sides[place].is_floating_point():
            name = loss.sides[place]
            raise DtypeError(f"{name} has dtype {sides[place].dtype}, which has no gradient; pass {name}.float()")
    return read


def working(prediction: Tensor) -> torch.dtype:
    """The dtype of what is computed from a prediction."""
    return torch.float64 if prediction.dtype == torch.float64 else torch.float32


def evaluated(loss: Differentiable, gradients: bool, how: How, sides: Sequence[Tensor]) -> list[Tensor]:
    """The value, and the gradients where they are wanted."""
    given, options = arrays(loss, sides), how.options()
    grads: tuple[Any, ...] = ()
    if gradients:
        value, grads = loss.value_and_grads(given, **options)
    else:
        value = loss.value(given, **options)
    unreduced = isinstance(value, np.ndarray)
    first = (
        torch.from_numpy(value) if unreduced else torch.scalar_tensor(value, dtype=working(sides[loss.predicted[0]]))
    )
    return [first, *map(torch.from_numpy, grads)]


def multiplied(loss: Differentiable, how: How, sides: Sequence[Tensor], vectors: Sequence[Tensor]) -> list[Tensor]:
    """The second derivative times a vector for each prediction."""
    along = [array(vector, "vector") for vector in vectors]
    return [*map(torch.from_numpy, loss.products(arrays(loss, sides), along, **how.options()))]


# The same for tensors that have no numbers yet, as a compiler sees them.


def evaluated_shapes(loss: Differentiable, gradients: bool, how: How, sides: Sequence[Tensor]) -> list[Tensor]:
    """Tensors like those of `evaluated`."""
    predictions = [sides[place] for place in loss.predicted]
    shape = loss.unreduced(predictions[0].shape) if how.reduction == "none" else ()
    grads = [like(each, each.shape) for each in predictions] if gradients else []
    return [like(predictions[0], shape), *grads]


def multiplied_shapes(loss: Differentiable, sides: Sequence[Tensor]) -> list[Tensor]:
    """Tensors like those of `multiplied`."""
    loss.require_twice()
    return [like(sides[place], sides[place].shape) for place in loss.predicted]


def like(prediction: Tensor, shape: Sequence[Any]) -> Tensor:
    return prediction.new_empty(tuple(shape), dtype=working(prediction))
