"""Which columns of a source an argument is made of, by name or by position, and what is said where there are none."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lossreg.errors import DataError, ParameterError
from lossreg.shown import near_names, shortened, shown

__all__ = ["Columns", "missing"]

SHOWN = 60  # characters of a name in a message


@dataclass(frozen=True)
class Columns:
    """One column, or several that are the columns of a matrix.

    Attributes
    ----------
    names : tuple of str or int
        Names, or positions from 0; none of them means all that there are.
    matrix : bool
        Whether they make a matrix, also where it is one.
    typed : str or None
        On a command line what was typed, where numbers count from 1 and commas divide.
    """

    names: tuple[str | int, ...] = ()
    matrix: bool = False
    typed: str | None = None

    @classmethod
    def of(cls, given: object, argument: str) -> Columns:
        """A name or a position, or a list of them, as an argument of a function."""
        names: tuple[Any, ...] = tuple(given) if isinstance(given, list | tuple) else (given,)
        names = tuple(int(name) if isinstance(name, np.integer) else name for name in names)
        if not names or not all(isinstance(name, str | int) and not isinstance(name, bool) for name in names):
            is_array = hasattr(given, "__array__")
            came = f"a {type(given).__name__}" if is_array else shown(given)
            raise ParameterError(
                f"{argument} is {came}; wanted the name or the position of a column, or a list of them"
                f"{': put it into the source as one' if is_array else ''}",
                parameter=argument,
                value=given,
            )
        return cls(names, isinstance(given, list | tuple))

    @classmethod
    def as_typed(cls, text: str) -> Columns:
        """Names or numbers from 1, with commas between; nothing for all."""
        names = tuple(_split(text)) if text else ()
        return cls(names, typed=text)

    def places(self, source: str, names: Sequence[str], what: str = "column") -> list[int]:
        """Where they are among the names that a source has."""
        if not self.names:
            return list(range(len(names)))
        whole = self.typed.strip() if self.typed else ""
        return [self._place(name, source, names, what) for name in ([whole] if whole in names else self.names)]

    def _place(self, name: str | int, source: str, names: Sequence[str], what: str) -> int:
        if isinstance(name, int):
            if not -len(names) <= name < len(names):
                raise DataError(f"{source}: there is no {what} {name} among {len(names)}")
            return name % len(names)
        if names.count(name) > 1:
            by = "number from 1" if self.typed else "position"
            raise DataError(f"{source}: {names.count(name)} {what}s are called {name!r}; name it by its {by}")
        if name in names:
            return names.index(name)
        if self.typed and name.isascii() and name.isdigit() and 1 <= int(name[:9]) <= len(names):
            return int(name) - 1
        raise DataError(f"{source}: {missing(what, name, names)}")


def missing(what: str, name: str, names: Sequence[str]) -> str:
    """That there is no such column or array, and what there is."""
    near = near_names(name, [one for one in names if len(one) <= SHOWN])[:1]
    there = ", ".join(shortened(" ".join(name.split()), SHOWN) for name in names[:20]) + (
        f" and {len(names) - 20} more" if len(names) > 20 else ""
    )
    hint = f"did you mean {near[0]!r}?" if near else f"there are {there}"
    return f"no {what} is called {name!r}; {hint}" if name else f"say which {what}: {there}"


def _split(columns: str) -> list[str]:
    """Names with commas between; one that has a comma stands in quotes."""
    try:
        return [name.strip() for name in next(csv.reader([columns], strict=True, skipinitialspace=True), [])]
    except csv.Error:  # a quote that does not close is a letter
        return [name.strip() for name in columns.split(",")]
