"""`lossreg bench`: how long losses take on this machine."""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass
from enum import StrEnum
from time import perf_counter
from typing import Annotated, Any

import numpy as np
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

import lossreg
from lossreg.cli.arguments import Json, complete_name
from lossreg.cli.output import console, print_json, printable

METHODS = ("value", "value_and_grad", "value_grad_hess")
ROUNDS = 5
SHORTEST = 0.01  # a round repeats the call until it has taken so many seconds
SEED = 0


class Dtype(StrEnum):
    """Of the predictions."""

    float32 = "float32"
    float64 = "float64"


@dataclass(frozen=True)
class Timing:
    """The least time of a call."""

    loss: str
    method: str
    dtype: str
    elements: int
    threads: int
    seconds: float
    ns_per_element: float


def bench(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME]...", help="Losses; all if none is named.", autocompletion=complete_name),
    ] = None,
    size: Annotated[list[int] | None, typer.Option(min=1, help="How many rows or elements. May be repeated.")] = None,
    dtype: Annotated[Dtype, typer.Option(help="Of the predictions.")] = Dtype.float32,
    threads: Annotated[int | None, typer.Option(min=1, help="How many threads; all if not given.")] = None,
    json: Json = False,
) -> None:
    """Time the value, with the gradient, and with the Hessian, of a mean over drawn data.

    A time is the least of a few rounds; what else the machine does makes it longer.
    """
    losses = [lossreg.get(name) for name in names or lossreg.names()]
    cells = [(loss, elements) for loss in losses for elements in size or [1_000, 1_000_000]]
    threads = threads or lossreg.get_num_threads()
    stderr = console(stderr=True)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
    timings = []
    with Progress(*columns, console=stderr, transient=True, disable=not stderr.is_terminal) as progress:
        bar = progress.add_task("", total=len(cells))
        for loss, elements in cells:
            progress.update(bar, description=printable(f"{loss!r}, {elements:,}"))
            timings += _timed(loss, elements, dtype.value, threads)
            progress.advance(bar)
    if json:
        print_json([asdict(timing) for timing in timings])
    elif sys.stdout.isatty():
        _print_table(timings)
    else:
        for timing in timings:
            print(printable(timing.loss), timing.method, timing.elements, f"{timing.ns_per_element:.4g}", sep="\t")


def _timed(loss: Any, elements: int, dtype: str, threads: int) -> list[Timing]:
    from lossreg.testing import arguments

    arrays = arguments(loss, elements, dtype=np.dtype(dtype), seed=SEED)
    timings = []
    for method in METHODS:
        call = getattr(loss, method)
        try:
            call(*arrays, n_threads=threads)
        except lossreg.DerivativeError:
            continue
        laps = [_lap(call, arrays, threads, _repeats(call, arrays, threads)) for _ in range(ROUNDS)]
        seconds, count = min(laps), arrays[-1].size
        timings.append(Timing(repr(loss), method, dtype, count, threads, seconds, seconds / count * 1e9))
    return timings


def _repeats(call: Any, arrays: Any, threads: int) -> int:
    return max(1, round(SHORTEST / max(_lap(call, arrays, threads, 1), 1e-7)))


def _lap(call: Any, arrays: Any, threads: int, repeats: int) -> float:
    """Seconds of one call, of so many in a row."""
    start = perf_counter()
    for _ in range(repeats):
        call(*arrays, n_threads=threads)
    return (perf_counter() - start) / repeats


def _print_table(timings: list[Timing]) -> None:
    table = Table("loss", "method", "elements", "ns per element", box=None, header_style="bold")
    for timing in timings:
        cells = (timing.loss, timing.method, f"{timing.elements:,}", f"{timing.ns_per_element:.3g}")
        table.add_row(*map(printable, cells))
    for column in table.columns[2:]:
        column.justify = "right"
    console().print(table)
