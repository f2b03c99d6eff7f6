"""Derivatives that an author has left out, made of what there is: by a complex step, or else by central differences.

A complex step (Squire and Trapp 1998) is exact to rounding, but only where the author's code goes on with complex numbers as it
does with real ones, which `abs` or `maximum` do not. So what comes of it is compared with differences at sample points first.
Differences are of the fourth order, in float64, with steps that stay within the domain. Where they do not settle, there is no
derivative.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, NamedTuple, cast

import numpy as np

from lossreg.info import Domain

__all__ = ["Way", "first", "matrices", "second", "way"]

Array = np.ndarray[Any, Any]
Function = Callable[[Any, Any], Any]

EPSILON = float(np.finfo(np.float64).eps)
TINY = 1e-100  # of a complex step: its square is nothing beside any number, and its products do not underflow
FIRST, SECOND = EPSILON**0.2, EPSILON ** (1 / 6)  # steps at which rounding and the next term are as large
NEAR = 1e-6
ENDS = {
    Domain.NON_NEGATIVE: (0.0, np.inf),
    Domain.UNNORMALIZED: (0.0, np.inf),
    Domain.POSITIVE: (0.0, np.inf),
    Domain.PROBABILITY: (0.0, 1.0),
    Domain.ABOVE_MINUS_ONE: (-1.0, np.inf),
}
SAMPLES = np.array([-2.71, -1.37, -0.58, -0.11, 0.13, 0.29, 0.44, 0.67, 0.91, 1.31, 2.37, 5.07])
LABELS = np.array([0.0, 1.0])
CLASSES = 3


class Way(NamedTuple):
    """How a derivative is made: what it is the derivative of, and whether by a complex step."""

    of: str
    by_complex_step: bool

    @property
    def words(self) -> str:
        """It in words."""
        step = "a complex step" if self.by_complex_step else "central differences of the fourth order"
        return f"{step} of the {self.of}"


def first(function: Function, y: Array, x: Array, domain: Domain, rows: bool, *, by_complex_step: bool) -> Array:
    """The derivative of a function of targets and predictions, the one of each class of a row where it is of rows."""
    if by_complex_step:
        return _each(lambda unit: _taken(np.imag(function(y, x + TINY * 1j * unit)), unit, x, rows) / TINY, x, rows)
    h = _steps(x, domain, FIRST)

    def by_differences(unit: Any) -> Array:
        at, step = _around(function, y, x, h, unit, rows)
        return _told(_first(at, step), at, step)

    return _each(by_differences, x, rows)


def second(function: Function, y: Array, x: Array, domain: Domain, rows: bool) -> Array:
    """The second derivative of a loss from its values."""
    h = _steps(x, domain, SECOND)

    def by_differences(unit: Any) -> Array:
        at, step = _around(function, y, x, h, unit, rows)
        return _told(_second(at, step), at, step**2)

    return _each(by_differences, x, rows)


def matrices(gradient: Callable[[Array], Array], x: Array, domain: Domain) -> Array:
    """The second derivatives of rows with respect to every two classes, from the gradient of predictions: symmetric."""
    h = np.where(np.isfinite(x), _steps(x, domain, FIRST), 1.0)

    def column(unit: Any) -> Array:
        step = np.sum(h * unit, axis=-1, keepdims=True)
        at = [gradient(x + k * h * unit).astype(np.float64) for k in (-2, -1, 0, 1, 2)]
        return _told(_first(at, step), at, step)

    whole = np.stack([column(unit) for unit in np.eye(x.shape[-1])], axis=-1)
    return np.asarray((whole + np.swapaxes(whole, -1, -2)) / 2)


def _around(function: Function, y: Array, x: Array, h: Array, unit: Any, rows: bool) -> tuple[list[Array], Array]:
    """The values two and one steps below, at, and one and two steps above the predictions, and the step."""
    at = [_taken(function(y, x + k * h * unit), unit, x, rows).astype(np.float64) for k in (-2, -1, 0, 1, 2)]
    return at, _taken(h, unit, x, rows)


def _first(at: list[Array], h: Array) -> Array:
    """The slope; beside a kink that of the side without it, on a kink the flatter one, 0 between opposite ones."""
    low, below, here, above, high = at
    near, far = (above - below) / (2 * h), (high - low) / (4 * h)
    smooth = (4 * near - far) / 3
    kinked = np.abs(near - far) > 1e-4 * (1 + np.abs(near) + np.abs(far))
    if not np.any(kinked):
        return np.asarray(smooth)
    left, right = (3 * here - 4 * below + low) / (2 * h), (4 * above - 3 * here - high) / (2 * h)
    bent = np.abs(here - 2 * below + low), np.abs(high - 2 * above + here)
    jump = np.abs(right - left)
    flatter = np.where(np.abs(left + right) < 1e-6 * jump, 0.0, np.where(np.abs(left) < np.abs(right), left, right))
    on_it = np.maximum(*bent) < 1e-2 * jump * h
    beside = np.where(bent[0] < bent[1], left, right)
    return cast(Array, np.where(kinked, np.where(on_it, flatter, beside), smooth))


def _second(at: list[Array], h: Array) -> Array:
    """The second derivative; around a kink the smaller of both sides'."""
    low, below, here, above, high = at
    near, far = (above - 2 * here + below) / h**2, (high - 2 * here + low) / (4 * h**2)
    smooth = (4 * near - far) / 3
    kinked = np.abs(near - far) > 1e-3 * (1 + np.abs(near) + np.abs(far))
    if not np.any(kinked):
        return np.asarray(smooth)
    left, right = (here - 2 * below + low) / h**2, (high - 2 * above + here) / h**2
    return np.asarray(np.where(kinked, np.where(np.abs(left) < np.abs(right), left, right), smooth))


def _told(derivative: Array, at: list[Array], by: Array) -> Array:
    """A derivative, and 0 where it is no more than the rounding of the values may have made."""
    noise = 16 * EPSILON * np.max(np.abs(at), axis=0) / by
    return np.where(np.abs(derivative) <= noise, 0.0, derivative)


def _taken(values: Any, unit: Any, x: Array, rows: bool) -> Array:
    """Of arrays in the shape of predictions, the numbers of the class that moves."""
    numbers: Array = np.asarray(values)
    return np.asarray(numbers[..., int(np.argmax(unit))]) if rows and numbers.shape == x.shape and x.ndim else numbers


def _each(of: Callable[[Any], Array], x: Array, rows: bool) -> Array:
    """A derivative with respect to each class, or to the only number there is."""
    if not rows:
        return np.asarray(of(1.0))
    units = np.eye(x.shape[-1])
    return np.stack([np.asarray(of(unit)) for unit in units], axis=-1) if len(units) else np.zeros(x.shape)


def _steps(x: Array, domain: Domain, step: float) -> Array:
    """Steps of which two to either side stay within the domain, as numbers that adding keeps exact."""
    low, high = ENDS.get(domain, (-np.inf, np.inf))
    h = np.minimum(step * np.maximum(1.0, np.abs(x)), np.minimum(x - low, high - x) / 4)
    return np.asarray((x + h) - x)


def way(
    values: Function, gradient: Function | None, target: Domain, prediction: Domain, rows: bool
) -> tuple[Way | None, Way | None]:
    """How the first and the second derivative are made of an author's functions; None where they cannot be."""
    y, x = _samples(target, prediction, rows)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if gradient is not None:
            settled = _settled(gradient, y, x, prediction, rows)
            return None, None if settled is None else Way("gradient", by_complex_step=settled)
        settled = _settled(values, y, x, prediction, rows)
        if settled is None:
            return None, None
        # Two complex steps in one would not be exact: the second is one of differences.
        return Way("loss", settled), Way("gradient" if settled else "loss", by_complex_step=False)


def _settled(function: Function, y: Array, x: Array, domain: Domain, rows: bool) -> Any:
    """Whether a complex step gives the derivative of a function; None where nothing does."""
    try:
        rough = first(function, y, x, domain, rows, by_complex_step=False)
        finer = _halved(function, y, x, domain, rows)
    except Exception:
        return None
    size = np.maximum(np.abs(rough), 1.0)
    clear = np.isfinite(rough) & (np.abs(rough - finer) <= NEAR * size)
    if np.mean(clear) < 0.75:
        return None
    try:
        exact = first(function, y, x, domain, rows, by_complex_step=True)
        keeps = np.iscomplexobj(function(y, x + 0j))
    except Exception:
        return False
    return bool(
        keeps and exact.shape == rough.shape and np.all(np.abs(exact - rough)[clear] <= 10 * NEAR * size[clear])
    )


def _halved(function: Function, y: Array, x: Array, domain: Domain, rows: bool) -> Array:
    """The derivative of a function by differences with half the step, of the second order only."""
    h = _steps(x, domain, FIRST / 8)

    def by_differences(unit: Any) -> Array:
        up, down = (_taken(function(y, x + k * h * unit), unit, x, rows) for k in (1, -1))
        return np.asarray((up - down) / (2 * _taken(h, unit, x, rows)))

    return _each(by_differences, x, rows)


def _samples(target: Domain, prediction: Domain, rows: bool) -> tuple[Array, Array]:
    """Targets and predictions within their domains, every one with every other; of rows some."""
    xs = SAMPLES[~prediction.excludes(SAMPLES)]
    ys = LABELS if target.is_label else SAMPLES[~target.excludes(SAMPLES)]
    if not rows:
        y, x = np.meshgrid(ys, xs)
        return y.ravel(), x.ravel() + (0.0 if prediction in ENDS else 0.037)
    x = np.array([np.roll(xs, k)[:CLASSES] for k in range(len(xs))])
    if target.has_class_indices:
        return np.arange(len(x)) % CLASSES, x
    y = np.array(
        [np.roll(ys, 2 * k)[:CLASSES] if len(ys) >= CLASSES else np.eye(CLASSES)[k % CLASSES] for k in range(len(x))]
    )
    return (y / y.sum(axis=1, keepdims=True) if target is Domain.PROBABILITY else y), x
