"""What lossreg is timed beside computes the same losses; PyTorch and optax are tried with their integrations."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from checkout import ROOT, in_a_checkout
from timed import BENCHMARKS, agrees


@pytest.mark.parametrize(("peer", "losses"), [("NumPy", 7), ("numba", 7), ("scikit-learn", 5)])
def test_a_peer_computes_the_same(peer: str, losses: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(agrees(peer, monkeypatch)) == losses


def test_loops_over_lists_compute_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba")
    monkeypatch.syspath_prepend(BENCHMARKS)
    lists = pytest.importorskip("lists", reason="the benchmarks are in a checkout of the project")
    for name in lists.LOOPS:
        calls = lists.calls(name, (60, 7))
        (value, grad), (theirs, their_grad) = calls["lossreg"](), calls["numba"]()
        np.testing.assert_allclose(theirs, value, rtol=1e-5, err_msg=name)
        np.testing.assert_allclose(their_grad, grad, rtol=1e-4, atol=1e-6 * np.abs(grad).max(), err_msg=name)
    monkeypatch.delitem(sys.modules, "lists", raising=False)


# A project whose package is one file with a number, which its one benchmark reports.
NUMBER = """
class Package:
    unit = "seconds"
    def track_number(self):
        import package
        return package.SECONDS
"""
INSTALL = "import shutil, sysconfig; shutil.copy('package.py', sysconfig.get_path('purelib'))"


@in_a_checkout
@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("asv") is None, reason="the extra bench is not installed")
def test_the_comparison_of_two_commits_fails_where_one_is_slower(tmp_path: Path) -> None:
    bench = tmp_path / "asv_bench"
    (bench / "benchmarks").mkdir(parents=True)
    (bench / "benchmarks" / "__init__.py").touch()
    (bench / "benchmarks" / "package.py").write_text(NUMBER)
    text = (ROOT / "asv_bench" / "asv.conf.json").read_text()
    config = json.loads(re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE))
    config |= {"matrix": {}, "build_command": [], "install_command": [f'in-dir={{build_dir}} python -c "{INSTALL}"']}
    config["uninstall_command"] = ["python -c pass"]
    (bench / "asv.conf.json").write_text(json.dumps(config))
    (tmp_path / ".gitignore").write_text("asv_bench/env\nasv_bench/results\n")
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    who = {f"GIT_{role}_{what}": "nobody" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    environment = {**os.environ, **who, "HOME": str(tmp_path)}

    def told(*command: str) -> tuple[int, str]:
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    told("git", "init", "--quiet", "--initial-branch=main")
    for tag, seconds in (("before", 1.0), ("slow", 1.2), ("alike", 1.25)):
        (tmp_path / "package.py").write_text(f"SECONDS = {seconds}\n")
        for command in (("add", "--all"), ("commit", "--quiet", "--message", tag), ("tag", tag)):
            assert told("git", *command) == (0, "")
    stamp = f"{sys.prefix}/.extra-bench"

    def compared(*arguments: str) -> tuple[int, str]:
        return told("make", "-o", stamp, f"VENV={sys.prefix}", "MACHINE=any", "bench-compare", *arguments)

    status, said = compared("A=before", "B=slow")
    assert status != 0, said
    assert "PERFORMANCE DECREASED" in said
    assert re.search(r"\+ .* 1\.2 .* package\.Package\.track_number", said), said
    for arguments in (("A=slow", "B=alike"), ("A=slow", "B=before"), ("A=before", "B=slow", "FACTOR=1.5")):
        status, said = compared(*arguments)
        assert status == 0, said
    assert "name two commits" in compared("A=before")[1]
