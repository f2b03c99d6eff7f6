"""Ray: values have the bits of one call, and faults end in errors that name the block, not in numbers."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from carried import FEW_OR_MANY, arrow, carried

import lossreg

ray = pytest.importorskip("ray")
pytest.importorskip("ray.data")
pa = pytest.importorskip("pyarrow")
pd = pytest.importorskip("pandas")

from lossreg.integrations.ray import evaluate

pytestmark = pytest.mark.filterwarnings("ignore")  # of Ray, about itself
ROWS = 500
RNG = np.random.default_rng(3)
Y, P, W = RNG.random((3, ROWS))
M = RNG.random(ROWS) < 0.7
FRAME = pd.DataFrame({"y": Y, "p": P, "w": W, "m": M, "class": np.arange(ROWS) % 3})
NAMES = {"true": "y", "pred": "p", "weight": "w", "where": "m"}


@pytest.fixture(scope="module", autouse=True)
def cluster() -> Iterator[None]:
    """A cluster of this machine."""
    quiet = {"include_dashboard": False, "log_to_driver": False, "logging_level": "ERROR"}
    ray.init(num_cpus=2, object_store_memory=10**8, **quiet)
    ray.data.DataContext.get_current().enable_progress_bars = False
    yield
    ray.shutdown()


def test_any_blocks_give_the_bits_of_one_call() -> None:
    expected = lossreg.get("huber")(Y, P, W, where=M)
    data = ray.data.from_pandas(FRAME)
    for blocks in (data, data.repartition(5), data.random_shuffle(seed=0)):
        assert evaluate("huber", blocks, **NAMES) == expected
    scores = RNG.random((ROWS, 3))
    table = pa.table({"class": FRAME["class"], "s": pa.FixedSizeListArray.from_arrays(scores.ravel(), 3)})
    expected = lossreg.get("scce")(FRAME["class"].to_numpy(), scores)
    assert evaluate("scce", ray.data.from_arrow([table[:100], table[100:]]), true="class", pred="s") == expected
    tensors = ray.data.from_numpy([scores[:70], scores[70:]])
    assert evaluate("mse", tensors, true="data", pred="data") == 0


@FEW_OR_MANY
def test_any_blocks_of_any_loss_give_the_bits_of_one_call(cases: list[Any]) -> None:
    for case in cases:
        given = carried(*case)
        data = ray.data.from_arrow(
            [arrow(part, pa.list_ if given.draw.random() < 0.5 else None) for part in given.parts()]
        )
        if given.draw.random() < 0.3:
            data = data.repartition(int(given.draw.integers(1, 9)))
        elif all(
            column.ndim < 3 for column in given.columns.values()
        ):  # of tensors, which lists of lists are not made into
            data = data.map_batches(lambda batch: batch, batch_format="numpy")
        assert evaluate(given.loss, data, **given.names, reduction=given.reduction) == given.expected, case


def test_rows_of_unequal_lengths() -> None:
    blocks = [pa.table({"class": [0, 1], "s": [[1.0] * width] * 2}) for width in (3, 4)]
    words = r"y_pred has shape \(2, [34]\) in .* and \(2, [34]\) in .*, which do not go together"
    with pytest.raises(lossreg.DataError, match=words):
        evaluate("scce", ray.data.from_arrow(blocks), true="class", pred="s")
    tensors = ray.data.from_items([{"class": 0, "s": np.ones(width)} for width in (2, 3)])
    with pytest.raises(lossreg.DataError, match="which do not go together"):
        evaluate("scce", tensors, true="class", pred="s")


def test_blocks_of_several_dtypes_are_computed_each_in_its_own() -> None:
    parts = [FRAME[["y", "p"]][:200].astype("float32"), FRAME[["y", "p"]][200:]]
    state = lossreg.get("huber").state()
    for part in parts:
        state.update(part["y"], part["p"])
    assert evaluate("huber", ray.data.from_pandas(parts), true="y", pred="p") == state.result()


def test_a_block_with_bad_labels_and_one_with_nulls() -> None:
    labels = np.ones(ROWS, int)
    labels[410] = 7
    parts = [pa.table({"label": labels[at : at + 100], "p": P[at : at + 100]}) for at in range(0, ROWS, 100)]
    words = r"y_true holds 7 at index 10; .* \(column label of (block \d+|a block)\)"
    with pytest.raises(lossreg.DomainError, match=words) as raised:
        evaluate("bce", ray.data.from_arrow(parts), true="label", pred="p")
    assert (raised.value.argument, raised.value.index, raised.value.value) == ("y_true", 10, 7)
    nulls = pa.table({"label": pa.array([1, None]), "p": [0.5, 0.5]})
    with pytest.raises(lossreg.DtypeError, match=r"y_true has 1 null, at index 1; .* \(column label of "):
        evaluate("bce", ray.data.from_arrow([parts[0], nulls]), true="label", pred="p")
    with pytest.raises(lossreg.EmptyError):
        evaluate("bce", ray.data.from_arrow(parts[0][:0]), true="label", pred="p")


@pytest.mark.parametrize("times", [1, 50])
def test_a_killed_worker_is_an_error_or_no_matter(tmp_path: Path, times: int) -> None:
    def killing(block: Any) -> Any:
        for number in range(times):
            try:
                os.close(os.open(tmp_path / str(number), os.O_CREAT | os.O_EXCL))
            except FileExistsError:
                continue
            os.kill(os.getpid(), signal.SIGKILL)
        return block

    data = ray.data.from_pandas(FRAME).repartition(4).map_batches(killing, batch_format="pyarrow", max_retries=2)
    if times == 1:
        assert evaluate("huber", data, true="y", pred="p") == lossreg.get("huber")(Y, P)
    else:
        with pytest.raises(ray.exceptions.WorkerCrashedError):
            evaluate("huber", data, true="y", pred="p")
    assert (tmp_path / "0").exists()
    assert evaluate("huber", ray.data.from_pandas(FRAME), true="y", pred="p") == lossreg.get("huber")(Y, P)


def test_a_cancelled_job(tmp_path: Path) -> None:
    """Ray's data sets have no handle to cancel: an interrupt of the program that waits is how they are."""
    stop, heard = tmp_path / "stop", threading.Event()

    def waiting(block: Any) -> Any:
        (tmp_path / "begun").touch()
        while not stop.exists():
            time.sleep(0.1)
        return block

    def interrupt() -> None:
        while not (tmp_path / "begun").exists():
            time.sleep(0.1)
        while not heard.wait(1):  # one that comes within a destructor or a callback is lost
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    # A Python that was started in the background hears no interrupt.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        evaluate("huber", ray.data.from_pandas(FRAME).map_batches(waiting), true="y", pred="p")
    heard.set()
    stop.touch()
    thread.join()
    assert evaluate("huber", ray.data.from_pandas(FRAME), true="y", pred="p") == lossreg.get("huber")(Y, P)
