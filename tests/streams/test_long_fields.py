"""Texts beside the numbers may be long: they are read as far as memory is bounded."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

import lossreg
from lossreg.streams import Columns, Files


def test_fields_and_headers_may_be_long(tmp_path: Path) -> None:
    """As columns of texts beside the numbers are; whatever limit of fields the rest of the process has."""
    long, path = "x" * 200_000, tmp_path / "texts.csv"
    path.write_text(f'y,p,{long}\n1,2,{long}\n1,4,"{long}\n{long}"\n', encoding="utf-8")
    limit = csv.field_size_limit()
    assert lossreg.evaluate("mse", str(path), true="y", pred="p") == 5.0
    assert csv.field_size_limit() == limit


def test_a_quote_that_does_not_close_fills_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "open.csv"
    path.write_text('y,p,note\n1,2,"' + "word\n" * 2**22, encoding="utf-8")
    with pytest.raises(lossreg.DataError, match=r"open\.csv, line 3355445: no CSV: field larger .* \(16777216\)$"):
        lossreg.evaluate("mse", str(path), true="y", pred="p")


def test_of_long_lines_few_are_held(tmp_path: Path) -> None:
    path = tmp_path / "texts.csv"
    path.write_text("y,p,note\n" + ("1,2," + "x" * 2**20 + "\n") * 80, encoding="utf-8")
    columns = {"y_true": Columns.of("y", "y_true"), "y_pred": Columns.of("p", "y_pred")}
    rows = [len(block["y_true"]) for block in Files.of([str(path)], columns).blocks()]
    assert sum(rows) == 80
    assert max(rows) <= 40
