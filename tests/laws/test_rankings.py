"""Losses of anchors, rankings and survival: what is true of each beyond the laws of sets."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from mpmath import mp
from sizes import assert_within

import lossreg

Array = np.ndarray[Any, Any]


# Contrast


def test_nt_xent_is_cross_entropy_of_divided_labels_at_a_temperature() -> None:
    rng = np.random.default_rng(0)
    y, x = (rng.random((20, 7)) < 0.4).astype(float), rng.normal(size=(20, 7))
    y[:, 2] = 1
    shares = y / y.sum(axis=1, keepdims=True)
    ours = lossreg.get("nt_xent", temperature=0.25).value_grad_hess(y, x)
    theirs = lossreg.get("categorical_cross_entropy").value_grad_hess(shares, 4 * x)
    for a, b, factor in zip(ours, theirs, (1, 4, 16), strict=True):
        np.testing.assert_allclose(a, np.multiply(b, factor), rtol=4e-15, atol=0)


def test_a_sure_anchor_keeps_its_digits() -> None:
    x = np.array([40.0, 0.0, -1.0])
    value, grad, hess = lossreg.get("nt_xent", temperature=1.0).value_grad_hess([1, 0, 0], x)
    others = np.exp(-40.0) + np.exp(-41.0)
    assert value == pytest.approx(others, rel=4e-16)
    assert grad[0] == pytest.approx(-others, rel=4e-16)
    assert hess[0] == pytest.approx(others, rel=4e-16)


def test_the_anchor_itself_may_be_among_the_candidates_as_an_infinity() -> None:
    loss = lossreg.get("nt_xent")
    value, grad = loss.value_and_grad([[0, 1, 0]], [[-np.inf, 0.3, 0.2]])
    alone = loss.value_and_grad([[1, 0]], [[0.3, 0.2]])
    assert value == alone[0]
    np.testing.assert_array_equal(grad, [[0.0, *alone[1][0]]])


def test_an_anchor_without_positives_costs_nothing() -> None:
    value, grad, hess = lossreg.get("nt_xent").value_grad_hess([[0, 0]], [[0.3, 0.2]])
    assert (value, grad.any(), hess.any()) == (0.0, False, False)


@pytest.mark.parametrize(
    ("y", "x", "value", "grad"),
    [
        ([1, 0], [0.5, 1.0], 0.5, [1, -1]),
        ([1, 0], [0.5, 1.5], 0.0, [0, 0]),  # the margin is just kept
        ([1, 0], [0.5, 9.0], 0.0, [0, 0]),
        ([1, 1, 0, 0], [0.5, 2.0, 3.0, 1.0], 2.0, [0, 1, 0, -1]),
        ([1, 1, 0, 0], [2.0, 2.0, 1.0, 1.0], 2.0, [1, 0, -1, 0]),  # the first of the hardest
        ([0.25, 0, 0], [0.5, 1.0, 2.0], 0.5, [1, -1, 0]),
        ([1, 1], [0.5, 1.0], 0.0, [0, 0]),
        ([0, 0], [0.5, 1.0], 0.0, [0, 0]),
    ],
)
def test_triplets_by_hand(y: list[int], x: list[float], value: float, grad: list[int]) -> None:
    found = lossreg.get("triplet").value_grad_hess(y, x)
    assert found[0] == value
    np.testing.assert_array_equal(found[1], grad)
    assert not found[2].any()


def test_a_margin_is_added_before_anything_is_rounded() -> None:
    assert lossreg.get("triplet", margin=2.0**-60)([1, 0], [0.5, 0.5]) == 2.0**-60
    assert lossreg.get("triplet", margin=1.0)([1, 0], [2.0**-60, 1.0]) == 2.0**-60


# Rankings


def test_list_net_is_cross_entropy_of_two_softmaxes() -> None:
    rng = np.random.default_rng(1)
    y, x = rng.normal(scale=3, size=(2, 20, 6))
    shares = np.exp(y) / np.exp(y).sum(axis=1, keepdims=True)
    ours = lossreg.get("list_net").value_grad_hess(y, x)
    theirs = lossreg.get("categorical_cross_entropy").value_grad_hess(shares, x)
    for a, b in zip(ours, theirs, strict=True):
        assert_within(1e-14, np.asarray(a), np.asarray(b), np.maximum(np.abs(b), 0.05))


def test_a_list_is_nearest_to_its_own_relevances() -> None:
    y = np.random.default_rng(2).normal(size=(5, 4))
    shares = np.exp(y) / np.exp(y).sum(axis=1, keepdims=True)
    assert_within(1e-15, lossreg.get("list_net").grad(y, y + 3.0, reduction="none"), np.zeros(y.shape), shares)


@pytest.mark.parametrize("sigma", [1.0, 0.25])
def test_pairs_are_cross_entropies_of_differences(sigma: float) -> None:
    rng = np.random.default_rng(4)
    y, x = rng.integers(3, size=9).astype(float), rng.normal(scale=3, size=9)
    i, j = np.nonzero(y[:, None] > y)
    bce = lossreg.get("binary_cross_entropy")
    value, slope, bend = bce.value_grad_hess(np.ones(len(i)), sigma * (x[i] - x[j]), reduction="none")
    got = lossreg.get("rank_net", sigma=sigma).value_grad_hess(y, x)
    assert got[0] == pytest.approx(np.sum(value), rel=1e-15)
    wanted = sigma * (np.bincount(i, slope, 9) - np.bincount(j, slope, 9))
    np.testing.assert_allclose(got[1], wanted, rtol=1e-13)
    np.testing.assert_allclose(got[2], sigma**2 * (np.bincount(i, bend, 9) + np.bincount(j, bend, 9)), rtol=1e-14)


def test_of_relevances_pairs_see_the_order_only() -> None:
    loss, x = lossreg.get("rank_net"), np.random.default_rng(5).normal(size=6)
    y = np.array([0.0, 2.0, 2.0, -1.0, 5.0, 0.0])
    for a, b in zip(loss.value_grad_hess(y, x), loss.value_grad_hess(y**3 - 7, x + 64), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)
    value, grad, hess = loss.value_grad_hess(np.full(6, 3.0), x)
    assert (value, grad.any(), hess.any()) == (0.0, False, False)


def test_equal_scores_are_ranked_as_they_come() -> None:
    loss = lossreg.get("lambda_rank")
    y, x = np.array([0.0, 2.0, 1.0]), np.zeros(3)
    first = loss(y, x)
    assert first == pytest.approx(loss(y, [2e-9, 1e-9, 0.0]), rel=1e-8)
    assert first != pytest.approx(loss(y, [0.0, 1e-9, 2e-9]), rel=1e-2)


def test_a_truncation_leaves_pairs_of_the_rest_alone() -> None:
    y, x = np.array([0.0, 3.0, 1.0, 2.0]), np.array([4.0, 3.0, 2.0, 1.0])
    whole = lossreg.get("lambda_rank")
    for depth in (4, 7):
        assert whole.replace(truncation=depth)(y, x) == whole(y, x)
    # The first against each other item: of gain 7 at rank 1 all is ideal.
    weights = np.array([7, 1, 3]) * (1 - 1 / np.log2([3, 4, 5])) / 7
    wanted = np.sum(weights * np.log1p(np.exp(x[0] - x[1:])))
    assert whole.replace(truncation=1)(y, x) == pytest.approx(wanted, rel=1e-15)


@pytest.mark.parametrize("depth", [0, -3])
def test_a_ranking_has_a_first_item(depth: int) -> None:
    with pytest.raises(lossreg.ParameterError, match="truncation is below 1"):
        lossreg.get("lambda_rank", truncation=depth)


def test_items_of_one_relevance_have_no_order() -> None:
    for y in ([0, 0, 0], [2, 2, 2]):
        value, grad, hess = lossreg.get("lambda_rank").value_grad_hess(y, [0.3, 0.1, 0.2])
        assert (value, grad.any(), hess.any()) == (0.0, False, False)


def test_relevances_may_be_enormous() -> None:
    value, grad, _ = lossreg.get("lambda_rank").value_grad_hess([5000.0, 1.0, 0.0], [0.0, 1.0, 2.0])
    wanted = 0.5 * np.log1p(np.exp(2)) + (1 / np.log2(3) - 0.5) * np.log1p(np.exp(1))
    assert value == pytest.approx(wanted, rel=1e-15)
    assert_within(4e-16, grad.sum(), 0.0, np.abs(grad).sum())


# Survival


def exchanges(y: Array, x: Array, sigma: float) -> tuple[Any, list[Any], list[Any], list[Any]]:
    """The value of LambdaRank, both derivatives, and the sums of what the first is the differences of."""
    n, sigma = len(x), mp.mpf(sigma)
    order = sorted(range(n), key=lambda i: (-x[i], i))
    discount = {i: 1 / mp.log(place + 2, 2) for place, i in enumerate(order)}
    gain = [mp.mpf(2) ** mp.mpf(number) for number in y]
    ideal = sum((g - 1) / mp.log(place + 2, 2) for place, g in enumerate(sorted(gain, reverse=True)))
    value, grad, hess, size = mp.mpf(0), [mp.mpf(0)] * n, [mp.mpf(0)] * n, [mp.mpf(0)] * n
    for i, j in ((i, j) for i in range(n) for j in range(n) if y[i] > y[j]):
        weight = (gain[i] - gain[j]) * abs(discount[i] - discount[j]) / ideal
        apart = min(sigma * (mp.mpf(x[j]) - mp.mpf(x[i])), mp.mpf(10) ** 4)
        value += weight * (mp.log1p(mp.exp(apart)) if apart < 10**4 else sigma * (mp.mpf(x[j]) - mp.mpf(x[i])))
        pull, bend = weight * sigma / (1 + mp.exp(-apart)), weight * sigma**2 / (2 + mp.exp(apart) + mp.exp(-apart))
        grad[i], grad[j] = grad[i] - pull, grad[j] + pull
        for place in (i, j):
            hess[place], size[place] = hess[place] + bend, size[place] + pull
    return value, grad, hess, size


@pytest.mark.parametrize("sigma", [1.0, 1e9])
@pytest.mark.parametrize(
    "y",
    [
        [1e-310, 2e-310, 0.0, 5e-311],  # subnormal, and so are their gains
        [5e-324, 1e-323, 0.0, 5e-324],
        [3e-151, 1e-160, 0.0, 2e-151],
        [2e-30, 1e-40, 0.0, 1e-30],
        [0.0, 1100.0, 2400.0, 1000.5],  # of which all but one pair have weights below the least number
        [0.0, 1100.0, 1300.0, 1020.0],
    ],
)
@pytest.mark.parametrize(
    "x", [[0.3, 0.1, 0.2, -0.1], [1e150, -1e200, 1e290, -1e100], [760.0, 0.0, 380.0, -1.0], [1e3, 1e4, 5e7, -1e4]]
)
def test_slight_relevances_and_weights_keep_their_digits(y: list[float], x: list[float], sigma: float) -> None:
    found = lossreg.get("lambda_rank", sigma=sigma).value_grad_hess(y, x)
    with mp.workprec(3000):
        value, grad, hess, size = exchanges(np.array(y), np.array(x), sigma)
        pairs = [
            (found[0], value, value),
            *zip(found[1], grad, size, strict=True),
            *zip(found[2], hess, hess, strict=True),
        ]
        for got, wanted, scale in pairs:
            assert abs(mp.mpf(float(got)) - wanted) <= 2e-15 * scale + mp.mpf(5e-324)


def partial_likelihood(y: Array, x: Array) -> tuple[float, list[float], list[float]]:
    """Minus its logarithm, with its derivatives; by mpmath."""
    with mp.workdps(400):
        f, times = [mp.mpf(float(number)) for number in x], np.abs(y)
        value, grad, hess = mp.zero, [mp.zero] * len(x), [mp.zero] * len(x)
        for i in np.flatnonzero(y > 0):
            risk = np.flatnonzero(times >= times[i])
            e = {j: mp.exp(f[j] - f[i]) for j in risk}
            total = mp.fsum(e.values())
            value += mp.log(total)
            grad[i] -= 1
            for j in risk:
                grad[j] += e[j] / total
                hess[j] += e[j] / total * (1 - e[j] / total)
        return float(value), list(map(float, grad)), list(map(float, hess))


def subjects(kind: str, n: int = 60) -> tuple[Array, Array]:
    rng = np.random.default_rng(3)
    y, x = rng.exponential(size=n) * np.where(rng.random(n) < 0.3, -1, 1), rng.normal(size=n)
    if kind == "tied":
        y = np.round(4 * y) / 4
    elif kind == "sure":
        x = -40 * np.argsort(np.argsort(np.abs(y)))
    elif kind == "wrong":
        x = 40 * np.argsort(np.argsort(np.abs(y)))
    elif kind == "far":
        x = rng.uniform(-2000, 2000, n)
    elif kind == "falling":
        x = -300.0 * np.argsort(np.argsort(-np.abs(y))) - 5000
    elif kind == "one":
        x[np.argmax(np.abs(y))] = 50.0
    return y, x.astype(float)


@pytest.mark.parametrize("kind", ["plain", "tied", "sure", "wrong", "far", "falling", "one"])
def test_subjects_at_risk_keep_their_digits(kind: str) -> None:
    y, x = subjects(kind)
    value, grad, hess = lossreg.get("cox").value_grad_hess(y, x)
    wanted = partial_likelihood(y, x)
    assert value == pytest.approx(wanted[0], rel=1e-15)
    # Only the events before and the own one are subtracted from each other.
    assert_within(4e-15, grad, np.array(wanted[1]), np.abs(wanted[1]) + (y > 0) * np.abs(wanted[1] + np.ones(len(y))))
    least = np.finfo(float).tiny  # below which what is rounded does not become smaller
    assert_within(4e-15, hess, np.array(wanted[2]), np.maximum(np.abs(wanted[2]), least))


def test_times_alone_do_not_matter_but_their_order() -> None:
    y, x = subjects("plain")
    loss = lossreg.get("cox")
    ranks = (1 + np.argsort(np.argsort(np.abs(y)))) * np.sign(y)
    for a, b in zip(loss.value_grad_hess(y, x), loss.value_grad_hess(ranks, x), strict=True):
        np.testing.assert_array_equal(a, b)
    assert loss(ranks, x + 1e3) == pytest.approx(loss(y, x), rel=1e-12)


def test_a_set_is_a_stratum() -> None:
    y, x = subjects("tied")
    loss = lossreg.get("cox", axis=-1)
    rows = loss(y.reshape(4, -1), x.reshape(4, -1), reduction="sum")
    assert rows == pytest.approx(sum(loss(*pair) for pair in zip(y.reshape(4, -1), x.reshape(4, -1), strict=True)))


def test_without_events_nothing_is_learnt() -> None:
    for y in ([-1.0, -2.0], [0.0, -1.0], [3.0], [-1.0, 2.0, -1.5]):
        value, grad, hess = lossreg.get("cox").value_grad_hess(y, np.arange(len(y)))
        assert (value, grad.any(), hess.any()) == (0.0, False, False)


def test_infinite_hazards() -> None:
    loss = lossreg.get("cox")
    assert loss([1.0, 2.0], [np.inf, 0.0]) == 0.0
    assert loss([1.0, 2.0], [0.0, np.inf]) == np.inf
    assert loss([1.0, 2.0], [-np.inf, 0.0]) == np.inf
    assert loss([1.0, 2.0], [0.0, -np.inf]) == 0.0
    assert np.isnan(loss([1.0, np.nan], [0.0, 1.0]))
