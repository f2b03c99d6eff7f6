"""Losses for river's online models: `LinearRegression`, `LogisticRegression`, `SoftmaxRegression`, factorisation machines.

river calls a loss with one sample at a time or with a batch, targets first, and takes its gradient with respect to the raw
score. Labels arrive as booleans or as integers of any width. `LogisticRegression` and its like want a probability from
`mean_func`; a loss of margins has none of its own, and gets river's, the sigmoid, which is above one half where the score is
above 0. `SoftmaxRegression` hands over probabilities by class and takes the gradient with respect to scores: their
logarithms are the scores up to a constant, which no loss of softmax sees.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import lossreg
from lossreg.integrations.needs import need
from lossreg.integrations.training import trainable

need("river", "0.26", extra="river")

from river.optim import losses  # noqa: E402

__all__ = ["online_loss"]


def online_loss(loss: lossreg.Loss | str) -> Any:
    """Make a loss for river's models.

    Parameters
    ----------
    loss : Loss or str
        A pointwise loss of raw scores, or a row-wise one whose targets may be class indices.

    Returns
    -------
    river.optim.losses.RegressionLoss, BinaryLoss or MultiClassLoss
        What the targets of the loss ask for.

    Raises
    ------
    ParameterError
        If the loss takes no raw scores, or rows of classes without class indices.

    Examples
    --------
    >>> from river import linear_model
    >>> from lossreg.integrations.river import online_loss
    >>> model = linear_model.LinearRegression(loss=online_loss("log_cosh"))
    >>> model.learn_one({"x": 1.0}, 3.0)
    >>> round(model.predict_one({"x": 1.0}), 4)
    0.0199
    """
    loss = trainable(loss)
    if loss.info.family == "row-wise":
        if not loss.info.target.has_class_indices:
            raise lossreg.ParameterError(f"{loss!r} takes {loss.info.target}; river's targets are classes")
        return MultiClassLoss(loss)
    if loss.link.thresholds:
        raise lossreg.ParameterError(
            f"{loss!r} makes several probabilities of one score; river's regressors predict it alone"
        )
    return (BinaryLoss if loss.info.target.is_label else RegressionLoss)(loss)


class Online:
    """What scalars and arrays share."""

    def __init__(self, loss: lossreg.Loss) -> None:
        self.loss = loss

    def __call__(self, y_true: Any, y_pred: Any) -> Any:
        """The unreduced loss."""
        return plain(self.loss.value(y_true, y_pred, reduction="none"))

    def gradient(self, y_true: Any, y_pred: Any) -> Any:
        """Its derivative with respect to the raw score."""
        return plain(self.loss.grad(y_true, y_pred, reduction="none"))

    def __repr__(self) -> str:
        return f"online_loss({self.loss!r})"


class RegressionLoss(Online, losses.RegressionLoss):
    """Of targets that are numbers."""

    def mean_func(self, y_pred: Any) -> Any:
        """The mean that a raw score stands for."""
        return plain(self.loss.predict(y_pred))


class BinaryLoss(Online, losses.BinaryLoss):
    """Of labels."""

    def mean_func(self, y_pred: Any) -> Any:
        """The probability that a raw score stands for."""
        return plain(lossreg.ops.sigmoid(y_pred) if self.loss.info.raw_switch is None else self.loss.predict(y_pred))


class MultiClassLoss(Online, losses.MultiClassLoss):
    """Of classes, with predictions in a dict of probabilities."""

    def __call__(self, y_true: Any, y_pred: Any) -> float:
        """The loss of one sample."""
        return self.loss.value(*self._row(y_true, y_pred)[1:])

    def gradient(self, y_true: Any, y_pred: Any) -> dict[Any, float]:
        """Its derivative with respect to the raw score of each class."""
        classes, index, row = self._row(y_true, y_pred)
        return dict(zip(classes, self.loss.grad(index, row)[0].tolist(), strict=False))

    def _row(self, y_true: Any, y_pred: dict[Any, float]) -> tuple[list[Any], list[int], Any]:
        """The classes, the index of the true one and the raw scores; before the first sample no class has a probability."""
        classes = list(dict.fromkeys((*y_pred, y_true)))
        shares = [y_pred.get(one, 0.0) for one in classes] + ([] if y_pred else [1.0])
        with np.errstate(divide="ignore"):
            return classes, [classes.index(y_true)], np.log([shares])


def plain(result: Any) -> Any:
    """An array as it is, a single number as a float."""
    return result if np.ndim(result) else float(result)
