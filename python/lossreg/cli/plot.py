"""`lossreg plot`: a loss as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lossreg.cli.arguments import Name, Parameters, extra, loss_of
from lossreg.cli.output import printable

FORMATS = (".pdf", ".png", ".svg")
DOTS_PER_INCH = 160


def plot(
    name: Name,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="PNG, SVG or PDF; NAME.png if nothing is said.")
    ] = None,
    param: Parameters = None,
) -> None:
    """Draw value, gradient and Hessian of a loss, and print the picture's path."""
    loss = loss_of(name, param)
    path = out or Path(f"{loss.name}.png")
    if path.suffix not in FORMATS:
        raise typer.BadParameter(f"{path} must end in {', '.join(FORMATS)}", param_hint="--out")
    with extra("cli"):
        from lossreg.demo import curves, paint
    with paint.look():
        curves.overview(loss).savefig(path, dpi=DOTS_PER_INCH)
    print(printable(str(path)))
