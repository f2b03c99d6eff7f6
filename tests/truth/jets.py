"""Jets over mpmath numbers: a value, its first two derivatives, and how large the terms were that made each of the
three.

The sizes are what the conditions of the tables are made of. They follow the terms of the formula as a careful
implementation would add them up: a sum adds the sizes of its two sides, a product multiplies them, a function of one
argument (`exp`, `softplus`, ...) is a single number again, because it can be computed to an ulp. A sum of two given
numbers (`margin - y_pred`) is rounded once and so has no cancellation either. A size divided by the magnitude of the
result is 1 where nothing cancels.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mpmath import mp

Real = float | mp.mpf


class Jet:
    """A number and its first two derivatives by the prediction, with the sizes of the terms of all three."""

    __slots__ = ("exact", "first", "lacking", "second", "sizes", "value")

    def __init__(
        self,
        value: Real,
        first: Real = 0,
        second: Real = 0,
        sizes: Sequence | None = None,
        *,
        exact: bool = False,
        lacking: Jet | None = None,
    ) -> None:
        self.value, self.first, self.second = mp.mpf(value), mp.mpf(first), mp.mpf(second)
        self.sizes = sizes or tuple(abs(part) for part in (self.value, self.first, self.second))
        self.exact, self.lacking = exact, lacking

    def parts(self) -> tuple[mp.mpf, mp.mpf, mp.mpf]:
        return self.value, self.first, self.second

    def __add__(self, other: Jet | Real) -> Jet:
        if isinstance(other, list):
            return NotImplemented
        other = jet(other)
        for one, minus in ((self, other), (other, self)):
            if minus.lacking is not None and minus.value < 0 and one.is_constant and one.value == 1:
                return minus.lacking
        sizes = tuple(a + b for a, b in zip(self.sizes, other.sizes, strict=True))
        parts = [a + b for a, b in zip(self.parts(), other.parts(), strict=True)]
        if self.exact and other.exact:
            sizes = (abs(parts[0]), *sizes[1:])
        return Jet(*parts, sizes)

    def __mul__(self, other: Jet | Real) -> Jet:
        if isinstance(other, list):
            return NotImplemented
        other = jet(other)
        sign = any(factor.exact and abs(factor.value) == 1 and factor.first == 0 for factor in (self, other))
        product, sizes = (
            (a[0] * b[0], a[1] * b[0] + a[0] * b[1], a[2] * b[0] + 2 * a[1] * b[1] + a[0] * b[2])
            for a, b in ((self.parts(), other.parts()), (self.sizes, other.sizes))
        )
        return Jet(*product, sizes, exact=sign and self.exact and other.exact)

    def __pow__(self, exponent: Jet | Real) -> Jet:
        n, x = jet(exponent).value, self.value
        if x == 0 and n > 0 and self.is_constant:
            return Jet(0)
        power = [mp.mpf(1), n, n * (n - 1)]
        return self.chain([c and c * x ** (n - order) for order, c in enumerate(power)])

    def __truediv__(self, other: Jet | Real) -> Jet:
        return self * jet(other) ** -1

    def __neg__(self) -> Jet:
        return Jet(-self.value, -self.first, -self.second, self.sizes, exact=self.exact, lacking=self.lacking)

    def __sub__(self, other: Jet | Real) -> Jet:
        if isinstance(other, list):
            return NotImplemented
        return self + -jet(other)

    def __rsub__(self, other: Jet | Real) -> Jet:
        return jet(other) - self

    def __rtruediv__(self, other: Jet | Real) -> Jet:
        return jet(other) / self

    def __abs__(self) -> Jet:
        if self.value == 0 and not self.is_constant:
            Sides.met = True
            return self if Sides.right else -self
        return maximum(self, -self)

    def __gt__(self, other: Jet | Real) -> bool:
        return self.value > jet(other).value

    def __ge__(self, other: Jet | Real) -> bool:
        return self.value >= jet(other).value

    def __lt__(self, other: Jet | Real) -> bool:
        return self.value < jet(other).value

    def __le__(self, other: Jet | Real) -> bool:
        return self.value <= jet(other).value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Jet | float | int | mp.mpf) and self.value == jet(other).value

    __hash__ = None

    @property
    def is_constant(self) -> bool:
        return self.first == 0 and self.second == 0

    __radd__, __rmul__ = __add__, __mul__

    def __rpow__(self, base: Real) -> Jet:
        return exp(self * mp.log(base))

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


class Sides:
    """From which side magnitudes are seen at 0, and whether any was: an even function of one may be smooth there.

    And whether there was a kink, since somebody said that there was none.
    """

    right, met, kink = True, False, False


def from_both_sides(compute: Callable[[], Jet]) -> Jet:
    """A text's jet; where a magnitude is 0, what both sides agree on, or else the flatter one."""
    Sides.right, Sides.met = True, False
    right = compute()
    if not Sides.met:
        return right
    Sides.right = False
    left = compute()
    Sides.right = True
    return right if right.first == left.first else flatter(right, left)


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


def sigmoid(x: Jet | Real) -> Jet:
    s, r, _ = halves(jet(x).value)
    return jet(x).chain((s, s * r, s * r * (r - s)))


def minus_log_between(x: Jet | Real, y: Jet | Real) -> Jet:
    """-log(sigmoid(x) - sigmoid(y)) where both move alike."""
    (below_x, above_x, _), (below_y, above_y, _) = halves(jet(x).value), halves(jet(y).value)
    value = -mp.log(below_x) - mp.log(above_y) - mp.log(-mp.expm1(jet(y).value - jet(x).value))
    return jet(x).chain((value, below_y - above_x, below_x * above_x + below_y * above_y))


def log1p(x: Jet | Real) -> Jet:
    x = jet(x)
    if x.lacking is not None and x.value < 0:
        return log(x.lacking)
    return x.chain((mp.log1p(x.value), 1 / (1 + x.value), -1 / (1 + x.value) ** 2))


def expm1(x: Jet | Real) -> Jet:
    e = mp.exp(jet(x).value)
    return jet(x).chain((mp.expm1(jet(x).value), e, e))


def sqrt(x: Jet | Real) -> Jet:
    return jet(x) ** mp.mpf("0.5")


def cosh(x: Jet | Real) -> Jet:
    v = jet(x).value
    return jet(x).chain((mp.cosh(v), mp.sinh(v), mp.cosh(v)))


def log_ndtr(x: Jet | Real) -> Jet:
    """The logarithm of the normal distribution function; its hazard by a continued fraction far from 0."""
    v = jet(x).value
    t = abs(v)
    if t < 30:
        excess = mp.npdf(t) / (mp.erfc(t / mp.sqrt(2)) / 2) - t
    else:
        excess = t
        for k in range(600, 1, -1):
            excess = t + k / excess
        excess = 1 / excess
    log_density = -v * v / 2 - mp.log(2 * mp.pi) / 2
    if v < 0:
        hazard = t + excess
        return jet(x).chain((log_density - mp.log(hazard), hazard, -hazard * excess))
    tail = mp.exp(log_density) / (t + excess)
    slope = mp.exp(log_density) / (1 - tail)
    return jet(x).chain((mp.log1p(-tail), slope, -slope * (slope + v)))


def expm1_minus(x: Jet | Real) -> Jet:
    v = jet(x).value
    return jet(x).chain((mp.expm1(v) - v, mp.expm1(v), mp.exp(v)))


def minus_log1p(x: Jet | Real) -> Jet:
    v = jet(x).value
    return jet(x).chain((v - mp.log1p(v), v / (1 + v), 1 / (1 + v) ** 2))


def hypot1(x: Jet | Real) -> Jet:
    v = jet(x).value
    root = mp.sqrt(1 + v * v)
    return jet(x).chain((v * v / (1 + root), v / root, 1 / root**3))


def cube_complement(x: Jet | Real) -> Jet:
    """1 - (1 - x)**3."""
    v = jet(x).value
    return jet(x).chain((v * (3 - 3 * v + v * v), 3 * (1 - v) ** 2, -6 * (1 - v)))


def log1p_ratio(x: Jet | Real, y: Jet | Real) -> Jet:
    """log1p(x) - log1p(y) for a constant y."""
    v = jet(x).value
    return jet(x).chain((mp.log1p(v) - mp.log1p(jet(y).value), 1 / (1 + v), -1 / (1 + v) ** 2))


def boxcox_exp(a: Jet | Real, x: Jet | Real) -> Jet:
    """exp(a*x)/a, and x where a is 0."""
    a = jet(a).value
    e = mp.exp(a * jet(x).value)
    return jet(x).chain((e / a if a else jet(x).value, e, a * e))


def boxcox_pow(a: Jet | Real, x: Jet | Real) -> Jet:
    """x**a/a, and log(x) where a is 0."""
    a, v = jet(a).value, jet(x).value
    return jet(x).chain((v**a / a if a else mp.log(v), v ** (a - 1), (a - 1) * v ** (a - 2)))


def xlogy(x: Jet | Real, y: Jet | Real) -> Jet:
    """x * log(y) for a constant x, and 0 where x is 0."""
    return jet(x) * log(y) if jet(x).value else jet(0)


def xlog1py(x: Jet | Real, y: Jet | Real) -> Jet:
    """x * log(1 + y) for a constant x, and 0 where x is 0."""
    return jet(x) * log1p(y) if jet(x).value else jet(0)


def maximum(a: Jet | Real, b: Jet | Real) -> Jet:
    """The larger; at a kink the flatter side, and slope 0 where both sides are equally steep."""
    a, b = jet(a), jet(b)
    if a.value != b.value:
        return a if a.value > b.value else b
    return flatter(a, b)


def minimum(a: Jet | Real, b: Jet | Real) -> Jet:
    """The smaller; at a kink as `maximum`."""
    return -maximum(-jet(a), -jet(b))


def flatter(a: Jet, b: Jet) -> Jet:
    """Of two sides that meet, the flatter; where both are equally steep slope 0, and the bend that they agree on, or else 0."""
    Sides.kink |= a.first != b.first
    if abs(a.first) == abs(b.first) and a.first != b.first:
        second, size = (a.second, a.sizes[2]) if a.second == b.second else (0, mp.zero)
        return Jet(a.value, 0, second, (a.sizes[0], mp.zero, size))
    return min(a, b, key=lambda side: abs(side.first))


FUNCTIONS = {"pi": mp.pi} | {
    f.__name__: f
    for f in (
        *(abs, boxcox_exp, boxcox_pow, cosh, cube_complement, exp, expm1, expm1_minus, hypot1, lgamma),
        *(log, log1p, log1p_ratio, log_cosh, log_ndtr, maximum, minimum, minus_log1p, minus_log_between),
        *(sigmoid, softplus, sqrt, xlog1py, xlogy),
    )
}
