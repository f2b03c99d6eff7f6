"""Exact sums and quotients of floats, correctly rounded: writes sums.csv beside this file.

The values of a row are repeated `repeats` times. Sums are of the exact values of the floats given, in rational
arithmetic; Python rounds a fraction to a float correctly, subnormal numbers included.
"""

import csv
import math
import random
import sys
from fractions import Fraction
from pathlib import Path

HUGE = sys.float_info.max
TINY = 5e-324


def rounded(exact: Fraction) -> float:
    """Nearest float, infinite beyond the largest."""
    try:
        return float(exact)
    except OverflowError:
        return math.inf if exact > 0 else -math.inf


def total(values: list[float], repeats: int) -> Fraction | float:
    """The exact sum, or the infinity or NaN that it is."""
    special = {str(v): v for v in values if not math.isfinite(v)}
    if special:
        return special.popitem()[1] if len(special) == 1 else math.nan
    return repeats * sum(map(Fraction, values), Fraction(0))


def quotient(above: Fraction | float, below: Fraction) -> float:
    """Correctly rounded, by IEEE 754's rules where the divisor is zero or the dividend infinite or NaN."""
    if below:
        return rounded(above / below) if isinstance(above, Fraction) else above
    return math.copysign(math.inf, above) if above else math.nan


def ill_conditioned(draw: random.Random, condition: float, count: int = 60) -> list[float]:
    """Values whose magnitudes sum to about `condition` times their sum."""
    bits = math.log2(condition) / 2
    values = [math.ldexp(draw.uniform(-1, 1), round(draw.uniform(0, bits))) for _ in range(count // 2)]
    values += [math.ldexp(1.0, round(bits)), math.ldexp(draw.random(), -round(bits))]
    for step in range(count // 2):
        size = round(bits - 2 * bits * (step + 1) / (count // 2))
        values.append(math.ldexp(draw.uniform(-1, 1), size) - float(sum(map(Fraction, values))))
    draw.shuffle(values)
    return values


def cases() -> list[tuple[str, int, list[float]]]:
    """Name, repeats and values of each row."""
    draw = random.Random(20)
    uniform = [draw.random() for _ in range(100)]
    rows = [
        ("empty", 1, []),
        ("negative zeros", 3, [-0.0, -0.0]),
        ("one", 1, [0.1]),
        ("uniform", 1, uniform),
        ("uniform, many chunks", 1000, uniform),
        ("lognormal", 200, [draw.lognormvariate(0, 8) for _ in range(100)]),
        ("signed", 100, [draw.gauss(0, 1) for _ in range(100)]),
        (
            "signed, uniform exponents",
            1,
            [math.ldexp(draw.uniform(-1, 1), draw.randint(-1000, 1000)) for _ in range(99)],
        ),
        ("tie to even, down", 1, [1.0, 2.0**-53]),
        ("tie to even, up", 1, [1.0, 2.0**-52, 2.0**-53]),
        ("above a tie", 1, [1.0, 2.0**-53, 2.0**-1000]),
        ("below a tie", 1, [1.0, 2.0**-53, -(2.0**-1000)]),
        ("above a tie by the smallest", 1, [1.0, 2.0**-53, TINY]),
        ("absorbed ones", 300, [1e16, 1.0, 1.0, -1e16]),
        ("cancels to zero", 1, [sign * v for v in uniform for sign in (1, -1)]),
        ("cancels to the smallest", 1, [*(sign * v for v in uniform for sign in (1, -1)), TINY]),
        ("subnormals", 50, [draw.randint(-(2**40), 2**40) * TINY for _ in range(60)]),
        ("smallest floats", 700, [TINY]),
        ("subnormals reaching normal", 9, [sys.float_info.min - TINY, TINY, 3 * TINY]),
        ("overflow on the way", 1, [HUGE, HUGE, -HUGE, -HUGE, 0.1]),
        ("overflow on the way, finite mean", 5000, [HUGE, HUGE / 2, HUGE / 4]),
        ("overflow, mean of the largest", 4097, [HUGE]),
        ("overflow, negative", 100, [-HUGE, -HUGE / 2, -3.0]),
        ("just not overflowing", 1, [HUGE, 2.0**969]),
        ("tie at overflow", 1, [HUGE, 2.0**970]),
        ("below the tie at overflow", 1, [HUGE, 2.0**970, -TINY]),
        ("infinite", 1, [1.0, math.inf, 2.0]),
        ("negative infinite", 40, [1.0, -math.inf, HUGE, HUGE]),
        ("both infinities", 1, [math.inf, 3.0, -math.inf]),
        ("NaN", 1, [1.0, math.nan]),
        ("NaN and infinite", 300, [math.inf, math.nan, HUGE]),
    ]
    for power in range(4, 31, 2):
        rows.append((f"condition 1e{power}", 1, ill_conditioned(draw, 10.0**power)))
        rows.append((f"condition 1e{power}, many chunks", 150, ill_conditioned(draw, 10.0**power)))
    return rows


def main() -> None:
    """Write the table."""
    draw = random.Random(21)
    with Path(__file__).with_suffix(".csv").open("w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["case", "repeats", "condition", "sum", "mean", "weighted", "values", "weights"])
        for name, repeats, values in cases():
            weights = [draw.lognormvariate(0, 1) for _ in values]
            exact, weight = total(values, repeats), total(weights, repeats)
            size = total([abs(v) for v in values], repeats)
            condition = rounded(size / abs(exact)) if isinstance(exact, Fraction) and exact else math.inf
            row = [rounded(exact) if isinstance(exact, Fraction) else exact]
            row += [quotient(exact, Fraction(repeats * len(values))), quotient(exact, weight)]
            texts = [" ".join(map(repr, column)) for column in (values, weights)]
            table.writerow([name.replace(",", ";"), repeats, f"{condition:.1e}", *map(repr, row), *texts])


if __name__ == "__main__":
    main()
