"""Losses of sets against plain formulas, however the sets lie: along which axes, how large, masked, weighted, in place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from mpmath import mp
from sizes import assert_within

import lossreg
from lossreg.compat import keras

Array = np.ndarray[Any, Any]

AXES = [-1, 0, 1, [1, 2], [0, -1], [-2], None]


def sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def cosine(y: Array, x: Array, axis: Any) -> Array:
    lengths = np.sqrt(np.sum(y * y, axis=axis)) * np.sqrt(np.sum(x * x, axis=axis))
    return 1 - np.sum(x * y, axis=axis) / lengths


def overlap(false: float, missed: float, double: float) -> Callable[[Array, Array, Any], Array]:
    def plain(y: Array, x: Array, axis: Any) -> Array:
        p = sigmoid(x)
        common = double * np.sum(y * p, axis=axis)
        apart = false * np.sum((1 - y) * p, axis=axis) + missed * np.sum(y * (1 - p), axis=axis)
        return 1 - (common + 0.5) / (common + apart + 0.5 + 0.25)

    return plain


def circle(y: Array, x: Array, axis: Any) -> Array:
    positive = np.sum(y * np.exp(3 * np.maximum(1.25 - x, 0) * (0.75 - x)), axis=axis)
    return np.log1p(positive * np.sum((1 - y) * np.exp(3 * np.maximum(x + 0.25, 0) * (x - 0.25)), axis=axis))


def softmax(x: Array, axis: Any) -> Array:
    e = np.exp(x)
    return e / np.sum(e, axis=axis, keepdims=True)


def contrasted(y: Array, x: Array, axis: Any) -> Array:
    return -np.sum(y * np.log(softmax(x / 0.5, axis)), axis=axis) / np.sum(y, axis=axis)


def listed(y: Array, x: Array, axis: Any) -> Array:
    return -np.sum(softmax(y, axis) * np.log(softmax(x, axis)), axis=axis)


def over_sets(plain: Callable[[Array, Array], Any]) -> Callable[[Array, Array, Any], Array]:
    """The loss of sets along some axes from that of one set."""

    def each(y: Array, x: Array, axis: Any) -> Array:
        axes = range(x.ndim) if axis is None else (axis,) if isinstance(axis, int) else axis
        inner = {one % x.ndim for one in axes}
        outer = [one for one in range(x.ndim) if one not in inner]
        order = [*outer, *sorted(inner)]
        shape = tuple(x.shape[one] for one in outer)
        y, x = (array.transpose(order).reshape(int(np.prod(shape)), -1) for array in (y, x))
        return np.array([plain(*row) for row in zip(y, x, strict=True)]).reshape(shape)

    return each


@over_sets
def hardest(y: Array, x: Array) -> Any:
    if y.all() or not y.any():
        return 0.0
    far, near = (x[mask][choose(x[mask].real)] for mask, choose in ((y > 0, np.argmax), (y == 0, np.argmin)))
    return max(far - near + 1.0, 0.0, key=np.real)


@over_sets
def survived(y: Array, x: Array) -> Any:
    order = np.argsort(-np.abs(y))
    return np.sum((np.log(np.cumsum(np.exp(x[order]))) - x[order])[y[order] > 0])


@over_sets
def ranked(y: Array, x: Array) -> Any:
    order = np.argsort(-x.real, kind="stable")
    y, x, discount = y[order], x[order], 1 / np.log2(np.arange(len(x)) + 2)
    gain = np.expm1(y * np.log(2))
    ideal = np.sum(np.sort(gain)[::-1][:5] * discount[:5])
    loss = 0.0
    for i in range(min(5, len(x))):
        weight = 2 ** np.minimum(y[i], y) * np.expm1(np.abs(y[i] - y) * np.log(2)) * np.abs(discount[i] - discount)
        loss += np.sum((weight * np.log1p(np.exp(2 * np.where(y > y[i], 1, -1) * (x[i] - x))))[i + 1 :])
    return loss / ideal


SMOOTHED = {"smooth": 0.5, "epsilon": 0.25}
PLAIN: dict[str, tuple[dict[str, float], Callable[[Array, Array, Any], Array]]] = {
    "circle": ({"gamma": 3.0, "margin": 0.25}, circle),
    "cosine_distance": ({}, cosine),
    "cox": ({}, survived),
    "dice": (SMOOTHED, overlap(1, 1, 2)),
    "jaccard": (SMOOTHED, overlap(1, 1, 1)),
    "lambda_rank": ({"truncation": 5, "sigma": 2.0}, ranked),
    "list_net": ({}, listed),
    "nt_xent": ({"temperature": 0.5}, contrasted),
    "triplet": ({}, hardest),
    "tversky": ({**SMOOTHED, "alpha": 0.3, "beta": 0.9}, overlap(0.3, 0.9, 1)),
}


# What becomes of numbers from 0 to 1 where targets are others.
TARGETS: dict[str, Callable[[Array], Array]] = {"triplet": np.round, "cox": lambda y: y - 0.25}


def drawn(shape: tuple[int, ...], name: str = "dice") -> tuple[Array, Array]:
    rng = np.random.default_rng(0)
    y = rng.random(shape)
    return TARGETS.get(name, np.array)(y), rng.normal(size=shape)


@pytest.mark.parametrize("name", PLAIN)
@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("shape", [(3, 4, 5), (2, 60, 40), (5, 1, 2)])
def test_any_axes_are_those_of_a_set(name: str, axis: Any, shape: tuple[int, ...]) -> None:
    params, plain = PLAIN[name]
    loss = lossreg.get(name, **params, axis=axis)
    y, x = drawn(shape, name)
    axes = tuple(axis) if isinstance(axis, list) else axis
    value, grad = loss.value_and_grad(y, x, reduction="none")
    wanted = plain(y, x, axes)
    assert np.shape(value) == wanted.shape
    assert_within(1e-15, value, wanted, 1 + np.abs(1 - wanted))
    direction = np.random.default_rng(1).normal(size=shape)
    # A complex step, so small that nothing is rounded.
    slope = plain(y, x + 1e-100j * direction, axes).imag / 1e-100
    # The derivatives of a cosine are differences of numbers of the size of one over the length.
    sizes = np.max(np.abs(grad), axis=axes) + 1 / np.sqrt(np.sum(x * x, axis=axes))
    sizes *= np.sum(np.abs(direction), axis=axes)
    assert_within(1e-14, np.sum(grad * direction, axis=axes), slope, sizes)


@pytest.mark.parametrize("name", PLAIN)
@pytest.mark.parametrize("size", [1, 7, 1024, 1025, 40_000])
def test_a_set_is_the_same_alone_and_among_others(name: str, size: int) -> None:
    loss = lossreg.get(name, **PLAIN[name][0], axis=-1)
    y, x = drawn((3, size), name)
    together = loss.value_grad_hess(y, x, reduction="none", n_threads=3)
    for i in range(3):
        for whole, alone in zip(
            together, loss.value_grad_hess(y[i : i + 1], x[i : i + 1], reduction="none"), strict=True
        ):
            np.testing.assert_array_equal(whole[i : i + 1], alone)


@pytest.mark.parametrize("name", PLAIN)
@pytest.mark.parametrize("size", [5, 3000])
def test_masked_sets_are_nothing_whatever_they_hold(name: str, size: int) -> None:
    loss = lossreg.get(name, **PLAIN[name][0], axis=-1)
    y, x = drawn((4, size), name)
    mask, weight = np.array([True, False, True, True]), np.array([2.0, 1.0, 0.0, 0.5])
    spoilt = np.where((mask & (weight != 0))[:, None], x, np.nan)
    value, grad, hess = loss.value_grad_hess(y, spoilt, weight, where=mask)
    single = [loss.value_grad_hess(y[i], x[i]) for i in (0, 3)]
    assert value == pytest.approx((2 * single[0][0] + 0.5 * single[1][0]) / 3, rel=1e-14)
    assert not grad[1:3].any()
    assert not hess[1:3].any()
    np.testing.assert_allclose(grad[0], single[0][1] * 2 / 3, rtol=1e-13)


@pytest.mark.parametrize("name", PLAIN)
@pytest.mark.parametrize("size", [6, 2500])
def test_a_gradient_may_replace_the_predictions(name: str, size: int) -> None:
    loss = lossreg.get(name, **PLAIN[name][0], axis=-1)
    y, x = drawn((3, size), name)
    wanted = loss.value_and_grad(y, x)
    value, grad = loss.value_and_grad(y, x, out=x)
    assert grad is x
    assert value == wanted[0]
    np.testing.assert_array_equal(grad, wanted[1])


def test_vectors_of_any_length_have_a_direction() -> None:
    y, x = drawn((6, 9))
    loss = lossreg.get("cosine_distance")
    plain = loss.value_and_grad(y, x, reduction="none")
    for size in (2.0**-1000, 2.0**-520, 2.0**520, 2.0**1000):
        value, grad = loss.value_and_grad(y, x * size, reduction="none")
        np.testing.assert_allclose(value, plain[0], rtol=1e-13)
        np.testing.assert_allclose(grad * size, plain[1], rtol=1e-12)
        np.testing.assert_allclose(loss(y * size, x, reduction="none"), plain[0], rtol=1e-13)


def test_a_vector_of_zeros_has_none() -> None:
    loss = lossreg.get("cosine_distance")
    for y, x in (([0.0, 0.0], [1.0, 2.0]), ([1.0, 2.0], [0.0, 0.0])):
        value, grad, hess = loss.value_grad_hess(y, x)
        assert value == 1.0
        assert not grad.any()
        assert not hess.any()
    assert np.isnan(loss([0.0, 0.0], [np.nan, 1.0]))


def test_one_direction_is_no_distance() -> None:
    x = np.random.default_rng(3).normal(size=(50, 7))
    value = lossreg.get("cosine_distance")(x, 3 * x, reduction="none")
    assert np.all(value >= 0)
    assert np.all(value < 1e-15)
    assert not lossreg.get("cosine_distance")(x, x, reduction="none").any()


@pytest.mark.parametrize("size", [3, 5000])
@pytest.mark.parametrize("apart", [0.5, 1e-3, 1e-5, 1e-9, 1e-15])
def test_nearly_parallel_vectors_keep_the_digits_of_their_distance(apart: float, size: int) -> None:
    rng = np.random.default_rng(5)
    y = rng.normal(size=size)
    x = 3.7 * (y + apart * rng.normal(size=size))
    value, grad, hess = lossreg.get("cosine_distance").value_grad_hess(y, x, reduction="none")
    with mp.workdps(60):
        of_x, of_y = ([mp.mpf(float(number)) for number in numbers] for numbers in (x, y))
        long_x, long_y = (mp.sqrt(mp.fsum(number**2 for number in numbers)) for numbers in (of_x, of_y))
        v, u = [number / long_x for number in of_x], [number / long_y for number in of_y]
        cos = mp.fdot(v, u)
        slopes = [float((cos * a - b) / long_x) for a, b in zip(v, u, strict=True)]
        bends = [float((2 * a * b + cos - 3 * cos * a * a) / long_x**2) for a, b in zip(v, u, strict=True)]
        distance = float(1 - cos)
    assert value == pytest.approx(distance, rel=2e-15)
    assert np.max(np.abs(grad - slopes)) <= 2e-15 * np.max(np.abs(slopes))
    assert np.max(np.abs(hess - bends)) <= 4e-15 * np.max(np.abs(bends))


def test_circle_is_that_of_keras_on_similarities() -> None:
    rng = np.random.default_rng(4)
    vectors, labels = rng.normal(size=(30, 5)), rng.integers(0, 4, 30)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    theirs = keras.circle(labels, vectors, remove_diagonal=False)
    similarity = np.minimum(vectors @ vectors.T, 1)
    mine = lossreg.get("circle")(labels[:, np.newaxis] == labels, similarity, reduction="none")
    np.testing.assert_allclose(mine, theirs, rtol=1e-13)


@pytest.mark.parametrize("gamma", [80.0, 256.0, 1e5])
def test_exponents_of_circle_may_be_enormous(gamma: float) -> None:
    y, x = np.array([1.0, 1.0, 0.0, 0.0]), np.array([-0.9, 0.8, 0.95, 0.1])
    value, grad, _ = lossreg.get("circle", gamma=gamma, margin=0.25).value_grad_hess(y, x)
    with mp.workdps(60):
        hit, miss = ([mp.mpf(float(number)) for number in numbers] for numbers in (x[:2], x[2:]))
        p = [mp.exp(gamma * max(1.25 - s, 0) * (0.75 - s)) for s in hit]
        n = [mp.exp(gamma * max(s + 0.25, 0) * (s - 0.25)) for s in miss]
        product = mp.fsum(p) * mp.fsum(n)
        share = product / (1 + product)
        slope = float(-share * p[0] / mp.fsum(p) * 2 * gamma * (1 - hit[0]))
        assert value == pytest.approx(float(mp.log1p(product)), rel=1e-15)
        assert grad[0] == pytest.approx(slope, rel=1e-14)


def test_circle_needs_pairs_of_both_kinds() -> None:
    loss = lossreg.get("circle")
    for y in (np.zeros(3), np.ones(3)):
        value, grad, hess = loss.value_grad_hess(y, np.array([0.3, 0.9, -1.0]))
        assert value == 0.0
        assert not grad.any()
        assert not hess.any()
    assert loss([1, 0], [-np.inf, 0.3]) == np.inf
    assert loss([1, 1], [-np.inf, 0.3]) == 0.0
    assert np.isnan(loss([1, 0], [0.2, np.nan]))


def test_nothing_positive_costs_by_smooth_and_epsilon() -> None:
    nothing = np.zeros(5)
    for name in ("dice", "jaccard", "tversky"):
        loss = lossreg.get(name, from_logits=False)
        assert loss(nothing, nothing) == 1.0
        assert loss.replace(smooth=1.0, epsilon=0.0)(nothing, nothing) == 0.0
        value, grad = loss.replace(epsilon=0.0).value_and_grad(nothing, nothing)
        assert value == 0.0
        assert not grad.any()


@pytest.mark.parametrize("name", ["dice", "jaccard", "tversky"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_probabilities_that_round_to_nothing_are_wrong_all_the_same(name: str, dtype: str) -> None:
    loss = lossreg.get(name, epsilon=0.0, smooth=0.0)
    y, x = np.zeros((2, 3), dtype), np.full((2, 3), [[-700.0], [-3471.0]], dtype)
    np.testing.assert_array_equal(loss.replace(axis=-1)(y, x, reduction="none"), [1.0, 1.0])
    np.testing.assert_array_equal(loss.replace(axis=-1).grad(y, x), np.zeros((2, 3)))
    probabilities = loss.replace(axis=-1, from_logits=False)
    np.testing.assert_array_equal(probabilities(y, np.zeros((2, 3), dtype), reduction="none"), [0.0, 0.0])
    only_misses = lossreg.get("tversky", alpha=0.0, epsilon=0.0, smooth=0.0, axis=-1)
    np.testing.assert_array_equal(only_misses(y, x, reduction="none"), [0.0, 0.0])


@pytest.mark.parametrize("size", [4, 3000])
@pytest.mark.parametrize("highest", [-280.0, -745.0, -2000.3, -1e6])
def test_where_misses_are_free_only_differences_of_low_logits_matter(size: int, highest: float) -> None:
    rng = np.random.default_rng(size)
    loss = lossreg.get("tversky", alpha=0.7, beta=0.0, epsilon=0.0)
    y, x = rng.integers(0, 2, size).astype(float), highest - rng.gamma(0.7, 9.0, size)
    y[:2], x[0], x[1] = [0, 1], highest, highest - 0.1
    value, grad, hess = loss.value_grad_hess(y, x)
    with mp.workdps(50):
        p = [1 / (1 + mp.exp(-mp.mpf(number))) for number in x]
        only = [mp.mpf(0.7) * (1 - int(label)) for label in y]
        apart = mp.fdot(only, p)
        common = mp.fdot(map(int, y), p)
        whole = apart + common
        for i in range(size):
            pull = (common * only[i] - apart * int(y[i])) / whole**2
            own = p[i] * (1 - p[i])
            bend = pull * own * (1 - 2 * p[i]) - 2 * pull * own**2 * (only[i] + int(y[i])) / whole
            assert abs(grad[i] - pull * own) <= 1e-15 * abs(pull * own)
            assert abs(hess[i] - bend) <= 2e-15 * abs(pull * own)
    assert abs(value - apart / whole) <= 1e-15 * value


@pytest.mark.parametrize("x", [[2.0, -1.0], [40.0, 0.0], [-63.0, -62.0], [-300.0, -300.5]])
def test_small_targets_and_prices_make_no_logit_low(x: list[float]) -> None:
    loss = lossreg.get("tversky", alpha=2.0**-430, beta=0.0, epsilon=0.0)
    value, grad, _ = loss.value_grad_hess([2.0**-430, 0.0], x)
    with mp.workdps(200):
        first, second = (1 / (1 + mp.exp(-mp.mpf(number))) for number in x)
        apart, common = mp.fsum([first, second]), first  # in units of the price, of which 1 - 2**-430 is all but all
        pull = second / (apart + common) ** 2
        slopes = -pull * first * (1 - first), first / (apart + common) ** 2 * second * (1 - second)
    assert abs(value - apart / (apart + common)) <= 1e-15 * value
    for got, wanted in zip(grad, slopes, strict=True):
        assert abs(got - wanted) <= 1e-15 * abs(wanted)


@pytest.mark.parametrize("logit", [-1000.0, -np.inf])
def test_a_set_of_impossible_elements_is_wrong_where_misses_are_free_and_there_are_none(logit: float) -> None:
    loss = lossreg.get("tversky", alpha=0.5, beta=0.0, epsilon=0.0)
    x = np.full(3, logit)
    assert loss(np.zeros(3), x) == (1.0 if np.isfinite(logit) else 0.0)
    assert loss(np.ones(3), x) == 0.0
    assert not loss.grad(np.ones(3), x).any()


def test_what_is_missed_of_a_sure_prediction_keeps_its_digits() -> None:
    y, x = [1.0, 0.0, 1.0], [40.0, -41.0, 42.0]
    missed = sum(np.exp(-abs(np.array(x))))
    assert lossreg.get("dice", epsilon=0.0)(y, x) == pytest.approx(missed / 4, rel=1e-15)


@pytest.mark.parametrize(
    ("axis", "message"),
    [(3, "axis=3 does not exist"), ([0, 0], "given twice"), ([0, -2], "given twice")],
)
def test_axes_that_are_not_there(axis: Any, message: str) -> None:
    with pytest.raises(lossreg.ShapeError, match=message):
        lossreg.get("dice", axis=axis)(*drawn((2, 3)))


@pytest.mark.parametrize("axis", [[], "last", 1.5, True, [0, None]])
def test_what_is_no_axis(axis: Any) -> None:
    with pytest.raises(lossreg.ParameterError, match="an axis or several"):
        lossreg.get("dice", axis=axis)


def test_numbers_outside_of_the_domain_are_named() -> None:
    y, x = drawn((3, 4))
    y[2, 1] = 1.5
    with pytest.raises(lossreg.DomainError) as caught:
        lossreg.get("dice", axis=0)(y, x)
    assert caught.value.index == (2, 1)
    with pytest.raises(lossreg.DomainError, match="y_pred"):
        lossreg.get("dice", from_logits=False)(y[:2], x[:2])
