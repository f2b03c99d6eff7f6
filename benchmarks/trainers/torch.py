"""Value and backward pass of losses beside PyTorch's own, eager and compiled: ratios of one run, with the goal beside each.

python benchmarks/trainers/torch.py [--seconds 2] [--compile]

Each candidate computes a loss of scores that require a gradient and that gradient; candidates take turns, and the best round of
each counts. With ``--compile`` both are compiled by ``torch.compile`` as well, which needs a C++ compiler.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path[0] = str(Path(__file__).parents[1])  # its own folder has files called like the libraries

import torch
import torch.nn.functional as F

from lossreg.integrations.torch import Loss
from timing import best, table

GOALS = {"large": 2.0, "small": 1.0}


def focal(scores: Any, labels: Any, gamma: float = 2.0) -> Any:
    """The focal loss in PyTorch's own functions, as torchvision writes it."""
    entropy = F.binary_cross_entropy_with_logits(scores, labels, reduction="none")
    p = torch.sigmoid(scores)
    wrong = 1 - (p * labels + (1 - p) * (1 - labels))
    return (entropy * wrong**gamma).mean()


def cases() -> dict[str, tuple[str, Callable[..., Any], Any, Any, str]]:
    """Name → our loss, theirs, targets, scores, size."""
    found = {}
    for size, n, shape in (("large", 1_000_000, (4096, 1000)), ("small", 1000, (8, 125))):
        labels, scores = (torch.rand(n) > 0.5).float(), torch.randn(n)
        found[f"binary cross-entropy, {n:,}"] = (
            "binary_cross_entropy",
            F.binary_cross_entropy_with_logits,
            labels,
            scores,
            size,
        )
        found[f"focal, {n:,}"] = ("binary_focal(gamma=2.0)", focal, labels, scores, size)
        rows = torch.randint(shape[1], shape[:1])
        found[f"softmax cross-entropy, {shape[0]:,} × {shape[1]:,}"] = (
            "sparse_categorical_cross_entropy",
            F.cross_entropy,
            rows,
            torch.randn(shape),
            size,
        )
    return found


def step(loss: Callable[..., Any], scores: Any, *others: Any) -> Callable[[], object]:
    """A call that computes a loss and its gradient."""
    scores = scores.clone().requires_grad_()

    def run() -> object:
        scores.grad = None
        loss(scores, *others).backward()
        return scores.grad

    return run


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--compile", action="store_true")
    options = parser.parse_args()
    torch.manual_seed(0)
    rows = []
    for name, (ours, theirs, y, x, size) in cases().items():
        criterion = Loss(ours)

        def swapped(scores: Any, y: Any, criterion: Loss = criterion) -> Any:
            return criterion(y, scores)

        candidates = {"ours": step(swapped, x, y), "theirs": step(theirs, x, y)}
        if options.compile:
            candidates["ours compiled"] = step(torch.compile(swapped), x, y)
            candidates["theirs compiled"] = step(torch.compile(theirs), x, y)
        torch.testing.assert_close(candidates["ours"](), candidates["theirs"](), rtol=1e-3, atol=1e-8)
        seconds = best(candidates, options.seconds)
        row = [name, f"{seconds['ours'] * 1e6:,.0f}", f"{seconds['theirs'] / seconds['ours']:.2f}"]
        if options.compile:
            row.append(f"{seconds['theirs compiled'] / seconds['ours compiled']:.2f}")
        goal = GOALS[size]
        rows.append([*(cell if float(cell.replace(",", "")) >= goal else f"{cell} ✗" for cell in row[2:])])
        rows[-1] = [*row[:2], *rows[-1], f"{goal:g}"]
    headers = ["value and backward", "µs", "PyTorch's time / ours", *(["compiled"] if options.compile else []), "goal"]
    print(f"PyTorch {torch.__version__}, {torch.get_num_threads()} threads\n")
    print(table(headers, rows))


if __name__ == "__main__":
    main()
