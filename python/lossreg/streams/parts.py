"""Parts of data that are computed elsewhere: what comes back of each, and how they become one state."""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from lossreg.errors import LossregError
from lossreg.streams.columns import Columns
from lossreg.streams.objects import blocks_of
from lossreg.streams.pieces import fold
from lossreg.threads import num_threads
from lossreg.typing import Reduced

if TYPE_CHECKING:
    from lossreg._native import State
    from lossreg.loss import Loss

__all__ = ["joined", "summed"]


def summed(
    source: object, columns: dict[str, Columns], name: str, *, loss: Loss, reduction: Reduced, n_threads: int
) -> dict[str, bytes]:
    """Compute the state of a part, or say what is wrong with it: an error that a cluster would try again and say in its own words.

    Parameters
    ----------
    source : object
        The part, as `lossreg.streams.blocks_of` takes it.
    columns : dict
        The columns of each argument.
    name : str
        What the part is called in errors.
    loss : Loss
        The loss.
    reduction : {"mean", "sum", "weighted_mean"}
        The reduction of the state.
    n_threads : int
        How many threads it is computed with.

    Returns
    -------
    dict
        The pickles of the ``"state"`` and of the ``"error"``, of which one is empty.
    """
    try:
        with num_threads(n_threads):
            state = fold(loss.state(reduction), blocks_of(source, columns, name), loss.info.sides)
    except LossregError as wrong:
        return {"state": b"", "error": pickle.dumps(wrong)}
    return {"state": pickle.dumps(state), "error": b""}


def joined(state: State, parts: Iterable[Mapping[str, Any]]) -> State:
    """Merge what came back of parts, or raise the first error among them.

    Parameters
    ----------
    state : State
        What they are merged into.
    parts : iterable of mapping
        What `summed` returned.

    Returns
    -------
    State
        The state.
    """
    for part in parts:
        if part["error"]:
            raise pickle.loads(part["error"])
        state.merge(pickle.loads(part["state"]))
    return state
