"""`lossreg list` and `lossreg show`: what the registry knows."""

from __future__ import annotations

import sys
from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

import lossreg
from lossreg.cli.arguments import Json, Name, Parameters, loss_of
from lossreg.cli.output import console, print_json, printable

if TYPE_CHECKING:
    from rich.console import Console


class Family(StrEnum):
    """Which data a loss takes."""

    pointwise = "pointwise"
    row_wise = "row-wise"
    set_wise = "set-wise"
    column_wise = "column-wise"
    sequence = "sequence"
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
            defaults = {param.name: param.default for param in info.params}
            table.add_row(*map(printable, (_call(info.name, defaults), info.family, info.summary)))
        console().print(table)
    else:
        for info in infos:
            print(*map(printable, (info.name, info.family, info.summary)), sep="\t")


def show(name: Name, param: Parameters = None, json: Json = False) -> None:
    """Show all there is to know about a loss, with the parameters it is given."""
    loss = loss_of(name, param)
    info = loss.info
    if json:
        params = [{**asdict(one), "value": loss.params[one.name]} for one in info.params]
        print_json({**asdict(info), "params": params})
        return
    out = console()
    is_sum = hasattr(loss, "terms")  # whose losses have parameters each
    out.print(printable(repr(loss) if is_sum else _call(info.name, loss.params)), style="bold", soft_wrap=True)
    out.print(printable(info.summary), soft_wrap=True)
    convex = {True: "yes, in the raw score", False: "no", None: "its author does not say"}[info.convex]
    kinds = [f"{kind}{' (never negative)' if positive else ''}" for kind, positive in info.hessians.items()]
    rows = {
        "use": info.use_when,
        "formula": info.formula,
        "family": info.family,
        "targets": _of_columns(info.target_columns if not info.target_domains else (), info.target_words),
        "predictions": _of_columns(info.columns if len(info.columns) > 1 else (), str(info.prediction)),
        "link": info.link,
        "convex": convex,
        "kinks": info.kinks,
        "Hessians": ", ".join(kinds),
        "aliases": ", ".join(info.aliases),
        "related": "; ".join(f"{other}: {how}" for other, how in info.relations.items()),
        "notes": "; ".join(info.notes),
        "source": info.source,
        "from": info.provider,
    }
    _print_aligned(out, rows)
    if info.params:
        out.print("\nparameters", style="bold")
        _print_aligned(out, {f"{one.name} = {loss.params[one.name]!r}": _about(one, loss) for one in info.params})


def _of_columns(names: tuple[str, ...], words: str) -> str:
    """What may be in an array, on whose last axis columns of these names are, if there are any."""
    return f"{', '.join(names)}: {words}" if names else words


def _about(param: Any, loss: lossreg.Loss) -> str:
    """What a parameter does, its bounds, and its default where it has another value."""
    changed = repr(loss.params[param.name]) != repr(param.default)
    facts = [param.bounds, f"default {param.default!r}" if changed else ""]
    doc: str = param.doc
    return doc + (f" [{'; '.join(filter(None, facts))}]" if any(facts) else "")


def _call(name: str, params: Any) -> str:
    """A loss as a call with all its parameters."""
    return f"{name}({', '.join(f'{key}={value!r}' for key, value in params.items())})"


def _print_aligned(out: Console, rows: dict[str, str]) -> None:
    width = max(map(len, rows))
    for key, value in rows.items():
        if value:
            line = Text(printable(f"  {key:<{width}}  "), "cyan") + Text(printable(value))
            out.print(line, soft_wrap=True)
