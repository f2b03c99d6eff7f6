"""The inputs of the tables: parameters, targets and predictions that a loss can go wrong on, for float32 and float64.

Everything is a float of the dtype, parameters are floats of float32, and draws come from generators seeded by loss
and dtype, so the tables come out the same everywhere.
"""

from __future__ import annotations

import math
import random
import struct
from collections.abc import Iterable, Iterator
from itertools import product

from mpmath import mp

INF = math.inf
MIDDLE = 10  # the number of classes that gets most variants


def single(x: float) -> float:
    """The float32 nearest to x, as a float."""
    return struct.unpack("f", struct.pack("f", x))[0]


def numbers(text: str) -> list[float]:
    """The numbers of a text."""
    return [float(part) for part in text.split()]


ROUND = {"float32": single, "float64": float}

# Scores on both sides of 0: around 1, where exp(-x) leaves the significand of 1, where exp(x) or exp(-x) becomes
# denormal, underflows or overflows, and far beyond.
MAGNITUDES = {
    "float32": numbers(
        "1e-40 1e-30 1e-08 0.001 0.25 0.6931471805599453 1 2.5 8 15.9 16.7 17.4 40 87.2 87.5 88.6 88.9 "
        "95 100 103.2 104.1 120 800"
    ),
    "float64": numbers(
        "5e-310 1e-200 1e-17 1e-08 0.001 0.25 0.6931471805599453 1 2.5 17 36 36.8 37.5 40 100 300 700 "
        "708.2 708.6 709.7 709.9 730 744.2 745.2 800"
    ),
}
RESIDUALS = {
    "float32": numbers("1e-40 1e-25 1e-10 0.0001 0.03 0.3 1.1 3 8 9 10 44 60 10000000000.0 2.3e+19 3e+19 3e+38"),
    "float64": numbers(
        "5e-324 1e-200 1e-100 1e-08 0.0001 0.03 0.3 1.1 3 18 19 20 350 372 380 10000000000.0 1.7e+154 1e+155 1.7e+308"
    ),
}
PROBABILITIES = {
    "float32": numbers("0 1e-45 1e-38 1e-20 1e-08 0.001 0.1 0.25 0.5 0.75 0.9 0.999 0.9999999403953552 1"),
    "float64": numbers("0 5e-324 2.3e-308 1e-200 1e-17 1e-08 0.001 0.1 0.25 0.5 0.75 0.9 0.999 0.9999999999999999 1"),
}


def both_sides(magnitudes: Iterable[float]) -> list[float]:
    """0, each magnitude with either sign, and the infinities."""
    return [0.0, *magnitudes, *(-x for x in magnitudes), INF, -INF]


def floats(values: Iterable[float], dtype: str) -> list[float]:
    """The nearest numbers of the dtype."""
    return [ROUND[dtype](x) for x in values]


def settings(default: dict, *others: dict) -> list[dict]:
    """The defaults, and the defaults with some parameters changed; floats rounded to float32."""

    def rounded(value: object) -> object:
        if isinstance(value, list):
            return [rounded(item) for item in value]
        return single(value) if isinstance(value, float) else value

    return [{name: rounded(value) for name, value in (default | other).items()} for other in ({}, *others)]


def mix(
    default: dict, others: list[dict], targets: list, more_targets: list, predictions: list, n: int, rng: random.Random
) -> Iterator[tuple]:
    """Every prediction with the defaults and each of `targets`; with other parameters or targets a few drawn pairs."""
    yield from ((default, [y], [x]) for y, x in product(targets, predictions))
    for params in others:
        pairs = list(product([*targets, *more_targets], predictions))
        yield from ((params, [y], [x]) for y, x in rng.sample(pairs, min(n, len(pairs))))
    if more_targets:
        pairs = list(product(more_targets, predictions))
        yield from ((default, [y], [x]) for y, x in rng.sample(pairs, min(2 * n, len(pairs))))


def regression(name: str, dtype: str, rng: random.Random) -> Iterator[tuple]:
    """y = 0 shows the residual itself: tails, seams at delta, the kink; then ordinary pairs, nearly equal and distant ones."""
    others = {
        "huber": settings({"delta": 1.0}, {"delta": 1.35}, {"delta": 0.01}, {"delta": 1000.0}),
        "pinball": settings({"quantile": 0.5}, {"quantile": 0.1}, {"quantile": 0.9}, {"quantile": 0.975}),
    }.get(name, [{}])
    far = floats(both_sides(RESIDUALS[dtype]), dtype)
    for params in others:
        delta = params.get("delta", 1.0)
        edge = [delta, -delta, *floats([math.nextafter(delta, 0), delta * (1 + 1e-6)], dtype)]
        for x in [*far, *edge] if params is others[0] else [0.0, *edge, *rng.sample(far, 10)]:
            yield params, [0.0], [x]
        for _ in range(10):
            y, x = floats([rng.uniform(-5, 5), rng.uniform(-5, 5)], dtype)
            yield params, [y], [x]
        near = ROUND[dtype](0.7)
        yield params, [near], [near]
        yield params, [near], [ROUND[dtype](near * (1 + 2e-7))]
        yield from ((params, [near], [x]) for x in floats([12.3, 43.1, -341.9], dtype))


def likelihood(name: str, dtype: str, rng: random.Random) -> Iterator[tuple]:
    """Each target on every score; near the optimum, where the gradient cancels; `full` at the seams of lgamma."""
    defaults = {
        "poisson": settings(
            {"log_input": True, "full": False}, {"log_input": False}, {"full": True}, {"log_input": False, "full": True}
        ),
        "gamma": settings({"log_input": True}, {"log_input": False}),
        "tweedie": settings(
            {"power": 1.5, "log_input": True},
            *({"power": power} for power in (0.0, 1.0, 1.1, 1.25, 1.9, 2.0, 2.5, 3.0)),
            *({"power": power, "log_input": False} for power in (0.0, 1.0, 1.1, 1.5, 2.0, 3.0)),
        ),
    }[name]
    few = 4 if name == "tweedie" else 14
    for params in defaults:
        least = params.get("power", {"poisson": 1, "gamma": 2}.get(name))
        targets = floats([*([0] if least < 2 else []), 1, 3.7, 0.02, 17], dtype)
        if params["log_input"]:
            scores = both_sides(MAGNITUDES[dtype][2:])
        else:
            scores = [1e-30, 1e-4, 0.3, 1, 2.5, 40, 1e6, 1e30, INF, *([0] if least in (1, 2) else [])]
        pairs = list(product(targets, floats(scores, dtype)))
        if params is defaults[0]:
            yield from ((params, [y], [x]) for y in targets[:2] for x in floats(scores, dtype))
        yield from ((params, [y], [x]) for y, x in rng.sample(pairs, few))
        for _ in range(few // 2):
            y = ROUND[dtype](rng.uniform(0.1, 9))
            optimum = mp.log(y) if params["log_input"] else y
            yield params, [y], [ROUND[dtype](float(optimum * (1 + rng.choice([0, 1e-7, -1e-5, 0.01]))))]
            yield params, [y], [ROUND[dtype](rng.uniform(-3, 3) if params["log_input"] else rng.uniform(0.1, 9))]
        if params.get("full"):
            points = [0, 1e-10, 0.3, 0.5, 1, 2, 2.5, 3, 7, 9.99, 10, 31.4, 1000, 1e6, 3e15]
            yield from ((params, [y], [1.0]) for y in floats(points, dtype))


def binary(name: str, dtype: str, rng: random.Random) -> Iterator[tuple]:
    """Both labels over every score or probability; labels of -1 and soft ones; adversarial sides as labels."""
    logits = {
        "hinge": settings({"margin": 1.0}, {"margin": 0.0}, {"margin": 2.5}),
        "exponential": [{}],
        "minimax_discriminator": settings(
            {"label_smoothing": 0.0}, {"label_smoothing": 0.25}, {"label_smoothing": 0.1}
        ),
        "minimax_generator": settings({"saturating": True}, {"saturating": False}),
        "binary_cross_entropy": settings(
            {"from_logits": True, "label_smoothing": 0.0, "pos_weight": 1.0},
            {"label_smoothing": 0.1},
            {"pos_weight": 2.5},
            {"label_smoothing": 0.2, "pos_weight": 0.3},
        ),
        "binary_focal": settings(
            {"gamma": 2.0, "alpha": None, "from_logits": True, "label_smoothing": 0.0},
            *({"gamma": gamma} for gamma in (0.0, 0.5, 1.0, 5.0, 6.0)),
            {"alpha": 0.25},
            {"gamma": 1.3, "alpha": 0.6, "label_smoothing": 0.1},
        ),
    }[name]
    targets = [0.0] if name == "minimax_generator" else [0.0, 1.0]
    more = floats([-1, *([] if name == "hinge" else [0.25, 0.3, 0.999])], dtype)
    if name.startswith("minimax"):
        more = []
    scores = both_sides(MAGNITUDES[dtype]) + [rng.uniform(-6, 6) for _ in range(6)]
    if name == "hinge":
        scores += [2.5, -2.5, 1 - 2**-24, 1 + 2**-23]
    n = 25 if name.startswith("minimax") else 6
    yield from mix(logits[0], logits[1:], targets, more, floats(scores, dtype), n, rng)
    if "from_logits" in logits[0]:
        first, *others = [params | {"from_logits": False} for params in logits]
        chances = floats([*PROBABILITIES[dtype], *(rng.random() for _ in range(3))], dtype)
        if name == "binary_focal":  # what its Hessian is at 0 and 1 depends on gamma; they are there for gamma 2 alone
            yield from mix(first, [], targets, [], chances, 0, rng)
            yield from mix(others[1], others, [], targets, chances[1:14], 4, rng)
        else:
            yield from mix(first, others, targets, more, chances, 6, rng)


# True class and logits: ties, confident and hopeless rows, sums of tails that are denormal, shifts, infinities. D is
# near the logarithm of the smallest normal.
LOGITS = """
0: 0 0 | 1: 3 -1 | 0: -D 0.3 | 1: 0.5 D/3
0: 40 0 0 | 1: 40 0 0 | 2: 0 0 0 | 0: 1 1 -2 | 2: 1 1 -2 | 0: 17 0.5 0.25 | 1: 0.1 30.7 -5.3
0: D 0 1 | 0: D+10 0 0 | 0: D+100 0 -D | 2: D+100 0 -D
0: 1000.5 1000 999 | 1: 16777214 16777215 16777212
1: -INF 0 1 | 0: -INF 0 1 | 0: INF 0 1 | 2: INF 0 1 | 1: -INF 0.5 -INF
"""
# True class and probabilities, which need not add up to 1. T is tiny.
CHANCES = """
0: 0.5 0.5 | 1: 0.9 0.1 | 0: 0.75 0.25 1 | 1: 0.7 0.2 0.1 | 0: T 3*T 2*T
0: 1 0 0 | 1: 1 0 0 | 2: 0.2 0 0.8 | 0: 1 1e-10 T | 2: 1 1e-10 T
"""


def classified(text: str, **constants: float) -> Iterator[tuple[int, list[float]]]:
    """The rows of a text: class and predictions."""
    for row in text.strip().replace("\n", " | ").split(" | "):
        k, predictions = row.split(": ")
        yield int(k), [float(eval(item, constants)) for item in predictions.split()]


def rows_of_logits(dtype: str, rng: random.Random) -> Iterator[tuple[int, list[float]]]:
    """True class and logits: those above, and drawn ones of more classes."""
    deep = {"float32": 87.0, "float64": 708.0}[dtype]
    yield from classified(LOGITS, D=deep, INF=INF)
    for n, spread in ((3, 2), (3, deep / 2), (10, 3), (10, 30), (33, 4), (70, 2)):
        row = [rng.uniform(-spread, spread) for _ in range(n)]
        yield rng.randrange(n), row
        if n == MIDDLE:
            yield row.index(max(row)), row


def rows_of_probabilities(dtype: str, rng: random.Random) -> Iterator[tuple[int, list[float]]]:
    """True class and probabilities: those above, and drawn ones of more classes."""
    yield from classified(CHANCES, T={"float32": 1e-30, "float64": 1e-290}[dtype])
    for n in (3, 10, 33):
        yield rng.randrange(n), [1 - 0.999 * rng.random() for _ in range(n)]


def categorical(name: str, dtype: str, rng: random.Random) -> Iterator[tuple]:
    """One-hot, integer and soft targets over the rows above, with smoothing and weights on some of them."""
    base = {"from_logits": True} if name == "kl_divergence" else {"from_logits": True, "label_smoothing": 0.0}
    base |= {"categorical_focal": {"gamma": 2.0, "alpha": None}, "kl_divergence": {}}.get(name, {"class_weight": None})
    weight = "alpha" if name == "categorical_focal" else "class_weight"
    default = settings(base)[0]
    others = (
        {}
        if name == "kl_divergence"
        else {
            3: settings(
                base,
                {"label_smoothing": 0.1},
                {weight: [0.5, 2.0, 1.25]},
                {"label_smoothing": 0.25, weight: [0.3, 1.0, 4.0]},
            )[1:],
            10: settings(base, {"label_smoothing": 0.05})[1:],
            33: settings(base, {"label_smoothing": 0.1})[1:],
        }
    )
    if name == "categorical_focal":
        others[3] += settings(
            base, *({"gamma": g, "alpha": a} for g, a in ((0.0, None), (0.5, None), (1.0, 0.25), (5.0, None)))
        )[1:]
    integer = {
        "categorical_cross_entropy": False,
        "kl_divergence": False,
        "sparse_categorical_cross_entropy": True,
    }.get(name)

    def target(k: int, n: int, turn: int, *, soft: bool) -> list[float]:
        if integer or (integer is None and turn % 2):
            return [float(k)]
        if not soft:
            return [float(j == k) for j in range(n)]
        parts = [rng.random() * (rng.random() < 0.7 or j == k) for j in range(n)]
        return floats([part / sum(parts) for part in parts], dtype)

    logits, chances = list(rows_of_logits(dtype, rng)), list(rows_of_probabilities(dtype, rng))
    for source, from_logits in ((logits, True), (chances, False)):
        for turn, (k, row) in enumerate(source):
            x, n = floats(row, dtype), len(row)
            bounded = all(map(math.isfinite, x)) and (from_logits or 0 not in x)
            yield default | {"from_logits": from_logits}, target(k, n, turn, soft=False), x
            if not integer and bounded and (turn % 3 == 0 or n == MIDDLE):
                yield default | {"from_logits": from_logits}, target(k, n, 0, soft=True), x
            choices = others.get(n, []) if bounded else []
            for params in rng.sample(choices, min(len(choices), 1 if n > 3 else 2)):
                yield params | {"from_logits": from_logits}, target(k, n, turn, soft=turn % 2 == 0), x
    wide = floats([rng.gauss(0, 2) for _ in range(600)], dtype)
    yield default, target(7, 600, 1 if name == "categorical_focal" else 0, soft=False), wide
    if name == "categorical_cross_entropy":  # targets need not add up to 1
        yield default, [1.0, 1.0, 0.0], floats([0.3, -1.2, 2.0], dtype)
        yield default, [0.5, 0.25, 0.0], floats([30.0, -1.2, 2.0], dtype)


FAMILIES = {
    regression: ("squared_error", "half_squared_error", "absolute_error", "huber", "log_cosh", "pinball"),
    likelihood: ("poisson", "gamma", "tweedie"),
    binary: (
        "binary_cross_entropy",
        "hinge",
        "exponential",
        "binary_focal",
        "minimax_discriminator",
        "minimax_generator",
    ),
    categorical: (
        "categorical_cross_entropy",
        "sparse_categorical_cross_entropy",
        "categorical_focal",
        "kl_divergence",
    ),
}


def rows(name: str, dtype: str) -> list[tuple[dict, list[float], list[float]]]:
    """Parameters, target and prediction of every row of a table, each once."""
    family = next(function for function, names in FAMILIES.items() if name in names)
    drawn = family(name, dtype, random.Random(f"{name}/{dtype}"))
    return list({repr(row): row for row in drawn}.values())
