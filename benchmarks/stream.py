"""How fast a Parquet file is evaluated, beside reading its columns alone, and in how much memory.

    python benchmarks/stream.py                        20 million rows
    python benchmarks/stream.py --rows 200_000_000     larger than the memory that is allowed for it
    python benchmarks/stream.py --losses huber,mse     these losses

The file is written first, in row groups of a million, and kept in the folder of temporary files. Each measurement is a process of its
own; the best of several rounds counts, and rounds of both take turns.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np
import pyarrow as pa
from pyarrow import parquet

import lossreg

GROUP = 1_000_000
BATCH = 2**17


def write(path: Path, rows: int) -> None:
    """Targets, probabilities and a column that nobody needs, in float32 and float64."""
    rng = np.random.default_rng(0)
    schema = pa.schema([("y", pa.float32()), ("p", pa.float32()), ("other", pa.float64())])
    part = path.with_suffix(".part")
    with parquet.ParquetWriter(part, schema) as writer:
        for begin in range(0, rows, GROUP):
            n = min(GROUP, rows - begin)
            y, p, other = (rng.random(n) < 0.3), rng.random(n, np.float32), rng.random(n)
            writer.write_table(pa.table({"y": y.astype(np.float32), "p": p, "other": other}, schema))
    part.rename(path)


def read(path: Path) -> None:
    """Both columns, batch after batch."""
    with parquet.ParquetFile(path, pre_buffer=False) as file:
        for batch in file.iter_batches(BATCH, columns=["y", "p"]):
            batch.column(0)


def measured(path: Path, name: str) -> tuple[float, int]:
    """Seconds, and the most memory in MiB, of a process that reads the columns, or evaluates a loss of them too."""
    command = [sys.executable, __file__, "--file", str(path), "--one", name]
    seconds, memory = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return float(seconds), int(memory)


def one(path: Path, name: str) -> None:
    """What a process of its own does."""
    begin = perf_counter()
    if name == "read":
        read(path)
    else:
        lossreg.evaluate(name, path, true="y", pred="p")
    print(perf_counter() - begin, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=20_000_000)
    parser.add_argument("--losses", default="squared_error,huber,binary_cross_entropy(from_logits=False)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        one(given.file, given.one)
        return
    path = Path(tempfile.gettempdir()) / f"lossreg-stream-{given.rows}.parquet"
    if not path.exists():
        write(path, given.rows)
    names = ["read", *given.losses.split(",")]
    rounds = [{name: measured(path, name) for name in names} for _ in range(given.rounds)]
    best = {name: min(found[name][0] for found in rounds) for name in names}
    print(f"{given.rows:,} rows, {path.stat().st_size / 2**20:,.0f} MiB, {lossreg.get_num_threads()} threads")
    for name in names:
        memory = max(found[name][1] for found in rounds)
        print(
            f"  {name:45} {best[name]:7.2f} s   {best['read'] / best[name]:5.2f} of the speed of reading   {memory} MiB"
        )


if __name__ == "__main__":
    main()
