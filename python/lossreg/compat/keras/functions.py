"""Keras's loss functions: the losses of the samples, before weights and reduction."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import ParamSpec

from . import formulas
from .arrays import Tensor, tensor

P = ParamSpec("P")


def _function(formula: Callable[P, formulas.Losses]) -> Callable[P, Tensor]:
    """The function of a formula; what a class of labels leaves out travels along as its Keras mask."""

    @functools.wraps(formula)
    def function(*args: P.args, **kwargs: P.kwargs) -> Tensor:
        losses = formula(*args, **kwargs)
        values = tensor(losses.values)
        values._keras_mask = losses.mask
        return values

    function.__module__ = __name__
    vars(function)["__signature__"] = inspect.signature(formula).replace(return_annotation="Tensor")
    return function


binary_crossentropy = _function(formulas.binary_crossentropy)
binary_focal_crossentropy = _function(formulas.binary_focal_crossentropy)
categorical_crossentropy = _function(formulas.categorical_crossentropy)
categorical_focal_crossentropy = _function(formulas.categorical_focal_crossentropy)
hinge = _function(formulas.hinge)
huber = _function(formulas.huber)
kl_divergence = _function(formulas.kl_divergence)
log_cosh = _function(formulas.log_cosh)
mean_absolute_error = _function(formulas.mean_absolute_error)
mean_squared_error = _function(formulas.mean_squared_error)
poisson = _function(formulas.poisson)
sparse_categorical_crossentropy = _function(formulas.sparse_categorical_crossentropy)
