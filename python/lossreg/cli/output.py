"""What is printed: JSON that any reader takes, tables that fit a terminal, and nothing that steers one."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from typing import Any

import numpy as np
from rich.console import Console

PIPE_WIDTH = 240  # columns where there is no terminal to ask
LONGEST = 2000  # characters of a line about an error


def console(stderr: bool = False) -> Console:
    """Standard output or error: as wide as the terminal, or wide enough for any table."""
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else PIPE_WIDTH
    return Console(width=width, markup=False, highlight=False, emoji=False, stderr=stderr)


def printable(text: str, longest: int = LONGEST) -> str:
    """The text on one line; what a terminal would obey or hide is written as its number."""
    cut = text if len(text) <= longest else f"{text[:longest]}…"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in cut)


def print_json(data: Any) -> None:
    """Print as JSON. JSON knows no NaN and no infinity: they become the strings "nan", "inf" and "-inf"."""
    text = json.dumps(_plain(data), indent=2, ensure_ascii=False)
    print("".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text))


def _plain(data: Any) -> Any:
    if isinstance(data, Enum):
        return str(data)
    if isinstance(data, dict):
        return {str(key): _plain(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_plain(value) for value in data]
    if isinstance(data, np.ndarray):
        return _plain(data.tolist())
    if isinstance(data, float) and not math.isfinite(data):
        return repr(data)
    return data


class Elements:
    """How many elements have been read, which a terminal is told."""

    def __init__(self, show: Any = None) -> None:
        self.count, self._show = 0, show

    def __call__(self, more: int) -> None:
        self.count += more
        if self._show:
            self._show(f"{self.count:,} elements")


@contextmanager
def elements_read() -> Iterator[Elements]:
    """What counts elements, and says how many on standard error if that is a terminal."""
    if not sys.stderr.isatty():
        yield Elements()
        return
    with console(stderr=True).status("reading") as status:
        yield Elements(status.update)
