"""Levels of the CPU: the same bits at each, and a word about those that are not there."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from interpreter import HANG
from parallel import run

from lossreg import _native


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
        timeout=HANG,
        env={**os.environ, "LOSSREG_CPU": level},
    )
    assert done.returncode == 1
    words = f'ImportError: LOSSREG_CPU="{level}" is not a level of this CPU; available: baseline'
    assert words in done.stderr or os.uname().machine != "x86_64", done.stderr
