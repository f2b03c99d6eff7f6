"""Threads of the pool, of Python and of other libraries, and the limits that they keep to."""

from __future__ import annotations

import os
import sys

import numpy as np
import pytest
from parallel import run

import lossreg

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")


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
        assert work(16) == wanted and len(workers(15)) == 15
        before = set(os.listdir("/proc/self/task"))
        assert work(2) == work(1) == work(16) == wanted and set(os.listdir("/proc/self/task")) == before
        """
    )


def test_no_number_of_threads_starts_more_than_are_of_use() -> None:
    run(
        """
        wanted = work(1)
        for threads in (10**9, 2**62):
            assert work(threads) == wanted
        lossreg.set_num_threads(10**9)
        assert work(None) == wanted and lossreg.get_num_threads() == 10**9
        assert len(workers()) < max(16, 4 * os.cpu_count())
        """
    )


def test_the_threads_that_the_system_grants_are_used() -> None:
    run(
        """
        import resource
        wanted = work(1)
        in_use = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
        # Room for the stacks of some threads, not of fifteen.
        stack = 2 << 20
        resource.setrlimit(resource.RLIMIT_AS, (in_use + 60_000_000 + 6 * stack, resource.RLIM_INFINITY))
        assert work(16) == wanted
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        assert 0 < len(workers(1)) <= 15
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
        from lossreg.testing import arguments
        assert tasks() == before
        lossreg.set_num_threads(16)
        for name in lossreg.names():
            family = lossreg.describe(name).family
            n = {"pointwise": 10_000, "adversarial": 10_000, "sequence": 100}.get(family, 1_000)
            classes = 10 if family in ("row-wise", "set-wise", "sequence") else None
            lossreg.get(name).value_grad_hess(*arguments(name, n, n_classes=classes), n_threads=16)
            assert tasks() == before, name
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


def test_an_idle_pool_does_not_hold_up_the_end() -> None:
    run("work(16)")


def test_the_result_does_not_depend_on_the_threads() -> None:
    rng = np.random.default_rng(1)
    y, x = rng.normal(size=(2, 1_000_003))
    wanted = lossreg.get("log_cosh").value_and_grad(y, x, n_threads=1)
    for n in (2, 3, 7, 16):
        value, grad = lossreg.get("log_cosh").value_and_grad(y, x, n_threads=n)
        assert value == wanted[0]
        assert grad.tobytes() == wanted[1].tobytes()


# threadpoolctl


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
