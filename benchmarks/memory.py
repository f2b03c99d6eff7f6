"""What calls on 100 million elements allocate: the growth of the peak of resident memory, in processes of their own.

python benchmarks/memory.py [millions of elements]
"""

from __future__ import annotations

import subprocess
import sys

from timing import table

CODE = """
import numpy as np, lossreg
def peak():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM")) << 10
loss = lossreg.get({loss!r})
small = np.full((300, 10), 0.1, np.float32)
loss.value_and_grad(small, small)
x = np.full({shape}, 0.1, np.float32)
open("/proc/self/clear_refs", "w").write("5")
before = peak()
kept = loss.{method}(x, x)
print((peak() - before) / x.nbytes, (peak() - before) / 2**20)
"""


def growth(loss: str, method: str, millions: int) -> list[str]:
    """The row of one loss and method."""
    shape = (millions * 100_000, 10) if loss.startswith("categorical") else millions * 1_000_000
    code = CODE.format(loss=loss, method=method, shape=shape)
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    share, mib = map(float, done.stdout.split())
    return [f"{loss}, `{method}`", f"{mib:.1f}", f"{share:.3f}"]


def report(millions: int = 100) -> str:
    """The figures as Markdown."""
    losses = ["squared_error", "binary_cross_entropy", "categorical_cross_entropy"]
    rows = [growth(loss, method, millions) for loss in losses for method in ("value", "value_and_grad")]
    return table([f"{millions} M elements, float32", "MiB allocated", "of the prediction's size"], rows)


if __name__ == "__main__":
    print(report(*map(int, sys.argv[1:])))
