"""Writes python/lossreg/losses.pyi, the signatures of all built-in losses, from what the native module says of them.

``python tools/generate_stubs.py`` writes the file; with ``--check`` it exits 1 where the file is not what it would write.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from lossreg import _native

STUB = Path(__file__).resolve().parents[1] / "python" / "lossreg" / "losses.pyi"
COMMAND = "python tools/generate_stubs.py"
TYPES = {"switch": "bool", "number": "float", "integer": "int", "per-class": "Sequence[float]"}
HEAD = f"""\
# Written by `{COMMAND}` from the losses' own data; change those, not this file.
from collections.abc import Callable, Sequence

from lossreg import Loss

{{names}}

def __getattr__(name: str) -> Callable[..., Loss]: ...  # losses of plugins
"""


def stub() -> str:
    """The text of the file."""
    losses = _native.catalog()
    names = "".join(f'    "{loss["name"]}",\n' for loss in losses)
    return HEAD.replace("{names}", f"__all__ = [\n{names}]") + "".join(map(signature, losses))


def signature(loss: dict[str, Any]) -> str:
    """The line of one loss."""
    params = ", ".join(f"{one['name']}: {annotation(one)} = {one['default']!r}" for one in loss["params"])
    line = f"def {loss['name']}({'*, ' if params else ''}{params}) -> Loss: ...\n"
    if len(line) <= 121:
        return line
    lines = [f"    {one['name']}: {annotation(one)} = {one['default']!r},\n" for one in loss["params"]]
    return f"def {loss['name']}(\n    *,\n{''.join(lines)}) -> Loss: ...\n"


def annotation(param: dict[str, Any]) -> str:
    """The type of a parameter."""
    scalar = "float | " if param["kind"] == "per-class" and param.get("scalar") else ""
    return scalar + TYPES[param["kind"]] + (" | None" if param["optional"] else "")


def main() -> int:
    """Write or check."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 where the file is out of date")
    if not parser.parse_args().check:
        STUB.write_text(stub(), encoding="utf-8")
        return 0
    if STUB.is_file() and STUB.read_text(encoding="utf-8") == stub():
        return 0
    print(f"{STUB} is out of date; write it with: {COMMAND}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
