"""The pages of the trainers: the script of each runs, and what it prints stands in the page."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec

import pytest
from checkout import ROOT, in_a_checkout

pytestmark = in_a_checkout

SCRIPTS = sorted((ROOT / "examples" / "trainers").glob("*.py"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_what_the_script_of_a_page_prints_stands_in_the_page(script) -> None:
    if find_spec(script.stem) is None:
        pytest.skip(f"{script.stem} is not installed")
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-P", str(script)]  # its own folder has files called like the libraries
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    page = (ROOT / "docs" / "trainers" / f"{script.stem}.md").read_text(encoding="utf-8")
    lines = set(page.splitlines())
    missing = [line for line in done.stdout.splitlines() if line.strip() and line not in lines]
    assert done.stdout.strip()
    assert not missing, "\n".join(["not in the page:", *missing])
