"""What texts about boxes and about times name besides their columns: areas and distances, densities and what lies between bounds."""

from __future__ import annotations

from collections.abc import Callable

import jets
from jets import Jet, Sides, jet
from mpmath import mp


def of_boxes(first: list[Jet], second: list[Jet]) -> dict[str, Jet]:
    """What texts about two boxes name: on each axis the ends of the first in order; on an end of the second, halfway."""
    sides = [along(first[axis], first[axis + 2], second[axis], second[axis + 2]) for axis in (0, 1)]
    own, other, common, hull = (sides[0][k] * sides[1][k] for k in range(4))
    (width, height), (wanted_width, wanted_height) = ([side[k] for side in sides] for k in (0, 1))
    angles = angle(wanted_width, wanted_height) - angle(width, height)
    is_point = width.value == height.value == 0 or wanted_width.value == wanted_height.value == 0
    return {
        "intersection": common,
        "union": own + other - common,
        "hull": hull,
        "squared_distance": sides[0][4] ** 2 + sides[1][4] ** 2,
        "squared_diagonal": sides[0][3] ** 2 + sides[1][3] ** 2,
        "v": jet(0) if is_point else angles**2 * 4 / mp.pi**2,
    }


def of_times(distribution: str) -> dict[str, Callable]:
    """The density of a distribution, and how much of it lies between two numbers: by the tail on whose side both are."""
    densities = {
        "normal": lambda z: (mp.npdf(z), -z, z * z - 1),
        "logistic": lambda z: (mp.exp(-abs(z)) / (1 + mp.exp(-abs(z))) ** 2, -mp.tanh(z / 2), None),
        "extreme": lambda z: (mp.exp(z - mp.exp(z)), -mp.expm1(z), None),
    }

    def rule(z: mp.mpf) -> tuple[mp.mpf, mp.mpf, mp.mpf]:
        """The density, and its first two derivatives over it."""
        value, first, second = densities[distribution](z)
        if second is None:  # by that of the first
            turn = mp.sech(z / 2) ** 2 / 2 if distribution == "logistic" else mp.exp(z)
            second = first * first - turn
        return value, first, second

    def density(z: Jet) -> Jet:
        value, first, second = rule(z.value)
        inner = fuzzy(z)
        sizes = (value, value * (abs(first) + abs(first**2 - second) * inner), value * abs(second))
        return z.chain((value, value * first, value * second), sizes)

    def fuzzy(z: Jet) -> mp.mpf:
        """What is left of a logarithm good to a thousandth of a unit where it nearly cancels."""
        return z.sizes[0] / 1000

    def between(upper: Jet, lower: Jet) -> Jet:
        sides = [(side, *ends(side.value)) for side in (upper, lower)]
        first = [density * side.first for side, density, _ in sides]
        second = [density * turn * side.first**2 for side, density, turn in sides]
        lost = sum(abs(second) * fuzzy(side) for second, (side, *_) in zip(second, sides, strict=True) if second)
        sizes = (abs(first[0]) + abs(first[1]) + lost, abs(second[0]) + abs(second[1]))
        value = inside(upper.value, lower.value)
        return Jet(value, first[0] - first[1], second[0] - second[1], (value, *sizes))

    def ends(z: mp.mpf) -> tuple[mp.mpf, mp.mpf]:
        far = abs(z) > 10**6 and (z > 0 or distribution != "extreme")  # there a density is not 0 until far below it
        return (mp.zero, mp.zero) if far or abs(z) > 10**12 else rule(z)[:2]

    def inside(upper: mp.mpf, lower: mp.mpf) -> mp.mpf:
        if distribution == "extreme":
            low, high = (mp.exp(z) if z < 10**5 else mp.inf for z in (lower, upper))
            return mp.exp(-low) * -mp.expm1(low - high) if high < mp.inf else mp.exp(-low)
        if lower + upper > 0:
            upper, lower = -lower, -upper
        return below(upper) - below(lower)

    def below(z: mp.mpf) -> mp.mpf:
        if z < -(10**6):
            return mp.zero
        if distribution == "logistic":
            return 1 / (1 + mp.exp(-z)) if z < 10**6 else mp.one
        return mp.erfc(-z / mp.sqrt(2)) / 2 if z < 10**3 else mp.one

    return {"density": density, "between": between}


def along(a: Jet, b: Jet, low: Jet, high: Jet) -> tuple[Jet, ...]:
    """Of two intervals their lengths, that of what they have in common and of what holds both, and the distance of their middles."""
    a, b = (a, b) if a <= b else (b, a)
    top, bottom = halfway(b, high, b > high), halfway(a, low, a < low)
    inner_top, inner_bottom = halfway(b, high, b < high), halfway(a, low, a > low)
    common = jets.maximum(0, inner_top - inner_bottom)
    return b - a, high - low, common, top - bottom, ((a - low) + (b - high)) * mp.mpf(0.5)


def halfway(a: Jet, b: Jet, first: bool) -> Jet:
    """The first or the second; where they are equal, what lies halfway between their derivatives."""
    if a.value == b.value:
        Sides.kink |= a.first != b.first
        return Jet(a.value, (a.first + b.first) / 2, exact=True)
    return a if first else b


def angle(width: Jet, height: Jet) -> Jet:
    """That of a diagonal with the second axis, of sides of which one moves at most."""
    w, h = width.value, height.value
    square = w**2 + h**2
    turn = (width.first * h - height.first * w) / square if square else mp.zero
    bend = -2 * turn * (w * width.first + h * height.first) / square if square else mp.zero
    return Jet(mp.atan2(w, h), turn, bend)
