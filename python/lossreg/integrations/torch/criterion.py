"""What users of PyTorch call: `evaluate`, and the module `Loss`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

import lossreg
from lossreg import DtypeError, ParameterError
from lossreg.integrations.derivatives import Differentiable, differentiable, in_order, lost
from lossreg.integrations.torch.arrays import How
from lossreg.integrations.torch.operations import evaluate_op, known, named, value_of
from lossreg.typing import LossLike

Facts = tuple[tuple[str, ...], tuple[int, ...]]  # the sides of a loss, and the places of its predictions
REDUCTIONS = ("mean", "sum", "weighted_mean", "none")


def evaluate(
    loss: str | Mapping[str, Any] | lossreg.Loss,
    *sides: Tensor,
    sample_weight: Tensor | None = None,
    where: Tensor | None = None,
    reduction: str = "mean",
    **keywords: Tensor,
) -> Tensor:
    """Evaluate a loss on tensors, so that PyTorch can differentiate it with respect to the predictions.

    Parameters
    ----------
    loss : str, mapping or Loss
        The loss, or what `lossreg.get` takes.
    *sides : torch.Tensor
        The arguments of the loss in lossreg's order: ``y_true, y_pred``, or ``real_scores, fake_scores`` for an adversarial
        loss. They are read in place, on the CPU. Predictions are floating; halves are computed in float32.
    sample_weight, where : torch.Tensor, optional
        Weights, and which elements count.
    reduction : {'mean', 'sum', 'weighted_mean', 'none'}, default 'mean'
        As in `Loss.value`.
    **keywords : torch.Tensor
        Sides by their names.

    Returns
    -------
    torch.Tensor
        The loss, in float64 for float64 predictions and in float32 otherwise.

    Raises
    ------
    DtypeError
        If an argument is no tensor on the CPU, or requires a gradient and is no prediction.
    LossregError
        What `Loss.value` raises.

    Examples
    --------
    >>> import torch
    >>> from lossreg.integrations.torch import evaluate
    >>> scores = torch.tensor([0.0, 2.0], requires_grad=True)
    >>> value = evaluate("binary_cross_entropy", torch.tensor([0, 1]), scores)
    >>> value.backward()
    >>> scores.grad
    tensor([ 0.2500, -0.0596])
    """
    return _evaluated(loss, None, sides, keywords, How(reduction, sample_weight, where))


def _evaluated(
    loss: LossLike, found: Differentiable | None, sides: tuple[Any, ...], keywords: dict[str, Any], how: How
) -> Tensor:
    """The loss, as a custom op where tensors have no numbers yet."""
    if torch.compiler.is_compiling() or any(isinstance(side, Tensor) and side.is_meta for side in sides):
        name = loss if isinstance(loss, str) else _named(loss)
        given, gradients = _checked(_facts(name), sides, keywords, how)
        return evaluate_op(name, gradients, *how, given)[0]
    found = found or differentiable(lossreg.get(loss))
    given, gradients = _checked((found.sides, found.predicted), sides, keywords, how)
    return value_of(found, gradients, how, given)


@torch.compiler.assume_constant_result
def _named(loss: LossLike) -> str:
    return named(lossreg.get(loss))


@torch.compiler.assume_constant_result
def _facts(name: str) -> Facts:
    loss = known(name)
    return loss.sides, loss.predicted


def _checked(facts: Facts, sides: tuple[Any, ...], keywords: dict[str, Any], how: How) -> tuple[list[Any], bool]:
    """The sides in order, and whether their gradients are wanted."""
    names, predicted = facts
    given = in_order(names, sides, keywords)
    wanted = False
    for place, tensor in enumerate((*given, how.sample_weight)):
        if isinstance(tensor, Tensor) and tensor.requires_grad:
            wanted = True
            if place not in predicted:
                name = (*names, "sample_weight")[place]
                raise DtypeError(lost(names, name, f"{name}.detach()"))
    wanted = wanted and torch.is_grad_enabled()
    return given, wanted


class Loss(torch.nn.Module):
    """A loss as a module: what `evaluate` gives, called as ``criterion(y_true, y_pred)``.

    The order is lossreg's everywhere, targets first. In the other order, training stops with the error that the targets
    require a gradient; keywords say it best: ``criterion(y_true=labels, y_pred=model(x))``.

    Parameters
    ----------
    loss : str, mapping or Loss
        The loss, or what `lossreg.get` takes.
    reduction : {'mean', 'sum', 'weighted_mean', 'none'}, default 'mean'
        As in `Loss.value`.
    **params
        Parameters of the loss.

    Examples
    --------
    >>> import torch
    >>> from lossreg.integrations.torch import Loss
    >>> criterion = Loss("binary_focal", gamma=3.0)
    >>> criterion
    Loss(binary_focal(gamma=3.0), reduction='mean')
    >>> criterion(torch.tensor([0, 1]), torch.tensor([0.0, 2.0]))
    tensor(0.0434)
    """

    def __init__(self, loss: str | Mapping[str, Any] | lossreg.Loss, reduction: str = "mean", **params: Any) -> None:
        super().__init__()
        if reduction not in REDUCTIONS:
            raise ParameterError(f"reduction is {reduction!r}; wanted one of {', '.join(REDUCTIONS)}")
        self.loss = lossreg.get(loss, **params)
        self.reduction = reduction
        self._found = differentiable(self.loss)

    def forward(
        self, *sides: Tensor, sample_weight: Tensor | None = None, where: Tensor | None = None, **keywords: Tensor
    ) -> Tensor:
        """The loss of its arguments, as `evaluate` takes them."""
        return _evaluated(self.loss, self._found, sides, keywords, How(self.reduction, sample_weight, where))

    def extra_repr(self) -> str:
        """The loss and its reduction."""
        return f"{self.loss!r}, reduction={self.reduction!r}"
