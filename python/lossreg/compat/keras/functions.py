"""Keras's loss functions: the losses of the samples, before weights and reduction."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, ParamSpec

import numpy as np
import numpy.typing as npt

from lossreg import ShapeError

from .arrays import Array, Tensor, cast, own_dtype, plain, rounded, tensor, working
from .formulas import OF_INDICES, binary, margins, overlap, pairs, regression, rows, sequences
from .formulas.record import Losses
from .options import check_options

P = ParamSpec("P")


def given(
    formula: Callable[..., Losses], y_true: npt.ArrayLike, y_pred: npt.ArrayLike, dtype: np.dtype[Any] | None = None
) -> tuple[Array, Array, np.dtype[Any]]:
    """Targets and predictions for a formula to compute on, and the dtype of the result."""
    target, prediction = plain(y_true, "y_true"), plain(y_pred, "y_pred")
    if not prediction.ndim:
        raise ShapeError(
            "Arguments `target` and `output` must be at least rank 1. Received: "
            f"target.shape={target.shape}, output.shape=(); these are y_true and y_pred",
            argument="y_pred",
        )
    result = own_dtype(y_pred, prediction) if dtype is None else dtype
    prediction = rounded(prediction, result).astype(working(result), copy=False)
    return target if formula in OF_INDICES else rounded(target, result), prediction, result


def _function(formula: Callable[P, Losses]) -> Callable[P, Tensor]:
    """The function of a formula; what a class of labels leaves out travels along as its Keras mask."""
    signature = inspect.signature(formula)
    read: Callable[..., Losses] = formula

    @functools.wraps(formula)
    def function(*args: P.args, **kwargs: P.kwargs) -> Tensor:
        bound = signature.bind(*args, **kwargs).arguments
        y_true, y_pred, result = given(formula, bound.pop("y_true"), bound.pop("y_pred"))
        check_options(formula, bound)
        losses = read(y_true, y_pred, **bound)
        values = tensor(cast(losses.values, result))
        values._keras_mask = losses.mask
        return values

    function.__module__ = __name__
    vars(function)["__signature__"] = signature.replace(return_annotation="Tensor")
    return function


binary_crossentropy = _function(binary.binary_crossentropy)
binary_focal_crossentropy = _function(binary.binary_focal_crossentropy)
categorical_crossentropy = _function(rows.categorical_crossentropy)
categorical_focal_crossentropy = _function(rows.categorical_focal_crossentropy)
categorical_generalized_cross_entropy = _function(rows.categorical_generalized_cross_entropy)
categorical_hinge = _function(margins.categorical_hinge)
circle = _function(pairs.circle)
cosine_similarity = _function(regression.cosine_similarity)
ctc = _function(sequences.ctc)
dice = _function(overlap.dice)
hinge = _function(margins.hinge)
huber = _function(regression.huber)
kl_divergence = _function(binary.kl_divergence)
log_cosh = _function(regression.log_cosh)
mean_absolute_error = _function(regression.mean_absolute_error)
mean_absolute_percentage_error = _function(regression.mean_absolute_percentage_error)
mean_squared_error = _function(regression.mean_squared_error)
mean_squared_logarithmic_error = _function(regression.mean_squared_logarithmic_error)
poisson = _function(regression.poisson)
sparse_categorical_crossentropy = _function(rows.sparse_categorical_crossentropy)
squared_hinge = _function(margins.squared_hinge)
tversky = _function(overlap.tversky)

ALIASES = {
    "bce": binary_crossentropy,
    "kld": kl_divergence,
    "mae": mean_absolute_error,
    "mape": mean_absolute_percentage_error,
    "mse": mean_squared_error,
    "msle": mean_squared_logarithmic_error,
}
