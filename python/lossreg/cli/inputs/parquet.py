"""Parquet, by pyarrow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from lossreg.cli.inputs.arrays import Piece, columns_of
from lossreg.cli.inputs.delimited import split
from lossreg.cli.inputs.opening import Opened, too_large
from lossreg.cli.problems import InputError

__all__ = ["read_parquet"]


def read_parquet(file: Opened, wanted: Mapping[str, str]) -> dict[str, Piece]:
    """Columns of a Parquet file, by name or by number from 1."""
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ModuleNotFoundError as error:
        raise InputError(
            f'{file.name}: reading Parquet needs {error.name}; install it by: pip install "lossreg[parquet]"'
        ) from None
    try:
        with parquet.ParquetFile(file.path or file.whole()) as reader:
            schema, rows = reader.schema_arrow, reader.metadata.num_rows
            places = {
                argument: columns_of(file.name, schema.names, split(columns), columns)
                for argument, columns in wanted.items()
            }
            kept = sorted({place for chosen in places.values() for place in chosen})
            if rows * 8 * len(kept) > file.limit:
                raise too_large(file.name, file.limit)
            for place in kept:
                _check(pa, schema, place, file.name)
            table = reader.read(columns=[schema.names[place] for place in kept])
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{file.name}: no Parquet file, or a corrupt one ({error})") from None
    columns = {
        place: _numbers(table.column(number), schema.names[place], file.name) for number, place in enumerate(kept)
    }
    return {
        argument: Piece(
            columns[chosen[0]] if len(chosen) == 1 else np.column_stack([columns[place] for place in chosen]), file.name
        )
        for argument, chosen in places.items()
    }


def _check(pa: Any, schema: Any, place: int, name: str) -> None:
    kinds, field = pa.types, schema.field(place)
    if schema.names.count(field.name) > 1:  # pyarrow reads by name
        raise InputError(f"{name}: {schema.names.count(field.name)} columns are called {field.name!r}")
    if not (kinds.is_integer(field.type) or kinds.is_floating(field.type) or kinds.is_boolean(field.type)):
        raise InputError(f"{name}, column {field.name}: holds {field.type}, not numbers")


def _numbers(column: Any, label: str, name: str) -> Any:
    if column.null_count:
        row = next(place for place, null in enumerate(column.is_null().to_pylist()) if null)
        raise InputError(
            f"{name}, column {label}: nothing there in row {row + 1}, and {column.null_count} nulls in all"
        )
    return column.to_numpy()
