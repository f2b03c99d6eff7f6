"""An array that was read, and where each of its rows came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lossreg.cli.problems import InputError

__all__ = ["Input", "Piece", "columns_of", "missing"]


@dataclass(frozen=True)
class Piece:
    """What one file has of an array."""

    values: NDArray[Any]
    source: str
    lines: Sequence[int] = ()
    """Of a text file, the line of each row."""


class Input:
    """An array of one or more files, one after the other.

    Attributes
    ----------
    values : numpy.ndarray
        Its elements.
    """

    def __init__(self, argument: str, pieces: Sequence[Piece]) -> None:
        first = pieces[0]
        for piece in pieces:
            if piece.values.shape[1:] != first.values.shape[1:] or piece.values.ndim != first.values.ndim:
                raise InputError(
                    f"{argument} has shape {first.values.shape} in {first.source} and {piece.values.shape} in "
                    f"{piece.source}, which do not go together"
                )
        if len(pieces) > 1 and not first.values.ndim:
            raise InputError(f"{argument} is a single number in {first.source}; there is no way to join it with others")
        self._pieces = pieces
        self.values = first.values if len(pieces) == 1 else np.concatenate([piece.values for piece in pieces])

    def where(self, index: int | tuple[int, ...]) -> str:
        """The file, and the line of the element at this index, where there are lines."""
        row = index if isinstance(index, int) else index[0] if index else 0
        for piece in self._pieces:
            if len(self._pieces) == 1 or row < len(piece.values):
                return f"{piece.source}, line {piece.lines[row]}" if piece.lines else piece.source
            row -= len(piece.values)
        return self._pieces[-1].source


def columns_of(source: str, names: Sequence[str], wanted: Sequence[str], whole: str, what: str = "column") -> list[int]:
    """The places of the wanted columns, by name or by number from 1; all of them, if none is named.

    ``whole`` is what was asked for before it was divided at commas, for a name may have one.
    """
    if not whole:
        return list(range(len(names)))
    places = []
    for name in [whole.strip()] if whole.strip() in names else wanted:
        if names.count(name) > 1:
            raise InputError(f"{source}: {names.count(name)} columns are called {name!r}; name it by its number from 1")
        if name in names:
            places.append(names.index(name))
        elif name.isascii() and name.isdigit() and 1 <= int(name[:9]) <= len(names):
            places.append(int(name) - 1)
        else:
            raise InputError(f"{source}: {missing(what, name, names)}")
    return places


def missing(what: str, name: str, names: Sequence[str]) -> str:
    """That there is no such column or array, and what there is."""
    near = get_close_matches(name, names, n=1)
    there = ", ".join(names[:20]) + (f" and {len(names) - 20} more" if len(names) > 20 else "")
    hint = f"did you mean {near[0]!r}?" if near else f"there are {there}"
    return f"no {what} is called {name!r}; {hint}" if name else f"say which {what}: {there}"
