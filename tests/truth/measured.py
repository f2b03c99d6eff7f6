"""Writes docs/accuracy-measured-losses.md: the largest errors of every loss over its table, next to what is promised.

    python tests/truth/measured.py              write it
    python tests/truth/measured.py --check      exit 1 where it is not what would be written

Results have the same bits on every machine, so that errors can be compared.
"""

from __future__ import annotations

import argparse
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


def main() -> int:
    """Write or check."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 where the page is out of date")
    check, text = parser.parse_args().check, INTRODUCTION + table("float32") + table("float64")
    if not check:
        PAGE.write_text(text, encoding="utf-8")
    elif PAGE.read_text(encoding="utf-8") != text:
        print(f"{PAGE} is out of date; write it with: python tests/truth/measured.py", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
