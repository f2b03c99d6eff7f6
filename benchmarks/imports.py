"""What `import lossreg` costs on top of `import numpy`, in fresh interpreters that take turns.

python benchmarks/imports.py
"""

from __future__ import annotations

import statistics
import subprocess
import sys

from timing import marked, table

LIMIT = 30.0  # ms, promised
CODE = "import time; start = time.perf_counter(); import {}; print(time.perf_counter() - start)"


def seconds(modules: str) -> float:
    """The time that an import takes in an interpreter of its own."""
    done = subprocess.run([sys.executable, "-c", CODE.format(modules)], check=True, capture_output=True, text=True)
    return float(done.stdout)


def report(rounds: int = 15) -> str:
    """The figures as Markdown."""
    pairs = [(seconds("numpy"), seconds("numpy, lossreg")) for _ in range(rounds)]
    numpy, both = (min(column) * 1e3 for column in zip(*pairs, strict=True))
    median = statistics.median(b - a for a, b in pairs) * 1e3
    rows = [
        ["`import numpy`", f"{numpy:.1f}", ""],
        ["`import numpy, lossreg`", f"{both:.1f}", ""],
        ["difference (of the minima)", marked(f"{both - numpy:.1f}", LIMIT), f"{LIMIT:.0f}"],
        ["difference (median)", f"{median:.1f}", ""],
    ]
    return table(["import", "ms", "promised"], rows)


if __name__ == "__main__":
    print(report())
