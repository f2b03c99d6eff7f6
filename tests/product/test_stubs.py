"""The type stubs: those of the native module agree with it, and they tell right uses from wrong ones."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("mypy", reason="mypy is not installed (make check installs it)")

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / "python"
USES = Path(__file__).with_name("typed_uses.py")


def mypy(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "MYPYPATH": str(PYTHON)} if PYTHON.is_dir() else dict(os.environ)
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)


def test_the_native_stub_agrees_with_the_native_module(tmp_path: Path) -> None:
    allowed = str(ROOT / "tools" / "stubtest.txt")
    settings = ("--allowlist", allowed, "--mypy-config-file", str(ROOT / "pyproject.toml"))
    done = mypy(tmp_path, "mypy.stubtest", "lossreg._native", *settings)
    assert done.returncode == 0, done.stdout + done.stderr


def test_right_uses_pass_and_wrong_ones_do_not(tmp_path: Path) -> None:
    shutil.copy(USES, tmp_path / "uses.py")
    done = mypy(tmp_path, "mypy", "--strict", "uses.py")
    said = re.findall(r"^uses\.py:(\d+): error: .*\[([\w-]+)\]$", done.stdout, re.MULTILINE)
    lines = USES.read_text(encoding="utf-8").splitlines()
    wrong = [(str(i), line.partition("# wrong: ")[2]) for i, line in enumerate(lines, 1) if "# wrong: " in line]
    assert len(wrong) > 15
    assert sorted({*said}) == sorted(wrong), done.stdout
