"""Arguments that several commands take: a loss with its parameters, JSON, and what a missing extra is answered with."""

from __future__ import annotations

import ast
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

import lossreg
from lossreg.cli.inputs import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator


def complete_name(incomplete: str) -> list[str]:
    """The losses whose names begin so, for the shell's completion."""
    return [name for name in lossreg.names() if name.startswith(incomplete)]


Name = Annotated[
    str,
    typer.Argument(
        metavar="NAME",
        help='A loss by name or alias, or with parameters: huber, "huber(delta=2)".',
        autocompletion=complete_name,
    ),
]
Parameters = Annotated[
    list[str] | None,
    typer.Option("--param", "-p", metavar="NAME=VALUE", help="A parameter of the loss; may be given several times."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")]


def loss_of(name: str, params: list[str] | None) -> lossreg.Loss:
    """The loss of a name and parameters as typed."""
    given: dict[str, Any] = {}
    for param in params or ():
        key, equals, value = param.partition("=")
        if not equals or not key.isidentifier():
            raise typer.BadParameter(f"wanted NAME=VALUE, such as delta=2, not {param!r}", param_hint="--param")
        if key in given:
            raise typer.BadParameter(f"{key} is given twice", param_hint="--param")
        words = {"true": True, "false": False, "none": None}
        try:
            given[key] = words[value.lower()] if value.lower() in words else ast.literal_eval(value)
        except (ValueError, SyntaxError):
            given[key] = value
    return lossreg.get(name, **given)


@contextmanager
def extra(name: str) -> Iterator[None]:
    """Inside it a library that is not installed is answered with the extra that brings it."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("lossreg"):
            raise
        raise InputError(f'this command needs {error.name}; install it by: pip install "lossreg[{name}]"') from None
