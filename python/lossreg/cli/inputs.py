"""Arrays from files: columns of CSV, NPY and NPZ.

A source is FILE or FILE:COLUMN. Of a CSV file a column is named by its header, or by its number from 1 where the file has
none; several columns, separated by commas, make the columns of a matrix. Of an NPZ file a column is the name of an
array. NPY files are mapped, not read, so they may be larger than memory.
"""

from __future__ import annotations

import csv
from array import array
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray


class InputError(Exception):
    """What is wrong with a file, and where."""


@dataclass(frozen=True)
class Input:
    """An array and where it came from."""

    values: NDArray[Any]
    source: str
    lines: Sequence[int] = ()
    """Of a CSV file, the line of each row."""

    def where(self, index: int) -> str:
        """The file, and the line of the element at this index (in C order)."""
        if not self.lines:
            return self.source
        columns = self.values.size // len(self.lines)
        return f"{self.source}, line {self.lines[index // columns]}"


def read(source: str) -> Input:
    """Read the array of a source."""
    path, columns = _split(source)
    if not path.is_file():
        raise InputError(f"{path}: there is no such file")
    if path.suffix in (".npy", ".npz"):
        return Input(_read_numpy(path, columns), source)
    return _read_csv(path, columns)


def _split(source: str) -> tuple[Path, str]:
    """File and column; a colon inside the file's own name is no separator."""
    if Path(source).is_file():
        return Path(source), ""
    name, _, columns = source.rpartition(":")
    return (Path(name), columns) if name else (Path(source), "")


def _read_numpy(path: Path, key: str) -> NDArray[Any]:
    try:
        loaded = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise InputError(f"{path}: no {path.suffix[1:].upper()} file of numbers ({error})") from None
    if isinstance(loaded, np.ndarray):
        if key:
            raise InputError(f"{path}: an NPY file is one array and has no {key!r}")
        return loaded
    with loaded:
        if not key and len(loaded.files) == 1:
            key = loaded.files[0]
        if key not in loaded.files:
            raise InputError(f"{path}: {_missing('array', key, loaded.files)}")
        values: NDArray[Any] = loaded[key]
        return values


def _read_csv(path: Path, columns: str) -> Input:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            return _read_rows(path, csv.reader(file, strict=True), columns)
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: no text in UTF-8 (byte {error.start})") from None
    except csv.Error as error:
        raise InputError(f"{path}: no CSV: {error}") from None


def _read_rows(path: Path, reader: Any, columns: str) -> Input:
    rows = _filled(reader)
    first = next(rows, None)
    if first is None:
        raise InputError(f"{path}: the file is empty")
    header = first if any(_number(field) is None for field in first) else None
    names = [name.strip() for name in header] if header else [str(place + 1) for place in range(len(first))]
    places = _places(path, names, columns)
    values, lines = array("d"), array("q")

    def add(row: list[str]) -> None:
        line = reader.line_num
        if len(row) != len(names):
            raise InputError(f"{path}, line {line}: {len(row)} fields, where the first line has {len(names)}")
        for place in places:
            number = _number(row[place])
            if number is None:
                what = f"{row[place]!r} is not a number" if row[place].strip() else "nothing there"
                raise InputError(f"{path}, line {line}, column {names[place]}: {what}")
            values.append(number)
        lines.append(line)

    if header is None:
        add(first)
    for row in rows:
        add(row)
    matrix = np.frombuffer(values) if values else np.empty(0)
    return Input(matrix if len(places) == 1 else matrix.reshape(-1, len(places)), str(path), lines)


def _filled(reader: Any) -> Iterator[list[str]]:
    """Rows without the empty lines."""
    return (row for row in reader if row)


def _places(path: Path, names: list[str], columns: str) -> list[int]:
    """Where the wanted columns are; all, if none is named."""
    if not columns:
        return list(range(len(names)))
    wanted = [columns] if columns in names else [name.strip() for name in columns.split(",")]
    for name in wanted:
        if name not in names:
            raise InputError(f"{path}: {_missing('column', name, names)}")
        if names.count(name) > 1:
            raise InputError(f"{path}: {names.count(name)} columns are called {name!r}")
    return [names.index(name) for name in wanted]


def _missing(what: str, name: str, names: list[str]) -> str:
    near = get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(names[:20])}"
    return f"no {what} is called {name!r}; {hint}" if name else f"say which {what}: {', '.join(names[:20])}"


def _number(field: str) -> float | None:
    try:
        return float(field)
    except ValueError:
        return None
