"""Games in which scores are seen relative to the mean of the other side, against the plain formula and exact numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from mpmath import mp
from sizes import assert_within

import lossreg

Array = np.ndarray[Any, Any]

LOSSES = {"relativistic_discriminator": 1, "relativistic_generator": -1}
REDUCTIONS = ("mean", "weighted_mean", "sum")


def drawn(n: int, m: int, seed: int = 0) -> tuple[Array, Array]:
    rng = np.random.default_rng(seed)
    return rng.normal(1.0, 2.0, n), rng.normal(-0.5, 2.0, m)


def exact(sign: int, sides: list[Array], weights: list[Array], counts: list[int], reduction: str) -> Any:
    """The value of the plain formula, with its derivatives with respect to each score: of each side's own terms and the other's."""
    with mp.workdps(60):
        x = [[mp.mpf(float(score)) for score in side] for side in sides]
        w = [[mp.mpf(float(weight)) for weight in side] for side in weights]
        total = [mp.fsum(side) for side in w]
        mean = [mp.fdot(*pair) / t for pair, t in zip(zip(w, x, strict=True), total, strict=True)]
        divisors = {"mean": counts, "weighted_mean": total, "sum": [1, 1]}[reduction]
        value, moved, own = mp.zero, [], []
        for s, up in ((0, -sign), (1, sign)):
            u = [up * (score - mean[1 - s]) for score in x[s]]
            p = [1 / (1 + mp.exp(-number)) for number in u]
            terms = [[mp.log1p(mp.exp(number)) for number in u], [up * q for q in p], [q * (1 - q) for q in p]]
            sums = [mp.fdot(w[s], term) / divisors[s] for term in terms]
            value += sums[0]
            moved.append(sums[1:])
            own.append(terms[1:])
        grads, hesses = [], []
        for s in (0, 1):
            slope, bend = moved[1 - s]
            shares = [weight / total[s] for weight in w[s]]
            first, second = ([weight * d / divisors[s] for weight, d in zip(w[s], of, strict=True)] for of in own[s])
            grads.append([float(d - share * slope) for d, share in zip(first, shares, strict=True)])
            hesses.append([float(d + share**2 * bend) for d, share in zip(second, shares, strict=True)])
        return float(value), grads, hesses


@pytest.mark.parametrize(("name", "sign"), LOSSES.items())
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize(("n", "m"), [(1, 1), (5, 5), (7, 3), (2, 1500)])
def test_the_value_and_both_derivatives_are_those_of_the_formula(
    name: str, sign: int, reduction: str, n: int, m: int
) -> None:
    real, fake = drawn(n, m)
    value, grads, hesses = lossreg.get(name).value_grad_hess(real, fake, reduction=reduction)
    wanted = exact(sign, [real, fake], [np.ones(n), np.ones(m)], [n, m], reduction)
    assert value == pytest.approx(wanted[0], rel=4e-16)
    for got, true in zip((*grads, *hesses), (*wanted[1], *wanted[2]), strict=True):
        assert_within(2e-15, got, np.array(true), np.abs(true))


@pytest.mark.parametrize(("name", "sign"), LOSSES.items())
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_a_weight_counts_a_score_so_many_times_and_a_mask_not_at_all(name: str, sign: int, reduction: str) -> None:
    real, fake = drawn(6, 6)
    weight, mask = np.array([2.0, 0.5, 1.0, 0.0, 3.0, 1.0]), np.array([True, True, False, True, True, True])
    wrong = ~mask | (weight == 0)
    real[wrong], fake[wrong] = np.nan, np.inf
    options: dict[str, Any] = {"sample_weight": weight, "where": mask, "reduction": reduction}
    value, grads, hesses = lossreg.get(name).value_grad_hess(real, fake, **options)
    counted = [side[~wrong] for side in (real, fake)]
    wanted = exact(sign, counted, [weight[~wrong]] * 2, [5, 5], reduction)
    assert value == pytest.approx(wanted[0], rel=4e-16)
    for got, true in zip((*grads, *hesses), (*wanted[1], *wanted[2]), strict=True):
        assert not got[wrong].any()
        assert_within(2e-15, got[~wrong], np.array(true), np.abs(true))
    repeated = lossreg.get(name)(np.repeat(real[[0, 5]], [2, 1]), np.repeat(fake[[0, 5]], [2, 1]))
    assert repeated == lossreg.get(name)(real[[0, 5]], fake[[0, 5]], [2.0, 1.0], reduction="weighted_mean")


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_unreduced_losses_are_each_relative_to_all(name: str, dtype: Any) -> None:
    real, fake = (side.astype(dtype) for side in drawn(4, 4))
    loss = lossreg.get(name)
    each = loss(real, fake, reduction="none")
    assert each.dtype == dtype
    assert np.sum(each, dtype=float) == pytest.approx(
        loss(real, fake, reduction="sum"), rel=8 * float(np.finfo(dtype).eps)
    )
    u = (real - fake.astype(float).mean(), real.astype(float).mean() - fake)
    plain = sum(np.log1p(np.exp(-LOSSES[name] * side)) for side in u)
    np.testing.assert_allclose(each, plain, rtol=8 * float(np.finfo(dtype).eps))
    for got, wanted in zip(
        loss.grad(real, fake, reduction="none"), loss.grad(real, fake, reduction="sum"), strict=True
    ):
        assert got.dtype == dtype
        np.testing.assert_array_equal(got, wanted)


def test_the_players_of_the_game_are_one_loss_with_the_sides_exchanged() -> None:
    real, fake = drawn(5, 8)
    d, g = map(lossreg.get, LOSSES)
    assert d(real, fake) == g(fake, real)
    for ours, theirs in zip(d.grad(real, fake), reversed(g.grad(fake, real)), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_scores_may_come_in_any_order(name: str, dtype: Any) -> None:
    rng = np.random.default_rng(3)
    sides = [side.astype(dtype) * rng.lognormal(0, 9, side.size).astype(dtype) for side in drawn(3000, 2500)]
    orders = [rng.permutation(side.size) for side in sides]
    value, grads, hesses = lossreg.get(name).value_grad_hess(*sides)
    moved = lossreg.get(name).value_grad_hess(*(side[order] for side, order in zip(sides, orders, strict=True)))
    assert moved[0] == value
    for own, others in ((grads, moved[1]), (hesses, moved[2])):
        for numbers, other, order in zip(own, others, orders, strict=True):
            np.testing.assert_array_equal(other, numbers[order])


@pytest.mark.parametrize("name", LOSSES)
def test_scores_have_no_level_of_their_own(name: str) -> None:
    real, fake = (np.round(side * 256) / 256 for side in drawn(8, 8))
    loss = lossreg.get(name)
    plain, raised = loss.value_and_grad(real, fake), loss.value_and_grad(real + 2.0**30, fake + 2.0**30)
    assert raised[0] == plain[0]
    for ours, theirs in zip(raised[1], plain[1], strict=True):
        np.testing.assert_array_equal(ours, theirs)
    slopes = loss.grad(real, fake)
    assert abs(np.sum(slopes[0]) + np.sum(slopes[1])) <= 1e-15 * np.sum(np.abs(slopes))


@pytest.mark.parametrize("name", LOSSES)
def test_gradients_may_replace_the_scores(name: str) -> None:
    real, fake = drawn(9, 4)
    loss = lossreg.get(name)
    wanted = loss.value_grad_hess(real, fake)
    out = (real, fake)
    value, grads = loss.value_and_grad(real, fake, out=out)
    assert value == wanted[0]
    for got, given, true in zip(grads, out, wanted[1], strict=True):
        assert got is given
        np.testing.assert_array_equal(got, true)


@pytest.mark.parametrize("name", LOSSES)
def test_kinds_and_floors_of_the_second_derivative(name: str) -> None:
    real, fake = drawn(4, 4)
    loss = lossreg.get(name)
    plain = loss.hess(real, fake, reduction="none")
    for got, own in zip(loss.hess(real, fake, reduction="none", min_hessian=0.25), plain, strict=True):
        np.testing.assert_array_equal(got, np.maximum(own, 0.25))
    for got in loss.hess(real, fake, hessian="unit"):
        np.testing.assert_array_equal(got, np.full(4, 0.25))
    with pytest.raises(lossreg.DerivativeError, match="no full Hessian"):
        loss.full_hessian(real, fake)


@pytest.mark.parametrize("name", LOSSES)
def test_no_mean_over_nothing(name: str) -> None:
    loss, some, nothing = lossreg.get(name), np.ones(3), np.empty(0)
    assert loss(nothing, nothing, reduction="sum") == 0.0
    for reduction in (*REDUCTIONS, "sum"):
        for sides in ((some, nothing), (nothing, some)):
            with pytest.raises(lossreg.EmptyError, match="mean over no valid elements"):
                loss(*sides, reduction=reduction)
    with pytest.raises(lossreg.EmptyError, match="no valid elements"):
        loss(some, some, where=np.zeros(3, bool))
    with pytest.raises(lossreg.EmptyError, match="weights that sum to zero"):
        loss(some, some, np.array([1.0, -1.0, 0.0]), reduction="sum")
    assert loss(some, some, where=np.zeros(3, bool), reduction="sum") == 0.0


@pytest.mark.parametrize("name", LOSSES)
def test_infinite_scores_have_limits_and_nan_stays(name: str) -> None:
    loss, sign = lossreg.get(name), LOSSES[name]
    assert loss([-sign * np.inf, 0.0], [0.0, 1.0]) == np.inf
    assert loss([sign * np.inf, sign * np.inf], [0.0, 1.0]) == 0.0
    assert np.isnan(loss([np.nan, 1.0], [0.0, 1.0]))
    assert all(np.isnan(side).all() for side in loss.grad([np.nan, 1.0], [0.0, 1.0]))


@pytest.mark.parametrize("name", LOSSES)
def test_what_needs_single_losses_says_that_there_are_none(name: str) -> None:
    loss = lossreg.get(name)
    assert loss.info.coupled
    with pytest.raises(lossreg.ParameterError, match="it has no state; evaluate all scores in one call"):
        loss.state()
    with pytest.raises(lossreg.ParameterError, match="has no unreduced loss to be added up"):
        2 * loss
    assert [other for other in lossreg.names() if lossreg.describe(other).coupled] == sorted(LOSSES)
