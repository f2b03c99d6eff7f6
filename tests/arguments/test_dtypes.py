"""Every dtype that is a number is read as what it means, every other is refused by its name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from laid import POINTWISE, ROW_WISE, Array, draw, negative, results, strided, swapped, unaligned

import lossreg
from lossreg import DtypeError
from lossreg.info import Domain

INTEGERS = [
    np.int8,
    np.uint8,
    np.int16,
    np.uint16,
    np.int32,
    np.uint32,
    np.int64,
    np.uint64,
    np.longlong,
    np.ulonglong,
    np.bool_,
]


@pytest.mark.parametrize("order", ["=", "S"])
@pytest.mark.parametrize("dtype", INTEGERS)
@pytest.mark.parametrize("name", [*POINTWISE, "squared_log_error", *ROW_WISE])
def test_integer_targets(name: str, dtype: Any, order: str) -> None:
    loss = lossreg.get(name)
    shape = (37, 2) if name in ROW_WISE else (1063,)
    _, x = draw(name, shape)
    labels = np.random.default_rng(3).integers(0, 2, shape[0])
    if name in ROW_WISE and name != "sparse_categorical_cross_entropy":
        labels = np.eye(2)[labels]
    typed = labels.astype(np.dtype(dtype).newbyteorder(order))
    for form in (np.asarray, strided, unaligned):
        assert results(loss, form(typed), x) == results(loss, labels.astype(float), x)
    # Beside float32 predictions, whole numbers that float32 does not hold are float64 targets, where they are no labels.
    numbers = loss.info.target in (Domain.REAL, Domain.NON_NEGATIVE, Domain.POSITIVE, Domain.ABOVE_MINUS_ONE)
    single = x.astype(np.float32)
    if numbers and typed.itemsize >= 4:
        exact = single.astype(np.float64)
        value, *derivatives = loss.value_grad_hess(labels.astype(np.float64), exact)
        rounded = [np.float64(value).tobytes(), *(part.astype(np.float32).tobytes() for part in derivatives)]
        unreduced = loss(labels.astype(np.float64), exact, reduction="none").astype(np.float32).tobytes()
        assert results(loss, typed, single) == [*rounded, unreduced]
    else:
        assert results(loss, typed, single) == results(loss, labels.astype(np.float32), single)


@pytest.mark.parametrize("dtype", INTEGERS)
def test_integer_predictions_weights_and_masks(dtype: Any) -> None:
    loss = lossreg.get("squared_error")
    rng = np.random.default_rng(4)
    top = 1 if dtype == np.bool_ else int(np.iinfo(dtype).max)
    x = rng.integers(0, min(top, 100), 1063, endpoint=True).astype(dtype)
    x[[3, 700]] = top
    y, as_float = rng.normal(size=1063), x.astype(np.float64)
    assert results(loss, y, x) == results(loss, y, as_float)
    assert loss.grad(y, x).dtype == np.float64
    assert results(loss, y, y[::-1], sample_weight=x) == results(loss, y, y[::-1], sample_weight=as_float)
    assert results(loss, y, y[::-1], where=x) == results(loss, y, y[::-1], where=x != 0)
    if top > 1 and np.iinfo(dtype).min < 0:
        x[5] = np.iinfo(dtype).min
        assert results(loss, y, x) == results(loss, y, x.astype(np.float64))


def all_halves(dtype: Any) -> Array:
    return np.arange(2**16, dtype=np.uint16).view(dtype)


@pytest.mark.parametrize("name", ["float16", "bfloat16"])
def test_every_half_precision_number(name: str) -> None:
    dtype = np.dtype(name) if name == "float16" else pytest.importorskip("ml_dtypes").bfloat16
    half = all_halves(dtype)
    with np.errstate(all="ignore"):
        single = half.astype(np.float32)
    loss = lossreg.get("absolute_error")
    for form in (np.asarray, strided, unaligned, negative):
        values = loss(np.zeros(2**16, np.float32), form(half), reduction="none")
        np.testing.assert_array_equal(values, np.abs(single), strict=True)
    assert values.dtype == np.float32
    assert loss.grad(single, half).dtype == np.float32
    half = half[np.isfinite(single)]
    single, double = half.astype(np.float32), half.astype(np.float64)
    assert results(loss, half, single) == results(loss, single, single)
    assert results(loss, half, double) == results(loss, double, double)
    rows = single[: 2 * 7 * 61].reshape(-1, 61)
    cross_entropy = lossreg.get("sparse_categorical_cross_entropy")
    assert results(cross_entropy, np.arange(14).astype(dtype), rows.astype(dtype)) == results(
        cross_entropy, np.arange(14), rows
    )


def test_half_precision_of_the_other_byte_order() -> None:
    half = all_halves(np.float16)
    half = half[np.isfinite(half)]
    loss = lossreg.get("absolute_error")
    assert results(loss, swapped(half), np.ones(len(half))) == results(loss, half, np.ones(len(half)))


def test_the_wider_dtype_is_worked_in_and_the_predictions_comes_back() -> None:
    loss = lossreg.get("squared_error")
    y, x = np.array([0.1]), np.array([0.1], np.float32)
    exact = np.float64(np.float32(0.1)) - 0.1
    assert loss(y, x) == exact**2
    assert loss.grad(y, x).dtype == np.float32
    assert loss.grad(x, y).dtype == np.float64


def test_bools_of_any_byte() -> None:
    byte = np.array([0, 1, 2, 255, 128, 0, 77], np.uint8)
    odd, plain = np.tile(byte, 200).view(np.bool_), np.tile(byte, 200) != 0
    x = np.random.default_rng(5).normal(size=1400)
    for name in ("binary_cross_entropy", "squared_error", "hinge"):
        loss = lossreg.get(name)
        for form in (np.asarray, strided):
            assert results(loss, form(odd), x) == results(loss, plain, x)
            assert results(loss, plain, x, where=form(odd)) == results(loss, plain, x, where=plain)
            assert results(loss, plain, x, sample_weight=form(odd)) == results(loss, plain, x, sample_weight=plain)
            assert results(loss, plain, form(odd)) == results(loss, plain, plain)
    loss = lossreg.get("sparse_categorical_cross_entropy")
    assert results(loss, odd[:700], x.reshape(-1, 2)) == results(loss, plain[:700].astype(int), x.reshape(-1, 2))


BAD_DTYPES = {
    "object": np.array([1.0, 2.0], object),
    "complex128": np.array([1j, 2.0]),
    "complex64": np.array([1j, 2.0], np.complex64),
    "<U1": np.array(["1", "2"]),
    "|S1": np.array([b"1", b"2"]),
    "datetime64[D]": np.array(["2024-01-01", "2024-01-02"], "M8[D]"),
    "timedelta64[s]": np.array([1, 2], "m8[s]"),
    "|V8": np.zeros(2, "V8"),
    "[('a', '<f8')]": np.zeros(2, [("a", "<f8")]),
}
if np.dtype(np.longdouble).itemsize > 8:
    BAD_DTYPES[str(np.dtype(np.longdouble))] = np.ones(2, np.longdouble)


@pytest.mark.parametrize("came", BAD_DTYPES)
@pytest.mark.parametrize("name", ["squared_error", "binary_cross_entropy", "categorical_cross_entropy"])
def test_other_dtypes_are_named(name: str, came: str) -> None:
    loss, good, bad = lossreg.get(name), np.ones(2), BAD_DTYPES[came]
    calls: dict[str, Callable[[], Any]] = {
        "y_true": lambda: loss(bad, good),
        "y_pred": lambda: loss.grad(good, bad),
        "sample_weight": lambda: loss.value_grad_hess(good, good, bad),
        "where": lambda: loss(good, good, where=bad),
        "out": lambda: loss.grad(good, good, out=bad),
    }
    for argument, call in calls.items():
        with pytest.raises(DtypeError) as caught:
            call()
        assert str(caught.value).startswith(f"{argument} has dtype {came};")


@pytest.mark.parametrize("dtype", ["float8_e4m3fn", "float8_e5m2", "int4"])
def test_registered_dtypes_that_are_not_known_are_named(dtype: str) -> None:
    ml_dtypes = pytest.importorskip("ml_dtypes")
    with pytest.raises(DtypeError, match=f"y_pred has dtype {dtype}"):
        lossreg.get("squared_error")(np.ones(2), np.ones(2).astype(getattr(ml_dtypes, dtype)))
