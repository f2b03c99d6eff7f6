"""What is printed: JSON that any reader takes, and tables that fit a terminal."""

from __future__ import annotations

import json
import math
import sys
from typing import Any

import numpy as np
from rich.console import Console

PIPE_WIDTH = 240  # columns where there is no terminal to ask


def console() -> Console:
    """Standard output: as wide as the terminal, or wide enough for any table."""
    return Console(width=None if sys.stdout.isatty() else PIPE_WIDTH, markup=False, highlight=False, emoji=False)


def print_json(data: Any) -> None:
    """Print as JSON. JSON knows no NaN and no infinity: they become the strings "nan", "inf" and "-inf"."""
    print(json.dumps(_plain(data), indent=2, ensure_ascii=False))


def _plain(data: Any) -> Any:
    if isinstance(data, dict):
        return {str(key): _plain(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_plain(value) for value in data]
    if isinstance(data, np.ndarray):
        return _plain(data.tolist())
    if isinstance(data, float) and not math.isfinite(data):
        return repr(data)
    return data
