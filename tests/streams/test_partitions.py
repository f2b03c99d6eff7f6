"""Files of any number and size, and row groups of any size: the value has the bits of one call, over every loss."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from carried import ALL, THOUSAND, Carried, arrow, carried, flat

import lossreg
from lossreg.streams import parquet as reader

pa = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")

Columns = dict[str, np.ndarray[Any, Any]]


def as_parquet(given: Carried, folder: Path) -> dict[str, Any]:
    """Row groups of all sizes in some files; matrices as lists of a fixed size, or of any."""
    of = pa.list_ if given.draw.random() < 0.5 else None
    tables = [arrow(part, of) for part in given.parts()]
    for number in range(0, len(tables), 3):
        with parquet.ParquetWriter(folder / f"{number}.parquet", tables[0].schema) as writer:
            for table in tables[number : number + 3]:
                writer.write_table(table)
    return given.names


def as_csv(given: Carried, folder: Path) -> dict[str, Any]:
    """A file for each part, of several separators, some of a header only."""
    names: dict[str, Any] = {}
    for number, part in enumerate(given.parts()):
        columns, names = flat(part)
        rows = [[*columns], *([repr(float(one)) for one in row] for row in zip(*columns.values(), strict=True))]
        text = "".join(";,\t"[number % 3].join(row) + "\n" for row in rows)
        (folder / f"{number}.csv").write_text(text, encoding="utf-8")
    return names


def as_npy(given: Carried, folder: Path) -> dict[str, Any]:
    """A matrix for each part, of all columns side by side."""
    names: dict[str, Any] = {}
    for number, part in enumerate(given.parts()):
        columns, names = flat(part)
        matrix = np.stack([*columns.values()], 1)
        np.save(folder / f"{number}.npy", np.asfortranarray(matrix) if number % 2 else matrix)
    place = [*columns].index
    return {name: [*map(place, one)] if isinstance(one, list) else place(one) for name, one in names.items()}


def as_npz(given: Carried, folder: Path) -> dict[str, Any]:
    for number, part in enumerate(given.parts()):
        (np.savez if number % 2 else np.savez_compressed)(folder / f"{number}.npz", **part)
    return given.names


def as_it_is(given: Carried) -> Carried:
    return given


FORMS: dict[str, tuple[Callable[[Carried, Path], dict[str, Any]], Callable[[Carried], Carried]]] = {
    # How a format is written, and what it makes of the columns: text has numbers of float64 only, a matrix has one dtype.
    "parquet": (as_parquet, as_it_is),
    "csv": (as_csv, lambda given: given.cast("float64")),
    "npy": (as_npy, lambda given: given.cast(given.columns["pred"].dtype)),
    "npz": (as_npz, as_it_is),
}
TABLES_ONLY = ("csv", "npy")  # which have columns of numbers, not of matrices
MANY = [
    pytest.param([(*one, 0) for one in ALL], id="each loss"),
    pytest.param(THOUSAND, id="a thousand", marks=pytest.mark.slow),
]


@pytest.mark.parametrize("cases", MANY)
@pytest.mark.parametrize("form", FORMS)
def test_files_of_any_sizes_give_the_bits_of_one_call(
    form: str, cases: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "SHARE", 3)  # threads take row groups
    write, made = FORMS[form]
    for number, case in enumerate(cases):
        given = made(carried(*case))
        if form in TABLES_ONLY and any(column.ndim > 2 for column in given.columns.values()):
            continue
        folder = tmp_path / str(number)
        folder.mkdir()
        names = write(given, folder)
        files = [*map(Path, given.draw.permutation([*map(str, folder.iterdir())]))]
        for source in (folder, files):
            assert lossreg.evaluate(given.loss, source, **names, reduction=given.reduction) == given.expected, case


@pytest.mark.parametrize("cases", MANY)
def test_batches_of_any_sizes_give_the_bits_of_one_call(cases: list[Any]) -> None:
    for case in cases:
        given = carried(*case)
        parts = given.parts()
        for source in (parts, [arrow(part) for part in parts], iter([arrow(part, pa.list_) for part in parts[::-1]])):
            found = lossreg.evaluate(given.loss, source, **given.names, reduction=given.reduction)
            assert found == given.expected, case
