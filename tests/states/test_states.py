"""What a state says of itself and refuses, and how threads and forks share it."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from interpreter import run

import lossreg

HUBER = lossreg.get("huber")
DISCRIMINATOR = lossreg.get("minimax_discriminator")


def test_a_state_says_what_it_has_seen() -> None:
    state = HUBER.state("weighted_mean")
    assert repr(state) == "State(huber(), 'weighted_mean', count=0)"
    assert (state.count, state.weight) == (0, 0.0)
    state.update([1.0, 2.0, 3.0], [1.0, 2.0, 5.0], [0.5, 2.0, 0.0], where=[True, True, True])
    assert (state.count, state.weight) == (3, 2.5)
    state.update(5.0, 7.0)
    assert (state.count, state.weight, state.loss, state.reduction) == (4, 3.5, HUBER, "weighted_mean")
    pair = DISCRIMINATOR.state().update([1.0, 2.0], [3.0])
    assert (pair.count, pair.weight) == ((2, 1), (2.0, 1.0))
    assert pair.result() == DISCRIMINATOR([1.0, 2.0], [3.0])
    named = DISCRIMINATOR.state().update(fake_scores=[3.0], real_scores=[1.0, 2.0])
    assert named == pair


def test_ignored_rows_do_not_count() -> None:
    loss = lossreg.get("sparse_categorical_cross_entropy", ignore_index=-1)
    state = loss.state().update([0, -1, 1], np.eye(3)).update([-1], np.ones((1, 3)))
    assert state.count == state.weight == 2
    assert state.result() == loss([0, -1, 1, -1], np.vstack((np.eye(3), np.ones((1, 3)))))


def test_nothing_is_empty() -> None:
    assert HUBER.state("sum").result() == 0.0
    assert HUBER.state("sum").update([], []).result() == 0.0
    for reduction in ("mean", "weighted_mean"):
        for state in (
            HUBER.state(reduction),
            HUBER.state(reduction).update([], []),
            HUBER.state(reduction).update([1.0], [2.0], where=[False]),
        ):
            with pytest.raises(lossreg.EmptyError, match="the mean over no valid elements is undefined"):
                state.result()
    with pytest.raises(lossreg.EmptyError, match="weights that sum to zero"):
        HUBER.state("weighted_mean").update([1.0, 2.0], [3.0, 4.0], [1.0, -1.0]).result()
    with pytest.raises(lossreg.EmptyError):
        DISCRIMINATOR.state().update([1.0], []).result()


def test_means_that_no_float_holds_half_way() -> None:
    state = lossreg.get("absolute_error").state()
    for _ in range(8):
        state.update([0.0], [1.6e308])
    assert state.result() == 1.6e308
    assert lossreg.get("absolute_error").state("sum").update([0.0, 0.0], [1.6e308, 1.6e308]).result() == math.inf


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: HUBER.state("none"), lossreg.ParameterError, "reduction is 'none', which keeps every loss"),
        (lambda: HUBER.state("median"), lossreg.ParameterError, "reduction is 'median'; wanted one of"),
        (
            lambda: HUBER.state() + HUBER.state("sum"),
            lossreg.ParameterError,
            "the sum of huber.*and this is one of the mean",
        ),
        (lambda: HUBER.state().merge(HUBER.replace(delta=2.0).state()), lossreg.ParameterError, r"delta=2\.0"),
        (lambda: HUBER.state().merge(DISCRIMINATOR.state()), lossreg.ParameterError, "minimax_discriminator"),
        (lambda: HUBER.state().merge(3), TypeError, "other is 3; wanted a lossreg.State"),
        (lambda: HUBER.state() + 3, TypeError, r"unsupported operand"),
        (lambda: 3 + HUBER.state(), TypeError, r"unsupported operand"),
        (lambda: hash(HUBER.state()), TypeError, "unhashable"),
        (lambda: lossreg.State("huber"), TypeError, "Loss"),
        (lambda: HUBER.state().update([1.0], [2.0], reduction="sum"), TypeError, "reduction"),
        (lambda: HUBER.state().update([1.0], [2.0], weight=[1.0]), TypeError, "write sample_weight="),
        (lambda: HUBER.state().update([1.0]), TypeError, "missing argument y_pred"),
        (lambda: HUBER.state().update([1.0], [2.0], n_threads=0), lossreg.ParameterError, "n_threads"),
        (lambda: setattr(HUBER.state(), "count", 3), AttributeError, "count"),
    ],
)
def test_what_cannot_be_is_refused(make: Callable[[], Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        make()


@pytest.mark.parametrize(
    ("loss", "arguments", "error"),
    [
        (HUBER, ([1.0, 2.0], [1.0]), lossreg.ShapeError),
        (HUBER, (["a"], [1.0]), lossreg.DtypeError),
        (HUBER, ([1.0], [1.0], [1.0, 2.0]), lossreg.ShapeError),
        (lossreg.get("hinge"), ([1.0, 0.0, 0.5], [1.0, 1.0, 1.0]), lossreg.DomainError),
        (lossreg.get("hinge"), ([1.0, 0.0, -1.0], [1.0, 1.0, 1.0]), lossreg.DomainError),
        (lossreg.get("scce"), ([0, 9], np.eye(2)), lossreg.DomainError),
        (lossreg.get("poisson", log_input=False), ([1.0] * 3000, [1.0] * 2999 + [-1.0]), lossreg.DomainError),
        (DISCRIMINATOR, ([1.0], ["b"]), lossreg.DtypeError),
    ],
)
def test_an_update_that_fails_changes_nothing(loss: lossreg.Loss, arguments: Any, error: type[Exception]) -> None:
    state = loss.state()
    before = state.to_bytes()
    with pytest.raises(error):
        state.update(*arguments)
    assert state.to_bytes() == before


def test_equality_is_that_of_sums() -> None:
    one = HUBER.state().update([0.0, 0.0], [0.1, 0.2])
    other = HUBER.state().update([0.0, 0.0], [0.2, 0.1])
    assert one == other
    assert one != HUBER.state().update([0.0], [0.1])
    assert one != HUBER.state("sum").update([0.0, 0.0], [0.1, 0.2])
    assert one != lossreg.get("mse").state()
    assert one != 3
    assert HUBER.state() == lossreg.get("huber").state()


def test_threads_that_update_at_once_lose_nothing() -> None:
    draw = np.random.default_rng(5)
    y, x = draw.normal(size=(2, 4000))
    wanted = HUBER.state().update(y, x)
    state = HUBER.state()
    pieces = [(y[i : i + 10], x[i : i + 10]) for i in range(0, 4000, 10)]

    def work(piece: tuple[Any, Any]) -> None:
        part = HUBER.state().update(*piece)
        if len(part.to_bytes()) % 2:
            state.merge(part)
        else:
            state.update(*piece)
        assert 0 <= (state + state.merge(HUBER.state())).result() < 100

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(16) as pool:
            list(pool.map(work, pieces))
    finally:
        sys.setswitchinterval(interval)
    assert state == wanted


@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="forks")
def test_a_fork_goes_on_with_a_state_while_threads_update_it() -> None:
    run(
        """
        import os, threading, lossreg, numpy as np
        y, x = np.random.default_rng(0).normal(size=(2, 200_000))
        state = lossreg.get("huber").state().update(y, x)
        stop = threading.Event()

        def work():
            while not stop.is_set():
                state.update(y[:50], x[:50])
                state.update(y, x)

        threads = [threading.Thread(target=work) for _ in range(4)]
        [thread.start() for thread in threads]
        for _ in range(8):
            pid = os.fork()
            if pid == 0:
                before = state.count
                state.update(y, x, n_threads=2)
                os._exit(0 if state.count == before + y.size and np.isfinite(state.result()) else 1)
            assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
        stop.set()
        [thread.join() for thread in threads]
        """
    )
