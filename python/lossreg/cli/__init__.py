"""The command line `lossreg`.

Results go to standard output, progress and errors to standard error. Exit codes: 0 all went well, 1 the data, the loss,
the result or a missing extra is at fault, 2 the command was not understood, 130 it was interrupted.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress

__all__ = ["main"]


def main() -> None:
    """Run the command line, and exit."""
    try:
        _run()
    except KeyboardInterrupt:
        print("lossreg: interrupted", file=sys.stderr)
        sys.exit(130)


def _run() -> None:
    try:
        from lossreg.cli.app import app
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("lossreg"):
            raise
        sys.exit(f'lossreg: the command line needs {error.name}; install it by: pip install "lossreg[cli]"')

    from lossreg.cli.problems import USAGE, InputError, Interrupted, said, usage
    from lossreg.errors import LossregError

    _prepare_output()
    try:
        code = app(prog_name="lossreg", standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read the output has enough of it
        _discard_output()
        sys.exit(1)
    except USAGE as error:
        print(usage(error), file=sys.stderr)
        sys.exit(2)
    except Interrupted:
        raise KeyboardInterrupt from None
    except (LossregError, InputError, OSError, MemoryError) as error:
        if isinstance(error, OSError) and error.filename is None:  # the output's: what is left cannot be written
            _discard_output()
        sys.exit(f"lossreg: {said(error)}")
    if code == 130:  # how typer reports it
        raise KeyboardInterrupt
    sys.exit(code or 0)


def _prepare_output() -> None:
    """Whatever is printed can be: letters that a terminal does not know as their numbers, into nothing if it is closed."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _discard_output() -> None:
    """Nothing more is written, also when the interpreter ends and empties its buffers."""
    with suppress(OSError):  # an output that is no file has no buffers to be emptied
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
