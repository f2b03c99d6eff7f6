"""Reads the tables of this folder and measures errors against them. Standard library only; the format is in
README.md."""

from __future__ import annotations

import math
import struct
from pathlib import Path
from typing import NamedTuple

PRECISION = {"float32": (24, -126), "float64": (53, -1022)}  # bits of the significand, exponent of the smallest normal


class Truth(NamedTuple):
    """One quantity, an entry per number: nearest float, what is left in ULP of it, condition."""

    high: list[float]
    residual: list[float]
    condition: list[float]


class Row(NamedTuple):
    """One input and everything that is true of it. `y` and `pred` have one entry for pointwise losses."""

    dtype: str
    params: dict[str, object]
    y: list[float]
    pred: list[float]
    value: Truth
    grad: Truth
    hess: Truth


def bits(number: float) -> str:
    """The 16 hexadecimal digits of a float64."""
    return struct.pack(">d", number).hex()


def number(digits: str) -> float:
    """The float64 of 16 hexadecimal digits."""
    return struct.unpack(">d", bytes.fromhex(digits))[0]


def parameter(text: str) -> object:
    """A parameter as it stands in a table: true, false, none, a word, a decimal number, or several joined by |."""
    names = {"true": True, "false": False, "none": None}
    if "|" in text:
        return [float(part) for part in text.split("|") if part]
    if text in names:
        return names[text]
    if text.isdigit():
        return int(text)
    return text if text.isalpha() and text not in ("inf", "nan") else float(text)


def read(path: str | Path) -> list[Row]:
    """The rows of one table, in the order of the file."""
    rows = []
    for line in Path(path).read_text().splitlines():
        if line.startswith("#"):
            continue
        dtype, params, y, pred, *outputs = line.split(";")
        pairs = (pair.split("=") for pair in params.split(",") if pair)
        columns = [
            [number(item) if column % 3 == 0 else float(item) for item in cell.split()]
            for column, cell in enumerate(outputs)
        ]
        rows.append(
            Row(
                dtype,
                {name: parameter(text) for name, text in pairs},
                [number(item) for item in y.split()],
                [number(item) for item in pred.split()],
                *(Truth(*columns[start : start + 3]) for start in (0, 3, 6)),
            )
        )
    return rows


def ulp(number: float, dtype: str) -> float:
    """The distance from a finite float to the next larger magnitude of its dtype."""
    significand, smallest = PRECISION[dtype]
    exponent = math.frexp(number)[1] - 1 if number else smallest
    return math.ldexp(1.0, max(exponent, smallest) - significand + 1)


def ulp_error(actual: float, high: float, residual: float, dtype: str) -> float:
    """How far `actual` is from the truth, in ULP of the truth; there is no absolute tolerance.

    Equal infinities, and zeros of either sign, have no distance. NaN and an infinity that should not be there are
    infinitely far off.
    """
    actual = float(actual)
    if actual == high:
        return abs(residual)
    if not (math.isfinite(actual) and math.isfinite(high)):
        return math.inf
    return abs((actual - high) / ulp(high, dtype) - residual)
