"""Losses for Keras: a `keras.losses.Loss` that trains under the PyTorch and the JAX backend, is saved and loaded.

Keras traces a loss with its backend, and so each backend has its own bridge: `lossreg.integrations.torch` and
`lossreg.integrations.jax`. Under the TensorFlow backend there is none, and making a loss says so. Weights, masks and reductions
are the engine's, with Keras's meaning: a sample has one loss, the mean over its last axis where there are several.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, Self

import lossreg
from lossreg import ParameterError
from lossreg.integrations.derivatives import differentiable
from lossreg.integrations.needs import need

need("keras", "3.15", extra="keras")

import keras  # noqa: E402 - may be missing

__all__ = ["Loss"]

Tensor = Any
BRIDGES = ("jax", "torch")
REDUCTIONS = {
    # Keras's → lossreg's.
    "sum_over_batch_size": "mean",
    "mean": "mean",
    "mean_with_sample_weight": "weighted_mean",
    "sum": "sum",
    "none": "none",
    None: "none",
}


@keras.saving.register_keras_serializable(package="lossreg")
class Loss(keras.losses.Loss):
    """A loss of lossreg for ``model.compile(loss=…)``.

    Targets may have an axis of length 1 more or less than predictions, as for Keras's own losses. Weights are of samples, or
    of the leading axes of the loss.

    Parameters
    ----------
    loss : str, mapping or Loss
        The loss, or what `lossreg.get` takes. Adversarial losses have no targets, and so none of them.
    reduction : {'sum_over_batch_size', 'mean', 'mean_with_sample_weight', 'sum', 'none', None}
        Keras's names.
    name : str, optional
        Defaults to the name of the loss.
    **params
        Parameters of the loss.

    Raises
    ------
    ImportError
        If Keras runs on another backend than PyTorch or JAX.

    Examples
    --------
    >>> from lossreg.integrations.keras import Loss
    >>> Loss("binary_focal", gamma=3.0).get_config()["loss"]
    {'name': 'binary_focal', 'params': {'gamma': 3.0}}
    """

    def __init__(
        self,
        loss: str | Mapping[str, Any] | lossreg.Loss,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        **params: Any,
    ) -> None:
        self.loss = lossreg.get(loss, **params)
        info = self.loss.info
        if info.family == "adversarial":
            raise ParameterError(
                f"{self.loss.name} has no targets; train by steps of your own with the backend's evaluate"
            )
        if reduction not in REDUCTIONS:
            raise ParameterError(f"reduction is {reduction!r}; wanted one of {', '.join(map(str, REDUCTIONS))}")
        super().__init__(name=name or self.loss.name, reduction=reduction)
        self._found = differentiable(self.loss)
        self._column = info.target.has_class_indices or bool(
            info.columns
        )  # whether a target stands for an axis of scores
        self._evaluate = _bridge()

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Tensor:
        """The reduced loss; samples that a mask of Keras's on `y_pred` leaves out do not count."""
        mask = _mask(y_pred)
        prediction = keras.ops.convert_to_tensor(y_pred)
        target = keras.ops.convert_to_tensor(y_true)
        several = bool(self.loss.info.target_columns) and not self._found.axes
        if several and len(prediction.shape) == len(target.shape) and prediction.shape[-1] == 1:
            prediction = keras.ops.squeeze(prediction, -1)  # one number for each target of several
        target = target if several else self._fitted(target, prediction)
        inner = self._found.inner(len(prediction.shape))
        losses = len(prediction.shape) - len(inner)
        how = {
            "sample_weight": _leading(sample_weight, losses),
            "where": _leading(None if mask is None else keras.ops.cast(mask, "bool"), losses),
            "reduction": REDUCTIONS[self.reduction],
        }
        value = self._evaluate(self.loss, target, prediction, **how)
        if inner or losses < 2 or how["reduction"] not in ("sum", "none"):
            return value
        if how["reduction"] == "none":
            return keras.ops.mean(value, axis=-1)
        return value / prediction.shape[-1]

    def __repr__(self) -> str:
        return f"Loss({self.loss!r}, reduction={self.reduction!r})"

    def call(self, y_true: Any, y_pred: Any) -> Tensor:
        """The losses of the samples."""
        return type(self)(self.loss, reduction="none")(y_true, y_pred)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` makes the same loss of."""
        return {"loss": self.loss.config(), "reduction": self.reduction, "name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """The loss that `get_config` described."""
        return cls(**config)

    def _fitted(self, target: Tensor, prediction: Tensor) -> Tensor:
        """Targets with an axis of length 1 more or less, where Keras has it so."""
        wanted = len(prediction.shape)
        if self._found.axes:
            column = self._column and len(target.shape) == wanted and target.shape[-1] == 1 != prediction.shape[-1]
            return keras.ops.squeeze(target, -1) if column else target
        if len(target.shape) == wanted + 1 and target.shape[-1] == 1:
            return keras.ops.squeeze(target, -1)
        if len(target.shape) == wanted - 1 and prediction.shape[-1] == 1:
            return keras.ops.expand_dims(target, -1)
        return target


def _mask(tensor: Any) -> Tensor | None:
    """The mask of a tensor, which Keras keeps beside tensors of JAX and tells only its own modules."""
    try:
        return import_module("keras.src.backend").get_keras_mask(tensor)
    except (ImportError, AttributeError):
        return getattr(tensor, "_keras_mask", None)


def _leading(array: Any, losses: int) -> Tensor | None:
    """Weights or a mask without axes of length 1 that the losses do not have."""
    if array is None:
        return None
    tensor = keras.ops.convert_to_tensor(array)
    while len(tensor.shape) > 1 and tensor.shape[-1] == 1 and len(tensor.shape) >= losses:
        tensor = keras.ops.squeeze(tensor, -1)
    return tensor


def _bridge() -> Callable[..., Tensor]:
    """The function of the backend that Keras runs on."""
    backend = keras.backend.backend()
    if backend not in BRIDGES:
        raise ImportError(
            f"Keras runs on {backend}, for which lossreg has no bridge; set KERAS_BACKEND to {' or '.join(BRIDGES)} before "
            "keras is imported"
        )
    function: Callable[..., Tensor] = import_module(f"lossreg.integrations.{backend}").evaluate
    return function
