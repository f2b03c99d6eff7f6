"""Losses that formulas define against the built-ins of the same formulas: ratios of times, interleaved, the least of each.

    python benchmarks/formulas.py [--rounds N]

A formula that is a built-in runs its compiled code, so the interpreter is asked for by a definition with `compiled` off.
Promised: at most 1.25 times the built-in where it takes a transcendental function, 2.5 times Huber in a
cache, 1.15 times at sizes bound by memory; a definition in 100 microseconds; a call of 100 elements in 1.5 times the built-in's.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import lossreg
from lossreg.testing import arguments

FEW, MANY = 1_000, 1_000_000
SIZES = (100, 8_000, 10_000_000)
LABELS = {"target": "soft label", "link": "logit"}


class Pair(NamedTuple):
    """A built-in and the formula that it is."""

    built_in: str
    text: str
    options: dict[str, Any]


PAIRS = (
    Pair("huber", "where(abs(r) <= d, 0.5*r**2, d*(abs(r) - 0.5*d))", {"params": {"d": 1.0}}),
    Pair("squared_error", "r*r", {}),
    Pair("pinball(quantile=0.3)", "where(y_true >= y_pred, 0.3*(y_true - y_pred), 0.7*(y_pred - y_true))", {}),
    Pair("cauchy", "0.5*s**2*log1p((r/s)**2)", {"params": {"s": 1.0}}),
    Pair("log_cosh", "log(cosh(r))", {}),
    Pair("poisson", "exp(y_pred) - y_true*y_pred", {"target": "non-negative", "link": "log"}),
    Pair("binary_cross_entropy", "y_true*softplus(-y_pred) + (1 - y_true)*softplus(y_pred)", LABELS),
    Pair(
        "binary_focal",
        "y_true*sigmoid(-y_pred)**g*softplus(-y_pred) + (1 - y_true)*sigmoid(y_pred)**g*softplus(y_pred)",
        {"params": {"g": 2.0}, **LABELS},
    ),
)


def least(calls: list[Callable[[], object]], rounds: int, repeats: int) -> list[float]:
    """The least time of each call, in nanoseconds, taken in turns."""
    best = [float("inf")] * len(calls)
    for _ in range(rounds):
        for i, call in enumerate(calls):
            begin = time.perf_counter_ns()
            for _ in range(repeats):
                call()
            best[i] = min(best[i], (time.perf_counter_ns() - begin) / repeats)
    return best


def interpreted(pair: Pair) -> lossreg.Loss:
    """A formula, left to the interpreter."""
    loss = lossreg.define(pair.text, name="formula", **pair.options)
    return type(loss).of(loss._definition._replace(compiled=False))()  # what only a measurement asks for


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    count = iter(range(10**9))
    text = PAIRS[0].text
    (define,) = least([lambda: lossreg.define(f"{text} + {next(count)}", name="fresh", params={"d": 1.0})], rounds, 20)
    print(f"a definition takes {define / 1000:.0f} microseconds")
    print("| loss | dtype | 100 elements | in cache | 10 M elements |\n|---|---|---|---|---|")
    for pair in PAIRS:
        for dtype in ("float32", "float64"):
            ratios = [f"{ratio(pair, dtype, n, rounds):.2f}" for n in SIZES]
            print(f"| {pair.built_in} | {dtype} | {' | '.join(ratios)} |", flush=True)


def ratio(pair: Pair, dtype: str, n: int, rounds: int) -> float:
    """The time of the formula over that of the built-in: value and gradient of a few elements, all three of many."""
    losses = lossreg.get(pair.built_in), interpreted(pair)
    y, x = arguments(losses[0], n, dtype)
    out = np.empty_like(x), np.empty_like(x)

    def timed(loss: lossreg.Loss) -> Callable[[], object]:
        if n < FEW:
            return lambda: loss.value_and_grad(y, x, out=out[0])
        return lambda: loss.value_grad_hess(y, x, out=out, n_threads=1)

    repeats = min(1000, max(1, 200_000 // n))
    own, other = least([timed(loss) for loss in losses], rounds if n < MANY else max(3, rounds // 3), repeats)
    return other / own


if __name__ == "__main__":
    main()
