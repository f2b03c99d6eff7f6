"""lossreg beside the peers that are installed, in one run: NumPy, numba, scikit-learn, JAX and PyTorch.

    python benchmarks/peers.py                        the table of what is installed
    python benchmarks/peers.py --install              install the peers first, those that can be
    python benchmarks/peers.py --out performance.md   write the page with all figures: peers, kernels by hand, calls, imports
    python benchmarks/peers.py --json                 for machines

Value and gradient of the mean, float32, as many threads for all. Candidates take turns; the best of each one's rounds
counts. A cell is the peer's time over lossreg's: below 1 the peer is faster, and the program says so at the end. What
a peer lacks stays empty.
"""

from __future__ import annotations

import argparse
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
from lossreg.testing import arguments  # noqa: E402
from timing import best, table  # noqa: E402

Call = Callable[[], object]
ROOT = Path(__file__).resolve().parents[1]
PACKAGES = {"numba": "numba", "sklearn": "scikit-learn", "jax": "jax", "torch": "torch"}
POINTWISE = ["squared_error", "absolute_error", "huber", "hinge", "binary_cross_entropy", "binary_focal"]
SIZES = [100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000]
MATRICES = [(4096, 10), (4096, 1000), (256, 32_000), (1_000_000, 10)]
SOFTMAX = "sparse_categorical_cross_entropy"


def inputs(loss: str, shape: tuple[int, ...]) -> tuple[np.ndarray[Any, Any], ...]:
    """Targets and predictions for a loss, and labels as they mostly are: hard."""
    y, x = arguments(loss, shape[0], np.float32, n_classes=shape[-1])
    return (np.round(y) if lossreg.describe(loss).target.is_label else y), x


def of_lossreg(loss: str, y: Any, x: Any) -> Call:
    """The call of lossreg itself, with a fresh gradient each time."""
    value_and_grad = lossreg.get(loss).value_and_grad
    return lambda: value_and_grad(y, x)


def of_numpy(loss: str, y: Any, x: Any) -> Call | None:
    """Plain NumPy as one would write it."""
    n = np.float32(len(x))

    def squared_error() -> Any:
        r = x - y
        return np.mean(r * r), r * (2 / n)

    def absolute_error() -> Any:
        r = x - y
        return np.mean(np.abs(r)), np.sign(r) / n

    def huber() -> Any:
        r = x - y
        near = np.clip(r, -1, 1)
        return np.mean(near * (r - 0.5 * near)), near / n

    def hinge() -> Any:
        sign = 2 * y - 1
        rest = 1 - sign * x
        return np.mean(np.maximum(rest, 0)), np.where(rest > 0, -sign, 0) / n

    def binary_cross_entropy() -> Any:
        value = np.mean(np.maximum(x, 0) - x * y + np.log1p(np.exp(-np.abs(x))))
        return value, (1 / (1 + np.exp(-x)) - y) / n

    def binary_focal() -> Any:
        sign = 2 * y - 1
        u = sign * x
        log_p = np.minimum(u, 0) - np.log1p(np.exp(-np.abs(u)))
        p = np.exp(log_p)
        wrong = 1 - p
        return np.mean(-wrong * wrong * log_p), sign * wrong * wrong * (2 * p * log_p - wrong) / n

    def sparse_categorical_cross_entropy() -> Any:
        rows = np.arange(len(x))
        z = x - x.max(axis=1, keepdims=True)
        e = np.exp(z)
        total = e.sum(axis=1, keepdims=True)
        value = np.mean(np.log(total[:, 0]) - z[rows, y])
        e /= total
        e[rows, y] -= 1
        e /= n
        return value, e

    return locals().get(loss)


def of_numba(loss: str, y: Any, x: Any) -> Call | None:
    """A fused loop by hand, compiled; in parallel where that is worth it."""
    import math

    import numba

    def squared_error(y: Any, x: Any) -> Any:
        r = x - y
        return r * r, r + r

    def absolute_error(y: Any, x: Any) -> Any:
        r = x - y
        return abs(r), np.float32(r > 0) - np.float32(r < 0)

    def huber(y: Any, x: Any) -> Any:
        r = x - y
        near = min(max(r, np.float32(-1)), np.float32(1))
        return near * (r - np.float32(0.5) * near), near

    def hinge(y: Any, x: Any) -> Any:
        sign = y + y - np.float32(1)
        rest = np.float32(1) - sign * x
        return (rest, -sign) if rest > 0 else (np.float32(0), np.float32(0))

    def binary_cross_entropy(y: Any, x: Any) -> Any:
        e = math.exp(-abs(x))
        p = (np.float32(1) if x >= 0 else e) / (np.float32(1) + e)
        return max(x, np.float32(0)) - x * y + math.log1p(e), p - y

    def binary_focal(y: Any, x: Any) -> Any:
        sign = y + y - np.float32(1)
        u = sign * x
        e = math.exp(-abs(u))
        log_p = min(u, np.float32(0)) - math.log1p(e)
        wrong = (e if u >= 0 else np.float32(1)) / (np.float32(1) + e)
        p = np.float32(1) - wrong
        return -wrong * wrong * log_p, sign * wrong * wrong * (np.float32(2) * p * log_p - wrong)

    def rows(y: Any, x: Any, out: Any) -> Any:
        total = 0.0
        for i in numba.prange(x.shape[0]):
            top = x[i, 0]
            for k in range(1, x.shape[1]):
                top = max(top, x[i, k])
            weight = np.float32(0)
            for k in range(x.shape[1]):
                out[i, k] = math.exp(x[i, k] - top)
                weight += out[i, k]
            scale = np.float32(1) / (weight * np.float32(x.shape[0]))
            for k in range(x.shape[1]):
                out[i, k] *= scale
            out[i, y[i]] -= np.float32(1) / np.float32(x.shape[0])
            total += math.log(weight) - (x[i, y[i]] - top)
        return total / x.shape[0]

    parallel = x.size >= 100_000
    if loss == SOFTMAX:
        kernel = numba.njit(parallel=parallel, fastmath=True)(rows)
    else:
        element = numba.njit(inline="always", fastmath=True)(locals()[loss])

        def loop(y: Any, x: Any, out: Any) -> Any:
            total = 0.0
            scale = np.float32(1) / np.float32(x.size)
            for i in numba.prange(x.size):
                value, slope = element(y[i], x[i])
                total += value
                out[i] = slope * scale
            return total / x.size

        kernel = numba.njit(parallel=parallel, fastmath=True)(loop)

    def call() -> Any:
        out = np.empty_like(x)
        return kernel(y, x, out), out

    return call


def of_sklearn(loss: str, y: Any, x: Any) -> Call | None:
    """The compiled losses of scikit-learn's gradient boosting and linear models; element by element, without the mean."""
    from sklearn._loss import loss as losses

    kinds: dict[str, Callable[[], Any]] = {
        "squared_error": losses.HalfSquaredError,
        "absolute_error": losses.AbsoluteError,
        "huber": lambda: losses.HuberLoss(quantile=0.9, delta=1.0),
        "binary_cross_entropy": losses.HalfBinomialLoss,
        SOFTMAX: lambda: losses.HalfMultinomialLoss(n_classes=x.shape[-1]),
    }
    if loss not in kinds:
        return None
    peer = kinds[loss]()
    y = y.astype(np.float32)
    threads = THREADS if x.size >= 100_000 else 1  # as a user would who has measured
    return lambda: peer.loss_gradient(y, x, n_threads=threads)


def of_jax(loss: str, y: Any, x: Any) -> Call | None:
    """Compiled by JAX, gradient by its differentiation."""
    import jax
    import jax.numpy as jnp

    def binary_focal(y: Any, x: Any) -> Any:
        u = (2 * y - 1) * x
        return jnp.mean(-((1 - jax.nn.sigmoid(u)) ** 2) * jax.nn.log_sigmoid(u))

    def sparse(y: Any, x: Any) -> Any:
        return jnp.mean(-jnp.take_along_axis(jax.nn.log_softmax(x), y[:, None], axis=1))

    formulas: dict[str, Callable[[Any, Any], Any]] = {
        "squared_error": lambda y, x: jnp.mean((x - y) ** 2),
        "absolute_error": lambda y, x: jnp.mean(jnp.abs(x - y)),
        "huber": lambda y, x: jnp.mean(jnp.where(jnp.abs(x - y) <= 1, 0.5 * (x - y) ** 2, jnp.abs(x - y) - 0.5)),
        "hinge": lambda y, x: jnp.mean(jnp.maximum(1 - (2 * y - 1) * x, 0)),
        "binary_cross_entropy": lambda y, x: jnp.mean(jax.nn.softplus(x) - y * x),
        "binary_focal": binary_focal,
        SOFTMAX: sparse,
    }
    compiled = jax.jit(jax.value_and_grad(formulas[loss], argnums=1))
    y, x = jnp.asarray(y), jnp.asarray(x)
    return lambda: jax.block_until_ready(compiled(y, x))


def of_torch(loss: str, y: Any, x: Any) -> Call | None:
    """PyTorch's functions, gradient by its differentiation."""
    import torch
    from torch.nn import functional as F

    torch.set_num_threads(THREADS)
    formulas: dict[str, Callable[[Any, Any], Any]] = {
        "squared_error": lambda y, x: F.mse_loss(x, y),
        "absolute_error": lambda y, x: F.l1_loss(x, y),
        "huber": lambda y, x: F.huber_loss(x, y),
        "hinge": lambda y, x: torch.clamp(1 - (2 * y - 1) * x, min=0).mean(),
        "binary_cross_entropy": lambda y, x: F.binary_cross_entropy_with_logits(x, y),
        SOFTMAX: lambda y, x: F.cross_entropy(x, y),
    }
    if loss not in formulas:
        return None
    formula = formulas[loss]
    y, x = torch.from_numpy(y), torch.from_numpy(x).requires_grad_()

    def call() -> Any:
        value = formula(y, x)
        return value, torch.autograd.grad(value, x)[0]

    return call


PEERS = {"NumPy": of_numpy, "numba": of_numba, "scikit-learn": of_sklearn, "JAX": of_jax, "PyTorch": of_torch}
MODULES = {"NumPy": "numpy", "numba": "numba", "scikit-learn": "sklearn", "JAX": "jax", "PyTorch": "torch"}
HALVED = {("scikit-learn", "squared_error")}  # half of ours by definition


def agree(name: str, loss: str, ours: Any, theirs: Any) -> None:
    """Stop where a peer computes something else."""
    value, grad = (np.asarray(each, np.float64) for each in theirs)
    factor = 2.0 if (name, loss) in HALVED else 1.0
    if name == "scikit-learn":
        value, grad = value.mean(), grad / len(grad)
    np.testing.assert_allclose(factor * value, ours[0], rtol=1e-3, err_msg=f"{name}, {loss}")
    np.testing.assert_allclose(
        factor * grad, ours[1], rtol=1e-2, atol=1e-3 * np.abs(ours[1]).max(), err_msg=f"{name}, {loss}"
    )


def compare(loss: str, shape: tuple[int, ...], seconds: float) -> dict[str, float]:
    """The seconds of each candidate."""
    y, x = inputs(loss, shape)
    candidates: dict[str, Call] = {"lossreg": of_lossreg(loss, y, x)}
    for name, of in PEERS.items():
        if importlib.util.find_spec(MODULES[name]) and (call := of(loss, y, x)):
            agree(name, loss, candidates["lossreg"](), call())
            candidates[name] = call
    return best(candidates, seconds)


def install() -> None:
    """Install the peers that can be installed."""
    for module, package in PACKAGES.items():
        if importlib.util.find_spec(module) is None:
            command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "install", package]
            if subprocess.run(command, check=False).returncode:
                print(f"{package} cannot be installed here; its column stays empty", file=sys.stderr)
    importlib.invalidate_caches()


def by_hand() -> str:
    """The engine beside kernels by hand, as the program in Rust measures them."""
    if not shutil.which("cargo"):
        return "cargo is not installed.\n"
    command = ["cargo", "run", "--quiet", "--release", "-p", "lossreg-core", "--example", "speed"]
    lines = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    head, *rows = (line.split("\t") for line in lines)
    return table(head, rows)


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

    versions = ", ".join(
        f"{name} {importlib.import_module(module).__version__}"
        for name, module in MODULES.items()
        if importlib.util.find_spec(module)
    )
    return f"""\
# Performance

Written by `make performance` on {cpu()}, {THREADS} threads, with {versions}.

## Beside other libraries

Value and gradient of the mean, float32. A cell of a library is its time divided by that of lossreg, in one run: above 1
lossreg is faster. What a library lacks is empty. scikit-learn's are compiled loops without the mean.

{peers(results)}
{slower(results)}

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


def slower(results: list[dict[str, Any]]) -> str:
    """The cells where a peer is faster."""
    found = [
        f"{row['loss']} {row['shape']}: {name} {time / row['seconds']['lossreg']:.2f}"
        for row in results
        for name, time in row["seconds"].items()
        if time < row["seconds"]["lossreg"]
    ]
    return (
        "lossreg is slower than a peer in: " + "; ".join(found)
        if found
        else "lossreg is slower than a peer in no cell."
    )


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
        print(peers(results), slower(results), sep="\n")
    if options.out:
        options.out.write_text(page(results), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
