"""What Dask adds to the time that its chunks take: the processor time of all processes over that of the chunks' updates.

    python benchmarks/dask_overhead.py [--rows 64_000_000 --chunk 8_000_000] [--write]

A cluster of four processes holds arrays in chunks. First every chunk's own update is timed where it lies, which tells too what Dask
takes for tasks that do nothing else; then the whole is evaluated; they take turns, and the best of several rounds counts.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import dask
import dask.array as da
import numpy as np
from distributed import Client, LocalCluster, wait

import lossreg
from lossreg.integrations.dask import evaluate
from timing import machine, marked, table, written

PAGE = Path(__file__).resolve().parents[1] / "docs" / "trainers" / "clusters.md"
PROCESSES = 4
GOAL = 1.2
LOSSES = ("squared_error", "huber", "binary_cross_entropy", "categorical_cross_entropy")
CLASSES = 10


def own(loss: lossreg.Loss, *arrays: Any) -> float:
    """The processor time of a chunk's update."""
    state: Any = loss.state()
    begin = time.thread_time()
    state.update(*arrays, n_threads=1)
    return time.thread_time() - begin


def spent(client: Client) -> float:
    """The processor time of all workers, and of this process, where the scheduler is."""
    return sum(client.run(time.process_time).values()) + time.process_time()


def row(client: Client, name: str, rows: int, chunk: int, rounds: int) -> list[str]:
    """The figures of a loss."""
    loss = lossreg.get(name)
    draw = da.random.default_rng(0)
    shape: tuple[int, ...] = (rows,)
    if loss.info.family == "row-wise":
        rows, chunk = rows // CLASSES, chunk // CLASSES
        shape = (rows, CLASSES)
    p = client.persist(draw.random(shape, dtype=np.float32, chunks=(chunk, *shape[1:])))
    y = client.persist((p < 0.5).astype(np.float32))  # where the predictions are: else they would be sent around
    wait([y, p])
    chunks = [
        dask.delayed(own)(loss, *pair) for pair in zip(y.to_delayed().ravel(), p.to_delayed().ravel(), strict=True)
    ]
    alone, bare, whole = (float("inf"),) * 3
    for _ in range(rounds):
        begin = spent(client)
        alone = min(alone, sum(dask.compute(*chunks)))
        bare = min(bare, spent(client) - begin)
        begin = spent(client)
        evaluate(loss, y, p)
        whole = min(whole, spent(client) - begin)
    times = (f"{seconds:.2f}" for seconds in (alone, bare, whole))
    return [name, f"{len(chunks)}", *times, marked(f"{whole / alone:.2f}", GOAL), f"{GOAL}"]


def report(rows: int, chunk: int, rounds: int) -> str:
    """The figures as Markdown."""
    with (
        LocalCluster(n_workers=PROCESSES, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        lines = [row(client, name, rows, chunk, rounds) for name in LOSSES]
    head = ["loss", "chunks", "their updates, s", "as bare tasks, s", "`evaluate`, s", "ratio", "goal"]
    return (
        f"{rows:,} numbers of float32 in chunks of {chunk:,}, {PROCESSES} processes on {machine()}, processor time.\n\n"
        + table(head, lines)
    )


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_024_000_000)
    parser.add_argument("--chunk", type=int, default=128_000_000, help="numbers of a chunk: 512 MB")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--write", action="store_true", help="put the figures into the page")
    given = parser.parse_args()
    text = report(given.rows, given.chunk, given.rounds)
    print(text)
    if given.write:
        written(PAGE, "dask", text)


if __name__ == "__main__":
    main()
