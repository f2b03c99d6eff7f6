"""Losses of lists in boosters: each query as if it came alone, whatever the lengths; weights; what is refused before training."""

from __future__ import annotations

import numpy as np
import pytest
from queries import by_hand, of_each, queries

import lossreg
from lossreg.integrations.booster import BoosterLoss
from lossreg.integrations.buffers import targets, weights
from lossreg.integrations.lists import each_sizes, sizes

LOSSES = ["lambda_rank", "lambda_rank(truncation=3)", "rank_net(sigma=2.0)", "list_net", "0.5*rank_net + list_net"]


class Ranked(BoosterLoss):
    """A trainer that takes losses of lists."""

    __slots__ = ()
    also = ("set-wise",)
    grouped = "pass groups"


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("loss", LOSSES)
def test_derivatives_are_those_of_each_list(loss, dtype):
    _, relevance, group = queries(1, 40)
    raw = np.random.default_rng(2).normal(size=len(relevance)).astype(dtype)
    weight = np.random.default_rng(3).uniform(0, 2, len(group))
    boosted = Ranked(loss)
    for given in (None, weight):
        grad, hess, value = by_hand(boosted.loss, relevance, raw.astype(np.float64), group, given)
        found = boosted.derivatives(relevance, raw, given, group)
        assert found[0].dtype == dtype
        np.testing.assert_allclose(found[0], grad, rtol=1e-5, atol=1e-5 if dtype == np.float32 else 1e-12)
        np.testing.assert_allclose(found[1], hess, rtol=1e-5, atol=1e-5 if dtype == np.float32 else 1e-12)
        assert boosted.value(relevance, raw, given, group) == pytest.approx(value, rel=1e-6)
    of_rows = np.repeat(weight, group)
    by_row = [each.copy() for each in boosted.derivatives(relevance, raw, of_rows, group)]
    by_list = boosted.derivatives(relevance, raw, weight, group)
    np.testing.assert_allclose(by_row[0], by_list[0], rtol=1e-5, atol=1e-6)
    assert boosted.value(relevance, raw, of_rows, group) == pytest.approx(boosted.value(relevance, raw, weight, group))


@pytest.mark.parametrize("name", lossreg.names(family="set-wise"))
def test_every_loss_of_sets_takes_lists(name):
    boosted = Ranked(name)
    group = np.array([3, 0, 4, 3])
    y, raw = np.tile([1.0, 0.0], 5), np.linspace(-1, 1, 10)
    assert boosted.check(y, None, group) == 1
    assert boosted.start(y, None, group) == 0
    grad, _ = boosted.derivatives(y, raw, None, group)
    for rows in of_each(group)[2:]:
        np.testing.assert_allclose(grad[rows], boosted.loss.grad(y[rows], raw[rows], reduction="sum"), rtol=1e-12)


def test_groups_are_lengths_or_names():
    np.testing.assert_array_equal(sizes(6, qid=[7, 7, 3, 9, 9, 9]), [2, 1, 3])
    np.testing.assert_array_equal(sizes(6, group=[2.0, 1.0, 3.0]), [2, 1, 3])
    np.testing.assert_array_equal(sizes(0, qid=[]), [])
    assert sizes(6) is None
    assert each_sizes([1, 2]) is None
    assert [one.tolist() for one in each_sizes([2, 3], qid=[["a", "b"], ["a", "a", "b"]])] == [[1, 1], [2, 1]]


@pytest.mark.parametrize(
    ("given", "kind", "words"),
    [
        ({"group": [2, 3]}, lossreg.ShapeError, "group sums to 5, and there are 6 rows"),
        ({"group": [-1, 7]}, lossreg.DomainError, "group holds -1 at index 0"),
        ({"group": [2.5, 3.5]}, lossreg.DtypeError, "not whole"),
        ({"group": [[6]]}, lossreg.ShapeError, r"group has shape \(1, 1\); wanted .*, as in \[6\] for one list"),
        ({"group": 6}, lossreg.ShapeError, r"group is 6; wanted how many rows each list has, as in \[6\]"),
        ({"qid": [1, np.nan, 2, 2, 3, 3]}, lossreg.DomainError, "qid holds nan at index 1"),
        ({"qid": np.array(["NaT"] * 6, "M8[D]")}, lossreg.DomainError, "qid holds NaT at index 0"),
        ({"qid": [1, "a", 2, 2, 3, 3]}, lossreg.DtypeError, "qid holds int and str side by side"),
        ({"qid": np.ma.masked_array([1] * 6, [True] * 6)}, lossreg.DtypeError, "qid is a masked array"),
        (
            {"qid": [1, 1, 2, 2, 1, 1]},
            lossreg.DomainError,
            "qid has 1 in several places, from index 0 on; sort the rows",
        ),
        ({"qid": [1, 1]}, lossreg.ShapeError, r"qid has shape \(2,\); wanted the list of each row: \(6,\)"),
        ({"group": [6], "qid": [1] * 6}, lossreg.ParameterError, "group and qid both came"),
    ],
)
def test_groups_that_are_none(given, kind, words):
    with pytest.raises(kind, match=words):
        sizes(6, **given)


def test_what_is_wrong_is_said_before_training():
    boosted, y = Ranked("lambda_rank"), np.array([1.0, 0.0, 2.0])
    with pytest.raises(
        lossreg.ParameterError, match=r"lambda_rank\(\) compares the rows of each list, .*; pass groups"
    ):
        boosted.check(y)
    with pytest.raises(
        lossreg.DomainError, match=r"y_true holds -1.0 at index 1; wanted numbers of at least 0"
    ) as caught:
        boosted.check([1.0, -1.0, 2.0], None, np.array([3]))
    assert caught.value.index == 1
    with pytest.raises(lossreg.ShapeError, match="2 lists or of 3 rows"):
        boosted.check(y, np.ones(4), np.array([1, 2]))
    for of_two in (boosted.derivatives, boosted.value):
        with pytest.raises(lossreg.ParameterError, match="no groups came"):
            of_two(y, y)
    with pytest.raises(lossreg.ShapeError, match="eval_group has 1 items and eval_set has 2"):
        each_sizes([1, 2], group=[[1]])
    with pytest.raises(lossreg.ShapeError, match="eval_group has 1 items and eval_set has 0"):
        each_sizes([], group=[[]])
    with pytest.raises(lossreg.ParameterError, match="eval_group is 3; wanted a list with an item for each data set"):
        each_sizes([3], group=3)
    with pytest.raises(lossreg.ShapeError, match=r"eval_qid\[1\] has shape"):
        each_sizes([1, 2], qid=[[1], [1]])


def test_a_list_of_no_rows_is_none_in_a_mean():
    boosted, y, raw = Ranked("lambda_rank"), np.array([1.0, 0, 2, 1, 0]), np.linspace(0.3, -0.4, 5)
    assert boosted.value(y, raw, None, np.array([2, 0, 3])) == boosted.value(y, raw, None, np.array([2, 3]))


class OfRows(Ranked):
    """A trainer whose weights are those of rows."""

    __slots__ = ()
    weighs = "rows"


class OfLists(Ranked):
    """A trainer whose weights are those of lists."""

    __slots__ = ()
    weighs = "lists"


def test_weights_of_as_many_lists_as_rows_are_what_the_trainer_says():
    """Of lists without rows there may be so many that both are as many; these lists have no part in anything."""
    y, raw, weight = np.array([1.0, 0.0, 2.0]), np.array([0.3, 0.5, -0.1]), np.array([3.0, 5.0, 7.0])
    group, without = np.array([2, 0, 1]), np.array([2, 1])
    for kind, alone in ((OfRows, weight), (OfLists, weight[[0, 2]])):
        boosted = kind("rank_net")
        assert boosted.check(y, weight, group) == 1
        for found, wanted in zip(
            (*boosted.derivatives(y, raw, weight, group), boosted.value(y, raw, weight, group)),
            (*kind("rank_net").derivatives(y, raw, alone, without), boosted.value(y, raw, alone, without)),
            strict=True,
        ):
            np.testing.assert_allclose(found, wanted)
    unsure = Ranked("rank_net")
    for call in (unsure.check, lambda *given: unsure.value(y, raw, *given[1:])):
        with pytest.raises(
            lossreg.ShapeError, match="3 lists and 3 rows; leave the lists of no rows out of the groups"
        ):
            call(y, weight, group)
    assert unsure.check(y, weight, np.ones(3, int)) == 1  # both are the same
    assert unsure.check(y, weight[:2], np.array([2, 1])) == unsure.check(y, weight, np.array([2, 1]))


@pytest.mark.parametrize(
    "y",
    [
        np.array(["a", "b", "a"]),
        np.array(["a", "b", "a"], object),
        np.array([1, 2, None], object),
        np.array([1, 2, 0], object),
        np.array([1, 2, 0], complex),
        np.array([1, 2, 0], "M8[D]"),
        np.array([1, 2, 0], "m8[D]"),
        np.array([1, 2, 0], np.longdouble),
        np.array([b"a", b"b", b"a"]),
        np.zeros(3, [("a", float)]),
        np.zeros(3, "V4"),
    ],
    ids=lambda y: str(y.dtype),
)
def test_what_are_no_numbers_is_refused_in_words(y):
    """As the engine refuses it where it is asked, which not every loss and trainer is."""
    numbers, group = np.array([1.0, 0.0, 2.0]), np.array([1, 2])
    for call, name in {
        (lambda: Ranked("lambda_rank").check(y, None, group)): "y_true",
        (lambda: Ranked("lambda_rank").check(numbers, y, group)): "sample_weight",
        (lambda: BoosterLoss("huber").check(y)): "y_true",
        (lambda: BoosterLoss("huber").check(numbers, y)): "sample_weight",
        (lambda: sizes(3, group=y)): "group",
        (lambda: targets(y)): "y",
        (lambda: weights(y, 3)): "sample_weight",
    }.items():
        with pytest.raises(lossreg.DtypeError, match=rf"^{name} has dtype .*; wanted bool, an integer or a float"):
            call()


def test_a_mean_over_lists_without_weight_is_an_error():
    objective, y, raw = Ranked("rank_net"), np.array([0.0, 1.0, 2.0]), np.zeros(3)
    for weight, groups in ((np.zeros(3), np.array([3])), (np.zeros(2), np.array([1, 2])), (None, np.array([0]))):
        with pytest.raises(lossreg.EmptyError, match="over no list"):
            objective.value(y[: groups.sum()], raw[: groups.sum()], weight, groups)
