"""Spark: values have the bits of one call, and faults end in errors that name the partition, not in numbers."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest
from carried import FEW_OR_MANY, Carried, arrow, carried

import lossreg

pytest.importorskip("pyspark")
pa = pytest.importorskip("pyarrow")
pd = pytest.importorskip("pandas")
if not shutil.which("java"):
    pytest.skip("Spark needs Java", allow_module_level=True)

from pyspark.sql import SparkSession, functions

from lossreg.integrations.spark import evaluate

pytestmark = pytest.mark.filterwarnings("ignore")  # of Spark, about the versions of pandas
ROWS = 500
RNG = np.random.default_rng(3)
Y, P, W = RNG.random((3, ROWS))
M = RNG.random(ROWS) < 0.7
NAMES = {"true": "y", "pred": "p", "weight": "w", "where": "m"}


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    """A session of two threads, which tries a failed task twice."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        session = (
            SparkSession.builder.master("local[2,2]")
            .config("spark.ui.enabled", "false")
            .config("spark.ui.showConsoleProgress", "false")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.driver.memory", "1g")
            .config("spark.sql.execution.arrow.maxRecordsPerBatch", "64")
            .config("spark.sql.shuffle.partitions", "4")
            .getOrCreate()
        )
        session.sparkContext.setLogLevel("OFF")
        yield session
        session.stop()


@pytest.fixture(scope="module")
def frame(session: Any) -> Any:
    scores = RNG.random((ROWS, 3))
    data = {"n": np.arange(ROWS), "y": Y, "p": P, "w": W, "m": M, "a b": Y, "class": np.arange(ROWS) % 3}
    made = session.createDataFrame(pd.DataFrame({**data, "s": scores.tolist()}))
    made.cache()
    return made


def test_any_partitions_give_the_bits_of_one_call(frame: Any) -> None:
    expected = lossreg.get("huber")(Y, P, W, where=M)
    for parts in (frame.repartition(5), frame.repartition(4, "class")):  # some of which are empty
        assert evaluate("huber", parts, **NAMES) == expected
    assert evaluate("huber", frame, true=1, pred=2) == lossreg.get("huber")(Y, P)
    assert evaluate("mse", frame, true="a b", pred="p", reduction="sum") == lossreg.get("mse")(Y, P, reduction="sum")
    rows = frame.toPandas()
    scores = np.array(rows["s"].tolist())
    assert evaluate("scce", frame, true="class", pred="s") == lossreg.get("scce")(rows["class"].to_numpy(), scores)
    narrow = frame.select(functions.col("y").cast("float"), functions.col("p").cast("float"))
    expected = lossreg.get("huber")(Y.astype(np.float32), P.astype(np.float32))
    assert evaluate("huber", narrow, true="y", pred="p") == expected


def partitioned(session: Any, given: Carried) -> Any:
    """A frame with a partition for each part, of which one has as many rows as it has; or as Spark divides it."""
    from pyspark.sql.pandas.types import from_arrow_schema

    tables = [arrow(part, pa.list_) for part in given.parts()]
    if given.draw.random() < 0.3:
        whole = pa.concat_tables(tables).combine_chunks()  # Spark reads a table up to a chunk without rows
        return session.createDataFrame(whole).repartition(int(given.draw.integers(1, 9)))

    def rows(batches: Iterator[Any]) -> Iterator[Any]:
        gc.freeze()  # a worker collects garbage after each task: over all that is imported that takes longer than the task
        for batch in batches:
            for number in batch.column("id").to_pylist():
                yield from tables[number].to_batches(max_chunksize=11)

    numbers = session.range(len(tables), numPartitions=len(tables))
    return numbers.mapInArrow(rows, from_arrow_schema(tables[0].schema))


@FEW_OR_MANY
def test_any_partitions_of_any_loss_give_the_bits_of_one_call(session: Any, cases: list[Any]) -> None:
    for case in cases:
        given = carried(*case)
        found = evaluate(given.loss, partitioned(session, given), **given.names, reduction=given.reduction)
        assert found == given.expected, case


def test_rows_of_unequal_lengths(frame: Any) -> None:
    short = functions.when(functions.col("n") < 250, functions.slice("s", 1, 2)).otherwise(functions.col("s"))
    ragged = frame.withColumn("s", short).repartitionByRange(2, "n")
    words = r"y_pred has (shape \(\d+, [23]\) in partition 0 and \(\d+, [23]\) in partition 1|rows of unequal lengths)"
    with pytest.raises((lossreg.DataError, lossreg.DtypeError), match=words):
        evaluate("scce", ragged.filter("class < 2"), true="class", pred="s")


def test_frames_of_unequal_dtypes_are_joined_as_arrays_are(session: Any) -> None:
    narrow = session.createDataFrame(pa.table({"y": Y[:200].astype("f4"), "p": P[:200].astype("f4")}))
    both = narrow.union(session.createDataFrame(pa.table({"y": Y[200:], "p": P[200:]})))
    joined = [np.concatenate([one[:200].astype("f4"), one[200:]]) for one in (Y, P)]
    assert evaluate("huber", both, true="y", pred="p") == lossreg.get("huber")(*joined)


def test_a_partition_with_bad_labels_and_one_with_nulls(frame: Any) -> None:
    parts = frame.repartitionByRange(4, "n").sortWithinPartitions("n")
    before = [
        row["count"] for row in parts.groupBy(functions.spark_partition_id().alias("k")).count().sort("k").collect()
    ]
    bad = functions.when(functions.col("n") == before[0] + 6, 7).otherwise(functions.lit(1))
    words = r"y_true holds 7 at index 6; .* \(column label of partition 1\)"
    with pytest.raises(lossreg.DomainError, match=words) as raised:
        evaluate("bce", parts.withColumn("label", bad), true="label", pred="p")
    assert (raised.value.argument, raised.value.index, raised.value.value) == ("y_true", 6, 7)
    missing = functions.when(functions.col("n") != before[0] + before[1], functions.col("y"))
    with pytest.raises(lossreg.DtypeError, match=r"y_true has 1 null, at index 0; .* \(column y of partition 2\)"):
        evaluate("huber", parts.withColumn("y", missing), **NAMES)
    with pytest.raises(lossreg.DtypeError, match=r"y_true has dtype string"):
        evaluate("huber", parts.withColumn("y", functions.lit("a")), **NAMES)
    with pytest.raises(lossreg.EmptyError):
        evaluate("huber", frame.limit(0), **NAMES)
    with pytest.raises(lossreg.DataError, match="no column is called 'q'"):
        evaluate("huber", frame, true="q", pred="p")


@pytest.mark.parametrize("times", [1, 50])
def test_a_killed_worker_is_an_error_or_no_matter(frame: Any, tmp_path: Path, times: int) -> None:
    def killing(batches: Iterator[Any]) -> Iterator[Any]:
        for batch in batches:
            for number in range(times):
                try:
                    os.close(os.open(tmp_path / str(number), os.O_CREAT | os.O_EXCL))
                except FileExistsError:
                    continue
                os.kill(os.getpid(), signal.SIGKILL)
            yield batch

    some = frame.select("y", "p").mapInArrow(killing, "y double, p double")
    if times == 1:
        assert evaluate("huber", some, true="y", pred="p") == lossreg.get("huber")(Y, P)
    else:
        with pytest.raises(Exception, match="Python worker exited unexpectedly"):
            evaluate("huber", some, true="y", pred="p")
    assert (tmp_path / "0").exists()
    assert evaluate("huber", frame, true="y", pred="p") == lossreg.get("huber")(Y, P)


def test_a_cancelled_job(session: Any, frame: Any, tmp_path: Path) -> None:
    begun, stop = tmp_path / "begun", tmp_path / "stop"

    def waiting(batches: Iterator[Any]) -> Iterator[Any]:
        begun.touch()
        while not stop.exists():
            time.sleep(0.1)
        yield from batches

    def cancel() -> None:
        while not begun.exists():
            time.sleep(0.1)
        session.sparkContext.cancelAllJobs()

    thread = Thread(target=cancel)
    thread.start()
    stuck = frame.select("y", "p").coalesce(1).mapInArrow(waiting, "y double, p double")
    with pytest.raises(Exception, match="cancelled"):
        evaluate("huber", stuck, true="y", pred="p")
    stop.touch()
    thread.join()
    assert evaluate("huber", frame, true="y", pred="p") == lossreg.get("huber")(Y, P)
