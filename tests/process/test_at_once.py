"""Many threads of Python that use the same losses, registry and states at once: under the interpreter's lock and without it."""

from __future__ import annotations

import ast
import copy
import gc
import itertools
import pickle
import sys
import sysconfig
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, TypeVar

import numpy as np
import pytest
from interpreter import run

import lossreg
from lossreg.testing import arguments

THREADS = 8
T = TypeVar("T")


@pytest.fixture(autouse=True)
def hurry() -> Iterator[None]:
    """Under the lock, threads take turns as often as they can."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


def at_once(work: Callable[[int], T]) -> list[T]:
    """What the work of each thread comes to, all begun at one moment."""
    barrier = Barrier(THREADS)

    def begin(number: int) -> T:
        barrier.wait()
        return work(number)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(begin, range(THREADS)))


class Cubic(lossreg.PythonLoss):
    """A loss written in Python."""

    name = "cubic_of_many_threads"
    scale: float = 1.0

    def per_element(self, y_true: Any, y_pred: Any) -> Any:
        return np.abs(y_pred - y_true) ** 3 / self.scale


def losses() -> Iterator[lossreg.Loss]:
    """One of every kind, and all that have a name."""
    yield from map(lossreg.get, lossreg.names())
    yield 0.5 * lossreg.get("dice") + lossreg.get("bce")
    yield lossreg.define("where(abs(r) <= d, 0.5*r**2, d*(abs(r) - 0.5*d)) - 0.1*r", name="leaning", params={"d": 1.0})
    yield Cubic(scale=2.0)


def bits(result: Any) -> Any:
    """A result, to be compared to the bit."""
    return tuple(map(bits, result)) if isinstance(result, tuple) else np.asarray(result).tobytes()


def answers(loss: lossreg.Loss, arrays: tuple[Any, ...]) -> tuple[Any, ...]:
    """What a loss computes and says of itself."""
    said = repr(loss), hash(loss), loss.info, loss.link, str(loss.config()), loss.__doc__
    results = loss.value_grad_hess(*arrays), loss.grad(*arrays, reduction="sum"), loss.value(*arrays, reduction="none")
    other = pickle.loads(pickle.dumps(loss))
    return *said, bits(results), other == loss, bits(other.value(*arrays))


@pytest.mark.parametrize("loss", [pytest.param(loss, id=loss.name) for loss in losses()])
def test_a_loss_is_the_same_to_all_threads(loss: lossreg.Loss) -> None:
    draws = [arguments(loss, n) for n in (3, 200)]
    wanted = [answers(loss, arrays) for arrays in draws]
    for got in at_once(lambda _: [answers(loss, arrays) for _ in range(3) for arrays in draws]):
        assert got == 3 * wanted


def while_others_parse(monkeypatch: pytest.MonkeyPatch, texts: Callable[[], T]) -> T:
    """What texts come to where, whenever one is parsed for the first time, something else is parsed in the middle of it."""
    attempts, awaited = itertools.count(), False

    def parse(*args: Any, **kwargs: Any) -> Any:
        nonlocal awaited
        awaited = next(attempts) % 2 == 0
        return original(*args, **kwargs)

    def disturb(phase: str, _: dict[str, int]) -> None:
        nonlocal awaited
        if phase == "start" and awaited:
            awaited = False
            original("(a + b)*c")

    original, threshold = ast.parse, gc.get_threshold()
    monkeypatch.setattr(ast, "parse", parse)
    gc.callbacks.append(disturb)
    gc.set_threshold(1)
    try:
        return texts()
    finally:
        gc.set_threshold(*threshold)
        gc.callbacks.remove(disturb)


def test_texts_are_read_again_where_another_thread_parses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Python counts the depth of all threads' trees together, a count that is mixed up is an error of its parser."""
    text = "0.5*huber(delta=2.0) + squared_error"

    def texts() -> tuple[str, str]:
        loss = lossreg.get(text)
        return loss.name, loss.info.formula

    wanted = texts()
    assert while_others_parse(monkeypatch, texts) == wanted


def test_a_formula_is_the_same_class_to_all_threads() -> None:
    for power in range(2, 12):
        made = at_once(lambda _, power=power: lossreg.define(f"abs(r)**{power}", name="power_of_many", params={}))
        assert len({type(loss) for loss in made}) == 1
        assert {loss([0.0], [2.0]) for loss in made} == {2.0**power}


def test_blocks_of_threads_leave_the_number_as_it_was() -> None:
    before = lossreg.get_num_threads()

    def work(number: int) -> None:
        for _ in range(300):
            with lossreg.num_threads(number + 1):
                assert 1 <= lossreg.get_num_threads() <= THREADS

    at_once(work)
    assert lossreg.get_num_threads() == before


@pytest.mark.parametrize("name", ["huber", "minimax_discriminator"])
def test_a_state_is_whole_to_every_thread(name: str) -> None:
    loss = lossreg.get(name)
    (y, x), rounds = arguments(loss, 16), 60
    one = loss.state().update(y, x)
    state, single = loss.state(), loss.state()
    wanted = bits(one.result())

    def work(number: int) -> None:
        for turn in range(rounds):
            if (number + turn) % 2:
                state.update(y, x)
            else:
                state.merge(one)
            # Whatever the others do meanwhile, it has seen some whole parts.
            for seen in (
                copy.copy(state),
                lossreg.State.from_bytes(state.to_bytes()),
                pickle.loads(pickle.dumps(state)),
            ):
                assert np.all(np.asarray(seen.count) % len(y) == 0)
                assert bits(seen.result()) == wanted
            loss.grad(y, x, reduction=state)
            assert single != state
            assert repr(state).startswith("State(")

    at_once(work)
    wanted_state = loss.state()
    for _ in range(THREADS * rounds):
        wanted_state.merge(one)
    assert state == wanted_state


def test_no_code_of_others_runs_while_the_sums_are_locked() -> None:
    said = run(
        """
        import copy
        import lossreg
        from lossreg import errors

        state = lossreg.get("huber").state().update([0.0], [1.0])

        class Asking(errors.ParameterError):
            def __init__(self, *words, **facts):
                super().__init__(*words, **facts)
                print(state.count)

        def double():
            for _ in range(64):
                state.merge(copy.copy(state))

        errors.ParameterError = Asking
        for refused in (lambda: state.__setstate__(b"no sums"), double):
            try:
                refused()
            except Asking:
                pass
        """,
        timeout=60,
    )
    assert said.split() == ["1", str(2**63)]


def test_all_is_used_for_the_first_time_at_once() -> None:
    """In a fresh process, where what is imported, made or looked up when it is first needed is not there yet."""
    code = """
        import sys
        from concurrent.futures import ThreadPoolExecutor
        from threading import Barrier

        sys.setswitchinterval(1e-6)
        barrier = Barrier(8)

        def first(number):
            barrier.wait()
            import lossreg
            from lossreg import losses, ops

            made = [lossreg.get("mse"), losses.huber(delta=2.0), lossreg.define("r**4", name="quartic", params={})]
            made += [lossreg.get("0.5*huber + mse"), lossreg.get({"name": "huber", "params": {"delta": 3.0}})]
            try:
                lossreg.get("hubre")
            except lossreg.UnknownLossError as error:
                assert "huber" in str(error)
            values = [loss([0.0, 1.0], [3.0, 1.0]) for loss in made]
            texts = [repr(made), str(losses.huber.__signature__), lossreg.describe("focal").formula, losses.huber.__doc__]
            return values, texts, lossreg.names(), len(lossreg.plugins()), float(ops.sigmoid(0.5)), lossreg.get_num_threads()

        with ThreadPoolExecutor(8) as pool:
            results = list(pool.map(first, range(8)))
        assert all(result == results[0] for result in results), results
        """
    for _ in range(3):
        run(code)


@pytest.mark.skipif(not sysconfig.get_config_var("Py_GIL_DISABLED"), reason="this Python always has its lock")
def test_the_interpreter_does_without_its_lock() -> None:
    run("import sys, lossreg; assert not sys._is_gil_enabled()")
