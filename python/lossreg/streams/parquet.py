"""Parquet, by pyarrow: as many rows at a time as fit into little memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from lossreg.errors import DataError
from lossreg.streams.columns import Columns
from lossreg.streams.opening import Opened, too_large
from lossreg.streams.pieces import Block, Piece

__all__ = ["Groups", "dtypes_of", "groups_of", "read_parquet"]

ROWS = 2**17  # of a block of few columns
BLOCK = 2**24  # bytes of a block of many
CHUNK = 2**24  # bytes of a column in a row group that are read at once, by all threads together
BUFFER = 2**20  # bytes of those that are larger
SHARE = 2**20  # rows of the row groups that are read by themselves, at least


class Groups(NamedTuple):
    """Some row groups of a file, which one of several threads reads."""

    numbers: range
    facts: Any
    first: int
    rows: int
    threads: int


def groups_of(file: Opened, threads: int) -> Iterator[Groups]:
    """The row groups of a file, as many together as are worth opening it for."""
    with _readable(file.name) as (_, parquet):
        facts = parquet.read_metadata(file.path)
    begin = first = rows = 0
    for number in range(facts.num_row_groups):
        rows += facts.row_group(number).num_rows
        if rows >= SHARE or number + 1 == facts.num_row_groups:
            yield Groups(range(begin, number + 1), facts, first, rows, threads)
            begin, first, rows = number + 1, first + rows, 0


def read_parquet(
    file: Opened, wanted: Mapping[str, Columns], whole: bool, groups: Groups | None = None
) -> Iterator[Block]:
    """Columns of a Parquet file, or of some of its row groups."""
    with _readable(file.name) as (_, parquet):
        source = file.path or file.whole()
        facts = groups.facts if groups else parquet.read_metadata(source)
        at_once = CHUNK // groups.threads if groups else CHUNK
        # Without buffers filled ahead, which grow with the file: decoding is what takes the time.
        options = {"metadata": facts, "pre_buffer": False, "buffer_size": BUFFER if _largest(facts) > at_once else 0}
        some = {"row_groups": [*groups.numbers], "use_threads": False} if groups else {}
        with parquet.ParquetFile(source, **options) as reader:
            names = reader.schema_arrow.names
            known = file.names(names)
            places = {argument: columns.places(file.name, known) for argument, columns in wanted.items()}
            kept = sorted({place for chosen in places.values() for place in chosen if place < len(names)})
            for name in (names[place] for place in kept):
                if names.count(name) > 1:  # pyarrow reads by name
                    raise DataError(f"{file.name}: {names.count(name)} columns are called {name!r}")
            if whole and facts.num_rows * 8 * len(kept) > file.limit:
                raise too_large(file.name, file.limit)
            first, columns = groups.first if groups else 0, [names[place] for place in kept]
            for batch in reader.iter_batches(_rows(facts, columns), columns=columns, **some):
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


def _largest(facts: Any) -> int:
    """The bytes of the largest column of the first row groups, which a reader without a buffer holds at once."""
    groups = [facts.row_group(number) for number in range(min(facts.num_row_groups, 3))]
    sizes = [group.column(place).total_compressed_size for group in groups for place in range(group.num_columns)]
    return int(max(sizes, default=0))


def _rows(facts: Any, columns: Sequence[str]) -> int:
    """How many rows are a block: fewer where a row holds lists."""
    if not facts.num_row_groups or not (group := facts.row_group(0)).num_rows:
        return ROWS
    leaves = [group.column(place) for place in range(group.num_columns)]
    values = sum(leaf.num_values for leaf in leaves if leaf.path_in_schema.startswith(tuple(columns)))
    return max(1, min(ROWS, BLOCK * int(group.num_rows) // max(8 * int(values), 1)))


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


@contextmanager
def _readable(name: str) -> Iterator[tuple[Any, Any]]:
    """pyarrow, whose errors are said in our words."""
    pa, parquet = _pyarrow(name)
    try:
        yield pa, parquet
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{name}: no Parquet file, or a corrupt one ({error})") from None


def _pyarrow(name: str) -> tuple[Any, Any]:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ModuleNotFoundError as error:
        raise DataError(
            f'{name}: reading Parquet needs {error.name}; install it by: pip install "lossreg[parquet]"'
        ) from None
    return pa, parquet
