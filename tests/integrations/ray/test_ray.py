"""Ray: values have the bits of one call, and faults end in errors that name the block, not in numbers."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

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


def test_a_killed_worker_is_tried_again(tmp_path: Path) -> None:
    mark = str(tmp_path / "killed")

    def killing(block: Any) -> Any:
        try:
            os.close(os.open(mark, os.O_CREAT | os.O_EXCL))
            os.kill(os.getpid(), signal.SIGKILL)
        except FileExistsError:
            pass
        return block

    data = ray.data.from_pandas(FRAME).repartition(4).map_batches(killing, batch_format="pyarrow")
    assert evaluate("huber", data, true="y", pred="p") == lossreg.get("huber")(Y, P)
    assert Path(mark).exists()
