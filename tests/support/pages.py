"""Example scripts, run in a process of their own, whose printed numbers stand in a page of the documentation."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from checkout import ROOT

__all__ = ["stands_in"]


def stands_in(script: str, page: str) -> None:
    """Run a script of ``examples/`` and find all that it prints, line after line, in a page of ``docs/``."""
    path = ROOT / "examples" / script
    done = subprocess.run(
        [sys.executable, "-P", "-W", "ignore", str(path)], capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stderr
    text = Path(ROOT / "docs" / page).read_text(encoding="utf-8")
    assert done.stdout.strip() in text, f"{page} does not say what {script} prints:\n{done.stdout}"
