"""What a call costs that has hardly anything to compute: 100 elements, beside NumPy's own.

python benchmarks/calls.py
"""

from __future__ import annotations

import numpy as np

import lossreg
from timing import best, marked, table

LIMITS = {"value": 0.6, "value and gradient": 1.0}  # promised, in units of np.add


def measure() -> dict[str, float]:
    """Nanoseconds of each call."""
    random = np.random.default_rng(0)
    y, x = random.standard_normal((2, 100))
    out = np.empty_like(x)
    loss = lossreg.get("squared_error")
    add, value, value_and_grad = np.add, loss.value, loss.value_and_grad
    candidates = {
        "np.add": lambda: add(y, x),
        "value": lambda: value(y, x),
        "value and gradient": lambda: value_and_grad(y, x),
        "value and gradient, out=": lambda: value_and_grad(y, x, out=out),
        "loss(y, x)": lambda: loss(y, x),
        "mean squared error in NumPy": lambda: np.mean(np.square(x - y)),
        "nothing": lambda: None,
    }
    times = best(candidates, seconds=2.0)
    nothing = times.pop("nothing")  # the lambda itself
    return {name: (time - nothing) * 1e9 for name, time in times.items()}


def report() -> str:
    """The figures as Markdown."""
    times = measure()
    unit = times["np.add"]
    rows = [
        [name, f"{time:.0f}", marked(f"{time / unit:.2f}", limit := LIMITS.get(name, "")), str(limit)]
        for name, time in times.items()
    ]
    return table(["squared error, n = 100, float64", "ns", "ratio to np.add", "promised"], rows)


if __name__ == "__main__":
    print(report())
