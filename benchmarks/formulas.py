"""Losses that formulas define against the built-ins of the same formulas: ratios of times, interleaved, the least of each.

    python benchmarks/formulas.py [--rounds N] [--peers]

A formula that is a built-in runs its compiled code, so the interpreter is asked for by a definition with `compiled` off.
Promised: at most 1.25 times the built-in where it takes a transcendental function, 2.5 times Huber in a
cache, 1.15 times at sizes bound by memory; a definition in 100 microseconds; a call of 100 elements in 1.5 times the built-in's.
With ``--peers`` also a million elements beside functions of JAX, compiled, and of numba, by hand: 4 and 3 times the formula's time.
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
    has_peers: bool = False  # functions of other libraries are written below


PAIRS = (
    Pair("huber", "where(abs(r) <= d, 0.5*r**2, d*(abs(r) - 0.5*d))", {"params": {"d": 1.0}}, has_peers=True),
    Pair("squared_error", "r*r", {}),
    Pair("pinball(quantile=0.3)", "where(y_true >= y_pred, 0.3*(y_true - y_pred), 0.7*(y_pred - y_true))", {}),
    Pair("cauchy", "0.5*s**2*log1p((r/s)**2)", {"params": {"s": 1.0}}),
    Pair("log_cosh", "log(cosh(r))", {}, has_peers=True),
    Pair("poisson", "exp(y_pred) - y_true*y_pred", {"target": "non-negative", "link": "log"}),
    Pair("binary_cross_entropy", "y_true*softplus(-y_pred) + (1 - y_true)*softplus(y_pred)", LABELS),
    Pair(
        "binary_focal",
        "y_true*sigmoid(-y_pred)**g*softplus(-y_pred) + (1 - y_true)*sigmoid(y_pred)**g*softplus(y_pred)",
        {"params": {"g": 2.0}, **LABELS},
        has_peers=True,
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


def of_jax(name: str, y: Any, x: Any) -> Callable[[], object]:
    """The mean and both derivatives of a formula, compiled by JAX."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)

    def huber(y: Any, x: Any) -> Any:
        return jnp.where(abs(x - y) <= 1, 0.5 * (x - y) ** 2, abs(x - y) - 0.5)

    def log_cosh(y: Any, x: Any) -> Any:
        return jnp.logaddexp(x - y, y - x) - jnp.log(2.0).astype(x.dtype)

    def binary_focal(y: Any, x: Any) -> Any:
        p = jax.nn.sigmoid(x)
        return y * (1 - p) ** 2 * jax.nn.softplus(-x) + (1 - y) * p**2 * jax.nn.softplus(x)

    formula = locals()[name]
    first = jax.grad(formula, argnums=1)

    @jax.jit
    def all_three(y: Any, x: Any) -> Any:
        return jnp.mean(formula(y, x)), jax.vmap(first)(y, x), jax.vmap(jax.grad(first, argnums=1))(y, x)

    y, x = jnp.asarray(y), jnp.asarray(x)
    return lambda: jax.block_until_ready(all_three(y, x))


def of_numba(name: str, y: Any, x: Any) -> Callable[[], object]:
    """The same as a loop by hand, compiled by numba."""
    import math

    import numba

    T = x.dtype.type

    def huber(y: Any, x: Any) -> Any:
        near = min(max(x - y, T(-1)), T(1))
        return near * (x - y - T(0.5) * near), near, T(abs(x - y) <= 1)

    def log_cosh(y: Any, x: Any) -> Any:
        e = math.exp(T(-2) * abs(x - y))
        tanh = math.copysign((T(1) - e) / (T(1) + e), x - y)
        return abs(x - y) + math.log1p(e) - T(math.log(2)), tanh, T(1) - tanh * tanh

    def binary_focal(y: Any, x: Any) -> Any:
        e = math.exp(-abs(x))
        log1p, p = math.log1p(e), (T(1) if x >= 0 else e) / (T(1) + e)
        plus, minus, q = max(x, T(0)) + log1p, max(-x, T(0)) + log1p, T(1) - p
        s = p * q
        ones = q * q * minus, -q * (T(2) * s * minus + q * q), s * (T(2) * q * (T(2) * p - q) * minus + T(5) * q * q)
        zeros = p * p * plus, p * (T(2) * s * plus + p * p), s * (T(2) * p * (T(2) * q - p) * plus + T(5) * p * p)
        return [y * one + (T(1) - y) * zero for one, zero in zip(ones, zeros)]  # noqa: B905 (numba has no strict)

    element = numba.njit(inline="always", fastmath=True)(locals()[name])

    @numba.njit(fastmath=True)
    def loop(y: Any, x: Any, grad: Any, hess: Any) -> Any:
        total, scale = 0.0, T(1) / T(x.size)
        for i in range(x.size):
            value, first, second = element(y[i], x[i])
            total += value
            grad[i], hess[i] = first * scale, second * scale
        return total / x.size

    out = np.empty_like(x), np.empty_like(x)
    return lambda: loop(y, x, *out)


PEERS = {"JAX": of_jax, "numba": of_numba}


def beside_peers(rounds: int) -> None:
    """Print how many times as long peers take, for a million elements on one thread."""
    print("\n| loss | dtype | " + " | ".join(PEERS) + " |\n|---|---|---|---|")
    for pair in PAIRS:
        if pair.has_peers:
            for dtype in ("float32", "float64"):
                others = " | ".join(f"{time:.1f}" for time in of_peers(pair, dtype, rounds))
                print(f"| {pair.built_in} | {dtype} | {others} |", flush=True)


def of_peers(pair: Pair, dtype: str, rounds: int) -> list[float]:
    """The times of the peers over that of the formula."""
    loss = interpreted(pair)
    y, x = arguments(loss, MANY, dtype)
    out = np.empty_like(x), np.empty_like(x)
    calls = [make(pair.built_in, y, x) for make in PEERS.values()]
    own, *others = least([lambda: loss.value_grad_hess(y, x, out=out, n_threads=1), *calls], rounds, 1)
    return [other / own for other in others]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--peers", action="store_true", help="compare with JAX and numba too")
    options = parser.parse_args()
    rounds = options.rounds
    count = iter(range(10**9))
    text = PAIRS[0].text
    (define,) = least([lambda: lossreg.define(f"{text} + {next(count)}", name="fresh", params={"d": 1.0})], rounds, 20)
    print(f"a definition takes {define / 1000:.0f} microseconds")
    print("| loss | dtype | 100 elements | in cache | 10 M elements |\n|---|---|---|---|---|")
    for pair in PAIRS:
        for dtype in ("float32", "float64"):
            ratios = [f"{ratio(pair, dtype, n, rounds):.2f}" for n in SIZES]
            print(f"| {pair.built_in} | {dtype} | {' | '.join(ratios)} |", flush=True)
    if options.peers:
        beside_peers(rounds)


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
