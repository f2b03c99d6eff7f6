"""Forked, spawned and pickled into: lossreg among processes. Whatever could hang or crash runs in an interpreter of its own."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from parallel import run, run_script

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")


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
        """
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
