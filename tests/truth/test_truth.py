"""Every loss against the mpmath tables of `tests/truth`, through the public interface, and the tables against the formula
texts that the documentation shows.

Errors are in ULP with no absolute tolerance; the promises are in `truth/bounds.txt`, and multiplied by a row's condition
where its terms cancel.
"""

from __future__ import annotations

import ast
import math
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from mpmath import mp
from truth.table import Row, read, ulp, ulp_error

import lossreg
from lossreg import _native

FOLDER = Path(__file__).parent
LOSSES = sorted(path.stem for path in FOLDER.glob("*.txt") if path.stem != "bounds")
QUANTITIES = ("value", "grad", "hess")
DIGITS = 450  # what is left after 1 - 5e-324

rows = cache(lambda name: read(FOLDER / f"{name}.txt"))


def test_every_built_in_has_a_table() -> None:
    built_in = [name for name in lossreg.names() if lossreg.describe(name).provider == "lossreg"]
    assert built_in == LOSSES


# Against the tables


class Promise(NamedTuple):
    """What is promised for rows of a loss that have this among their parameters."""

    part: str
    bounds: list[float]


def promise(name: str, row: Row) -> Promise:
    """The bounds on value, gradient and Hessian of a row."""
    text = ",".join(f"{key}={str(value).lower()}" for key, value in row.params.items())
    lines = (FOLDER / "bounds.txt").read_text().splitlines()
    for loss, part, *columns in (line.split(";") for line in lines if not line.startswith("#")):
        if loss in (name, "*") and part in text:
            return Promise(part, [float(number) for number in columns[row.dtype == "float64"].split()])
    raise AssertionError(f"nothing is promised for {name}")


def batches(name: str) -> Iterator[list[Row]]:
    """The rows, those of the same dtype, parameters and shapes together."""

    def kind(row: Row) -> str:
        return repr((row.dtype, row.params, len(row.y), len(row.pred), name == "minimax_discriminator" and row.y))

    return (list(batch) for _, batch in groupby(sorted(rows(name), key=kind), key=kind))


def actual(name: str, batch: list[Row]) -> list[np.ndarray[Any, Any]]:
    """Value, gradient and Hessian of a batch: a row for each of its rows, a column for each prediction."""
    dtype = batch[0].dtype
    loss = lossreg.get(name, **batch[0].params)
    family = lossreg.describe(name).family
    pred = np.array([row.pred for row in batch], dtype)
    if family == "adversarial":
        # The other side, where there is one, scores what costs nothing.
        real = batch[0].y == [1.0]
        sides = (pred, np.full_like(pred, -np.inf)) if real else (np.full_like(pred, np.inf), pred)
        value, grad, hess = loss.value_grad_hess(
            *(sides if name == "minimax_discriminator" else (pred,)), reduction="none"
        )
        if isinstance(grad, tuple):
            grad, hess = (pair[0 if real else 1] for pair in (grad, hess))
        return [np.asarray(array) for array in (value, grad, hess)]
    if family == "row-wise" and len(batch[0].y) == 1:
        y = np.array([int(row.y[0]) for row in batch])
    else:
        y = np.array([row.y for row in batch], dtype)
    value, grad, hess = loss.value_grad_hess(y, pred, reduction="none")
    return [value.reshape(len(batch), -1), grad, hess]


class Measured(NamedTuple):
    """A number that a loss gave, and its error in ULP, divided by the row's condition."""

    quantity: str
    row: Row
    promise: Promise
    error: float
    words: str

    @property
    def share(self) -> float:
        """The error's share of what is promised."""
        return self.error / self.promise.bounds[QUANTITIES.index(self.quantity)]


def measured(name: str) -> Iterator[Measured]:
    """Every number of the loss's table."""
    for batch in batches(name):
        for quantity, numbers in zip(QUANTITIES, actual(name, batch), strict=True):
            assert numbers.dtype == batch[0].dtype
            for row, of_row in zip(batch, numbers, strict=True):
                if (
                    quantity == "value"
                    and row.y == [0.0]
                    and name == "minimax_discriminator"
                    and row.params["label_smoothing"]
                ):
                    continue  # no score of the other side costs nothing
                promised = promise(name, row)
                for number, high, residual, condition in zip(of_row, *getattr(row, quantity), strict=True):
                    error = ulp_error(number, high, residual, row.dtype) / condition
                    words = f"{quantity} {number!r} for {high!r}, condition {condition}"
                    yield Measured(quantity, row, promised, error, words)


@pytest.mark.parametrize("name", LOSSES)
def test_errors_keep_their_bounds(name: str) -> None:
    numbers = list(measured(name))
    assert len(numbers) > 200
    broken = [number for number in numbers if not number.share <= 1]
    lines = [f"{n.error:.4g} ULP, {n.share:.3g} of the bound: {n.words}: {n.row[:4]}" for n in broken]
    assert not broken, "\n".join([f"{len(broken)} of {len(numbers)}", *lines[:20]])


@pytest.mark.parametrize("level", [level for level in _native.cpu_levels() if level != _native.cpu_level()])
def test_narrower_levels_keep_the_bounds(level: str) -> None:
    some = "keep_their_bounds and (binary_focal or tweedie or log_cosh or kl_divergence or discriminator)"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", __file__, "-k", some]
    done = subprocess.run(command, env=os.environ | {"LOSSREG_CPU": level}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:]
    assert "5 passed" in done.stdout


# The formula texts

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "where": lambda condition, a, b: a() if condition else b(),
    "abs": abs,
    "exp": mp.exp,
    "log": mp.log,
    "cosh": mp.cosh,
    "lgamma": mp.loggamma,
    "maximum": max,
    "sum": mp.fsum,
    "softplus": lambda x: max(x, mp.zero) + mp.log1p(mp.exp(-abs(x))),
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
    "xlogy": lambda a, x: mp.zero if a == 0 else a * mp.log(x),
    "xlog1py": lambda a, x: mp.zero if a == 0 else a * mp.log1p(x),
    "boxcox_exp": lambda a, x: x if a == 0 else mp.exp(a * x) / a,
    "boxcox_pow": lambda a, m: mp.log(m) if a == 0 else m**a / a,
}


@cache
def compiled(formula: str) -> Any:
    """The text as code, in which the arms of `where` are computed only when they are chosen."""

    class Lazy(ast.NodeTransformer):
        def visit_Call(self, node: ast.Call) -> ast.AST:
            self.generic_visit(node)
            if isinstance(node.func, ast.Name) and node.func.id == "where":
                nothing = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
                node.args[1:] = [ast.Lambda(args=nothing, body=arm) for arm in node.args[1:]]
            return node

    return compile(ast.fix_missing_locations(Lazy().visit(ast.parse(formula, mode="eval"))), formula, "eval")


def evaluate(name: str, names: dict[str, Any]) -> mp.mpf:
    return eval(compiled(lossreg.describe(name).formula), FUNCTIONS | names)


def exactly(value: Any) -> Any:
    return mp.mpf(value) if isinstance(value, float) else value


def smoothed(target: mp.mpf, row: Row, classes: int) -> mp.mpf:
    smoothing = mp.mpf(row.params.get("label_smoothing", 0.0))
    return target * (1 - smoothing) + smoothing / classes


def by_text(name: str, row: Row) -> mp.mpf:
    """The loss of a row by the formula text, for finite inputs."""
    family, params = lossreg.describe(name).family, {key: exactly(value) for key, value in row.params.items()}
    x = [mp.mpf(number) for number in row.pred]
    if family == "adversarial":
        far = mp.mpf(10) ** 5  # a score that costs less than the digits show
        if name == "minimax_generator":
            return evaluate(name, params | {"fake_scores": x[0]})
        if row.y == [1.0]:
            return evaluate(name, params | {"real_scores": x[0], "fake_scores": -far})
        both, other = ({"real_scores": mp.zero, "fake_scores": fake} for fake in (x[0], -far))
        return evaluate(name, params | both) - evaluate(name, params | other)
    if family == "pointwise":
        label = lossreg.describe(name).target.is_label
        y = max(mp.mpf(row.y[0]), mp.zero) if label else mp.mpf(row.y[0])
        y = smoothed(y, row, 2) if "label_smoothing" in params else y
        alpha = params.get("alpha")
        weights = {"alpha_pos": 1 if alpha is None else alpha, "alpha_neg": 1 if alpha is None else 1 - alpha}
        return evaluate(name, params | weights | {"y_true": y, "y_pred": x[0], "r": x[0] - y})
    # The text is about one class; `sum` adds up the classes, each times its weight.
    classes = len(x)
    parts = [mp.exp(z - max(x)) for z in x] if params["from_logits"] else x
    total = mp.fsum(parts)
    dense = [mp.mpf(k == row.y[0]) for k in range(classes)] if len(row.y) == 1 else [mp.mpf(y) for y in row.y]
    weights = params.get("class_weight", params.get("alpha"))
    weights = (
        [mp.mpf(w) for w in weights] if isinstance(weights, list) else [1 if weights is None else weights] * classes
    )
    loss = mp.zero
    for part, target, weight in zip(parts, dense, weights, strict=True):
        t = smoothed(target, row, classes)
        if t:  # a share of 0 removes the class, whatever its logarithm
            q = part / total
            alone = {"sum": lambda term: term, "y_true": t, "q": q, "log_q": mp.log(q)}
            loss += weight * evaluate(name, params | alone)
    return loss


def has_limit(name: str, row: Row) -> bool:
    """Whether the formula says nothing about the row: an input is at an end where there is only a limit."""
    at_end = row.params.get("from_logits") is False or row.params.get("log_input") is False
    return not all(map(math.isfinite, row.pred)) or (at_end and not {0.0, 1.0}.isdisjoint(row.pred))


@pytest.mark.parametrize("name", LOSSES)
def test_formula_texts_give_the_tables(name: str) -> None:
    wrong, count = [], 0
    with mp.workdps(DIGITS):
        for row in rows(name):
            (high,), (residual,), _ = row.value
            if has_limit(name, row) or not math.isfinite(high):
                continue
            distance = (by_text(name, row) - mp.mpf(high)) / mp.mpf(ulp(high, row.dtype)) - residual
            count += 1
            if abs(distance) > 1e-3:
                wrong.append(f"{mp.nstr(distance, 5)} ULP: {row[:4]}")
    assert count > 60
    assert not wrong, "\n".join([f"{len(wrong)} of {count}", *wrong[:10]])


def test_tables_are_what_their_program_writes() -> None:
    command = [sys.executable, str(FOLDER / "losses.py"), "--check", "huber", "hinge", "log_cosh", "squared_error"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_stale_table_is_seen(tmp_path: Path) -> None:
    for path in FOLDER.glob("*.py"):
        (tmp_path / path.name).write_text(path.read_text())
    lines = (FOLDER / "squared_error.txt").read_text().splitlines(keepends=True)
    (tmp_path / "squared_error.txt").write_text("".join(lines[:-1]))
    command = [sys.executable, str(tmp_path / "losses.py"), "--check", "squared_error"]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 1
