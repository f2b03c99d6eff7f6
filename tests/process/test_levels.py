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
        from lossreg.testing import arguments
        digest = hashlib.sha256()
        for dtype in (np.float32, np.float64):
            for name in lossreg.names():
                info = lossreg.describe(name)
                n, classes = (119, 37) if info.family == "row-wise" else (119 * 37, None)
                *targets, scores = arguments(name, n, dtype, n_classes=classes)
                # In the domain of each loss, too; no integer is infinite.
                whole = [np.ceil(array).astype(int) if np.isfinite(array).all() else array for array in targets]
                for first in (targets, whole):
                    for part in lossreg.get(name).value_grad_hess(*first, scores):
                        for array in part if isinstance(part, tuple) else (part,):
                            digest.update(np.asarray(array).tobytes())
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
