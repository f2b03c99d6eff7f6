"""The inputs of the tables: parameters, targets and predictions that a loss can go wrong on, for float32 and float64.

They follow from what a loss says of itself: bounds and special values of parameters, domains of targets and
predictions. Everything is a float of the dtype, parameters are floats of float32, and draws come from generators
seeded by loss and dtype, so the tables come out the same everywhere.
"""

from __future__ import annotations

import math
import random
import struct
from collections.abc import Callable, Iterable, Iterator
from itertools import product
from typing import Any

from mpmath import mp

import lossreg

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
# subnormal, underflows or overflows, and far beyond.
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


# Parameters

PROBES = numbers("-2.5 -0.4 0.01 0.1 0.25 0.9 0.975 1.1 1.35 1.9 2.5")


# Between two classes and between more, near each other and far apart.
THRESHOLDS = [[0.0], [-700.0, 30.5], [-2.5, -0.4, 0.25, 1.9, 40.0], [0.5, 0.5000001, 100.0], [-1e-30, 1e-30, 1e30]]


def allows(param: Any, x: float) -> bool:
    """Whether a number is within the bounds of a parameter."""
    low, high = (-INF if param.low is None else param.low), (INF if param.high is None else param.high)
    return (x > low if param.low_open else x >= low) and (x < high if param.high_open else x <= high)


def values(info: Any, param: Any) -> list[Any]:
    """What else than its default a parameter may be: special values, and probes within its bounds."""
    if param.kind == "switch":
        return [not param.default]
    if param.kind == "integer":
        return [int(x) for x in param.special]
    if param.kind == "choice":
        return [word for word in param.choices if word != param.default]
    if param.kind == "thresholds":
        return [[single(x) for x in thresholds] for thresholds in THRESHOLDS]
    if param.kind == "number":
        inside = [x for x in PROBES if allows(param, x)]
        probes = [inside[i * (len(inside) - 1) // 3] for i in range(4)] if len(inside) > 4 else inside
        found = dict.fromkeys(single(x) for x in [*param.special, *probes])
        return [x for x in found if x != param.default and allows(param, x)]
    return []


def settings(info: Any, rng: random.Random) -> list[dict]:
    """The defaults; then one parameter changed, alone and together with the switches; then some at random."""
    read = [
        param for param in info.params if param.kind in ("switch", "number", "choice", "thresholds") or param.special
    ]
    default = {
        param.name: single(param.default) if param.kind == "number" and param.default is not None else param.default
        for param in read
    }
    default |= {param.name: [single(x) for x in param.default] for param in read if param.kind == "thresholds"}
    default |= {param.name: None for param in info.params if param.kind == "per-class"}
    switches = [param.name for param in read if param.kind == "switch"]
    changes: list[dict] = [{}]
    changes += [{name: not default[name]} for name in switches]
    for param in read:
        for i, value in enumerate([] if param.kind == "switch" else values(info, param)):
            flipped = {name: not default[name] for name in switches if i % 2}
            changes += [{param.name: value}, *([{param.name: value} | flipped] if flipped else [])]
    free = [param for param in read if values(info, param)]
    if len(free) > 1:
        changes += [{param.name: rng.choice(values(info, param)) for param in rng.sample(free, 2)} for _ in range(4)]
    unique = {repr(sorted((default | change).items(), key=str)): default | change for change in changes}
    return [params for params in unique.values() if exists(info.name, params)]


def exists(name: str, params: dict) -> bool:
    """Whether there is a loss with these parameters."""
    try:
        lossreg.get(name, **params)
    except lossreg.ParameterError:
        return False
    return True


# Targets and predictions of one number

# Beside the ends of the range, where quotients and squares leave it on the way: of targets and predictions, and of predictions.
SUBNORMAL = {"float32": numbers("1e-44 3e-40"), "float64": numbers("1e-322 3e-310")}
LARGEST = {"float32": 3e38, "float64": 1.7e308}
TARGETS = {
    "real": numbers("0 0.7 -3.2 40"),
    "non-negative": numbers("0 1 3.7 0.02 17"),
    "positive": numbers("1 3.7 0.02 17"),
    "above -1": numbers("0 0.7 -0.6 17"),
    "label": numbers("0 1 -1"),
    "soft label": numbers("0 1 -1 0.25 0.3 0.999"),
}
PREDICTIONS = {
    "non-negative": numbers("1e-30 0.0001 0.3 1 2.5 40 1e6 1e30 inf 0"),
    "above -1": numbers("0 1e-30 1e-08 0.3 1 2.5 40 1e6 1e30 inf -1e-20 -1e-05 -0.5 -0.9 -0.9999"),
}


def predictions(domain: str, target: str, dtype: str, params: dict, rng: random.Random) -> list[float]:
    """Numbers of a domain: tails, seams, ends; edges that a parameter may stand for."""
    if domain == "probability":
        return floats([*PROBABILITIES[dtype], *(rng.random() for _ in range(3))], dtype)
    if domain in PREDICTIONS:
        extremes = [*SUBNORMAL[dtype], LARGEST[dtype]] if domain == "non-negative" else []
        return floats([*PREDICTIONS[domain], *extremes, *(rng.uniform(0.1, 9) for _ in range(4))], dtype)
    far = both_sides(RESIDUALS[dtype] if target == "real" else MAGNITUDES[dtype])
    given = [item for value in params.values() for item in (value if isinstance(value, list) else [value])]
    edges = [sign * value for value in given if isinstance(value, float) for sign in (1, -1)]
    edges += [edge * (1 + step) for edge in edges for step in (1e-6, -1e-6)]
    return floats(dict.fromkeys([*far, *edges, *(rng.uniform(-6, 6) for _ in range(6))]), dtype)


def one_number(info: Any, dtype: str, rng: random.Random) -> Iterator[tuple]:
    """Losses of one prediction: all predictions with the defaults, some with each other setting, then near the target."""
    for turn, params in enumerate(settings(info, rng)):
        facts = lossreg.get(info.name, **params).info
        domain = facts.prediction.value
        if info.family == "adversarial":
            targets, kind = [float(side == "real_scores") for side in info.sides], "side"
        elif facts.target.has_class_indices:
            kind, targets = facts.target.value, [float(k) for k in range(1 + len(params["thresholds"]))]
        else:
            kind = facts.target.value
            extremes = SUBNORMAL[dtype] if kind in ("non-negative", "positive") else []
            targets = floats([*TARGETS[kind], *extremes], dtype)
        xs = predictions(domain, kind, dtype, params, rng)
        pairs = list(product(targets, xs))
        if turn == 0:
            first = targets if info.family == "adversarial" or kind == "label" else targets[:2]
            # A label that is as much the one as the other is the middle of all that is taken for both.
            middle = [0.5] if kind == "soft label" else []
            yield from ((params, [y], [x]) for y in [*first[:2], *middle] for x in xs)
        few = 40 if facts.target.has_class_indices else 6
        yield from ((params, [y], [x]) for y, x in rng.sample(pairs, min(len(pairs), few if turn else 20)))
        if kind not in ("real", "non-negative", "positive", "above -1"):
            continue
        for _ in range(1 if turn else 6):
            y = ROUND[dtype](rng.uniform(0.1, 9) * (rng.choice([1, -1]) if kind == "real" else 1))
            optimum = mp.log(abs(y)) if info.link == "log" and domain == "raw" else y
            yield params, [y], [ROUND[dtype](float(optimum * (1 + rng.choice([0, 1e-7, -1e-5, 0.01]))))]
            yield params, [y], [ROUND[dtype](rng.uniform(-3, 3) if domain in ("raw", "real") else rng.uniform(0.1, 9))]


# Rows of classes

# True class and logits: ties, confident and hopeless rows, sums of tails that are subnormal, shifts, infinities. D is
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


def one_hot(k: int, n: int) -> list[float]:
    """The row of a class."""
    return [float(j == k) for j in range(n)]


def share(k: int, n: int, dtype: str, rng: random.Random) -> list[float]:
    """A row of probabilities in which class k has one."""
    parts = [rng.random() * (rng.random() < 0.7 or j == k) for j in range(n)]
    return floats([part / sum(parts) for part in parts], dtype)


def full_row(n: int, rng: random.Random) -> list[float]:
    """A row of probabilities of which none is 0, for losses that are infinite where one is."""
    parts = [0.02 + rng.random() for _ in range(n)]
    return [part / sum(parts) for part in parts]


def many_classes(info: Any, dtype: str, rng: random.Random) -> Iterator[tuple]:
    """Losses of rows: class indices, one-hot and soft rows where they are taken; each other setting on some rows."""
    switch = info.raw_switch
    default, *others = [params for params in settings(info, rng) if params.get(switch, True)]
    weights = [param.name for param in info.params if param.kind == "per-class"]
    others += [default | {name: [0.5, 2.0, 1.25]} for name in weights]
    indices, dense = info.target.has_class_indices, info.target.has_rows
    soft = random.Random(f"{info.name}/{dtype}/soft")
    sources = {True: rows_of_logits(dtype, rng), False: rows_of_probabilities(dtype, rng)}
    for from_logits, source in sources.items() if switch else [(True, sources[True])]:
        scale = {switch: from_logits} if switch else {}
        for turn, (k, row) in enumerate(source):
            x, n = floats(row, dtype), len(row)
            if "others" in info.formula and n > MIDDLE:
                continue  # each class with each other is too much for so many digits
            bounded = all(map(math.isfinite, x)) and (from_logits or 0 not in x)
            hard = [float(k)] if indices and (turn % 2 or not dense) else one_hot(k, n)
            yield default | scale, hard, x
            if not bounded:
                continue
            if dense and turn % 3 == 0:
                yield default | scale, share(k, n, dtype, rng), x
            if not indices:
                yield default | scale, floats(full_row(n, soft), dtype), x
            fitting = [params for params in others if n == 3 or not any(isinstance(v, list) for v in params.values())]
            for params in rng.sample(fitting, min(len(fitting), 2 if n == 3 else 1)):
                yield params | scale, share(k, n, dtype, rng) if dense and turn % 2 else hard, x


def many_elements(info: Any, dtype: str, rng: random.Random) -> Iterator[tuple]:
    """Losses of sets: few and more elements, large and tiny ones, some sets that are nearly what was wanted."""
    far = {"float32": 80.0, "float64": 700.0}[dtype]
    for turn, params in enumerate(settings(info, rng)):
        facts = lossreg.get(info.name, **params).info
        few = 1 + (facts.target.value == "real")  # a vector of one number has no direction to turn to
        for n in (few, 2, 3, 6, 17) if turn == 0 else (3, 6):
            for spread in (1.0, 4.0, far):
                if facts.target.value == "real":
                    y = [rng.uniform(-3, 3) for _ in range(n)]
                    near = rng.choice([0.0, 1e-4, 0.1, 1.0]) * (turn + n > 1)
                    x = [rng.choice([1.0, -1.0]) * near * rng.uniform(-1, 1) + item for item in y]
                    x = [item * {1.0: 1.0, 4.0: 1e-30, far: 10.0 ** (far / 5)}[spread] for item in x]
                else:
                    drawn = SETS.get(facts.target.value, lambda rng: rng.choice([0.0, 1.0, 1.0, rng.random()]))
                    y = [drawn(rng) for _ in range(n)]
                    x = [rng.uniform(-spread, spread) for _ in range(n)]
                    if spread == far and n > 1:
                        x = [abs(item) * (1 if target > 0.5 else -1) for item, target in zip(x, y, strict=True)]
                    if facts.prediction.value == "probability":
                        x = [rng.choice([rng.random(), rng.choice(PROBABILITIES[dtype][1:-1])]) for _ in range(n)]
                yield params, floats(y, dtype), floats(x, dtype)


# Targets of sets: relevances of which some are the same, times that are the same for an event and for none.
SETS: dict[str, Callable[[random.Random], float]] = {
    "non-negative": lambda rng: rng.choice([0.0, 0.0, 1.0, 2.0, 4.0, rng.uniform(0, 3)]),
    "time": lambda rng: rng.choice([1.0, 1.0, -1.0]) * rng.choice([1.0, 2.0, rng.uniform(0, 3)]),
}


def some_boxes(info: Any, dtype: str, rng: random.Random) -> Iterator[tuple]:
    """Boxes beside, inside and around others, on their edges, nearly the same, of no width; corners in any order; all sizes."""
    ends = {"float32": 30, "float64": 120}[dtype]
    for turn in range(160):
        low = [rng.uniform(-4, 4) for _ in range(2)]
        y = [*low, *(item + rng.choice([0.25, 1.0, rng.uniform(0.1, 6)]) for item in low)]
        near = [item + rng.choice([0.0, 0.0, 1e-6, -1e-3, rng.uniform(-0.2, 0.2)]) for item in y]
        beside = [rng.uniform(-9, 9) for _ in range(4)]
        inside = [rng.uniform(y[k % 2], y[k % 2 + 2]) for k in range(4)]
        on_edges = [rng.choice(y[k % 2 :: 2]) for k in range(4)]
        thin = [beside[0], beside[1], *rng.choice([(beside[0], beside[3]), (beside[2], beside[1])])]
        x = [near, beside, inside, on_edges, thin, [*y[:2], *beside[2:]], [*beside[:2], *y[2:]], near][turn % 8]
        x = [x[2], x[1], x[0], x[3]] if turn % 5 == 0 else x
        unit = 10.0 ** rng.choice([0, 0, 0, 0, rng.uniform(-ends, ends) / 4, rng.choice([ends, -ends]) / 2])
        y, x = ([item * unit for item in box] for box in (y, x))
        yield {}, floats(y, dtype), floats(x, dtype)


def some_columns(info: Any, dtype: str, rng: random.Random) -> Iterator[tuple]:
    """Losses that several numbers predict: ordinary ones, near the target, and scales on both sides of what floats hold."""
    if info.target.value in OF_SEVERAL:
        yield from OF_SEVERAL[info.target.value](info, dtype, rng)
        return
    deep = {"float32": 80.0, "float64": 600.0}[dtype]
    for turn, params in enumerate(settings(info, rng)):
        for _ in range(40 if turn == 0 else 12):
            y = rng.choice([0.0, rng.uniform(-9, 9), rng.uniform(-1e4, 1e4)])
            first = y + rng.choice([0.0, 1e-6, -0.01, rng.uniform(-4, 4), rng.uniform(-1e4, 1e4)])
            yield params, floats([y], dtype), floats([first, rng.choice([0.0, 4.0, deep]) * rng.uniform(-1, 1)], dtype)


def some_times(info: Any, dtype: str, rng: random.Random) -> Iterator[tuple]:
    """Times that are known, and bounded from both sides, far and near, or from one; expected, and many scales away."""
    deep = {"float32": 12.0, "float64": 36.0}[dtype]
    for turn, params in enumerate(settings(info, rng)):
        for _ in range(120 if turn == 0 else 40):
            lower = math.exp(rng.choice([0.0, rng.uniform(-2, 2), rng.uniform(-30, 30)]))
            wide = lower * (1 + rng.choice([1e-7, 1e-3, 0.3, rng.uniform(0, 3), math.exp(rng.uniform(0, 9))]))
            y = rng.choice([(lower, lower), (0.0, lower), (lower, INF), (lower, wide), (lower, wide), (lower, wide)])
            known = [math.log(bound) for bound in y if 0 < bound < INF]
            away = rng.choice([0.0, 1e-5, rng.uniform(-1, 1), rng.uniform(-4, 4), rng.uniform(-deep, deep)])
            x = sum(known) / len(known) + away * params["scale"]
            y, x = floats(y, dtype), floats([rng.choice([x, x, x, known[0], known[-1]])], dtype)
            if y[0] <= y[1]:
                yield params, y, x


OF_SEVERAL = {"box": some_boxes, "interval": some_times}


def some_frames(info: Any, dtype: str, rng: random.Random) -> Iterator[tuple]:
    """Losses of few frames of three classes: labels once and twice, none, as many as fit; easy and hopeless scores."""
    deep = {"float32": 80.0, "float64": 600.0}[dtype]
    for frames, labels in (
        (1, [1.0]),
        (1, []),
        (2, [1.0, 2.0]),
        (3, [1.0, 1.0]),
        (4, [2.0]),
        (4, [1.0, 2.0]),
        (5, [2.0, 1.0]),
    ):
        for spread in (0.0, 1.0, 4.0, deep):
            x = [rng.uniform(-spread, spread) for _ in range(3 * frames)]
            yield {}, [*labels, -1.0], floats(x, dtype)


def some_scores(info: Any, dtype: str, rng: random.Random) -> Iterator[tuple]:
    """Losses of scores relative to those of the other side: as many of each, alike, told apart, and far from 0 all together."""
    far = {"float32": 40.0, "float64": 300.0}[dtype]
    for n in (1, 2, 3, 6, 17):
        for spread, apart, level in ((1, 0, 0), (4, 3, 0), (1, far, 0), (far, -far, 0), (1, 2, 1e4), (4, far, -1e6)):
            for _ in range(3):
                shifts = [level + apart * side for side in (0.5, -0.5) for _ in range(n)]
                yield (
                    {},
                    [1.0] * n + [0.0] * n,
                    floats((shift + rng.uniform(-spread, spread) for shift in shifts), dtype),
                )


def rows(info: Any, dtype: str) -> list[tuple[dict, list[float], list[float]]]:
    """Parameters, target and prediction of the rows that a loss's facts ask for, each once."""
    families = {
        "row-wise": many_classes,
        "set-wise": many_elements,
        "column-wise": some_columns,
        "sequence": some_frames,
    }
    drawn = (some_scores if info.coupled else families.get(info.family, one_number))(
        info, dtype, random.Random(f"{info.name}/{dtype}")
    )
    return list({repr(row): row for row in drawn}.values())
