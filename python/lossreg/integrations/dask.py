"""Dask: a loss over arrays and frames in parts, one state for each part and a tree of merges; derivatives as Dask arrays.

Nothing is computed before it is asked for. The value has the bits of one call over all of the data, and so has every element of a
derivative, however the data are divided and in whatever order the parts are done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from itertools import chain
from typing import Any

import numpy as np

import lossreg
from lossreg.arrays import as_plain_array
from lossreg.integrations.needs import need
from lossreg.streams import Columns, Part, as_promised, blocks_of, check_rows, placed, wanted
from lossreg.typing import ColumnsLike, LossLike, Reduced

dask: Any = need("dask", "2026.8", extra="dask")
da: Any = import_module("dask.array")
ArrayBlockwiseDep: Any = import_module("dask.layers").ArrayBlockwiseDep

__all__ = ["evaluate", "grad_and_hess", "gradient"]

INSIDE = 100  # more than any array has axes
FAN = 16  # states that one task merges


def evaluate(
    loss: LossLike,
    data: Any,
    y_pred: Any = None,
    sample_weight: Any = None,
    *,
    true: ColumnsLike | None = None,
    pred: ColumnsLike | None = None,
    weight: ColumnsLike | None = None,
    where: Any = None,
    reduction: Reduced = "mean",
    n_threads: int = 1,
    compute: bool = True,
) -> Any:
    """Evaluate a loss over a Dask frame, by the names of columns, or over Dask arrays.

    Parameters
    ----------
    loss : Loss or str
        A loss, or its name.
    data : dask.dataframe.DataFrame or dask.array.Array
        A frame, or the targets.
    y_pred, sample_weight : dask.array.Array, optional
        Of arrays the predictions, and the weights in the shape of the unreduced loss or of its leading axes.
    true, pred, weight : str, int or list, optional
        Of a frame the columns of targets, predictions and weights; a list of columns makes a matrix.
    where : dask.array.Array or str, optional
        Which elements count: an array, or a column of a frame.
    reduction : {"mean", "sum", "weighted_mean"}
        How the elements' losses become one.
    n_threads : int
        How many threads a part is computed with; Dask's workers have theirs already.
    compute : bool
        False returns the value as a `dask.delayed.Delayed`.

    Returns
    -------
    float or dask.delayed.Delayed
        The value.

    Raises
    ------
    DomainError
        If a number is outside the loss's domain; it names the partition or chunk, the argument, the index and the number.
    ParameterError
        If the loss is not a sum over rows, as that of a pair of players who see each other's mean, or goes along them.

    Examples
    --------
    >>> import dask.array as da
    >>> from lossreg.integrations.dask import evaluate
    >>> y, p = da.arange(10, chunks=4), da.ones(10, chunks=3)
    >>> evaluate("squared_error", y, p)
    20.5
    """
    loss = lossreg.get(loss)
    loss.state(reduction)  # which says what cannot be computed in parts before anything is computed
    if hasattr(data, "npartitions") and hasattr(data, "columns"):
        states = [*_of_frame(loss, data, wanted(loss, true, pred, weight, where), reduction, n_threads)]
    else:
        states = Chunks(loss, (data, y_pred, sample_weight, where)).states(reduction, n_threads)
    value = _merged(states, _result)
    return value.compute() if compute else value


def gradient(
    loss: LossLike,
    y_true: Any,
    y_pred: Any,
    sample_weight: Any = None,
    *,
    where: Any = None,
    reduction: str = "mean",
    n_threads: int = 1,
) -> Any:
    """Differentiate a loss of Dask arrays: a Dask array of the chunks of `y_pred`.

    Parameters
    ----------
    loss : Loss or str
        A loss, or its name.
    y_true, y_pred : dask.array.Array
        Targets and predictions.
    sample_weight, where : dask.array.Array, optional
        Weights, and which elements count.
    reduction : {"mean", "sum", "weighted_mean", "none"}
        Which value is differentiated. A mean needs to know first how many elements there are, which is a pass over the data.
    n_threads : int
        How many threads a chunk is computed with.

    Returns
    -------
    dask.array.Array
        The gradient with respect to `y_pred`, not yet computed.

    Examples
    --------
    >>> import dask.array as da
    >>> from lossreg.integrations.dask import gradient
    >>> gradient("squared_error", da.zeros(4, chunks=2), da.arange(4.0, chunks=2)).compute()
    array([0. , 0.5, 1. , 1.5])
    """
    return _derivatives(loss, "grad", (y_true, y_pred, sample_weight, where), reduction, n_threads, {})


def grad_and_hess(
    loss: LossLike,
    y_true: Any,
    y_pred: Any,
    sample_weight: Any = None,
    *,
    where: Any = None,
    reduction: str = "mean",
    hessian: str = "exact",
    min_hessian: float | None = None,
    n_threads: int = 1,
) -> tuple[Any, Any]:
    """Differentiate a loss of Dask arrays twice: two Dask arrays of the chunks of `y_pred`.

    Parameters
    ----------
    loss, y_true, y_pred, sample_weight, where, reduction, n_threads
        As for `gradient`.
    hessian, min_hessian
        Which second derivative, and its floor, as for ``loss.grad_and_hess``.

    Returns
    -------
    tuple of dask.array.Array
        The gradient and the diagonal of the Hessian, not yet computed; computed together, each chunk is passed over once.

    Examples
    --------
    >>> import dask
    >>> import dask.array as da
    >>> from lossreg.integrations.dask import grad_and_hess
    >>> y, p = da.zeros(4, chunks=2), da.arange(4.0, chunks=2)
    >>> dask.compute(*grad_and_hess("squared_error", y, p, reduction="sum"))
    (array([0., 2., 4., 6.]), array([2., 2., 2., 2.]))
    """
    options = {"hessian": hessian, "min_hessian": min_hessian}
    both = _derivatives(loss, "grad_and_hess", (y_true, y_pred, sample_weight, where), reduction, n_threads, options)
    return both[0], both[1]


# States and their merges


def _call(function: Callable[..., Any], *arguments: Any) -> Any:
    return dask.delayed(function, traverse=False)(*arguments)


def _merged(states: list[Any], function: Callable[[Any], Any]) -> Any:
    """The function of the one state of many, by a tree of merges."""
    while len(states) > FAN:
        states = [_call(_sum, states[begin : begin + FAN]) for begin in range(0, len(states), FAN)]
    return _call(function, states)


def _sum(states: Sequence[Any]) -> Any:
    """Of states, or of parts that are added as states are; of arrays that hold one each."""
    first, *others = (one.item() if isinstance(one, np.ndarray) else one for one in states)
    return sum(others, first)


def _result(states: Sequence[Any]) -> float:
    return float(_sum(states).result())


# Frames


def _of_frame(
    loss: lossreg.Loss, frame: Any, columns: dict[str, Columns], reduction: str, n_threads: int
) -> Iterator[Any]:
    names = [*frame.columns]
    places = {argument: one.places("the frame", [*map(str, names)]) for argument, one in columns.items()}
    kept = sorted({place for chosen in places.values() for place in chosen})
    some = frame[[names[place] for place in kept]]
    within = {
        argument: replace(columns[argument], names=tuple(map(kept.index, chosen)))
        for argument, chosen in places.items()
    }
    promised = {place: _promised(some._meta.iloc[:, at], str(names[place])) for at, place in enumerate(kept)}
    dtypes = {
        argument: None
        if any(promised[place] is None for place in chosen)
        else np.result_type(*map(promised.get, chosen))
        for argument, chosen in places.items()
    }
    of_part = partial(_part, loss, reduction, n_threads, within, dtypes)
    for number, part in enumerate(some.to_delayed()):
        yield _call(of_part, number, part)


def _promised(column: Any, name: str) -> np.dtype[Any] | None:
    """The dtype of a column; None of one of lists, which only its parts show."""
    arrow = getattr(column.dtype, "pyarrow_dtype", None)
    lists = column.dtype == object if arrow is None else arrow.num_fields
    return None if lists else as_plain_array(column, name).dtype


def _part(
    loss: lossreg.Loss,
    reduction: Any,
    n_threads: int,
    columns: dict[str, Columns],
    dtypes: dict[str, np.dtype[Any] | None],
    number: int,
    part: Any,
) -> Part:
    found = blocks_of(part, columns, f"partition {number}")
    blocks = ({name: replace(piece, dtype=dtypes[name]) for name, piece in block.items()} for block in found)
    return Part.of(loss, reduction, blocks, n_threads)


# Arrays


@dataclass(frozen=True)
class Place:
    """Which chunk, and how many elements are before it on each axis."""

    number: tuple[int, ...]
    start: tuple[float, ...]


class Places(ArrayBlockwiseDep):  # type: ignore[misc]  # Dask has no types
    """The place of each chunk, which its task is given: an array of them would be a task more for each."""

    def __getitem__(self, number: tuple[int, ...]) -> Place:
        return Place(number, tuple(sum(sizes[:at]) for sizes, at in zip(self.chunks, number, strict=True)))

    def __dask_tokenize__(self) -> Any:
        return "lossreg.Places", self.chunks


class Chunks:
    """Arguments as Dask arrays that are divided along the same rows, and functions of the chunks that belong together."""

    def __init__(self, loss: lossreg.Loss, given: Sequence[Any]) -> None:
        sides = loss.info.sides
        *arrays, sample_weight, where = given
        if len(sides) == 1 and arrays[1] is None:
            arrays = arrays[:1]
        if len(arrays) != len(sides) or any(one is None for one in arrays):
            raise lossreg.ShapeError(
                f"{loss.name} takes {' and '.join(sides)} as arrays; of a frame say which columns are true= and pred="
            )
        named = dict(zip(sides, arrays, strict=True)) | {"sample_weight": sample_weight, "where": where}
        found = {name: da.asarray(one) for name, one in named.items() if one is not None}
        scores = found[sides[-1]]
        self.loss, self.axes = loss, scores.ndim - loss.info.inner_axes
        check_rows(loss, scores.ndim)
        for name, one in found.items():
            leading, wanted = one.shape[: self.axes], scores.shape[: min(one.ndim, self.axes)]
            if not np.isnan([*leading, *wanted]).any() and leading != wanted:
                raise lossreg.ShapeError(
                    f"{name} has shape {one.shape} and {sides[-1]} has shape {scores.shape}", argument=name
                )
        # The classes of a row are in one chunk.
        whole = [one.rechunk(dict.fromkeys(range(self.axes, one.ndim), -1)) for one in found.values()]
        # Numbers for axes, as Dask's functions of chunks take them; those inside of an element are each argument's own.
        self.letters = {
            name: [*range(self.axes), *(INSIDE * number + axis for axis in range(self.axes, one.ndim))][: one.ndim]
            for number, (name, one) in enumerate(found.items(), 1)
        }
        _, arrays = da.core.unify_chunks(*chain.from_iterable(zip(whole, self.letters.values(), strict=True)))
        self.arrays = dict(zip(found, arrays, strict=True))
        self.scores = self.arrays[sides[-1]]

    def apply(self, function: Callable[..., Any], letters: Sequence[Any], dtype: Any, *more: Any) -> Any:
        """The function of the chunks by name, of where they are, and of more, as an array of these axes."""
        places = Places(self.scores.chunks[: self.axes])
        pairs = [*zip(self.arrays.values(), self.letters.values(), strict=True), (places, range(self.axes))]
        return da.blockwise(
            partial(_of_chunks, function, self.loss, {name: one.dtype for name, one in self.arrays.items()}),
            letters,
            *chain.from_iterable([*pairs, *((one, ()) for one in more)]),
            dtype=dtype,
            meta=np.empty((0,) * len(letters), dtype),
            concatenate=False,  # which copies, also where there is one chunk
            align_arrays=False,  # they are
        )

    def states(self, reduction: str, n_threads: int) -> list[Any]:
        """The state of each chunk, delayed, in an array."""
        call = partial(_state_of_chunks, reduction, n_threads)
        return [*self.apply(call, range(self.axes), object).to_delayed().ravel()]


def _of_chunks(function: Callable[..., Any], loss: lossreg.Loss, dtypes: dict[str, np.dtype[Any]], *blocks: Any) -> Any:
    *chunks, place = blocks[: len(dtypes) + 1]
    try:
        arrays = {
            name: as_promised(as_plain_array(_only(chunk), name), dtype, name)
            for chunk, (name, dtype) in zip(chunks, dtypes.items(), strict=True)
        }
        return function(loss, arrays, *blocks[len(dtypes) + 1 :])
    except lossreg.LossregError as error:
        start = () if np.isnan(place.start).any() else tuple(map(int, place.start))
        number = place.number[0] if len(place.number) == 1 else place.number
        raise placed(error, f"chunk {number}", start) from error.__cause__


def _state_of_chunks(reduction: Any, n_threads: int, loss: lossreg.Loss, arrays: dict[str, Any]) -> Any:
    state: Any = loss.state(reduction)
    with lossreg.num_threads(n_threads):
        state.update(
            *map(arrays.get, loss.info.sides), sample_weight=arrays.get("sample_weight"), where=arrays.get("where")
        )
    box = np.empty((1,) * arrays[loss.info.sides[-1]].ndim, object)
    box[...] = state
    return box


def _only(chunk: Any) -> Any:
    """The chunk in lists of chunks along axes inside of elements, where there is one."""
    while isinstance(chunk, list):
        (chunk,) = chunk
    return chunk


def _derivatives(
    loss: LossLike, method: str, given: Sequence[Any], reduction: str, n_threads: int, options: dict[str, Any]
) -> Any:
    loss = lossreg.get(loss)
    if loss.info.family == "adversarial":
        raise lossreg.ParameterError(
            f"{loss.name} has scores of two players, and no gradient with respect to y_pred here"
        )
    chunks = Chunks(loss, given)
    scores = chunks.scores
    dtype = scores.dtype if scores.dtype.kind == "f" else np.dtype(float)
    more = []
    if reduction in ("mean", "weighted_mean"):
        whole = _merged(chunks.states(reduction, n_threads), _whole)
        more = [da.from_delayed(whole, (), object)]
    several = method == "grad_and_hess"
    call = partial(_derivatives_of_chunks, method, reduction, n_threads, options)
    both = chunks.apply(call, chunks.letters[loss.info.sides[-1]], object if several else dtype, *more)
    if not several:
        return both
    return tuple(
        both.map_blocks(_half, number, dtype=dtype, meta=np.empty((0,) * scores.ndim, dtype)) for number in (0, 1)
    )


def _whole(states: Sequence[Any]) -> Any:
    """What a mean is over, in an array of it."""
    (state := _sum(states)).result()  # which a mean over nothing does not have
    return np.array(state, object)


def _derivatives_of_chunks(
    method: str,
    reduction: str,
    n_threads: int,
    options: dict[str, Any],
    loss: lossreg.Loss,
    arrays: dict[str, Any],
    whole: Any = None,
) -> Any:
    sides = [arrays[side] for side in loss.info.sides]
    weight, where = arrays.get("sample_weight"), arrays.get("where")
    # A state in the place of a reduction is what the reduction is of: these elements are a part of that.
    of_what = reduction if whole is None else whole.item()
    with lossreg.num_threads(n_threads):
        result = getattr(loss, method)(*sides, weight, where=where, reduction=of_what, **options)
    if method == "grad":
        return result
    box = np.empty((1,) * sides[-1].ndim, object)
    box[...] = Pair(*result)
    return box


@dataclass(frozen=True)
class Pair:
    """Gradient and Hessian of a chunk, which one pass has made."""

    grad: Any
    hess: Any


def _half(box: Any, number: int) -> Any:
    pair = box.item()
    return pair.hess if number else pair.grad
