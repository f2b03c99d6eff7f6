"""Text in columns: CSV with any separator.

The first line names the columns if any of its fields is no number; otherwise they are numbered from 1. Numbers are
ASCII, with a point and without underscores; nan, inf and infinity are numbers too, in any case and with a sign. Some
thousand lines are held at a time, fewer of long ones.
"""

from __future__ import annotations

import io
import math
from array import array
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from importlib.util import find_spec, module_from_spec
from itertools import chain, islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lossreg.errors import DataError
from lossreg.shown import shortened
from lossreg.streams.columns import Columns
from lossreg.streams.opening import Opened
from lossreg.streams.pieces import Block, Piece

__all__ = ["read_delimited"]

SEPARATORS = ",;\t|"
BLANK = " "  # which names and texts may hold too
SAMPLE = 20  # lines by which the separator is found
LONGEST = 2**24  # characters of a line, and of a field, which may have several
ROWS = 2**14  # of a block
HELD = 2**24  # characters of a block's lines, about
SHOWN = 60  # characters of a name or a field in a message


def _own_csv() -> Any:
    """Python's reader of CSV with a limit of our own: that of 128 Ki characters a field is one number for a whole process."""
    spec = find_spec("_csv")
    assert spec is not None
    assert spec.loader is not None
    module: Any = module_from_spec(spec)
    spec.loader.exec_module(module)
    module.field_size_limit(LONGEST)
    return module


csv = _own_csv()


def read_delimited(file: Opened, wanted: Mapping[str, Columns], separator: str | None) -> Iterator[Block]:
    """Read the columns of each argument, some rows at a time.

    Parameters
    ----------
    file : Opened
        The file.
    wanted : dict of Columns
        For each argument its columns.
    separator : str or None
        What stands between columns; None to find out.
    """
    text = io.TextIOWrapper(file.stream, encoding="utf-8-sig", newline="")
    try:
        text_lines = Lines(text, file.name)
        lines = iter(text_lines)
        if separator is None:
            sample = list(islice(lines, SAMPLE))
            separator, lines = _separator(sample), chain(sample, lines)
        reader = csv.reader(lines, delimiter=separator, strict=True, skipinitialspace=separator == BLANK)
        try:
            yield from _blocks(file, reader, text_lines, wanted)
        except csv.Error as error:
            raise DataError(f"{file.name}, line {reader.line_num}: no CSV: {error}") from None
    except UnicodeDecodeError as error:
        raise DataError(
            f"{file.name}: no text in UTF-8 (byte {error.start} of a piece); CSV, NPY, NPZ and Parquet are read"
        ) from None
    finally:
        text.detach()


class Lines:
    """The lines of a text, of which `held` counts the characters until somebody sets it back."""

    def __init__(self, text: io.TextIOWrapper, name: str) -> None:
        self.text, self.name, self.held = text, name, 0

    def __iter__(self) -> Iterator[str]:
        while line := self.text.readline(LONGEST + 1):
            if len(line) > LONGEST:
                raise DataError(f"{self.name}: a line of more than {LONGEST:,} characters; is this text?")
            self.held += len(line)
            yield line


def _separator(sample: list[str]) -> str:
    """The one that divides all lines alike, and into most columns; a blank, where it divides a line that no other does into numbers."""

    def columns(separator: str) -> tuple[bool, int]:
        rows = [len(row) for row in csv.reader(sample, delimiter=separator) if row]
        if len(sample) == SAMPLE and len(rows) > 1:
            rows.pop()  # its quotes may close further on
        return (min(rows) == max(rows) > 1, rows[0]) if rows else (False, 0)

    best = max(SEPARATORS, key=columns)  # the first of equals
    fields = next(filter(None, map(str.split, reversed(sample))), [])  # of the last line that has any
    of_numbers = len(fields) > 1 and None not in map(_number, fields)
    return BLANK if of_numbers and columns(best)[1] < 2 else best


def _blocks(file: Opened, reader: Any, text: Lines, wanted: Mapping[str, Columns]) -> Iterator[Block]:
    source = file.name
    first = next((row for row in reader if row), None)
    if first is None:
        raise DataError(f"{source}: the file is empty")
    header = first if any(_number(field) is None for field in first) else None
    names = [name.strip() for name in header] if header else [str(place + 1) for place in range(len(first))]
    known = file.names(names)
    places = {argument: columns.places(source, known) for argument, columns in wanted.items()}
    kept = {place for chosen in places.values() for place in chosen}
    inside, outside = sorted(kept & {*range(len(names))}), kept - {*range(len(names))}
    for rows, lines in _chunks(reader, text, [] if header else [first]):
        columns = _columns(rows, lines, inside, names, source)
        columns |= {place: file.constant(known[place], len(rows)) for place in outside}
        yield {
            argument: Piece(
                [columns[place] for place in chosen],
                [known[place] for place in chosen],
                wanted[argument].matrix or len(chosen) > 1,
                source,
                lines=lines,
            )
            for argument, chosen in places.items()
        }


def _chunks(reader: Any, text: Lines, rows: list[list[str]]) -> Iterator[tuple[list[list[str]], array[int]]]:
    """Rows without the empty lines, and the line that each is on; those before a fault come before it."""
    lines = array("q", [reader.line_num] * len(rows))
    try:
        for row in reader:
            if row:
                rows.append(row)
                lines.append(reader.line_num)
            if len(rows) == ROWS or (text.held > HELD and rows):
                yield rows, lines
                rows, lines, text.held = [], array("q"), 0
    except (csv.Error, DataError, UnicodeDecodeError):
        if rows:
            yield rows, lines
        raise
    if rows:
        yield rows, lines


def _columns(
    rows: list[list[str]], lines: array[int], kept: Sequence[int], names: Sequence[str], source: str
) -> dict[int, NDArray[np.float64]]:
    """The numbers of the columns; all at once, and one by one only to name what is wrong."""
    if set(map(len, rows)) == {len(names)}:
        with suppress(ValueError):
            return {place: _numbers([row[place] for row in rows]) for place in kept}
    for row, line in zip(rows, lines, strict=True):
        if len(row) != len(names):
            raise DataError(f"{source}, line {line}: {len(row)} fields, where the first line has {len(names)}")
        for place in kept:
            if _number(row[place]) is None:
                raise DataError(f"{source}, line {line}, column {shortened(names[place], SHOWN)}: {_why(row[place])}")
    raise AssertionError("a column that is no numbers has a field that is none")


def _numbers(fields: list[str]) -> NDArray[np.float64]:
    """What all fields say; ValueError where one is no number of float64's."""
    numbers = np.fromiter(map(float, fields), np.float64, len(fields))
    text = "".join(fields)
    beyond = any("n" not in fields[place].lower() for place in np.flatnonzero(np.isinf(numbers)))
    if beyond or "_" in text or not text.isascii():
        raise ValueError
    return numbers


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
    shown = field if len(field) <= SHOWN else f"{field[:SHOWN]}…"
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
