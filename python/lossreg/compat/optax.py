"""The losses of ``optax.losses`` by its names, predictions first, unreduced, for the losses that lossreg has.

    import lossreg.compat.optax as optax_losses

    optax_losses.softmax_cross_entropy_with_integer_labels(logits, labels)
    optax_losses.softmax_cross_entropy_with_integer_labels.value_and_grad(logits, labels)

Arrays are NumPy's, or what lossreg takes; results are NumPy's. The gradient of `value_and_grad` is that of each element's
loss, as of the sum of all. docs/peers.md lists the differences from optax.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lossreg import Loss, losses
from lossreg.arrays import as_plain_array
from lossreg.compat.elements import LogProbabilityRows, SignedHinge
from lossreg.compat.functional import Array, Evaluation, Function
from lossreg.errors import ParameterError, ShapeError
from lossreg.shown import shown

__all__ = [
    "convex_kl_divergence",
    "generalized_kl_divergence",
    "hinge_loss",
    "huber_loss",
    "kl_divergence",
    "kl_divergence_with_log_targets",
    "l2_loss",
    "log_cosh",
    "multiclass_hinge_loss",
    "multiclass_perceptron_loss",
    "multiclass_sparsemax_loss",
    "perceptron_loss",
    "poly_loss_cross_entropy",
    "safe_softmax_cross_entropy",
    "sigmoid_binary_cross_entropy",
    "sigmoid_focal_loss",
    "softmax_cross_entropy",
    "softmax_cross_entropy_with_integer_labels",
    "sparsemax_loss",
    "squared_error",
]

PREDICTIONS, TARGETS = "y_pred", "y_true"  # which errors call as the function does


def _of_errors(loss: Loss, predictions: Any, targets: Any) -> Evaluation:
    """That of a loss of differences; targets that are left out are zeros."""
    return Evaluation(
        loss, np.zeros_like(as_plain_array(predictions, "predictions")) if targets is None else targets, predictions
    )


@Function
def squared_error(predictions: Any, targets: Any = None) -> Evaluation:
    """Squared error.

    Examples
    --------
    >>> import lossreg.compat.optax as optax_losses
    >>> optax_losses.squared_error([1.0, 3.0])
    array([1., 9.])
    """
    return _of_errors(losses.squared_error(), predictions, targets)


@Function
def l2_loss(predictions: Any, targets: Any = None) -> Evaluation:
    """Half the squared error.

    Examples
    --------
    >>> import lossreg.compat.optax as optax_losses
    >>> optax_losses.l2_loss([1.0, 3.0], [0.0, 1.0])
    array([0.5, 2. ])
    """
    return _of_errors(losses.half_squared_error(), predictions, targets)


@Function
def huber_loss(predictions: Any, targets: Any = None, *, delta: float = 1.0) -> Evaluation:
    """Huber.

    Examples
    --------
    >>> import lossreg.compat.optax as optax_losses
    >>> optax_losses.huber_loss([0.5, 3.0], delta=2.0)
    array([0.125, 4.   ])
    """
    return _of_errors(losses.huber(delta=delta), predictions, targets)


@Function
def log_cosh(predictions: Any, targets: Any = None) -> Evaluation:
    """Logarithm of the hyperbolic cosine of the error.

    Examples
    --------
    >>> import lossreg.compat.optax as optax_losses
    >>> optax_losses.log_cosh([0.0, 1000.0])
    array([  0.        , 999.30685282])
    """
    return _of_errors(losses.log_cosh(), predictions, targets)


@Function
def sigmoid_binary_cross_entropy(logits: Any, labels: Any) -> Evaluation:
    """Binary cross-entropy of logits.

    Examples
    --------
    >>> import lossreg.compat.optax as optax_losses
    >>> optax_losses.sigmoid_binary_cross_entropy([0.0, -800.0], [1.0, 1.0])
    array([6.93147181e-01, 8.00000000e+02])
    """
    return Evaluation(losses.binary_cross_entropy(), labels, logits)


@Function
def sigmoid_focal_loss(logits: Any, labels: Any, *, alpha: float | None = None, gamma: float = 2.0) -> Evaluation:
    """Binary focal loss of logits.

    Examples
    --------
    >>> import lossreg.compat.optax as optax_losses
    >>> optax_losses.sigmoid_focal_loss([0.0], [1.0], alpha=0.25)
    array([0.0433217])
    """
    return Evaluation(losses.binary_focal(alpha=alpha, gamma=gamma), labels, logits)


@Function
def hinge_loss(predictor_outputs: Any, targets: Any) -> Evaluation:
    """Hinge of labels -1 and 1, which are factors of the scores: others are not converted.

    Examples
    --------
    >>> import lossreg.compat.optax as optax_losses
    >>> optax_losses.hinge_loss([0.5, 0.5], [1.0, -1.0])
    array([0.5, 1.5])
    """
    return Evaluation(SignedHinge(margin=1.0), targets, predictor_outputs)


@Function
def perceptron_loss(predictor_outputs: Any, targets: Any) -> Evaluation:
    """Perceptron loss of labels -1 and 1, which are factors of the scores: others are not converted.

    Examples
    --------
    >>> import lossreg.compat.optax as optax_losses
    >>> optax_losses.perceptron_loss([0.5, 0.5], [1.0, -1.0])
    array([0. , 0.5])
    """
    return Evaluation(SignedHinge(margin=0.0), targets, predictor_outputs)


@Function
def sparsemax_loss(logits: Any, labels: Any) -> Evaluation:
    """Binary sparsemax loss of labels 0 and 1.

    Examples
    --------
    >>> import lossreg.compat.optax as optax_losses
    >>> optax_losses.sparsemax_loss([0.5, 2.0], [1, 0])
    array([0.0625, 2.    ])
    """
    return Evaluation(losses.binary_sparsemax(), labels, logits)


@Function
def multiclass_hinge_loss(scores: Any, labels: Any) -> Evaluation:
    """Crammer and Singer's hinge of class indices.

    Examples
    --------
    >>> import lossreg.compat.optax as optax_losses
    >>> optax_losses.multiclass_hinge_loss([[3.0, 2.5, 0.0]], [0])
    array([0.5])
    """
    return Evaluation(losses.categorical_hinge(), labels, scores)


@Function
def multiclass_perceptron_loss(scores: Any, labels: Any) -> Evaluation:
    """How far the score of a class index is below the highest.

    Examples
    --------
    >>> import lossreg.compat.optax as optax_losses
    >>> optax_losses.multiclass_perceptron_loss([[3.0, 2.5, 0.0]], [1])
    array([0.5])
    """
    return Evaluation(losses.categorical_hinge(margin=0.0), labels, scores)


@Function
def multiclass_sparsemax_loss(scores: Any, labels: Any) -> Evaluation:
    """Sparsemax loss of class indices.

    Examples
    --------
    >>> import lossreg.compat.optax as optax_losses
    >>> optax_losses.multiclass_sparsemax_loss([[0.0, 0.0]], [1])
    array([0.25])
    """
    return Evaluation(losses.multiclass_sparsemax(), labels, scores)


def _of_classes(loss: Loss, logits: Any, labels: Any, axis: int, where: Any) -> Evaluation:
    """That of rows some of whose classes are left out: their logits are minus infinity, their labels 0."""
    if where is None:
        return Evaluation(loss, labels, logits)
    x, y = _plain(logits, labels, axis)
    there = _there(where, x, axis)
    y = np.where(there, y, 0) if y.ndim == x.ndim else y
    return Evaluation(loss, y, np.where(there, x, x.dtype.type(-np.inf)), where=there.any(axis))


@Function
def softmax_cross_entropy(logits: Any, labels: Any, axis: int = -1, where: Any = None) -> Evaluation:
    """Cross-entropy of logits with rows of probabilities; `where` says which classes there are.

    Examples
    --------
    >>> import lossreg.compat.optax as optax_losses
    >>> optax_losses.softmax_cross_entropy([[0.0, 0.0, 5.0]], [[0.0, 1.0, 0.0]], where=[[True, True, False]])
    array([0.69314718])
    """
    return _of_classes(losses.categorical_cross_entropy(axis=axis), logits, labels, axis, where)


@Function
def safe_softmax_cross_entropy(logits: Any, labels: Any) -> Evaluation:
    """Cross-entropy of logits with rows of probabilities, finite where a probability of 0 meets a logit of minus infinity.

    Examples
    --------
    >>> import numpy as np
    >>> import lossreg.compat.optax as optax_losses
    >>> optax_losses.safe_softmax_cross_entropy([[0.0, -np.inf]], [[1.0, 0.0]])
    array([0.])
    """
    return Evaluation(losses.categorical_cross_entropy(), labels, logits)


@Function
def softmax_cross_entropy_with_integer_labels(
    logits: Any, labels: Any, axis: int = -1, where: Any = None
) -> Evaluation:
    """Cross-entropy of logits with class indices; `where` says which classes there are.

    Examples
    --------
    >>> import lossreg.compat.optax as optax_losses
    >>> optax_losses.softmax_cross_entropy_with_integer_labels([[0.0, 0.0]], [1])
    array([0.69314718])
    """
    return _of_classes(losses.sparse_categorical_cross_entropy(axis=axis), logits, labels, axis, where)


@Function
def poly_loss_cross_entropy(
    logits: Any, labels: Any, *, epsilon: float = 2.0, axis: int = -1, where: Any = None
) -> Evaluation:
    """Poly-1 cross-entropy of logits with rows of probabilities; `where` says which classes there are.

    Examples
    --------
    >>> import lossreg.compat.optax as optax_losses
    >>> optax_losses.poly_loss_cross_entropy([[0.0, 0.0]], [[0.0, 1.0]], epsilon=1.0)
    array([1.19314718])
    """
    return _of_classes(losses.poly1(epsilon=epsilon, axis=axis), logits, labels, axis, where)


def _plain(predictions: Any, targets: Any, axis: int) -> tuple[Array, Array]:
    """Both as plain arrays, of which the first has the axis."""
    x, y = as_plain_array(predictions, PREDICTIONS), as_plain_array(targets, TARGETS)
    along: Any = axis
    if not isinstance(along, int | np.integer) or isinstance(along, bool):
        raise ParameterError(f"axis is {shown(axis)}; wanted a whole number", parameter="axis", value=axis)
    if axis not in range(-x.ndim, x.ndim):
        raise ShapeError(f"{PREDICTIONS} has shape {x.shape}, so axis={axis!r} does not exist", argument=PREDICTIONS)
    return x, y


def _there(where: Any, x: Array, axis: int) -> Array:
    """Which elements there are, of all or of each class."""
    given = as_plain_array(where, "where")
    try:
        return np.broadcast_to(given if given.ndim >= x.ndim else np.expand_dims(given, axis), x.shape)
    except ValueError:
        raise ShapeError(
            f"where has shape {given.shape}; wanted what can be broadcast to {x.shape}", argument="where"
        ) from None


def _divergence(log_predictions: Any, targets: Any, axis: int, where: Any, *, log_target: bool) -> Evaluation:
    x, y = _plain(log_predictions, targets, axis)
    if x.shape != y.shape:
        raise ShapeError(
            f"{TARGETS} has shape {y.shape} and {PREDICTIONS} has shape {x.shape}; wanted the same", argument=TARGETS
        )
    if where is not None:  # what is left out has a probability of 0 beside a logarithm of 0
        where = _there(where, x, axis)
        y, x = np.where(where, y, -np.inf if log_target else 0), np.where(where, x, x.dtype.type(0))
    loss = LogProbabilityRows(log_target=log_target)
    return Evaluation(loss, np.moveaxis(y, axis, -1), np.moveaxis(x, axis, -1), axis=axis)


@Function
def kl_divergence(log_predictions: Any, targets: Any, axis: int = -1, where: Any = None) -> Evaluation:
    """Kullback-Leibler divergence of rows of probabilities from logarithms of probabilities, taken as they are.

    Examples
    --------
    >>> import numpy as np
    >>> import lossreg.compat.optax as optax_losses
    >>> optax_losses.kl_divergence(np.log([[0.5, 0.5]]), [[1.0, 0.0]])
    array([0.69314718])
    """
    return _divergence(log_predictions, targets, axis, where, log_target=False)


@Function
def kl_divergence_with_log_targets(
    log_predictions: Any, log_targets: Any, axis: int = -1, where: Any = None
) -> Evaluation:
    """The same with logarithms of probabilities as targets.

    Examples
    --------
    >>> import numpy as np
    >>> import lossreg.compat.optax as optax_losses
    >>> optax_losses.kl_divergence_with_log_targets(np.log([[0.5, 0.5]]), np.log([[0.25, 0.75]]))
    array([0.13081204])
    """
    return _divergence(log_predictions, log_targets, axis, where, log_target=True)


@Function
def generalized_kl_divergence(log_predictions: Any, targets: Any, axis: int = -1, where: Any = None) -> Evaluation:
    """Divergence of rows of amounts from logarithms of amounts, which need not add up to 1.

    Examples
    --------
    >>> import lossreg.compat.optax as optax_losses
    >>> optax_losses.generalized_kl_divergence([[0.0, 0.0]], [[1.0, 0.0]])
    array([1.])
    """
    return _of_classes(losses.generalized_kl(axis=axis), log_predictions, targets, axis, where)


@Function
def convex_kl_divergence(log_predictions: Any, targets: Any, axis: int = -1, where: Any = None) -> Evaluation:
    """The same by the name that optax had for it.

    Examples
    --------
    >>> import lossreg.compat.optax as optax_losses
    >>> optax_losses.convex_kl_divergence([[0.0, 0.0]], [[1.0, 0.0]])
    array([1.])
    """
    return generalized_kl_divergence.evaluation(log_predictions, targets, axis, where)
