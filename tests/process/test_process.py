"""lossreg among processes and threads. Whatever could hang or crash runs in an interpreter of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import interpreter
import numpy as np
import pytest

import lossreg
from lossreg import _native

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")

# What every interpreter starts with: `work()` is a parallel computation whose result must always have the same bits.
START = """
    import os, sys, threading, time
    import numpy as np
    import lossreg

    HUBER, ROWS = lossreg.get("huber"), lossreg.get("categorical_cross_entropy")
    Y, X = np.random.default_rng(0).normal(size=(2, 1_500_000))
    P = np.full((1_500, 1_000), 1e-3)

    def work(threads=4):
        value, grad = HUBER.value_and_grad(Y, X, n_threads=threads)
        rows = ROWS.value(P, X.reshape(P.shape), n_threads=threads)
        return value, float(grad[::1000].sum()), rows

    def workers(expected=0):
        # A thread that has just been started takes a moment to name itself.
        for _ in range(200):
            names = [open(f"/proc/self/task/{task}/comm").read().strip() for task in os.listdir("/proc/self/task")]
            names = sorted(name for name in names if name.startswith("lossreg-"))
            if len(names) >= expected:
                break
            time.sleep(0.01)
        return names

    def status(pid):
        for _ in range(3000):
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.01)
        os.kill(pid, 9)
        raise SystemExit(f"child {pid} hangs")
"""


def run(code: str, *, start: str = START, timeout: float = 60, **environment: str) -> str:
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
    done = subprocess.run([sys.executable, str(path)], capture_output=True, check=False, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert not done.stderr, done.stderr


# ------------------------------------------------------------------------------------------------------------- fork


def test_fork_before_the_first_parallel_call() -> None:
    run(
        """
        pid = os.fork()
        if pid == 0:
            os._exit(0 if work() == work(1) and len(workers(3)) == 3 else 1)
        assert status(pid) == 0
        assert work() == work(1)
        """
    )


def test_forks_after_parallel_calls() -> None:
    run(
        """
        wanted = work()
        assert workers(3) == ["lossreg-1", "lossreg-2", "lossreg-3"]
        for _ in range(4):
            pid = os.fork()
            if pid == 0:
                inherited = workers()
                same = work() == wanted
                grandchild = os.fork()
                if grandchild == 0:
                    os._exit(0 if work() == wanted and len(workers(3)) == 3 else 1)
                same &= status(grandchild) == 0
                os._exit(0 if inherited == [] and same and len(workers(3)) == 3 else 1)
            assert status(pid) == 0
            assert work() == wanted
        """
    )


def test_forks_while_other_threads_compute() -> None:
    run(
        """
        wanted = work()
        stop = threading.Event()
        wrong = []

        def compute(threads):
            while not stop.is_set():
                if work(threads) != wanted:
                    wrong.append(threads)

        threads = [threading.Thread(target=compute, args=(n,)) for n in (1, 3, 8)]
        for thread in threads:
            thread.start()
        for _ in range(6):
            pid = os.fork()
            if pid == 0:
                os._exit(0 if work() == wanted and work(16) == wanted else 1)
            assert status(pid) == 0
            time.sleep(0.01)
        stop.set()
        for thread in threads:
            thread.join()
        assert not wrong
        """
    )


@pytest.mark.slow
def test_many_forks_around_the_first_parallel_call() -> None:
    run(
        """
        wanted = work(1)
        for _ in range(60):
            outer = os.fork()
            if outer == 0:
                thread = threading.Thread(target=work)
                thread.start()
                inner = os.fork()
                if inner == 0:
                    os._exit(0 if work() == wanted else 1)
                same = status(inner) == 0
                thread.join()
                os._exit(0 if same and work() == wanted else 1)
            assert status(outer) == 0
        """,
        timeout=300,
    )


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_multiprocessing(method: str, tmp_path: Path) -> None:
    run_script(
        tmp_path / "script.py",
        f"""
        if __name__ == "__main__":
            import multiprocessing
            wanted = [value(seed) for seed in range(4)]
            with multiprocessing.get_context({method!r}).Pool(2) as pool:
                assert pool.map(value, range(4)) == wanted
                losses = pool.map(lossreg.get, ["huber", "pinball(quantile=0.2)"])  # results are pickled
            assert losses == [lossreg.get("huber"), lossreg.get("pinball", quantile=0.2)]
            assert value(0) == wanted[0]
        """,
    )


@pytest.mark.parametrize("backend", ["loky", "threading", "multiprocessing"])
def test_joblib(backend: str, tmp_path: Path) -> None:
    pytest.importorskip("joblib")
    run_script(
        tmp_path / "script.py",
        f"""
        if __name__ == "__main__":
            from joblib import Parallel, delayed
            wanted = [value(seed) for seed in range(4)]
            jobs = Parallel(n_jobs=2, backend={backend!r})
            assert jobs(delayed(value)(seed) for seed in range(4)) == wanted
            losses = [lossreg.get(name) for name in ("huber", "hinge")]
            grads = jobs(delayed(loss.grad)(Y[:1000] > 0, X[:1000]) for loss in losses)
            assert all(np.array_equal(grad, loss.grad(Y[:1000] > 0, X[:1000])) for grad, loss in zip(grads, losses))
        """,
    )


def test_process_pool_forked_from_a_parent_with_threads(tmp_path: Path) -> None:
    run_script(
        tmp_path / "script.py",
        """
        if __name__ == "__main__":
            import concurrent.futures, multiprocessing
            wanted = [value(seed) for seed in range(4)]
            with concurrent.futures.ProcessPoolExecutor(2, multiprocessing.get_context("fork")) as pool:
                assert list(pool.map(value, range(4))) == wanted
        """,
    )


# ---------------------------------------------------------------------------------------------------------- threads


def test_concurrent_python_threads() -> None:
    run(
        """
        from concurrent.futures import ThreadPoolExecutor
        wanted = work(1)
        with ThreadPoolExecutor(8) as pool:
            results = list(pool.map(work, [1, 2, 3, 4, 8, 16, None, 5]))
        assert all(result == wanted for result in results)
        assert len(workers()) < 64
        """
    )


def test_sixteen_threads_and_their_limits() -> None:
    run(
        """
        wanted = work(1)
        assert workers() == []
        assert work(2) == wanted and workers(1) == ["lossreg-1"]
        assert work(16) == wanted and 15 <= len(workers(15)) <= 31
        time.sleep(0.1)
        before = workers()
        assert work(2) == work(1) == work(16) == wanted and workers() == before
        """
    )


def test_limits_of_the_process() -> None:
    run(
        """
        lossreg.set_num_threads(1)
        wanted = work(None)
        assert workers() == []
        with lossreg.num_threads(3):
            assert lossreg.get_num_threads() == 3
            assert work(None) == wanted and len(workers(2)) == 2
        assert lossreg.get_num_threads() == 1
        assert work(None) == wanted and len(workers()) == 2
        lossreg.set_num_threads(None)
        assert lossreg.get_num_threads() == len(os.sched_getaffinity(0)) or lossreg.get_num_threads() < os.cpu_count()
        """
    )


def test_no_thread_at_import_nor_by_small_inputs() -> None:
    run(
        """
        import os
        tasks = lambda: len(os.listdir("/proc/self/task"))
        import numpy as np
        before = tasks()
        import lossreg
        assert tasks() == before
        lossreg.set_num_threads(16)
        x = np.zeros(10_000)
        for name in lossreg.names():
            if lossreg.describe(name).family == "pointwise":
                lossreg.get(name).value_grad_hess(x + 0.5 if name in ("gamma", "tweedie", "poisson") else x, x, n_threads=16)
        lossreg.get("categorical_cross_entropy").grad(x.reshape(-1, 10), x.reshape(-1, 10), n_threads=16)
        assert tasks() == before
        """,
        start="",
    )


@pytest.mark.parametrize(
    ("environment", "threads"),
    [
        ({"LOSSREG_NUM_THREADS": "5", "RAYON_NUM_THREADS": "6", "OMP_NUM_THREADS": "7"}, 5),
        ({"RAYON_NUM_THREADS": "6", "OMP_NUM_THREADS": "7"}, 6),
        ({"OMP_NUM_THREADS": "7"}, 7),
        ({"OMP_NUM_THREADS": "7,2"}, 7),
        ({"LOSSREG_NUM_THREADS": "many", "RAYON_NUM_THREADS": "0", "OMP_NUM_THREADS": "7"}, 7),
        ({"LOSSREG_NUM_THREADS": ""}, None),
        ({}, None),
    ],
)
def test_number_of_threads_from_the_environment(environment: dict[str, str], threads: int | None) -> None:
    code = """
        print(lossreg.get_num_threads(), end=" ")
        lossreg.set_num_threads(9)
        print(lossreg.get_num_threads(), end=" ")
        with lossreg.num_threads(2):
            print(lossreg.get_num_threads(), end=" ")
        lossreg.set_num_threads(None)
        print(lossreg.get_num_threads())
    """
    threads = threads or len(os.sched_getaffinity(0))
    assert run(code, start="import lossreg\n", **environment).split() == [str(n) for n in (threads, 9, 2, threads)]


def test_the_cpus_that_this_process_may_use() -> None:
    code = "import os\nos.sched_setaffinity(0, [min(os.sched_getaffinity(0))])\nimport lossreg\nassert lossreg.get_num_threads() == 1"
    run(code, start="")


def test_overlapping_blocks_of_num_threads() -> None:
    run(
        """
        lossreg.set_num_threads(7)
        first, second = lossreg.num_threads(2), lossreg.num_threads(3)
        first.__enter__()
        second.__enter__()
        first.__exit__(None, None, None)
        assert lossreg.get_num_threads() == 3
        second.__exit__(None, None, None)
        assert lossreg.get_num_threads() == 7
        with first, first:
            assert lossreg.get_num_threads() == 2
        assert lossreg.get_num_threads() == 7
        try:
            with lossreg.num_threads(0):
                pass
        except ValueError:
            pass
        assert lossreg.get_num_threads() == 7
        lossreg.set_num_threads(None)
        with lossreg.num_threads(2):
            pass
        lossreg.set_num_threads(4)
        with lossreg.num_threads(2):
            os.environ["LOSSREG_NUM_THREADS"] = "11"  # read once
        assert lossreg.get_num_threads() == 4
        """
    )


def test_interpreter_exits_while_threads_compute() -> None:
    for daemon in (True, False):
        run(
            f"""
        def compute():
            for _ in range(10):
                work()
        for _ in range(3):
            threading.Thread(target=compute, daemon={daemon}).start()
        time.sleep(0.05)
        print("end")
        """
        )


def test_exit_with_an_idle_pool_is_quick() -> None:
    begun = time.monotonic()
    run("work(16)\nprint(time.process_time())")
    assert time.monotonic() - begun < 20


def test_the_result_does_not_depend_on_the_threads() -> None:
    rng = np.random.default_rng(1)
    y, x = rng.normal(size=(2, 1_000_003))
    wanted = lossreg.get("log_cosh").value_and_grad(y, x, n_threads=1)
    for n in (2, 3, 7, 16):
        value, grad = lossreg.get("log_cosh").value_and_grad(y, x, n_threads=n)
        assert value == wanted[0]
        assert grad.tobytes() == wanted[1].tobytes()


# ----------------------------------------------------------------------------------------------------- threadpoolctl


def test_threadpoolctl_limits_lossreg() -> None:
    pytest.importorskip("threadpoolctl")
    for order in ("import threadpoolctl, lossreg", "import lossreg, threadpoolctl"):
        run(
            f"""
        {order}
        lossreg.threads.register_with_threadpoolctl()
        lossreg.threads.register_with_threadpoolctl()  # once is enough, twice is harmless
        lossreg.set_num_threads(6)
        (found,) = [pool for pool in threadpoolctl.threadpool_info() if pool["user_api"] == "lossreg"]
        assert found["num_threads"] == 6 and found["internal_api"] == "lossreg"
        assert found["version"] is None or found["version"] == lossreg.__version__
        with threadpoolctl.threadpool_limits(1):
            assert lossreg.get_num_threads() == 1
        assert lossreg.get_num_threads() == 6
        with threadpoolctl.threadpool_limits(2, user_api="lossreg"):
            assert lossreg.get_num_threads() == 2
        with threadpoolctl.threadpool_limits(1, user_api="blas"):
            assert lossreg.get_num_threads() == 6
        threadpoolctl.threadpool_limits(3)
        assert lossreg.get_num_threads() == 3
        """,
            start="",
        )


def test_lossreg_imports_no_threadpoolctl() -> None:
    run("import lossreg, sys\nassert 'threadpoolctl' not in sys.modules", start="")


def test_registering_without_threadpoolctl_says_what_to_install() -> None:
    run(
        """
        import sys
        sys.modules["threadpoolctl"] = None
        import lossreg
        try:
            lossreg.threads.register_with_threadpoolctl()
        except ImportError as error:
            assert "pip install threadpoolctl" in str(error), error
        else:
            raise SystemExit("no error")
        """,
        start="",
    )


# -------------------------------------------------------------------------------------------------------- CPU levels


def test_every_level_gives_the_same_bits() -> None:
    code = """
        import hashlib
        rng = np.random.default_rng(0)
        digest = hashlib.sha256()
        for dtype in (np.float32, np.float64):
            for name in lossreg.names():
                loss, info = lossreg.get(name), lossreg.describe(name)
                x = (4 * rng.normal(size=(119, 37))).astype(dtype)
                y = rng.integers(0, 2, x.shape) + (name == "gamma")
                if name == "sparse_categorical_cross_entropy":
                    y = y[:, 0]
                arrays = (x,) if name == "minimax_generator" else (x[::-1], x) if info.family == "adversarial" else (y, x)
                for part in loss.value_grad_hess(*arrays):
                    digest.update(np.asarray(part).tobytes())
        from lossreg import _native
        print(_native.cpu_level(), digest.hexdigest())
    """
    levels = _native.cpu_levels()
    printed = [run(code, LOSSREG_CPU=level).split() for level in levels]
    assert [level for level, _ in printed] == levels
    assert len({digest for _, digest in printed}) == 1
    assert run(code, LOSSREG_CPU="").split() == run(code).split() == printed[-1]
    assert run(code, LOSSREG_CPU=" Baseline ").split()[0] == levels[0]


@pytest.mark.parametrize("level", ["sse9", "best", "0", "neon" if os.uname().machine == "x86_64" else "avx2"])
def test_levels_that_are_not_there(level: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import lossreg"],
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
        env={**os.environ, "LOSSREG_CPU": level},
    )
    assert done.returncode == 1
    words = f'ImportError: LOSSREG_CPU="{level}" is not a level of this CPU; available: baseline'
    assert words in done.stderr or os.uname().machine != "x86_64", done.stderr
