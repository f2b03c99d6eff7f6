"""Ctrl-C and other signals stop a call, with what their handler raises, and leave nothing running behind.

The calls would take minutes: one that is not stopped ends in the time limit of its interpreter. How soon they stop is measured
by the benchmarks.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import time
from contextlib import suppress

import interpreter
import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sets a timer of the kernel")


BUSY = """
    import signal, sys, threading, time
    import numpy as np
    import lossreg

    N = 10**11
    y, x = np.broadcast_to(np.float64(0.5), N), np.broadcast_to(np.float64(1), N)
    rows = np.broadcast_to(np.float64(0.001), (10**8, 1000))
    labels = np.broadcast_to(0, 10**8)

    def handler(number, frame):
        raise KeyboardInterrupt

    def stops(call):
        # From a timer of the kernel: no Python thread has to run for it.
        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        try:
            call()
        except KeyboardInterrupt:
            return
        raise SystemExit("finished instead of stopping")
"""


def run(code: str) -> None:
    interpreter.run(textwrap.dedent(BUSY) + textwrap.dedent(code))


CALLS = {
    "value": 'lossreg.get("binary_focal")(y, x)',
    "one thread": 'lossreg.get("binary_focal")(y, x, n_threads=1)',
    "many threads": 'lossreg.get("binary_focal")(y, x, n_threads=8)',
    "mask": 'lossreg.get("binary_focal")(y, x, where=np.broadcast_to(np.True_, N))',
    "weights": 'lossreg.get("squared_error")(y, x, x, reduction="weighted_mean")',
    "rows": 'lossreg.get("categorical_cross_entropy")(rows, rows)',
    "labels": 'lossreg.get("sparse_categorical_cross_entropy", ignore_index=-1)(labels, rows, n_threads=1)',
    "both sides": 'lossreg.get("minimax_discriminator")(x, y)',
    "wide rows": 'lossreg.get("sparse_categorical_cross_entropy")(labels[:10**4], np.broadcast_to(0.5, (10**4, 2**23)), n_threads=1)',
    "wide rows among threads": 'lossreg.get("sparse_categorical_cross_entropy")(labels[:1], np.broadcast_to(0.5, (1, 2**23)), n_threads=4) + lossreg.get("huber")(y, x)',
    "pairs of a list": 'lossreg.get("rank_net")(np.broadcast_to(y[:1], 2**20), np.arange(2.0**20))',
    "pairs of a ranking": 'lossreg.get("lambda_rank")(np.arange(2**20) % 5.0, np.arange(2.0**20))',
    "rivals of a class": 'lossreg.get("multi_margin")(np.full((1, 2**20), 2.0**-20), np.arange(2.0**20)[None])',
    "a start value": 'lossreg.get("squared_error").init_score(np.broadcast_to(0.5, 2**45))',
    "a start value by selection": 'lossreg.get("absolute_error").init_score(np.broadcast_to(0.5, 2**45))',
    "without end": 'lossreg.get("huber")(np.broadcast_to(0.5, 2**50), np.broadcast_to(1.0, 2**50), n_threads=2)',
    "without end, one thread": 'lossreg.get("huber")(np.broadcast_to(0.5, 2**50), np.broadcast_to(1.0, 2**50), n_threads=1)',
}


@pytest.mark.parametrize("call", CALLS)
def test_signals_stop_a_call(call: str) -> None:
    run(f"stops(lambda: {CALLS[call]})\nassert lossreg.get('huber')(0.0, 1.0) == 0.5")


def test_an_exact_sum_is_interrupted_too() -> None:
    # Weighted values that cancel: the quick pass cannot tell their sum.
    run(
        """
        weight = np.lib.stride_tricks.as_strided(np.array([1e16, 1.0, -1e16]), (10**7, 3), (0, 8))
        zero, one = np.broadcast_to(0.0, weight.shape), np.broadcast_to(1.0, weight.shape)
        loss = lossreg.get("squared_error")
        assert loss(zero, one, weight, reduction="sum") == 10**7
        weight = np.lib.stride_tricks.as_strided(weight, (10**10, 3), (0, 8))
        stops(lambda: loss(np.broadcast_to(0.0, weight.shape), np.broadcast_to(1.0, weight.shape), weight, reduction="sum"))
        """
    )


def test_ctrl_c_as_the_terminal_sends_it() -> None:
    """SIGINT to a busy interpreter with Python's own handler."""
    code = textwrap.dedent(BUSY) + textwrap.dedent(
        """
        try:
            print("ready", flush=True)
            lossreg.get("binary_focal")(y, x)
        except KeyboardInterrupt:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            print("stopped", flush=True)
        """
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        for _ in range(int(interpreter.HANG)):  # one that comes before the call, within a destructor, is lost
            time.sleep(0.3)  # so that it comes in the middle of the call, where it can
            process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.wait(1)
                break
        out, err = process.communicate(timeout=interpreter.HANG)
        assert (out, err, process.returncode) == ("stopped\n", "", 0)
    finally:
        process.kill()


def test_ctrl_c_while_a_thread_pool_computes() -> None:
    """The main thread is interrupted; the calls of other threads go on undisturbed, and so does the pool."""
    run(
        """
        import itertools
        from concurrent.futures import ThreadPoolExecutor
        small = slice(0, 10**7)
        def job(_):
            return lossreg.get("binary_focal")(y[small], x[small])
        wanted = job(0)
        with ThreadPoolExecutor(3) as pool:
            futures = [pool.submit(job, i) for i in range(6)]
            stops(lambda: [future.result() for future in itertools.cycle(futures)])
            assert [future.result() for future in futures] == [wanted] * 6
        """
    )


def test_a_handler_that_raises_its_own_error_and_one_that_returns() -> None:
    run(
        """
        small = slice(0, 3 * 10**7)
        wanted = lossreg.get("binary_focal")(y[small], x[small])
        seen = []
        signal.signal(signal.SIGALRM, lambda *_: seen.append(1))
        signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
        while not seen:
            assert lossreg.get("binary_focal")(y[small], x[small]) == wanted

        class Timeout(Exception):
            pass
        def handler(*_):
            signal.setitimer(signal.ITIMER_REAL, 0)
            raise Timeout("too long")
        signal.signal(signal.SIGALRM, handler)
        try:
            lossreg.get("binary_focal")(y, x)
        except Timeout as error:
            assert str(error) == "too long"
        else:
            raise SystemExit("no Timeout")
        """
    )


def test_nothing_writes_after_an_interrupted_call() -> None:
    run(
        """
        out = np.zeros(3 * 10**7, np.float32)
        first = slice(0, len(out))
        args = np.broadcast_to(np.float32(0.5), N)[first], np.broadcast_to(np.float32(1), N)[first]
        def forever():
            while True:
                lossreg.get("binary_focal").grad(*args, out=out, n_threads=4)
        stops(forever)
        out[:] = 7
        time.sleep(0.1)
        assert (out == 7).all()
        """
    )


def test_other_python_threads_run_during_a_call() -> None:
    """The call is ended by one of them, once it has run for a while; without them it would go on."""
    run(
        """
        ticks = []
        def tick():
            while len(ticks) < 20:
                time.sleep(0.005)
                ticks.append(1)
            signal.raise_signal(signal.SIGALRM)
        signal.signal(signal.SIGALRM, handler)
        thread = threading.Thread(target=tick)
        try:
            thread.start()
            lossreg.get("binary_focal")(y, x, n_threads=1)
        except KeyboardInterrupt:
            pass
        else:
            raise SystemExit("finished instead of stopping")
        thread.join()
        assert len(ticks) == 20
        """
    )
