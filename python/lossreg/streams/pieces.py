"""Pieces of a source: some rows of what an argument is made of, as arrays, and where they came from.

A block is a piece for each argument, of the same rows. Columns stay what the source gave until an array is asked for, so that
whatever is wrong with them is said at one place, with the row and the column.
"""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lossreg.arrays import as_plain_array
from lossreg.errors import DataError, DtypeError, LossregError, ParameterError, ShapeError

if TYPE_CHECKING:
    from lossreg._native import Loss, State

__all__ = ["Block", "Input", "Piece", "Shape", "aligned", "as_promised", "check_rows", "check_shapes", "fold", "placed"]


@dataclass(frozen=True)
class Piece:
    """Some rows of the columns of an argument.

    Attributes
    ----------
    columns : sequence of array_like
        The columns, or a single array of any shape.
    labels : sequence of str
        What they are called.
    matrix : bool
        Whether they are the columns of a matrix, also where it is one.
    source : str
        Where they are from, in words.
    first : int
        Where the first row stands in that source.
    lines : sequence of int
        Of text, the line of each row.
    dtype : numpy.dtype, optional
        That of the whole argument, where it is known.
    """

    columns: Sequence[Any]
    labels: Sequence[str]
    matrix: bool = False
    source: str = ""
    first: int = 0
    lines: Sequence[int] = ()
    dtype: np.dtype[Any] | None = None

    def __len__(self) -> int:
        column = self.columns[0]
        return len(column) if getattr(column, "ndim", 1) and hasattr(column, "__len__") else 1

    def rows(self, begin: int, end: int) -> Piece:
        """Some of the rows."""
        if begin == 0 and end == len(self):
            return self
        columns = [column[begin:end] for column in self.columns]
        return replace(self, columns=columns, first=self.first + begin, lines=self.lines[begin:end])

    def array(self, argument: str) -> NDArray[Any]:
        """The rows as an array that shares the memory of a single column."""
        several = len(self.columns) > 1
        names = [f"{argument}[{label!r}]" if several else argument for label in self.labels]
        arrays = [as_plain_array(_even(column, name), name) for column, name in zip(self.columns, names, strict=True)]
        array = np.column_stack(arrays) if self.matrix else arrays[0]
        return array if self.dtype is None else as_promised(array, self.dtype, argument)

    def place(self, index: tuple[int, ...]) -> str:
        """The file or the batch, the column, and the row or line of an element."""
        which = index[-1] if len(index) > 1 and len(self.labels) > 1 else 0
        column = f"column {self.labels[which]}" if len(self.labels) == 1 or len(index) > 1 else ""
        at = ""
        if index and self.lines:
            at = f", line {self.lines[index[0]]}"
        elif index and self.first:
            at = f", index {self.first + index[0]}"
        return " of ".join(filter(None, (column if self.labels[0] else "", self.source))) + at


def as_promised(array: NDArray[Any], dtype: np.dtype[Any], argument: str) -> NDArray[Any]:
    """The part of an argument in the dtype of the whole, if that holds its numbers."""
    if array.dtype == dtype:
        return array
    if not np.can_cast(array.dtype, dtype, "safe"):
        raise DtypeError(
            f"{argument} has dtype {array.dtype} in a part of a source that promised {dtype}; cast all parts to one dtype",
            argument=argument,
        )
    return array.astype(dtype)


def _even(column: Any, name: str) -> Any:
    """A column of lists that are all of one length, as Arrow, polars and pandas have them, as the rows of a matrix."""
    pa: Any = sys.modules.get("pyarrow")
    pl: Any = sys.modules.get("polars")
    pd: Any = sys.modules.get("pandas")
    if pd and isinstance(column, pd.Series):
        if isinstance(column.dtype, pd.ArrowDtype) and column.dtype.pyarrow_dtype.num_fields:
            return _even(column.array.__arrow_array__().combine_chunks(), name)
        return list(column) if column.dtype == object and len(column) and _is_row(column.iloc[0]) else column
    if pa and isinstance(column, pa.Array):
        return _even_of_arrow(pa, column, name)
    return _even_of_polars(pl, column, name) if pl and isinstance(column, pl.Series) else column


def _is_row(value: Any) -> bool:
    return isinstance(value, list | tuple) or (isinstance(value, np.ndarray) and value.ndim > 0)


def _even_of_arrow(pa: Any, column: Any, name: str, within: int = 1) -> Any:
    """The same of Arrow's lists, which may hold lists; a row has `within` of them."""
    if isinstance(column, pa.ExtensionArray) and isinstance(column.storage, pa.ListArray | pa.LargeListArray):
        column = column.storage
    views, lists = pa.ListViewArray | pa.LargeListViewArray, pa.ListArray | pa.LargeListArray
    if not isinstance(column, views | lists | pa.FixedSizeListArray) or not len(column) or column.null_count:
        return column
    if isinstance(column, pa.FixedSizeListArray):
        width = column.type.list_size
    else:
        each = column.sizes.to_numpy() if isinstance(column, views) else np.diff(column.offsets.to_numpy())
        width = _width(each, name, within)
    if not width:
        return np.zeros((len(column), 0)) if within == 1 else column
    if isinstance(column, views):  # of rows in any order, which overlap perhaps
        inner = column.values.take(pa.array(np.add.outer(column.offsets.to_numpy(), np.arange(width)).ravel()))
    else:
        inner = column.flatten()
    return pa.FixedSizeListArray.from_arrays(_even_of_arrow(pa, inner, name, within * width), width)


def _even_of_polars(pl: Any, column: Any, name: str, within: int = 1) -> Any:
    if not isinstance(column.dtype, pl.List) or not len(column) or column.null_count():
        return column
    width = _width(column.list.len().to_numpy(), name, within)
    if not width:
        return np.zeros((len(column), 0)) if within == 1 else column
    inner = _even_of_polars(pl, column.explode(), name, within * width)
    return inner.reshape((len(column), width, *(inner.dtype.shape if isinstance(inner.dtype, pl.Array) else ())))


def _width(lengths: NDArray[Any], name: str, within: int) -> int:
    """The length of all lists."""
    if np.any(other := lengths != lengths[0]):
        at = int(np.argmax(other))
        raise DtypeError(
            f"{name} has rows of unequal lengths, {lengths[0]} and, at index {at // within}, {lengths[at]}; wanted rows of one length",
            index=at // within,
        )
    return int(lengths[0])


Block = Mapping[str, Piece]
Shape = tuple[tuple[int, ...], str]  # and where it is from


class Input:
    """An array of one or more pieces, one after the other.

    Attributes
    ----------
    values : numpy.ndarray
        Its elements.
    """

    def __init__(self, argument: str, pieces: Sequence[Piece]) -> None:
        arrays: list[NDArray[Any]] = []
        for piece in pieces:
            arrays.append(_array(argument, piece, sum(map(len, arrays))))
            check_shapes(argument, (arrays[0].shape, pieces[0].source), (arrays[-1].shape, piece.source))
        if len(arrays) > 1 and not arrays[0].ndim:
            raise DataError(
                f"{argument} is a single number in {pieces[0].source}; there is no way to join it with others"
            )
        self._pieces = pieces
        self.values = arrays[0] if len(arrays) == 1 else np.concatenate(arrays)

    def where(self, index: int | tuple[int, ...]) -> str:
        """Where the element at this index came from."""
        row, *others = (index,) if isinstance(index, int) else index or (0,)
        for piece in self._pieces:
            if len(self._pieces) == 1 or row < len(piece):
                return piece.place((row, *others))
            row -= len(piece)
        return self._pieces[-1].source


def check_rows(loss: Loss, axes: int) -> None:
    """Refuse a loss that goes along the rows, which are what data are divided into.

    Parameters
    ----------
    loss : Loss
        The loss.
    axes : int
        How many axes its predictions have.

    Raises
    ------
    ParameterError
        If its classes, or what it puts into one set, lie on the first axis.
    """
    if "axis" not in loss.params:
        return
    axis: Any = loss.params["axis"]
    along = range(axes) if axis is None else axis if isinstance(axis, tuple | list) else (axis,)
    if axes and any(one % axes == 0 for one in along):
        raise ParameterError(
            f"{loss!r} goes along axis {'0' if axis is None else axis} of {axes}, which is that of the rows, and parts are of rows; "
            "wanted predictions of at least two axes, and the axis of the columns, such as axis=-1",
            loss=loss.name,
            parameter="axis",
            value=axis,
        )


def fold(
    state: State,
    blocks: Iterable[Block],
    sides: Sequence[str],
    report: Callable[[int], None] | None = None,
    shapes: dict[str, Shape] | None = None,
    before: int = 0,
) -> State:
    """Update a state with block after block.

    Parameters
    ----------
    state : State
        What is updated.
    blocks : iterable of Block
        The pieces of the arguments; they may have ``"sample_weight"`` and ``"where"`` too.
    sides : sequence of str
        The names of the loss's arguments, in order.
    report : callable, optional
        Called after each block with how many elements it had.
    shapes : dict, optional
        Takes the shape of each argument's first array, and where it is from.
    before : int
        How many rows of all come before these.

    Returns
    -------
    State
        The state.
    """
    update: Any = state.update  # which has as many arrays as the loss has sides
    rows, shapes = before, {} if shapes is None else shapes
    padded = state.loss.info.family == "sequence"  # as each block needs it
    for block in blocks:
        if not any(map(len, block.values())):
            continue
        arrays = {argument: _array(argument, piece, rows) for argument, piece in block.items()}
        for argument, array in arrays.items():
            found = array.shape, block[argument].source
            if not padded:
                check_shapes(argument, shapes.setdefault(argument, found), found)
        if rows == before:
            check_rows(state.loss, arrays[sides[-1]].ndim)
        weight, mask = arrays.get("sample_weight"), arrays.get("where")
        try:
            update(
                *(arrays[side] for side in sides), sample_weight=weight, where=None if mask is None else _as_mask(mask)
            )
        except LossregError as error:
            argument = getattr(error, "argument", None) or ""
            raise _placed(error, block.get(argument) or block[sides[-1]], rows, argument in block) from error.__cause__
        rows += len(block[sides[-1]])
        if report:
            report(arrays[sides[-1]].size)
    return state


def _array(argument: str, piece: Piece, before: int) -> NDArray[Any]:
    """The array of a piece; what is wrong with it is said with its place."""
    try:
        return piece.array(argument)
    except LossregError as error:
        raise _placed(error, piece, before, True) from error.__cause__


def check_shapes(argument: str, first: Shape, other: Shape) -> None:
    """Refuse pieces of an argument that are not rows of one array, where all but the first axis are the same."""
    (a, begin), (b, source) = first, other
    if a[1:] != b[1:] or len(a) != len(b):
        raise DataError(f"{argument} has shape {a} in {begin} and {b} in {source}, which do not go together")


def _as_mask(values: NDArray[Any]) -> NDArray[Any]:
    """A mask; formats without booleans have 0 and 1."""
    if values.dtype != bool and np.all((values == 0) | (values == 1)):
        return values.astype(bool)
    return values


def _placed(error: LossregError, piece: Piece, before: int, about_it: bool) -> LossregError:
    """The error that says where in the source the element is; its index counts all rows that were read."""
    index = getattr(error, "index", None)
    local = () if index is None else index if isinstance(index, tuple) else (index,)
    return placed(error, piece.place(local) if about_it else piece.source, (before,))


def placed(error: LossregError, place: str, before: Sequence[int] = ()) -> LossregError:
    """The same error with words about where it is, and with an index that counts what is before on each axis."""
    facts = dict(vars(error))
    index = facts.get("index")
    if index is not None and any(before):
        each = index if isinstance(index, tuple) else (index,)
        whole = (*map(operator.add, each, before), *each[len(before) :])
        facts["index"] = whole if isinstance(index, tuple) else whole[0]
        place += f"; index {whole if len(before) > 1 else whole[0]} of all"
    return type(error)(f"{error} ({place})" if place else str(error), **facts)


def aligned(streams: Mapping[str, Iterator[Block]]) -> Iterator[Block]:
    """Blocks of the same rows from several streams, which are cut where one of them has a seam.

    Parameters
    ----------
    streams : dict of iterators
        Blocks by what they are called in an error.
    """
    heads: dict[str, Block] = {}
    rows = dict.fromkeys(streams, 0)
    while True:
        for name, stream in streams.items():
            while name not in heads and (block := next(stream, None)):
                if _length(block):
                    heads[name] = block
        if not heads:
            return
        if ended := streams.keys() - heads.keys():
            name, longer = min(ended), min(heads)
            if not rows[name]:
                raise DataError(f"{name}: there are no rows")
            raise ShapeError(
                f"{name} has {rows[name]} rows and {longer} has more; pass as many of the one as of the other"
            )
        count = min(map(_length, heads.values()))
        yield {a: piece.rows(0, count) for block in heads.values() for a, piece in block.items()}
        for name, block in list(heads.items()):
            rows[name] += count
            if (length := _length(block)) == count:
                del heads[name]
            else:
                heads[name] = {a: piece.rows(count, length) for a, piece in block.items()}


def _length(block: Block) -> int:
    return len(next(iter(block.values())))
