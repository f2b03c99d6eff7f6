"""`lossreg demo`: the main job on real data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from rich.box import HEAVY_HEAD, SIMPLE, Box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from lossreg.cli.arguments import Json, extra
from lossreg.cli.output import console, print_json, printable
from lossreg.demo import table

FIGURES = {"start", "end", "time per pass", "elements/s", "plain NumPy", *table.NARROW[1::2]}  # nothing but numbers


def demo(
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Where the gallery goes.")] = Path(
        "lossreg-demo"
    ),
    seed: Annotated[int, typer.Option(min=0, help="Of the split of the data and of the noise.")] = 0,
    quick: Annotated[bool, typer.Option("--quick", help="Shorter games and smaller timings.")] = False,
    json: Json = False,
) -> None:
    """Train real models with gradients of lossreg, compare them with scikit-learn's, and write a gallery."""
    stderr = console(stderr=True)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=stderr, transient=True, disable=not stderr.is_terminal) as progress:
        bar = progress.add_task("loading scikit-learn", total=None)
        with extra("demo"):
            from lossreg.demo import page, run
        progress.update(bar, total=run.STAGES + 1)
        report = run.run(seed, quick, lambda stage: progress.update(bar, advance=1, description=stage))
        progress.update(bar, advance=1, description="the gallery")
        path = page.write(report, out)
    if json:
        print_json({"gallery": str(path), "rows": [row.data_dict() for row in report.rows]})
        return
    output = console()
    output.print(fitting(output, report.rows))
    output.print(
        f"A pass is value and gradient of {report.elements:,} elements or a little more, with {report.threads} "
        f"thread{'' if report.threads == 1 else 's'}; in brackets how many times as long plain NumPy takes.",
        soft_wrap=True,
    )
    output.print(printable(f"Gallery: {path}"), soft_wrap=True)


def fitting(output: Console, rows: list[table.Row]) -> Table:
    """The table with all columns, or with fewer where words of these would be broken."""
    wide = Layout(table.HEADERS, [row.cells() for row in rows], HEAVY_HEAD)
    narrow = Layout(table.NARROW, [row.stacked() for row in rows], SIMPLE)
    return (wide if wide.least() <= output.width else narrow).table(output.width)


class Layout(NamedTuple):
    """What a table may look like: lines are broken between words, and never within one."""

    headers: tuple[str, ...]
    cells: list[tuple[str, ...]]
    box: Box

    def least(self) -> int:
        """How wide it has to be."""
        return self._frame() + sum(self._widths(str.split))

    def _frame(self) -> int:
        return len(self.headers) * 3 + (1 if self._edge() else -3)

    def _edge(self) -> bool:
        return self.box is not SIMPLE

    def _widths(self, parts: Callable[[str], list[str]]) -> list[int]:
        """The longest part of each column."""
        columns = zip(self.headers, *self.cells, strict=True)
        return [max(len(part) for text in column for part in parts(text)) for column in columns]

    def table(self, width: int) -> Table:
        """The table at most so wide: no column narrower than its longest word, none wider than its longest line."""
        room = width - self.least()
        shown = Table(
            box=self.box,
            header_style="bold",
            show_edge=self._edge(),
            pad_edge=self._edge(),
            show_lines=not self._edge(),
        )
        for header, least, most in zip(
            self.headers, self._widths(str.split), self._widths(str.splitlines), strict=True
        ):
            further = max(0, min(most - least, room))
            room -= further
            shown.add_column(header, justify="right" if header in FIGURES else "left", width=least + further)
        for row in self.cells:
            shown.add_row(*row)
        return shown
