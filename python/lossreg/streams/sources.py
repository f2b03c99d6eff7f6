"""Sources: which argument comes from which columns of which files.

A source is FILE or FILE:COLUMNS, or only COLUMNS where the files are given beside them: paths, folders, globs, or ``-`` for
standard input. A file is read once, whatever comes from it.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from errno import ENOENT
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import unquote

import numpy as np

from lossreg.errors import DataError
from lossreg.streams.columns import Columns
from lossreg.streams.delimited import read_delimited
from lossreg.streams.numpy_files import dtype_of, read_npy, read_npz
from lossreg.streams.opening import STDIN, Opened, format_suffix, opened
from lossreg.streams.parquet import Groups, dtypes_of, groups_of, read_parquet
from lossreg.streams.pieces import Block, Input, Piece, aligned

__all__ = ["Files", "Share", "files_of"]

SUFFIXES = (".csv", ".tsv", ".txt", ".npy", ".npz", ".parquet", ".pq")
UNBOUNDED = 2**62


class Share(NamedTuple):
    """Some rows of files, that are read by themselves.

    Attributes
    ----------
    before : int
        How many rows come before them.
    blocks : callable
        Reads them.
    """

    before: int
    blocks: Callable[[], Iterable[Block]]


@dataclass(frozen=True)
class Files:
    """Files, and which columns of them each argument is made of.

    Attributes
    ----------
    plan : sequence of (str, dict of Columns)
        Paths, and for each the arguments that it has.
    together : bool
        Whether the files are one after the other, each with all arguments; else each has its own.
    separator : str, optional
        Between the columns of text; found out if not given.
    limit : int
        How many bytes a packed file may unpack to where all of it has to be in memory.
    """

    plan: Sequence[tuple[str, Mapping[str, Columns]]]
    together: bool = True
    separator: str | None = None
    limit: int = UNBOUNDED

    @classmethod
    def of(cls, data: Sequence[str], wanted: Mapping[str, Columns], **options: Any) -> Files:
        """All arguments from columns of the same files."""
        return cls([(path, wanted) for path in files_of(data)], **options)

    @classmethod
    def each(cls, sources: Mapping[str, str], **options: Any) -> Files:
        """Arguments from FILE or FILE:COLUMNS."""
        plan: dict[str, dict[str, Columns]] = {}
        for argument, source in sources.items():
            path, columns = _split(source)
            plan.setdefault(path, {})[argument] = Columns.as_typed(columns)
        return cls(list(plan.items()), together=False, **options)

    @property
    def paths(self) -> list[str]:
        """What is read."""
        return [path for path, _ in self.plan]

    def blocks(self) -> Iterator[Block]:
        """Rows after rows, all arguments of a row together, in bounded memory."""
        if self.together:
            dtypes = self._dtypes()
            for path, wanted in self.plan:
                yield from self._promised(path, wanted, dtypes)
        else:
            yield from aligned(
                {f"{' and '.join(wanted)} of {path}": self._read(path, wanted) for path, wanted in self.plan}
            )

    def shares(self, threads: int) -> Iterator[Share]:
        """The rows in shares for some threads, in order; none where all have to be read one after the other."""
        if threads == 1 or not self.together or not all(_is_parquet(path) for path, _ in self.plan):
            return
        before, dtypes = 0, self._dtypes()
        for path, wanted in self.plan:
            with opened(path, self.limit, _keys(path)) as file:
                for groups in groups_of(file, threads):
                    yield Share(before, partial(self._promised, path, wanted, dtypes, groups))
                    before += groups.rows

    def whole(self) -> dict[str, Input]:
        """The whole array of each argument; none where there are no rows at all."""
        pieces: dict[str, list[Piece]] = {argument: [] for _, wanted in self.plan for argument in wanted}
        for path, wanted in self.plan:
            for block in self._read(path, wanted, whole=True):
                for argument, piece in block.items():
                    pieces[argument].append(piece)
        filled = [any(map(len, parts)) for parts in pieces.values()]
        if not any(filled):
            return {}
        if not all(filled):
            raise self.empty()
        return {argument: Input(argument, parts) for argument, parts in pieces.items()}

    def empty(self) -> DataError:
        """The error for files without rows."""
        return DataError(f"{', '.join(self.paths[:5])}: there are no rows")

    def _promised(
        self,
        path: str,
        wanted: Mapping[str, Columns],
        dtypes: Mapping[str, np.dtype[Any]],
        groups: Groups | None = None,
    ) -> Iterator[Block]:
        for block in self._read(path, wanted, groups=groups):
            yield {a: replace(piece, dtype=dtypes.get(a)) for a, piece in block.items()} if dtypes else block

    def _read(
        self, path: str, wanted: Mapping[str, Columns], whole: bool = False, groups: Groups | None = None
    ) -> Iterator[Block]:
        with opened(path, self.limit, _keys(path), whole) as file:
            if file.kind == "text":
                yield from read_delimited(file, wanted, self.separator)
            elif groups:
                yield from read_parquet(file, wanted, whole, groups)
            else:
                yield from READERS[file.kind](file, wanted, whole)

    def _dtypes(self) -> dict[str, np.dtype[Any]]:
        """The dtype of each argument that holds the numbers of all files, as joining their arrays would find it."""
        found: dict[str, set[np.dtype[Any]]] = {}
        for path, wanted in self.plan if len(self.plan) > 1 else ():
            if path != STDIN and os.path.isfile(path):
                with opened(path, self.limit, _keys(path)) as file:
                    for argument, dtypes in _DTYPES[file.kind](file, wanted).items():
                        found.setdefault(argument, set()).update(dtypes)
        return {argument: np.result_type(*dtypes) for argument, dtypes in found.items() if len(dtypes) > 1}


def _float64(_: Opened, wanted: Mapping[str, Columns]) -> dict[str, list[np.dtype[Any]]]:
    return {argument: [np.dtype(float)] for argument in wanted}


READERS = {"NPY": read_npy, "NPZ": read_npz, "Parquet": read_parquet}
_DTYPES = {"text": _float64, "NPY": dtype_of, "NPZ": lambda *_: {}, "Parquet": dtypes_of}


def _split(source: str) -> tuple[str, str]:
    """File and columns; both may have colons, so the longest file that exists is meant."""
    colons = [place for place, letter in enumerate(source) if letter == ":"]
    for end in [len(source), *reversed(colons)]:
        path = source[:end]
        if path == STDIN or os.path.exists(path):
            return path, source[end + 1 :]
    path, _, columns = source.rpartition(":")
    if not path:
        hint = f"; if it is a column, say of which file: FILE:{source}, or --data FILE"
        raise FileNotFoundError(ENOENT, f"there is no such file{hint}", source)
    return path, columns


def files_of(data: Sequence[str]) -> list[str]:
    """The files that are meant: of folders and globs in the order of their names."""
    found: list[str] = []
    for given in data:
        if given == STDIN or os.path.isfile(given):
            found.append(given)
        elif os.path.isdir(given):
            if not (paths := list(_below(given))):
                raise DataError(f"{given}: the folder has no files that end in {', '.join(SUFFIXES)}")
            found += paths
        elif glob.has_magic(given):
            paths = sorted(path for path in glob.glob(given, recursive=True) if os.path.isfile(path))
            if not paths:
                raise DataError(f"{given}: no file is called so")
            found += paths
        else:
            found.append(given)  # a pipe, or nothing: whoever opens it will know
    twice = next((path for path in found if found.count(path) > 1), None) if len(found) < 10_000 else None
    if twice:
        raise DataError(f"{twice} is given twice")
    return found


def _below(folder: str) -> Iterator[str]:
    """The data files in a folder and in its parts, which are called NAME=VALUE, in the order of their names."""
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.is_dir() and "=" in entry.name and not entry.name.startswith((".", "_")):
            yield from _below(entry.path)
        elif _is_data(entry.name) and entry.is_file():
            yield entry.path


def _keys(path: str) -> dict[str, str]:
    """What the folders NAME=VALUE on the way to a file say of all its rows."""
    parts = os.path.dirname(path).replace(os.sep, "/").split("/")
    return {unquote(name): unquote(value) for name, found, value in (part.partition("=") for part in parts) if found}


def _is_parquet(path: str) -> bool:
    """Whether it is a Parquet file whose parts can be read in any order."""
    if not os.path.isfile(path):  # a pipe is read only once
        return False
    try:
        with opened(path, UNBOUNDED, {}) as file:
            return file.kind == "Parquet" and file.path is not None
    except (OSError, DataError):  # what is wrong is said when it is read
        return False


def _is_data(name: str) -> bool:
    return format_suffix(name) in SUFFIXES and not name.startswith((".", "_"))
