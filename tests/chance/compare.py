"""Compares losses with their formula texts on arguments drawn by chance.

    python tests/chance/compare.py                               100,000 cases
    python tests/chance/compare.py --cases 10_000_000 --seed 1   as many as are wanted
    python tests/chance/compare.py --seed 1 --from 5000          from there on, where a run was stopped
    python tests/chance/compare.py --seed 1 --batch 17           one batch again

A case is an element, a row or a set of a loss: with parameters at the ends of their bounds, either dtype, any layout, weights, masks and
reductions. Value, gradient and Hessian are held to the formula text evaluated in long doubles with derivatives; what looks wrong there
is evaluated again by mpmath at 450 digits, whose word counts. The bounds are wide (see BOUND): for the last ULP there are the tables
of tests/truth. Of each kind of failure the worst is printed, as a call of one case to copy; then the exit status is 1.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from mpmath import mp

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "support"), str(TESTS / "truth")]

from chance.draw import LAYOUTS, Batch, batch  # noqa: E402
from chance.jets import LONG, MANY, Jet  # noqa: E402
from chance.texts import evaluated  # noqa: E402

import lossreg  # noqa: E402
from lossreg.info import Domain  # noqa: E402

Array = np.ndarray[Any, Any]
QUANTITIES = ("value", "gradient", "Hessian")
BOUND = 64  # ULP of the dtype, times the condition
AGAIN = 12  # elements of a batch and quantity that mpmath looks at again, the worst first
SIZE = 2_000


class Failure(NamedTuple):
    """What was wrong: a kind, how wrong, and words to find it again."""

    kind: str
    error: float
    words: str


# Comparing


def errors(got: Array, jet: Jet, part: int, dtype: np.dtype[Any]) -> Array:
    """How many times the bound each number is off; NaN where the formula gives no number."""
    with np.errstate(all="ignore"):
        truth, size = np.broadcast_arrays(jet.parts[part], float(np.finfo(dtype).eps) * jet.sizes[part])
        size = np.where(size < np.inf, size, 0)  # an infinite term is no excuse for the others
        most = float(np.finfo(dtype).max)
        ulp = np.spacing(np.clip(abs(truth).astype(np.float64), 0, most).astype(dtype)).astype(np.float64)
        allowed = np.where(np.isnan(ulp), np.nan, BOUND * np.maximum(ulp, size))
        off = abs(got.astype(truth.dtype if truth.dtype != object else np.float64) - truth)
        wrong = (off / allowed).astype(np.float64)
        beyond = np.isinf(got) & ((np.sign(got) * truth + allowed).astype(np.float64) >= most)
    return np.where(beyond, 0.0, wrong)


def computed(drawn: Batch, args: tuple[Array, ...], **options: Any) -> list[list[Array]]:
    """Value, gradients and Hessians, each a list with one array for each side that there is a derivative for."""
    value, grad, hess = drawn.loss.value_grad_hess(*args, **options)
    return [
        [np.asarray(part) for part in (each if isinstance(each, tuple) else (each,))] for each in (value, grad, hess)
    ]


def reduction(drawn: Batch) -> str:
    """How results become cases: one by one, but where all scores are one case."""
    return "mean" if drawn.loss.info.coupled else "none"


def flat(results: list[list[Array]]) -> list[Array]:
    return [array for part in results for array in part]


def against_the_formula(drawn: Batch, results: list[list[Array]]) -> Iterator[Failure]:
    loss, keep = drawn.loss, drawn.counted
    if loss.info.coupled:
        results = [[np.asarray(array)[None] for array in of_part] for of_part in results]
    args = tuple(array[None] if loss.info.coupled else array[keep] for array in drawn.args)
    sides = [at for at, side in enumerate(loss.info.sides) if side != "y_true"]
    for column, side in enumerate(sides):
        jet, ties = evaluated(loss, LONG, args, side)
        for part in range(3):
            if part == 0 and column:
                continue
            got = results[part][column if part else 0]
            got = got if loss.info.coupled else got[keep]
            got = got.reshape(len(got), -1) if got.ndim > 2 else got
            wrong = errors(got, of_cases(jet, part), part, drawn.dtype)
            wrong = np.where(np.isnan(wrong), np.inf, wrong)
            wrong = np.where(ties, 0.0, wrong) if part else wrong
            by_case = wrong.max(axis=1) if wrong.ndim == 2 else wrong
            worst = [int(i) for i in np.argsort(-by_case)[:AGAIN] if by_case[i] > 1]
            yield from again(drawn, args, side, part, got, worst)


def of_cases(jet: Jet, part: int) -> Jet:
    """Of values that stand there once for each direction of derivatives only one."""
    return jet[:, 0] if part == 0 and np.ndim(jet.parts[0]) > 1 else jet


def again(
    drawn: Batch, args: tuple[Array, ...], side: int, part: int, got: Array, where: list[int]
) -> Iterator[Failure]:
    """What mpmath finds wrong too."""
    for i in where:
        one = tuple(array[i : i + 1] for array in args)
        try:
            jet, ties = evaluated(drawn.loss, MANY, one, side)
        except (ZeroDivisionError, ValueError, OverflowError):
            continue
        wrong = errors(got[i : i + 1], of_cases(jet, part), part, drawn.dtype)
        wrong = np.where(ties, 0.0, wrong) if part else wrong
        if np.nanmax(wrong, initial=0.0) > 1:
            loss, quantity = drawn.loss, QUANTITIES[part]
            call = f"lossreg.get({str(loss)!r}).{['value', 'grad', 'hess'][part]}({', '.join(map(shown, one))}, reduction='none')"
            truth = [float(t) for t in np.ravel(np.broadcast_to(of_cases(jet, part).parts[part], wrong.shape))]
            words = f"{call}\n    gave {got[i : i + 1].ravel().tolist()}, the formula gives {truth}"
            alone = np.asarray(
                computed(drawn, one, reduction="none")[part][side if part and loss.info.target is Domain.NONE else 0]
            )
            if not loss.info.coupled and not np.array_equal(alone.ravel(), got[i : i + 1].ravel(), equal_nan=True):
                words += f"; alone it gives {alone.ravel().tolist()}"
            yield Failure(f"{loss.name} {quantity} {drawn.dtype}", float(np.nanmax(wrong)) * BOUND, words)


def shown(array: Array) -> str:
    """An array as text that gives the same bits."""
    return f"np.array({array.tolist()}, {array.dtype.name!r})"


def by_laws(drawn: Batch, results: list[list[Array]]) -> Iterator[Failure]:
    """What weights, masks, reductions and layouts may do to the unreduced numbers."""
    loss, options, rng = drawn.loss, drawn.options, drawn.rng

    def failure(law: str, error: float = 1.0) -> Failure:
        return Failure(f"{loss.name} {law} {drawn.dtype}", error, f"{loss!s}, options {sorted(options)}")

    laid = tuple(LAYOUTS[rng.integers(len(LAYOUTS))](array) for array in drawn.args)
    for before, after in zip(flat(results), flat(computed(drawn, laid, reduction=reduction(drawn))), strict=True):
        if not np.array_equal(before, after, equal_nan=True):
            yield failure("changes with the layout")
    if loss.info.coupled:  # a weight moves the mean that scores are seen relative to
        return
    weighted = computed(drawn, laid, reduction="none", **options)
    weight = options.get("sample_weight", np.ones(1))
    mask = np.broadcast_to(options.get("where", True), results[0][0].shape)
    with np.errstate(all="ignore"):  # the terms of two sides may cancel: each is rounded
        terms = sum(abs(array) for array in drawn.args) * weight if len(results[1]) > 1 else np.zeros(1)
    for at, (before, after) in enumerate(zip(flat(results), flat(weighted), strict=True)):
        spread = (slice(None),) + (None,) * (before.ndim - 1)
        with np.errstate(all="ignore"):
            wanted = (before.astype(np.longdouble) * weight[spread]).astype(before.dtype)
            wanted = np.where((mask & (weight != 0))[spread], wanted, 0)
            size = np.maximum(abs(wanted), terms).astype(before.dtype) if at == 0 else abs(wanted)
            rounding = abs(weight)[spread] * np.spacing(abs(before))  # what a weight makes larger is rounded before
            close = abs(after - wanted) <= 4 * np.spacing(size) + rounding
            beyond = np.isinf(before) & (
                after * np.sign(wanted) >= 0.99 * np.finfo(drawn.dtype).max * abs(weight)[spread]
            )
        if not np.all(close | beyond | (after == wanted) | (np.isnan(after) & np.isnan(wanted))):
            yield failure("does not multiply by the weight")
    reduced = str(rng.choice(["sum", "mean", "weighted_mean"]))
    try:
        value, *derivatives = computed(drawn, laid, reduction=reduced, **options)
    except lossreg.EmptyError:
        return
    with np.errstate(all="ignore"):
        each = weighted[0][0].astype(np.float64)
        counted = mask & drawn.counted
        heavy = np.broadcast_to(weight.astype(np.float64), counted.shape)[counted]
        divisor = {"sum": 1.0, "mean": float(counted.sum()), "weighted_mean": math.fsum(heavy)}[reduced]
        total = math.fsum(each) / divisor if np.all(np.isfinite(each)) else float(np.sum(each)) / divisor
        size = float(np.sum(abs(each))) / abs(divisor)
        rounding = (
            1e-13 if drawn.dtype == np.float64 else 1e-6
        )  # the unreduced numbers are rounded, the sum is of those before
        if not (value[0] == total or abs(value[0] - total) <= rounding * size or not np.isfinite(total)):
            yield failure(f"does not keep the {reduced}")
        for before, after in zip(flat(weighted[1:]), flat(derivatives), strict=True):
            wanted = (before.astype(np.longdouble) / divisor).astype(before.dtype)
            close = abs(after - wanted) <= 16 * np.spacing(abs(wanted)) + np.spacing(abs(before)) / abs(divisor)
            if not np.all(close | (after == wanted) | ~np.isfinite(wanted)):
                yield failure(f"has another derivative of the {reduced}")


def failures(seed: int, number: int, size: int = SIZE) -> tuple[int, list[Failure]]:
    """The number of cases of a batch, and what is wrong with them."""
    drawn = batch(seed, number, size)
    try:
        results = computed(drawn, drawn.args, reduction=reduction(drawn))
        found = [*against_the_formula(drawn, results), *by_laws(drawn, results)]
    except lossreg.LossregError as error:
        found = [Failure(f"{drawn.loss.name} refuses valid arguments", np.inf, f"{drawn.loss!r}: {error}")]
    return len(drawn.args[-1]), [f._replace(words=f"{f.words}\n    --seed {seed} --batch {number}") for f in found]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--from", type=int, default=0, dest="first", help="the batch to begin with")
    parser.add_argument("--batch", type=int, help="this batch only")
    options = parser.parse_args()
    mp.dps = 450
    worst: dict[str, Failure] = {}
    counts: dict[str, int] = {}
    first = options.first if options.batch is None else options.batch
    cases, number, begun, told = 0, first, time.monotonic(), 0.0
    with suppress(KeyboardInterrupt):  # which shows what was found till then
        while cases < options.cases:
            new, found = failures(options.seed, number)
            cases, number = cases + new, number + 1
            for failure in found:
                counts[failure.kind] = counts.get(failure.kind, 0) + 1
                if failure.kind not in worst:
                    print(f"\r{failure.kind}: --seed {options.seed} --batch {number - 1}", file=sys.stderr)
                worst[failure.kind] = max(failure, worst.get(failure.kind, failure), key=lambda f: f.error)
            if time.monotonic() - told > 5:
                told = time.monotonic()
                rate = cases / (told - begun + 1e-9)
                shown = f"{cases:,} cases, {rate:,.0f} a second, {len(worst)} kinds of failure, on with --from {number}"
                print(f"\r{shown}", end="", file=sys.stderr, flush=True)
            if options.batch is not None:
                break
    print(f"\r{cases:,} cases in the batches {first} to {number - 1} of seed {options.seed}", file=sys.stderr)
    for kind, failure in sorted(worst.items()):
        print(f"{kind}: {counts[kind]} times, at worst {failure.error:.3g} ULP over the condition\n    {failure.words}")
    return bool(worst)


if __name__ == "__main__":
    sys.exit(main())
