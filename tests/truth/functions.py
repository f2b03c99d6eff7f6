"""Truth table of the elementary functions: writes ``functions.csv`` beside this file.

Run ``python tests/truth/functions.py``. Every value is computed by mpmath at 400 bits from the exact inputs. A row is
``function,dtype,x,y,expected,residual``: inputs are bit patterns of the dtype; ``expected`` is the truth rounded to
float64, as a bit pattern; ``residual`` is what the truth exceeds it by, in units in its last place, so that errors
below one unit are measured as they are.
"""

import csv
import random
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import mpmath as mp

mp.mp.prec = 400

Float = tuple[str, str, int, int]  # struct codes, digits, smallest exponent
FLOATS: dict[str, Float] = {"float32": ("f", "I", 24, -149), "float64": ("d", "Q", 53, -1074)}
INF, NAN = float("inf"), float("nan")


def bits(x: float, dtype: str) -> str:
    """Return the bit pattern of ``x`` in hexadecimal."""
    code, integer, digits, _ = FLOATS[dtype]
    return f"{struct.unpack(integer, struct.pack(code, x))[0]:0{8 if digits == 24 else 16}x}"


def cast(x: float, dtype: str) -> float:
    """Return ``x`` rounded to the dtype, infinite beyond its range."""
    try:
        return struct.unpack(FLOATS[dtype][0], struct.pack(FLOATS[dtype][0], x))[0]
    except OverflowError:
        return INF if x > 0 else -INF


def rounded(value: mp.mpf, dtype: str) -> tuple[float, float]:
    """Return ``value`` rounded to the dtype and the rest in units in the last place; subnormal numbers included."""
    _, _, digits, lowest = FLOATS[dtype]
    if not mp.isfinite(value) or value == 0:
        return float(value), 0.0
    if not mp.ldexp(1, -2000) < abs(value) < mp.ldexp(1, 2000):
        return float(mp.sign(value)) * (0.0 if abs(value) < 1 else INF), 0.0
    exponent = max(int(mp.floor(mp.log(abs(value), 2))) - digits + 1, lowest)
    scaled = mp.ldexp(value, -exponent)
    whole = mp.nint(scaled)
    try:
        nearest = float(mp.ldexp(whole, exponent)) if abs(whole) else 0.0
    except OverflowError:
        nearest = INF if value > 0 else -INF
    if abs(mp.ldexp(whole, exponent)) >= mp.ldexp(1, 128 if dtype == "float32" else 1024):
        return (INF if value > 0 else -INF), 0.0
    return nearest, float(scaled - whole)


def log1p(x: mp.mpf) -> mp.mpf:
    """Return log(1 + x) without losing a small x."""
    return x - x * x / 2 + x**3 / 3 if abs(x) < mp.mpf(2) ** -150 else mp.log(1 + x)


def expm1(x: mp.mpf) -> mp.mpf:
    """Return exp(x) - 1 without losing a small x."""
    return x + x * x / 2 + x**3 / 6 if abs(x) < mp.mpf(2) ** -150 else mp.exp(x) - 1


def softplus(x: mp.mpf) -> mp.mpf:
    """Return log(1 + exp(x))."""
    if mp.isinf(x):
        return x if x > 0 else mp.mpf(0)
    return max(x, mp.mpf(0)) + log1p(mp.exp(-abs(x)))


def sigmoid(x: mp.mpf) -> mp.mpf:
    """Return 1 / (1 + exp(-x))."""
    return 1 / (1 + mp.exp(-x)) if x > 0 else mp.exp(x) / (1 + mp.exp(x))


def slope(x: mp.mpf) -> mp.mpf:
    """Return the derivative of ``sigmoid``."""
    e = mp.exp(-abs(x))
    return e / (1 + e) ** 2


def tanh(x: mp.mpf) -> mp.mpf:
    """Return tanh(x)."""
    t = expm1(-2 * abs(x))
    return -t / (2 + t) * mp.sign(x)


def log_cosh(x: mp.mpf) -> mp.mpf:
    """Return log cosh x."""
    a = abs(x)
    if a < 1:
        return log1p(expm1(a) ** 2 / (2 * mp.exp(a)))
    return a if mp.isinf(a) else a + log1p(mp.exp(-2 * a)) - mp.log(2)


def log(x: mp.mpf) -> mp.mpf:
    """Return log(x), minus infinity at 0, NaN below."""
    return mp.log(x) if x > 0 else mp.mpf(-INF) if x == 0 else mp.mpf(NAN)


def power(x: mp.mpf, y: mp.mpf) -> mp.mpf:
    """Return x**y for x >= 0, NaN for other x."""
    if x < 0:
        return mp.mpf(NAN)
    if y == 0 or x == 1:
        return mp.mpf(1)
    if x == 0 or mp.isinf(x):
        return mp.mpf(0 if (x == 0) == (y > 0) else INF)
    if mp.isinf(y):
        return mp.mpf(0 if (x < 1) == (y > 0) else INF)
    return mp.exp(y * mp.log(x))


def sigmoid_pow(x: mp.mpf, c: mp.mpf) -> mp.mpf:
    """Return sigmoid(x)**c."""
    return mp.mpf(1) if c == 0 else mp.exp(-c * softplus(-x))


def xlogy(x: mp.mpf, y: mp.mpf) -> mp.mpf:
    """Return x log y, 0 where x is 0."""
    return mp.mpf(0) if x == 0 else x * log(y)


def exp_difference(z: mp.mpf, m: mp.mpf) -> mp.mpf:
    """Return exp(z - m)."""
    return mp.mpf(1) if z == m else mp.exp(z - m)


def log1mexp(a: mp.mpf) -> mp.mpf:
    """Return log(1 - exp(-a)) for a >= 0, NaN below."""
    if a <= 0:
        return mp.mpf(-INF if a == 0 else NAN)
    return log1p(-mp.exp(-a)) if a > 1 else mp.log(-expm1(-a))


def ln_gamma(x: mp.mpf) -> mp.mpf:
    """Return log gamma(x) for x > 0."""
    if x <= 0 or mp.isinf(x):
        return mp.mpf(INF if x >= 0 else NAN)
    return mp.mpf(0) if x in (1, 2) else mp.loggamma(x)


def divergence(t: mp.mpf, q: mp.mpf) -> mp.mpf:
    """t log(t/q) - t + q."""
    if t == 0 or q == 0:
        return q if t == 0 else mp.inf
    with mp.workdps(150):
        return t * mp.log(t / q) - t + q


def minus_log1p(x: mp.mpf) -> mp.mpf:
    """Return x - log(1 + x) without losing a small x."""
    if mp.isinf(x) or x <= -1:
        return mp.mpf(NAN if x < -1 else INF)
    return x * x / 2 - x**3 / 3 if abs(x) < mp.mpf(2) ** -100 else x - mp.log(1 + x)


def expm1_minus(x: mp.mpf) -> mp.mpf:
    """Return exp(x) - 1 - x without losing a small x."""
    if mp.isinf(x):
        return mp.mpf(INF)
    return x * x / 2 + x**3 / 6 if abs(x) < mp.mpf(2) ** -100 else mp.exp(x) - 1 - x


def hypot1(x: mp.mpf) -> mp.mpf:
    """Return the square root of 1 + x**2, less 1."""
    return abs(x) if mp.isinf(x) else x * x / (1 + mp.sqrt(1 + x * x))


def exp_times(y: mp.mpf, x: mp.mpf) -> mp.mpf:
    """Return y exp(x), 0 where y is 0."""
    return mp.mpf(0) if y == 0 else y * mp.exp(x)


def excess(t: mp.mpf) -> mp.mpf:
    """Return what the density at t over the probability beyond, of the normal distribution, exceeds t by."""
    if t < 100:
        return mp.npdf(t) / (mp.erfc(t / mp.sqrt(2)) / 2) - t
    fraction = t
    for k in range(60, 1, -1):
        fraction = t + k / fraction
    return 1 / fraction


def hazard(t: mp.mpf) -> mp.mpf:
    """Return the density at t over the probability beyond, of the normal distribution."""
    return t + excess(t)


def log_ndtr(x: mp.mpf) -> mp.mpf:
    """Return the logarithm of the normal distribution function."""
    if mp.isinf(x):
        return mp.mpf(0) if x > 0 else x
    if x < 0:
        return -x * x / 2 - mp.log(2 * mp.pi) / 2 - mp.log(hazard(-x))
    return log1p(-mp.npdf(x) / hazard(x))


def log_ndtr_slope(x: mp.mpf) -> mp.mpf:
    """Return the derivative of `log_ndtr`."""
    if mp.isinf(x):
        return mp.mpf(0) if x > 0 else -x
    return hazard(-x) if x < 0 else mp.npdf(x) / (1 - mp.npdf(x) / hazard(x))


def log_ndtr_bend(x: mp.mpf) -> mp.mpf:
    """Return minus the second derivative of `log_ndtr`."""
    if mp.isinf(x):
        return mp.mpf(x < 0)
    return log_ndtr_slope(x) * (excess(-x) if x < 0 else log_ndtr_slope(x) + x)


A = mp.mpf(10) / 3  # the constant of the scaled differences
Inputs = Iterator[tuple[float, float]]


class Sampler:
    """Inputs of one dtype: ordinary, tails, seams of the implementation, subnormal and infinite ones."""

    def __init__(self, dtype: str) -> None:
        self.random = random.Random(dtype)
        self.digits = FLOATS[dtype][2]
        self.largest = 128 if dtype == "float32" else 1024
        self.end = 104 if dtype == "float32" else 745
        self.low, self.top = mp.ldexp(1, FLOATS[dtype][3]), mp.ldexp(2 - mp.ldexp(1, 1 - self.digits), self.largest - 1)

    def special(self) -> list[float]:
        """Return zeros, the ends of the range and of its normal part, infinities, NaN."""
        smallest = float(mp.ldexp(1, 2 - self.largest))
        ends = [0.0, float(self.low), 3 * float(self.low), smallest, 0.7 * smallest, 1.0, float(self.top), INF]
        return [sign * x for x in ends for sign in (1, -1)] + [NAN]

    def near(self, x: float) -> list[float]:
        """Return numbers on and closely around ``x``."""
        return [x * (1 + k * 2.0 ** (1 - self.digits)) for k in (-2, -1, 0, 1, 2)]

    def magnitude(self) -> float:
        """Return a number of any size."""
        return float(
            mp.ldexp(self.random.uniform(0.5, 1), self.random.randint(4 - self.largest - self.digits, self.largest))
        )

    def real(self) -> list[float]:
        """Return numbers of both signs, dense where exponentials change."""
        uniform = self.random.uniform
        out = self.special()
        out += [uniform(-1, 1) for _ in range(50)] + [uniform(-6, 6) for _ in range(50)]
        out += [uniform(-40, 40) for _ in range(30)] + [uniform(-self.end, self.end) for _ in range(30)]
        out += [sign * self.magnitude() for _ in range(15) for sign in (1, -1)]
        out += [s for k in (-5, -3, -1, 1, 3, 5) for s in self.near(k * 0.34657359027997264)]
        out += self.near(0.875) + self.near(-self.end) + self.near(self.end - 36)
        return out

    def positive(self) -> list[float]:
        """Return mostly positive numbers, dense around 1 and the seams of logarithms."""
        uniform = self.random.uniform
        out = [*self.special(), -2.5]
        out += [uniform(0, 2) for _ in range(60)] + [uniform(0, 12) for _ in range(60)]
        out += [1 + uniform(-1, 1) * 10 ** uniform(-5, -1) for _ in range(30)] + [self.magnitude() for _ in range(40)]
        for seam in (0.5, 0.7071067811865476, 1.0, 1.4142135623730951, 0.34657359027997264, 0.6931471805599453):
            out += self.near(seam)
        return out

    def unary(self, values: list[float]) -> Inputs:
        """Yield the values with an unused second input."""
        return ((x, 0.0) for x in values)

    def binary(self, first: list[float], second: list[float]) -> Inputs:
        """Yield the values of ``first`` with values of ``second`` in random order."""
        for x in first:
            yield x, self.random.choice(second)

    def sums(self) -> Inputs:
        """Yield a number and a correction of up to four units in its last place."""
        for x in self.real():
            yield x, x * self.random.uniform(-4, 4) * 2.0**-self.digits if abs(x) < self.end else 0.0

    def differences(self) -> Inputs:
        """Yield z and m with z <= m."""
        for x in self.real():
            for y in (self.random.uniform(-9, 9), x * (1 + self.random.uniform(-1, 1) * 2.0**-9)):
                if x == x:
                    yield min(x, y), max(x, y)
        yield from ((x, x) for x in self.special()[:-1])

    def close(self) -> Inputs:
        """Yield x and numbers near exp(x)."""
        for x in self.real():
            if abs(x) < 80:
                for size in (0, 2.0**-self.digits * 4, 1e-3, 1):
                    yield x, float(mp.exp(x) * (1 + size * self.random.uniform(-1, 1)))

    def gammas(self) -> Inputs:
        """Yield arguments of the gamma function, dense around its zeros and the seams of the reduction."""
        uniform = self.random.uniform
        out = self.positive() + [uniform(2, 30) for _ in range(60)] + [10 ** uniform(1, 30) for _ in range(30)]
        out += [c + sign * 10 ** uniform(-7, -0.5) for c in (1, 2) for _ in range(30) for sign in (1, -1)]
        out += [s for c in (0.5, 1, 1.5, 2, 2.5, 3.5, 7.5, 8) for s in self.near(c)]
        return self.unary(out)

    def ratios(self) -> Inputs:
        """Yield numbers above -1, dense around 0 and the seams at -1/2 and 1."""
        uniform = self.random.uniform
        out = [x for x in self.special() if not x <= -1] + [uniform(-1, 1) for _ in range(80)]
        out += [sign * 10 ** uniform(-30, 0) for _ in range(40) for sign in (1, -1)]
        out += [abs(x) for x in self.real()] + self.near(-0.5) + self.near(1.0)
        return self.unary(out)

    def shares(self) -> Inputs:
        """Yield two numbers from 0 to 1, close to each other or not, dense around the seams at a ratio of 1/2 and 2."""
        uniform = self.random.uniform
        for t in [uniform(0, 1) for _ in range(60)] + [10 ** uniform(1 - self.digits, 0) for _ in range(60)]:
            yield from ((t, q) for q in (uniform(0, 1), 10 ** uniform(-37, 0), t / 2, t, min(2 * t, 1.0)))
            near = (t * (1 + sign * 10 ** uniform(-9, -0.4)) for sign in (1, -1) for _ in range(3))
            yield from ((t, min(q, 1.0)) for q in near)
        yield from ((t, q) for t in (0.0, 1e-40, 1.0) for q in (0.0, 1e-40, 1e-30, 0.5, 1.0))

    def products(self) -> Inputs:
        """Yield y and x with a representable y exp(x), where exp(x) need not be; then any."""
        for y in [self.magnitude() for _ in range(150)] + self.special():
            if 0 < y < INF:
                target = self.random.uniform(1 - self.largest - self.digits, self.largest)
                yield y, float((target - mp.log(y, 2)) * mp.log(2))
                yield -y, float((target - mp.log(y, 2)) * mp.log(2))
            yield y, self.random.uniform(-9, 9)

    def scaled(self) -> Inputs:
        """Yield two numbers whose scaled difference is anything that exponentials distinguish."""
        for u in self.real():
            if abs(u) < self.end:
                y = self.random.choice([0.0, 0.7, -3.3, 40.0])
                yield y + u * 0.3, y

    def powers(self) -> Inputs:
        """Yield logits and exponents of sigmoid_pow, products with softplus up to underflow."""
        for x in self.real():
            size = abs(softplus(mp.mpf(-x))) if x == x and abs(x) < 1e30 else mp.mpf(1)
            yield x, self.random.choice([0.0, 0.5, 1.0, 2.0, 5.0])
            yield x, min(float(self.random.uniform(0, self.end) / max(size, 1e-30)), 1e30)


FUNCTIONS: dict[str, tuple[Callable[..., mp.mpf], Callable[[Sampler], Inputs]]] = {
    "exp": (lambda x, _: mp.exp(x), lambda s: s.unary(s.real())),
    "exp_parts": (lambda x, _: mp.exp(x), lambda s: s.unary([x for x in s.real() if abs(x) < s.end - 36])),
    "exp_sum": (lambda x, y: mp.exp(x + y), Sampler.sums),
    "expm1": (lambda x, _: expm1(x), lambda s: s.unary(s.real())),
    "log": (lambda x, _: log(x), lambda s: s.unary(s.positive())),
    "log_parts": (lambda x, _: log(x), lambda s: s.unary(s.positive())),
    "log1p": (lambda x, _: log1p(x) if x > -1 else log(1 + x), lambda s: s.unary(s.real() + s.positive())),
    "softplus": (lambda x, _: softplus(x), lambda s: s.unary(s.real())),
    "sigmoid": (lambda x, _: sigmoid(x), lambda s: s.unary(s.real())),
    "slope": (lambda x, _: slope(x), lambda s: s.unary(s.real())),
    "tanh": (lambda x, _: tanh(x), lambda s: s.unary(s.real())),
    "log_cosh": (lambda x, _: log_cosh(x), lambda s: s.unary(s.real())),
    "sech2": (lambda x, _: 4 * slope(2 * x), lambda s: s.unary(s.real())),
    "pow": (power, lambda s: s.binary(s.positive() * 2, [x for x in s.real() if x == x])),
    "sigmoid_pow": (sigmoid_pow, Sampler.powers),
    "xlogy": (xlogy, lambda s: s.binary(s.real(), s.positive())),
    "exp_difference": (exp_difference, Sampler.differences),
    "exp_minus": (lambda x, y: mp.exp(x) - y, Sampler.close),
    "log1mexp": (lambda x, _: log1mexp(x), lambda s: s.unary(s.positive())),
    "ln_gamma": (lambda x, _: ln_gamma(x), Sampler.gammas),
    "minus_log1p": (lambda x, _: minus_log1p(x), Sampler.ratios),
    "divergence": (divergence, Sampler.shares),
    "expm1_minus": (lambda x, _: expm1_minus(x), lambda s: s.unary(s.real())),
    "hypot1": (lambda x, _: hypot1(x), lambda s: s.unary(s.real())),
    "log1p_square": (lambda x, _: log1p(x * x), lambda s: s.unary(s.real())),
    "log_ndtr": (lambda x, _: log_ndtr(x), lambda s: s.unary(s.real())),
    "log_ndtr_slope": (lambda x, _: log_ndtr_slope(x), lambda s: s.unary(s.real())),
    "log_ndtr_bend": (lambda x, _: log_ndtr_bend(x), lambda s: s.unary(s.real())),
    "exp_times": (exp_times, Sampler.products),
    "scaled_exp": (lambda x, y: mp.exp(A * (x - y)), Sampler.scaled),
    "scaled_expm1": (lambda x, y: expm1(A * (x - y)), Sampler.scaled),
    "scaled_softplus": (lambda x, y: softplus(A * (x - y)), Sampler.scaled),
    "scaled_log_cosh": (lambda x, y: log_cosh(A * (x - y)), Sampler.scaled),
}


def rows() -> Iterator[list[str]]:
    """Yield the table without its header."""
    for name, (truth, inputs) in FUNCTIONS.items():
        for dtype in FLOATS:
            seen = set()
            for pair in inputs(Sampler(dtype)):
                x, y = (cast(v, dtype) for v in pair)
                key = (bits(x, dtype), bits(y, dtype))
                if key in seen:
                    continue
                seen.add(key)
                value = truth(mp.mpf(x), mp.mpf(y)) if x == x and y == y else mp.mpf(NAN)
                # Beyond the range of the dtype the truth is infinite; within it, rounded to float64.
                overflows = mp.isinf(mp.mpf(rounded(value, dtype)[0]))
                expected, residual = (rounded(value, dtype)[0], 0.0) if overflows else rounded(value, "float64")
                yield [name, dtype, *key, bits(expected, "float64"), f"{residual:.6f}"]


if __name__ == "__main__":
    with Path(__file__).with_suffix(".csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["function", "dtype", "x", "y", "expected", "residual"])
        writer.writerows(rows())
