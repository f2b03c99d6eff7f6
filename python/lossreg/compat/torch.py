"""The losses of ``torch.nn.functional`` by its names, predictions first, with its defaults, reductions and divisors.

    import lossreg.compat.torch as F

    F.cross_entropy(logits, labels, label_smoothing=0.1)
    F.cross_entropy.value_and_grad(logits, labels, label_smoothing=0.1)

Arrays are NumPy's, or what lossreg takes; results are NumPy's. Reduced losses are Python floats.
docs/peers.md lists the differences from PyTorch.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from lossreg import Loss, losses
from lossreg.arrays import as_plain_array
from lossreg.compat.elements import ClampedCrossEntropy, LogProbabilityDivergence, ShiftedPoisson
from lossreg.compat.functional import Array, Evaluation, Function
from lossreg.errors import ParameterError, ShapeError
from lossreg.shown import shown

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "huber_loss",
    "kl_div",
    "l1_loss",
    "mse_loss",
    "multi_margin_loss",
    "multilabel_soft_margin_loss",
    "nll_loss",
    "poisson_nll_loss",
    "smooth_l1_loss",
    "soft_margin_loss",
]

REDUCTIONS = ("none", "mean", "sum")


def _reduction(given: Any, size_average: bool | None, reduce: bool | None, more: tuple[str, ...] = ()) -> str:
    """The reduction, also where it is said by the two switches that PyTorch had before."""
    if size_average is not None or reduce is not None:
        warnings.warn("size_average and reduce are deprecated; use reduction='...'", DeprecationWarning, stacklevel=4)
        given = "none" if reduce is False else "sum" if size_average is False else "mean"
    if not isinstance(given, str) or given not in (*REDUCTIONS, *more):
        known = ", ".join(map(repr, (*REDUCTIONS, *more)))
        message = f"{shown(given)} is not a valid value for reduction; wanted one of {known}"
        raise ParameterError(message, parameter="reduction", value=given)
    return str(given)


def _spread(weight: Any, like: Any, name: str) -> Array | None:
    """A weight over the shape of the targets."""
    if weight is None:
        return None
    shape = as_plain_array(like, "target").shape
    try:
        return np.broadcast_to(as_plain_array(weight, name), shape)
    except ValueError:
        came = np.shape(weight)
        raise ShapeError(f"{name} has shape {came}, which cannot be broadcast to that of target, {shape}") from None


@Function
def mse_loss(
    input: Any,
    target: Any,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Any = None,
) -> Evaluation:
    """Squared error; a mean with weights is divided by their sum.

    Examples
    --------
    >>> import lossreg.compat.torch as F
    >>> F.mse_loss([1.0, 3.0], [0.0, 0.0])
    5.0
    >>> F.mse_loss([1.0, 3.0], [0.0, 0.0], weight=[3.0, 1.0])
    3.0
    """
    return _weighted(losses.squared_error(), input, target, _reduction(reduction, size_average, reduce), weight)


@Function
def l1_loss(
    input: Any,
    target: Any,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Any = None,
) -> Evaluation:
    """Absolute error; a mean with weights is divided by their sum.

    Examples
    --------
    >>> import lossreg.compat.torch as F
    >>> F.l1_loss([1.0, 3.0], [0.0, 0.0], reduction="sum")
    4.0
    """
    return _weighted(losses.absolute_error(), input, target, _reduction(reduction, size_average, reduce), weight)


def _weighted(loss: Loss, input: Any, target: Any, reduction: str, weight: Any) -> Evaluation:
    if weight is not None and reduction == "mean":
        reduction = "weighted_mean"
    return Evaluation(loss, target, input, weight, reduction=reduction)


@Function
def smooth_l1_loss(
    input: Any,
    target: Any,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    beta: float = 1.0,
) -> Evaluation:
    """Smooth L1; with ``beta=0`` the absolute error.

    Examples
    --------
    >>> import lossreg.compat.torch as F
    >>> F.smooth_l1_loss([0.5, 3.0], [0.0, 0.0], reduction="none")
    array([0.125, 2.5  ])
    """
    given: Any = beta
    loss = losses.absolute_error() if np.ndim(given) == 0 and given == 0 else losses.smooth_l1(beta=beta)
    return Evaluation(loss, target, input, reduction=_reduction(reduction, size_average, reduce))


@Function
def huber_loss(input: Any, target: Any, reduction: str = "mean", delta: float = 1.0, weight: Any = None) -> Evaluation:
    """Huber; a mean is divided by the number of elements, with weights too.

    Examples
    --------
    >>> import lossreg.compat.torch as F
    >>> F.huber_loss([0.5, 3.0], [0.0, 0.0], delta=2.0)
    2.0625
    """
    return Evaluation(losses.huber(delta=delta), target, input, weight, reduction=_reduction(reduction, None, None))


@Function
def binary_cross_entropy(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Evaluation:
    """Binary cross-entropy of probabilities, whose logarithms end at -100.

    Examples
    --------
    >>> import lossreg.compat.torch as F
    >>> F.binary_cross_entropy([0.0, 0.5], [1.0, 1.0], reduction="none")
    array([100.        ,   0.69314718])
    """
    weight = _spread(weight, target, "weight")
    return Evaluation(
        ClampedCrossEntropy(), target, input, weight, reduction=_reduction(reduction, size_average, reduce)
    )


@Function
def binary_cross_entropy_with_logits(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    pos_weight: Any = None,
) -> Evaluation:
    """Binary cross-entropy of logits; weights, and those of positive labels, are broadcast to the targets.

    Examples
    --------
    >>> import lossreg.compat.torch as F
    >>> F.binary_cross_entropy_with_logits([[0.0, 0.0]], [[1.0, 1.0]], pos_weight=[1.0, 3.0], reduction="none")
    array([[0.69314718, 2.07944154]])
    """
    weight = _spread(weight, target, "weight")
    reduction = _reduction(reduction, size_average, reduce)
    if pos_weight is None or np.ndim(pos_weight) == 0:
        factor = 1.0 if pos_weight is None else as_plain_array(pos_weight, "pos_weight").item()
        loss = losses.binary_cross_entropy(pos_weight=factor)
        return Evaluation(loss, target, input, weight, reduction=reduction)
    # Weights of positives are weights of elements over labels that lean to them: w y a + (1 - y) b = s (u a + (1 - u) b).
    y = as_plain_array(target, "target")
    y = y.astype(np.result_type(y, np.float32), copy=False)
    positive = y * _spread(pos_weight, y, "pos_weight")
    total = positive + (1 - y)
    leaning = np.divide(positive, total, out=np.zeros_like(total), where=total != 0)
    weight = total if weight is None else total * weight
    return Evaluation(losses.binary_cross_entropy(), leaning, input, weight, reduction=reduction)


@Function
def cross_entropy(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Evaluation:
    """Cross-entropy of logits of shape (C), (N, C) or (N, C, ...) with class indices, or with probabilities in their shape.

    With class indices a mean is divided by the sum of the weights of the targets' classes, with probabilities by their
    number.

    Examples
    --------
    >>> import lossreg.compat.torch as F
    >>> F.cross_entropy([[0.0, 0.0], [0.0, 0.0]], [0, -100])
    0.6931471805599453
    """
    reduction = _reduction(reduction, size_average, reduce)
    y, x = as_plain_array(target, "target"), as_plain_array(input, "input")
    axis = 0 if x.ndim == 1 else 1
    weights = _class_weight(weight, x, axis)
    shared: dict[str, Any] = {"axis": axis, "label_smoothing": label_smoothing, "class_weight": weights}
    if y.shape == x.shape and y.dtype.kind == "f":
        return Evaluation(losses.categorical_cross_entropy(**shared), y, x, reduction=reduction)
    loss = losses.sparse_categorical_cross_entropy(**shared, ignore_index=ignore_index)
    return _over_classes(loss, y, x, reduction, ignore_index)


def _class_weight(weight: Any, x: Array, axis: int) -> list[float] | None:
    """The weights of classes, one for each."""
    if weight is None:
        return None
    weights = as_plain_array(weight, "weight")
    if weights.shape != x.shape[axis:][:1]:
        came, classes = weights.shape, x.shape[axis:][:1]
        raise ShapeError(f"weight has shape {came}; wanted one number for each class: {classes}", argument="weight")
    listed: list[float] = weights.tolist()
    return listed


def _over_classes(loss: Loss, y: Array, x: Array, reduction: str, ignore_index: int) -> Evaluation:
    """A loss of class indices whose mean is divided by the weights of the targets' classes."""
    if reduction != "mean" or not x.ndim:  # which the loss refuses
        return Evaluation(loss, y, x, reduction=reduction)
    axis: Any = loss.params["axis"]
    weights = loss.params["class_weight"]
    counted = y[y != ignore_index]
    inside = counted[(counted >= 0) & (counted < x.shape[axis])]  # the loss refuses the others
    divisor = inside.size if weights is None else math.fsum(np.asarray(weights)[inside.astype(np.intp)])
    return Evaluation(loss, y, x, reduction="sum", divisor=float(divisor))


@Function
def nll_loss(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Evaluation:
    """Negative log-likelihood of class indices, from logarithms of probabilities of shape (C), (N, C) or (N, C, ...).

    A mean is divided by the sum of the weights of the targets' classes.

    Examples
    --------
    >>> import lossreg.compat.torch as F
    >>> F.nll_loss([[-0.5, -1.0], [-2.0, -0.25]], [0, 1], weight=[3.0, 1.0])
    0.4375
    """
    reduction = _reduction(reduction, size_average, reduce)
    y, x = as_plain_array(target, "target"), as_plain_array(input, "input")
    axis = 0 if x.ndim == 1 else 1
    loss = losses.nll(class_weight=_class_weight(weight, x, axis), ignore_index=ignore_index, axis=axis)
    return _over_classes(loss, y, x, reduction, ignore_index)


@Function
def multi_margin_loss(
    input: Any,
    target: Any,
    p: int = 1,
    margin: float = 1.0,
    weight: Any = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Evaluation:
    """Multi-class margin loss of scores of shape (C) or (N, C) with class indices; a mean is divided by their number.

    Examples
    --------
    >>> import lossreg.compat.torch as F
    >>> F.multi_margin_loss([[3.0, 2.5, 0.0]], [0], p=2)
    0.08333333333333333
    """
    reduction = _reduction(reduction, size_average, reduce)
    x = as_plain_array(input, "input")
    loss = losses.multi_margin(power=p, margin=margin, class_weight=_class_weight(weight, x, -1))
    return Evaluation(loss, target, x, reduction=reduction)


@Function
def multilabel_soft_margin_loss(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Evaluation:
    """Mean over the classes on the last axis of the binary cross-entropies of logits, each times its class's weight.

    Examples
    --------
    >>> import lossreg.compat.torch as F
    >>> F.multilabel_soft_margin_loss([[0.0, 0.0]], [[1.0, 0.0]], weight=[1.0, 3.0])
    1.3862943611198906
    """
    reduction = _reduction(reduction, size_average, reduce)
    y, x = as_plain_array(target, "target"), as_plain_array(input, "input")
    if y.shape != x.shape:
        raise ShapeError(
            f"target has shape {y.shape} and input has shape {x.shape}; wanted the same", argument="target"
        )
    loss = losses.one_vs_rest_cross_entropy(class_weight=_class_weight(weight, x, -1))
    return Evaluation(loss, y, x, reduction=reduction, divisor=float(x.shape[-1] if x.ndim else 1))


@Function
def kl_div(
    input: Any,
    target: Any,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    log_target: bool = False,
) -> Evaluation:
    """Kullback-Leibler divergence of elements: `input` are logarithms of probabilities, taken as they are.

    ``reduction="batchmean"`` divides by the first dimension; ``"mean"`` by the number of elements, which is no divergence.

    Examples
    --------
    >>> import numpy as np
    >>> import lossreg.compat.torch as F
    >>> F.kl_div(np.log([[0.5, 0.5]]), [[1.0, 0.0]], reduction="batchmean")
    0.6931471805599453
    """
    reduction = _reduction(reduction, size_average, reduce, ("batchmean",))
    loss = LogProbabilityDivergence(log_target=log_target)
    if reduction == "batchmean":
        shape = as_plain_array(input, "input").shape
        return Evaluation(loss, target, input, reduction="sum", divisor=float(shape[0] if shape else 1))
    return Evaluation(loss, target, input, reduction=reduction)


@Function
def poisson_nll_loss(
    input: Any,
    target: Any,
    log_input: bool = True,
    full: bool = False,
    size_average: bool | None = None,
    eps: float = 1e-8,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Evaluation:
    """Poisson's negative log-likelihood of logarithms of rates, or of rates with `eps` added to them in the logarithm.

    Examples
    --------
    >>> import lossreg.compat.torch as F
    >>> F.poisson_nll_loss([0.0, 0.0], [1.0, 3.0], full=True, reduction="none")
    array([1.        , 2.76408154])
    """
    loss = ShiftedPoisson(log_input=log_input, full=full, eps=eps)
    return Evaluation(loss, target, input, reduction=_reduction(reduction, size_average, reduce))


@Function
def soft_margin_loss(
    input: Any,
    target: Any,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Evaluation:
    """Logistic loss of scores and labels -1 and 1.

    Examples
    --------
    >>> import lossreg.compat.torch as F
    >>> F.soft_margin_loss([0.0, 100.0], [1.0, -1.0], reduction="none")
    array([  0.69314718, 100.        ])
    """
    reduction = _reduction(reduction, size_average, reduce)
    return Evaluation(losses.binary_cross_entropy(), target, input, reduction=reduction)
