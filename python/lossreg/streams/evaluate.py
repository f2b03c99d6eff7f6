"""`lossreg.evaluate`: a loss over whatever comes in batches, one number however it is divided."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from lossreg.errors import ParameterError
from lossreg.registry import get
from lossreg.streams.columns import Columns
from lossreg.streams.objects import blocks_of
from lossreg.streams.pieces import fold
from lossreg.streams.shares import fold_files
from lossreg.streams.sources import Files
from lossreg.typing import ColumnsLike, LossLike, Reduced

if TYPE_CHECKING:
    from lossreg.loss import Loss

__all__ = ["evaluate", "wanted"]


def evaluate(
    loss: LossLike,
    source: object,
    *,
    pred: ColumnsLike,
    true: ColumnsLike | None = None,
    weight: ColumnsLike | None = None,
    where: ColumnsLike | None = None,
    reduction: Reduced = "mean",
) -> float:
    """Evaluate a loss over data that come in batches, in bounded memory.

    The value has the bits of one call over all rows, however they are divided into batches and files.

    Parameters
    ----------
    loss : Loss, str or dict
        A loss, or what `lossreg.get` takes.
    source : object
        A path (of a file, a folder, a glob; also a list of them) of CSV, Parquet, NPY or NPZ files; a data set, scanner, reader
        or table of pyarrow; a frame of pandas or polars; a lazy frame of polars; a relation of DuckDB; anything with the
        Arrow stream interface; a mapping of arrays; an iterable of such tables, or of tuples of arrays.
    pred, true : str, int or list
        The columns of predictions and targets, by name or by position from 0. A list of columns makes a matrix, such as the
        scores of the classes; a column of lists is one too. An adversarial loss takes its real scores as `true` and its fake
        scores as `pred`, or those alone.
    weight, where : str or int, optional
        The columns of sample weights, and of which rows count (bools, or 0 and 1).
    reduction : {"mean", "sum", "weighted_mean"}
        How the elements' losses become one.

    Returns
    -------
    float
        The value.

    Raises
    ------
    DomainError
        If a number is outside the loss's domain; ``index`` counts all rows, and the message says in which batch or file.
    DtypeError
        If a column holds nulls or no numbers.
    DataError
        If a file cannot be read, or there is no such column.
    EmptyError
        If the mean is over nothing.

    Notes
    -----
    Files of several dtypes are read as the one that holds the numbers of all, as joined arrays would be. Batches of an iterable are
    computed each in its own dtypes.

    Examples
    --------
    >>> import lossreg
    >>> batches = [([1.0, 2.0], [1.5, 2.0]), ([3.0], [7.0])]
    >>> lossreg.evaluate("huber", batches, true=0, pred=1)
    1.2083333333333333
    >>> lossreg.evaluate("huber", {"y": [1.0, 2.0, 3.0], "p": [1.5, 2.0, 7.0]}, true="y", pred="p")
    1.2083333333333333
    """
    loss = get(loss)
    state, columns = loss.state(reduction), wanted(loss, true, pred, weight, where)
    paths = [source] if isinstance(source, str | os.PathLike) else source
    if isinstance(paths, list | tuple) and paths and all(isinstance(path, str | os.PathLike) for path in paths):
        state = fold_files(state, Files.of([os.fspath(path) for path in paths], columns), loss.info.sides)
    else:
        state = fold(state, blocks_of(source, columns), loss.info.sides)
    return float(state.result())


def wanted(
    loss: Loss,
    true: ColumnsLike | None,
    pred: ColumnsLike | None,
    weight: ColumnsLike | None = None,
    where: ColumnsLike | None = None,
) -> dict[str, Columns]:
    """The columns of each argument of a loss that is evaluated row by row."""
    sides = loss.info.sides
    if len(sides) == 1 and true is not None:
        raise ParameterError(
            f"{loss.name} takes {sides[0]} only, as pred; true is {true!r}", parameter="true", value=true
        )
    columns = {}
    for side, name, one in zip(sides, ("true", "pred")[-len(sides) :], (true, pred)[-len(sides) :], strict=True):
        if one is None:
            raise ParameterError(f"{loss.name} takes {' and '.join(sides)}; say which column is {name}", parameter=name)
        columns[side] = Columns.of(one, name)
    for argument, one in {"sample_weight": weight, "where": where}.items():
        if one is not None:
            columns[argument] = Columns.of(one, "weight" if argument == "sample_weight" else argument)
    return columns
