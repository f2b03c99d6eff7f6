"""Compares losses with their formula texts on arguments drawn by chance.

    python tests/chance/compare.py                               100,000 cases
    python tests/chance/compare.py --cases 10_000_000 --seed 1   as many as are wanted
    python tests/chance/compare.py --seed 1 --batch 17           one batch again

A case is an element, or a row, of a loss: with parameters at the ends of their bounds, either dtype, any layout, weights, masks and
reductions. Value, gradient and Hessian are held to the formula text evaluated in long doubles with derivatives; what looks wrong there
is evaluated again by mpmath at 450 digits, whose word counts. The bounds are wide (see BOUND): for the last ULP there are the tables
of tests/truth. Of each kind of failure the worst is printed, as a call to copy.
"""

from __future__ import annotations

import argparse
import ast
import math
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from mpmath import mp

sys.path[:0] = [str(Path(__file__).parents[1] / "support"), str(Path(__file__).parents[1])]

from chance.draw import LAYOUTS, Batch, batch  # noqa: E402
from chance.jets import FUNCTIONS, LONG, MANY, Jet, Numbers, Ties  # noqa: E402

import lossreg  # noqa: E402

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


# The formula text


def names(loss: lossreg.Loss, kind: Numbers, args: tuple[Array, ...], side: int) -> dict[str, Any]:
    """What the formula text of a loss calls its numbers, the derivative being that with respect to one of its sides."""
    params, info = loss.params, loss.info
    given: dict[str, Any] = {name: value for name, value in params.items() if isinstance(value, int | float)}
    given = {name: value if isinstance(value, bool) else constant(kind, value) for name, value in given.items()}
    given |= dict.fromkeys([p.name for p in info.params if p.kind == "switch" and p.name not in given], False)
    given |= {name: None for name, value in params.items() if value is None}
    zero = kind.made(0.0)
    jets = [
        Jet(kind, (x := kind.made(array), x * 0 + (at == side), zero * x), exact=True) for at, array in enumerate(args)
    ]
    given |= dict(zip(info.sides, jets, strict=True))
    if "y_true" in given:
        y = kind.made(args[0])
        smoothing = kind.made(params.get("label_smoothing", 0.0))
        if info.target.is_label:
            y = np.where(y < 0, y * 0, y)
            y = y * (1 - smoothing) + smoothing / 2
        given["y_true"] = Jet(kind, (y, y * 0, y * 0), exact=True)
        given["r"] = given["y_pred"] - given["y_true"]
    return given


def constant(kind: Numbers, value: float) -> Jet:
    """A parameter in a formula."""
    return Jet(kind, (kind.made(value), kind.made(0.0), kind.made(0.0)), exact=True)


def row_names(loss: lossreg.Loss, kind: Numbers, y: Array, x: Array) -> dict[str, Any]:
    """The same of rows: (row, class, direction of the derivative)."""
    k = x.shape[1]
    params = loss.params
    given: dict[str, Any] = {name: constant(kind, v) for name, v in params.items() if isinstance(v, float)}
    targets = kind.made(y if y.ndim == 2 else np.eye(k)[np.where((y >= 0) & (y < k), y, 0)])
    if (smoothing := params.get("label_smoothing")) and smoothing > 0:
        targets = targets * (1 - kind.made(smoothing)) + kind.made(smoothing) / k
    weights = next((params[p.name] for p in loss.info.params if p.kind == "per-class" and p.name in params), None)
    if weights is not None:  # of the classes' terms, which need not be linear in the targets
        factors = kind.made(weights)[None, :, None]
        weighed = Jet(kind, (factors, factors * 0, factors * 0), exact=True)
        given["sum"] = lambda terms: FUNCTIONS["sum"](terms * weighed)
    z = kind.made(x)
    raw = params.get(loss.info.raw_switch or "", True)
    parts = kind.exp(z - z.max(axis=1, keepdims=True)) if raw else z
    own = np.eye(k, dtype=bool)
    total = parts.sum(axis=1, keepdims=True)
    others = np.stack([parts[:, ~own[i]].sum(axis=1) for i in range(k)], axis=1)
    p, o, t = parts[:, :, None], others[:, :, None], total[:, :, None]
    pj, oj = parts[:, None, :], others[:, None, :]
    q, v = p / t, o / t
    near = p > o
    log_q = np.where(near, -kind.log1p(np.where(near, o / np.where(p == 0, p * 0 + 1, p), o * 0)), 0)
    far = (z - z.max(axis=1, keepdims=True))[:, :, None] - kind.log(t) if raw else log_of(kind, p) - kind.log(t)
    log_q = np.where(near, log_q, far)
    with_raw = (
        (np.where(own, v, -pj / t), -(pj / t) * (oj / t) + 0 * p),
        (np.where(own, q * v, -q * pj / t), np.where(own, q * v * (v - q), q * (pj / t) * (pj - oj) / t)),
    )
    safe = np.where(p == 0, p * 0 + 1, p)
    of_mass = (
        (
            np.where(own, o / (safe * t), -1 / t + 0 * pj),
            np.where(own, -o * (t + p) / (safe * t) ** 2, 1 / t**2 + 0 * pj),
        ),
        (np.where(own, o / t**2, -p / t**2 + 0 * pj), np.where(own, -2 * o / t**3, 2 * p / t**3 + 0 * pj)),
    )
    of_log, of_q = with_raw if raw else of_mass
    probability = Jet(kind, (q, *of_q), rest=Jet(kind, (v, -of_q[0], -of_q[1])))
    wide = targets[:, :, None]
    return given | {
        "y_true": Jet(kind, (wide, wide * 0, wide * 0), exact=True),
        "q": probability,
        "log_q": Jet(kind, (log_q, *of_log)),
    }


def log_of(kind: Numbers, p: Array) -> Array:
    """The logarithm, of 0 an infinity."""
    return np.where(p > 0, kind.log(np.where(p > 0, p, p * 0 + 1)), -np.inf)


class Lazily(ast.NodeTransformer):
    """Makes the branches of `where` functions: one of them may be undefined where the condition is a setting."""

    def visit_Call(self, node: ast.Call) -> ast.Call:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id == "where":
            nothing = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
            node.args[1:] = [ast.Lambda(args=nothing, body=branch) for branch in node.args[1:]]
        return node


@cache
def compiled(text: str) -> Any:
    tree = Lazily().visit(ast.parse(text, mode="eval"))
    return compile(ast.fix_missing_locations(tree), text, "eval")


def evaluated(loss: lossreg.Loss, kind: Numbers, args: tuple[Array, ...], side: int) -> tuple[Jet, Any]:
    """The formula of a loss, and where a comparison in it was a tie."""
    Ties.found, Ties.width = False, 4 * float(np.finfo(args[-1].dtype).eps)
    row_wise = loss.info.family == "row-wise"
    text = compiled(loss.info.formula.replace("log(cosh(", "log_cosh(("))
    with np.errstate(all="ignore"):
        given = row_names(loss, kind, *args) if row_wise else names(loss, kind, args, side)
        given["pi"] = mp.pi if kind is MANY else np.longdouble(mp.nstr(mp.pi, 25))
        result = eval(text, {"__builtins__": {}, **FUNCTIONS, **given})
    return result, Ties.found


# Comparing


def errors(got: Array, jet: Jet, part: int, dtype: np.dtype[Any]) -> Array:
    """How many times the bound each number is off; NaN where the formula gives no number."""
    with np.errstate(all="ignore"):
        truth, size = np.broadcast_arrays(jet.parts[part], jet.sizes[part])
        most = float(np.finfo(dtype).max)
        ulp = np.spacing(np.clip(abs(truth).astype(np.float64), 0, most).astype(dtype)).astype(np.float64)
        cancelled = float(np.finfo(dtype).eps) * size.astype(np.float64)
        allowed = BOUND * np.maximum(ulp, np.where(np.isfinite(cancelled), cancelled, 0.0))
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


def flat(results: list[list[Array]]) -> list[Array]:
    return [array for part in results for array in part]


def against_the_formula(drawn: Batch, results: list[list[Array]]) -> Iterator[Failure]:
    loss, args = drawn.loss, drawn.args
    keep = drawn.counted
    args = tuple(array[keep] for array in args)
    sides = [at for at, side in enumerate(loss.info.sides) if side != "y_true"]
    for column, side in enumerate(sides):
        jet, ties = evaluated(loss, LONG, args, side)
        for part in range(3):
            if part == 0 and column:
                continue
            got = results[part][column if part else 0][keep]
            here = jet[:, 0] if drawn.rows and part == 0 else jet
            wrong = errors(got, here, part, drawn.dtype)
            wrong = np.where(np.isnan(wrong), np.inf, wrong)
            if part and ties is not False and not drawn.rows:
                wrong = np.where(ties, 0.0, wrong)
            by_case = wrong.max(axis=1) if wrong.ndim == 2 else wrong
            worst = [int(i) for i in np.argsort(-by_case)[:AGAIN] if by_case[i] > 1]
            yield from again(drawn, args, side, part, got, worst)


def again(
    drawn: Batch, args: tuple[Array, ...], side: int, part: int, got: Array, where: list[int]
) -> Iterator[Failure]:
    """What mpmath finds wrong too."""
    for i in where:
        one = tuple(array[i : i + 1] for array in args)
        try:
            jet, _ = evaluated(drawn.loss, MANY, one, side)
        except (ZeroDivisionError, ValueError, OverflowError):
            continue
        jet = jet[:, 0] if drawn.rows and part == 0 else jet
        wrong = errors(got[i : i + 1], jet, part, drawn.dtype)
        if np.nanmax(wrong, initial=0.0) > 1:
            loss, quantity = drawn.loss, QUANTITIES[part]
            call = f"lossreg.get({str(loss)!r}).{['value', 'grad', 'hess'][part]}({', '.join(map(shown, one))}, reduction='none')"
            truth = [float(t) for t in np.ravel(np.broadcast_to(jet.parts[part], wrong.shape))]
            words = f"{call}\n    gave {got[i : i + 1].ravel().tolist()}, the formula gives {truth}"
            alone = np.asarray(computed(drawn, one, reduction="none")[part][0 if part == 0 else -1])
            if (
                not np.array_equal(alone.ravel(), got[i : i + 1].ravel(), equal_nan=True)
                and len(drawn.loss.info.sides) < 3
            ):
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
    for before, after in zip(flat(results), flat(computed(drawn, laid, reduction="none")), strict=True):
        if not np.array_equal(before, after, equal_nan=True):
            yield failure("changes with the layout")
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
        if not np.all(close | (after == wanted) | (np.isnan(after) & np.isnan(wanted))):
            yield failure("does not multiply by the weight")
    reduction = str(rng.choice(["sum", "mean", "weighted_mean"]))
    try:
        value, *derivatives = computed(drawn, laid, reduction=reduction, **options)
    except lossreg.EmptyError:
        return
    with np.errstate(all="ignore"):
        each = weighted[0][0].astype(np.float64)
        counted = mask & drawn.counted
        heavy = np.broadcast_to(weight.astype(np.float64), counted.shape)[counted]
        divisor = {"sum": 1.0, "mean": float(counted.sum()), "weighted_mean": math.fsum(heavy)}[reduction]
        total = math.fsum(each) / divisor if np.all(np.isfinite(each)) else float(np.sum(each)) / divisor
        size = float(np.sum(abs(each))) / abs(divisor)
        rounding = (
            1e-13 if drawn.dtype == np.float64 else 1e-6
        )  # the unreduced numbers are rounded, the sum is of those before
        if not (value[0] == total or abs(value[0] - total) <= rounding * size or not np.isfinite(total)):
            yield failure(f"does not keep the {reduction}")
        for before, after in zip(flat(weighted[1:]), flat(derivatives), strict=True):
            wanted = (before.astype(np.longdouble) / divisor).astype(before.dtype)
            close = abs(after - wanted) <= 16 * np.spacing(abs(wanted)) + np.spacing(abs(before)) / abs(divisor)
            if not np.all(close | (after == wanted) | ~np.isfinite(wanted)):
                yield failure(f"has another derivative of the {reduction}")


def failures(seed: int, number: int, size: int = SIZE) -> tuple[int, list[Failure]]:
    """The number of cases of a batch, and what is wrong with them."""
    drawn = batch(seed, number, size)
    try:
        results = computed(drawn, drawn.args, reduction="none")
        found = [*against_the_formula(drawn, results), *by_laws(drawn, results)]
    except lossreg.LossregError as error:
        found = [Failure(f"{drawn.loss.name} refuses valid arguments", np.inf, f"{drawn.loss!r}: {error}")]
    return len(drawn.args[-1]), [f._replace(words=f"{f.words}\n    --seed {seed} --batch {number}") for f in found]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--batch", type=int, help="this batch only")
    options = parser.parse_args()
    mp.dps = 450
    worst: dict[str, Failure] = {}
    counts: dict[str, int] = {}
    cases, number, begun, told = 0, options.batch or 0, time.monotonic(), 0.0
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
                shown = f"{cases:,} cases, {rate:,.0f} a second, {len(worst)} kinds of failure"
                print(f"\r{shown}", end="", file=sys.stderr)
            if options.batch is not None:
                break
    print(f"\r{cases:,} cases in {number} batches, seed {options.seed}", file=sys.stderr)
    for kind, failure in sorted(worst.items()):
        print(f"{kind}: {counts[kind]} times, at worst {failure.error:.3g} ULP over the condition\n    {failure.words}")
    return bool(worst)


if __name__ == "__main__":
    sys.exit(main())
