"""Whatever the layout and the shape of an array, it gives the bits of a plain one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from laid import (
    CASES,
    LAYOUTS,
    POINTWISE,
    ROW_WISE,
    Array,
    draw,
    fortran,
    memory_map,
    moved,
    negative,
    results,
    strided,
    swapped,
    unaligned,
)

import lossreg
from lossreg import ShapeError


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(("name", "shape"), CASES)
def test_layout_of_inputs_does_not_change_a_bit(name: str, shape: tuple[int, ...], layout: Any) -> None:
    loss = lossreg.get(name)
    for dtype in (np.float32, np.float64):
        y, x = draw(name, shape, dtype)
        losses = loss(y, x, reduction="none").shape
        weight = np.random.default_rng(1).random(losses).astype(dtype)
        mask = np.random.default_rng(2).random(losses) < 0.7
        for options in ({}, {"sample_weight": weight, "where": mask}):
            wanted = results(loss, y, x, **options)
            assert results(loss, layout(y), x, **options) == wanted
            assert results(loss, y, layout(x), **options) == wanted
            laid = {key: layout(array) for key, array in options.items()}
            assert results(loss, layout(y), layout(x), **laid) == wanted


@pytest.mark.parametrize("layout", [unaligned, strided, negative, fortran, moved])
@pytest.mark.parametrize(("name", "shape"), CASES)
def test_layout_of_outputs_does_not_change_a_bit(name: str, shape: tuple[int, ...], layout: Any) -> None:
    loss = lossreg.get(name)
    for dtype in (np.float32, np.float64):
        y, x = draw(name, shape, dtype)
        grad, hess = layout(np.zeros_like(x)), layout(np.zeros_like(x))
        back = loss.grad_and_hess(y, x, out=(grad, hess))
        assert back[0] is grad
        assert back[1] is hess
        for got, wanted in zip(back, loss.grad_and_hess(y, x), strict=True):
            np.testing.assert_array_equal(got, wanted, strict=True)
        values = layout(np.zeros(loss(y, x, reduction="none").shape, dtype))
        assert loss(y, x, reduction="none", out=values) is values
        np.testing.assert_array_equal(values, loss(y, x, reduction="none"), strict=True)


def test_gaps_of_strided_outputs_stay_as_they_were() -> None:
    for name, shape in CASES:
        y, x = draw(name, shape)
        memory = np.full((*shape[:-1], 3 * shape[-1]), 77.0)
        lossreg.get(name).grad(y, x, out=memory[..., 1::3])
        assert (memory[..., 0::3] == 77).all()
        assert (memory[..., 2::3] == 77).all()


@pytest.mark.parametrize("name", POINTWISE + ROW_WISE)
def test_memory_maps(name: str, tmp_path: Path) -> None:
    y, x = draw(name, (37, 61))
    loss = lossreg.get(name)
    assert results(loss, memory_map(y, tmp_path), memory_map(x, tmp_path)) == results(loss, y, x)


@pytest.mark.parametrize("name", POINTWISE + ROW_WISE)
def test_large_strided_arrays_over_threads(name: str) -> None:
    y, x = draw(name, (301, 1001), np.float32)
    loss = lossreg.get(name)
    wanted = results(loss, y, x, n_threads=1)
    assert results(loss, fortran(y), negative(x), n_threads=3) == wanted
    assert results(loss, strided(y), swapped(x), n_threads=2) == wanted


@pytest.mark.parametrize("name", POINTWISE + ROW_WISE)
def test_stride_0(name: str) -> None:
    loss = lossreg.get(name)
    y, x = draw(name, (1, 61))
    many = np.broadcast_to(y, (37, *y.shape[1:])), np.broadcast_to(x, (37, 61))
    assert results(loss, *many) == results(loss, *(np.ascontiguousarray(array) for array in many))
    weight = np.broadcast_to(np.float64(0.5), many[1].shape[: loss(*many, reduction="none").ndim])
    assert results(loss, *many, weight) == results(loss, *many, np.ascontiguousarray(weight))


@pytest.mark.parametrize("name", POINTWISE)
def test_a_single_number(name: str) -> None:
    loss = lossreg.get(name)
    y, x = draw(name, (1,))
    value, grad, hess = loss.value_grad_hess(y[0], x[0])
    assert isinstance(value, float)
    assert grad.shape == hess.shape == ()
    assert loss.value_grad_hess(y, x) == (value, [grad], [hess])
    assert loss.value_grad_hess(np.array(y[0]), float(x[0])) == (value, grad, hess)
    out = np.empty(())
    assert loss.grad(y[0], x[0], out=out) is out
    assert out == grad


def test_rows_need_an_axis() -> None:
    with pytest.raises(ShapeError, match=r"y_pred has shape \(\); wanted rows of classes"):
        lossreg.get("categorical_cross_entropy")(1.0, 1.0)
    y, x = draw("categorical_cross_entropy", (1, 5))
    value, grad = lossreg.get("categorical_cross_entropy").value_and_grad(y[0], x[0])
    assert grad.shape == (5,)
    assert value == lossreg.get("categorical_cross_entropy")(y, x)


@pytest.mark.parametrize("name", POINTWISE + ROW_WISE)
@pytest.mark.parametrize("shape", [(0,), (2, 0), (0, 3), (3, 0, 2), (0, 2**40, 2)])
def test_zero_length_axes(name: str, shape: tuple[int, ...]) -> None:
    loss = lossreg.get(name)
    rows = lossreg.describe(name).family == "row-wise"
    sparse = name == "sparse_categorical_cross_entropy"
    for dtype in (np.float32, np.float64):
        x = np.zeros(shape, dtype)
        y = np.zeros(shape[:-1], int) if sparse else x
        if rows and shape[-1] == 0:
            with pytest.raises(ShapeError, match="must have at least one class"):
                loss.grad(y, x)
            continue
        for form in (np.asarray, fortran, swapped):
            args = form(y), form(x)
            assert loss(*args, reduction="sum") == 0.0
            none = loss(*args, reduction="none")
            assert none.shape == (shape[:-1] if rows else shape)
            assert none.dtype == dtype
            value, grad, hess = loss.value_grad_hess(*args, reduction="sum")
            assert value == 0.0
            assert grad.shape == hess.shape == shape
            assert grad.dtype == dtype
            assert loss.grad(*args, np.ones(none.shape), reduction="sum", out=np.empty_like(x)).shape == shape
            with pytest.raises(lossreg.EmptyError):
                loss(*args)


@pytest.mark.parametrize("ndim", [4, 8, 9, 16, 32, 33, 64])
@pytest.mark.parametrize("name", ["squared_error", "binary_cross_entropy", "categorical_cross_entropy"])
def test_many_axes(name: str, ndim: int) -> None:
    if ndim > 32 and np.lib.NumpyVersion(np.__version__) < "2.0.0":
        pytest.skip("NumPy 1 has at most 32 axes")
    loss = lossreg.get(name)
    y, x = draw(name, (5, 7, 3))
    front, back = (ndim - 3) // 2, ndim - 3 - (ndim - 3) // 2
    shape = (5, *(1,) * front, 7, *(1,) * back, 3)
    wanted = results(loss, y, x)
    for form in (np.asarray, fortran, negative, strided, swapped):
        assert results(loss, form(y).reshape(shape), form(x.reshape(shape))) == wanted
    twos = (2,) * 14 + (1,) * (ndim - 14) if ndim >= 14 else (2,) * ndim
    y, x = draw(name, twos)
    assert results(loss, fortran(y), y_pred_reversed(x)) == results(loss, y, x)


def y_pred_reversed(x: Array) -> Array:
    """Axes in reverse order of memory, some backwards: nothing merges."""
    return negative(np.ascontiguousarray(x.T)).T


@pytest.mark.parametrize("name", ROW_WISE)
@pytest.mark.parametrize("classes", [1, 2, 5, 24, 61])
def test_classes_on_any_axis(name: str, classes: int) -> None:
    y, x = draw(name, (4, 33, classes))
    sparse = y.ndim == 2
    wanted = lossreg.get(name).value_grad_hess(y, x)
    for axis in (0, 1, 2, -1, -2, -3):
        loss = lossreg.get(name, axis=axis)
        target = y if sparse else np.moveaxis(y, -1, axis)
        for form in (np.asarray, np.ascontiguousarray, fortran, negative, swapped):
            value, grad, hess = loss.value_grad_hess(target, form(np.moveaxis(x, -1, axis)))
            assert value == wanted[0]
            np.testing.assert_array_equal(np.moveaxis(grad, axis, -1), wanted[1])
            np.testing.assert_array_equal(np.moveaxis(hess, axis, -1), wanted[2])


@pytest.mark.parametrize("layout", [fortran, moved])
@pytest.mark.parametrize("name", POINTWISE)
def test_results_lie_in_memory_as_the_arrays_do(name: str, layout: Any) -> None:
    y, x = (layout(array) for array in draw(name, (3, 5, 67)))
    loss = lossreg.get(name)
    for result in (*loss.grad_and_hess(y, x), loss(y, x, reduction="none"), loss.value_and_grad(y, x)[1]):
        assert result.strides == np.empty_like(x).strides
    mixed = loss.grad(y, np.ascontiguousarray(x))
    assert mixed.flags.c_contiguous


@pytest.mark.parametrize("layout", [fortran, moved, negative])
def test_the_first_number_outside_is_the_first_in_c_order(layout: Any) -> None:
    y, x = draw("poisson", (3, 5, 67))
    y[1, 0, 3] = y[0, 4, 2] = y[2, 0, 0] = -1
    loss = lossreg.get("poisson")
    y, x = layout(y), layout(x)
    for call in (loss.value, loss.grad, lambda y, x: loss.grad(y, x, out=x)):
        before = x.copy()
        with pytest.raises(lossreg.DomainError, match=r"index \(0, 4, 2\)"):
            call(y, x)
        np.testing.assert_array_equal(x, before)
