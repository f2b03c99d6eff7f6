"""The laws that every loss is held to, for the authors of losses: call `check_loss` in a test.

The laws are about a loss alone, not about other numbers than its own: derivatives belong to values, weights multiply,
masked elements drop out, reductions agree, what is rebuilt is equal. They are checked on drawn data, always the same.
"""

from __future__ import annotations

import copy
import math
import pickle
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

import lossreg
from lossreg.info import Domain

__all__ = ["check_loss"]

Array = np.ndarray[Any, Any]

ELEMENTS, CLASSES = 24, 4
STEP, HALVINGS = 0.05, 9
NEAR = 1e-6


def check_loss(loss: Any) -> None:
    """Hold a loss to the laws of all losses.

    Parameters
    ----------
    loss : Loss
        The loss, or what `lossreg.get` takes.

    Raises
    ------
    AssertionError
        With the first law that is broken and the smallest piece of the data that breaks it.

    Notes
    -----
    The laws, in order: the name, parameters, ``config()``, ``repr`` and pickle rebuild an equal loss; results have the
    shape and dtype of the predictions; the gradient is the derivative of the value and the Hessian that of the gradient
    (by differences of high order, away from kinks); fused methods give what the separate ones give; weights multiply;
    masked elements contribute 0 whatever they hold; reductions agree with the unreduced loss; NaN gives NaN;
    nothing gives nothing, and its mean is an `EmptyError`. A row-wise loss is looked at with its classes on the last axis.

    Examples
    --------
    >>> import lossreg
    >>> from lossreg.testing import check_loss
    >>> check_loss(lossreg.get("huber", delta=2.0))
    """
    case = _Case(lossreg.get(loss))
    for law in LAWS:
        law(case)


class _Case:
    """A loss with data in its domain."""

    def __init__(self, loss: lossreg.Loss) -> None:
        self.info = loss.info
        per_class = [len(value) for value in loss.params.values() if isinstance(value, list | tuple)]
        self.classes = per_class[0] if per_class else CLASSES
        axis = loss.params.get("axis", -1)
        self.loss = loss if axis in (-1, 1) else loss.replace(axis=-1)
        self.rng = np.random.default_rng(11)
        self.row_wise = self.info.family == "row-wise"
        self.arrays: tuple[Array, ...] = (self._targets(), self._predictions())
        self.predicted: tuple[int, ...] = (1,)
        if self.info.family == "adversarial":
            self.predicted = tuple(range(len(self.info.sides)))
            self.arrays = tuple(self._scores() for _ in self.info.sides)
        self.has = {"grad": self._defines("grad"), "hess": self._defines("hess")}

    def _scores(self) -> Array:
        return self.rng.normal(scale=2.0, size=(ELEMENTS, self.classes) if self.row_wise else ELEMENTS)

    def _targets(self) -> Array:
        target = self.info.target
        if target.has_class_indices:
            counted = [k for k in range(self.classes) if k != self.loss.params.get("ignore_index")]
            return self.rng.choice(np.array(counted), ELEMENTS)
        if self.row_wise:
            return self.rng.dirichlet(np.ones(self.classes), ELEMENTS)
        if target.is_label:
            labels = self.rng.integers(0, 2, ELEMENTS)
            soft = np.where(self.rng.random(ELEMENTS) < 0.5, labels, self.rng.random(ELEMENTS))
            return soft if target is Domain.SOFT_LABEL else labels
        return self._within(target)

    def _predictions(self) -> Array:
        return self._within(self.info.prediction)

    def _within(self, domain: Domain) -> Array:
        scores = self._scores()
        if domain is Domain.PROBABILITY:
            return 0.15 + 0.7 / (1 + np.exp(-scores))
        positive = domain in (Domain.POSITIVE, Domain.NON_NEGATIVE, Domain.UNNORMALIZED)
        return 0.3 + np.abs(scores) if positive else scores

    def _defines(self, method: str) -> bool:
        try:
            self.run(method)
        except lossreg.DerivativeError:
            return False
        return True

    def run(self, method: str, *arrays: Array, **options: Any) -> Any:
        """What a method gives for the data, or for other arrays."""
        return getattr(self.loss, method)(*(arrays or self.arrays), **{"reduction": "none", **options})

    def derivatives(self, method: str, *arrays: Array, **options: Any) -> tuple[Array, ...]:
        """The derivatives by each of the predictions."""
        result = self.run(method, *arrays, **options)
        return result if isinstance(result, tuple) else (result,)

    def changed(self, place: int, array: Array) -> tuple[Array, ...]:
        """The data with another array in one place."""
        return tuple(array if i == place else one for i, one in enumerate(self.arrays))

    def fail(self, law: str, index: tuple[Any, ...] = (), **seen: Any) -> NoReturn:
        """Raise with the one row or element that breaks a law."""
        at = [
            f"{name} = {array[index[0]]!r}" for name, array in zip(self.info.sides, self.arrays, strict=True) if index
        ]
        facts = [*at, *(f"{key} = {value!r}" for key, value in seen.items())]
        raise AssertionError(f"{self.loss!r} breaks a law: {law}\n  " + "\n  ".join(facts))

    def same(self, law: str, got: Any, wanted: Any, slack: float = 0.0) -> None:
        """Hold two arrays to be equal, up to some relative difference."""
        got, wanted = np.asarray(got), np.asarray(wanted)
        if got.shape != wanted.shape:
            self.fail(law, got_shape=got.shape, wanted_shape=wanted.shape)
        with np.errstate(invalid="ignore"):
            equal = (
                (got == wanted) | (np.isnan(got) & np.isnan(wanted)) | (np.abs(got - wanted) <= slack * np.abs(wanted))
            )
        if not equal.all():
            index = np.unravel_index(int(np.argmin(equal)), equal.shape)
            self.fail(law, index, got=got[index], wanted=wanted[index])


def _rebuilt(case: _Case) -> None:
    loss = case.loss
    ways: dict[str, Callable[[], Any]] = {
        "pickle": lambda: pickle.loads(pickle.dumps(loss)),
        "copy.deepcopy": lambda: copy.deepcopy(loss),
    }
    if loss.name in lossreg.names():
        ways["lossreg.get(config())"] = lambda: lossreg.get(loss.config())
        ways["lossreg.get(repr())"] = lambda: lossreg.get(repr(loss))
    for way, make in ways.items():
        again = make()
        if again != loss or hash(again) != hash(loss) or again.params != loss.params or repr(again) != repr(loss):
            case.fail(f"{way} rebuilds an equal loss", got=again, wanted=loss)


def _shaped(case: _Case) -> None:
    predictions = case.arrays[case.predicted[0]]
    wanted = predictions.shape[:-1] if case.row_wise else predictions.shape
    for dtype in (np.float32, np.float64):
        arrays = tuple(a.astype(dtype) if i in case.predicted else a for i, a in enumerate(case.arrays))
        value = case.run("value", *arrays)
        if value.shape != wanted or value.dtype != dtype:
            case.fail("the unreduced loss has the shape and dtype of y_pred", got=(value.shape, value.dtype))
        for method in filter(case.has.__getitem__, case.has):
            for place, result in zip(case.predicted, case.derivatives(method, *arrays), strict=True):
                if result.shape != arrays[place].shape or result.dtype != dtype:
                    case.fail(f"{method} has the shape and dtype of y_pred", got=(result.shape, result.dtype))


def _derived(case: _Case) -> None:
    laws = {
        "grad": "the gradient is the derivative of the value",
        "hess": "the Hessian is the derivative of the gradient",
    }
    for method, law in laws.items():
        if not case.has[method] or (method == "hess" and not case.has["grad"]):
            continue
        for number, place in enumerate(case.predicted):
            got = case.derivatives(method)[number]
            wanted, error = _differences(case, method, number, place)
            size = np.maximum(np.abs(got), np.abs(wanted))
            clear = error <= NEAR * np.maximum(size, 1e-3)
            if np.mean(clear) < 0.5:
                case.fail(f"{law}: differences do not settle, so it is too rough to tell")
            wrong = clear & ~(np.abs(got - wanted) <= NEAR * size + 100 * error)
            if wrong.any():
                index = np.unravel_index(int(np.argmax(wrong)), wrong.shape)
                case.fail(law, index, got=got[index], wanted=wanted[index])


def _differences(case: _Case, method: str, number: int, place: int) -> tuple[Array, Array]:
    """The derivative of what comes before a derivative, by extrapolated central differences, and its error."""
    x = case.arrays[place]
    columns = range(case.classes) if case.row_wise else [None]
    derivative, error = np.empty(x.shape), np.empty(x.shape)
    for column in columns:
        at = ... if column is None else (..., column)
        unit = np.zeros(x.shape)
        unit[at] = 1.0

        def before(shift: Array, at: Any = at) -> Array:
            arrays = case.changed(place, x + shift)
            if method == "grad":
                return np.asarray(case.run("value", *arrays))
            return np.asarray(case.derivatives("grad", *arrays)[number][at])

        derivative[at], error[at] = _extrapolated(before, unit)
    return derivative, error


def _extrapolated(function: Callable[[Array], Array], unit: Array) -> tuple[Array, Array]:
    """Ridders' method: differences over ever smaller steps, extrapolated to none, where they agree best."""
    row: list[Array] = []
    best, error = np.array(np.nan), np.array(np.inf)
    for i in range(HALVINGS):
        step = STEP / 2**i
        above, last = row, (function(step * unit) - function(-step * unit)) / (2 * step)
        row = [last]
        for j, one in enumerate(above, start=1):
            row.append((4**j * row[-1] - one) / (4**j - 1))
            doubt = np.maximum(np.abs(row[-1] - row[-2]), np.abs(row[-1] - one))
            better = doubt < error
            best, error = np.where(better, row[-1], best), np.where(better, doubt, error)
    return best, error


def _fused(case: _Case) -> None:
    for method, parts in {
        "__call__": ("value",),
        "value_and_grad": ("value", "grad"),
        "grad_and_hess": ("grad", "hess"),
        "value_grad_hess": ("value", "grad", "hess"),
    }.items():
        if all(case.has.get(part, True) for part in parts):
            results = case.run(method) if len(parts) > 1 else (case.run(method),)
            for part, result in zip(parts, results, strict=True):
                both = result, case.run(part)
                for got, wanted in zip(*(one if isinstance(one, tuple) else (one,) for one in both), strict=True):
                    case.same(f"{method} gives the {part} that {part} gives", got, wanted)


def _weighted(case: _Case) -> None:
    weight = case.rng.uniform(0.5, 2.0, ELEMENTS)
    for method in ("value", *filter(case.has.__getitem__, case.has)):
        for got, plain in zip(case.derivatives(method, sample_weight=weight), case.derivatives(method), strict=True):
            over = weight.reshape(weight.shape + (1,) * (plain.ndim - 1))
            case.same(f"weights multiply the {method}", got, over * plain, slack=1e-14)


def _masked(case: _Case) -> None:
    mask = case.rng.random(ELEMENTS) < 0.6
    spoilt = tuple(np.where(_over(mask, a), a, np.nan) if a.dtype.kind == "f" else a for a in case.arrays)
    for method in ("value", *filter(case.has.__getitem__, case.has)):
        for got, plain in zip(case.derivatives(method, *spoilt, where=mask), case.derivatives(method), strict=True):
            law = (
                f"masked elements contribute 0 to the {method}, NaN or not, and the others what they do without a mask"
            )
            case.same(law, got, np.where(_over(mask, plain), plain, 0.0), slack=1e-14)
    dropped = case.run("value", *(a[mask] for a in case.arrays), reduction="mean")
    masked = case.run("value", *spoilt, where=mask, reduction="mean")
    case.same("the mean over a mask is that of the elements that count", masked, dropped, slack=1e-12)


def _over(mask: Array, array: Array) -> Array:
    return mask.reshape(mask.shape + (1,) * (array.ndim - mask.ndim))


def _reduced(case: _Case) -> None:
    weight = case.rng.uniform(0.5, 2.0, ELEMENTS)
    losses = case.run("value", sample_weight=weight)
    total = math.fsum(losses)
    divisors = {"sum": 1.0, "mean": float(ELEMENTS), "weighted_mean": math.fsum(weight)}
    for reduction, divisor in divisors.items():
        value = case.run("value", sample_weight=weight, reduction=reduction)
        if type(value) is not float:
            case.fail(f"the {reduction} is a float", got=value)
        if not math.isclose(value * divisor, total, rel_tol=0, abs_tol=1e-12 * math.fsum(np.abs(losses))):
            case.fail(f"the {reduction} is that of the unreduced losses", got=value, wanted=total / divisor)
        for method in filter(case.has.__getitem__, case.has):
            reduced = case.derivatives(method, sample_weight=weight, reduction=reduction)
            for got, plain in zip(reduced, case.derivatives(method, sample_weight=weight), strict=True):
                case.same(f"{method} is that of the {reduction}", got, plain / divisor, slack=1e-14)


def _spoilt(case: _Case) -> None:
    for number, place in enumerate(case.predicted):
        x = case.arrays[place].copy()
        x[0] = np.nan
        arrays = case.changed(place, x)
        value, plain = case.run("value", *arrays), case.run("value")
        if len(case.predicted) == 1:
            case.same("a NaN gives NaN and leaves the other losses alone", value[1:], plain[1:])
        if not np.isnan(value[0]):
            case.fail("a NaN in y_pred gives a NaN", got=value[0])
        if case.has["grad"] and not np.isnan(case.derivatives("grad", *arrays)[number][0]).all():
            case.fail("a NaN in y_pred gives a NaN in the gradient", got=case.derivatives("grad", *arrays)[number][0])


def _empty(case: _Case) -> None:
    arrays = tuple(a[:0] for a in case.arrays)
    value = case.run("value", *arrays)
    if value.shape != (0,):
        case.fail("no elements have no losses", got=value)
    if case.run("value", *arrays, reduction="sum") != 0.0:
        case.fail("the sum over nothing is 0", got=case.run("value", *arrays, reduction="sum"))
    try:
        mean = case.run("value", *arrays, reduction="mean")
    except lossreg.EmptyError:
        return
    case.fail("the mean over nothing raises an EmptyError", got=mean)


LAWS = (_rebuilt, _shaped, _derived, _fused, _weighted, _masked, _reduced, _spoilt, _empty)
