"""Jets over mpmath numbers: a value, its first two derivatives, and how large the terms were that made each of the
three.

The sizes are what the conditions of the tables are made of. They follow the terms of the formula as a careful
implementation would add them up: a sum adds the sizes of its two sides, a product multiplies them, a function of one
argument (`exp`, `softplus`, ...) is a single number again, because it can be computed to an ulp. A sum of two given
numbers (`margin - y_pred`) is rounded once and so has no cancellation either. A size divided by the magnitude of the
result is 1 where nothing cancels.
"""

from __future__ import annotations

from collections.abc import Sequence

from mpmath import mp

Real = float | mp.mpf


class Jet:
    """A number and its first two derivatives by the prediction, with the sizes of the terms of all three."""

    __slots__ = ("exact", "first", "second", "sizes", "value")

    def __init__(
        self, value: Real, first: Real = 0, second: Real = 0, sizes: Sequence | None = None, *, exact: bool = False
    ) -> None:
        self.value, self.first, self.second = mp.mpf(value), mp.mpf(first), mp.mpf(second)
        self.sizes = sizes or tuple(abs(part) for part in (self.value, self.first, self.second))
        self.exact = exact

    def parts(self) -> tuple[mp.mpf, mp.mpf, mp.mpf]:
        return self.value, self.first, self.second

    def __add__(self, other: Jet | Real) -> Jet:
        other = jet(other)
        sizes = tuple(a + b for a, b in zip(self.sizes, other.sizes, strict=True))
        parts = [a + b for a, b in zip(self.parts(), other.parts(), strict=True)]
        if self.exact and other.exact:
            sizes = (abs(parts[0]), *sizes[1:])
        return Jet(*parts, sizes)

    def __mul__(self, other: Jet | Real) -> Jet:
        other = jet(other)
        sign = any(factor.exact and abs(factor.value) == 1 and factor.first == 0 for factor in (self, other))
        product, sizes = (
            (a[0] * b[0], a[1] * b[0] + a[0] * b[1], a[2] * b[0] + 2 * a[1] * b[1] + a[0] * b[2])
            for a, b in ((self.parts(), other.parts()), (self.sizes, other.sizes))
        )
        return Jet(*product, sizes, exact=sign and self.exact and other.exact)

    def __pow__(self, exponent: Jet | Real) -> Jet:
        n, x = jet(exponent).value, self.value
        power = [mp.mpf(1), n, n * (n - 1)]
        return self.chain([c and c * x ** (n - order) for order, c in enumerate(power)])

    def __truediv__(self, other: Jet | Real) -> Jet:
        return self * jet(other) ** -1

    def __neg__(self) -> Jet:
        return Jet(-self.value, -self.first, -self.second, self.sizes, exact=self.exact)

    def __sub__(self, other: Jet | Real) -> Jet:
        return self + -jet(other)

    def __rsub__(self, other: Jet | Real) -> Jet:
        return jet(other) - self

    def __rtruediv__(self, other: Jet | Real) -> Jet:
        return jet(other) / self

    def __abs__(self) -> Jet:
        return maximum(self, -self)

    def __gt__(self, other: Jet | Real) -> bool:
        return self.value > jet(other).value

    def __le__(self, other: Jet | Real) -> bool:
        return self.value <= jet(other).value

    __radd__, __rmul__ = __add__, __mul__

    def chain(self, parts: Sequence[mp.mpf], sizes: Sequence[mp.mpf] | None = None) -> Jet:
        """A function of this jet from its value and derivatives there; sizes are given where those are sums."""
        value, first, second = parts
        sizes = sizes or [abs(part) for part in parts]
        return Jet(
            value,
            first * self.first,
            second * self.first**2 + first * self.second,
            (sizes[0], sizes[1] * self.sizes[1], sizes[2] * self.sizes[1] ** 2 + sizes[1] * self.sizes[2]),
        )


def jet(number: Jet | Real) -> Jet:
    """A constant of the formula; a jet stays what it is."""
    return number if isinstance(number, Jet) else Jet(number, exact=True)


def exp(x: Jet | Real) -> Jet:
    e = mp.exp(jet(x).value)
    return jet(x).chain((e, e, e))


def log(x: Jet | Real) -> Jet:
    v = jet(x).value
    return jet(x).chain((mp.log(v), 1 / v, -1 / v**2))


def halves(v: mp.mpf) -> tuple[mp.mpf, mp.mpf, mp.mpf]:
    """sigmoid(v), sigmoid(-v) and exp(-abs(v)), none of them by subtraction."""
    e = mp.exp(-abs(v))
    large, small = 1 / (1 + e), e / (1 + e)
    return (large, small, e) if v > 0 else (small, large, e)


def softplus(x: Jet | Real) -> Jet:
    v = jet(x).value
    s, r, e = halves(v)
    return jet(x).chain((max(v, 0) + mp.log1p(e), s, s * r))


def log_cosh(x: Jet | Real) -> Jet:
    v = jet(x).value
    return jet(x).chain((mp.log1p(2 * mp.sinh(v / 2) ** 2), mp.tanh(v), 1 / mp.cosh(v) ** 2))


def lgamma(x: Jet | Real) -> Jet:
    """Of a constant: no loss takes its derivative."""
    return Jet(mp.loggamma(jet(x).value))


def xlogy(x: Jet | Real, y: Jet | Real) -> Jet:
    """x * log(y) for a constant x, and 0 where x is 0."""
    return jet(x) * log(y) if jet(x).value else jet(0)


def where(condition: bool, yes: Jet | Real, no: Jet | Real) -> Jet:
    return jet(yes) if condition else jet(no)


def maximum(a: Jet | Real, b: Jet | Real) -> Jet:
    """The larger; at a kink the flatter side, and slope 0 where both sides are equally steep."""
    a, b = jet(a), jet(b)
    if a.value != b.value:
        return a if a.value > b.value else b
    if abs(a.first) == abs(b.first) and a.first != b.first:
        return Jet(a.value, 0, 0, (a.sizes[0], mp.zero, mp.zero))
    return min(a, b, key=lambda side: abs(side.first))


FUNCTIONS = {f.__name__: f for f in (abs, exp, lgamma, log, log_cosh, maximum, softplus, where, xlogy)}
