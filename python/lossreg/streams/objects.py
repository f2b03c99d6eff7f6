"""What is in memory, or computed as it is asked for, as blocks: data sets, frames, relations, iterators of batches.

Each library's objects become batches in its own way, with only the columns that are needed; a batch is whatever has columns by
name or by position. Nothing is imported: an object of a library is there only if the library is.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from lossreg.errors import DtypeError
from lossreg.streams.columns import Columns
from lossreg.streams.pieces import Block, Piece

__all__ = ["blocks_of"]

CLUSTERS = {"dask": "Dask", "ray": "Ray", "spark": "Spark"}
LIBRARIES = {"pyspark": "spark", "_duckdb": "duckdb"}
ROWS = 2**17  # of a batch, where the source leaves that open
Wanted = Mapping[str, Columns]


class Batch(NamedTuple):
    """Some rows: names and columns, and where they are from."""

    names: Sequence[str]
    column: Callable[[int], Any]
    source: str = ""
    first: int = 0


def blocks_of(source: Any, wanted: Wanted, label: str = "") -> Iterator[Block]:
    """The blocks of an object.

    Parameters
    ----------
    source : object
        A data set, scanner, reader, table or batch of pyarrow, a frame of pandas or polars, a lazy frame, a relation of DuckDB,
        anything with the Arrow stream interface, a mapping of columns, an array of columns, or an iterable of such things.
    wanted : dict of Columns
        For each argument its columns.
    label : str, optional
        What the source is called in errors, where it is itself a part of something.

    Raises
    ------
    DataError
        If there is no such column.
    DtypeError
        If the object is nothing that has columns.
    """
    batches = _batches(source, wanted)
    if batches is None:
        came = f"source is a {type(source).__name__}"
        if isinstance(source, io.IOBase):
            hint = "pass its path, or what reads it: pandas.read_csv(source, chunksize=100_000)"
            raise DtypeError(f"{came}, an open file; {hint}")
        if isinstance(source, str | bytes) or not isinstance(source, Iterable):
            raise elsewhere(source) or DtypeError(f"{came}; wanted a path, a table, or an iterable of batches")
        batches = _of_iterable(source, wanted)
    for number, batch in enumerate(batches):
        name = label or batch.source or f"batch {number}"
        places = {argument: columns.places(name, batch.names) for argument, columns in wanted.items()}
        yield {
            argument: Piece(
                [batch.column(place) for place in chosen],
                [batch.names[place] for place in chosen],
                wanted[argument].matrix or len(chosen) > 1,
                name,
                batch.first,
            )
            for argument, chosen in places.items()
        }


def elsewhere(source: Any) -> DtypeError | None:
    """The words for data of clusters, which have functions of their own; what iterates over batches of such data is read here."""
    for library in _libraries(source) & CLUSTERS.keys():
        came = f"source is a {type(source).__name__} of {CLUSTERS[library]}"
        return DtypeError(f"{came}; pass it to lossreg.integrations.{library}.evaluate")
    return None


def _libraries(source: Any) -> set[str]:
    return {LIBRARIES.get(name, name) for base in type(source).__mro__ for name in (base.__module__.partition(".")[0],)}


def _of_iterable(source: Iterable[Any], wanted: Wanted) -> Iterator[Batch]:
    try:
        items = iter(source)
    except TypeError as error:  # a data set of Ray, which says how its rows are gone through
        if refusal := elsewhere(source):
            raise refusal from error
        raise
    for number, item in enumerate(items):
        batches = _of_sequence(item) if isinstance(item, list | tuple) else _batches(item, wanted)
        if batches is None:
            raise elsewhere(source) or DtypeError(
                f"batch {number} is a {type(item).__name__}, which has no columns; wanted a tuple or a mapping of arrays, "
                "a table, or an array of columns"
            )
        yield from (batch._replace(source=batch.source or f"batch {number}") for batch in batches)


def _batches(source: Any, wanted: Wanted) -> Iterator[Batch] | None:
    """The batches of an object that has columns; None of any other."""
    for library in _libraries(source) & _READERS.keys() & sys.modules.keys():
        if (batches := _READERS[library](source, wanted)) is not None:
            return batches
    if isinstance(source, np.ndarray):
        return _of_array(source)
    if isinstance(source, Mapping):
        return iter([Batch([*map(str, source)], [*source.values()].__getitem__)])
    if hasattr(source, "__arrow_c_stream__"):
        import pyarrow as pa

        try:
            reader = pa.RecordBatchReader.from_stream(source)
        except pa.ArrowInvalid as error:  # the stream of a single column
            raise DtypeError(
                f"source is a {type(source).__name__}, which has no columns; wanted a path, a table, or an iterable of batches"
            ) from error
        return _of_pyarrow(reader, wanted)
    return None


def _of_sequence(batch: Sequence[Any]) -> Iterator[Batch]:
    return iter([Batch([*map(str, range(len(batch)))], batch.__getitem__)])


def _of_array(array: np.ndarray[Any, Any]) -> Iterator[Batch] | None:
    """An array with fields, or whose second axis is the columns."""
    if array.dtype.names:
        names = array.dtype.names
        return iter([Batch(names, lambda place: array[names[place]])])
    if array.ndim != 2:
        return None
    return iter([Batch([*map(str, range(array.shape[1]))], lambda place: array[:, place])])


class Chosen:
    """The columns of a source that are needed, for sources that need not give the others."""

    def __init__(self, names: Sequence[str], wanted: Wanted) -> None:
        self.all = names
        self.places = sorted({place for columns in wanted.values() for place in columns.places("the source", names)})
        self.names = [names[place] for place in self.places]

    def batch(self, column: Callable[[int], Any], source: str = "", first: int = 0) -> Batch:
        """A batch of them, in their order, under the places that they have among all."""
        return Batch(self.all, lambda place: column(self.places.index(place)), source, first)


# pyarrow


def _of_pyarrow(source: Any, wanted: Wanted) -> Iterator[Batch] | None:
    pa: Any = sys.modules["pyarrow"]
    dataset = sys.modules.get("pyarrow.dataset")
    if dataset and isinstance(source, dataset.Dataset):
        chosen = Chosen(source.schema.names, wanted)
        # Few batches ahead: they are what the memory goes to.
        scanner = source.scanner(chosen.names, batch_size=ROWS, batch_readahead=4, fragment_readahead=2)
        return _of_scanner(scanner, chosen)
    if dataset and isinstance(source, dataset.Scanner):
        return _of_scanner(source, None)
    if isinstance(source, pa.Table):
        chosen = Chosen(source.schema.names, wanted)
        return (chosen.batch(batch.column) for batch in source.select(chosen.places).to_batches(ROWS))
    if isinstance(source, pa.RecordBatch):
        return map(_of_record_batch, [source])
    return map(_of_record_batch, source) if isinstance(source, pa.RecordBatchReader) else None


def _of_record_batch(batch: Any) -> Batch:
    return Batch(batch.schema.names, batch.column)


def _of_scanner(scanner: Any, chosen: Chosen | None) -> Iterator[Batch]:
    path, first = "", 0
    for tagged in scanner.scan_batches():
        batch, at = tagged.record_batch, str(getattr(tagged.fragment, "path", ""))
        path, first = at, first if at == path else 0
        if chosen:
            yield chosen.batch(batch.column, path, first)
        else:
            yield Batch(batch.schema.names, batch.column, path, first)
        first += batch.num_rows


# polars, DuckDB, pandas


def _of_polars(source: Any, wanted: Wanted) -> Iterator[Batch] | None:
    pl: Any = sys.modules["polars"]
    if isinstance(source, pl.LazyFrame):
        return _of_lazy(source, Chosen(source.collect_schema().names(), wanted))
    if isinstance(source, pl.DataFrame):
        chosen = Chosen(source.columns, wanted)
        return (chosen.batch(frame.to_series) for frame in source.select(chosen.names).iter_slices(ROWS))
    return None


def _of_lazy(source: Any, chosen: Chosen) -> Iterator[Batch]:
    lazy = source.select(chosen.names)
    if hasattr(lazy, "collect_batches"):
        frames = lazy.collect_batches(maintain_order=True, lazy=True)
    else:
        frames = lazy.collect(engine="streaming").iter_slices(ROWS)
    try:
        for frame in frames:
            yield chosen.batch(frame.to_series)
    finally:
        if hasattr(frames, "stop"):  # else the query would go on without anybody who waits for it
            frames.stop()


def _of_duckdb(source: Any, wanted: Wanted) -> Iterator[Batch] | None:
    if not hasattr(source, "project"):  # what execute returns, whose rows DuckDB would copy
        raise DtypeError(f"source is a {type(source).__name__}; wanted a relation, which connection.sql(query) makes")
    chosen = Chosen(source.columns, wanted)
    some = source.project(", ".join('"' + name.replace('"', '""') + '"' for name in chosen.names))
    read = getattr(some, "to_arrow_reader", None) or some.fetch_record_batch
    return _of_duckdb_reader(read(ROWS), chosen)


def _of_duckdb_reader(reader: Any, chosen: Chosen) -> Iterator[Batch]:
    with reader:  # which holds the connection until it is closed
        for batch in reader:
            yield chosen.batch(batch.column)


def _of_pandas(source: Any, _: Wanted) -> Iterator[Batch] | None:
    if not isinstance(source, sys.modules["pandas"].DataFrame):
        return None
    return _of_pandas_frame(source)


def _of_pandas_frame(frame: Any) -> Iterator[Batch]:
    names = [*map(str, frame.columns)]
    for begin in range(0, max(len(frame), 1), ROWS):
        yield Batch(names, _slice(frame, begin), "", begin)


def _slice(frame: Any, begin: int) -> Callable[[int], Any]:
    return lambda place: frame.iloc[begin : begin + ROWS, place]


_READERS: dict[str, Callable[[Any, Wanted], Iterator[Batch] | None]] = {
    "duckdb": _of_duckdb,
    "pandas": _of_pandas,
    "polars": _of_polars,
    "pyarrow": _of_pyarrow,
}
