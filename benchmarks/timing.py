"""Times that can be compared: candidates take turns, and the best of each one's rounds counts.

On a shared machine only ratios within one run mean something, and only the minimum is free of other programs.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Mapping
from pathlib import Path

__all__ = ["best", "machine", "marked", "table", "written"]

Candidate = Callable[[], object]


def best(
    candidates: Mapping[str, Candidate],
    seconds: float = 1.0,
    shortest: float = 2e-3,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, float]:
    """The seconds that each candidate takes for one call; `seconds` is what each may spend altogether.

    Where other programs run, `time.process_time` is the better clock for one thread.
    """
    repeats = {}
    for name, call in candidates.items():
        call()
        start = clock()
        call()
        repeats[name] = max(1, round(shortest / max(clock() - start, 1e-8)))
    found = dict.fromkeys(candidates, float("inf"))
    spent = 0.0
    rounds = 0
    while rounds < 5 or (spent < seconds * len(candidates) and rounds < 200):
        for name, call in candidates.items():
            count = range(repeats[name])
            start = clock()
            for _ in count:
                call()
            elapsed = clock() - start
            found[name] = min(found[name], elapsed / len(count))
            spent += elapsed
        rounds += 1
    return found


def machine() -> str:
    """The processor, and how many of its threads there are for this program."""
    facts = Path("/proc/cpuinfo")
    lines = facts.read_text(encoding="utf-8").splitlines() if facts.exists() else []
    name = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.processor())
    return f"{name}, {len(os.sched_getaffinity(0))} CPUs"


def written(page: Path, name: str, text: str) -> None:
    """Put a text into a page, between the marks of this name."""
    begin, end = f"<!-- {name}: written by the benchmark -->\n", f"<!-- end of {name} -->\n"
    before, found, rest = page.read_text(encoding="utf-8").partition(begin)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        raise SystemExit(f"{page} lacks the marks {begin}{end}")
    page.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")


def marked(measured: str, promised: str | float) -> str:
    """A figure, with a cross where it is above what is promised; nothing is promised where that is empty."""
    return f"{measured} ✗" if promised != "" and float(measured) > float(promised) else measured


def table(headers: list[str], rows: list[list[str]]) -> str:
    """Rows as Markdown; the first column is text, the others are numbers."""
    ruler = "|".join(["---", *["---:"] * (len(headers) - 1)])
    return "\n".join([f"| {' | '.join(headers)} |", f"|{ruler}|", *(f"| {' | '.join(row)} |" for row in rows)]) + "\n"
