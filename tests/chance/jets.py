"""Formula texts over arrays, with derivatives: jets whose parts are arrays of long doubles, or of numbers of mpmath.

A jet is a value, its first two derivatives with respect to one prediction, and how large errors of a relative size of 1 in every
operation of the formula would make each of the three: that over the magnitude of the part is its condition. Where a comparison in a
formula is a tie, up to rounding, there is no derivative: `Ties` collects those places.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from mpmath import mp

Array = np.ndarray[Any, Any]


class Numbers:
    """A kind of number: how it is made of floats, and the functions that it has."""

    def __init__(self, made: Callable[[Any], Array], functions: dict[str, Callable[..., Any]]) -> None:
        self.made, self.functions = made, functions

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return self.functions[name]


def _halves(exp: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The sigmoid of a number and of its negative, neither by subtraction."""

    def halves(v: Any) -> Any:
        e = exp(-abs(v))
        large, small = 1 / (1 + e), e / (1 + e)
        return np.where(v > 0, large, small), np.where(v > 0, small, large), e

    return halves


def _lgamma(v: Array) -> Array:
    return np.array([np.longdouble(str(mp.loggamma(mp.mpf(str(x))))) for x in v.ravel()]).reshape(v.shape)


LONG = Numbers(
    lambda x: np.asarray(x, np.longdouble),
    {name: getattr(np, name) for name in ("exp", "log", "log1p", "expm1", "sqrt", "sinh", "tanh")}
    | {"lgamma": _lgamma},
)


def _each(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    over = np.frompyfunc(function, 1, 1)
    return lambda v: np.asarray(over(v), object)


MANY = Numbers(
    lambda x: np.asarray(np.frompyfunc(mp.mpf, 1, 1)(np.asarray(x, np.float64)), object),
    {name: _each(getattr(mp, name)) for name in ("exp", "log", "log1p", "expm1", "sqrt", "sinh", "tanh")}
    | {"lgamma": _each(mp.loggamma)},
)
for _numbers in (LONG, MANY):
    _numbers.functions["halves"] = _halves(_numbers.exp)


class Ties:
    """Where comparisons were ties, since the last reset, up to a relative difference."""

    found: Any = False
    width = 0.0


class Jet:
    """A number and its first two derivatives, with the sizes of the terms of all three."""

    __slots__ = ("exact", "kind", "parts", "rest", "sizes")
    __array_ufunc__ = None

    def __init__(self, kind: Numbers, parts: Any, sizes: Any = None, *, exact: bool = False, rest: Any = None) -> None:
        self.kind, self.parts, self.exact, self.rest = kind, tuple(parts), exact, rest
        self.sizes = tuple(sizes) if sizes is not None else tuple(abs(part) for part in self.parts)

    def of(self, other: Any) -> Jet:
        """A constant of the formula; a jet stays what it is."""
        if isinstance(other, Jet):
            return other
        return constant(self.kind, other)

    def __add__(self, other: Any) -> Jet:
        other = self.of(other)
        parts = [a + b for a, b in zip(self.parts, other.parts, strict=True)]
        sizes = [a + b for a, b in zip(self.sizes, other.sizes, strict=True)]
        if self.exact and other.exact:
            sizes[0] = abs(parts[0])
        return Jet(self.kind, parts, sizes)

    def __mul__(self, other: Any) -> Jet:
        other = self.of(other)
        parts, sizes = (
            (a[0] * b[0], a[1] * b[0] + a[0] * b[1], a[2] * b[0] + 2 * a[1] * b[1] + a[0] * b[2])
            for a, b in ((self.parts, other.parts), (self.sizes, other.sizes))
        )
        return Jet(self.kind, parts, sizes, exact=self.exact and other.exact and (self.is_sign() or other.is_sign()))

    def is_sign(self) -> bool:
        return bool(np.all(abs(self.parts[0]) == 1) and np.all(self.parts[1] == 0))

    def __neg__(self) -> Jet:
        return Jet(self.kind, [-part for part in self.parts], self.sizes, exact=self.exact)

    def __sub__(self, other: Any) -> Jet:
        return self + -self.of(other)

    def __rsub__(self, other: Any) -> Jet:
        return self.rest if self.rest is not None and np.all(other == 1) else self.of(other) - self

    def __pow__(self, exponent: Any) -> Jet:
        n, x = self.of(exponent).parts[0], self.parts[0]
        factors = (self.kind.made(1.0), n, n * (n - 1))
        return self.chain([np.where(c == 0, c * 0, c * _power(x, n - order)) for order, c in enumerate(factors)])

    def __rpow__(self, base: Any) -> Jet:
        return exp(self * log(self.of(base)))

    def __truediv__(self, other: Any) -> Jet:
        return self * self.of(other) ** -1

    def __rtruediv__(self, other: Any) -> Jet:
        return self.of(other) / self

    def __abs__(self) -> Jet:
        return maximum(self, -self)

    __radd__, __rmul__ = __add__, __mul__

    def __gt__(self, other: Any) -> Any:
        return self.compared(other, np.greater)

    def __ge__(self, other: Any) -> Any:
        return self.compared(other, np.greater_equal)

    def __lt__(self, other: Any) -> Any:
        return self.compared(other, np.less)

    def __le__(self, other: Any) -> Any:
        return self.compared(other, np.less_equal)

    def __eq__(self, other: Any) -> Any:
        equal = self.parts[0] == self.of(other).parts[0]
        return equal if np.ndim(equal) else bool(equal)

    __hash__ = None  # type: ignore[assignment]

    def compared(self, other: Any, how: Any) -> Any:
        other = self.of(other)
        a, b = self.parts[0], other.parts[0]
        near = np.asarray(abs(a - b) <= Ties.width * (self.sizes[0] + other.sizes[0]), bool)
        near = near & np.asarray(self.parts[1] != other.parts[1], bool)  # else the sides do not part
        Ties.found = Ties.found | (near.any(axis=1) if near.ndim == 3 else near)
        return np.asarray(how(a, b), bool)

    def chain(self, parts: Any, sizes: Any = None) -> Jet:
        """A function of this jet from its value and derivatives there."""
        sizes = sizes or [abs(part) for part in parts]
        if not self.exact:  # an error of the argument is one of the function
            magnitude = np.where(sizes[0] == 0, sizes[0] + 1, sizes[0])
            sizes = [size * (1 + sizes[1] * self.sizes[0] / magnitude) for size in sizes]
        return Jet(
            self.kind,
            (parts[0], parts[1] * self.parts[1], parts[2] * self.parts[1] ** 2 + parts[1] * self.parts[2]),
            (sizes[0], sizes[1] * self.sizes[1], sizes[2] * self.sizes[1] ** 2 + sizes[1] * self.sizes[2]),
        )

    def __getitem__(self, at: Any) -> Jet:
        return Jet(self.kind, [part[at] for part in self.parts], [size[at] for size in self.sizes])


def constant(kind: Numbers, value: float, *, exact: bool = True) -> Jet:
    """A number of a formula, such as a parameter."""
    return Jet(kind, (kind.made(value), kind.made(0.0), kind.made(0.0)), exact=exact)


def _power(x: Any, n: Any) -> Any:
    """x to the n, where a base of 0 under a negative exponent is infinite."""
    if object in (np.asarray(x).dtype, np.asarray(n).dtype):
        return np.asarray(np.frompyfunc(lambda x, n: mp.inf if not x and n < 0 else mp.power(x, n), 2, 1)(x, n), object)
    return x**n


def exp(x: Jet) -> Jet:
    e = x.kind.exp(x.parts[0])
    return x.chain((e, e, e))


def log(x: Jet) -> Jet:
    v = x.parts[0]
    value = np.where(v > 0, x.kind.log(np.where(v > 0, v, v * 0 + 1)), -np.inf)
    safe = np.where(v > 0, v, v * 0 + 1)
    slope = np.where(v > 0, 1 / safe, np.inf)
    return x.chain((value, slope, -slope * slope))


def log1p(x: Jet) -> Jet:
    return log_from(x, x.kind.log1p)


def log_from(x: Jet, function: Any) -> Jet:
    v = x.parts[0]
    inside = v > -1
    safe = np.where(inside, v, v * 0)
    slope = np.where(inside, 1 / (1 + safe), np.inf)
    return x.chain((np.where(inside, function(safe), -np.inf), slope, -slope * slope))


def sqrt(x: Jet) -> Jet:
    root = x.kind.sqrt(x.parts[0])
    return x.chain((root, 1 / (2 * root), -1 / (4 * root * x.parts[0])))


def expm1(x: Jet) -> Jet:
    e = x.kind.exp(x.parts[0])
    return x.chain((x.kind.expm1(x.parts[0]), e, e))


def softplus(x: Jet) -> Jet:
    v = x.parts[0]
    s, r, e = x.kind.halves(v)
    return x.chain((np.where(v > 0, v, v * 0) + x.kind.log1p(e), s, s * r))


def sigmoid(x: Jet) -> Jet:
    s, r, _ = x.kind.halves(x.parts[0])
    return x.chain((s, s * r, s * r * (r - s)), (s, s * r, s * r))


def log_cosh(x: Jet) -> Jet:
    a = abs(x.parts[0])
    e = x.kind.expm1(-2 * a)
    tanh = x.kind.tanh(x.parts[0])
    small = a < 1
    inner = np.where(small, 2 * x.kind.sinh(np.where(small, a, a * 0) / 2) ** 2, a * 0)
    value = np.where(small, x.kind.log1p(inner), a + x.kind.log1p(e / 2))
    over = np.exp(-2 * a) if x.parts[0].dtype != object else x.kind.exp(-2 * a)
    return x.chain((value, tanh, 4 * over / (1 + over) ** 2))


def lgamma(x: Jet) -> Jet:
    """Of a constant: no loss takes its derivative."""
    zero = x.parts[0] * 0
    return Jet(x.kind, (x.kind.lgamma(x.parts[0]), zero, zero))


def _long(number: Any) -> np.longdouble:
    """A number of mpmath as a long double; beyond its range 0 or infinite."""
    if abs(number) > mp.mpf(10) ** 4900 or 0 < abs(number) < mp.mpf(10) ** -4900:
        return np.longdouble(float(number))
    return np.longdouble(mp.nstr(number, 25))


def log_ndtr(x: Jet) -> Jet:
    """The logarithm of the normal distribution function; its derivatives cancel, so mpmath computes them for all numbers."""

    def parts(v: Any) -> tuple[Any, Any, Any]:
        v = mp.mpf(str(v)) if not isinstance(v, mp.mpf) else v
        # Far on the left mpmath takes its time: 1 − 1/v² + 3/v⁴ − 15/v⁶ …, of which twelve terms leave nothing of 80 digits.
        series = sum(mp.fac2(2 * k - 1) * (-1) ** k / v ** (2 * k) for k in range(12)) if v <= -1e4 else None
        below = mp.ncdf(v) if series is None else mp.npdf(v) / -v * series
        ratio = mp.npdf(v) / below
        return mp.log(below), ratio, -ratio * (v + ratio)

    found = np.frompyfunc(parts, 1, 3)(np.asarray(x.parts[0]))
    if np.asarray(x.parts[0]).dtype != object:
        found = [np.frompyfunc(_long, 1, 1)(each).astype(np.longdouble) for each in found]
    return x.chain([np.asarray(each) for each in found])


def xlogy(x: Any, y: Jet) -> Jet:
    """x*log(y), and 0 where x is 0."""
    x = y.of(x)
    return where(x.parts[0] == 0, 0, x * log(y))


def xlog1py(x: Any, y: Jet) -> Jet:
    x = y.of(x)
    return where(x.parts[0] == 0, 0, x * log1p(y))


def boxcox_exp(a: Any, x: Jet) -> Jet:
    """exp(a*x)/a, and x where a is 0."""
    return x if np.all(x.of(a).parts[0] == 0) else exp(x * a) / a


def boxcox_pow(a: Any, x: Jet) -> Jet:
    """x**a/a, and log(x) where a is 0."""
    return log(x) if np.all(x.of(a).parts[0] == 0) else x**a / a


def where(condition: Any, yes: Any, no: Any) -> Any:
    if callable(yes) and callable(no):  # the branches of a formula
        if isinstance(condition, bool):
            return yes() if condition else no()
        yes, no = yes(), no()
    if not isinstance(yes, Jet) and not isinstance(no, Jet):
        return np.where(condition, float(yes), float(no))
    some = yes if isinstance(yes, Jet) else no
    yes, no = some.of(yes), some.of(no)
    pairs = ((yes.parts, no.parts), (yes.sizes, no.sizes))
    parts, sizes = ([np.where(condition, a, b) for a, b in zip(*pair, strict=True)] for pair in pairs)
    return Jet(some.kind, parts, sizes, exact=yes.exact and no.exact)


def maximum(a: Any, b: Any) -> Jet:
    some = a if isinstance(a, Jet) else b
    a, b = some.of(a), some.of(b)
    return where(a > b, a, b)


def total(x: Any) -> Any:
    """The sum over the elements, which stands beside each; or of what is written out."""
    if not isinstance(x, Jet):
        return sum(x)
    return Jet(x.kind, *([part.sum(axis=1, keepdims=True) for part in parts] for parts in (x.parts, x.sizes)))


FUNCTIONS: dict[str, Any] = {
    f.__name__: f
    for f in (
        exp,
        log,
        log1p,
        expm1,
        sqrt,
        softplus,
        sigmoid,
        log_cosh,
        lgamma,
        log_ndtr,
        xlogy,
        xlog1py,
        boxcox_exp,
        boxcox_pow,
    )
} | {"abs": abs, "where": where, "maximum": maximum, "sum": total}
