"""Outputs that are, overlap or must not overlap the inputs, each other or themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from laid import CASES, LAYOUTS, POINTWISE, Array, draw, fortran, negative, read_only, results, strided, unaligned
from numpy.lib.stride_tricks import as_strided, sliding_window_view

import lossreg
from lossreg import AliasError, DtypeError, ParameterError, ShapeError


@pytest.mark.parametrize("layout", [np.asarray, unaligned, strided, negative, fortran])
@pytest.mark.parametrize(("name", "shape"), CASES)
def test_in_place(name: str, shape: tuple[int, ...], layout: Any) -> None:
    loss = lossreg.get(name)
    for dtype in (np.float32, np.float64):
        y, x = draw(name, shape, dtype)
        weight = np.full(loss(y, x, reduction="none").shape, 0.5, dtype)
        value, grad, hess = loss.value_grad_hess(y, x, weight)
        buffer = layout(x.copy())
        back = loss.value_and_grad(y, buffer, weight, out=buffer)
        assert back[0] == value
        assert back[1] is buffer
        np.testing.assert_array_equal(buffer, grad)
        buffer = layout(x.copy())
        loss.hess(y, buffer, weight, out=buffer)
        np.testing.assert_array_equal(buffer, hess)
        for place in range(2):
            pair = [layout(x.copy()), np.empty(shape, dtype)]
            first, second = loss.grad_and_hess(y, pair[0], weight, out=(pair[place], pair[1 - place]))
            np.testing.assert_array_equal(first, grad)
            np.testing.assert_array_equal(second, hess)


@pytest.mark.parametrize("name", POINTWISE)
def test_unreduced_values_in_place(name: str) -> None:
    y, x = draw(name, (37, 61))
    wanted = lossreg.get(name)(y, x, reduction="none")
    np.testing.assert_array_equal(lossreg.get(name)(y, x, reduction="none", out=x), wanted)


def test_large_in_place_over_threads() -> None:
    for name, shape in (("binary_focal", (500_001,)), ("categorical_cross_entropy", (500, 1001))):
        y, x = draw(name, shape, np.float32)
        wanted = lossreg.get(name).grad(y, x)
        np.testing.assert_array_equal(lossreg.get(name).grad(y, x, out=x, n_threads=4), wanted)


def overlapping() -> Iterator[tuple[str, Array, Array]]:
    """Predictions and an output that share memory but are not one array."""
    memory = np.arange(64.0)
    yield "shifted", memory[:20], memory[1:21]
    yield "shifted back", memory[1:21], memory[:20]
    yield "last element", memory[:20], memory[19:39]
    yield "reversed", memory[:20], memory[:20][::-1]
    yield "halves between", memory[:40:2], memory.view(np.uint8)[4:324].view(np.float64)[:40:2]
    yield "half an element", memory[:20], np.frombuffer(memory.data, np.float64, 20, 8)
    yield "by bytes", memory[:20], memory.view(np.uint8)[4:164].view(np.float64)
    yield "transposed", memory[:16].reshape(4, 4), memory[:16].reshape(4, 4).T
    yield "other strides", memory[:20], memory[:40:2]
    yield "another dtype", memory.view(np.float32)[:20], memory[:20]


@pytest.mark.parametrize(("x", "out"), [pytest.param(x, out, id=kind) for kind, x, out in overlapping()])
@pytest.mark.parametrize("name", ["squared_error", "categorical_cross_entropy"])
def test_overlap_with_the_prediction(name: str, x: Array, out: Array) -> None:
    loss = lossreg.get(name)
    before = x.copy(), out.copy()
    if out.dtype != x.dtype:
        x, out = out, x
        with pytest.raises(DtypeError, match="out has dtype float32; the result is float64"):
            loss.grad(np.ones(x.shape), x, out=out)
        return
    words = "out overlaps y_pred; pass y_pred itself to work in place, or an array of its own memory"
    for call in (
        lambda: loss.grad(np.ones(x.shape), x, out=out),
        lambda: loss.grad_and_hess(np.ones(x.shape), x, out=(np.empty(x.shape), out)),
        lambda: loss.grad_and_hess(np.ones(x.shape), x, out=(out, x)),
    ):
        with pytest.raises(AliasError, match=words):
            call()
        np.testing.assert_array_equal(x, before[0])
        np.testing.assert_array_equal(out, before[1])


def apart() -> Iterator[tuple[str, Array, Array]]:
    """Predictions and an output whose extents overlap, and that share no byte."""
    memory = np.arange(240.0)
    table, cube = memory.reshape(60, 4), memory.reshape(10, 6, 4)
    yield "every other", memory[:40:2], memory[1:41:2]
    yield "columns", table[:, 0], table[:, 3]
    yield "columns backwards", table[::-1, 0], table[:, 1]
    yield "halves of rows", table[:, :2], table[:, 2:]
    yield "halves of rows, other order", table[::2, 2:], table[1::2, :2][::-1]
    yield "planes", cube[:, :3], cube[:, 3:]
    yield "inner columns", cube[:, :, 1], cube[:, :, 2]


@pytest.mark.parametrize(("x", "out"), [pytest.param(x, out, id=kind) for kind, x, out in apart()])
@pytest.mark.parametrize("name", ["squared_error", "categorical_cross_entropy"])
def test_outputs_between_the_predictions(name: str, x: Array, out: Array) -> None:
    loss = lossreg.get(name)
    y = np.full(x.shape, 1 / x.shape[-1])
    wanted, before = loss.grad(y, x), x.copy()
    assert loss.grad(y, x, out=out) is out
    np.testing.assert_array_equal(out, wanted)
    np.testing.assert_array_equal(x, before)


def test_overlap_with_every_other_argument() -> None:
    loss = lossreg.get("squared_error")
    memory = np.arange(64.0)
    a, other = memory[:20], memory[30:50]
    shared = memory.view(np.uint8)[8:28]
    cases: list[tuple[str, Callable[[], Any]]] = [
        ("y_true", lambda: loss.grad(a, other, out=a)),
        ("y_true", lambda: loss.grad(memory[5:25], other, out=a)),
        ("y_true", lambda: loss.grad(shared, other, out=a)),
        ("sample_weight", lambda: loss.grad(other, other, a, out=a)),
        ("sample_weight", lambda: loss.grad(other, np.ones(20), shared, out=a)),
        ("where", lambda: loss.grad(other, other, where=shared, out=a)),
        ("where", lambda: loss(other, other, where=shared.view(bool), reduction="none", out=a)),
        ("the other output", lambda: loss.grad_and_hess(other, other, out=(a, a))),
        ("the other output", lambda: loss.value_grad_hess(np.ones(20), np.ones(20), out=(a, memory[19:39]))),
        ("the other output", lambda: loss.grad_and_hess(a, other, out=(other, other))),
    ]
    before = memory.copy()
    for argument, call in cases:
        with pytest.raises(AliasError, match=f"out overlaps {argument}; pass"):
            call()
        np.testing.assert_array_equal(memory, before)


def test_neighbours_do_not_overlap() -> None:
    memory = np.arange(60.0)
    loss = lossreg.get("squared_error")
    wanted = loss.grad_and_hess(memory[:15].copy(), memory[15:30].copy())
    got = loss.grad_and_hess(memory[:15], memory[15:30], out=(memory[30:45], memory[45:]))
    np.testing.assert_array_equal(got, wanted)


def self_overlapping() -> Iterator[tuple[str, Array]]:
    yield "stride 0", as_strided(np.zeros(3), (3, 4), (8, 0))
    yield "windows", sliding_window_view(np.zeros(6), 4, writeable=True)
    yield "narrow rows", as_strided(np.zeros(32), (3, 4), (16, 8))
    yield "backwards", as_strided(np.zeros(32)[16:], (3, 4), (-16, 8))
    yield "half elements", as_strided(np.zeros(32), (3, 4), (32, 4))


@pytest.mark.parametrize("out", [pytest.param(out, id=kind) for kind, out in self_overlapping()])
def test_outputs_that_overlap_themselves(out: Array) -> None:
    for name in ("squared_error", "categorical_cross_entropy"):
        loss = lossreg.get(name)
        with pytest.raises(AliasError, match="out repeats its elements; pass an array of its own memory"):
            loss.grad(np.ones((3, 4)), np.ones((3, 4)), out=out)
        with pytest.raises(AliasError, match="out repeats its elements"):
            loss.grad(np.ones((3, 4)), out, out=out)
    assert (out == 0).all()


def test_overlapping_inputs_are_fine() -> None:
    memory = np.random.default_rng(6).normal(size=300)
    for name in ("squared_error", "huber"):
        loss = lossreg.get(name)
        windows = sliding_window_view(memory, 50)
        assert results(loss, memory[:-1], memory[1:]) == results(loss, memory[:-1].copy(), memory[1:].copy())
        assert results(loss, windows, windows[::-1]) == results(loss, windows.copy(), windows[::-1].copy())
        assert loss(memory, memory) == 0.0


def test_the_two_sides_of_an_adversarial_loss() -> None:
    loss = lossreg.get("minimax_discriminator")
    real, fake = np.random.default_rng(7).normal(size=(2, 1063))
    value, (grad_real, grad_fake) = loss.value_and_grad(real, fake)
    hess = loss.hess(real, fake)
    none = loss(real, fake, reduction="none")
    for layout in LAYOUTS:
        got, grads = loss.value_and_grad(layout(real), layout(fake))
        assert got == value
        np.testing.assert_array_equal(grads, (grad_real, grad_fake))
    for first, second in ((real.copy(), fake.copy()), (np.empty(1063), fake.copy()), (real.copy(), np.empty(1063))):
        sides = [a if (a == b).all() else b for a, b in ((first, real), (second, fake))]
        back = loss.grad(*sides, out=(first, second))
        assert back[0] is first
        assert back[1] is second
        np.testing.assert_array_equal(back, (grad_real, grad_fake))
    both = np.empty((2, 2, 1063))
    loss.value_grad_hess(real, fake, out=((both[0, 0], both[0, 1]), (both[1, 0], both[1, 1])))
    np.testing.assert_array_equal(both, ((grad_real, grad_fake), hess))
    for side in (0, 1):
        pair = [real.copy(), fake.copy()]
        np.testing.assert_array_equal(loss(*pair, reduction="none", out=np.empty(1063)), none)
        with pytest.raises(AliasError, match="out overlaps"):
            loss(*pair, reduction="none", out=pair[side])
        np.testing.assert_array_equal(pair, (real, fake))


def test_overlap_between_the_two_sides() -> None:
    loss = lossreg.get("minimax_discriminator")
    memory = np.arange(400.0)
    a, b, free, other = memory[:20], memory[30:50], memory[60:80], memory[100:120]
    before = memory.copy()
    for out in [
        (free, free),
        (free, memory[79:99]),
        (a, a),
        (b, free),
        (free, a),
        (b, a),
        (free, memory[49:69]),
        (free, memory[19:39]),
    ]:
        with pytest.raises(AliasError, match="out overlaps"):
            loss.grad(a, b, out=out)
        with pytest.raises(AliasError, match="out overlaps"):
            loss.grad_and_hess(a, b, out=((other, memory[200:220]), out))
        np.testing.assert_array_equal(memory, before)
    for out in [(free, other[:19]), (free, other.astype(np.float32)), (free, read_only(other)), (free, [0.0] * 20)]:
        with pytest.raises((ShapeError, DtypeError, ParameterError)):
            loss.grad(a, b, out=out)
        np.testing.assert_array_equal(memory, before)


def test_read_only_output_is_refused() -> None:
    loss = lossreg.get("squared_error")
    x = read_only(np.ones(3))
    for call in (
        lambda: loss.grad(x, x, out=x),
        lambda: loss.grad_and_hess(x, x, out=(np.ones(3), x)),
        lambda: loss(x, x, reduction="none", out=np.broadcast_to(0.0, 3)),
    ):
        with pytest.raises(
            ParameterError, match=r"out is read-only; pass a writable array, for example numpy.empty_like\(y_pred\)"
        ):
            call()


def test_output_in_a_memory_map(tmp_path: Path) -> None:
    y, x = draw("squared_error", (1063,))
    out = np.memmap(tmp_path / "out", np.float64, "w+", shape=1063)
    back = lossreg.get("squared_error").grad(y, x, out=out)
    assert back is out
    np.testing.assert_array_equal(np.fromfile(tmp_path / "out"), lossreg.get("squared_error").grad(y, x))
