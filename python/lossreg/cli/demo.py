"""`lossreg demo`: the main job on real data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from lossreg.cli.arguments import Json, extra
from lossreg.cli.output import console, print_json, printable

FIGURES = (2, 3, 6, 7, 8)  # the columns that hold nothing but a number


def demo(
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Where the gallery goes.")] = Path(
        "lossreg-demo"
    ),
    seed: Annotated[int, typer.Option(min=0, help="Of the split of the data and of the noise.")] = 0,
    quick: Annotated[bool, typer.Option("--quick", help="Shorter games and smaller timings.")] = False,
    json: Json = False,
) -> None:
    """Train real models with gradients of lossreg, compare them with scikit-learn's, and write a gallery."""
    with extra("demo"):
        from lossreg.demo import page, run, table
    stderr = console(stderr=True)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=stderr, transient=True, disable=not stderr.is_terminal) as progress:
        bar = progress.add_task("", total=run.STAGES + 1)
        report = run.run(seed, quick, lambda stage: progress.update(bar, advance=1, description=stage))
        progress.update(bar, advance=1, description="the gallery")
        path = page.write(report, out)
    if json:
        print_json({"gallery": str(path), "rows": [row.data_dict() for row in report.rows]})
        return
    shown = Table(*table.HEADERS, header_style="bold")
    for place, column in enumerate(shown.columns):
        column.overflow = "fold"
        column.justify = "right" if place in FIGURES else "left"
    for row in report.rows:
        shown.add_row(*row.cells())
    output = console()
    output.print(shown)
    output.print(
        f"A pass is value and gradient of {report.elements:,} elements or a little more, with {report.threads} "
        f"thread{'' if report.threads == 1 else 's'}; in brackets how many times as long plain NumPy takes.",
        soft_wrap=True,
    )
    output.print(printable(f"Gallery: {path}"), soft_wrap=True)
