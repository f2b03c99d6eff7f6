"""States as bytes and pickles: what was written is read, and nothing else is."""

from __future__ import annotations

import copy
import json
import pickle
import struct
from collections.abc import Callable
from typing import Any
from zlib import crc32

import numpy as np
import pytest
from divided import LOSSES, Cube, Data, N
from drawn import case

import lossreg
from lossreg import State

MARK = b"lossreg.state"
HEAD = struct.Struct("<BBI")


def seen(loss: lossreg.Loss, reduction: str = "mean") -> State:
    return Data(case(loss, N)).state(reduction, "")


def sealed(body: bytes) -> bytes:
    """The bytes with a checksum that is right."""
    return body + struct.pack("<I", crc32(body))


def parts(data: bytes) -> tuple[bytes, bytes]:
    """The loss and the sums."""
    begin = len(MARK) + HEAD.size
    length = HEAD.unpack_from(data, len(MARK))[2]
    return data[begin : begin + length], data[begin + length : -4]


def made(loss: bytes, sums: bytes, version: int = 1, reduction: int = 1, length: int | None = None) -> bytes:
    return sealed(MARK + HEAD.pack(version, reduction, len(loss) if length is None else length) + loss + sums)


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
@pytest.mark.parametrize("reduction", ["sum", "mean", "weighted_mean"])
def test_a_state_is_read_again(loss: lossreg.Loss, reduction: str) -> None:
    cloudpickle = pytest.importorskip("cloudpickle")
    for state in (loss.state(reduction), seen(loss, reduction)):
        data = state.to_bytes()
        given = {"loss": loss} if "cube" in loss.name else {}
        for other in (
            State.from_bytes(data, **given),
            State.from_bytes(memoryview(bytearray(data)), **given),
            pickle.loads(pickle.dumps(state)),
            cloudpickle.loads(cloudpickle.dumps(state)),
            copy.copy(state),
            copy.deepcopy(state),
        ):
            assert other == state
            assert other.to_bytes() == data
            assert repr(other) == repr(state)
            assert (other.loss, other.reduction, other.count) == (loss, reduction, state.count)
        assert len(data) - len(parts(data)[0]) <= 2048


def test_the_largest_sums_take_two_kilobytes() -> None:
    wild = np.array([1.5e308, 5e-324, -1e-160])
    state = lossreg.get("minimax_discriminator").state("sum")
    for exponent in range(-1070, 1023, 7):
        state.update([np.ldexp(-1.1, exponent)], [np.ldexp(1.1, exponent)])
    assert len(state.to_bytes()) <= 2048
    state = lossreg.get("absolute_error").state("sum").update(wild * 0, wild, wild)
    assert State.from_bytes(state.to_bytes()) == state


@pytest.mark.parametrize("name", ["huber", "minimax_discriminator"])
def test_bytes_that_are_cut_off_or_changed_are_refused(name: str) -> None:
    data = seen(lossreg.get(name)).to_bytes()
    for end in range(len(data)):
        with pytest.raises(lossreg.ParameterError, match=r"^data "):
            State.from_bytes(data[:end])
    for place in range(len(data)):
        for change in (1, 128, 255):
            other = bytearray(data)
            other[place] ^= change
            with pytest.raises(lossreg.ParameterError, match=r"^data "):
                State.from_bytes(other)
    with pytest.raises(ValueError, match="damaged"):
        State.from_bytes(data + b"\0")


HUBER, SUMS = parts(seen(lossreg.get("huber")).to_bytes())
PAIR = parts(seen(lossreg.get("minimax_discriminator")).to_bytes())[1]
ZERO = bytes(4)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no state"),
        (b"PAR1", "no state"),
        (pickle.dumps(1), "no state"),
        (MARK, "cut off"),
        (made(HUBER, SUMS, version=2), "version 2, and this lossreg reads version 1"),
        (made(HUBER, SUMS, version=0), "version 0"),
        (made(HUBER, SUMS, reduction=3), "reduction"),
        (made(HUBER, SUMS, length=2**32 - 1), "not known here"),
        (made(HUBER, SUMS, length=3), "not known here"),
        (made(b"\xff\xfe", SUMS), "not known here"),
        (made(b"[" * 100_000, SUMS), "not known here"),
        (made(b"null", SUMS), "not known here"),
        (made(b'"no_such_loss"', SUMS), "no loss is called 'no_such_loss'"),
        (made(b'{"name": "huber", "params": {"delta": -1}}', SUMS), "delta is -1"),
        (made(b'{"name": "huber", "params": {"delta": NaN}}', SUMS), "delta is nan"),
        (made(b'{"name": "define", "params": {}}', SUMS), "not known here"),
        (made(b'{"name": "define", "params": {"definition": {"params": [1]}, "params": {}}}', SUMS), "not known here"),
        (made(b'{"name": "combine", "params": {"losses": 3}}', SUMS), "not known here"),
        (made(HUBER, b""), "sums that no data have"),
        (made(HUBER, SUMS[:-1]), "sums that no data have"),
        (made(HUBER, SUMS + b"\0"), "sums that no data have"),
        (made(HUBER, PAIR), "sums that no data have"),
        (made(b'{"name": "minimax_discriminator", "params": {}}', SUMS), "sums that no data have"),
        # Of no losses a sum, of one loss more than one can be, a sign without digits, digits beyond the last.
        (made(HUBER, bytes(8) + bytes([0, 0, 33, 1, 1, 0, 0, 0]) + ZERO), "sums that no data have"),
        (made(HUBER, bytes([1, *bytes(7)]) + bytes([0, 0, 66, 1, 1, 0, 0, 0]) + ZERO), "sums that no data have"),
        (made(HUBER, bytes([1, *bytes(7)]) + bytes([0, 1, 0, 0]) + ZERO), "sums that no data have"),
        (made(HUBER, bytes([1, *bytes(7)]) + bytes([0, 0, 69, 255, *bytes(4 * 255)]) + ZERO), "sums that no data have"),
        (made(HUBER, bytes([1, *bytes(7)]) + bytes([9, 0, 0, 0]) + ZERO), "sums that no data have"),
    ],
)
def test_bytes_of_others_are_refused_in_words(data: bytes, words: str) -> None:
    with pytest.raises(lossreg.ParameterError, match=words):
        State.from_bytes(data)


def test_any_bytes_with_a_right_checksum_are_a_state_or_refused() -> None:
    draw = np.random.default_rng(4)
    read = 0
    for _ in range(3000):
        body = bytearray(HUBER + SUMS)
        for place in draw.integers(len(HUBER), len(body), draw.integers(1, 4)):
            body[place] = draw.integers(256)
        try:
            state = State.from_bytes(made(bytes(body[: len(HUBER)]), bytes(body[len(HUBER) :])))
        except lossreg.ParameterError:
            continue
        read += 1
        assert State.from_bytes(state.to_bytes()) == state
        for _ in range(70):
            state = state + state if state.count < 2**62 else state
        try:
            state.result()
        except lossreg.EmptyError:
            assert state.count == 0
    assert read > 100


def test_states_that_have_seen_too_much_are_not_merged() -> None:
    sums = struct.pack("<Q", 2**63) + SUMS[8:]
    state = State.from_bytes(made(HUBER, sums))
    other = copy.copy(state)
    with pytest.raises(lossreg.ParameterError, match=r"2\*\*64"):
        state.merge(other)
    assert state == other
    assert state.count == 2**63


def test_a_loss_that_is_not_registered_is_given() -> None:
    state = seen(Cube())
    data = state.to_bytes()
    with pytest.raises(lossreg.ParameterError, match=r"no loss is called 'cube'.*; register it, or give it as loss="):
        State.from_bytes(data)
    with pytest.raises(lossreg.ParameterError, match=r"loss is huber\(\)"):
        State.from_bytes(data, loss=lossreg.get("huber"))
    assert State.from_bytes(data, loss=Cube()) == state
    lossreg.register(Cube)
    try:
        assert State.from_bytes(data) == state
    finally:
        lossreg.unregister("cube")


@pytest.mark.parametrize("name", ["huber", "l2", "mse_loss"])  # a built-in, an alias of one and what PyTorch calls it
@pytest.mark.parametrize("summed", [False, True])
def test_a_loss_with_the_name_of_another_is_not_read_as_that(name: str, summed: bool) -> None:
    kind = type("Other", (Cube,), {"name": name})
    loss = kind() + 2.0 * lossreg.get("log_cosh") if summed else kind()
    state = seen(loss)
    wrong = rf"'{name}' is there the name of the class '[\w.]+\.Other', which is not registered, and here that of another loss"
    with pytest.raises(lossreg.ParameterError, match=wrong):
        lossreg.get(loss.config())
    with pytest.raises(lossreg.ParameterError, match=wrong + r"\); register it, or give it as loss="):
        State.from_bytes(state.to_bytes())
    with pytest.raises(lossreg.ParameterError, match=r"loss is"):
        State.from_bytes(state.to_bytes(), loss=lossreg.get(name))
    assert State.from_bytes(state.to_bytes(), loss=loss) == state


def test_a_loss_with_the_name_of_one_that_is_registered_is_not_read_as_that() -> None:
    kind = type("Other", (Cube,), {"name": "cube"})
    lossreg.register(kind)
    try:
        data = seen(Cube()).to_bytes()
        with pytest.raises(lossreg.ParameterError, match=r"the class '[\w.]+\.Cube', which is not registered"):
            State.from_bytes(data)
        assert State.from_bytes(seen(kind()).to_bytes()).loss == kind()
    finally:
        lossreg.unregister("cube")


def test_a_class_without_a_name_of_its_own_is_read_by_that_of_the_loss() -> None:
    kind = type("Kept", (lossreg.Loss,), {})
    assert lossreg.get(kind("huber", {"delta": 2.0}).config()) == lossreg.get("huber", delta=2.0)


def test_bytes_hold_no_code() -> None:
    config, _ = parts(seen(lossreg.define("a*r**2", name="bowl", params={"a": 2.0}).replace(a=3.0)).to_bytes())
    data = json.loads(config)
    assert data["name"] == "define"
    assert data["params"]["definition"]["text"] == "a*r**2"
    assert data["params"]["params"] == {"a": 3.0}


def test_a_pickle_is_of_its_reduction_and_undamaged() -> None:
    """The sums of every reduction have the same form."""
    mean, total = (lossreg.get("huber").state(kind).update([1.0], [3.0]) for kind in ("mean", "sum"))
    make, arguments, data = mean.__reduce__()
    other = bytearray(data)
    for place in range(len(data)):
        other[place] ^= 1
        with pytest.raises(lossreg.ParameterError, match=r"^data holds no sums of a state with reduction='mean'"):
            make(*arguments).__setstate__(bytes(other))
        other[place] ^= 1
    with pytest.raises(lossreg.ParameterError, match="reduction='mean'"):
        mean.__setstate__(total.__reduce__()[2])
    with pytest.raises(lossreg.ParameterError, match="a pickle of another version"):
        mean.__setstate__(data[1:-4])  # as versions before wrote it
    assert mean.count == 1


@pytest.mark.parametrize("data", [None, 5, "lossreg.state", [1, 2], np.zeros(3)])
def test_what_are_no_bytes_is_refused(data: Any) -> None:
    for read in (State.from_bytes, lossreg.get("huber").state().__setstate__):
        with pytest.raises(TypeError, match="wanted the bytes that"):
            read(data)


@pytest.mark.parametrize(
    "change",
    [
        lambda state: state.update([1.0], [2.0]),
        lambda state: state.merge(state),
    ],
)
def test_a_copy_is_a_state_of_its_own(change: Callable[[State], Any]) -> None:
    state = lossreg.get("huber").state().update([1.0], [4.0])
    data = state.to_bytes()
    for other in (copy.copy(state), copy.deepcopy(state), pickle.loads(pickle.dumps(state)), sum([state])):
        change(other)
        assert state.to_bytes() == data
