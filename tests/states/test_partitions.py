"""A state has the bits of one call over all data, however these are divided: over every loss."""

from __future__ import annotations

import math
from functools import reduce

import numpy as np
import pytest
from divided import LOSSES, Data, N
from drawn import case, same

import lossreg

REDUCTIONS = ("sum", "mean", "weighted_mean")
DTYPES = pytest.mark.parametrize("dtype", ["float32", "float64"])


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
@DTYPES
def test_a_state_has_the_bits_of_one_call(loss: lossreg.Loss, dtype: str) -> None:
    data = Data(case(loss, N, dtype))
    simple = not loss.config()["params"] and type(loss) is lossreg.Loss
    for reduction in REDUCTIONS:
        for options in ("",) if data.two_sided else ("", "w", "m", "wm"):
            wanted = data.value(reduction, options)
            for _ in range(1000 if (simple, reduction, options) == (True, "mean", "") else 10):
                got = data.state(reduction, options).result()
                assert got.hex() == wanted.hex(), (reduction, options)


@pytest.mark.parametrize("loss", [loss for loss in LOSSES if not loss.config()["params"]], ids=repr)
@DTYPES
@pytest.mark.parametrize("weight_dtype", ["float32", "float64"])
def test_weights_of_any_size_are_summed_exactly(loss: lossreg.Loss, dtype: str, weight_dtype: str) -> None:
    data = Data(case(loss, N, dtype))
    if data.two_sided:
        pytest.skip("one weight stands for both sides of a pair")
    octaves = 30 if weight_dtype == "float32" else 300
    draw = np.random.default_rng(1)
    data.weighted(
        lambda n: (draw.choice([-1, 1, 0], n) * np.exp2(draw.uniform(-octaves, octaves, n))).astype(weight_dtype)
    )
    for reduction in REDUCTIONS:
        wanted = data.value(reduction, "w")
        for _ in range(10):
            assert data.state(reduction, "w").result().hex() == wanted.hex(), reduction


@pytest.mark.parametrize("loss", [loss for loss in LOSSES if not loss.config()["params"]], ids=repr)
@pytest.mark.parametrize("poison", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_as_in_one_call(loss: lossreg.Loss, poison: float) -> None:
    drawn = case(loss, N)
    for array in drawn.args:
        if loss.info.family == "adversarial" or array is drawn.args[-1]:
            array[7] = poison
    data = Data(drawn)
    try:
        wanted = data.value("mean", "")
    except lossreg.DomainError:
        with pytest.raises(lossreg.DomainError):
            data.state("mean", "")
        return
    for _ in range(10):
        same(data.state("mean", "").result(), wanted)


@pytest.mark.parametrize("dtype", ["float16", "int64", "float32", "float64"])
def test_dtypes_and_layouts_are_those_of_calls(dtype: str) -> None:
    draw = np.random.default_rng(2)
    y, x = (draw.uniform(0, 50, (2, 64, 33))).astype(dtype)
    loss = lossreg.get("huber")
    for y_part, x_part in ((y, x), (y.T, x.T), (np.asfortranarray(y), x), (y[::-2], x[::-2]), (y.tolist(), x)):
        state = loss.state()
        for a, b in zip(np.array_split(y_part, 5), np.array_split(x_part, 5), strict=True):
            state.update(a, b)
        assert state.result().hex() == loss(np.asarray(y_part), x_part).hex()


def test_many_elements_on_many_threads() -> None:
    draw = np.random.default_rng(3)
    for dtype in ("float32", "float64"):
        y, x = draw.normal(size=(2, 200_000)).astype(dtype)
        w = draw.uniform(0, 2, y.size)
        for name in ("squared_error", "log_cosh"):
            loss = lossreg.get(name)
            wanted = loss(y, x, w, reduction="weighted_mean")
            packed = {loss.state("weighted_mean").update(y, x, w, n_threads=n).to_bytes() for n in (1, 2, 16)}
            assert len(packed) == 1
            assert lossreg.State.from_bytes(packed.pop()).result().hex() == wanted.hex()


def test_a_sum_of_states_is_that_of_their_data() -> None:
    loss = lossreg.get("squared_error")
    states = [loss.state().update([float(i)], [0.0]) for i in range(10)]
    total = sum(states[1:], states[0])
    assert total == sum(states) == reduce(lambda a, b: b + a, states)
    assert total.result() == math.fsum(i * i for i in range(10)) / 10
    assert [state.count for state in states] == [1] * 10
    assert states[0].merge(states[0]) is states[0]
    assert states[0].count == 2
