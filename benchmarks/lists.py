"""Losses of whole lists beside loops by hand that numba compiles: lists of 10 and of 1,000, on one thread.

    python benchmarks/lists.py

Value and gradient of the mean, float32; the loops may reorder sums and compute in float32, and check nothing. A cell is the loop's
time over lossreg's: below 1 the loop is faster.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

import lossreg
from lossreg.testing import arguments

Call = Callable[[], Any]
ONE = np.float32(1)
ZERO = np.float32(0)
SHAPES = [(200_000, 10), (2_000, 1_000)]


def categorical_hinge(y: Any, x: Any, grad: Any) -> Any:
    grad[:] = ZERO
    rival, best = -1, np.float32(-np.inf)
    for k in range(len(x)):
        if k != y and x[k] > best:
            rival, best = k, x[k]
    lacks = ONE + best - x[y]
    if lacks <= ZERO:
        return ZERO
    grad[rival], grad[y] = ONE, -ONE
    return lacks


def multi_margin(y: Any, x: Any, grad: Any) -> Any:
    total, pulled = ZERO, ZERO
    for k in range(len(x)):
        lacks = ONE + x[k] - x[y]
        within = lacks > ZERO and k != y
        grad[k] = ONE / np.float32(len(x)) if within else ZERO
        pulled += grad[k]
        total += lacks if within else ZERO
    grad[y] = -pulled
    return total / np.float32(len(x))


def multiclass_sparsemax(y: Any, x: Any, grad: Any) -> Any:
    for k in range(len(x)):  # in order, the largest first
        at = k
        while at > 0 and grad[at - 1] < x[k]:
            grad[at] = grad[at - 1]
            at -= 1
        grad[at] = x[k]
    total, threshold = -ONE, ZERO
    for k in range(len(x)):
        if k > 0 and k * grad[k] <= total:
            break
        total += grad[k]
        threshold = total / np.float32(k + 1)
    value = ZERO
    for k in range(len(x)):
        p = max(x[k] - threshold, ZERO)
        apart = p - (ONE if k == y else ZERO)
        value += np.float32(0.5) * apart * apart + apart * (x[k] - p)
        grad[k] = apart
    return value


def one_vs_rest_cross_entropy(y: Any, x: Any, grad: Any) -> Any:
    total = ZERO
    for k in range(len(x)):
        e, target = math.exp(-abs(x[k])), ONE if k == y else ZERO
        grad[k] = (ONE if x[k] >= ZERO else e) / (ONE + e) - target
        total += max(x[k], ZERO) - target * x[k] + math.log1p(e)
    return total


def nll(y: Any, x: Any, grad: Any) -> Any:
    grad[:] = ZERO
    grad[y] = -ONE
    return -x[y]


def generalized_kl(y: Any, x: Any, grad: Any) -> Any:
    total = ZERO
    for k in range(len(x)):
        e = math.exp(x[k])
        total += (y[k] * math.log(y[k]) if y[k] > ZERO else ZERO) - y[k] * x[k] - y[k] + e
        grad[k] = e - y[k]
    return total


def list_net(y: Any, x: Any, grad: Any) -> Any:
    top, most = x.max(), y.max()
    total, shares, apart = ZERO, ZERO, ZERO
    for k in range(len(x)):
        grad[k] = math.exp(x[k] - top)
        share = math.exp(y[k] - most)
        total, shares, apart = total + grad[k], shares + share, apart + share * (top - x[k])
    for k in range(len(x)):
        grad[k] = grad[k] / total - math.exp(y[k] - most) / shares
    return math.log(total) + apart / shares


def nt_xent(y: Any, x: Any, grad: Any) -> Any:
    grad[:] = ZERO
    by, positive = np.float32(1 / 0.07), y.sum()
    if positive == ZERO:
        return ZERO
    top, total, apart = x.max(), ZERO, ZERO
    for k in range(len(x)):
        grad[k] = math.exp((x[k] - top) * by)
        total, apart = total + grad[k], apart + y[k] * (top - x[k])
    for k in range(len(x)):
        grad[k] = (grad[k] / total - y[k] / positive) * by
    return math.log(total) + apart * by / positive


def triplet(y: Any, x: Any, grad: Any) -> Any:
    grad[:] = ZERO
    far, near = -1, -1
    for k in range(len(x)):
        if y[k] > ZERO:
            if far < 0 or x[k] > x[far]:
                far = k
        elif near < 0 or x[k] < x[near]:
            near = k
    if far < 0 or near < 0 or x[far] - x[near] + ONE <= ZERO:
        return ZERO
    grad[far], grad[near] = ONE, -ONE
    return x[far] - x[near] + ONE


LOOPS = {
    loop.__name__: loop
    for loop in (
        categorical_hinge,
        generalized_kl,
        list_net,
        multi_margin,
        multiclass_sparsemax,
        nll,
        nt_xent,
        one_vs_rest_cross_entropy,
        triplet,
    )
}


def calls(name: str, shape: tuple[int, int]) -> dict[str, Call]:
    """The calls of lossreg and of numba, of the same lists; class indices where the loss has any."""
    import numba

    loss = lossreg.get(name, axis=-1)
    lists, length = shape
    y, x = arguments(loss, lists, np.float32, n_classes=length)
    each = numba.njit(fastmath=True)(LOOPS[name])

    def loop(y: Any, x: Any, out: Any) -> Any:
        total = 0.0
        scale = ONE / np.float32(len(x))
        for i in range(len(x)):
            total += each(y[i], x[i], out[i])
            for k in range(x.shape[1]):
                out[i, k] *= scale
        return total / len(x)

    compiled = numba.njit(fastmath=True)(loop)

    def by_hand() -> Any:
        out = np.empty_like(x)
        return compiled(y, x, out), out

    return {"lossreg": lambda: loss.value_and_grad(y, x, n_threads=1), "numba": by_hand}


def main() -> int:
    """Measure and report."""
    from timing import best, table

    rows = []
    for name in LOOPS:
        for shape in SHAPES:
            seconds = best(calls(name, shape), 0.5)
            ours = seconds["lossreg"]
            figures = f"{ours * 1e3:.2f}", f"{ours * 1e9 / math.prod(shape):.2f}", f"{seconds['numba'] / ours:.2f}"
            rows.append([f"{name}, {shape[0]:,} × {shape[1]:,}", *figures])
    print(table(["loss, lists × length", "ms", "ns per element", "numba"], rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
