"""Sources: which argument comes from which columns of which files.

A source is FILE or FILE:COLUMNS, or only COLUMNS where ``--data`` names the files: paths, folders, globs, or ``-`` for
standard input. A file is read once, whatever comes from it.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lossreg.cli.inputs.arrays import Input, Piece
from lossreg.cli.inputs.delimited import read_delimited
from lossreg.cli.inputs.numpy_files import read_npy, read_npz
from lossreg.cli.inputs.opening import STDIN, format_suffix, opened
from lossreg.cli.inputs.parquet import read_parquet
from lossreg.cli.problems import InputError

__all__ = ["files_of", "read"]

READERS: dict[str, Callable[[Any, Mapping[str, str]], dict[str, Piece]]] = {
    "NPY": read_npy,
    "NPZ": read_npz,
    "Parquet": read_parquet,
}
SUFFIXES = (".csv", ".tsv", ".txt", ".npy", ".npz", ".parquet", ".pq")


def read(
    sources: Mapping[str, str], data: Sequence[str] = (), *, separator: str | None = None, limit: int
) -> tuple[dict[str, Input], list[str]]:
    """Read the array of each argument.

    Parameters
    ----------
    sources : dict of str
        Arguments, and where they come from.
    data : sequence of str
        The files of all arguments, whose sources then are columns only.
    separator : str, optional
        Between the columns of text; found out if not given.
    limit : int
        How many bytes a packed file may unpack to.

    Returns
    -------
    inputs : dict of Input
        The arrays.
    files : list of str
        What was read.
    """
    pieces: dict[str, list[Piece]] = {argument: [] for argument in sources}
    plan = _planned(sources, data)
    for path, wanted in plan:
        with opened(path, limit) as file:
            if file.kind == "text":
                read_pieces = read_delimited(file, wanted, separator)
            else:
                read_pieces = READERS[file.kind](file, wanted)
        for argument, piece in read_pieces.items():
            pieces[argument].append(piece)
    for parts in pieces.values():
        if not any(piece.values.size for piece in parts):
            raise InputError(f"{', '.join(piece.source for piece in parts[:5])}: there are no rows")
    return {argument: Input(argument, parts) for argument, parts in pieces.items()}, [path for path, _ in plan]


def _planned(sources: Mapping[str, str], data: Sequence[str]) -> list[tuple[str, dict[str, str]]]:
    """Each file, and what is read from it."""
    if data:
        return [(path, dict(sources)) for path in files_of(data)]
    plan: dict[str, dict[str, str]] = {}
    for argument, source in sources.items():
        path, columns = _split(source)
        plan.setdefault(path, {})[argument] = columns
    return list(plan.items())


def _split(source: str) -> tuple[str, str]:
    """File and columns; both may have colons, so the longest file that exists is meant."""
    colons = [place for place, letter in enumerate(source) if letter == ":"]
    for end in [len(source), *reversed(colons)]:
        path = source[:end]
        if path == STDIN or os.path.exists(path):
            return path, source[end + 1 :]
    path, _, columns = source.rpartition(":")
    return (path, columns) if path else (source, "")


def files_of(data: Sequence[str]) -> list[str]:
    """The files that are meant: of folders and globs in the order of their names."""
    found: list[str] = []
    for given in data:
        if given == STDIN or os.path.isfile(given):
            found.append(given)
        elif os.path.isdir(given):
            names = [name for name in sorted(os.listdir(given)) if _is_data(name)]
            if not names:
                raise InputError(f"{given}: the folder has no files that end in {', '.join(SUFFIXES)}")
            found += [os.path.join(given, name) for name in names]
        elif glob.has_magic(given):
            paths = sorted(path for path in glob.glob(given, recursive=True) if os.path.isfile(path))
            if not paths:
                raise InputError(f"{given}: no file is called so")
            found += paths
        else:
            found.append(given)  # a pipe, or nothing: whoever opens it will know
    twice = next((path for path in found if found.count(path) > 1), None) if len(found) < 10_000 else None
    if twice:
        raise InputError(f"{twice} is given twice")
    return found


def _is_data(name: str) -> bool:
    return format_suffix(name) in SUFFIXES and not name.startswith((".", "_"))
