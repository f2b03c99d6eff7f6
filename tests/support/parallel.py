"""Interpreters that compute in parallel, for what may happen to a process: forks, threads, its end."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import interpreter

# What every interpreter starts with: `work()` is a parallel computation whose result must always have the same bits.
START = """
    import os, sys, threading, time
    import numpy as np
    import lossreg

    HANG = 12_000  # times 10 ms
    HUBER, ROWS = lossreg.get("huber"), lossreg.get("categorical_cross_entropy")
    Y, X = np.random.default_rng(0).normal(size=(2, 1_500_000))
    P = np.full((1_500, 1_000), 1e-3)

    def work(threads=4):
        value, grad = HUBER.value_and_grad(Y, X, n_threads=threads)
        rows = ROWS.value(P, X.reshape(P.shape), n_threads=threads)
        return value, float(grad[::1000].sum()), rows

    def name(task):
        try:
            return open(f"/proc/self/task/{task}/comm").read().strip()
        except (FileNotFoundError, ProcessLookupError):  # it has just ended
            return ""

    def workers(expected=0):
        # A thread that has just been started takes a moment to name itself, on a busy machine a long one.
        for _ in range(HANG):
            names = sorted(filter(lambda name: name.startswith("lossreg-"), map(name, os.listdir("/proc/self/task"))))
            if len(names) >= expected:
                break
            time.sleep(0.01)
        return names

    def status(pid):
        for _ in range(HANG):
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.01)
        os.kill(pid, 9)
        raise SystemExit(f"child {pid} hangs")
"""


def run(code: str, *, start: str = START, timeout: float = interpreter.HANG, **environment: str) -> str:
    """What a fresh interpreter prints."""
    return interpreter.run(textwrap.dedent(start) + textwrap.dedent(code), timeout=timeout, **environment)


def run_script(path: Path, code: str) -> None:
    """Run a file, which is what processes can be spawned from."""
    value = """
    def value(seed):
        y, x = np.random.default_rng(seed).normal(size=(2, 1_000_000))
        value = HUBER(y, x, n_threads=2)
        assert workers(1)[0] == "lossreg-1"
        return value
    """
    path.write_text(textwrap.dedent(START) + textwrap.dedent(value) + textwrap.dedent(code))
    done = subprocess.run(
        [sys.executable, str(path)], capture_output=True, check=False, text=True, timeout=interpreter.HANG
    )
    assert done.returncode == 0, done.stderr
    assert not done.stderr, done.stderr
