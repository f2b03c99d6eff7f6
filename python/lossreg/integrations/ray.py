"""Ray: a loss over a data set, one state for each block, merged as they arrive.

The value has the bits of one call over all rows, however Ray divides them. Blocks go to the workers as Arrow tables, and what comes
back is a state of fixed size for each.
"""

from __future__ import annotations

from typing import Any

import lossreg
from lossreg.integrations.needs import need
from lossreg.streams import Columns, joined, summed, wanted
from lossreg.typing import ColumnsLike, LossLike, Reduced

ray: Any = need("ray", "2.60", extra="ray")

__all__ = ["evaluate"]


def evaluate(
    loss: LossLike,
    data: Any,
    *,
    pred: ColumnsLike,
    true: ColumnsLike | None = None,
    weight: ColumnsLike | None = None,
    where: ColumnsLike | None = None,
    reduction: Reduced = "mean",
    n_threads: int = 1,
) -> float:
    """Evaluate a loss over a data set of Ray.

    Parameters
    ----------
    loss : Loss or str
        A loss, or its name.
    data : ray.data.Dataset
        The data.
    pred, true : str or list
        The columns of predictions and targets. A list of columns makes a matrix; a column of tensors is one too.
    weight, where : str, optional
        The columns of sample weights, and of which rows count.
    reduction : {"mean", "sum", "weighted_mean"}
        How the elements' losses become one.
    n_threads : int
        How many threads a block is computed with; Ray gives each task one core.

    Returns
    -------
    float
        The value.

    Raises
    ------
    DomainError
        If a number is outside the loss's domain; it names the block, the argument, the index in it and the number.
    DtypeError
        If a column holds nulls or no numbers.

    Notes
    -----
    Blocks of several dtypes are computed each in its own.
    """
    loss = lossreg.get(loss)
    columns = wanted(loss, true, pred, weight, where)
    states = data.map_batches(
        _state,
        batch_size=None,  # whole blocks, as they are
        batch_format="pyarrow",
        fn_kwargs={"loss": loss, "reduction": reduction, "n_threads": n_threads, "columns": columns},
    )
    return float(joined(loss.state(reduction), states.iter_rows()).result())


def _state(block: Any, *, columns: dict[str, Columns], **how: Any) -> dict[str, list[bytes]]:
    """The state of a block, in a batch of one row."""
    return {key: [value] for key, value in summed(block, columns, _label(), **how).items()}


def _label() -> str:
    """What the block is called; Ray numbers its tasks, and tells the number only inside."""
    try:
        from ray.data._internal.execution.interfaces.task_context import TaskContext

        return f"block {TaskContext.get_current().task_idx}"
    except (AttributeError, ImportError):
        return "a block"
