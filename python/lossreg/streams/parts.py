"""Parts of data that are computed elsewhere: what comes back of each, and how they become one state."""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lossreg.errors import LossregError
from lossreg.streams.columns import Columns
from lossreg.streams.objects import blocks_of
from lossreg.streams.pieces import Block, Shape, check_shapes, fold
from lossreg.threads import num_threads
from lossreg.typing import Reduced

if TYPE_CHECKING:
    from lossreg._native import State
    from lossreg.loss import Loss

__all__ = ["Part", "joined", "summed"]


@dataclass(frozen=True)
class Part:
    """What some rows come to; parts are added, if their rows are those of one array.

    Attributes
    ----------
    state : State
        The state that has seen them.
    shapes : dict
        The shape of each argument's first array, and where it is from.
    """

    state: State
    shapes: Mapping[str, Shape]

    @classmethod
    def of(cls, loss: Loss, reduction: Reduced, blocks: Iterable[Block], n_threads: int) -> Part:
        """The part that some blocks are."""
        shapes: dict[str, Shape] = {}
        with num_threads(n_threads):
            return cls(fold(loss.state(reduction), blocks, loss.info.sides, shapes=shapes), shapes)

    def __add__(self, other: Part) -> Part:
        for argument in self.shapes.keys() & other.shapes.keys():
            check_shapes(argument, self.shapes[argument], other.shapes[argument])
        return Part(self.state + other.state, {**other.shapes, **self.shapes})

    def result(self) -> float:
        """The reduced loss."""
        return self.state.result()


def summed(
    source: object, columns: dict[str, Columns], name: str, *, loss: Loss, reduction: Reduced, n_threads: int
) -> dict[str, bytes]:
    """Compute a part, or say what is wrong with it: an error that a cluster would try again and say in its own words.

    Parameters
    ----------
    source : object
        The rows, as `lossreg.streams.blocks_of` takes them.
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
        The pickles of the ``"part"`` and of the ``"error"``, of which one is empty.
    """
    try:
        part = Part.of(loss, reduction, blocks_of(source, columns, name), n_threads)
    except LossregError as wrong:
        return {"part": b"", "error": pickle.dumps(wrong)}
    return {"part": pickle.dumps(part), "error": b""}


def joined(state: State, parts: Iterable[Mapping[str, Any]]) -> Part:
    """Add what came back of parts, or raise the first error among them.

    Parameters
    ----------
    state : State
        Where the sum begins.
    parts : iterable of mapping
        What `summed` returned.

    Returns
    -------
    Part
        All rows.

    Raises
    ------
    DataError
        If they are not rows of one array.
    """
    total = Part(state, {})
    for part in parts:
        if part["error"]:
            raise pickle.loads(part["error"])
        total += pickle.loads(part["part"])
    return total
