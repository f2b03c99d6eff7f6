"""The command line `lossreg`.

Results go to standard output, progress and errors to standard error. Exit codes: 0 all went well, 1 the data, the loss or a
missing extra is at fault, 2 the command was not understood.
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

    from lossreg.cli.inputs import InputError
    from lossreg.errors import LossregError

    try:
        app(prog_name="lossreg")
    except BrokenPipeError:  # whoever read the output has enough of it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except (LossregError, InputError, OSError, MemoryError) as error:
        sys.exit(f"lossreg: {error}")
