"""Parquet files in shares, which threads read by themselves: the bits of one call, and the errors of one thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lossreg
from lossreg.streams import Columns, Files, fold_files, pieces
from lossreg.streams import parquet as reader

pa = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")

ROWS, GROUP, FILES = 4000, 90, 3
RNG = np.random.default_rng(5)
Y, P, W = RNG.random((3, ROWS))
WANTED = {"y_true": Columns(("y",)), "y_pred": Columns(("p",))}


@pytest.fixture(autouse=True)
def divided(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each row group for itself, and more threads than this machine may have."""
    monkeypatch.setattr(reader, "SHARE", 1)
    with lossreg.num_threads(4):
        yield


def written(folder: Path, **columns: Any) -> Path:
    """Some files of many row groups."""
    for number, rows in enumerate(np.array_split(np.arange(ROWS), FILES)):
        table = pa.table({name: pa.array(np.asarray(column)[rows]) for name, column in columns.items()})
        parquet.write_table(table, folder / f"{number}.parquet", GROUP)
    return folder


def test_shares_are_all_rows_once_and_in_order(tmp_path: Path) -> None:
    for path in (written(tmp_path, y=Y, p=P), tmp_path / "0.parquet"):
        shares = [*Files.of([str(path)], WANTED).shares(4)]
        assert len(shares) > 10
        found = [np.concatenate([block["y_true"].array("y_true") for block in share.blocks()]) for share in shares]
        before = np.cumsum([0, *map(len, found)])
        assert [share.before for share in shares] == before[:-1].tolist()
        np.testing.assert_array_equal(np.concatenate(found), Y[: before[-1]])


def test_some_row_groups_are_worth_a_share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = Files.of([str(written(tmp_path, y=Y, p=P) / "0.parquet")], WANTED)
    monkeypatch.setattr(reader, "SHARE", 4 * GROUP)
    befores = [share.before for share in files.shares(4)]
    assert set(np.diff(befores)) == {4 * GROUP}
    monkeypatch.setattr(reader, "SHARE", ROWS)
    assert len([*files.shares(4)]) == 1


def test_the_value_has_the_bits_of_one_call(tmp_path: Path) -> None:
    written(tmp_path, y=Y, p=P, w=W)
    for reduction in ("mean", "sum", "weighted_mean"):
        expected = lossreg.get("huber")(Y, P, W, reduction=reduction)
        assert lossreg.evaluate("huber", tmp_path, true="y", pred="p", weight="w", reduction=reduction) == expected


def test_threads_read_at_the_same_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two threads wait for each other in their first block; with one thread there is none besides that of the caller."""
    written(tmp_path, y=Y, p=P)
    seen: set[str] = set()
    both = threading.Barrier(2, timeout=60)
    fold = pieces.fold

    def waiting(*arguments: Any) -> Any:
        if threading.current_thread() is not threading.main_thread() and len(seen) < 2:
            seen.add(threading.current_thread().name)
            both.wait()
        return fold(*arguments)

    monkeypatch.setattr("lossreg.streams.shares.fold", waiting)
    expected = lossreg.get("huber")(Y, P)
    assert lossreg.evaluate("huber", tmp_path, true="y", pred="p") == expected
    assert len(seen) == 2
    with lossreg.num_threads(1):
        monkeypatch.setattr("lossreg.streams.shares.ThreadPoolExecutor", None)
        assert lossreg.evaluate("huber", tmp_path, true="y", pred="p") == expected


def test_what_was_read_is_reported(tmp_path: Path) -> None:
    files, counts = Files.of([str(written(tmp_path, y=Y, p=P))], WANTED), []
    state = lossreg.get("huber").state().update([1.0], [3.0])
    assert fold_files(state, files, ("y_true", "y_pred"), counts.append) is state
    assert sum(counts) == ROWS
    assert state.count == ROWS + 1
    assert state.result() == lossreg.get("huber")([*Y, 1.0], [*P, 3.0])


def test_the_first_error_is_the_error(tmp_path: Path) -> None:
    labels = np.ones(ROWS)
    labels[[1700, 1900, 3990]] = 7, 8, 9
    written(tmp_path, y=labels, p=P)
    threads = threading.active_count()
    for _ in range(20):
        with pytest.raises(lossreg.DomainError, match=r"holds 7 at index .*; index 1700 of all") as raised:
            lossreg.evaluate("bce", tmp_path, true="y", pred="p")
        assert (raised.value.argument, raised.value.index, raised.value.value) == ("y_true", 1700, 7)
        assert f"{tmp_path / '1.parquet'}, index {1700 - len(Y[: ROWS // FILES + 1])}" in str(raised.value)
    assert threading.active_count() == threads
    with pytest.raises(lossreg.DataError, match="no column is called 'q'"):
        lossreg.evaluate("bce", tmp_path, true="q", pred="p")


def test_files_that_do_not_go_together(tmp_path: Path) -> None:
    scores = [pa.FixedSizeListArray.from_arrays(np.ones(4 * width), width) for width in (3, 3, 2)]
    for number, column in enumerate(scores):
        parquet.write_table(pa.table({"y": [0, 1, 0, 1], "p": column}), tmp_path / f"{number}.parquet", 2)
    words = r"y_pred has shape \(2, 3\) in .*0.parquet and \(2, 2\) in .*2.parquet, which do not go together"
    with pytest.raises(lossreg.DataError, match=words):
        lossreg.evaluate("scce", tmp_path, true="y", pred="p")
    (tmp_path / "1.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(lossreg.DataError, match=r"1.parquet: no Parquet file, or a corrupt one"):
        lossreg.evaluate("scce", tmp_path, true="y", pred="p")


def test_an_interrupt_ends_all_threads(tmp_path: Path) -> None:
    threads, count = threading.active_count(), 0

    def interrupted(_: int) -> None:
        nonlocal count
        count += 1
        if count == 5:
            raise KeyboardInterrupt

    files = Files.of([str(written(tmp_path, y=Y, p=P))], WANTED)
    with pytest.raises(KeyboardInterrupt):
        fold_files(lossreg.get("huber").state(), files, ("y_true", "y_pred"), interrupted)
    assert threading.active_count() == threads
    assert count < ROWS // GROUP
