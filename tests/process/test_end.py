"""The end of the interpreter, with threads in the midst of calls."""

from __future__ import annotations

from textwrap import dedent

import pytest
from interpreter import run

START = """
import threading
import time
import numpy as np
import lossreg
"""

NATIVE = """
loss = lossreg.get("binary_focal")
"""

BY_HAND = """
class Entropy(lossreg.PythonLoss):
    name = "entropy_by_hand"
    target = "soft label"

    def per_element(self, y_true, y_pred):
        return np.logaddexp(0, -y_pred) * (1 - y_true)

    def per_element_grad(self, y_true, y_pred):
        return y_true - 1 / (1 + np.exp(-y_pred))

loss = Entropy()
"""

# Some calls are over before they are asked for signals, others are not.
WORK = """
def work(n, n_threads):
    y, x = np.broadcast_to(1.0, n), np.broadcast_to(0.5, n)
    loss.value(y[:1000], x[:1000])
    begun.wait()
    while True:
        loss.value_and_grad(y, x, n_threads=n_threads)

begun = threading.Barrier(9)
for n in (300_000, 300_000, 6_000_000, 20_000_000):
    for n_threads in (1, 2):
        threading.Thread(target=work, args=(n, n_threads), daemon=True).start()
begun.wait()
time.sleep(0.2)
"""


@pytest.mark.parametrize("loss", [NATIVE, BY_HAND], ids=["native", "by hand"])
def test_daemon_threads_that_compute_do_not_take_the_process_down(loss: str) -> None:
    for _ in range(10):
        run(START + loss + WORK)


def test_calls_of_the_main_thread_at_exit() -> None:
    """What is registered before and after lossreg is imported may call it."""
    run(
        dedent(
            """
            import atexit
            import numpy as np
            x = np.zeros(1_000_000)

            def call():
                assert lossreg.get("huber")(x, x + 1, n_threads=2) == 0.5

            atexit.register(call)
            import lossreg
            atexit.register(call)
            """
        )
    )


def test_a_subinterpreter_that_imports_it_first_does_not_hold_up_the_end() -> None:
    """NumPy refuses a second interpreter, so one of the two imports fails; the process ends all the same."""
    run(
        dedent(
            """
            import sys
            interpreters = __import__("_xxsubinterpreters" if sys.version_info < (3, 13) else "_interpreters")
            other = interpreters.create()
            try:
                interpreters.run_string(other, "import warnings; warnings.simplefilter('ignore'); import lossreg")
            except Exception:
                pass
            """
        )
    )


def test_a_subinterpreter_is_refused() -> None:
    said = run(
        dedent(
            """
            import sys
            import lossreg
            interpreters = __import__("_xxsubinterpreters" if sys.version_info < (3, 13) else "_interpreters")
            other = interpreters.create()
            code = "try:\\n    import lossreg\\nexcept ImportError as error:\\n    print('refused')"
            interpreters.run_string(other, code)
            interpreters.destroy(other)
            print(lossreg.get("huber")([0.0], [1.0]))
            """
        )
    )
    assert said.split() == ["refused", "0.5"]
