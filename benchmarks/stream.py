"""How fast a Parquet file is evaluated, beside reading its columns alone, and in how much memory.

    python benchmarks/stream.py                               20 million rows
    python benchmarks/stream.py --rows 200_000_000 --write    larger than memory allows, into docs/trainers/clusters.md
    taskset -c 1 python benchmarks/stream.py                  what there is without a second core

The file is written first, in row groups of a million, and removed at the end. Each measurement is a process of its own, reading and
evaluating take turns, and the median of several rounds counts. What is compared is the time; the processor time tells what it is with
one core. The numbers are random, so that reading them is little more than copying: nothing
that is compressed better is read as fast.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import numpy as np
import pyarrow as pa
from pyarrow import parquet

import lossreg
from timing import machine, marked, table, written

PAGE = Path(__file__).resolve().parents[1] / "docs" / "trainers" / "clusters.md"
GROUP = 1_000_000
BATCH = 2**17
COLUMNS = {"float32": ("y", "p"), "float64": ("label", "q")}
LOSSES = "squared_error,huber,binary_cross_entropy(from_logits=False)"
SPEED, MEMORY = 0.8, 500  # of that of reading alone, and MiB


def write(path: Path, rows: int) -> None:
    """Labels and probabilities, in float32 and in float64."""
    rng = np.random.default_rng(0)
    schema = pa.schema([("y", pa.float32()), ("p", pa.float32()), ("label", pa.int8()), ("q", pa.float64())])
    with parquet.ParquetWriter(path, schema) as writer:
        for begin in range(0, rows, GROUP):
            n = min(GROUP, rows - begin)
            label = (rng.random(n, np.float32) < 0.3).astype(np.int8)
            columns = (label.astype(np.float32), rng.random(n, np.float32), label, rng.random(n))
            writer.write_table(pa.table([*map(pa.array, columns)], schema))


def read(path: Path, columns: tuple[str, str]) -> None:
    """Both columns, batch after batch."""
    with parquet.ParquetFile(path, pre_buffer=False) as file:
        for batch in file.iter_batches(BATCH, columns=[*columns]):
            batch.column(0)


def one(path: Path, dtype: str, name: str) -> None:
    """What a process of its own does."""
    true, pred = COLUMNS[dtype]
    lossreg.evaluate(
        "squared_error", [([0.0], [0.5])], true=0, pred=1
    )  # what is imported is so once, whatever the rows
    begin, worked = perf_counter(), process_time()
    if name == "reading":
        read(path, (true, pred))
    else:
        lossreg.evaluate(name, path, true=true, pred=pred)
    worked, begin = process_time() - worked, perf_counter() - begin
    # The peak of `getrusage` is inherited from the process that started this one.
    status = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    print(worked, begin, next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) // 1024)


def measured(path: Path, dtype: str, name: str) -> tuple[float, float, int]:
    """Processor time, time, and the most memory in MiB, of a process that reads the columns, or evaluates a loss of them too."""
    command = [sys.executable, __file__, "--file", str(path), "--one", dtype, name]
    worked, seconds, memory = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return float(worked), float(seconds), int(memory)


def report(path: Path, rows: int, losses: list[str], rounds: int) -> str:
    """The figures as Markdown."""
    cases = [(dtype, name) for dtype in COLUMNS for name in ("reading", *losses)]
    found = [{case: measured(path, *case) for case in cases} for _ in range(rounds)]
    lines = []
    for dtype, name in cases:
        worked, seconds = (median(each[dtype, name][place] for each in found) for place in (0, 1))
        speed, work = (
            median(each[dtype, "reading"][place] / each[dtype, name][place] for each in found) for place in (1, 0)
        )
        memory = max(each[dtype, name][2] for each in found)
        lines.append(
            [
                f"{dtype}, {name}",
                f"{worked:.2f}",
                f"{seconds:.2f}",
                f"{work:.2f}",
                f"{speed:.2f}" if speed >= SPEED else f"{speed:.2f} ✗",
                f"{SPEED}",
                marked(f"{memory}", MEMORY),
                f"{MEMORY}",
            ]
        )
    size = path.stat().st_size / 2**20
    head = [
        "",
        "processor time, s",
        "time, s",
        "reading, of the work",
        "of the speed of reading",
        "goal",
        "MiB",
        "goal",
    ]
    return f"A Parquet file of {rows:,} rows and {size:,.0f} MiB on {machine()}.\n\n{table(head, lines)}"


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=20_000_000)
    parser.add_argument("--losses", default=LOSSES)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--write", action="store_true", help="put the figures into the page")
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        one(given.file, *given.one)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.parquet"
        write(path, given.rows)
        text = report(path, given.rows, given.losses.split(","), given.rounds)
    print(text)
    if given.write:
        written(PAGE, "files", text)


if __name__ == "__main__":
    main()
