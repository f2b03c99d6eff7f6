"""Writes the tables of exact values, gradients and diagonal Hessians of the losses, one file a loss; README.md has
the format.

    python tests/truth/losses.py [LOSS ...]              write the tables
    python tests/truth/losses.py --check [LOSS ...]      exit 1 where a table in the folder is not what would be written

Nothing here knows a loss. What is true is the formula text of `lossreg.describe` (formulas.py), evaluated as jets
(jets.py) at 450 digits, which leaves more than 100 after the worst cancellation between float64 numbers (1 - 5e-324),
and rounded once. Inputs are the rows that a table has already, then those that inputs.py makes of the loss's
parameters and domains. Each run also compares a sample of the derivatives with numerical differentiation.

An infinite input stands for the limit: it is replaced by a number so large (10**400, or exp(10**400) where the
prediction is a mean) that every other scale is passed, and a probability or mean of 0 by exp(-10**400). A row whose
limit depends on the path has no truth and no place in a table.

The condition of a number is max(1, sum of the magnitudes of its terms / max(its magnitude, smallest normal)), the
terms being those of the text and of its derivatives (jets.py says what counts as one). It is 1 unless terms cancel.
The condition of a row that a table has already only becomes smaller.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
from itertools import accumulate
from pathlib import Path
from typing import Any

import inputs
from jets import Jet
from mpmath import mp
from table import PRECISION, Row, bits, read

import formulas
import lossreg

DIGITS = 450
FOLDER = Path(__file__).parent


def names() -> list[str]:
    """The built-in losses."""
    return [name for name in lossreg.names() if lossreg.describe(name).provider == "lossreg"]


def classes(info: Any, params: dict, y: list, n: int) -> list[tuple]:
    """Index, target after smoothing and weight of every class."""
    targets = [float(k == y[0]) for k in range(n)] if len(y) == 1 else y
    smoothed = [formulas.smoothed(mp.mpf(t), params, n) for t in targets]
    weight = next((params[p.name] for p in info.params if p.kind == "per-class" and p.name in params), None)
    weights = weight if isinstance(weight, list) else [1 if weight is None else weight] * n
    return list(zip(range(n), smoothed, weights, strict=True))


def softmax_parts(params: dict, x: list) -> tuple[list, list]:
    """What is proportional to the probabilities, and for each class the sum of the others without subtracting."""
    parts = [mp.exp(z - max(x)) for z in x] if params["from_logits"] else x
    return parts, without_each(parts)


def without_each(numbers: list) -> list:
    """For each number the sum of the others, without subtracting."""
    before = [mp.zero, *accumulate(numbers[:-1])]
    after = [*reversed([mp.zero, *accumulate(numbers[:0:-1])])]
    return [a + b for a, b in zip(before, after, strict=True)]


def rowwise(info: Any, params: dict, y: list, x: list, scale: int = 1) -> tuple[Jet, list[Jet]]:
    """`outputs` of the losses of a row: a sum over its classes of the text, each times the class's weight."""
    logits = params["from_logits"]
    x = [formulas.beyond(item, "raw" if logits else "probability", scale * (k + 1)) for k, item in enumerate(x)]
    parts, others = softmax_parts(params, x)
    total = parts[0] + others[0]
    terms = [
        formulas.class_term(info, params, t, parts[k], others[k]) * c for k, t, c in classes(info, params, y, len(x))
    ]
    value = Jet(mp.fsum(t.value for t in terms), sizes=(mp.fsum(t.sizes[0] for t in terms), mp.zero, mp.zero))
    # For each class its own derivatives by log q, and the sums of all others'; the same for sizes.
    columns = [
        [t.first for t in terms],
        [t.second for t in terms],
        [t.sizes[1] for t in terms],
        [t.sizes[2] for t in terms],
    ]
    rest = [without_each(column) for column in columns]
    derivatives = []
    for j, part in enumerate(parts):
        lacking, q = others[j] / total, part / total
        if logits:  # how log q of a class depends on its own logit, and how on another's
            own, other = (lacking, -q * lacking), (-q, -q * lacking)
        else:
            own = (lacking / part, -lacking * (total + part) / (part**2 * total))
            other = (-1 / total, 1 / total**2)
        first, second, first_size, second_size = (column[j] for column in columns)
        firsts, seconds, first_sizes, second_sizes = (column[j] for column in rest)
        bend = second * own[0] ** 2 + first * own[1]
        bend_size = second_size * own[0] ** 2 + first_size * abs(own[1])
        # A multiple of q, in which the terms that a q near 0 makes enormous are gone.
        if abs(first - second) <= abs(first) * mp.eps * 10**9 and not logits:
            both = -2 * lacking / (part * total)
            bend, bend_size = first * both, first_size * abs(both)
        derivatives.append(
            Jet(
                0,
                first * own[0] + firsts * other[0],
                bend + seconds * other[0] ** 2 + firsts * other[1],
                (
                    mp.zero,
                    first_size * abs(own[0]) + first_sizes * abs(other[0]),
                    bend_size + second_sizes * other[0] ** 2 + first_sizes * abs(other[1]),
                ),
            )
        )
    return value, derivatives


def domain(name: str, params: dict) -> str:
    """What predictions may be."""
    return lossreg.get(name, **params).info.prediction.value


def outputs(name: str, params: dict, y: list, x: list, scale: int = 1, slope: int = 1) -> tuple[Jet, list[Jet]]:
    """The loss at one input, and for each prediction a jet that holds the derivatives with respect to it."""
    info = lossreg.describe(name)
    if info.family == "row-wise" and info.link == "softmax":
        return rowwise(info, params, y, x, scale)
    if info.family in formulas.OF_MANY:
        of_many, predicted = formulas.OF_MANY[info.family], domain(name, params)
        jets = [of_many(info, params, y, x, predicted, k, scale, slope) for k in range(len(x))]
        return jets[0], jets
    if info.coupled:
        jets = [formulas.opposed(info, params, y, x, k, scale, slope) for k in range(len(x))]
        return jets[0], jets
    if info.family == "adversarial":
        result = formulas.adversarial(info, params, y[0], x[0], scale, slope)
    else:
        result = formulas.pointwise(info, params, y[0], x[0], domain(name, params), scale, slope)
    return result, [result]


def verify(name: str, params: dict, y: list, x: list) -> None:
    """Compares the derivatives of a row with numerical ones of its value."""

    def value(*point: mp.mpf) -> mp.mpf:
        return outputs(name, params, y, list(point), slope=0)[0].value

    params = params | (
        {"full": False} if "full" in params else {}
    )  # lgamma of the target is slow and has no derivative
    point = [mp.mpf(item) for item in x]
    _, derivatives = outputs(name, params, y, point)
    for j in range(len(point)):
        for order, mine in ((1, derivatives[j].first), (2, derivatives[j].second)):
            numerical = mp.diff(value, tuple(point), tuple(order * (k == j) for k in range(len(point))))
            assert abs(numerical - mine) <= 1e-40 * max(1, abs(mine)), (name, params, y, x, j, order, numerical, mine)


def cells(number: mp.mpf, size: mp.mpf, dtype: str) -> tuple[str, str, str]:
    """Nearest float, residual in ULP, condition."""
    significand, smallest = PRECISION[dtype]
    if mp.isfinite(number) and abs(number) <= size * mp.mpf(10) ** -430:
        number = mp.zero  # the terms cancel exactly; what is left is the rounding of 450 digits
    exponent = mp.mag(number) - 1 if number and mp.isfinite(number) else smallest
    if exponent > 1024 or mp.isinf(number):
        return bits(math.copysign(math.inf, number)), "0", "1"
    last = max(exponent, smallest) - significand + 1
    units = mp.ldexp(number, -last)
    steps = int(mp.nint(units))
    high = mp.ldexp(steps, last)
    residual = (units - steps) / (2 if abs(steps) == 2**significand else 1)
    if abs(high) >= mp.ldexp(1, 2 - smallest):
        return bits(math.copysign(math.inf, number)), "0", "1"
    condition = max(1, size / max(abs(number), mp.ldexp(1, smallest)))
    condition = float(condition) if condition < 1.7e308 else math.inf
    return bits(float(high)), f"{float(residual) + 0.0:.4g}", f"{condition:.3g}"


def parameter(value: object) -> str:
    """A parameter as `table.parameter` reads it."""
    if isinstance(value, list):
        return "|".join(map(repr, value)) + "|" * (len(value) == 1)
    return str(value).lower() if value is None or isinstance(value, bool | str) else repr(value)


def columns(name: str, dtype: str, params: dict, y: list, x: list) -> list[list[tuple]] | None:
    """Value, gradient and Hessian, each as the cells of its numbers; none where there is no limit."""

    def at(scale: int) -> list[list[tuple]]:
        value, derivatives = outputs(name, params, y, x, scale)
        groups = (
            [(value.value, value.sizes[0])],
            [(d.first, d.sizes[1]) for d in derivatives],
            [(d.second, d.sizes[2]) for d in derivatives],
        )
        return [[cells(*pair, dtype) for pair in group] for group in groups]

    at_end = not all(map(math.isfinite, [*x, *y])) or 0 in x or 1 in x
    try:
        result = at(1)
        return result if not at_end or result == at(3) else None
    except (ValueError, ZeroDivisionError, OverflowError, TypeError):  # a logarithm of 0, 0/0, a complex power, NaN
        return None


def line(name: str, dtype: str, params: dict, y: list, x: list, before: Row | None = None) -> str | None:
    """A row of the table, its conditions no larger than before; none where there is no truth."""
    groups = columns(name, dtype, params, y, x)
    if groups is None:
        return None
    for group, truth in zip(groups, before[4:] if before else (), strict=False):
        for i, (high, residual, condition) in enumerate(group):
            old = truth.condition[i]
            group[i] = (high, residual, f"{old:.3g}" if old < float(condition) else condition)
    texts = [" ".join(cell) for group in groups for cell in zip(*group, strict=True)]
    settings = ",".join(f"{key}={parameter(value)}" for key, value in params.items())
    return ";".join([dtype, settings, " ".join(map(bits, y)), " ".join(map(bits, x)), *texts])


def table(name: str) -> str:
    """The text of the table of a loss."""
    path = FOLDER / f"{name}.txt"
    rows = {repr(row[:4]): (row[:4], row) for row in (read(path) if path.exists() else [])}
    for dtype in PRECISION:
        for row in inputs.rows(lossreg.describe(name), dtype):
            rows.setdefault(repr((dtype, *row)), ((dtype, *row), None))
    lines = {key: line(name, *given, before) for key, (given, before) in rows.items()}
    lost = [given for key, (given, before) in rows.items() if before and lines[key] is None]
    assert not lost, f"{name} has rows without a limit: {lost[:3]}"
    moderate = [
        given
        for key, (given, _) in rows.items()
        if lines[key] and len(given[3]) <= 4 and all(0.01 < abs(item) < 20 and abs(item) != 1 for item in given[3])
    ]
    for _, params, y, x in random.Random(name).sample(moderate, min(6, len(moderate))):
        if not any(y_ == x_ for y_, x_ in zip(y, x, strict=False)) and smooth(name, params, y, x):
            verify(name, params, y, x)
    header = (
        f"# {name}: truth of the unreduced loss; tests/truth/README.md has the format, tests/truth/losses.py wrote it",
        "# dtype;params;y;pred;value;residual;condition;grad;residual;condition;hess;residual;condition",
    )
    return "\n".join([*header, *filter(None, lines.values())]) + "\n"


def smooth(name: str, params: dict, y: list, x: list) -> bool:
    """Whether a row is not on a seam: moving the prediction a little changes the Hessian only a little."""
    values = [outputs(name, params, y, [item * (1 + mp.mpf(step)) for item in x])[1] for step in (0, 1e-30, -1e-30)]
    return all(
        abs(a.second - b.second) <= 1e-20 * (1 + abs(a.second))
        for b in values[1:]
        for a, b in zip(values[0], b, strict=True)
    )


def main() -> int:
    """The command line; the exit status is 1 where a table is stale."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("losses", nargs="*", metavar="LOSS", help="all when none is named")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where a table is stale")
    arguments = parser.parse_args()
    if unknown := set(arguments.losses) - set(names()):
        parser.error(f"no such loss: {', '.join(sorted(unknown))}; there are {', '.join(names())}")
    mp.dps = DIGITS
    stale = []
    for name in arguments.losses or names():
        path, text = FOLDER / f"{name}.txt", table(name)
        if not arguments.check:
            path.write_text(text)
        elif not path.exists() or path.read_text() != text:
            stale.append(path.name)
    if stale:
        print(f"stale: {', '.join(stale)}; run python tests/truth/losses.py", file=sys.stderr)
    return bool(stale)


if __name__ == "__main__":
    sys.exit(main())
