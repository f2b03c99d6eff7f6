"""Dask: values and derivatives have the bits of one call, on a cluster of processes too, and faults end in errors, not in numbers."""

from __future__ import annotations

import gc
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from carried import FEW_OR_MANY, carried, flat

import lossreg

dask = pytest.importorskip("dask")
da = pytest.importorskip("dask.array")
dd = pytest.importorskip("dask.dataframe")
distributed = pytest.importorskip("distributed")
pd = pytest.importorskip("pandas")

from lossreg.integrations.dask import evaluate, grad_and_hess, gradient

pytestmark = pytest.mark.filterwarnings("ignore")  # of Dask and of its HTTP server, about themselves
ROWS = 600
RNG = np.random.default_rng(3)
Y, P, W = RNG.random((3, ROWS))
M = RNG.random(ROWS) < 0.7
FRAME = pd.DataFrame({"y": Y, "p": P, "w": W, "m": M})
NAMES = {"true": "y", "pred": "p", "weight": "w", "where": "m"}
EXPECTED = lossreg.get("huber")(Y, P, W, where=M)


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    """The client of a cluster of two processes."""
    quick = {"distributed.scheduler.allowed-failures": 1, "distributed.comm.retry.count": 0}
    with (
        dask.config.set(quick),
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@pytest.fixture
def alone() -> Iterator[None]:
    with dask.config.set(scheduler="sync"):
        yield


def cuts(rng: np.random.Generator, rows: int) -> tuple[int, ...]:
    """Lengths of chunks, some of which are 0."""
    return tuple(np.diff([0, *sorted(rng.integers(0, rows + 1, 4)), rows]).tolist())


def divided(rng: np.random.Generator, *arrays: np.ndarray) -> list[Any]:
    return [da.from_array(one, chunks=(cuts(rng, len(one)), *one.shape[1:])) for one in arrays]


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("name", [name for name in lossreg.names() if not lossreg.describe(name).coupled])
def test_any_chunks_give_the_bits_of_one_call(name: str) -> None:
    loss, rng = lossreg.get(name), np.random.default_rng(len(name))
    if loss.params.get("axis", -1) is None:
        loss = loss.replace(axis=-1)
    for dtype, reduction in ((np.float32, "mean"), (np.float64, "weighted_mean")):
        arguments = lossreg.testing.arguments(loss, 90, dtype=dtype, seed=1)[: len(loss.info.sides)]
        shape = np.shape(loss(*arguments, reduction="none"))
        weight, mask = rng.random(shape).astype(dtype), rng.random(shape) < 0.7
        for w, m in ((None, None), (weight, mask)):
            parts = divided(rng, *arguments)
            some = [one if one is None else divided(rng, one)[0] for one in (w, m)]
            two = [*parts, None][:2]
            got = evaluate(loss, *two, some[0], where=some[1], reduction=reduction)
            assert got == loss(*arguments, sample_weight=w, where=m, reduction=reduction)
            if loss.info.family == "adversarial":
                continue
            found = dask.compute(*grad_and_hess(loss, *parts, some[0], where=some[1], reduction=reduction))
            wanted = loss.grad_and_hess(*arguments, w, where=m, reduction=reduction)
            for one, other in zip(found, wanted, strict=True):
                np.testing.assert_array_equal(one, other, strict=True)


@pytest.mark.usefixtures("alone")
def test_gradients_are_arrays_of_the_chunks_of_the_predictions() -> None:
    y, p = (da.from_array(one.reshape(20, 30), chunks=(7, 11)) for one in (Y, P))
    w = da.from_array(W[:20], chunks=5)
    found = gradient("huber", y, p, w)
    np.testing.assert_array_equal(found, lossreg.get("huber").grad(Y.reshape(20, 30), P.reshape(20, 30), W[:20]))
    assert found.shape == (20, 30)
    assert sum(found.chunks[0]) == 20
    for reduction in ("sum", "none"):
        expected = lossreg.get("huber").grad(Y, P, reduction=reduction)
        np.testing.assert_array_equal(gradient("huber", *divided(RNG, Y, P), reduction=reduction), expected)
    with pytest.raises(lossreg.EmptyError):
        gradient("huber", y, p, where=da.zeros((20, 30), dtype=bool)).compute()
    with pytest.raises(lossreg.ParameterError, match="scores of two players"):
        gradient("minimax_discriminator", y, p)


def test_a_cluster_of_processes(client: Any, tmp_path: Path) -> None:
    frame = dd.from_pandas(FRAME, npartitions=5)
    assert evaluate("huber", frame, **NAMES) == EXPECTED
    arrays = divided(RNG, Y, P, W, M)
    assert evaluate("huber", *arrays[:3], where=arrays[3]) == EXPECTED
    later = evaluate("huber", frame, **NAMES, compute=False)
    assert dask.is_dask_collection(later)
    assert client.compute(later).result() == EXPECTED
    frame.to_parquet(tmp_path)
    assert evaluate("huber", dd.read_parquet(tmp_path), **NAMES) == EXPECTED
    assert evaluate("huber", frame, true=0, pred=1, weight=2, where=3) == EXPECTED
    scores = pd.DataFrame(RNG.random((ROWS, 3)), columns=["a", "b", "c"])
    table = dd.from_pandas(scores.assign(label=np.arange(ROWS) % 3), npartitions=4)
    expected = lossreg.get("scce")(np.arange(ROWS) % 3, scores.to_numpy())
    assert evaluate("scce", table, true="label", pred=["a", "b", "c"]) == expected
    found = grad_and_hess("huber", *arrays[:3], where=arrays[3])
    for one, other in zip(dask.compute(*found), lossreg.get("huber").grad_and_hess(Y, P, W, where=M), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.usefixtures("alone")
def test_chunks_of_unknown_length() -> None:
    frame = dd.from_pandas(FRAME, npartitions=4)
    y, p = frame["y"].values, frame["p"].values
    assert np.isnan(y.shape[0])
    assert evaluate("huber", y, p) == lossreg.get("huber")(Y, P)
    np.testing.assert_array_equal(gradient("huber", y, p), lossreg.get("huber").grad(Y, P))


def test_nothing_is_computed_before_it_is_asked_for(tmp_path: Path) -> None:
    def read(block: Any) -> Any:
        (tmp_path / "read").touch()
        return block

    y = da.from_array(Y, chunks=100).map_blocks(read, dtype=float, meta=np.empty(0))
    later, slope = evaluate("huber", y, y, compute=False), gradient("huber", y, y)
    assert not (tmp_path / "read").exists()
    assert dask.compute(later, slope)[0] == 0.0
    assert (tmp_path / "read").exists()


@pytest.mark.parametrize("name", [name for name in lossreg.names() if lossreg.describe(name).coupled])
def test_what_has_no_state_is_refused_before_anything_is_computed(name: str) -> None:
    with pytest.raises(lossreg.ParameterError, match="has no state"):
        evaluate(name, da.zeros(9, chunks=4), da.ones(9, chunks=4), compute=False)
    with pytest.raises(lossreg.ParameterError, match="reduction"):
        evaluate("huber", da.zeros(9, chunks=4), da.ones(9, chunks=4), reduction="none", compute=False)


def both_ways(case: Any) -> list[Any]:
    """The values over arrays and over a frame of some parts, to be computed, each with what it should be."""
    given = carried(*case)
    parts = given.parts()
    whole = {name: np.concatenate([part[name] for part in parts]) for name in given.columns}
    arrays = {
        name: da.from_array(one, chunks=(tuple(len(part["pred"]) for part in given.parts()), *one.shape[1:]))
        for name, one in whole.items()
    }
    options = {"reduction": given.reduction, "compute": False}
    sides = [*(arrays[side] for side in ("true", "pred") if side in arrays), None][:2]
    found = [evaluate(given.loss, *sides, arrays.get("weight"), where=arrays.get("where"), **options)]
    if all(one.ndim < 3 for one in whole.values()):
        frames = [pd.DataFrame(flat(part)[0]) for part in parts]
        table = dd.from_delayed([*map(dask.delayed, frames)], meta=frames[0][:0], verify_meta=False)
        found.append(evaluate(given.loss, table, **flat(whole)[1], **options))
    return [(one, given.expected, case) for one in found]


@FEW_OR_MANY
def test_any_partitions_on_a_cluster_give_the_bits_of_one_call(client: Any, cases: list[Any]) -> None:
    for begin in range(0, len(cases), 100):  # so that the workers need not wait
        later, expected, what = zip(*chain.from_iterable(map(both_ways, cases[begin : begin + 100])), strict=True)
        for found, wanted, case in zip(dask.compute(*later), expected, what, strict=True):
            assert found == wanted, case


@pytest.mark.usefixtures("alone")
def test_columns_of_lists_are_matrices(tmp_path: Path) -> None:
    scores, labels = RNG.random((ROWS, 3)), np.arange(ROWS) % 3
    expected = lossreg.get("scce")(labels, scores)
    pd.DataFrame({"label": labels, "s": scores.tolist()}).to_parquet(tmp_path / "0.parquet")
    for read in (dd.read_parquet(tmp_path), dd.read_parquet(tmp_path, dtype_backend="pyarrow")):
        assert evaluate("scce", read.repartition(npartitions=4), true="label", pred="s") == expected


# Faults


def test_a_partition_with_bad_labels(client: Any) -> None:
    labels = (Y > 0.5).astype(int)
    labels[410] = 7
    frame = dd.from_pandas(FRAME.assign(label=labels), chunksize=100)
    with pytest.raises(
        lossreg.DomainError, match=r"y_true holds 7 at index 10; .*\(column label of partition 4\)"
    ) as raised:
        evaluate("bce", frame, true="label", pred="p")
    assert (raised.value.argument, raised.value.index, raised.value.value) == ("y_true", 10, 7)
    y, p = da.from_array(labels, chunks=100), da.from_array(P, chunks=60)
    for job in (evaluate("bce", y, p, compute=False), gradient("bce", y, p)):
        with pytest.raises(lossreg.DomainError, match=r"y_true holds 7 at index \d+; .*index 410 of all") as raised:
            job.compute()
        assert raised.value.index == 410


def test_nulls_and_unequal_dtypes(client: Any) -> None:
    nullable = FRAME.assign(y=pd.array([*Y[:-1], None], dtype="Float64"))
    with pytest.raises(lossreg.DtypeError, match=r"y_true has 1 null, at index 199; .* \(column y of partition 2\)"):
        evaluate("huber", dd.from_pandas(nullable, npartitions=3), **NAMES)
    small = FRAME.astype({"y": "float32", "p": "float32"})
    parts = [dask.delayed(small[:300]), dask.delayed(FRAME[300:])]
    joined = [np.concatenate([small[name][:300], FRAME[name][300:]]) for name in ("y", "p")]
    wide = dd.from_delayed(parts, meta=FRAME[:0], verify_meta=False)
    assert evaluate("huber", wide, true="y", pred="p") == lossreg.get("huber")(*joined)
    narrow = dd.from_delayed(parts, meta=small[:0], verify_meta=False)
    with pytest.raises(lossreg.DtypeError, match="float64 in a part of a source that promised float32"):
        evaluate("huber", narrow, true="y", pred="p")


@pytest.mark.usefixtures("alone")
def test_chunks_of_unequal_dtypes() -> None:
    kinds = [np.float32, np.float64]

    def turns(block: Any, block_info: Any = None) -> Any:
        return block.astype(kinds[block_info[0]["chunk-location"][0] % 2])

    def as_promised(dtype: Any) -> Any:
        return da.from_array(Y, chunks=200).map_blocks(turns, dtype=dtype, meta=np.empty(0, dtype))

    joined = np.concatenate([Y[:200].astype(np.float32), Y[200:400], Y[400:].astype(np.float32)])
    assert evaluate("huber", as_promised(float), P) == lossreg.get("huber")(joined, P)
    np.testing.assert_array_equal(gradient("huber", as_promised(float), P), lossreg.get("huber").grad(joined, P))
    words = r"y_true has dtype float64 in a part of a source that promised float32.*\(chunk 1"
    for later in (evaluate("huber", as_promised("f4"), P, compute=False), gradient("huber", as_promised("f4"), P)):
        with pytest.raises(lossreg.DtypeError, match=words):
            later.compute()


@pytest.mark.usefixtures("alone")
def test_rows_of_unequal_lengths() -> None:
    parts = [
        pd.DataFrame({"label": [0, 1], "s": [[1.0] * width] * 2})[:rows] for width, rows in ((3, 2), (5, 0), (4, 2))
    ]
    with dask.config.set({"dataframe.convert-string": False}):  # which makes text of lists
        table = dd.from_delayed([*map(dask.delayed, parts)], meta=parts[0][:0], verify_meta=False)
        words = r"y_pred has shape \(2, 3\) in partition 0 and \(2, 4\) in partition 2, which do not go together"
        with pytest.raises(lossreg.DataError, match=words):
            evaluate("scce", table, true="label", pred="s")


def killing(block: Any, marks: Path, times: int) -> Any:
    """A block; some of the processes that make it are killed."""
    for number in range(times):
        try:
            os.close(os.open(marks / str(number), os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            continue
        os.kill(os.getpid(), signal.SIGKILL)
    return block


def forgotten(client: Any) -> None:
    """Wait for what is left of a computation that failed: it may still kill workers, and what else these compute."""
    for _ in range(100):
        gc.collect()  # errors hold what they were raised from
        if not client.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.tasks)):
            break
        time.sleep(0.1)


@pytest.mark.parametrize("times", [1, 50])
def test_a_killed_worker_is_an_error_or_no_matter(client: Any, tmp_path: Path, times: int) -> None:
    y, p = da.from_array(Y, chunks=200), da.from_array(P, chunks=200)
    bad = y.map_blocks(partial(killing, marks=tmp_path, times=times), dtype=float, meta=np.empty(0))
    if times == 1:
        assert evaluate("huber", bad, p) == lossreg.get("huber")(Y, P)
    else:
        with pytest.raises(distributed.KilledWorker):
            evaluate("huber", bad, p)
        forgotten(client)
    assert (tmp_path / "0").exists()
    assert evaluate("huber", y, p) == lossreg.get("huber")(Y, P)


def test_a_cancelled_job(client: Any) -> None:
    event = distributed.Event("go")

    def waiting(block: Any) -> Any:
        distributed.Event("go").wait(60)
        return block

    y = da.from_array(Y, chunks=200).map_blocks(waiting, dtype=float, meta=np.empty(0))
    job = client.compute(evaluate("huber", y, da.from_array(P, chunks=200), compute=False))
    job.cancel()
    with pytest.raises(CancelledError):
        job.result(timeout=60)
    event.set()
    assert evaluate("huber", *divided(RNG, Y, P)) == lossreg.get("huber")(Y, P)
