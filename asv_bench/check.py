"""Fails where the results of the current commit are missing or empty: asv itself is content with nothing.

python asv_bench/check.py
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).with_name("results")


def measured(path: Path) -> tuple[int, list[str]]:
    """How many figures a file of results holds, and which benchmarks have none."""
    results: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["results"]
    figures, empty = 0, []
    for name, columns in results.items():
        # The first column has a figure for each combination of parameters, NaN for those that are left out.
        values = columns[0] if columns and columns[0] is not None else []
        found = sum(isinstance(value, int | float) and value == value for value in values)
        figures += found
        if not found:
            empty.append(name)
    return figures, empty


def main() -> int:
    """Look at the results of the current commit."""
    command = ["git", "rev-parse", "HEAD"]
    commit = subprocess.run(command, check=True, capture_output=True, text=True, cwd=RESULTS.parent).stdout.strip()
    files = list(RESULTS.glob(f"*/{commit[:8]}-*.json"))
    figures, empty = 0, []
    for path in files:
        found, without = measured(path)
        figures += found
        empty += without
    for name in empty:
        print(f"{name} has no result", file=sys.stderr)
    if not figures:
        print(f"nothing was measured of {commit[:8]}", file=sys.stderr)
    else:
        print(f"{figures} figures of {commit[:8]}")
    return 1 if empty or not figures else 0


if __name__ == "__main__":
    sys.exit(main())
