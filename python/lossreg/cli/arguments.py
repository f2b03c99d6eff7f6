"""Arguments that several commands take: a loss with its parameters, JSON, sizes, and what a missing extra is answered with."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

import lossreg
from lossreg.cli.problems import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

WORDS = {"true": True, "false": False, "none": None}
UNITS = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}


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
    typer.Option(
        "--param",
        "-p",
        metavar="NAME=VALUE",
        help="A parameter of the loss: a number, true, false, none, numbers as [1, 2], or text. May be repeated.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")]


def loss_of(name: str, params: list[str] | None) -> lossreg.Loss:
    """The loss of a name and parameters as typed."""
    return lossreg.get(name, **values_of(params))


def values_of(params: list[str] | None) -> dict[str, Any]:
    """Parameters by name, as typed."""
    given: dict[str, Any] = {}
    for param in params or ():
        key, equals, text = param.partition("=")
        if not equals or not key.isidentifier():
            raise typer.BadParameter(f"wanted NAME=VALUE, such as delta=2, not {param!r}", param_hint="--param")
        if key in given:
            raise typer.BadParameter(f"{key} is given twice", param_hint="--param")
        given[key] = value_of(text.strip())
    return given


def value_of(text: str) -> Any:
    """A parameter as typed: a word, a number, a flat list of numbers; anything else is text."""
    if text.lower() in WORDS:
        return WORDS[text.lower()]
    if (number := _number(text)) is not None:
        return number
    brackets = text[:1] + text[-1:]
    if brackets in ("[]", "()"):
        numbers = [_number(part.strip()) for part in text[1:-1].rstrip(", ").split(",")]
        if text[1:-1].strip() and None not in numbers:
            return numbers
    return text[1:-1] if len(text) > 1 and brackets in ("''", '""') else text


def _number(text: str) -> int | float | None:
    if re.fullmatch(r"[+-]?[0-9]{1,4000}", text):  # more digits than Python reads are no number here
        return int(text)
    try:
        return float(text) if text.isascii() and "_" not in text else None
    except ValueError:
        return None


def bytes_of(text: str) -> int:
    """A number of bytes, such as 500MiB or 8G."""
    found = re.fullmatch(r"([0-9]{1,15})\s*([kmgt]?)(i?b)?", text.strip().lower())
    if not found or not int(found[1]):
        raise typer.BadParameter(f"wanted a size such as 500MiB or 8GiB, not {text!r}", param_hint="--max-unpacked")
    return int(found[1]) * UNITS[found[2]]


@contextmanager
def extra(name: str) -> Iterator[None]:
    """Inside it a library that is not installed is answered with the extra that brings it."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("lossreg"):
            raise
        raise InputError(f'this command needs {error.name}; install it by: pip install "lossreg[{name}]"') from None
