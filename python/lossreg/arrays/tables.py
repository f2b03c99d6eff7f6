"""pandas, polars, pyarrow and the Arrow interface: columns and frames of numbers, without nulls.

A frame becomes a matrix of the dtype that NumPy finds for all its columns. Nulls are refused by count; NaN is no null.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from lossreg.arrays.words import CLASSES, TEXTS, bad_dtype, nulls, of_numbers, shortened
from lossreg.errors import DtypeError

__all__ = ["from_arrow_interface", "from_pandas", "from_polars", "from_pyarrow", "offers_arrow"]

Array = np.ndarray[Any, Any]
LABEL = 40  # characters of a column's name that an error repeats


def _matrix(columns: Iterable[tuple[Any, Any]], rows: int, read: Callable[[Any, str], Array], name: str) -> Array:
    """The columns of a frame side by side, each in one piece."""
    arrays = []
    for label, column in columns:
        place = f"{name}[{shortened(repr(label), LABEL)}]"
        array = of_numbers(read(column, place), place)
        if array.ndim != 1:
            raise DtypeError(f"{place} is itself a matrix; pass it without the other columns")
        arrays.append(array)
    dtype = np.result_type(*arrays) if arrays else np.dtype(float)
    matrix = np.empty((rows, len(arrays)), dtype, order="F")
    for number, array in enumerate(arrays):
        matrix[:, number] = array
    return matrix


# pandas


def from_pandas(value: Any, name: str) -> Array | None:
    """A Series, a DataFrame, an Index or an extension array."""
    pd: Any = sys.modules["pandas"]
    if isinstance(value, pd.DataFrame):
        kinds = set(value.dtypes)
        if len(kinds) == 1 and isinstance(next(iter(kinds)), np.dtype):
            return np.asarray(value)
        return _matrix(value.items(), len(value), _from_series, name)
    if isinstance(value, pd.Series | pd.Index | pd.api.extensions.ExtensionArray):
        return _from_series(value, name)
    return None


def _from_series(series: Any, name: str) -> Array:
    pd: Any = sys.modules["pandas"]
    dtype = series.dtype
    if isinstance(dtype, np.dtype):
        return np.asarray(series)
    if isinstance(dtype, pd.SparseDtype):
        raise bad_dtype(name, dtype, f"pass numpy.asarray({name})")
    if isinstance(dtype, pd.CategoricalDtype):
        raise bad_dtype(
            name, dtype, f"pass {name}.astype(float) if its categories are numbers, {CLASSES.format(name=name)}"
        )
    if isinstance(dtype, pd.ArrowDtype):
        return _from_arrow(getattr(series, "array", series).__arrow_array__(), name, f"pyarrow.array({name})")
    if isinstance(dtype, pd.StringDtype):
        raise bad_dtype(name, dtype, TEXTS.format(name=name))
    numbers = getattr(dtype, "numpy_dtype", None)  # of the nullable dtypes
    if numbers is None:
        raise bad_dtype(name, dtype)
    missing = np.asarray(series.isna())
    if missing.any():
        raise nulls(name, int(np.count_nonzero(missing)), int(missing.argmax()))
    array: Array = series.to_numpy(dtype=numbers)
    return array


# polars


def from_polars(value: Any, name: str) -> Array | None:
    """A Series or a DataFrame."""
    pl: Any = sys.modules["polars"]
    if isinstance(value, pl.LazyFrame):
        raise DtypeError(f"{name} is a LazyFrame of polars, which has no numbers yet; pass {name}.collect()")
    if isinstance(value, pl.DataFrame):
        columns = [(column.name, column) for column in value.get_columns()]
        return _matrix(columns, value.height, _from_polars_series, name)
    return _from_polars_series(value, name) if isinstance(value, pl.Series) else None


def _from_polars_series(series: Any, name: str) -> Array:
    pl: Any = sys.modules["polars"]
    inner = series
    while isinstance(inner.dtype, pl.Array) and not inner.null_count():
        inner = inner.explode()
    if inner.null_count():
        raise nulls(name, inner.null_count(), inner.is_null().arg_max() * len(series) // len(inner))
    dtype = inner.dtype
    if isinstance(dtype, pl.List):
        raise bad_dtype(name, dtype, f"rows of K numbers: pass {name}.list.to_array(K)")
    if not (dtype.is_integer() or dtype.is_float() or dtype == pl.Boolean):
        raise bad_dtype(name, dtype, f"pass {name}.cast(polars.Float64)" if dtype.is_numeric() else "")
    array: Array = series.to_numpy()
    return array


# pyarrow, and all that speak its interface


def offers_arrow(value: Any) -> bool:
    """Whether an object can be read through the Arrow C interface."""
    return hasattr(value, "__arrow_c_array__") or hasattr(value, "__arrow_c_stream__")


def from_arrow_interface(value: Any, name: str) -> Array:
    """An object that offers an array, a chunked array, or the batches of a table."""
    import pyarrow as pa

    read = pa.array if hasattr(value, "__arrow_c_array__") else pa.chunked_array
    array = read(value)
    if not pa.types.is_struct(array.type):
        return _from_arrow(array, name, f"pyarrow.{read.__name__}({name})")
    if array.null_count:
        raise nulls(name, array.null_count)
    chunks = array.chunks if isinstance(array, pa.ChunkedArray) else [array]
    schema = pa.schema(list(array.type))
    return _from_table(
        pa.Table.from_batches([pa.RecordBatch.from_struct_array(chunk) for chunk in chunks], schema), name
    )


def from_pyarrow(value: Any, name: str) -> Array | None:
    """An array, a chunked array, a table, a record batch, a reader, a tensor or a scalar."""
    pa: Any = sys.modules["pyarrow"]
    if isinstance(value, pa.RecordBatchReader):
        value = value.read_all()
    if isinstance(value, pa.Table | pa.RecordBatch):
        return _from_table(value, name)
    if isinstance(value, pa.Array | pa.ChunkedArray):
        return _from_arrow(value, name)
    if isinstance(value, pa.Scalar):
        return _from_arrow(pa.array([value.as_py()], value.type), name).reshape(())
    if isinstance(value, pa.Tensor):
        return np.asarray(value.to_numpy())
    return None


def _from_table(table: Any, name: str) -> Array:
    columns = zip(table.column_names, table.columns, strict=True)
    return _matrix(columns, table.num_rows, _from_arrow, name)


def _from_arrow(array: Any, name: str, written: str = "", width: int = 1) -> Array:
    """An array or a chunked array of pyarrow; lists of a fixed size are the rows of a matrix.

    How it is written may be more than the name that the argument has. Inside of such rows, the width is theirs.
    """
    pa: Any = sys.modules["pyarrow"]
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
        if isinstance(array, pa.ChunkedArray):  # what is too large for one chunk
            return np.concatenate([_from_arrow(chunk, name, written, width) for chunk in array.chunks])
    if array.null_count:
        raise nulls(name, array.null_count, array.is_null().index(True).as_py() // width)
    kind, written = array.type, written or name
    if isinstance(kind, pa.FixedShapeTensorType):
        _from_arrow(array.storage, name)  # for the nulls in it
        return np.asarray(array.to_numpy_ndarray())
    if isinstance(kind, pa.BaseExtensionType):
        return _from_arrow(array.storage, name, written, width)
    if pa.types.is_fixed_size_list(kind):
        inner = _from_arrow(array.flatten(), name, width=width * kind.list_size)
        return inner.reshape(len(array), kind.list_size, *inner.shape[1:])
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind):
        return _of_buffer(array)
    raise bad_dtype(name, kind, _arrow_fix(pa.types, kind, written))


def _of_buffer(array: Any) -> Array:
    """The memory of an Arrow array of numbers without nulls; its own way to NumPy would import pandas first."""
    dtype, begin, length = np.dtype(array.type.to_pandas_dtype()), array.offset, len(array)
    data = array.buffers()[1]
    if not length or data is None:
        return np.empty(0, dtype)
    if dtype.kind == "b":  # bits
        first = begin // 8
        packed = np.frombuffer(data, np.uint8, (begin + length + 7) // 8 - first, first)
        return np.unpackbits(packed, bitorder="little")[begin % 8 : begin % 8 + length].view(bool)
    return np.frombuffer(data, dtype, length, begin * dtype.itemsize)


def _arrow_fix(types: Any, kind: Any, written: str) -> str:
    inner = kind.value_type if types.is_dictionary(kind) else kind
    if types.is_decimal(inner) or (inner is not kind and (types.is_integer(inner) or types.is_floating(inner))):
        return f'pass {written}.cast("double")'
    if types.is_list(kind) or types.is_large_list(kind):
        return f"rows of K numbers: pass {written}.cast(pyarrow.list_(pyarrow.float64(), K))"
    return ""
