"""The demo's table fits its terminal: all columns where there is room, fewer where there is not, and no name broken."""

from __future__ import annotations

import re
from io import StringIO

import pytest

pytest.importorskip("rich", reason="rich comes with the extra 'cli'")
pytest.importorskip("typer", reason="typer comes with the extra 'cli'")

from rich.console import Console

from lossreg.cli.demo import fitting
from lossreg.demo import table
from lossreg.demo.timing import Timing

TIMES = Timing(1_000_500, 1.234e-3, 23.456e-3, 1000, 1e-6, 2e-5)
ROWS = [
    table.Row("sparse_categorical_cross_entropy", "digits", 2.3026, 0.1, "accuracy", 0.98, None, "LogisticRegression", 0.98, TIMES),
    table.Row("huber(delta=1.35)", "diabetes", 29074.4819, 1.5, "R²", 0.5, None, "HuberRegressor", 0.51, TIMES),
    table.Row("minimax_generator(saturating=False)", "breast cancer, 2 features", 0.7, 0.8, "energy distance", 0.1, 1.2, "other half of the data", 0.1, TIMES),
]  # fmt: skip
NAMES = [part for row in ROWS for part in re.findall(r"\w+", row.loss)] + [row.reference_model for row in ROWS[:2]]


def lines(width: int) -> list[str]:
    output = Console(width=width, file=StringIO(), markup=False, highlight=False, emoji=False)
    output.print(fitting(output, ROWS))
    return output.file.getvalue().splitlines()  # type: ignore[attr-defined]


@pytest.mark.parametrize("width", [80, 100, 132, 150, 240])
def test_it_fits_and_breaks_no_name(width: int) -> None:
    shown = lines(width)
    assert max(map(len, shown)) <= width
    for word in NAMES:
        assert any(re.search(rf"\b{word}\b", line) for line in shown), f"{word} is broken at {width} columns"


def test_it_grows_with_the_terminal() -> None:
    narrow, wide = "\n".join(lines(80)), "\n".join(lines(240))
    assert "elements/s" in wide
    assert "elements/s" not in narrow
    assert len(lines(240)) < len(lines(80))
    for row in ROWS:
        for figure in (f"{row.start:.4f}", f"{row.end:.4f}", f"{row.quality:.3f}", "1.23 ms", "(19.0×)"):
            assert figure in narrow
            assert figure in wide
