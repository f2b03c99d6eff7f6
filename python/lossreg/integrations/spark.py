"""Spark: a loss over a data frame, one state for each partition, merged where the program runs.

The value has the bits of one call over all rows, however they are partitioned. Spark hands its rows over as Arrow batches, so neither
the driver nor a worker holds more than a batch of them, and what comes back is a state of fixed size for each partition.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import lossreg
from lossreg.integrations.needs import need
from lossreg.streams import Columns, joined, summed, wanted
from lossreg.typing import ColumnsLike, LossLike, Reduced

pyspark: Any = need("pyspark", "4.3", extra="spark")

__all__ = ["evaluate"]

SCHEMA = "partition int, part binary, error binary"


def evaluate(
    loss: LossLike,
    frame: Any,
    *,
    pred: ColumnsLike,
    true: ColumnsLike | None = None,
    weight: ColumnsLike | None = None,
    where: ColumnsLike | None = None,
    reduction: Reduced = "mean",
    n_threads: int = 1,
) -> float:
    """Evaluate a loss over a data frame of Spark.

    Parameters
    ----------
    loss : Loss or str
        A loss, or its name.
    frame : pyspark.sql.DataFrame
        The data.
    pred, true : str, int or list
        The columns of predictions and targets. A list of columns makes a matrix; a column of arrays is one too.
    weight, where : str or int, optional
        The columns of sample weights, and of which rows count.
    reduction : {"mean", "sum", "weighted_mean"}
        How the elements' losses become one.
    n_threads : int
        How many threads a partition is computed with; Spark gives each task one core.

    Returns
    -------
    float
        The value.

    Raises
    ------
    DomainError
        If a number is outside the loss's domain; it names the partition, the argument, the index in it and the number.
    DtypeError
        If a column holds nulls or no numbers.

    Notes
    -----
    The workers need lossreg and pyarrow. XGBoost on Spark takes no objective of somebody else's, so losses can be evaluated
    there, and not trained with.
    """
    loss = lossreg.get(loss)
    columns = wanted(loss, true, pred, weight, where)
    names = frame.columns
    kept = sorted({place for one in columns.values() for place in one.places("the frame", names)})
    within = {
        argument: Columns(tuple(map(kept.index, one.places("the frame", names))), one.matrix)
        for argument, one in columns.items()
    }
    some = frame.select(*(f"`{names[place].replace('`', '``')}`" for place in kept))
    states = partial(_states, columns=within, loss=loss, reduction=reduction, n_threads=n_threads)
    return float(joined(loss.state(reduction), some.mapInArrow(states, SCHEMA).collect()).result())


def _states(batches: Iterator[Any], *, columns: dict[str, Columns], **how: Any) -> Iterator[Any]:
    """The state of a partition, in a batch of one row."""
    import pyarrow as pa
    from pyspark import TaskContext

    context = TaskContext.get()
    number = context.partitionId() if context else 0
    part = summed(batches, columns, f"partition {number}", **how)
    yield pa.RecordBatch.from_pydict(
        {"partition": [number], **{key: [value] for key, value in part.items()}},
        pa.schema([("partition", pa.int32()), ("part", pa.binary()), ("error", pa.binary())]),
    )
