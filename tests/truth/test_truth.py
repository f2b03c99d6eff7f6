"""Every loss against the mpmath tables of `tests/truth`, which the formula texts of the documentation make, through the
public interface.

Errors are in ULP with no absolute tolerance; the promises are in `truth/bounds.txt`, and multiplied by a row's condition
where its terms cancel.
"""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from truth.table import Row, read, ulp_error

import lossreg
from lossreg import _native

FOLDER = Path(__file__).parent
LOSSES = sorted(path.stem for path in FOLDER.glob("*.txt") if path.stem != "bounds")
QUANTITIES = ("value", "grad", "hess")
# What a real score and a fake one are that cost nothing, where that is no infinity.
FREE = {"wasserstein_discriminator": (0.0, 0.0), "least_squares_discriminator": (1.0, 0.0)}
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
    """The rows, those of the same dtype, parameters and shapes together: labels -1 apart from 0, one side of a pair from the other."""
    sides = lossreg.describe(name).sides
    pair = len(sides) > 1 and "y_true" not in sides

    def kind(row: Row) -> str:
        return repr((row.dtype, row.params, len(row.y), len(row.pred), row.y if pair else row.y == [-1.0]))

    return (list(batch) for _, batch in groupby(sorted(rows(name), key=kind), key=kind))


def actual(loss: lossreg.Loss, batch: list[Row]) -> list[np.ndarray[Any, Any]]:
    """Value, gradient and Hessian of a batch: a row for each of its rows, a column for each prediction."""
    dtype, family = batch[0].dtype, loss.info.family
    if family == "set-wise":
        loss = loss.replace(axis=-1)
    if family in ("column-wise", "sequence"):
        y, pred = (np.array([getattr(row, side) for row in batch], dtype) for side in ("y", "pred"))
        if family == "sequence":
            pred = pred.reshape(len(batch), -1, 3)
        else:  # a single number has no axis of its own
            y, pred = (each[:, 0] if each.shape[1] == 1 else each for each in (y, pred))
        results = loss.value_grad_hess(y, pred, reduction="none")
        return [np.asarray(result).reshape(len(batch), -1) for result in results]
    pred = np.array([row.pred for row in batch], dtype)
    if loss.info.coupled:
        results = [loss.value_grad_hess(*np.split(scores, 2)) for scores in pred]
        return [np.array([np.ravel(each) for each in column], dtype) for column in zip(*results, strict=True)]
    if family == "adversarial":
        # The other side, where there is one, scores what costs nothing.
        real = batch[0].y == [1.0]
        free = np.full_like(pred, FREE.get(loss.info.name, (np.inf, -np.inf))[real])
        sides = (pred,) if len(loss.info.sides) == 1 else (pred, free) if real else (free, pred)
        value, grad, hess = loss.value_grad_hess(*sides, reduction="none")
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
        loss = lossreg.get(name, **batch[0].params)
        for quantity, numbers in zip(QUANTITIES, actual(loss, batch), strict=True):
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
                    error = ulp_error(number, high, residual, row.dtype)
                    # Terms that cancel to exactly 0 may leave more units of it than there are floats.
                    error = 0.0 if math.isinf(condition) and math.isfinite(number) else error / condition
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
    some = "keep_their_bounds and (binary_focal or tweedie or log_cosh or kl_divergence or minimax_discriminator)"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", __file__, "-k", some]
    done = subprocess.run(command, env=os.environ | {"LOSSREG_CPU": level}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:]
    assert "6 passed" in done.stdout


# The program that writes the tables


def test_tables_are_what_their_program_writes() -> None:
    command = [sys.executable, str(FOLDER / "losses.py"), "--check", "huber", "hinge", "log_cosh", "cauchy"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_stale_table_is_seen(tmp_path: Path) -> None:
    for path in FOLDER.glob("*.py"):
        (tmp_path / path.name).write_text(path.read_text())
    lines = (FOLDER / "squared_error.txt").read_text().splitlines(keepends=True)
    (tmp_path / "squared_error.txt").write_text("".join(lines[:-1]))
    command = [sys.executable, str(tmp_path / "losses.py"), "--check", "squared_error"]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 1
