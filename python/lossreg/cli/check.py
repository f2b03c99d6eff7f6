"""`lossreg check`: a loss held to the laws of all losses, or an objective of a booster to those of objectives."""

from __future__ import annotations

import sys
from importlib import import_module
from operator import attrgetter
from typing import Annotated, Any

import typer

import lossreg
from lossreg.cli.arguments import Json, Parameters, complete_name, loss_of, values_of
from lossreg.cli.output import print_json, printable
from lossreg.cli.problems import InputError


def check(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME|MODULE:OBJECT",
            help='A loss by name, or where it stands: huber, "huber(delta=2)", my_package.losses:Cauchy.',
            autocompletion=complete_name,
        ),
    ],
    param: Parameters = None,
    target: Annotated[
        str | None, typer.Option(metavar="DOMAIN", help="Of an objective: its targets, such as label.")
    ] = None,
    classes: Annotated[
        int | None, typer.Option(metavar="K", help="Of an objective: its scores for each sample.")
    ] = None,
    hessian: Annotated[
        str | None,
        typer.Option(metavar="KIND", help='Of an objective: "any", if its Hessian is meant to be another curvature.'),
    ] = None,
    json: Json = False,
) -> None:
    """Hold a loss to the laws of all losses: derivatives, weights, masks, reductions, pickling.

    An objective of XGBoost or LightGBM, a function that returns a gradient and a Hessian, is held to the laws of objectives. Exits with 1
    and says which law is broken first, and where. MODULE is imported as from a program in this folder.
    """
    from lossreg.testing import check_loss

    loss = _named(name, param)
    shown = repr(loss) if isinstance(loss, lossreg.Loss) else name
    broken = ""
    try:
        check_loss(loss, target=target, n_classes=classes, hessian=hessian)
    except AssertionError as error:
        broken = str(error)
    except (lossreg.LossregError, MemoryError):
        raise
    except Exception as error:  # the loss's own code
        broken = f"{shown} raises {type(error).__name__}: {error}"
    if json:
        print_json({"loss": shown, "ok": not broken, "broken": broken or None})
    elif broken:
        for line in broken.splitlines():
            print(printable(line))
    else:
        print(printable(f"{shown} keeps all laws"))
    if broken:
        raise typer.Exit(1)


def _named(name: str, params: list[str] | None) -> Any:
    """The loss of a name, or what a module calls so, made if it is a class."""
    module, colon, attribute = name.partition(":")
    if not colon or "(" in module:
        return loss_of(name, params)
    found = _imported(module, attribute)
    if isinstance(found, type) and issubclass(found, lossreg.PythonLoss):
        found = found()
    if not isinstance(found, lossreg.Loss) and callable(found) and not isinstance(found, type):
        if params:
            raise InputError(f"{name} is an objective, which has no parameters that --param could set")
        return found
    if not isinstance(found, lossreg.Loss):
        wanted = "a loss, a class of losses, or an objective of a booster"
        raise InputError(f"{name} is of type {type(found).__name__}; wanted {wanted}")
    return found.replace(**values_of(params)) if params else found


def _imported(module: str, attribute: str) -> Any:
    if "" not in sys.path:
        sys.path.insert(0, "")  # a program's own folder, as for `python -m`
    try:
        return attrgetter(attribute)(import_module(module))
    except (KeyboardInterrupt, MemoryError):
        raise
    except BaseException as error:  # whatever a module does when it is imported
        raise InputError(f"{module}:{attribute} cannot be imported: {type(error).__name__}: {error}") from None
