"""Functions of arrays: their last places, their limits, and that neither threads nor layouts nor places change a bit."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from laid import LAYOUTS
from mpmath import mp
from parallel import run

import lossreg
from lossreg import _native, ops

Array = np.ndarray[Any, Any]
DTYPES = [np.float32, np.float64]
BITS = 400

ELEMENTS: dict[str, tuple[float, Callable[[Any], Any], str]] = {
    # Name → the bound in ULP, the truth, and what it is asked for.
    "exp": (1.0, mp.exp, "real"),
    "sigmoid": (1.0, lambda x: 1 / (1 + mp.exp(-x)), "real"),
    "log_sigmoid": (1.0, lambda x: -mp.log1p(mp.exp(-x)), "real"),
    "softplus": (1.0, lambda x: mp.log1p(mp.exp(x)), "real"),
    "log": (1.0, mp.log, "positive"),
    "logit": (1.0, lambda p: mp.log(p / (1 - p)), "probability"),
    "expm1": (1.2, mp.expm1, "real"),
    "log1p": (1.0, mp.log1p, "positive"),
    "tanh": (1.2, mp.tanh, "real"),
    "log_cosh": (2.0, lambda x: abs(x) - mp.log(2) + mp.log1p(mp.exp(-2 * abs(x))), "real"),
    "log_ndtr": (4.0, lambda x: mp.log(mp.erfc(-x / mp.sqrt(2)) / 2), "real"),
}


def ulps(got: float, truth: Any, dtype: Any) -> float:
    """How far a number is from the truth, in units of the truth's last place, subnormal numbers included."""
    if truth == 0 or abs(truth) > float(np.finfo(dtype).max) or abs(truth) < np.finfo(dtype).smallest_subnormal / 2:
        limit = 0.0 if abs(truth) < 1 else math.copysign(math.inf, float(mp.sign(truth)))
        return 0.0 if got == limit else math.inf
    digits, lowest = (24, -149) if dtype is np.float32 else (53, -1074)
    exponent = max(int(mp.floor(mp.log(abs(truth), 2))) - digits + 1, lowest)
    return float(abs(mp.mpf(got) - truth) / mp.ldexp(1, exponent))


def drawn(domain: str, dtype: Any) -> Array:
    """Ordinary numbers, tails, seams, subnormal numbers and the ends of the range."""
    rng = np.random.default_rng(3)
    end, least = (104, 1e-45) if dtype is np.float32 else (745, 5e-324)
    sizes = 10.0 ** rng.uniform(math.log10(least), 0, 150)
    if domain == "probability":
        near_half = 0.5 + rng.choice([-1, 1], 100) * 10.0 ** rng.uniform(-16, -1, 100)
        numbers = [rng.uniform(0, 1, 200), near_half, sizes, 1 - 10.0 ** rng.uniform(-7 if end == 104 else -15, -1, 50)]
        p = np.concatenate(numbers).astype(dtype)
        return p[(p > 0) & (p < 1)]
    if domain == "positive":
        far = 10.0 ** rng.uniform(0, 38 if end == 104 else 308, 100)
        return np.concatenate([sizes, far, rng.uniform(0.3, 3, 200)]).astype(dtype)
    signs = rng.choice([-1, 1], 150)
    seams = [k * math.log(2) / 2 for k in range(-9, 10, 2)]
    return np.concatenate([rng.normal(0, 3, 300), rng.uniform(-end, end, 200), signs * sizes, seams]).astype(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ELEMENTS)
def test_elements_are_right_to_the_last_places(name: str, dtype: Any) -> None:
    bound, truth, domain = ELEMENTS[name]
    x = drawn(domain, dtype)
    got = getattr(ops, name)(x)
    assert got.dtype == dtype
    with mp.workprec(BITS if dtype is np.float32 else 3 * BITS):
        wrong = [
            (a, b, error)
            for a, b in zip(x.tolist(), got.tolist(), strict=True)
            if (error := ulps(b, truth(mp.mpf(a)), dtype)) > bound
        ]
    assert not wrong


@pytest.mark.parametrize("dtype", DTYPES)
def test_xlogy_is_right_to_the_last_places(dtype: Any) -> None:
    y = drawn("positive", dtype)
    x = np.random.default_rng(0).normal(size=y.size).astype(dtype)
    with mp.workprec(BITS):
        errors = [
            ulps(got, mp.mpf(a) * mp.log(mp.mpf(b)), dtype)
            for a, b, got in zip(x.tolist(), y.tolist(), ops.xlogy(x, y).tolist(), strict=True)
        ]
    assert max(errors) <= 2.1


def softmax_truth(row: list[float]) -> tuple[list[Any], list[Any], Any]:
    m = mp.mpf(max(row))
    terms = [mp.exp(mp.mpf(x) - m) for x in row]
    whole = mp.fsum(terms)
    log = mp.log(whole)
    return [term / whole for term in terms], [mp.mpf(x) - m - log for x in row], m + log


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("classes", "rows"), [(1, 3), (2, 150), (3, 100), (7, 30), (64, 3), (65, 3), (2100, 1)])
def test_rows_are_right_to_the_last_places(classes: int, rows: int, dtype: Any) -> None:
    rng = np.random.default_rng(classes)
    for size in (0.7, 8.0, 60.0):
        x = (size * rng.normal(size=(rows, classes))).astype(dtype)
        q, log_q, log_sum = ops.softmax(x), ops.log_softmax(x), ops.logsumexp(x)
        assert q.dtype == log_q.dtype == log_sum.dtype == dtype
        with mp.workprec(3 * BITS):
            for row in range(rows):
                truth, log_truth, sum_truth = softmax_truth(x[row].tolist())
                assert max(map(ulps, q[row].tolist(), truth, [dtype] * classes)) <= 2
                assert max(map(ulps, log_q[row].tolist(), log_truth, [dtype] * classes)) <= 2
                unit = max(abs(sum_truth), abs(mp.mpf(float(np.max(x[row])))))
                error = abs(mp.mpf(float(log_sum[row])) - sum_truth) / (unit * mp.mpf(float(np.finfo(dtype).eps)))
                assert error <= 2


def test_a_confident_row_keeps_its_digits() -> None:
    assert ops.log_softmax([40.0, 0.0, 0.0])[0] == -8.496708510583178e-18
    # 1 + 1e-300 and the like: what is left of 1 - q is below every last place of 1.
    assert ops.log_softmax([690.0, 0.0])[0] == -math.exp(-690.0)


INF, NAN = np.inf, np.nan


@pytest.mark.parametrize("wide", [0, 100, 70_000])
@pytest.mark.parametrize(
    ("row", "q", "log_q", "log_sum"),
    [
        ([INF, 0.0], [1.0, 0.0], [0.0, -INF], INF),
        ([INF, INF], [NAN, NAN], [NAN, NAN], INF),
        ([-INF, -INF], [NAN, NAN], [NAN, NAN], -INF),
        ([0.0, -INF], [1.0, 0.0], [0.0, -INF], 0.0),
        ([NAN, 0.0], [NAN, NAN], [NAN, NAN], NAN),
        ([INF, NAN], [NAN, NAN], [NAN, NAN], NAN),
        ([-INF, NAN], [NAN, NAN], [NAN, NAN], NAN),
    ],
)
def test_rows_have_limits(row: list[float], q: list[float], log_q: list[float], log_sum: float, wide: int) -> None:
    for dtype in DTYPES:
        x = np.array([*row, *[-INF] * wide], dtype)
        np.testing.assert_array_equal(ops.softmax(x)[:2], q)
        np.testing.assert_array_equal(ops.log_softmax(x)[:2], log_q)
        np.testing.assert_array_equal(ops.logsumexp(x), log_sum)


def test_elements_have_limits() -> None:
    x = [-INF, 0.0, INF, NAN]
    np.testing.assert_array_equal(ops.exp(x), [0, 1, INF, NAN])
    np.testing.assert_array_equal(ops.sigmoid(x), [0, 0.5, 1, NAN])
    np.testing.assert_array_equal(ops.softplus(x), [0, math.log(2), INF, NAN])
    np.testing.assert_array_equal(ops.log_sigmoid(x), [-INF, -math.log(2), 0, NAN])
    np.testing.assert_array_equal(ops.log([-1, 0, 1, INF, NAN]), [NAN, -INF, 0, INF, NAN])
    np.testing.assert_array_equal(ops.logit([-1, 0, 0.5, 1, 2, NAN]), [NAN, -INF, 0, INF, NAN, NAN])
    np.testing.assert_array_equal(ops.xlogy([0, 0, 0, 1, NAN], [0, INF, NAN, 0, 1]), [0, 0, NAN, -INF, NAN])


UNARY = [*ELEMENTS]
ROWS = ["softmax", "log_softmax", "logsumexp"]
NUMBERS = np.random.default_rng(0).uniform(0.01, 0.99, (257, 311))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", [*UNARY, *ROWS])
def test_threads_and_layouts_change_no_bit(name: str, dtype: Any) -> None:
    function = getattr(ops, name)
    x = NUMBERS.astype(dtype)
    wanted = function(x, n_threads=1)
    for threads in (2, 3, 7):
        np.testing.assert_array_equal(function(x, n_threads=threads), wanted, strict=True)
    for layout in LAYOUTS:
        np.testing.assert_array_equal(function(layout(x)), wanted, strict=True)
    into = np.full((*wanted.shape, 2), 7, dtype)[..., 0]
    assert function(x, out=into) is into
    np.testing.assert_array_equal(into, wanted)
    if name != "logsumexp":
        for place in (x.copy(), np.asfortranarray(x), np.repeat(x, 2, axis=1)[:, ::2]):
            assert function(place, out=place) is place
            np.testing.assert_array_equal(place, wanted)


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("shape", [(5, 4, 3), (2, 70, 3), (3, 2, 70_001)])
def test_rows_run_along_any_axis(name: str, shape: tuple[int, ...]) -> None:
    function, x = getattr(ops, name), np.random.default_rng(0).normal(size=shape)
    wanted = function(x)
    for axis in range(3):
        moved = np.moveaxis(x, -1, axis)
        result = function(moved, axis)
        np.testing.assert_array_equal(result if name == "logsumexp" else np.moveaxis(result, axis, -1), wanted)
        np.testing.assert_array_equal(function(moved, axis - 3), result)


def test_dtypes() -> None:
    for dtype, wanted in [
        ("f2", "f4"),
        ("f4", "f4"),
        ("f8", "f8"),
        ("i4", "f8"),
        ("u1", "f8"),
        ("?", "f8"),
        (">f4", "f4"),
    ]:
        x = np.ones((2, 2), dtype)
        for name in [*UNARY, *ROWS]:
            result = getattr(ops, name)(x)
            np.testing.assert_array_equal(result, getattr(ops, name)(x.astype(wanted)), strict=True)
    one = np.ones(2, "f4")
    assert ops.xlogy(one, 2.0).dtype == ops.xlogy(2.0, one).dtype == ops.xlogy(one, one).dtype == "f4"
    assert ops.xlogy(one, np.ones(2)).dtype == ops.xlogy([1, 2], one).dtype == "f8"
    assert ops.xlogy(np.ones((3, 1)), np.ones(2)).shape == (3, 2)


def test_single_numbers_and_nothing() -> None:
    for name in UNARY:
        function = getattr(ops, name)
        assert type(function(0.5)) is type(function(np.float32(0.5))) is type(function(np.array(0.5))) is float
        assert function([]).shape == (0,)
        assert function(np.empty((2, 0, 3), "f4")).shape == (2, 0, 3)
    assert type(ops.logsumexp([1.0])) is type(ops.xlogy(0, 0)) is float
    assert ops.softmax(np.empty((3, 0))).shape == (3, 0)
    assert ops.softmax(np.empty((0, 3))).shape == (0, 3)
    assert ops.logsumexp(np.empty((3, 0))).tolist() == [-INF] * 3
    into = np.empty((), "f8")
    assert ops.exp(0.0, out=into) is into
    assert into == 1


def test_what_is_refused() -> None:
    x, memory = np.ones(4), np.ones(6)
    with pytest.raises(lossreg.AliasError, match="out overlaps x"):
        ops.exp(memory[:4], out=memory[1:5])
    with pytest.raises(lossreg.AliasError, match="out overlaps x"):
        ops.logsumexp(memory.reshape(2, 3), out=memory[:2])
    with pytest.raises(lossreg.AliasError, match="out overlaps y"):
        ops.xlogy(x, memory[:4], out=memory[1:5])
    with pytest.raises(lossreg.DtypeError, match="out has dtype float32; the result is float64"):
        ops.softmax(x, out=np.empty(4, "f4"))
    with pytest.raises(lossreg.ShapeError, match=r"out has shape \(3,\); the result has \(4,\)"):
        ops.softplus(x, out=np.empty(3))
    with pytest.raises(lossreg.ShapeError, match="axis=1 does not exist; pass one from -1 to 0"):
        ops.softmax(x, 1)
    with pytest.raises(lossreg.ShapeError, match="x is a single number; wanted an array with an axis of classes"):
        ops.log_softmax(1.0)
    with pytest.raises(lossreg.ShapeError, match="broadcast together"):
        ops.xlogy(np.ones(2), np.ones(3))
    with pytest.raises(lossreg.DtypeError, match="x has dtype complex128"):
        ops.exp(x * 1j)
    with pytest.raises(lossreg.DtypeError, match="p is a masked array"):
        ops.logit(np.ma.masked_array(x, x > 0))
    with pytest.raises(lossreg.ParameterError, match="n_threads is 0"):
        ops.exp(x, n_threads=0)
    assert ops.xlogy(x, memory[:4], out=memory[:4]).tolist() == [0.0] * 4  # the second argument may be replaced too


def test_every_level_of_the_cpu_gives_the_same_bits() -> None:
    code = """
        import hashlib
        from lossreg import ops
        digest = hashlib.sha256()
        for dtype in (np.float32, np.float64):
            for shape in ((999, 3), (99, 7), (9, 333)):
                x = np.random.default_rng(0).normal(0, 9, shape).astype(dtype)
                for name in sorted({*ops.__all__} - {"where"}):
                    function = getattr(ops, name)
                    digest.update(np.asarray(function(x, np.abs(x)) if name == "xlogy" else function(x)).tobytes())
        print(digest.hexdigest())
    """
    assert len({run(code, LOSSREG_CPU=level) for level in _native.cpu_levels()}) == 1
