"""The losses of ``sklearn._loss`` by their classes' names, with the methods and arguments of `BaseLoss`.

    from lossreg.compat.sklearn import HalfPoissonLoss

    loss = HalfPoissonLoss()
    loss.gradient_hessian(y_true=y, raw_prediction=raw, gradient_out=gradient, hessian_out=hessian, n_threads=4)

The numbers are lossreg's; docs/peers.md lists the differences from scikit-learn.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar, NamedTuple

import numpy as np

from lossreg import losses, ops
from lossreg._native import Loss
from lossreg.arrays import as_plain_array
from lossreg.errors import ParameterError
from lossreg.links import Link

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

Array = np.ndarray[Any, Any]


class Interval(NamedTuple):
    """An interval of numbers, with its ends or without.

    Examples
    --------
    >>> from lossreg.compat.sklearn import Interval
    >>> Interval(0, float("inf"), True, False).includes([0.0, 2.0])
    True
    """

    low: float
    high: float
    low_inclusive: bool
    high_inclusive: bool

    def includes(self, x: Any) -> bool:
        """Tell whether all numbers lie within."""
        x = np.asarray(x)
        above = x >= self.low if self.low_inclusive else x > self.low
        below = x <= self.high if self.high_inclusive else x < self.high
        return bool(np.all(above) and np.all(below))


EVERYWHERE = Interval(-math.inf, math.inf, False, False)
NON_NEGATIVE = Interval(0, math.inf, True, False)
POSITIVE = Interval(0, math.inf, False, False)
UNIT = Interval(0, 1, True, True)
OPEN_UNIT = Interval(0, 1, False, False)
RANGES = {"identity": EVERYWHERE, "log": POSITIVE, "logit": OPEN_UNIT, "half_logit": OPEN_UNIT, "softmax": OPEN_UNIT}


class HalfLogit(Link):
    """Half the logarithm of the odds, which an exponential loss of labels predicts."""

    def __init__(self) -> None:
        super().__init__("logit")

    def link(self, mean: Any, out: Any = None, *, n_threads: int | None = None) -> Any:
        """From probabilities to raw scores."""
        return np.multiply(super().link(mean, n_threads=n_threads), 0.5, out=out)

    def inverse(self, raw: Any, out: Any = None, *, n_threads: int | None = None) -> Any:
        """From raw scores to probabilities."""
        return super().inverse(np.multiply(raw, 2.0), out, n_threads=n_threads)


class BaseLoss:
    """A loss with the methods of scikit-learn's.

    Attributes
    ----------
    loss_ : Loss
        The loss of lossreg that computes.
    link : Link
        From raw predictions to the scale of the target.
    n_classes : int or None
        The number of classes of a multi-class loss, 2 of a binary one.
    interval_y_true, interval_y_pred : Interval
        What targets may be, and predictions on their scale.
    differentiable, is_multiclass, approx_hessian, constant_hessian : bool
        As in scikit-learn.

    Examples
    --------
    >>> import numpy as np
    >>> from lossreg.compat.sklearn import HalfPoissonLoss
    >>> loss = HalfPoissonLoss()
    >>> loss.loss_gradient(y_true=np.array([1.0, 0.0]), raw_prediction=np.array([0.0, 0.0]))
    (array([1., 1.]), array([0., 1.]))
    >>> loss(np.array([1.0, 0.0]), np.array([0.0, 1.0]), sample_weight=np.array([1.0, 3.0]))
    2.28...
    """

    differentiable: ClassVar[bool] = True
    is_multiclass: ClassVar[bool] = False
    n_classes: int | None = None
    approx_hessian: bool = False
    constant_hessian: bool = False
    interval_y_true: Interval = EVERYWHERE
    _curvature: ClassVar[str] = "exact"

    def __init__(self, loss: Loss, link: Link | None = None, xp: Any = None, device: Any = None) -> None:
        if xp not in (None, np) or device is not None:
            raise ParameterError(
                "xp and device stand for arrays of devices; lossreg computes on NumPy's: leave them out"
            )
        self.loss_ = loss
        self.link = link or loss.link
        self.interval_y_pred = RANGES[self.link.name]

    def in_y_true_range(self, y: Any) -> bool:
        """Tell whether targets are in their range."""
        return self.interval_y_true.includes(y)

    def in_y_pred_range(self, y: Any) -> bool:
        """Tell whether predictions on the scale of the target are in their range."""
        return self.interval_y_pred.includes(y)

    def loss(
        self, y_true: Any, raw_prediction: Any, sample_weight: Any = None, loss_out: Any = None, n_threads: int = 1
    ) -> Array:
        """Return the weighted loss of each sample."""
        arguments = self._arguments(y_true, raw_prediction, sample_weight)
        value = self.loss_.value(*arguments, reduction="none", n_threads=n_threads)
        return _given(self._shifted(value, y_true, sample_weight), loss_out)

    def gradient(
        self, y_true: Any, raw_prediction: Any, sample_weight: Any = None, gradient_out: Any = None, n_threads: int = 1
    ) -> Array:
        """Return the weighted gradient of each sample with respect to its raw prediction."""
        arguments = self._arguments(y_true, raw_prediction, sample_weight)
        gradient = self.loss_.grad(*arguments, reduction="none", n_threads=n_threads)
        return _given(gradient, gradient_out)

    def loss_gradient(
        self,
        y_true: Any,
        raw_prediction: Any,
        sample_weight: Any = None,
        loss_out: Any = None,
        gradient_out: Any = None,
        n_threads: int = 1,
    ) -> tuple[Array, Array]:
        """Return loss and gradient of each sample."""
        arguments = self._arguments(y_true, raw_prediction, sample_weight)
        value, gradient = self.loss_.value_and_grad(*arguments, reduction="none", n_threads=n_threads)
        return _given(self._shifted(value, y_true, sample_weight), loss_out), _given(gradient, gradient_out)

    def gradient_hessian(
        self,
        y_true: Any,
        raw_prediction: Any,
        sample_weight: Any = None,
        gradient_out: Any = None,
        hessian_out: Any = None,
        n_threads: int = 1,
    ) -> tuple[Array, Array]:
        """Return gradient and second derivative of each sample, 1 where scikit-learn takes that for it."""
        arguments = self._arguments(y_true, raw_prediction, sample_weight)
        both = self.loss_.grad_and_hess(*arguments, reduction="none", hessian=self._curvature, n_threads=n_threads)
        return _given(both[0], gradient_out), _given(both[1], hessian_out)

    def __call__(self, y_true: Any, raw_prediction: Any, sample_weight: Any = None, n_threads: int = 1) -> float:
        """Return the weighted mean of the losses."""
        arguments = self._arguments(y_true, raw_prediction, sample_weight)
        value = float(self.loss_.value(*arguments, reduction="weighted_mean", n_threads=n_threads))
        shift = self._shift(np.asarray(y_true))
        return value if shift is None else value + float(np.average(shift, weights=sample_weight))

    def fit_intercept_only(self, y_true: Any, sample_weight: Any = None) -> Any:
        """Return the constant raw prediction with the least loss."""
        return self.loss_.init_score(y_true, sample_weight)

    def constant_to_optimal_zero(self, y_true: Any, sample_weight: Any = None) -> Array:
        """Return what is missing for the loss of the best predictions to be 0, for each sample."""
        y = np.asarray(y_true)
        term = np.asarray(self._missing(y), dtype=np.result_type(y, np.float32))
        return term if sample_weight is None else term * np.asarray(sample_weight)

    def init_gradient_and_hessian(
        self, n_samples: int, dtype: Any = np.float64, order: Any = "F"
    ) -> tuple[Array, Array]:
        """Make arrays for gradients and second derivatives; one 1 for those if they are constant."""
        if dtype not in (np.float32, np.float64):
            raise ParameterError(f"Valid options for 'dtype' are np.float32 and np.float64. Got dtype={dtype} instead.")
        shape = (n_samples, self.n_classes) if self.is_multiclass and self.n_classes else (n_samples,)
        gradient = np.empty(shape, dtype, order)
        return gradient, np.ones(1, dtype) if self.constant_hessian else np.empty(shape, dtype, order)

    def _missing(self, y: Array) -> Any:
        """What is missing for the loss of the best prediction to be 0."""
        return np.zeros_like(y)

    def _shift(self, y: Array) -> Array | None:
        """What scikit-learn's loss has besides lossreg's, whatever the prediction."""
        return None

    def _shifted(self, value: Array, y_true: Any, sample_weight: Any) -> Array:
        shift = self._shift(np.asarray(y_true))
        if shift is None:
            return value
        return np.asarray(value + (shift if sample_weight is None else shift * np.asarray(sample_weight)), value.dtype)

    def _arguments(self, y_true: Any, raw_prediction: Any, sample_weight: Any) -> tuple[Any, Any, Any]:
        """The arguments, a single column of predictions being one prediction a sample."""
        raw = as_plain_array(raw_prediction, "raw_prediction")
        if raw.ndim == 2 and raw.shape[1] == 1 and not self.is_multiclass:
            raw = raw[:, 0]
        return y_true, raw, sample_weight


def _given(result: Array, out: Any) -> Array:
    """The array that was given for a result, with the result in it."""
    if out is None:
        return result
    out[...] = result.reshape(out.shape) if out.shape == (*result.shape, 1) else result
    return out  # type: ignore[no-any-return]


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
        if not 0 < quantile < 1:
            raise ParameterError(f"quantile is {quantile}; wanted a number > 0 and < 1", parameter="quantile")
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
            return np.square(y) / 2
        if a == 0:
            return -ops.log(y) - 1
        return ops.xlogy(y, y) - y if b == 0 else np.power(np.maximum(y, 0), a) / (a * b)


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
        loss = losses.half_squared_error() if power == 0 else losses.tweedie(power=power, log_input=False)
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
        y, classes = np.asarray(y_true).astype(np.intp), self.n_classes or 1
        mass = np.bincount(y, None if sample_weight is None else np.asarray(sample_weight), classes)
        eps = np.finfo(np.result_type(np.asarray(y_true), np.float32)).eps
        scores = ops.log(np.clip(mass / mass.sum(), eps, 1 - eps))
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
        gradient = self.gradient(y_true, raw_prediction, sample_weight, gradient_out, n_threads)
        return gradient, _given(self.predict_proba(raw_prediction), proba_out)


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
