"""Every loss with data as files, frames and clusters carry them: columns by name, cut into random parts, and the value of one call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

import lossreg
from lossreg.testing import arguments

__all__ = ["ALL", "FEW_OR_MANY", "THOUSAND", "Carried", "arrow", "carried", "flat"]

ROWS = 40
MOST = 7
DTYPES = ("float32", "float64")
REDUCTIONS = ("mean", "sum", "weighted_mean")
SIDES = ("true", "pred")


def by_rows(name: str) -> lossreg.Loss:
    """The loss; one of whole arrays, as one of each row."""
    loss = lossreg.get(name)
    return loss if loss.params.get("axis", -1) is not None else loss.replace(axis=-1)


LOSSES = [by_rows(name) for name in lossreg.names() if not lossreg.describe(name).coupled]
ALL = [(loss, dtype) for loss in LOSSES for dtype in DTYPES]
# So often that there are a thousand partitions and more, of every loss as many.
THOUSAND = [(*one, seed) for seed in range(-(-1000 // len(ALL))) for one in ALL]


def _kind(loss: lossreg.Loss) -> tuple[Any, ...]:
    """What its arrays look like."""
    return loss.info.sides, *(array.ndim for array in arguments(loss, 3)), loss.info.target.has_class_indices


# The last of each kind, in one dtype or the other.
EACH_KIND = [
    (loss, DTYPES[number % 2], number) for number, loss in enumerate({_kind(loss): loss for loss in LOSSES}.values())
]
# For engines that take long: one of each kind, and the thousand in the slow tests.
FEW_OR_MANY = pytest.mark.parametrize(
    "cases",
    [pytest.param(EACH_KIND, id="each kind"), pytest.param(THOUSAND, id="a thousand", marks=pytest.mark.slow)],
)


@dataclass(frozen=True)
class Carried:
    """A loss and its columns.

    Attributes
    ----------
    loss : Loss
        The loss.
    columns : dict of numpy.ndarray
        ``"true"`` and ``"pred"``, or that alone; perhaps ``"weight"`` and ``"where"``.
    reduction : str
        How the losses become one.
    draw : numpy.random.Generator
        What the parts are drawn with.
    """

    loss: lossreg.Loss
    columns: Mapping[str, np.ndarray[Any, Any]]
    reduction: str
    draw: np.random.Generator

    @property
    def names(self) -> dict[str, Any]:
        """The names of columns, as `evaluate` takes them, which are those of the arguments."""
        return {name: name for name in self.columns}

    @property
    def expected(self) -> float:
        """What one call gives."""
        sides = [self.columns[side] for side in SIDES if side in self.columns]
        weight, mask = self.columns.get("weight"), self.columns.get("where")
        mask = None if mask is None else mask.astype(bool)
        return float(self.loss(*sides, sample_weight=weight, where=mask, reduction=self.reduction))

    def parts(self) -> list[dict[str, np.ndarray[Any, Any]]]:
        """All rows once, in any order, cut anywhere; some parts have one row and some have none."""
        cuts = [*self.draw.integers(0, ROWS + 1, int(self.draw.integers(MOST))), *self.draw.integers(1, ROWS, 1)]
        cuts += [cuts[0], cuts[-1] - 1]
        order = np.split(self.draw.permutation(ROWS), np.sort(cuts))
        return [{name: column[places] for name, column in self.columns.items()} for places in order]

    def cast(self, dtype: Any) -> Carried:
        """The same with all columns of one dtype, as formats have them that know only one."""
        return replace(self, columns={name: column.astype(dtype) for name, column in self.columns.items()})


def carried(loss: lossreg.Loss, dtype: str, seed: int) -> Carried:
    """A loss with columns: with weights, a mask, both or neither, and one reduction or another."""
    draw = np.random.default_rng([seed, len(loss.name), ord(loss.name[0])])
    columns = dict(zip(SIDES[-len(loss.info.sides) :], arguments(loss, ROWS, dtype, seed), strict=True))
    if seed % 2:
        columns["weight"] = draw.uniform(0, 2, ROWS).astype(dtype)
    if seed % 4 > 1:
        columns["where"] = draw.random(ROWS) < 0.7
    return Carried(loss, columns, REDUCTIONS[(seed + len(loss.name)) % 3], draw)


def flat(columns: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The columns of matrices each under a name of its own, and all names, as `evaluate` takes them."""
    each: dict[str, Any] = {}
    names: dict[str, Any] = {}
    for name, column in columns.items():
        found = {f"{name} {place}": column[:, place] for place in range(column.shape[1])} if column.ndim > 1 else {}
        each |= found or {name: column}
        names[name] = [*found] or name
    return each, names


def arrow(columns: Mapping[str, np.ndarray[Any, Any]], of: Callable[[Any], Any] | None = None) -> Any:
    """The columns as a table of Arrow, where rows are lists of a fixed size, or of the type that a function of the inner one makes."""
    import pyarrow as pa

    def array(column: np.ndarray[Any, Any]) -> Any:
        values, kind = pa.array(column.ravel()), pa.from_numpy_dtype(column.dtype)
        for width in reversed(column.shape[1:]):
            values = pa.FixedSizeListArray.from_arrays(values, width)
            kind = of(kind) if of else pa.list_(kind, width)
        return values.cast(kind)

    return pa.table({name: array(column) for name, column in columns.items()})
