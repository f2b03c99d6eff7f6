"""The command line `lossreg`.

Results go to standard output, progress and errors to standard error. Exit codes: 0 all went well, 1 the data, the loss,
the result or a missing extra is at fault, 2 the command was not understood, 130 it was interrupted.
"""

from __future__ import annotations

import os
import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line, and exit."""
    try:
        from lossreg.cli.app import app
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("lossreg"):
            raise
        sys.exit(f'lossreg: the command line needs {error.name}; install it by: pip install "lossreg[cli]"')

    from lossreg.cli.output import printable
    from lossreg.cli.problems import USAGE, InputError, Interrupted, usage
    from lossreg.errors import LossregError

    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal that knows fewer letters shows their numbers
            stream.reconfigure(errors="backslashreplace")
    try:
        code = app(prog_name="lossreg", standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read the output has enough of it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except USAGE as error:
        print(usage(error), file=sys.stderr)
        sys.exit(2)
    except (KeyboardInterrupt, *Interrupted):
        code = 130
    except MemoryError as error:
        sys.exit(f"lossreg: out of memory{f': {printable(str(error))}' if str(error) else ''}")
    except (LossregError, InputError, OSError) as error:
        sys.exit(f"lossreg: {printable(str(error))}")
    if code == 130:
        print("lossreg: interrupted", file=sys.stderr)
    sys.exit(code or 0)
