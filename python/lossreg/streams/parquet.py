"""Parquet, by pyarrow: as many rows at a time as fit into little memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from lossreg.errors import DataError
from lossreg.streams.columns import Columns
from lossreg.streams.opening import Opened, too_large
from lossreg.streams.pieces import Block, Piece

__all__ = ["dtypes_of", "read_parquet"]

ROWS = 2**17  # of a block


def read_parquet(file: Opened, wanted: Mapping[str, Columns], whole: bool) -> Iterator[Block]:
    """Columns of a Parquet file."""
    pa, parquet = _pyarrow(file.name)
    try:
        # Without buffers filled ahead, which grow with the file: decoding is what takes the time.
        with parquet.ParquetFile(file.path or file.whole(), pre_buffer=False) as reader:
            names = reader.schema_arrow.names
            known = file.names(names)
            places = {argument: columns.places(file.name, known) for argument, columns in wanted.items()}
            kept = sorted({place for chosen in places.values() for place in chosen if place < len(names)})
            for name in (names[place] for place in kept):
                if names.count(name) > 1:  # pyarrow reads by name
                    raise DataError(f"{file.name}: {names.count(name)} columns are called {name!r}")
            if whole and reader.metadata.num_rows * 8 * len(kept) > file.limit:
                raise too_large(file.name, file.limit)
            first = 0
            for batch in reader.iter_batches(ROWS, columns=[names[place] for place in kept]):
                yield {
                    argument: Piece(
                        [
                            batch.column(known[place]) if place in kept else file.constant(known[place], batch.num_rows)
                            for place in chosen
                        ],
                        [known[place] for place in chosen],
                        wanted[argument].matrix or len(chosen) > 1,
                        file.name,
                        first,
                    )
                    for argument, chosen in places.items()
                }
                first += batch.num_rows
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{file.name}: no Parquet file, or a corrupt one ({error})") from None


def dtypes_of(file: Opened, wanted: Mapping[str, Columns]) -> dict[str, list[np.dtype[Any]]]:
    """The dtypes of the columns of each argument, as far as they are numbers."""
    pa, parquet = _pyarrow(file.name)
    try:
        schema = parquet.read_schema(file.path)
    except (pa.ArrowException, OSError):  # what is wrong is said when it is read
        return {}
    names = file.names(schema.names)
    return {
        argument: [
            dtype
            for place in columns.places(file.name, names)
            if place < len(schema) and (dtype := _dtype(pa.types, schema.field(place).type))
        ]
        for argument, columns in wanted.items()
    }


def _dtype(kinds: Any, kind: Any) -> np.dtype[Any] | None:
    if kinds.is_list(kind) or kinds.is_large_list(kind) or kinds.is_fixed_size_list(kind):
        return _dtype(kinds, kind.value_type)
    known = kinds.is_integer(kind) or kinds.is_floating(kind) or kinds.is_boolean(kind)
    return np.dtype(kind.to_pandas_dtype()) if known else None


def _pyarrow(name: str) -> tuple[Any, Any]:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ModuleNotFoundError as error:
        raise DataError(
            f'{name}: reading Parquet needs {error.name}; install it by: pip install "lossreg[parquet]"'
        ) from None
    return pa, parquet
