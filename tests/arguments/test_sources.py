"""Arrays of other libraries, lists and subclasses: taken as the numbers they are, or refused with the fix."""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from laid import Array, results

import lossreg
from lossreg import DtypeError


def matrix() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        return np.matrix([[1.0, 2.0]])


class Unknown(np.ndarray):  # type: ignore[type-arg]
    """A subclass that might mean anything."""


SUBCLASSES = {
    "masked array": np.ma.masked_array([1.0, 2.0], [False, True]),
    "numpy.matrix": matrix(),
    "Unknown": np.ones(2).view(Unknown),
    "recarray": np.zeros(2, [("a", "<f8")]).view(np.recarray),
}


@pytest.mark.parametrize("kind", SUBCLASSES)
@pytest.mark.parametrize("name", ["squared_error", "categorical_cross_entropy", "minimax_discriminator"])
def test_subclasses_are_refused_by_name(name: str, kind: str) -> None:
    loss, bad = lossreg.get(name), SUBCLASSES[kind]
    first, second = ("real_scores", "fake_scores") if name == "minimax_discriminator" else ("y_true", "y_pred")
    good = np.ones(bad.shape)
    calls: dict[str, Callable[[], Any]] = {
        first: lambda: loss(bad, good),
        second: lambda: loss.grad(good, bad),
        "sample_weight": lambda: loss(good, good, sample_weight=bad),
        "where": lambda: loss(good, good, where=bad),
    }
    for argument, call in calls.items():
        with pytest.raises(DtypeError, match=rf"^{argument} is a .*{kind}.*; pass "):
            call()
    with pytest.raises(TypeError, match="out"):
        loss.grad(good, good, out=bad)


def test_the_fix_for_a_masked_array_works() -> None:
    y_pred = SUBCLASSES["masked array"]
    assert lossreg.get("squared_error")(np.zeros(2), y_pred.data, where=~y_pred.mask) == 1.0


def test_lists_scalars_and_buffers() -> None:
    loss = lossreg.get("squared_error")
    plain = np.array([1.0, 3.0])
    for form in ([1.0, 3.0], (1, 3), range(1, 4, 2), memoryview(plain), [np.float32(1), 3], [np.array(1.0), True + 2]):
        assert results(loss, [0, 0], form) == results(loss, np.zeros(2), plain)
    assert loss(1, 3.0) == 4.0
    assert loss([], [], reduction="sum") == 0.0
    assert lossreg.get("categorical_cross_entropy")([[0, 1]], [[0.0, 0.0]]) == pytest.approx(np.log(2), rel=1e-15)


@pytest.mark.parametrize(
    "bad",
    [
        "1.0",
        "x" * 10_000_000,
        b"12",
        {1: 2},
        {1.0},
        iter([1.0]),
        object(),
        [1, None],
        [[1], [2, 3]],
        ["a"],
        [1j],
        [10**400],
        None,
    ],
    ids=lambda bad: type(bad).__name__,
)
def test_what_is_no_array_of_numbers_is_refused_shortly(bad: Any) -> None:
    with pytest.raises(TypeError) as caught:
        lossreg.get("squared_error")(np.ones(1), bad)
    assert "y_pred" in str(caught.value)
    assert len(str(caught.value)) < 400


class Exporter:
    """An object with only one of the ways of handing an array over."""

    def __init__(self, array: Array, *ways: str) -> None:
        self.array, self.ways = array, ways

    def __getattr__(self, name: str) -> Any:
        if name not in self.__dict__.get("ways", ()):
            raise AttributeError(name)
        return getattr(self.array, name)


def test_array_protocols() -> None:
    class WithArray:
        def __array__(self, dtype: Any = None, copy: Any = None) -> Array:
            return np.array([1.0, 3.0], np.float32)

    class WithDlpack:
        def __dlpack__(self, **options: Any) -> Any:
            return np.array([1.0, 3.0], np.float32).__dlpack__(**options)

        def __dlpack_device__(self) -> tuple[int, int]:
            return 1, 0

    class OnDevice(WithDlpack):
        def __dlpack_device__(self) -> tuple[int, int]:
            return 2, 0

    class OnGpu:
        __cuda_array_interface__ = MappingProxyType({"version": 3})

    class Raises:
        def __array__(self, dtype: Any = None, copy: Any = None) -> Array:
            raise RuntimeError("the file is gone")

    class Matrix:
        def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
            return matrix()

    loss, y = lossreg.get("squared_error"), np.zeros(2)
    for form in (WithArray(), WithDlpack()):
        assert results(loss, y, form) == results(loss, y, np.array([1.0, 3.0], np.float32))
        assert loss.grad(y, form).dtype == np.float32
    for bad, words in [
        (OnDevice(), r"y_pred is on a device \(DLPack type 2\); copy it to the CPU"),
        (OnGpu(), "y_pred is on a GPU; copy it to the CPU"),
        (Raises(), "y_pred of type .*Raises is no array of numbers: the file is gone"),
    ]:
        with pytest.raises(DtypeError, match=words):
            loss(y, bad)


def same_as_numpy(form: Any, plain: Array) -> None:
    loss = lossreg.get("squared_error")
    y = np.arange(plain.size, dtype=plain.dtype).reshape(plain.shape)
    assert results(loss, y, form) == results(loss, y, plain)
    assert results(loss, form, y) == results(loss, plain, y)
    assert results(loss, y, y[::-1], sample_weight=form) == results(loss, y, y[::-1], sample_weight=plain)


def refused(form: Any, words: str) -> None:
    shape = getattr(form, "shape", (len(form),))
    zeros = np.zeros(shape)
    for call in (
        lambda: lossreg.get("squared_error")(zeros, form),
        lambda: lossreg.get("squared_error")(form, zeros),
        lambda: lossreg.get("squared_error")(zeros, zeros, form),
    ):
        with pytest.raises(DtypeError, match=words):
            call()


def test_pandas() -> None:
    pd = pytest.importorskip("pandas")
    plain = np.array([1.0, 2.5, 7.0])
    for dtype in ("float64", "float32", "Float64", "Float32"):
        same_as_numpy(pd.Series(plain, dtype=dtype), plain.astype(dtype.lower()))
    for dtype in ("int64", "Int64", "uint8", "UInt8", "bool", "boolean"):
        numbers = np.array([0, 1, 1])
        loss = lossreg.get("binary_cross_entropy")
        assert results(loss, pd.Series(numbers, dtype=dtype), plain) == results(loss, numbers, plain)
    same_as_numpy(pd.Series(plain)[::-1], plain[::-1])  # by position, whatever the index says
    same_as_numpy(pd.DataFrame({"a": plain, "b": plain}), np.stack([plain, plain], 1))
    same_as_numpy(pd.Index(plain), plain)
    assert not np.asarray(pd.Series(plain)).flags.writeable or pd.__version__ < "3"
    nan = pd.Series([1.0, np.nan])
    assert np.isnan(lossreg.get("squared_error")(np.zeros(2), nan))  # NaN is a number, not a null
    for null in (pd.Series([1, None], dtype="Int64"), pd.Series([1.0, None], dtype="Float64"), pd.array([1, None])):
        refused(null, "has 1 null, at index [01]; drop or fill them")
    refused(pd.Series([True, None], dtype="boolean"), "has 1 null")
    refused(pd.DataFrame({"a": [1.0, 2.0], "b": pd.array([1, None])}), "has 1 null")
    refused(pd.Series(["a", "b"]), "dtype")
    refused(pd.Series(pd.to_datetime(["2024-01-01"])), "dtype datetime64")
    if importlib.util.find_spec("pyarrow"):
        same_as_numpy(pd.Series(plain, dtype="double[pyarrow]"), plain)
        refused(pd.Series([1.0, None], dtype="double[pyarrow]"), "has 1 null")


def test_polars() -> None:
    pl = pytest.importorskip("polars")
    plain = np.array([1.0, 2.5, 7.0])
    same_as_numpy(pl.Series(plain), plain)
    same_as_numpy(pl.Series(plain.astype(np.float32)), plain.astype(np.float32))
    same_as_numpy(pl.DataFrame({"a": plain, "b": plain}), np.stack([plain, plain], 1))
    same_as_numpy(pl.Series([1.0, 2.5, 7.0, 9.0])[:3], plain)
    assert lossreg.get("binary_cross_entropy")(pl.Series([True, False]), [0.0, 0.0]) == pytest.approx(
        np.log(2), rel=1e-15
    )
    refused(pl.Series([1, None]), "has 1 null")
    refused(pl.DataFrame({"a": [1.0, 2.0], "b": [None, 2.0]}), "has 1 null")
    refused(pl.Series(["a", "b"]), "dtype")


def test_pyarrow() -> None:
    pa = pytest.importorskip("pyarrow")
    plain = np.array([1.0, 2.5, 7.0])
    same_as_numpy(pa.array(plain), plain)
    same_as_numpy(pa.array([9.0, 1.0, 2.5, 7.0])[1:], plain)
    same_as_numpy(pa.chunked_array([[1.0], [2.5, 7.0]]), plain)
    same_as_numpy(pa.table({"a": plain, "b": plain}), np.stack([plain, plain], 1))
    assert lossreg.get("binary_cross_entropy")(pa.array([True, False]), [0.0, 0.0]) == pytest.approx(
        np.log(2), rel=1e-15
    )
    for null in (pa.array([1, None]), pa.chunked_array([[1.0], [None]])):
        refused(null, "has 1 null")
    for kind in (pa.Table, pa.RecordBatch):
        refused(kind.from_pydict({"a": [1.0, 2.0], "b": [None, 2.0]}), "has 1 null")
    refused(pa.array(["a", "b"]), "dtype")


def test_torch_on_the_cpu() -> None:
    torch = pytest.importorskip("torch")
    plain = np.array([1.0, 2.5, 7.0])
    same_as_numpy(torch.tensor(plain), plain)
    same_as_numpy(torch.tensor(plain, dtype=torch.float32), plain.astype(np.float32))
    same_as_numpy(torch.tensor(plain).repeat(2, 1).T, np.stack([plain, plain], 1))
    loss = lossreg.get("squared_error")
    with pytest.raises(DtypeError, match=r"y_pred requires a gradient that would be lost; pass y_pred.detach\(\)"):
        loss(plain, torch.tensor(plain, requires_grad=True))
    with pytest.raises(DtypeError, match=r"y_pred is on meta; pass y_pred.detach\(\).cpu\(\)"):
        loss(plain, torch.empty(3, device="meta"))


def test_jax_on_the_cpu() -> None:
    pytest.importorskip("jax")
    import jax.numpy as jnp

    plain = np.array([1.0, 2.5, 7.0], np.float32)
    same_as_numpy(jnp.asarray(plain), plain)
    same_as_numpy(jnp.asarray(plain)[::-1], plain[::-1])
    half = jnp.asarray(plain, jnp.bfloat16)
    assert lossreg.get("squared_error")(plain, half) == 0.0
