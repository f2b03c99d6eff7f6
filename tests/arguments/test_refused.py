"""What is no array of numbers: refused by name, whatever its own code does, with a fix that can be copied."""

from __future__ import annotations

import datetime
import decimal
import fractions
import re
import types
from collections.abc import Callable
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
PAIRS = pa.array([1.0, 0.0, 2.5, 1.0, 7.0, 1.0])
LOSS = lossreg.get("squared_error")


class Failing:
    """An object of which one attribute fails."""

    def __init__(self, attribute: str, error: BaseException) -> None:
        self.failing, self.error = attribute, error

    def __getattribute__(self, name: str) -> Any:
        own = object.__getattribute__(self, "__dict__")
        if name == own.get("failing"):
            raise own["error"]
        return object.__getattribute__(self, name)


class SpeechlessError(Exception):
    def __str__(self) -> str:
        raise ValueError("no words")


class PanicException(BaseException):
    """Called like what a bug in a Rust extension arrives as."""


def deleted() -> Any:
    jax = pytest.importorskip("jax")
    array = jax.numpy.ones(3)
    array.delete()
    return array


def traced() -> Any:
    jax = pytest.importorskip("jax")
    kept = []
    jax.jit(lambda x: kept.append(x) or x)(jax.numpy.ones(3))
    return kept[0]


def sparse(kind: str) -> Any:
    scipy_sparse = pytest.importorskip("scipy.sparse")
    return getattr(scipy_sparse, kind)(np.eye(3))


def sparse_of_jax() -> Any:
    pytest.importorskip("jax")
    from jax.experimental import sparse

    return sparse.BCOO.fromdense(np.eye(3))


NULL = "drop or fill"
NO_ARRAY = "wanted an array of numbers$"
REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "pd.NA": (lambda: pd.NA, rf"is a pandas\..*NAType; {NO_ARRAY}"),
    "pd.NaT": (lambda: pd.NaT, rf"is a pandas\..*NaTType; {NO_ARRAY}"),
    "GroupBy": (lambda: pd.Series(COLUMN).groupby([1, 1, 2]), rf"is a pandas\..*SeriesGroupBy; {NO_ARRAY}"),
    "Rolling": (lambda: pd.Series(COLUMN).rolling(2), NO_ARRAY),
    "nullable frame": (
        lambda: pd.DataFrame({"a": [1.0], "b": pd.array([None], "Int64")}),
        rf"y_pred\['b'\] has 1 null, at index 0; {NULL}",
    ),
    "Arrow frame": (
        lambda: pd.DataFrame({"a": pd.array([1, None, None], "int64[pyarrow]")}),
        rf"\['a'\] has 2 nulls, the first at index 1; {NULL}",
    ),
    "null in a list": (lambda: [1.0, pd.NA], rf"holds a pandas.*NAType at index 1; .*; {NULL} what is missing"),
    "None in a matrix": (lambda: [[1.0, 2.0], [None, 3.0]], rf"holds a NoneType at index \(1, 0\); .*; {NULL}"),
    "object column": (
        lambda: pd.DataFrame({"a": [1.0, 2], "b": [3, {}]}),
        r"y_pred\['b'\] has dtype object and holds a dict at index 1",
    ),
    "object numbers": (
        lambda: pd.Series([1, 2.5], dtype=object),
        r"all that it holds are numbers: pass numpy.asarray\(y_pred, dtype=float\)",
    ),
    "category": (lambda: pd.Series([1, 2]).astype("category"), r"dtype category; .*; pass y_pred.astype\(float\)"),
    "sparse Series": (
        lambda: pd.Series(pd.arrays.SparseArray([0.0, 1.0])),
        r"dtype Sparse.*; pass numpy.asarray\(y_pred\)",
    ),
    "strings": (
        lambda: pd.Series(["1"], dtype="string"),
        r"numpy.asarray\(y_pred, dtype=float\) reads numbers in text",
    ),
    "periods": (lambda: pd.Series(pd.period_range("2024", periods=2)), r"dtype period\[D\]"),
    "MultiIndex": (lambda: pd.MultiIndex.from_tuples([(1, 2)]), "holds a tuple at index 0"),
    "lazy frame": (lambda: pl.LazyFrame({"a": [1.0]}), r"LazyFrame of polars.*; pass y_pred.collect\(\)"),
    "polars expression": (lambda: pl.col("a"), NO_ARRAY),
    "polars null in a row": (lambda: pl.Series([[1.0, None]], dtype=pl.Array(pl.Float64, 2)), "has 1 null"),
    "polars null in a column": (lambda: pl.DataFrame({"a": [1], "b": [None]}), r"y_pred\['b'\] has 1 null"),
    "polars decimals": (lambda: pl.Series([decimal.Decimal(1)]), r"Decimal.*; pass y_pred.cast\(polars.Float64\)"),
    "polars lists": (lambda: pl.Series([[1.0]]), r"pass y_pred.list.to_array\(K\)"),
    "polars categories": (lambda: pl.Series(["a"], dtype=pl.Categorical), "dtype Categorical"),
    "polars dates": (lambda: pl.Series([datetime.date(2024, 1, 1)]), "dtype Date"),
    "pyarrow null in a row": (lambda: pa.array([[1.0, None]], pa.list_(pa.float64(), 2)), "has 1 null"),
    "pyarrow null row": (lambda: pa.array([None, [1.0, 1.0]], pa.list_(pa.float64(), 2)), "has 1 null"),
    "pyarrow null scalar": (lambda: pa.scalar(None, pa.float64()), "has 1 null"),
    "pyarrow nulls": (lambda: pa.nulls(2), "has 2 nulls"),
    "pyarrow lists": (lambda: pa.array([[1.0]]), r"pass y_pred.cast\(pyarrow.list_\(pyarrow.float64\(\), K\)\)"),
    "pyarrow dictionary": (lambda: pa.array([1.0]).dictionary_encode(), r'pass y_pred.cast\("double"\)'),
    "pyarrow pieces of a dictionary": (
        lambda: pa.chunked_array([pa.array([1.0]).dictionary_encode()]),
        r'pass y_pred.cast\("double"\)',
    ),
    "dictionary of Arrow in pandas": (
        lambda: pd.Series([1.0], dtype=pd.ArrowDtype(pa.dictionary(pa.int32(), pa.float64()))),
        r'pass pyarrow.array\(y_pred\).cast\("double"\)',
    ),
    "pyarrow decimals": (lambda: pa.array([decimal.Decimal(1)]), r'pass y_pred.cast\("double"\)'),
    "decimals of Arrow in pandas": (
        lambda: pd.Series([decimal.Decimal(1)], dtype=pd.ArrowDtype(pa.decimal128(5, 2))),
        r'pass pyarrow.array\(y_pred\).cast\("double"\)',
    ),
    "lists of Arrow in pandas": (
        lambda: pd.Series([[1.0]], dtype=pd.ArrowDtype(pa.list_(pa.float64()))),
        r"pass pyarrow.array\(y_pred\).cast\(pyarrow.list_",
    ),
    "Arrow array of decimals": (
        lambda: array_only(pa.array([decimal.Decimal(1)])),
        r"pass pyarrow.array\(y_pred\).cast",
    ),
    "Arrow stream of a dictionary": (
        lambda: stream_only(pa.chunked_array([pa.array([1.0]).dictionary_encode()])),
        r'pass pyarrow.chunked_array\(y_pred\).cast\("double"\)',
    ),
    "object bools": (
        lambda: pd.Series([True, False], dtype=object),
        r"all that it holds are bools: pass numpy.asarray\(y_pred, dtype=bool\)",
    ),
    "pyarrow dates": (lambda: pa.array([datetime.datetime(2024, 1, 1)]), r"dtype timestamp\[us\]"),
    "pyarrow text column": (lambda: pa.table({"a": ["x"]}), r"y_pred\['a'\] has dtype string"),
    "pyarrow column of rows": (
        lambda: pa.table({"a": pa.FixedSizeListArray.from_arrays(PAIRS, 2)}),
        r"y_pred\['a'\] is itself a matrix",
    ),
    "Arrow array with a null": (lambda: array_only(pa.array([1.0, None])), "has 1 null"),
    "Arrow table with a null": (lambda: stream_only(pa.table({"a": [1.0, None]})), r"y_pred\['a'\] has 1 null"),
    "Arrow null rows": (lambda: array_only(pa.array([{"a": 1.0}, None])), "has 1 null"),
    "CSR": (lambda: sparse("csr_matrix"), r"is a sparse array \(scipy.sparse.*csr_matrix\); pass y_pred.toarray\(\)"),
    "COO": (lambda: sparse("coo_array"), r"is a sparse array .*; pass y_pred.toarray\(\)"),
    "BCOO": (sparse_of_jax, r"is a sparse array; pass y_pred.todense\(\)"),
    "deleted": (deleted, "is a deleted array of JAX"),
    "traced": (traced, "is traced by JAX and has no numbers yet.*take lossreg.integrations.jax"),
    "masked in a list": (
        lambda: [np.ones(1), np.ma.masked_array([1.0], [True])],
        r"y_pred\[1\] is a masked array; pass its .data",
    ),
    "masked constant": (lambda: [1.0, np.ma.masked], r"y_pred\[1\] is a masked array"),
    "null_count": (lambda: Failing("null_count", RuntimeError("gone")), "no array of numbers: gone"),
    "__array__": (lambda: Failing("__array__", RuntimeError("gone")), "no array of numbers: gone"),
    "__dlpack_device__": (lambda: Failing("__dlpack_device__", RuntimeError("gone")), "no array of numbers: gone"),
    "__class__": (lambda: Failing("__class__", RuntimeError("gone")), "no array of numbers: gone"),
    "dtype": (lambda: Failing("dtype", RuntimeError("gone")), NO_ARRAY),
    "__len__": (lambda: Failing("__len__", RuntimeError("gone")), NO_ARRAY),
    "an error without words": (lambda: Failing("__array__", SpeechlessError()), "no array of numbers: SpeechlessError"),
    "a long error": (lambda: Failing("__array__", RuntimeError("x" * 10**6)), "no array of numbers: x+…$"),
    "a panic": (lambda: Failing("__array__", PanicException("broken")), "no array of numbers: broken"),
    "generator": (lambda: (x for x in COLUMN), r"is a generator, which can be read only once; pass list\(y_pred\)"),
    "map": (lambda: map(float, COLUMN), "can be read only once"),
    "dict": (lambda: {1: 2}, f"is a dict; {NO_ARRAY}"),
    "set": (lambda: {1.0}, f"is a set; {NO_ARRAY}"),
    "keys": ({1: 2}.keys, NO_ARRAY),
    "str": (lambda: "1", f"is a str; {NO_ARRAY}"),
    "bytearray": (lambda: bytearray(b"1"), f"is a bytearray; {NO_ARRAY}"),
    "class": (lambda: float, f"is a type; {NO_ARRAY}"),
    "module": (lambda: np, f"is a module; {NO_ARRAY}"),
    "function": (lambda: len, NO_ARRAY),
    "Ellipsis": (lambda: ..., f"is an ellipsis; {NO_ARRAY}"),
    "namespace": (types.SimpleNamespace, f"is a types.SimpleNamespace; {NO_ARRAY}"),
    "loss": (lambda: LOSS, NO_ARRAY),
    "Decimal": (
        lambda: [decimal.Decimal("1.5")],
        r"holds a decimal.Decimal at index 0; .*numpy.asarray\(y_pred, dtype=float\)",
    ),
    "Fraction": (lambda: fractions.Fraction(1, 2), r"holds a fractions.Fraction; "),
    "large integer": (lambda: [1, 2**70], "holds an integer of more than 64 bits at index 1"),
    "text in a list": (lambda: [1.0, "2"], r"dtype <U\d+; .*reads numbers in text"),
    "dates": (lambda: [datetime.date(2024, 1, 1)], "holds a datetime.date at index 0; .*; say in which unit"),
    "sets in a list": (lambda: [{1.0}], "holds a set at index 0"),
    "unequal rows": (lambda: [[1.0], [1.0, 2.0]], "has rows of unequal lengths, 1 and 2"),
    "unequal arrays": (
        lambda: [np.ones(2), np.ones(3)],
        r"y_pred\[0\] has shape \(2,\) and y_pred\[1\] has shape \(3,\)",
    ),
    "rows and numbers": (lambda: [[1.0], 2.0], "rows and single elements side by side"),
    "fields": (lambda: np.zeros(2, [("a", "f8")]).tolist, NO_ARRAY),
    "complex": (lambda: 1j, "dtype complex128; .*; pass y_pred.real"),
    "long name": (type("x" * 10**6, (), {}), NO_ARRAY),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused_with_the_fix(what: str) -> None:
    make, words = REFUSED[what]
    for call in (lambda bad: as_plain_array(bad, "y_pred"), lambda bad: LOSS(COLUMN, bad)):
        with pytest.raises(DtypeError, match=words) as caught:
            call(make())
        assert str(caught.value).startswith("y_pred")
        assert len(str(caught.value)) < 500


def test_every_argument_has_its_name() -> None:
    bad = pd.Series([1, None, 2], dtype="Int64")
    for argument, arguments in {"y_true": (bad, COLUMN), "y_pred": (COLUMN, bad)}.items():
        with pytest.raises(DtypeError, match=f"^{argument} has 1 null"):
            LOSS.value_grad_hess(*arguments)
    for argument in ("sample_weight", "where"):
        with pytest.raises(DtypeError, match=f"^{argument} has 1 null"):
            LOSS(COLUMN, COLUMN, **{argument: bad})
    with pytest.raises(DtypeError, match="y_true has 1 null"):
        LOSS.init_score(bad)


@pytest.mark.parametrize("kind", [object, np.dtype([("a", "f8"), ("b", "f8")]), np.longdouble, "M8[s]"])
def test_plain_arrays_of_other_dtypes_say_what_to_pass(kind: Any) -> None:
    words = {
        "O": "holds a NoneType at index 1",
        "V": r"pass one of its fields, such as y_pred\['a'\]",
        "f": r"pass y_pred.astype\(float\)",
        "M": "dtype datetime64",
    }
    array = np.array([1.0, None], object) if kind is object else np.zeros(2, kind)
    if array.dtype.kind == "f" and array.dtype.itemsize == 8:
        pytest.skip("a long double is a double here")
    with pytest.raises(DtypeError, match=words[array.dtype.kind]):
        as_plain_array(array, "y_pred")


def test_the_fix_is_one_that_works() -> None:
    for array in (np.array(None), np.zeros(2, "V4"), np.zeros(2, "M8[s]")):
        with pytest.raises(DtypeError, match=f"dtype {array.dtype}".replace("|", r"\|").replace("[", r"\[")) as caught:
            as_plain_array(array, "y_pred")
        assert "field" not in str(caught.value)
    with pytest.raises(DtypeError, match=r"^y_pred\['x{39}…\] has dtype") as caught:
        as_plain_array(pd.DataFrame({"x" * 10**6: ["a"]}).astype("string"), "y_pred")
    assert len(str(caught.value)) < 400


FIXED = [
    "object numbers",
    "object bools",
    "category",
    "sparse Series",
    "lazy frame",
    "polars decimals",
    "pyarrow dictionary",
    "pyarrow decimals",
    "pyarrow pieces of a dictionary",
    "decimals of Arrow in pandas",
    "dictionary of Arrow in pandas",
    "Arrow array of decimals",
    "Arrow stream of a dictionary",
    "CSR",
    "Decimal",
    "complex",
]


@pytest.mark.parametrize("what", FIXED)
def test_a_fix_can_be_copied(what: str) -> None:
    given = REFUSED[what][0]()
    with pytest.raises(DtypeError) as caught:
        as_plain_array(given, "y_pred")
    fix = re.search(
        r"(?:pass |; )((?:y_pred|numpy|pyarrow)[^ ]*\((?:[^()]|\([^()]*\))*\)|y_pred\.real)", str(caught.value)
    )
    assert fix is not None, caught.value
    taken = eval(fix[1], {"y_pred": given, "numpy": np, "pyarrow": pa, "polars": pl})
    assert as_plain_array(taken, "y_pred").dtype.kind in "bf"


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, MemoryError])
def test_what_is_no_fault_of_the_object_passes_through(error: type[BaseException]) -> None:
    for attribute in ("__array__", "null_count", "__class__"):
        with pytest.raises(error):
            LOSS(COLUMN, Failing(attribute, error()))


def test_a_list_that_contains_itself() -> None:
    bad: list[Any] = []
    bad.append(bad)
    with pytest.raises(DtypeError, match="or contains itself"):
        LOSS(COLUMN, bad)
