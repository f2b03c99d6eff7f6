"""Text in columns: CSV with any separator.

The first line names the columns if any of its fields is no number; otherwise they are numbered from 1. Numbers are
ASCII, with a point and without underscores; nan, inf and infinity are numbers too, in any case and with a sign. Lines
are read one at a time and only the wanted columns are kept.
"""

from __future__ import annotations

import csv
import io
import math
from array import array
from collections.abc import Iterator, Mapping
from itertools import chain, islice
from typing import Any

import numpy as np

from lossreg.cli.inputs.arrays import Piece, columns_of
from lossreg.cli.inputs.opening import Opened
from lossreg.cli.problems import InputError

__all__ = ["read_delimited", "split"]

SEPARATORS = ",;\t|"
SAMPLE = 20  # lines by which the separator is found
LONGEST = 2**24  # characters of a line


def read_delimited(file: Opened, wanted: Mapping[str, str], separator: str | None) -> dict[str, Piece]:
    """Read the columns of each argument.

    Parameters
    ----------
    file : Opened
        The file.
    wanted : dict of str
        For each argument its columns: a name or number, several with commas between, or all.
    separator : str or None
        What stands between columns; None to find out.
    """
    text = io.TextIOWrapper(file.stream, encoding="utf-8-sig", newline="")
    try:
        lines = _lines(text, file.name)
        if separator is None:
            sample = list(islice(lines, SAMPLE))
            separator, lines = _separator(sample), chain(sample, lines)
        reader = csv.reader(lines, delimiter=separator, strict=True, skipinitialspace=separator == " ")
        return _rows(file.name, reader, wanted)
    except UnicodeDecodeError as error:
        raise InputError(f"{file.name}: no text in UTF-8 (byte {error.start} of a piece)") from None
    except csv.Error as error:
        raise InputError(f"{file.name}: no CSV: {error}") from None
    finally:
        text.detach()


def _lines(text: io.TextIOWrapper, name: str) -> Iterator[str]:
    while line := text.readline(LONGEST + 1):
        if len(line) > LONGEST:
            raise InputError(f"{name}: a line of more than {LONGEST:,} characters; is this text?")
        yield line


def _separator(sample: list[str]) -> str:
    """The one that divides all lines alike, and into most columns."""

    def columns(separator: str) -> tuple[bool, int]:
        rows = [len(row) for row in csv.reader(sample, delimiter=separator) if row]
        if len(sample) == SAMPLE and len(rows) > 1:
            rows.pop()  # its quotes may close further on
        return (min(rows) == max(rows) > 1, rows[0]) if rows else (False, 0)

    return max(SEPARATORS, key=columns)  # the first of equals


def _rows(source: str, reader: Any, wanted: Mapping[str, str]) -> dict[str, Piece]:
    rows = (row for row in reader if row)  # without empty lines
    first = next(rows, None)
    if first is None:
        raise InputError(f"{source}: the file is empty")
    header = first if any(_number(field) is None for field in first) else None
    names = [name.strip() for name in header] if header else [str(place + 1) for place in range(len(first))]
    places = {argument: columns_of(source, names, split(columns), columns) for argument, columns in wanted.items()}
    kept = {argument: array("d") for argument in wanted}
    slots = [(place, kept[argument].append) for argument, chosen in places.items() for place in chosen]
    lines = array("q")
    for row in rows if header else chain([first], rows):
        line = reader.line_num
        if len(row) != len(names):
            raise InputError(f"{source}, line {line}: {len(row)} fields, where the first line has {len(names)}")
        for place, keep in slots:
            number = _number(row[place])
            if number is None:
                raise InputError(f"{source}, line {line}, column {names[place]}: {_why(row[place])}")
            keep(number)
        lines.append(line)
    return {argument: Piece(_shaped(kept[argument], len(places[argument])), source, lines) for argument in wanted}


def _shaped(values: array[float], columns: int) -> Any:
    matrix = np.frombuffer(values) if values else np.empty(0)
    return matrix if columns == 1 else matrix.reshape(-1, columns)


def split(columns: str) -> list[str]:
    """Names with commas between; one that has a comma stands in quotes."""
    try:
        return [name.strip() for name in next(csv.reader([columns], strict=True, skipinitialspace=True), [])]
    except csv.Error:  # a quote that does not close is a letter
        return [name.strip() for name in columns.split(",")]


def _number(field: str) -> float | None:
    """What a field says, if it is a number of float64's."""
    try:
        number = float(field)
    except ValueError:
        return None
    if math.isinf(number) and "n" not in field.lower():
        return None
    return number if field.isascii() and "_" not in field else None


def _why(field: str) -> str:
    """Why a field is no number."""
    if not field.strip():
        return "nothing there"
    shown = field if len(field) <= 60 else f"{field[:60]}…"
    try:
        number = float(field)
    except ValueError:
        comma = "; a decimal point is wanted, not a comma" if field.count(",") == 1 else ""
        return f"{shown!r} is not a number{comma}"
    return (
        f"{shown!r} is beyond the range of float64"
        if math.isinf(number)
        else f"{shown!r} is not written in plain ASCII"
    )
