"""Objects of other libraries: frames, Arrow data, tensors and what only looks like numbers, each with its number."""

from __future__ import annotations

import collections
import importlib.util
import sys
from typing import Any

import numpy as np
import pytest
from only_arrow import array_only, stream_only

import lossreg
from lossreg import DtypeError
from lossreg.arrays import as_plain_array

pd: Any = pytest.importorskip("pandas")
pl: Any = pytest.importorskip("polars")
pa: Any = pytest.importorskip("pyarrow")

COLUMN = np.array([1.0, 2.5, 7.0])
MATRIX = np.array([[1.0, 0.0], [2.5, 1.0], [7.0, 1.0]])
LOSS = lossreg.get("squared_error")


def frame(first: str, second: str) -> Any:
    return pd.DataFrame({"a": pd.Series(COLUMN, dtype=first), "b": pd.Series([0, 1, 1], dtype="int8").astype(second)})


TABLE = {"a": COLUMN, "b": MATRIX[:, 1]}
PAIRS = pa.array(MATRIX.ravel())
TAKEN: dict[str, tuple[Any, np.ndarray]] = {
    "pandas nullable frame": (frame("Float64", "Float64"), MATRIX),
    "pandas nullable integers and floats": (frame("Float64", "Int64"), MATRIX),
    "pandas nullable booleans beside floats": (frame("float64", "boolean"), MATRIX),
    "pandas booleans beside floats": (frame("float64", "bool"), MATRIX),
    "pandas Arrow frame": (frame("double[pyarrow]", "int64[pyarrow]"), MATRIX),
    "pandas Arrow beside NumPy": (frame("double[pyarrow]", "float32"), MATRIX),
    "pandas columns of one name": (pd.DataFrame(MATRIX, columns=["a", "a"]).astype("Float64"), MATRIX),
    "pandas float32 frame": (pd.DataFrame(MATRIX.astype(np.float32)), MATRIX.astype(np.float32)),
    "pandas Float32 frame": (pd.DataFrame(MATRIX).astype("Float32"), MATRIX.astype(np.float32)),
    "pandas Arrow index": (pd.Index(COLUMN, dtype="double[pyarrow]"), COLUMN),
    "pandas nullable array": (pd.array(COLUMN, dtype="Float64"), COLUMN),
    "pandas Arrow array": (pd.array(COLUMN, dtype="double[pyarrow]"), COLUMN),
    "pandas frame of no columns": (pd.DataFrame(index=range(3)), np.empty((3, 0))),
    "polars frame of several dtypes": (pl.DataFrame({"a": COLUMN, "b": [0, 1, 1]}), MATRIX),
    "polars booleans beside floats": (pl.DataFrame({"a": COLUMN, "b": [False, True, True]}), MATRIX),
    "polars rows": (pl.Series(MATRIX), MATRIX),
    "polars int8": (pl.Series([1, 2, 7], dtype=pl.Int8), np.array([1, 2, 7], np.int8)),
    "pyarrow record batch": (pa.record_batch(TABLE), MATRIX),
    "pyarrow table in pieces": (pa.concat_tables([pa.table(TABLE)[:1], pa.table(TABLE)[1:]]), MATRIX),
    "pyarrow table of several dtypes": (pa.table({"a": COLUMN, "b": [0, 1, 1]}), MATRIX),
    "pyarrow reader": (pa.table(TABLE).to_reader(), MATRIX),
    "pyarrow rows": (pa.FixedSizeListArray.from_arrays(PAIRS, 2), MATRIX),
    "pyarrow rows, a slice": (pa.FixedSizeListArray.from_arrays(PAIRS, 2)[1:], MATRIX[1:]),
    "pyarrow rows in pieces": (
        pa.chunked_array([pa.FixedSizeListArray.from_arrays(PAIRS, 2)] * 2),
        np.tile(MATRIX, (2, 1)),
    ),
    "pyarrow tensors": (pa.FixedShapeTensorArray.from_numpy_ndarray(MATRIX), MATRIX),
    "pyarrow tensor": (pa.Tensor.from_numpy(MATRIX), MATRIX),
    "pyarrow scalar": (pa.scalar(2.5), np.array(2.5)),
    "pyarrow no chunks": (pa.chunked_array([], pa.float64()), np.empty(0)),
    "pyarrow float16": (pa.array(COLUMN.astype(np.float16)), COLUMN.astype(np.float16)),
    "Arrow array": (array_only(pa.array(COLUMN)), COLUMN),
    "Arrow batch": (array_only(pa.record_batch(TABLE)), MATRIX),
    "Arrow stream of an array": (stream_only(pa.chunked_array([COLUMN[:1], COLUMN[1:]])), COLUMN),
    "Arrow stream of a table": (stream_only(pa.table(TABLE)), MATRIX),
    "Arrow stream of nothing": (stream_only(pa.table(TABLE)[:0]), np.empty((0, 2))),
    "list of frames' columns": ([pd.Series(COLUMN, dtype="Float64"), COLUMN], np.stack([COLUMN, COLUMN])),
    "deque": (collections.deque(COLUMN), COLUMN),
    "list of float32": ([np.float32(1), np.float32(2)], np.array([1, 2], np.float32)),
}


@pytest.mark.parametrize("what", TAKEN)
def test_taken_with_its_numbers(what: str) -> None:
    given, wanted = TAKEN[what]
    if what != "pyarrow reader":  # which can be read once
        array = as_plain_array(given, "y_pred")
        assert type(array) is np.ndarray
        np.testing.assert_array_equal(array, wanted, strict=True)
    y = np.full(wanted.shape, 0.25)
    assert LOSS(y, given, reduction="sum") == LOSS(y, wanted, reduction="sum")


def test_a_frame_of_numpy_is_read_where_it_is() -> None:
    plain = np.asfortranarray(MATRIX)
    assert np.shares_memory(as_plain_array(pd.DataFrame(plain, copy=False), "x"), plain)
    assert np.shares_memory(as_plain_array(pa.array(COLUMN), "x"), COLUMN)


def test_arrow_without_pyarrow(monkeypatch: pytest.MonkeyPatch) -> None:
    source = array_only(pa.array(COLUMN))
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(DtypeError, match=r"offers only the Arrow interface; .* pip install pyarrow"):
        LOSS(COLUMN, source)
    source.__array__ = lambda dtype=None, copy=None: COLUMN  # type: ignore[attr-defined]
    np.testing.assert_array_equal(as_plain_array(source, "y_pred"), COLUMN)


def test_nulls_of_a_library_that_hides_them_from_numpy() -> None:
    narwhals = pytest.importorskip("narwhals")
    refused = narwhals.from_native(pl.Series([1.0, None]), series_only=True)
    assert np.isnan(np.asarray(refused)[1])
    with pytest.raises(DtypeError, match="has 1 null"):
        LOSS(np.ones(2), refused)
    taken = narwhals.from_native(pl.DataFrame({"a": COLUMN, "b": [0, 1, 1]}))
    np.testing.assert_array_equal(as_plain_array(taken, "x"), MATRIX)


@pytest.mark.skipif(not importlib.util.find_spec("torch"), reason="torch is not installed")
def test_torch() -> None:
    torch = pytest.importorskip("torch")
    half = torch.tensor(MATRIX).to(torch.bfloat16)
    np.testing.assert_array_equal(as_plain_array(half, "x"), MATRIX.astype(np.float32), strict=True)
    assert LOSS.grad(np.zeros((3, 2)), half).dtype == np.float32
    np.testing.assert_array_equal(as_plain_array([half[0], half[1]], "x"), MATRIX[:2].astype(np.float32))
    np.testing.assert_array_equal(as_plain_array(torch.Size([2, 3]), "x"), [2, 3])
    for bad, words in {
        torch.tensor(COLUMN).to_sparse(): r"is a sparse tensor; pass x.to_dense\(\)",
        torch.nn.Parameter(torch.tensor(COLUMN)): r"pass x.detach\(\)",
        torch.tensor([1j]): "dtype complex128",
    }.items():
        with pytest.raises(DtypeError, match=words):
            as_plain_array(bad, "x")


def test_jax() -> None:
    jax = pytest.importorskip("jax")
    half = jax.numpy.asarray(MATRIX, jax.numpy.bfloat16)
    assert as_plain_array(half, "x").dtype.name == "bfloat16"
    assert LOSS(np.zeros((3, 2)), half, reduction="sum") == np.sum(MATRIX**2)
    np.testing.assert_array_equal(as_plain_array([half[0, 0], half[1, 0]], "x").astype(float), COLUMN[:2])
    for bad in (jax.random.key(0), jax.numpy.ones(2, jax.numpy.int4), jax.numpy.ones(2, jax.numpy.float8_e4m3fn)):
        with pytest.raises(DtypeError, match=r"^x "):
            as_plain_array(bad, "x")


@pytest.mark.parametrize("kind", [pa.bool_(), pa.int8(), pa.uint64(), pa.float16(), pa.float32(), pa.float64()])
def test_any_part_of_an_arrow_array_is_read_where_it_lies(kind: Any) -> None:
    numbers = np.random.default_rng(0).integers(0, 2, 150).astype(kind.to_pandas_dtype())
    array = pa.array(numbers, kind)
    for begin in (0, 1, 7, 8, 13):
        for length in (0, 1, 7, 8, 9, 100):
            read = as_plain_array(array[begin : begin + length], "y_true")
            np.testing.assert_array_equal(read, numbers[begin : begin + length])
            assert read.dtype == numbers.dtype
