"""What a call allocates: a value a few blocks, whatever the size of its arrays; a derivative its output and nothing more.

Measured as the growth of the peak of resident memory in a process of its own, which sees what Rust allocates.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="peaks are measured by Linux")

MIB = 1 << 20
MEASURE = """
import numpy as np, lossreg
def peak():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM")) << 10
loss = lossreg.get({loss!r})
small = np.full((3000, 4), 0.25, np.float32)
{warm}
{setup}
open("/proc/self/clear_refs", "w").write("5")
before = peak()
kept = {call}
print(peak() - before)
"""


def growth(loss: str, setup: str, call: str, warm: str = "loss.value_grad_hess(small, small)") -> int:
    """By how many bytes the peak grows during a call."""
    code = MEASURE.format(loss=loss, setup=setup, call=call, warm=warm)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


FLAT = "x = np.full({n}, 0.25, np.float32)"
ROWS = "x = np.full(({n}, 10), 0.1, np.float32)"


@pytest.mark.parametrize("call", ["loss(x, x)", "loss(x, x, x)", "loss(x, x, n_threads=2)"])
@pytest.mark.parametrize("loss", ["squared_error", "binary_cross_entropy", "gamma"])
def test_a_value_allocates_nothing_beyond_blocks(loss: str, call: str) -> None:
    assert growth(loss, FLAT.format(n=20_000_000), call) < 2 * MIB


STRANGE = {
    "Fortran order": "x = np.ones((2000, 10_000), np.float32).T",
    "integers": "x = np.ones(20_000_000, np.int16)",
    "every second": "x = np.ones(40_000_000, np.float32)[::2]",
    "another byte order": "x = np.ones(20_000_000, '>f4')",
}


@pytest.mark.parametrize("setup", STRANGE.values(), ids=STRANGE)
def test_arrays_that_are_not_used_in_place_are_not_copied_whole(setup: str) -> None:
    assert growth("squared_error", setup, "loss(x, x)") < 2 * MIB


def test_a_derivative_allocates_its_output_alone() -> None:
    output = 20_000_000 * 4
    grown = growth("squared_error", FLAT.format(n=20_000_000), "loss.value_and_grad(x, x)")
    assert output * 0.9 < grown < output + 4 * MIB


def test_an_output_given_is_used() -> None:
    setup = FLAT.format(n=20_000_000) + "; out = np.ones_like(x)"
    assert growth("squared_error", setup, "loss.grad(x, x, out=out)") < 2 * MIB


def test_a_value_of_rows_allocates_nothing_beyond_blocks() -> None:
    warm = "loss.value_grad_hess(small, small)"
    assert growth("categorical_cross_entropy", ROWS.format(n=2_000_000), "loss(x, x)", warm) < 4 * MIB


@pytest.mark.slow
def test_a_value_over_a_hundred_million_elements() -> None:
    assert growth("squared_error", FLAT.format(n=100_000_000), "loss(x, x)") < 2 * MIB
