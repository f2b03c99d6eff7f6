"""The type stubs: those of the native module agree with it, and they tell right uses from wrong ones."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("mypy", reason="mypy is not installed (make check installs it)")

PYTHON = Path(__file__).resolve().parents[2] / "python"


def mypy(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "MYPYPATH": str(PYTHON)} if PYTHON.is_dir() else dict(os.environ)
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)


def test_the_native_stub_agrees_with_the_native_module(tmp_path: Path) -> None:
    done = mypy(tmp_path, "mypy.stubtest", "lossreg._native")
    assert done.returncode == 0, done.stdout + done.stderr


RIGHT = """
import numpy as np
import lossreg
from typing import Any, assert_type
from numpy.typing import NDArray

y = np.zeros(3)
huber = lossreg.losses.huber(delta=1.35)
assert_type(huber, lossreg.Loss)
assert_type(huber(y, y), float)
assert_type(huber.value([1, 2], [1.0, 2.0], reduction="sum"), float)
assert_type(huber(y, y, reduction="none"), NDArray[np.floating[Any]])
assert_type(huber.value_and_grad(y, y, np.ones(3)), tuple[float, NDArray[np.floating[Any]]])
assert_type(lossreg.get("huber").config(), dict[str, Any])
with lossreg.num_threads(2):
    gradient, hessian = huber.grad_and_hess(y, y, hessian="exact", min_hessian=1e-6)
"""

WRONG = {
    "lossreg.losses.huber(detla=1.0)": "call-arg",
    "lossreg.losses.huber(delta='wide')": "arg-type",
    "huber(y)": "call-overload",
    "huber.grad(y, y, treshold=1)": "call-arg",
    "huber.name = 'other'": "misc",
    "lossreg.set_num_threads('many')": "arg-type",
}


def test_right_uses_pass_and_wrong_ones_do_not(tmp_path: Path) -> None:
    right, wrong = tmp_path / "right.py", tmp_path / "wrong.py"
    right.write_text(RIGHT)
    wrong.write_text("\n".join([RIGHT, *WRONG]))
    done = mypy(tmp_path, "mypy", "--strict", "right.py")
    assert done.returncode == 0, done.stdout
    done = mypy(tmp_path, "mypy", "--strict", "wrong.py")
    first = RIGHT.count("\n") + 2
    for number, (line, code) in enumerate(WRONG.items(), first):
        said = [text for text in done.stdout.splitlines() if text.startswith(f"wrong.py:{number}: error")]
        assert said, f"nothing was said of {line}"
        assert f"[{code}]" in said[0], said
