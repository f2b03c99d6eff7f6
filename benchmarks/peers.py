"""lossreg beside the peers that are installed, in one run: NumPy, numba, scikit-learn, JAX with optax, and PyTorch.

    python benchmarks/peers.py                        the table of what is installed
    python benchmarks/peers.py --install              install the peers first, those that can be
    python benchmarks/peers.py --out performance.md   write the page with all figures: peers, kernels by hand, calls, imports
    python benchmarks/peers.py --json                 for machines

Value and gradient of the mean, float32, as many threads for all. Candidates take turns; the best of each one's rounds
counts. Each peer runs its own best function for the loss, compiled where it compiles. A cell is the peer's time over
lossreg's: below 1 the peer is faster, and the program says so at the end. What a peer lacks stays empty.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

THREADS = min(2, os.cpu_count() or 1)
for variable in ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(variable, str(THREADS))
os.environ.setdefault("JAX_PLATFORMS", "cpu")

import numpy as np  # noqa: E402

import lossreg  # noqa: E402
from candidates import MATRICES, PEERS, POINTWISE, SIZES, SOFTMAX, Peer, inputs, of_lossreg  # noqa: E402
from timing import best, marked, table  # noqa: E402

Call = Callable[[], object]
Cells = dict[str, dict[str, list[str]]]  # library → loss → sizes, each with its ratio
AS_FAST = 1.05  # two times that are no further apart are called the same
ROOT = Path(__file__).resolve().parents[1]


def agree(name: str, peer: Peer, loss: str, ours: Any, theirs: Any) -> None:
    """Stop where a peer computes something else."""
    value, grad = (np.asarray(each, np.float64) for each in theirs)
    factor = peer.factors.get(loss, 1.0)
    if not peer.reduces:
        value, grad = value.mean(), grad / len(grad)
    np.testing.assert_allclose(factor * value, ours[0], rtol=1e-3, err_msg=f"{name}, {loss}")
    np.testing.assert_allclose(
        factor * grad, ours[1], rtol=1e-2, atol=1e-3 * np.abs(ours[1]).max(), err_msg=f"{name}, {loss}"
    )


def compare(loss: str, shape: tuple[int, ...], seconds: float) -> dict[str, float]:
    """The seconds of each candidate."""
    y, x = inputs(loss, shape)
    candidates: dict[str, Call] = {"lossreg": of_lossreg(loss, y, x)}
    for name, peer in installed().items():
        if call := peer.call(loss, y, x):
            agree(name, peer, loss, candidates["lossreg"](), call())
            candidates[name] = call
    return best(candidates, seconds)


def installed() -> dict[str, Peer]:
    """The peers that are there."""
    return {name: peer for name, peer in PEERS.items() if importlib.util.find_spec(peer.module)}


def install() -> None:
    """Install the peers that can be installed."""
    for name in PEERS.keys() - installed().keys():
        package = PEERS[name].package
        command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "install", package]
        if subprocess.run(command, check=False).returncode:
            print(f"{package} cannot be installed here; its column stays empty", file=sys.stderr)
    importlib.invalidate_caches()


def by_hand() -> str:
    """The engine beside kernels by hand, as the program in Rust measures them."""
    if not shutil.which("cargo"):
        return "cargo is not installed.\n"
    command = ["cargo", "run", "--quiet", "--release", "-p", "lossreg-fused", "--example", "speed"]
    lines = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    head, *rows = (line.split("\t") for line in lines)
    ratio, promised = head.index("ratio"), head.index("promised")
    for row in rows:
        row[ratio] = marked(row[ratio], row[promised])
    missed = sum(row[ratio].endswith("✗") for row in rows)
    return f"{table(head, rows)}\n{missed} of {len(rows)} promises are missed, marked ✗.\n"


def cpu() -> str:
    """The processor, as the system calls it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.machine()


def page(results: list[dict[str, Any]]) -> str:
    """The page with all figures."""
    import calls
    import imports
    import memory

    versions = ", ".join(f"{name} {importlib.metadata.version(peer.package)}" for name, peer in installed().items())
    return f"""\
# Performance

Written by `make performance` on {cpu()}, {THREADS} threads, with {versions}.

## Beside other libraries

Value and gradient of the mean, float32. Each cell is the other library's time divided by lossreg's, in one run: above 1,
lossreg is faster. Each library runs its own best function, compiled where it compiles: for JAX those of optax under
`jax.jit`. What a library lacks is empty. scikit-learn's are compiled loops without the mean.

{peers(results)}
{said(results)}

## Beside kernels by hand

{by_hand()}
## Calls

{calls.report()}
## Memory

{memory.report()}
## Import

{imports.report()}"""


def peers(results: list[dict[str, Any]]) -> str:
    """The comparison as Markdown."""
    names = [name for name in PEERS if any(name in row["seconds"] for row in results)]
    rows = []
    for row in results:
        seconds = row["seconds"]
        ours = seconds["lossreg"]
        ratios = [f"{seconds[name] / ours:.2f}" if name in seconds else "" for name in names]
        elements = int(np.prod(row["shape"]))
        shape = " × ".join(f"{length:,}" for length in row["shape"])
        rows.append([f"{row['loss']}, {shape}", f"{ours * 1e6:,.1f}", f"{ours * 1e9 / elements:.3f}", *ratios])
    return table(["loss", "µs", "ns per element", *names], rows)


def said(results: list[dict[str, Any]]) -> str:
    """Where a peer is faster, or as fast, in a list each."""
    faster: Cells = {}
    same: Cells = {}
    for row in results:
        ours, shape = row["seconds"]["lossreg"], " × ".join(f"{length:,}" for length in row["shape"])
        for name, time in row["seconds"].items():
            if name != "lossreg" and time <= ours * AS_FAST:
                where = faster if time < ours / AS_FAST else same
                where.setdefault(name, {}).setdefault(row["loss"], []).append(f"{shape} ({time / ours:.2f})")
    return "\n".join(
        f"{words}\n\n{listed(cells)}"
        for words, cells in (
            ("A peer is faster here, at these sizes:", faster),
            (f"As fast, within {AS_FAST - 1:.0%}:", same),
        )
    )


def listed(cells: Cells) -> str:
    """A line for each library and loss."""
    lines = [
        f"- {name}, {loss}: {', '.join(sizes)}" for name, losses in cells.items() for loss, sizes in losses.items()
    ]
    return "\n".join(lines or ["- nowhere"]) + "\n"


def main() -> int:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--install", action="store_true", help="install the peers that are missing")
    parser.add_argument("--out", type=Path, help="write the page with all figures here")
    parser.add_argument("--json", action="store_true", help="print JSON instead of Markdown")
    parser.add_argument("--only", default="", help="only losses whose name contains this")
    parser.add_argument("--seconds", type=float, default=0.5, help="seconds that a candidate may take in a cell")
    options = parser.parse_args()
    if options.install:
        install()
    lossreg.set_num_threads(THREADS)
    cells = [(loss, (n,)) for loss in POINTWISE for n in SIZES] + [(SOFTMAX, shape) for shape in MATRICES]
    results = []
    for loss, shape in cells:
        if options.only in loss:
            print(f"{loss} {shape}", file=sys.stderr)
            results.append({"loss": loss, "shape": shape, "seconds": compare(loss, shape, options.seconds)})
    if options.json:
        print(json.dumps(results))
    else:
        print(peers(results), said(results), sep="\n")
    if options.out:
        options.out.write_text(page(results), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
