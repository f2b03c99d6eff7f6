"""`lossreg eval`: a loss over data in files."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

import lossreg
from lossreg.cli import inputs
from lossreg.cli.arguments import Json, Name, Parameters, loss_of
from lossreg.cli.output import print_json


class Reduction(StrEnum):
    """How the losses of the elements become one."""

    mean = "mean"
    sum = "sum"
    weighted_mean = "weighted_mean"
    none = "none"


def evaluate(
    name: Name,
    pred: Annotated[
        str, typer.Option(metavar="SOURCE", help="Predictions (of an adversarial loss: the fakes' scores).")
    ],
    true: Annotated[
        str | None, typer.Option(metavar="SOURCE", help="Targets (of the discriminator: the real samples' scores).")
    ] = None,
    weight: Annotated[str | None, typer.Option(metavar="SOURCE", help="Sample weights.")] = None,
    data: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The file of all sources, which then are columns only.")
    ] = None,
    param: Parameters = None,
    reduction: Annotated[Reduction, typer.Option(help="How the elements' losses become one.")] = Reduction.mean,
    grad: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the gradient there: .npy, or .npz for a pair, or .csv.")
    ] = None,
    json: Json = False,
) -> None:
    """Evaluate a loss over data in files.

    A SOURCE is FILE or FILE:COLUMN, of CSV, NPY or NPZ files: data.csv:y, data.csv:p0,p1,p2 (a matrix), scores.npy,
    arrays.npz:y.
    """
    loss = loss_of(name, param)
    sources = _sources(loss, true, pred)
    arrays = {argument: _read(source, data) for argument, source in sources.items()}
    if weight:
        arrays["sample_weight"] = _read(weight, data)
    given = [arrays[argument].values for argument in sources]
    options: dict[str, Any] = {"reduction": reduction.value}
    if weight:
        options["sample_weight"] = arrays["sample_weight"].values
    try:
        if grad:
            value, gradient = loss.value_and_grad(*given, **options)
            _write(grad, gradient, list(sources))
        else:
            value = loss.value(*given, **options)
    except lossreg.DomainError as error:
        raise inputs.InputError(f"{error}{_place(error, arrays)}") from None
    if json:
        print_json({"loss": repr(loss), "reduction": reduction.value, "elements": given[-1].size, "value": value})
    elif reduction is Reduction.none:
        _print_each(value)
    else:
        print(repr(value))


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


def _read(source: str, data: Path | None) -> inputs.Input:
    return inputs.read(f"{data}:{source}" if data else source)


def _place(error: lossreg.DomainError, arrays: dict[str, inputs.Input]) -> str:
    """Where in the files the element is that the loss complains about."""
    if error.argument not in arrays or error.index is None:
        return ""
    row = error.index[0] if isinstance(error.index, tuple) else error.index
    return f" ({arrays[error.argument].where(row)})"


def _write(path: Path, gradient: Any, arguments: list[str]) -> None:
    pair = isinstance(gradient, tuple)
    wanted = (".npz",) if pair else (".npy", ".csv")
    if path.suffix not in wanted:
        raise typer.BadParameter(f"{path} must end in {' or '.join(wanted)}", param_hint="--grad")
    if pair:
        np.savez(path, **dict(zip(arguments, gradient, strict=True)))
    elif path.suffix == ".npy":
        np.save(path, gradient)
    else:
        np.savetxt(path, gradient, fmt="%.17g", delimiter=",")


def _print_each(value: Any) -> None:
    for element in (part for array in (value if isinstance(value, tuple) else (value,)) for part in np.ravel(array)):
        print(repr(float(element)))
