"""The commands, and what several of them take."""

from __future__ import annotations

from typing import Annotated

import typer

import lossreg
from lossreg.cli.bench import bench
from lossreg.cli.catalogue import list_losses, show
from lossreg.cli.check import check
from lossreg.cli.demo import demo
from lossreg.cli.evaluate import evaluate
from lossreg.cli.new import new
from lossreg.cli.plot import plot
from lossreg.cli.plugins import plugins

app = typer.Typer(
    help="Machine-learning losses: list them, look at them, evaluate them, check them, see them at work.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("list")(list_losses)
app.command("show")(show)
app.command("eval")(evaluate)
app.command("plot")(plot)
app.command("check")(check)
app.command("new")(new)
app.command("bench")(bench)
app.command("plugins")(plugins)
app.command("demo")(demo)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"lossreg {lossreg.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None: ...
