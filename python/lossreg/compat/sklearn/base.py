"""What scikit-learn's losses have in common: intervals, the methods and arguments of its `BaseLoss`."""

from __future__ import annotations

import math
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np

from lossreg import Loss, get
from lossreg.arrays import as_plain_array
from lossreg.errors import AliasError, DtypeError, ParameterError, ShapeError, arguments_named
from lossreg.links import Link
from lossreg.shown import shown

__all__ = ["EVERYWHERE", "NON_NEGATIVE", "POSITIVE", "UNIT", "Array", "BaseLoss", "HalfLogit", "Interval", "given"]

Array = np.ndarray[Any, Any]


NAMED = arguments_named(y_pred="raw_prediction")


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
    >>> round(loss(np.array([1.0, 0.0]), np.array([0.0, 1.0]), sample_weight=np.array([1.0, 3.0])), 4)
    2.2887
    """

    differentiable: ClassVar[bool] = True
    is_multiclass: ClassVar[bool] = False
    n_classes: int | None = None
    approx_hessian: bool = False
    constant_hessian: bool = False
    interval_y_true: Interval = EVERYWHERE
    _curvature: ClassVar[Literal["exact", "unit"]] = "exact"

    def __init__(self, loss: Loss, link: Link | None = None, xp: Any = None, device: Any = None) -> None:
        if not (xp is None or xp is np) or device is not None:
            raise ParameterError(
                "xp and device stand for arrays of devices; lossreg computes on NumPy's: leave them out"
            )
        self.loss_ = get(loss)
        given: Any = self.loss_.link if link is None else link
        if not isinstance(given, Link) or given.name not in RANGES:
            wanted = f"a lossreg.links.Link, one of {', '.join(RANGES)}"
            raise ParameterError(f"link is {shown(given)}; wanted {wanted}", parameter="link", value=given)
        self.link = given
        self.interval_y_pred = RANGES[self.link.name]

    def in_y_true_range(self, y: Any) -> bool:
        """Tell whether targets are in their range."""
        return self.interval_y_true.includes(y)

    def in_y_pred_range(self, y: Any) -> bool:
        """Tell whether predictions on the scale of the target are in their range."""
        return self.interval_y_pred.includes(y)

    @NAMED
    def loss(
        self, y_true: Any, raw_prediction: Any, sample_weight: Any = None, loss_out: Any = None, n_threads: int = 1
    ) -> Array:
        """Return the weighted loss of each sample."""
        arguments = self._arguments(y_true, raw_prediction, sample_weight)
        value = self.loss_.value(*arguments, reduction="none", n_threads=n_threads)
        return given(loss_out=(self._shifted(value, y_true, sample_weight), loss_out))[0]

    @NAMED
    def gradient(
        self, y_true: Any, raw_prediction: Any, sample_weight: Any = None, gradient_out: Any = None, n_threads: int = 1
    ) -> Array:
        """Return the weighted gradient of each sample with respect to its raw prediction."""
        arguments = self._arguments(y_true, raw_prediction, sample_weight)
        gradient = self.loss_.grad(*arguments, reduction="none", n_threads=n_threads)
        return given(gradient_out=(gradient, gradient_out))[0]

    @NAMED
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
        value = self._shifted(value, y_true, sample_weight)
        loss_out, gradient_out = given(loss_out=(value, loss_out), gradient_out=(gradient, gradient_out))
        return loss_out, gradient_out

    @NAMED
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
        grad, hess = self.loss_.grad_and_hess(
            *arguments, reduction="none", hessian=self._curvature, n_threads=n_threads
        )
        gradient_out, hessian_out = given(gradient_out=(grad, gradient_out), hessian_out=(hess, hessian_out))
        return gradient_out, hessian_out

    @NAMED
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
        y = as_plain_array(y_true, "y_true")
        term = np.asarray(self._missing(y), dtype=np.result_type(y, np.float32))
        if sample_weight is None:
            return term
        weight = as_plain_array(sample_weight, "sample_weight")
        if weight.shape not in ((), term.shape):
            raise ShapeError(f"sample_weight has shape {weight.shape}; wanted {term.shape}", argument="sample_weight")
        return np.asarray(term * weight)

    def init_gradient_and_hessian(
        self, n_samples: Any, dtype: Any = np.float64, order: Any = "F"
    ) -> tuple[Array, Array]:
        """Make arrays for gradients and second derivatives; one 1 for those if they are constant."""
        if not isinstance(dtype, type | np.dtype) or dtype not in (np.float32, np.float64):
            came = f"Got dtype={shown(dtype)} instead."
            raise ParameterError(f"Valid options for 'dtype' are np.float32 and np.float64. {came}")
        if not isinstance(n_samples, int | np.integer) or isinstance(n_samples, bool) or n_samples < 0:
            raise ParameterError(f"n_samples is {shown(n_samples)}; wanted a whole number of at least 0")
        known = isinstance(order, str) and order in ("C", "F")
        if not known:
            raise ParameterError(f"order is {shown(order)}; wanted 'C' or 'F'")
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


def given(**results: tuple[Array, Any]) -> list[Array]:
    """The arrays that were given for results, by their names, with the results in them; none is written to before all fit."""
    for name, (result, out) in results.items():
        if out is None:
            continue
        if not isinstance(out, np.ndarray):
            raise DtypeError(f"{name} must be a numpy.ndarray to write to, not {type(out).__name__}", argument=name)
        if out.shape not in (result.shape, (*result.shape, 1)):
            raise ShapeError(f"{name} has shape {out.shape}; the result has {result.shape}", argument=name)
        if out.dtype != result.dtype:
            raise DtypeError(f"{name} has dtype {out.dtype}; the result is {result.dtype}", argument=name)
        if not out.flags.writeable:
            raise AliasError(f"{name} is read-only; pass an array that can be written to", argument=name)
    for result, out in results.values():
        if out is not None:
            out[...] = result.reshape(out.shape)
    return [result if out is None else out for result, out in results.values()]
