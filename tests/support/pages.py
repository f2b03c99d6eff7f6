"""Example scripts, run in a process of their own, whose printed numbers stand in a page of the documentation.

What a script trains depends in its last digits on the CPU that NumPy and the trainers run on, and a stop in time can depend on
these: a number may be off by a twentieth, and the words around it may not.
"""

from __future__ import annotations

import math
import re
import subprocess
import sys

from checkout import ROOT

__all__ = ["stands_in"]


def stands_in(script: str, page: str) -> None:
    """Run a script of ``examples/`` and find all that it prints, line after line, in a page of ``docs/``."""
    path = ROOT / "examples" / script
    done = subprocess.run(
        [sys.executable, "-P", "-W", "ignore", str(path)], capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stderr
    said, printed = parts((ROOT / "docs" / page).read_text(encoding="utf-8")), parts(done.stdout.strip())
    starts = range(len(said) - len(printed) + 1)
    found = any(all(map(alike, printed, said[start:])) for start in starts)
    assert found, f"{page} does not say what {script} prints:\n{done.stdout}"


NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?")


def parts(text: str) -> list[str]:
    """The words of a text, each number a word of its own."""
    return re.sub(NUMBER, r" \g<0> ", text).split()


def alike(printed: str, said: str) -> bool:
    """Whether two words are the same, or nearly the same number."""
    if printed == said:
        return True
    numbers = NUMBER.fullmatch(printed) and NUMBER.fullmatch(said)
    return bool(numbers) and math.isclose(float(printed), float(said), rel_tol=0.05, abs_tol=1e-3)
