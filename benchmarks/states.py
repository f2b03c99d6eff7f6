"""What a state costs: an update beside a plain value, a merge, and bytes.

    python benchmarks/states.py [--seconds 0.5] [--write]

Processor time of one thread; a state and a plain value take turns, and the best round of each counts. With ``--write`` the figures
go into docs/state.md.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np

import lossreg
from timing import best, machine, marked, table, written

PAGE = Path(__file__).resolve().parents[1] / "docs" / "state.md"
LIGHT = ("squared_error", "absolute_error", "huber")
HEAVY = ("log_cosh", "binary_cross_entropy", "binary_focal", "categorical_cross_entropy")
CLASSES = 10
PLACES = {  # elements, and losses with their goals
    "in cache": (8192, {**dict.fromkeys(LIGHT, 2.5), **dict.fromkeys(HEAVY, 1.3)}),
    "in memory": (8_000_000, dict.fromkeys((*LIGHT, *HEAVY), 1.3)),
}
MERGE, BYTES = 1.0, 2048  # microseconds and bytes


def update(name: str, dtype: str, size: int, seconds: float) -> float:
    """The time of an update divided by that of a plain value."""
    loss = lossreg.get(name)
    rows = size // CLASSES if loss.info.inner_axes else size
    arrays = lossreg.testing.arguments(loss, rows, dtype, n_classes=CLASSES)
    state = loss.state()
    times = best(
        {"value": lambda: loss.value(*arrays), "update": lambda: state.update(*arrays)},
        seconds,
        clock=time.process_time,
    )
    return times["update"] / times["value"]


def merge(name: str) -> list[str]:
    """A row about the merge of two states, and their bytes."""
    loss = lossreg.get(name)
    draw = np.random.default_rng(0)
    one, other = (loss.state("weighted_mean").update(*draw.normal(size=(2, 1000))) for _ in range(2))
    took = best({"merge": lambda: one.merge(other)}, clock=time.process_time)["merge"] * 1e6
    return [name, marked(f"{took:.2f}", MERGE), f"{MERGE:.0f}", marked(f"{len(one.to_bytes())}", BYTES), f"{BYTES}"]


def report(seconds: float) -> str:
    """The figures as Markdown."""
    rows = []
    for where, (size, goals) in PLACES.items():
        for name, goal in goals.items():
            ratios = [marked(f"{update(name, dtype, size, seconds):.2f}", goal) for dtype in ("float32", "float64")]
            rows.append([f"{name}, {size:,} {where}", *ratios, f"{goal}"])
    updates = table(["`update` over a plain value", "float32", "float64", "goal"], rows)
    merges = [merge(name) for name in ("huber", "minimax_discriminator")]
    text = table(["a state of", "`merge`, µs", "goal", "bytes", "goal"], merges)
    return f"On {machine()}, one thread, processor time.\n\n{updates}\n{text}"


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=0.5, help="for each candidate")
    parser.add_argument("--write", action="store_true", help="put the figures into the page")
    given = parser.parse_args()
    lossreg.set_num_threads(1)
    text = report(given.seconds)
    print(text)
    if given.write:
        written(PAGE, "figures", text)


if __name__ == "__main__":
    main()
