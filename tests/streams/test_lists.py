"""Columns of lists, of whatever library: the rows of a matrix, where all are of one length."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from carried import arrow

import lossreg

pa = pytest.importorskip("pyarrow")
ds = pytest.importorskip("pyarrow.dataset")
pd = pytest.importorskip("pandas")
pl = pytest.importorskip("polars")

RNG = np.random.default_rng(7)


def columns_of_lists(scores: np.ndarray) -> dict[str, Any]:
    rows, number = scores.tolist(), pa.float64()
    return {
        "lists": pa.array(rows),
        "large lists": pa.array(rows, pa.large_list(number)),
        "views": pa.array(rows, pa.list_view(number)),
        "turned views": pa.ListViewArray.from_arrays(
            np.arange(len(rows), dtype="i4")[::-1] * 3, np.full(len(rows), 3, "i4"), pa.array(scores[::-1].ravel())
        ),
        "polars": pl.Series(rows),
        "pandas": pd.Series(rows),
        "pandas, arrays": pd.Series(list(scores)),
        "pandas, Arrow": pd.Series(rows, dtype=pd.ArrowDtype(pa.list_(number))),
    }


@pytest.mark.parametrize("kind", columns_of_lists(np.zeros((2, 3))))
def test_a_column_of_lists_is_a_matrix(kind: str) -> None:
    labels, scores = RNG.integers(0, 3, 30), RNG.random((30, 3))
    column = columns_of_lists(scores)[kind]
    expected = lossreg.get("scce")(labels, scores)
    nothing = {"y": labels[:0], "p": column[:0]}
    for source in (
        {"y": labels, "p": column},
        [nothing, {"y": labels[:9], "p": column[:9]}, nothing, {"y": labels[9:], "p": column[9:]}],
    ):
        assert lossreg.evaluate("scce", source, true="y", pred="p") == expected
    wide = {"y": labels, "p": np.zeros((30, 4))}
    with pytest.raises(lossreg.DataError, match=r"\(30, 3\) in batch 0 and \(30, 4\) in batch 1, which do not go"):
        lossreg.evaluate("scce", [{"y": labels, "p": column}, wide], true="y", pred="p")


@pytest.mark.parametrize("nested", [False, True], ids=["fixed", "lists"])
def test_lists_of_lists_are_matrices_of_each_row(nested: bool) -> None:
    labels, scores = lossreg.testing.arguments("ctc", 40)
    table = arrow({"k": labels, "s": scores}, pa.list_ if nested else None)
    frame = pl.from_arrow(table)
    for source in (table, table.to_reader(7), frame, frame.lazy(), ds.dataset(table), [table[:9], frame[9:]]):
        assert lossreg.evaluate("ctc", source, true="k", pred="s") == lossreg.get("ctc")(labels, scores)
    rows = [[[1.0, 2.0], [3.0, 4.0]], [[1.0, 2.0], [3.0]]]
    for column in (pa.array(rows), pl.Series(rows)):
        with pytest.raises(lossreg.DtypeError, match="unequal lengths, 2 and, at index 1, 1; ") as raised:
            lossreg.evaluate("ctc", {"k": [[1], [1]], "s": column}, true="k", pred="s")
        assert raised.value.index == 1
    rows[1][1] = [3.0, None]
    for column in (pa.array(rows), pl.Series(rows)):
        with pytest.raises(lossreg.DtypeError, match="y_pred has 1 null, at index 1; "):
            lossreg.evaluate("ctc", {"k": [[1], [1]], "s": column}, true="k", pred="s")


def test_lists_without_elements_are_rows_of_no_classes() -> None:
    pa = pytest.importorskip("pyarrow")
    with pytest.raises(lossreg.ShapeError, match="at least one class"):
        lossreg.evaluate("scce", pa.table({"k": [0, 1], "s": [[], []]}), true="k", pred="s")
