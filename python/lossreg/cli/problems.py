"""What can be wrong with a command, and how it is said."""

from __future__ import annotations

from typing import Any

import typer

import lossreg
from lossreg.cli.output import printable

__all__ = ["USAGE", "InputError", "Interrupted", "said", "usage"]

# The base of typer's errors about a command; which module has it depends on typer's version.
USAGE: Any = next(base for base in typer.BadParameter.__mro__ if base.__name__ == "ClickException")
Interrupted: Any = typer.Abort


class InputError(Exception):
    """What is wrong with a file, an object or a result, and where."""


def said(error: BaseException) -> str:
    """What an error says, on one line: further lines of lossreg's own messages show where, and are left out."""
    if isinstance(error, OSError) and error.strerror:
        text = f"{error.filename or repr('')}: {error.strerror}" if error.filename is not None else error.strerror
    elif isinstance(error, MemoryError):
        text = f"out of memory{f': {error}' if str(error) else ''}"
    else:
        text = str(error)
    if isinstance(error, lossreg.LossregError):
        text = text.partition("\n")[0]
    return printable(text)


def usage(error: Any) -> str:
    """How a command is written, and why this one was not understood."""
    if type(error).__name__ == "NoArgsIsHelpError":  # nothing was asked for: the error is the help
        return str(error.format_message())
    context = getattr(error, "ctx", None)
    head = f"{context.get_usage()}\n" if context else ""
    return f"{head}lossreg: {printable(error.format_message())}"
