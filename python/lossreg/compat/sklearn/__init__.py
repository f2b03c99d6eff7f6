"""The losses of ``sklearn._loss`` by their classes' names, with the methods and arguments of `BaseLoss`.

    from lossreg.compat.sklearn import HalfPoissonLoss

    loss = HalfPoissonLoss()
    loss.gradient_hessian(y_true=y, raw_prediction=raw, gradient_out=gradient, hessian_out=hessian, n_threads=4)

The numbers are lossreg's; docs/peers.md lists the differences from scikit-learn.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lossreg import losses, ops
from lossreg.arrays import as_plain_array
from lossreg.errors import ParameterError
from lossreg.links import Link
from lossreg.shown import shown

from .base import EVERYWHERE, NON_NEGATIVE, POSITIVE, UNIT, Array, BaseLoss, HalfLogit, Interval, given

__all__ = [
    "AbsoluteError",
    "BaseLoss",
    "ExponentialLoss",
    "HalfBinomialLoss",
    "HalfGammaLoss",
    "HalfMultinomialLoss",
    "HalfPoissonLoss",
    "HalfSquaredError",
    "HalfTweedieLoss",
    "HalfTweedieLossIdentity",
    "HuberLoss",
    "Interval",
    "PinballLoss",
]


class HalfSquaredError(BaseLoss):
    """Half squared error, for regression."""

    def __init__(self, sample_weight: Any = None, xp: Any = None, device: Any = None) -> None:
        super().__init__(losses.half_squared_error(), None, xp, device)
        self.constant_hessian = sample_weight is None


class AbsoluteError(BaseLoss):
    """Absolute error, for regression; its second derivative counts as 1."""

    differentiable = False
    approx_hessian = True
    _curvature = "unit"

    def __init__(self, sample_weight: Any = None, xp: Any = None, device: Any = None) -> None:
        super().__init__(losses.absolute_error(), None, xp, device)
        self.constant_hessian = sample_weight is None


class PinballLoss(BaseLoss):
    """Pinball loss, for quantiles; its second derivative counts as 1."""

    differentiable = False
    approx_hessian = True
    _curvature = "unit"

    def __init__(self, sample_weight: Any = None, quantile: float = 0.5, xp: Any = None, device: Any = None) -> None:
        super().__init__(losses.pinball(quantile=quantile), None, xp, device)
        self.quantile = quantile
        self.constant_hessian = sample_weight is None


class HuberLoss(BaseLoss):
    """Huber, for regression; `quantile` is for the caller, who finds `delta` by it."""

    differentiable = False
    approx_hessian = True

    def __init__(
        self,
        sample_weight: Any = None,
        quantile: float = 0.9,
        delta: float = 0.5,
        xp: Any = None,
        device: Any = None,
    ) -> None:
        given: Any = quantile
        if not isinstance(given, int | float | np.number) or not 0 < given < 1:
            raise ParameterError(f"quantile is {shown(quantile)}; wanted a number > 0 and < 1", parameter="quantile")
        super().__init__(losses.huber(delta=delta), None, xp, device)
        self.quantile = quantile


class HalfPoissonLoss(BaseLoss):
    """Half the Poisson deviance of the logarithm of the mean, without what predictions do not change."""

    interval_y_true = NON_NEGATIVE

    def __init__(self, sample_weight: Any = None, xp: Any = None, device: Any = None) -> None:
        super().__init__(losses.poisson(), None, xp, device)

    def _missing(self, y: Array) -> Any:
        return ops.xlogy(y, y) - y


class HalfGammaLoss(BaseLoss):
    """Half the gamma deviance of the logarithm of the mean, without what predictions do not change."""

    interval_y_true = POSITIVE

    def __init__(self, sample_weight: Any = None, xp: Any = None, device: Any = None) -> None:
        super().__init__(losses.gamma(), None, xp, device)

    def _missing(self, y: Array) -> Any:
        return -ops.log(y) - 1


class _Tweedie(BaseLoss):
    """What half Tweedie deviances of both links have: powers of at most 0, or of at least 1."""

    power: float

    def _settle(self, power: float) -> None:
        self.power = power
        self.interval_y_true = EVERYWHERE if power <= 0 else NON_NEGATIVE if power < 2 else POSITIVE

    def _of_target(self, y: Array) -> Array:
        """The term of the deviance that is the target's."""
        a, b = 2 - self.power, 1 - self.power
        if self.power == 0:
            return np.asarray(np.square(y) / 2)
        if a == 0:
            return np.asarray(-ops.log(y) - 1)
        return np.asarray(ops.xlogy(y, y) - y if b == 0 else np.power(np.maximum(y, 0), a) / (a * b))


class HalfTweedieLoss(_Tweedie):
    """Half the Tweedie deviance of the logarithm of the mean, without what predictions do not change."""

    def __init__(self, sample_weight: Any = None, power: float = 1.5, xp: Any = None, device: Any = None) -> None:
        super().__init__(losses.tweedie(power=power), None, xp, device)
        self._settle(power)

    def _shift(self, y: Array) -> Array | None:
        # At power 0 it is half a squared error, with nothing left out.
        return self._of_target(y) if self.power == 0 else None

    def _missing(self, y: Array) -> Any:
        return np.zeros_like(y) if self.power == 0 else self._of_target(y)


class HalfTweedieLossIdentity(_Tweedie):
    """Half the Tweedie deviance of the mean, whose minimum is 0."""

    def __init__(self, sample_weight: Any = None, power: float = 1.5, xp: Any = None, device: Any = None) -> None:
        # At power 0 the mean may be any number, which it is in no Tweedie loss.
        is_zero = np.ndim(power) == 0 and power == 0
        loss = losses.half_squared_error() if is_zero else losses.tweedie(power=power, log_input=False)
        super().__init__(loss, None, xp, device)
        self._settle(power)
        self.interval_y_pred = EVERYWHERE if power == 0 else POSITIVE

    def _shift(self, y: Array) -> Array | None:
        return None if self.power == 0 else self._of_target(y)


class HalfBinomialLoss(BaseLoss):
    """Half the binomial deviance of logits, which is binary cross-entropy."""

    n_classes = 2
    interval_y_true = UNIT

    def __init__(self, sample_weight: Any = None, xp: Any = None, device: Any = None) -> None:
        super().__init__(losses.binary_cross_entropy(), None, xp, device)

    def _missing(self, y: Array) -> Any:
        return ops.xlogy(y, y) + ops.xlogy(1 - y, 1 - y)

    def predict_proba(self, raw_prediction: Any) -> Array:
        """Return the probabilities of both classes, (n_samples, 2)."""
        return _both(self.link, raw_prediction)


def _both(link: Link, raw_prediction: Any) -> Array:
    raw = as_plain_array(raw_prediction, "raw_prediction")
    raw = raw[:, 0] if raw.ndim == 2 and raw.shape[1] == 1 else raw
    return np.stack([link.inverse(-raw), link.inverse(raw)], axis=1)


class HalfMultinomialLoss(BaseLoss):
    """Half the multinomial deviance of scores of classes, which is categorical cross-entropy of class indices."""

    is_multiclass = True
    interval_y_true = NON_NEGATIVE

    def __init__(self, sample_weight: Any = None, n_classes: int = 3, xp: Any = None, device: Any = None) -> None:
        super().__init__(losses.sparse_categorical_cross_entropy(), None, xp, device)
        self.n_classes = n_classes

    def in_y_true_range(self, y: Any) -> bool:
        """Tell whether targets are class indices."""
        return super().in_y_true_range(y) and bool(np.all(np.asarray(y) == np.floor(y)))

    def fit_intercept_only(self, y_true: Any, sample_weight: Any = None) -> Any:
        """Return the constant scores with the least loss, whose mean is 0; finite where a class is missing."""
        shares = ops.exp(self.loss_.init_score(y_true, sample_weight, n_classes=self.n_classes))
        eps = np.finfo(np.result_type(np.asarray(y_true), np.float32)).eps
        scores = ops.log(np.clip(shares, eps, 1 - eps))
        return scores - scores.mean()

    def predict_proba(self, raw_prediction: Any) -> Array:
        """Return the probabilities of the classes, (n_samples, n_classes)."""
        return np.asarray(self.link.inverse(raw_prediction))

    def gradient_proba(
        self,
        y_true: Any,
        raw_prediction: Any,
        sample_weight: Any = None,
        gradient_out: Any = None,
        proba_out: Any = None,
        n_threads: int = 1,
    ) -> tuple[Array, Array]:
        """Return gradient and probabilities of each sample."""
        gradient = self.gradient(y_true, raw_prediction, sample_weight, None, n_threads)
        proba = self.predict_proba(raw_prediction)
        gradient_out, proba_out = given(gradient_out=(gradient, gradient_out), proba_out=(proba, proba_out))
        return gradient_out, proba_out


class ExponentialLoss(BaseLoss):
    """Exponential loss of half the logarithm of the odds, for classification with two classes."""

    n_classes = 2
    interval_y_true = UNIT

    def __init__(self, sample_weight: Any = None, xp: Any = None, device: Any = None) -> None:
        super().__init__(losses.exponential(), HalfLogit(), xp, device)

    def _missing(self, y: Array) -> Any:
        return -2 * np.sqrt(y * (1 - y))

    def predict_proba(self, raw_prediction: Any) -> Array:
        """Return the probabilities of both classes, (n_samples, 2)."""
        return _both(self.link, raw_prediction)
