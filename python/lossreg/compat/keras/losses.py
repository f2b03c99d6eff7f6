"""Keras's loss classes: a formula, its arguments in Keras's order with Keras's defaults, and a reduction."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt

from lossreg import ParameterError

from .arrays import Axis
from .base import OVER_BATCH, FormulaLoss, Loss, loss_of
from .formulas import binary, margins, overlap, pairs, regression, rows, sequences


@loss_of(regression.mean_squared_error)
class MeanSquaredError(FormulaLoss):
    """Mean of `(y_true - y_pred)**2`."""

    reduction: str | None = OVER_BATCH
    name: str | None = "mean_squared_error"
    dtype: Any = None


@loss_of(regression.mean_absolute_error)
class MeanAbsoluteError(FormulaLoss):
    """Mean of `abs(y_true - y_pred)`."""

    reduction: str | None = OVER_BATCH
    name: str | None = "mean_absolute_error"
    dtype: Any = None


@loss_of(regression.mean_absolute_percentage_error)
class MeanAbsolutePercentageError(FormulaLoss):
    """100 times the mean of `abs((y_true - y_pred) / y_true)`; targets nearer to 0 than 1e-7 count as 1e-7."""

    reduction: str | None = OVER_BATCH
    name: str | None = "mean_absolute_percentage_error"
    dtype: Any = None


@loss_of(regression.mean_squared_logarithmic_error)
class MeanSquaredLogarithmicError(FormulaLoss):
    """Mean of `(log1p(y_true) - log1p(y_pred))**2`; what is below 1e-7 counts as 1e-7."""

    reduction: str | None = OVER_BATCH
    name: str | None = "mean_squared_logarithmic_error"
    dtype: Any = None


@loss_of(regression.cosine_similarity)
class CosineSimilarity(FormulaLoss):
    """Minus the cosine of the angle between the vectors on `axis`: -1 for those of one direction."""

    axis: Axis = -1
    reduction: str | None = OVER_BATCH
    name: str | None = "cosine_similarity"
    dtype: Any = None


@loss_of(regression.huber)
class Huber(FormulaLoss):
    """Quadratic up to an error of `delta`, linear beyond."""

    delta: float = 1.0
    reduction: str | None = OVER_BATCH
    name: str | None = "huber_loss"
    dtype: Any = None


@loss_of(regression.log_cosh)
class LogCosh(FormulaLoss):
    """Mean of `log(cosh(y_pred - y_true))`."""

    reduction: str | None = OVER_BATCH
    name: str | None = "log_cosh"
    dtype: Any = None


@loss_of(margins.hinge)
class Hinge(FormulaLoss):
    """Mean of `maximum(1 - y_true*y_pred, 0)`; labels that are all 0 or 1 count as -1 and 1."""

    reduction: str | None = OVER_BATCH
    name: str | None = "hinge"
    dtype: Any = None


@loss_of(margins.squared_hinge)
class SquaredHinge(FormulaLoss):
    """Mean of `maximum(1 - y_true*y_pred, 0)**2`; labels that are all 0 or 1 count as -1 and 1."""

    reduction: str | None = OVER_BATCH
    name: str | None = "squared_hinge"
    dtype: Any = None


@loss_of(margins.categorical_hinge)
class CategoricalHinge(FormulaLoss):
    """`maximum(neg - pos + 1, 0)`: `pos` is the score of the true class, `neg` the highest other one, or 0."""

    reduction: str | None = OVER_BATCH
    name: str | None = "categorical_hinge"
    dtype: Any = None


@loss_of(binary.kl_divergence)
class KLDivergence(FormulaLoss):
    """Sum of `y_true*log(y_true/y_pred)` over the last axis, both clipped to [1e-7, 1]."""

    reduction: str | None = OVER_BATCH
    name: str | None = "kl_divergence"
    dtype: Any = None


@loss_of(regression.poisson)
class Poisson(FormulaLoss):
    """Mean of `y_pred - y_true*log(y_pred + 1e-7)`."""

    reduction: str | None = OVER_BATCH
    name: str | None = "poisson"
    dtype: Any = None


@loss_of(binary.binary_crossentropy)
class BinaryCrossentropy(FormulaLoss):
    """The negative log-likelihood of labels in [0, 1] under probabilities, or logits."""

    from_logits: bool = False
    label_smoothing: float = 0.0
    axis: Axis = -1
    reduction: str | None = OVER_BATCH
    name: str | None = "binary_crossentropy"
    dtype: Any = None


@loss_of(binary.binary_focal_crossentropy)
class BinaryFocalCrossentropy(FormulaLoss):
    """The binary cross-entropy with less on what is easy: times `(1 - p_t)**gamma`, `p_t` the label's probability."""

    apply_class_balancing: bool = False
    alpha: float = 0.25
    gamma: float = 2.0
    from_logits: bool = False
    label_smoothing: float = 0.0
    axis: Axis = -1
    reduction: str | None = OVER_BATCH
    name: str | None = "binary_focal_crossentropy"
    dtype: Any = None


@loss_of(rows.categorical_crossentropy)
class CategoricalCrossentropy(FormulaLoss):
    """The negative log-likelihood of target rows under probabilities, or logits."""

    from_logits: bool = False
    label_smoothing: float = 0.0
    axis: int = -1
    reduction: str | None = OVER_BATCH
    name: str | None = "categorical_crossentropy"
    dtype: Any = None


@loss_of(rows.categorical_focal_crossentropy)
class CategoricalFocalCrossentropy(FormulaLoss):
    """The categorical cross-entropy with less on what is easy: times `alpha*(1 - q)**gamma`."""

    alpha: npt.ArrayLike = 0.25
    gamma: float = 2.0
    from_logits: bool = False
    label_smoothing: float = 0.0
    axis: int = -1
    reduction: str | None = OVER_BATCH
    name: str | None = "categorical_focal_crossentropy"
    dtype: Any = None


@loss_of(rows.sparse_categorical_crossentropy)
class SparseCategoricalCrossentropy(FormulaLoss):
    """The negative log-likelihood of class indices under probabilities, or logits; `ignore_class` is left out."""

    from_logits: bool = False
    ignore_class: int | None = None
    reduction: str | None = OVER_BATCH
    axis: int = -1
    name: str | None = "sparse_categorical_crossentropy"
    dtype: Any = None


@loss_of(sequences.ctc)
class CTC(FormulaLoss):
    """The negative log-likelihood of rows of labels under logits of (batch, time, classes), over all alignments."""

    reduction: str | None = OVER_BATCH
    name: str | None = "ctc"
    dtype: Any = None


@loss_of(overlap.dice)
class Dice(FormulaLoss):
    """One minus twice the overlap divided by both sizes, over `axis` or over everything."""

    reduction: str | None = OVER_BATCH
    name: str | None = "dice"
    axis: Axis = None
    dtype: Any = None


@loss_of(overlap.tversky)
class Tversky(FormulaLoss):
    """As Dice, with false positives weighted `alpha` and false negatives `beta`."""

    alpha: float = 0.5
    beta: float = 0.5
    reduction: str | None = OVER_BATCH
    name: str | None = "tversky"
    axis: Axis = None
    dtype: Any = None


@loss_of(pairs.circle)
class Circle(FormulaLoss):
    """Draws embeddings of one label together and others apart, those most that are furthest from where they should be."""

    gamma: float = 80.0
    margin: float = 0.4
    remove_diagonal: bool = True
    reduction: str | None = OVER_BATCH
    name: str | None = "circle"
    dtype: Any = None


@loss_of(rows.categorical_generalized_cross_entropy)
class CategoricalGeneralizedCrossEntropy(FormulaLoss):
    """`(1 - p**q)/q`, for labels that may be wrong: cross-entropy as `q` goes to 0, the absolute error as it goes to 1."""

    q: float = 0.5
    reduction: str | None = OVER_BATCH
    name: str | None = "categorical_generalized_cross_entropy"
    dtype: Any = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.q < 1:
            raise ParameterError(f"q must be in the interval (0, 1), not {self.q!r}", parameter="q", value=self.q)


CLASSES: dict[str, type[Loss]] = {
    name: cls
    for name, cls in vars().copy().items()
    if isinstance(cls, type) and cls is not FormulaLoss and issubclass(cls, Loss)
}
