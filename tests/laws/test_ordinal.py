"""Classes that have an order, between thresholds of one score: `ordinal_logistic`."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

import lossreg
from lossreg import ops
from lossreg.links import Link
from lossreg.testing import check_loss

THRESHOLDS = [[0.0], [-1.0, 1.0], [-2.5, -0.5, 0.25, 1.5, 40.0]]
SCORES = np.concatenate([np.linspace(-6, 6, 49), [-750.0, -90.0, -40.0, 40.0, 90.0, 750.0]])


def ordinal(thresholds: Any, **params: Any) -> lossreg.Loss:
    return lossreg.get("ordinal_logistic", thresholds=thresholds, **params)


def each_class(thresholds: list[float], scores: Any = SCORES) -> tuple[Any, Any]:
    """Every class at every score."""
    y, x = np.meshgrid(np.arange(len(thresholds) + 1), scores, indexing="ij")
    return y.ravel(), x.ravel()


@pytest.mark.parametrize("thresholds", THRESHOLDS, ids=len)
def test_it_is_the_logarithm_of_what_is_predicted(thresholds: list[float]) -> None:
    loss = ordinal(thresholds)
    y, x = each_class(thresholds)
    share = loss.predict(x)
    assert share.shape == (len(x), len(thresholds) + 1)
    np.testing.assert_allclose(share.sum(axis=-1), 1.0, rtol=4e-16)
    np.testing.assert_allclose(np.exp(-loss(y, x, reduction="none")), share[np.arange(len(x)), y], rtol=2e-13)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_two_classes_are_cross_entropy(dtype: type) -> None:
    y, x = each_class([0.0], SCORES.astype(dtype))
    got = ordinal([0.0]).value_grad_hess(y, x, reduction="none")
    wanted = lossreg.get("bce").value_grad_hess(y, x, reduction="none")
    for mine, theirs in zip(got, wanted, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=4 * np.finfo(dtype).eps, atol=0)


@pytest.mark.parametrize("thresholds", THRESHOLDS, ids=len)
def test_the_other_way_round_is_the_mirror_image(thresholds: list[float]) -> None:
    y, x = each_class(thresholds)
    value, grad, hess = ordinal(thresholds).value_grad_hess(y, x, reduction="none")
    mirrored = ordinal([-t for t in reversed(thresholds)])
    other, other_grad, other_hess = mirrored.value_grad_hess(len(thresholds) - y, -x, reduction="none")
    np.testing.assert_array_equal(value, other)
    np.testing.assert_array_equal(grad, -other_grad)
    np.testing.assert_array_equal(hess, other_hess)


def test_only_differences_to_thresholds_count() -> None:
    y, x = each_class([-1.0, 1.0])
    moved = ordinal([63.0, 65.0]).value_grad_hess(y, x + 64, reduction="none")
    for mine, other in zip(ordinal([-1.0, 1.0]).value_grad_hess(y, x, reduction="none"), moved, strict=True):
        np.testing.assert_array_equal(mine, other)


@pytest.mark.parametrize("thresholds", THRESHOLDS, ids=len)
def test_it_bends_up_by_no_more_than_is_said(thresholds: list[float]) -> None:
    loss = ordinal(thresholds)
    y, x = each_class(thresholds, np.linspace(-50, 50, 4001))
    bend = loss.hess(y, x, reduction="none")
    bound = loss.hess([0], [0.0], hessian="majorizer").item()
    assert (bend >= 0).all()
    assert bend.max() <= bound == (0.25 if len(thresholds) == 1 else 0.5)
    assert loss.info.hessians == {"exact": True, "majorizer": True, "unit": True}
    near = ordinal([0.0, 1e-9])
    assert near.hess([1], [0.0]).item() == pytest.approx(0.5, rel=1e-9)


def test_infinite_scores_have_limits() -> None:
    y, x = each_class([-1.0, 1.0], [-np.inf, np.inf])
    value, grad, hess = ordinal([-1.0, 1.0]).value_grad_hess(y, x, reduction="none")
    assert value.tolist() == [0.0, np.inf, np.inf, np.inf, np.inf, 0.0]
    assert grad.tolist() == [0.0, 1.0, -1.0, 1.0, -1.0, 0.0]
    assert not hess.any()
    assert np.isnan(ordinal([0.0]).value_grad_hess([0], [np.nan])[0])


# Start values


@pytest.mark.parametrize("thresholds", THRESHOLDS, ids=len)
def test_the_start_is_the_best_constant(thresholds: list[float]) -> None:
    rng, loss = np.random.default_rng(3), ordinal(thresholds)
    y = rng.integers(len(thresholds) + 1, size=200)
    weight = rng.uniform(0.1, 3, 200)
    start = loss.init_score(y, weight)
    here = np.full(200, start)
    assert abs(loss.grad(y, here, weight, reduction="sum").sum()) < 1e-11
    assert loss.init_score(np.tile(y, 50), np.tile(weight, 50)) == pytest.approx(start, rel=1e-12)


def test_cumulative_shares_make_thresholds_of_a_score_of_0() -> None:
    y = np.repeat([0, 1, 2, 3], [30, 10, 40, 20])
    shares = np.bincount(y) / 100
    loss = ordinal(ops.logit(np.cumsum(shares)[:-1]))
    assert abs(loss.init_score(y)) < 1e-14
    np.testing.assert_allclose(loss.predict(0.0), shares, rtol=1e-14)


def test_a_start_without_a_minimum_is_infinite() -> None:
    loss = ordinal([-1.0, 3.0], ignore_index=-1)
    assert loss.init_score([0, 0]) == -np.inf
    assert loss.init_score([2, 2, -1]) == np.inf
    assert loss.init_score([1, -1, -1]) == pytest.approx(1.0)
    assert loss.init_score([0, 2], where=[False, True]) == np.inf
    assert loss.init_score([0, 2], [1.0, 0.0]) == -np.inf
    with pytest.raises(lossreg.EmptyError):
        loss.init_score([-1, -1])
    with pytest.raises(lossreg.DomainError, match=r"y_true holds 3 at index 1; wanted a class index from 0 to 2"):
        loss.init_score([0, 3])


# Targets


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int64, np.uint64, np.float32, np.float64, bool])
def test_class_indices_come_as_they_are(dtype: type) -> None:
    y = np.array([0, 1, 1, 0], dtype)
    x = np.array([0.5, -1.0, 2.0, 0.25])
    assert ordinal([-1.0, 1.0])(y, x) == ordinal([-1.0, 1.0])([0, 1, 1, 0], x)


@pytest.mark.parametrize("wrong", [3, -1, 1.5, np.nan, 2**40])
def test_what_is_no_class_is_refused(wrong: float) -> None:
    y = np.full((4, 50), 2, dtype=type(wrong))
    y[1, 7] = wrong
    x = np.zeros((50, 4)).T
    with pytest.raises(lossreg.DomainError, match=r"wanted a class index from 0 to 2$") as caught:
        ordinal([-1.0, 1.0])(y, x)
    assert caught.value.argument == "y_true"
    assert caught.value.index == (1, 7)
    assert caught.value.value == wrong or np.isnan(wrong)
    mask = np.ones((4, 50), bool)
    mask[1, 7] = False
    assert np.isfinite(ordinal([-1.0, 1.0])(y, x, where=mask))


def test_an_ignored_class_counts_for_nothing() -> None:
    loss = ordinal([-1.0, 1.0], ignore_index=-1)
    y, x = np.array([0, -1, 2, -1]), np.array([0.5, np.nan, 1.0, 7.0])
    assert loss(y, x) == ordinal([-1.0, 1.0])([0, 2], [0.5, 1.0])
    assert loss.grad(y, x)[1] == 0
    assert loss.state().update(y, x).count == 2
    with pytest.raises(lossreg.DomainError, match="or -1 to ignore the row"):
        loss([7], [0.0])
    with pytest.raises(lossreg.EmptyError):
        loss([-1], [0.0])


# Parameters


@pytest.mark.parametrize(
    "wrong", [[], 1.0, [1.0, 1.0], [2.0, 1.0], [np.nan], [0.0, np.inf], "01", None, ["a"], [[1.0]]]
)
def test_thresholds_increase(wrong: Any) -> None:
    message = "ordinal_logistic: thresholds is .*; wanted a list of finite numbers, each above the one before"
    with pytest.raises(lossreg.ParameterError, match=message):
        ordinal(wrong)


def test_it_is_made_again() -> None:
    loss = lossreg.get("ordinal_logistic(thresholds=[-1.5, 0.0, 2.0], ignore_index=-1)")
    assert repr(loss) == "ordinal_logistic(thresholds=[-1.5, 0.0, 2.0], ignore_index=-1)"
    for again in (eval(repr(loss), {"ordinal_logistic": lossreg.losses.ordinal_logistic}), lossreg.get(loss.config())):
        assert again == loss
    assert pickle.loads(pickle.dumps(loss)) == loss
    assert hash(pickle.loads(pickle.dumps(loss))) == hash(loss)
    assert loss.replace(thresholds=np.array([0.0])).params["thresholds"] == (0.0,)
    assert ordinal((-1, 1)) == lossreg.get("proportional_odds") != loss
    check_loss(loss, exact=True)


# The link


def test_the_link_knows_its_thresholds() -> None:
    link = ordinal([-1.0, 0.5, 1.0]).link
    assert link == Link("cumulative_logit", thresholds=[-1.0, 0.5, 1.0]) == pickle.loads(pickle.dumps(link))
    assert eval(repr(link)) == link != Link("cumulative_logit", thresholds=[-1.0])
    scores = np.array([[-700.0, -30.0, -1.0], [0.3, 20.0, 700.0]])
    share = link.inverse(scores)
    assert share.shape == (2, 3, 4)
    np.testing.assert_allclose(link.link(share), scores, rtol=4e-15)
    assert link.inverse(scores.astype(np.float32)).dtype == np.float32
    assert link.inverse(np.inf).tolist() == [0, 0, 0, 1]
    assert link.link([1.0, 0, 0, 0]) == -np.inf
    assert np.isnan(link.link([0.5, -0.5, 0.5, 0.5]))
    assert np.isnan(link.inverse([np.nan])).all()
    into = np.empty((2, 3, 4))
    assert ordinal([-1.0, 0.5, 1.0]).predict(scores, into) is into
    np.testing.assert_array_equal(into, share)
    with pytest.raises(lossreg.ShapeError, match=r"wanted rows of 4 classes, for 3 thresholds"):
        link.link([0.5, 0.5])
    with pytest.raises(lossreg.ParameterError, match="the link logit has no thresholds"):
        Link("logit", thresholds=[0.0])
    with pytest.raises(lossreg.ParameterError, match="lies between thresholds; pass them"):
        Link("cumulative_logit")


# Beside other losses


def test_sums_take_the_same_targets() -> None:
    both = lossreg.get("ordinal_logistic(thresholds=[0.0, 1.0], ignore_index=-1) + 0.5*squared_error")
    y, x = np.array([0, 2, -1, 1]), np.array([0.5, 1.0, 9.0, -2.0])
    parts = [lossreg.get("ordinal_logistic(thresholds=[0.0, 1.0])"), lossreg.get("squared_error")]
    seen = y >= 0
    wanted = parts[0](y[seen], x[seen]) + 0.5 * parts[1](y[seen], x[seen])
    assert both(y, x) == pytest.approx(wanted, rel=1e-15)
    with pytest.raises(lossreg.ParameterError, match="is pointwise and takes"):
        lossreg.get("ordinal_logistic + scce")
