"""Times that can be compared: candidates take turns, and the best of each one's rounds counts.

On a shared machine only ratios within one run mean something, and only the minimum is free of other programs.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

__all__ = ["best", "marked", "table"]

Candidate = Callable[[], object]


def best(candidates: Mapping[str, Candidate], seconds: float = 1.0, shortest: float = 2e-3) -> dict[str, float]:
    """The seconds that each candidate takes for one call; `seconds` is what each may spend altogether."""
    repeats = {}
    for name, call in candidates.items():
        call()
        start = time.perf_counter()
        call()
        repeats[name] = max(1, round(shortest / max(time.perf_counter() - start, 1e-8)))
    found = dict.fromkeys(candidates, float("inf"))
    spent = 0.0
    rounds = 0
    while rounds < 5 or (spent < seconds * len(candidates) and rounds < 200):
        for name, call in candidates.items():
            count = range(repeats[name])
            start = time.perf_counter()
            for _ in count:
                call()
            elapsed = time.perf_counter() - start
            found[name] = min(found[name], elapsed / len(count))
            spent += elapsed
        rounds += 1
    return found


def marked(measured: str, promised: str | float) -> str:
    """A figure, with a cross where it is above what is promised; nothing is promised where that is empty."""
    return f"{measured} ✗" if promised != "" and float(measured) > float(promised) else measured


def table(headers: list[str], rows: list[list[str]]) -> str:
    """Rows as Markdown; the first column is text, the others are numbers."""
    ruler = "|".join(["---", *["---:"] * (len(headers) - 1)])
    return "\n".join([f"| {' | '.join(headers)} |", f"|{ruler}|", *(f"| {' | '.join(row)} |" for row in rows)]) + "\n"
