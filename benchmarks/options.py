"""No option falls off a cliff: the time of each beside the plain call of the same size, and beside another build.

    python benchmarks/options.py                        every option over its plain call, with what is promised
    python benchmarks/options.py --against FOLDER       and over the same call of the lossreg in that folder (its `python`)
    python benchmarks/options.py --only 'rows of 10:'   those whose names hold the text

Calls take turns in processes that stay, so that other programs disturb all alike; the median of the ratios counts. Exits 1
where a promise is missed by more than the noise allows or, with --against, where a call has become slower by a tenth.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import IO, Any

ROUNDS = 9
SHORTEST = 0.02  # seconds of a turn
SLACK = 1.1


def serve() -> None:
    """Answers each name of a cell on standard input with the seconds that one call of it takes."""
    from cells import cells

    known, calls = {cell.name: cell for cell in cells()}, {}
    for line in sys.stdin:
        name = line.strip()
        if name not in calls:
            calls[name] = known[name].make()
            calls[name]()
        run, repeats, start = calls[name], 0, time.perf_counter()
        while (spent := time.perf_counter() - start) < SHORTEST or not repeats:
            run()
            repeats += 1
        print(json.dumps(spent / repeats), flush=True)


class Build:
    """A lossreg in a process of its own."""

    def __init__(self, folder: Path | None, threads: int) -> None:
        environment = {**os.environ, "LOSSREG_NUM_THREADS": str(threads)}
        if folder:
            environment["PYTHONPATH"] = str(folder)
        command = [sys.executable, __file__, "--serve"]
        self._process = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def seconds(self, name: str) -> float:
        """The seconds that one call takes."""
        to, back = self._pipes()
        print(name, file=to, flush=True)
        answer = back.readline()
        if not answer:
            raise SystemExit(f"the process that measures {name!r} ended; its error stands above")
        return float(json.loads(answer))

    def _pipes(self) -> tuple[IO[str], IO[str]]:
        assert self._process.stdin
        assert self._process.stdout
        return self._process.stdin, self._process.stdout


def compared(build: Build, name: str, other: Build, than: str) -> float:
    """The median ratio of two calls that take turns."""
    build.seconds(name), other.seconds(than)
    return median(build.seconds(name) / other.seconds(than) for _ in range(ROUNDS))


def rows(arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """A row for each cell."""
    from cells import cells

    this = Build(None, arguments.threads)
    other = Build(arguments.against, arguments.threads) if arguments.against else None
    chosen = [cell for cell in cells() if arguments.only in cell.name]
    found = []
    for number, cell in enumerate(chosen, 1):
        if sys.stderr.isatty():
            print(f"\r{number} of {len(chosen)}: {cell.name:60.60}", end="", file=sys.stderr)
        plain = f"{cell.plain}: plain"
        row = {"cell": cell.name, "limit": cell.limit, "nanoseconds": this.seconds(cell.name) * 1e9}
        row["over plain"] = 1.0 if cell.name == plain else compared(this, cell.name, this, plain)
        row["over other"] = compared(this, cell.name, other, cell.name) if other else None
        found.append(row)
    return found


def main() -> int:
    """Measures and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--against", type=Path, metavar="FOLDER", help="where another build's lossreg is imported from")
    parser.add_argument("--only", default="", metavar="TEXT", help="cells whose names hold this")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", action="store_true", help="for machines")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        serve()
        return 0
    found = rows(arguments)
    if arguments.json:
        print(json.dumps(found, indent=1))
    else:
        print(report(found))
    missed = [row for row in found if row["limit"] and row["over plain"] > SLACK * row["limit"]]
    slower = [row for row in found if row["over other"] and row["over other"] > SLACK]
    return 1 if missed or slower else 0


def report(found: list[dict[str, Any]]) -> str:
    """The table as Markdown: a cross marks what is missed."""
    from timing import table

    def line(row: dict[str, Any]) -> list[str]:
        limit, ratio, other = row["limit"], row["over plain"], row["over other"]
        mark = " ✗" if limit and ratio > limit else ""
        than = "" if other is None else f"{other:.2f}" + (" ✗" if other > SLACK else "")
        return [row["cell"], f"{row['nanoseconds'] / 1e6:.2f}", f"{ratio:.2f}{mark}", f"{limit or ''}", than]

    return table(
        ["call", "ms", "over the plain call", "promised", "over the other build"], [line(row) for row in found]
    )


if __name__ == "__main__":
    sys.exit(main())
