"""Writes docs/accuracy-measured-losses.md: the largest errors of every loss over its table, next to what is promised.

python tests/truth/measured.py
"""

from __future__ import annotations

import sys
from pathlib import Path

TESTS = Path(__file__).parents[1]
sys.path.insert(0, str(TESTS))

from test_truth import LOSSES, QUANTITIES, measured  # noqa: E402

PAGE = TESTS.parent / "docs" / "accuracy-measured-losses.md"
INTRODUCTION = """# Accuracy of the losses, measured

The largest error of every unreduced loss, its gradient and its diagonal Hessian over the tables in `tests/truth`, against
mpmath at 450 digits: tails, seams, subnormal numbers and infinities included. The unit is one in the last place of the true
value, with no absolute tolerance; where terms cancel, the error is divided by the condition that the table states.
What is promised stands in parentheses. `python tests/truth/measured.py` wrote this page.
"""


def table(dtype: str) -> str:
    """The rows of the page for one dtype."""
    lines = [f"\n## {dtype}\n", "| loss | value | gradient | Hessian |", "|---|---|---|---|"]
    for name in LOSSES:
        worst: dict[str, dict[str, tuple[float, float]]] = {}
        for number in measured(name):
            if number.row.dtype == dtype:
                of_kind = worst.setdefault(number.promise.part, {})
                bound = number.promise.bounds[QUANTITIES.index(number.quantity)]
                error, _ = of_kind.get(number.quantity, (0.0, 0.0))
                of_kind[number.quantity] = max(error, number.error), bound
        for part, of_kind in sorted(worst.items(), reverse=True):
            others = ", otherwise" if len(worst) > 1 and not part else ""
            cells = [f"{error:.2f} ({bound:g})" for error, bound in (of_kind[quantity] for quantity in QUANTITIES)]
            lines.append(f"| {name}{', ' * bool(part)}{part}{others} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(INTRODUCTION + table("float32") + table("float64"), encoding="utf-8")
