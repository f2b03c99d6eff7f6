"""`lossreg list` and `lossreg show`: what the registry knows."""

from __future__ import annotations

import sys
from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

import lossreg
from lossreg.cli.arguments import Json, Name
from lossreg.cli.output import console, print_json

if TYPE_CHECKING:
    from rich.console import Console


class Family(StrEnum):
    """Which data a loss takes."""

    pointwise = "pointwise"
    row_wise = "row-wise"
    adversarial = "adversarial"


def list_losses(
    family: Annotated[Family | None, typer.Option(help="Only the losses of one family.")] = None,
    json: Json = False,
) -> None:
    """List all losses, those of plugins included.

    In a pipe a line is name, family and summary, separated by tabs.
    """
    infos = [lossreg.describe(name) for name in lossreg.names(family=family and family.value)]
    if json:
        print_json([asdict(info) for info in infos])
    elif sys.stdout.isatty():
        table = Table("loss", "family", "what it measures", box=None, header_style="bold")
        for info in infos:
            table.add_row(signature(info), info.family, info.summary)
        console().print(table)
    else:
        for info in infos:
            print(info.name, info.family, info.summary, sep="\t")


def show(name: Name, json: Json = False) -> None:
    """Show all there is to know about a loss."""
    info = lossreg.describe(lossreg.get(name))
    if json:
        print_json(asdict(info))
        return
    out = console()
    out.print(signature(info), style="bold", soft_wrap=True)
    out.print(info.summary, soft_wrap=True)
    convex = {True: "yes, in the raw score", False: "no", None: "its author does not say"}[info.convex]
    kinds = [f"{kind}{' (never negative)' if positive else ''}" for kind, positive in info.hessians.items()]
    rows = {
        "formula": info.formula,
        "family": info.family,
        "targets": info.target,
        "predictions": info.prediction,
        "link": info.link,
        "convex": convex,
        "kinks": info.kinks,
        "Hessians": ", ".join(kinds),
        "aliases": ", ".join(info.aliases),
        "source": info.source,
        "from": info.provider,
    }
    _print_aligned(out, rows)
    if info.params:
        out.print("\nparameters", style="bold")
        params = {f"{p.name} = {p.default!r}": p.doc + (f" [{p.bounds}]" if p.bounds else "") for p in info.params}
        _print_aligned(out, params)


def signature(info: lossreg.LossInfo) -> str:
    """The loss as a call with its defaults."""
    return f"{info.name}({', '.join(f'{param.name}={param.default!r}' for param in info.params)})"


def _print_aligned(out: Console, rows: dict[str, str]) -> None:
    width = max(map(len, rows))
    for key, value in rows.items():
        if value:
            out.print(Text(f"  {key:<{width}}  ", "cyan") + Text(value), soft_wrap=True)
