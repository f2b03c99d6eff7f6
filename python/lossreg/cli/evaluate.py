"""`lossreg eval`: a loss over data in files, block after block where the result is one number."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, cast

import numpy as np
import typer

import lossreg
from lossreg.cli.arguments import Json, Name, Parameters, bytes_of, loss_of
from lossreg.cli.gradient import check_target, write
from lossreg.cli.output import elements_read, print_json
from lossreg.cli.problems import InputError
from lossreg.streams import Columns, Files, Input, fold_files

TAB = ("\\t", "tab")
OF_NOTHING = {"sum": 0.0, "none": ()}  # a mean of nothing is none


class Reduction(StrEnum):
    """How the losses of the elements become one."""

    mean = "mean"
    sum = "sum"
    weighted_mean = "weighted_mean"
    none = "none"


def evaluate(
    name: Name,
    *,
    files: Annotated[
        list[str] | None, typer.Argument(metavar="FILES", help="More of --data, as a shell makes them of *.csv.")
    ] = None,
    pred: Annotated[
        str, typer.Option(metavar="SOURCE", help="Predictions (of an adversarial loss: the fakes' scores).")
    ],
    true: Annotated[
        str | None, typer.Option(metavar="SOURCE", help="Targets (of the discriminator: the real samples' scores).")
    ] = None,
    weight: Annotated[str | None, typer.Option(metavar="SOURCE", help="Sample weights.")] = None,
    data: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILES",
            help="Where all sources are columns of: a file, a folder, a glob, or - for standard input. May be repeated.",
        ),
    ] = None,
    sep: Annotated[
        str | None, typer.Option(metavar="CHARACTER", help="Between the columns of text; found out if not given.")
    ] = None,
    param: Parameters = None,
    reduction: Annotated[Reduction, typer.Option(help="How the elements' losses become one.")] = Reduction.mean,
    grad: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the gradient there: .npy, or .npz for a pair, or .csv.")
    ] = None,
    max_unpacked: Annotated[
        str,
        typer.Option(metavar="SIZE", help="How much a packed file may unpack to, where all of it has to be in memory."),
    ] = "4GiB",
    json: Json = False,
) -> None:
    """Evaluate a loss over data in files.

    A SOURCE is FILE or FILE:COLUMNS, of CSV, NPY, NPZ or Parquet files: data.csv:y, data.csv:p0,p1,p2 (a matrix),
    scores.npy, arrays.npz:y, -:y (standard input). Text may be packed by gzip, bzip2 or xz. With FILES or --data
    a SOURCE is COLUMNS only.
    """
    loss = loss_of(name, param)
    sources = _sources(loss, true, pred)
    if grad:
        check_target(grad, pair=len(loss.info.sides) == 2 and loss.info.family == "adversarial")
    wanted = {**sources, "sample_weight": weight} if weight else sources
    options: dict[str, Any] = {"separator": _separator(sep), "limit": bytes_of(max_unpacked)}
    if data := [*(data or ()), *(files or ())]:
        inputs = Files.of(
            data, {argument: Columns.as_typed(columns) for argument, columns in wanted.items()}, **options
        )
    else:
        inputs = Files.each(wanted, **options)
    if grad and any(_same(file, grad) for file in inputs.paths):
        raise typer.BadParameter(f"{grad} is one of the files that are read", param_hint="--grad")
    if grad or reduction is Reduction.none or not _by_rows(loss, inputs):
        value, elements = _at_once(loss, inputs, list(sources), reduction.value, grad)
    else:
        with elements_read() as report:
            state = fold_files(loss.state(cast("Any", reduction.value)), inputs, list(sources), report)
        if not report.count and reduction not in OF_NOTHING:
            raise inputs.empty()
        value, elements = state.result(), report.count
    if json:
        print_json({"loss": repr(loss), "reduction": reduction.value, "elements": elements, "value": value})
    elif reduction is Reduction.none:
        _print_each(value)
    else:
        print(repr(value))


def _by_rows(loss: lossreg.Loss, files: Files) -> bool:
    """Whether the value is made of rows that stand together; not of sets of rows, classes on another axis, two players' scores apart."""
    family = loss.info.family
    if loss.info.coupled:
        return False
    return (family != "adversarial" or files.together) and family != "set-wise" and loss.params.get("axis", -1) == -1


def _at_once(loss: lossreg.Loss, files: Files, sides: list[str], reduction: str, grad: Path | None) -> tuple[Any, int]:
    """The value over whole arrays, and of how many elements; the gradient into its file."""
    arrays = files.whole()
    if not arrays:
        if grad or reduction not in OF_NOTHING:
            raise files.empty()
        return OF_NOTHING[reduction], 0
    given = [arrays[argument].values for argument in sides]
    options: dict[str, Any] = {"reduction": reduction}
    if "sample_weight" in arrays:
        options["sample_weight"] = arrays["sample_weight"].values
    try:
        if grad:
            value, gradient = loss.value_and_grad(*given, **options)
            write(grad, gradient, sides)
        else:
            value = loss.value(*given, **options)
    except lossreg.DomainError as error:
        raise InputError(f"{error}{_place(error, arrays)}") from None
    return value, given[-1].size


def _sources(loss: lossreg.Loss, true: str | None, pred: str) -> dict[str, str]:
    """Which argument comes from where."""
    sides = loss.info.sides
    if len(sides) == 1:
        if true:
            raise typer.BadParameter(f"{loss.name} takes {sides[0]} only, as --pred", param_hint="--true")
        return {sides[0]: pred}
    if true is None:
        raise typer.BadParameter(f"{loss.name} needs it", param_hint="--true")
    return dict(zip(sides, (true, pred), strict=True))


def _separator(sep: str | None) -> str | None:
    if sep is None:
        return None
    if len(sep := "\t" if sep in TAB else sep) != 1 or sep in '"\r\n':
        raise typer.BadParameter(f"wanted one character, such as ';' or tab, not {sep!r}", param_hint="--sep")
    return sep


def _same(file: str, grad: Path) -> bool:
    """Whether both are one file, whatever it is called."""
    try:
        return os.path.samefile(file, grad)
    except OSError:
        return False


def _place(error: lossreg.DomainError, arrays: dict[str, Input]) -> str:
    """Where in the files the element is that the loss complains about."""
    if error.argument not in arrays or error.index is None:
        return ""
    return f" ({arrays[error.argument].where(error.index)})"


def _print_each(value: Any) -> None:
    for element in (part for array in (value if isinstance(value, tuple) else (value,)) for part in np.ravel(array)):
        print(repr(float(element)))
