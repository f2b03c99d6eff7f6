"""`lossreg plugins`: who brings losses, and what is broken."""

from __future__ import annotations

import sys
import warnings

import typer
from rich.table import Table

import lossreg
from lossreg.cli.arguments import Json
from lossreg.cli.output import console, print_json, printable


def plugins(json: Json = False) -> None:
    """List the plugins that are installed, with their losses. Exits with 1 if one of them is broken.

    In a pipe a line is name, version, entry point, and losses or the error, separated by tabs.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lossreg.PluginWarning)  # the error stands in the list
        infos = lossreg.plugins()
    if json:
        fields = ("name", "version", "entry_point", "losses")
        print_json(
            [
                {**{field: getattr(info, field) for field in fields}, "error": info.error and str(info.error)}
                for info in infos
            ]
        )
    else:
        rows = [
            (
                info.name,
                info.version,
                info.entry_point,
                f"broken: {info.error}" if info.error else ", ".join(info.losses),
            )
            for info in infos
        ]
        _print_rows([tuple(map(printable, row)) for row in rows])
    if any(info.error for info in infos):
        raise typer.Exit(1)


def _print_rows(rows: list[tuple[str, ...]]) -> None:
    if not sys.stdout.isatty():
        for row in rows:
            print(*row, sep="\t")
    elif rows:
        table = Table("plugin", "version", "entry point", "losses", box=None, header_style="bold")
        for row in rows:
            table.add_row(*row)
        console().print(table)
    else:
        print("no plugin is installed")
