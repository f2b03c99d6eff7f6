"""What boosters share for losses of lists, such as the rows of a query: rows that lie together, of as many as they may be.

A booster hands over the scores of all rows, and how many rows each list has. Lists of one length are a matrix, and so one call
of the loss.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

import lossreg
from lossreg.integrations.buffers import as_array, at_least_0, finite, of_each
from lossreg.integrations.buffers import weights as of_rows
from lossreg.integrations.classes import comparable

__all__ = [
    "LISTS",
    "Weighed",
    "Weights",
    "check",
    "derivatives",
    "each_sizes",
    "lists",
    "on_last_axis",
    "require_lists",
    "sizes",
    "split",
    "ungrouped",
    "value",
    "weights",
]

LISTS = "set-wise"  # the family
Array = NDArray[Any]
Weighed = Literal["lists", "rows"]


class Weights(NamedTuple):
    """Weights of lists, or of rows, or none."""

    by_list: Array | None = None
    by_row: Array | None = None


def sizes(rows: int, group: Any = None, qid: Any = None, name: str = "group") -> Array | None:
    """How many rows each list has, which is what `group` says; or of `qid`, which says the list of each row.

    Examples
    --------
    >>> from lossreg.integrations.lists import sizes
    >>> sizes(5, qid=["a", "a", "b", "b", "b"])
    array([2, 3])
    >>> sizes(5, group=[2, 2])
    Traceback (most recent call last):
    lossreg.errors.ShapeError: group sums to 4, and there are 5 rows; wanted how many rows each list has
    """
    if group is not None and qid is not None:
        raise lossreg.ParameterError(f"{name} and {name.replace('group', 'qid')} both came; wanted one of them")
    if qid is not None:
        name = name.replace("group", "qid")
        return _runs(comparable(qid, name), rows, name)
    if group is None:
        return None
    array = as_array(group, name)
    if array.ndim != 1:
        came = f"is {array}" if array.ndim == 0 else f"has shape {array.shape}"
        raise lossreg.ShapeError(
            f"{name} {came}; wanted how many rows each list has, as in [{rows}] for one list", argument=name
        )
    at_least_0(array, name)
    if array.dtype.kind == "f" and np.any(array != np.trunc(array)):
        raise lossreg.DtypeError(f"{name} has numbers that are not whole; wanted how many rows each list has")
    if array.sum() != rows:
        raise lossreg.ShapeError(
            f"{name} sums to {array.sum()}, and there are {rows} rows; wanted how many rows each list has",
            argument=name,
        )
    return array.astype(np.intp)


def _runs(qid: Array, rows: int, name: str) -> Array:
    """The lengths of runs of equal names, each of which is there once."""
    if qid.shape != (rows,):
        raise lossreg.ShapeError(f"{name} has shape {qid.shape}; wanted the list of each row: ({rows},)", argument=name)
    if qid.dtype.kind in "fcMm" and (missing := np.flatnonzero(np.isnan(qid))).size:
        raise lossreg.DomainError(
            f"{name} holds {qid[missing[0]]} at index {missing[0]}; wanted the list of each row",
            argument=name,
            index=int(missing[0]),
        )
    begins = np.flatnonzero(np.append(True, qid[1:] != qid[:-1]))[:rows]
    names, first, count = np.unique(qid[begins], return_index=True, return_counts=True)
    if np.any(count > 1):
        again = names[count > 1][:1].tolist()[0]
        raise lossreg.DomainError(
            f"{name} has {again!r} in several places, from index {begins[first[count > 1][0]]} on; sort the rows by it",
            argument=name,
        )
    return np.diff(np.append(begins, rows))


def each_sizes(rows: Sequence[int], group: Any = None, qid: Any = None) -> list[Array | None] | None:
    """The same of several data sets of so many rows, each with a group or a qid of its own.

    Examples
    --------
    >>> from lossreg.integrations.lists import each_sizes
    >>> each_sizes([3, 2], group=[[1, 2], [2]])
    [array([1, 2]), array([2])]
    """
    if group is None and qid is None:
        return None
    groups, qids = of_each(rows, group, "eval_group"), of_each(rows, qid, "eval_qid")
    each = enumerate(zip(rows, groups, qids, strict=True))
    return [sizes(*given, name=f"eval_group[{place}]") for place, given in each]


def lists(groups: Array) -> Iterator[tuple[Array, Array]]:
    """For each length that lists have, which of them have it, and their rows: (lists,) and (lists, length).

    Examples
    --------
    >>> import numpy as np
    >>> from lossreg.integrations.lists import lists
    >>> for which, rows in lists(np.array([2, 1, 2])):
    ...     print(which, rows.tolist())
    [1] [[2]]
    [0 2] [[0, 1], [3, 4]]
    """
    order = np.argsort(groups, kind="stable")
    lengths, starts = np.unique(groups[order], return_index=True)
    begins = np.cumsum(groups) - groups
    for length, which in zip(lengths, np.split(order, starts[1:]), strict=True):
        if length:
            yield which, begins[which, None] + np.arange(length)


def on_last_axis(loss: lossreg.Loss) -> lossreg.Loss:
    """The loss, of lists that are rows of a matrix."""
    return loss.replace(axis=-1) if loss.params.get("axis", -1) != -1 else loss


def require_lists(loss: lossreg.Loss) -> None:
    """Refuse a loss that no ranker is trained with, as it compares no rows.

    Examples
    --------
    >>> import lossreg
    >>> from lossreg.integrations.lists import require_lists
    >>> require_lists(lossreg.get("huber"))
    Traceback (most recent call last):
    lossreg.errors.ParameterError: huber() scores rows one by one, and a ranker compares those of a list; take a loss of lists, such as rank_net: lossreg.names(family='set-wise')
    """
    if loss.info.family != LISTS:
        raise lossreg.ParameterError(
            f"{loss!r} scores rows one by one, and a ranker compares those of a list; take a loss of lists, such as "
            "rank_net: lossreg.names(family='set-wise')"
        )


def ungrouped(loss: lossreg.Loss, fix: str) -> lossreg.ParameterError:
    """The error of rows without lists, and what to do."""
    return lossreg.ParameterError(f"{loss!r} compares the rows of each list, and no groups came; {fix}")


def weights(given: Any, rows: int, groups: Array | None, of: Weighed) -> Array | None:
    """Weights of the lists, where a trainer has those and there are any, or of the rows; one number is every weight.

    Examples
    --------
    >>> import numpy as np
    >>> from lossreg.integrations.lists import weights
    >>> weights(2, 3, np.array([1, 2]), "lists")
    array([2., 2.])
    """
    if groups is None or of == "rows":
        return of_rows(given, rows)
    return of_rows(given, len(groups), of="groups")


def split(weight: Any, groups: Array, of: Weighed | None = None) -> Weights:
    """Tell weights of lists from weights of rows: by what the trainer has, else by their number.

    Examples
    --------
    >>> import numpy as np
    >>> from lossreg.integrations.lists import split
    >>> split([1.0, 2.0, 3.0], np.array([1, 2])).by_row
    array([1., 2., 3.])
    >>> split([1.0, 2.0, 3.0], np.array([2, 0, 1]), "lists").by_list
    array([1., 2., 3.])
    >>> split([1.0, 2.0, 3.0], np.array([2, 0, 1]))
    Traceback (most recent call last):
    lossreg.errors.ShapeError: sample_weight has 3 numbers, and there are 3 lists and 3 rows; leave the lists of no rows out of the groups, and their weights
    """
    if weight is None:
        return Weights()
    array, rows = np.asarray(weight), int(groups.sum())
    if len(groups) == rows and of is None and np.any(groups != 1):  # of lists of one row both are the same
        raise lossreg.ShapeError(
            f"sample_weight has {len(array)} numbers, and there are {rows} lists and {rows} rows; leave the lists of no "
            "rows out of the groups, and their weights",
            argument="sample_weight",
        )
    if len(array) == len(groups) and (len(groups) != rows or of != "rows"):
        return Weights(by_list=array)
    return Weights(by_row=array)


def check(loss: lossreg.Loss, y_true: Any, sample_weight: Any, groups: Array, of: Weighed | None = None) -> Array:
    """The targets as an array; refuses those that do not belong to the loss.

    Weights are those of the lists, or of the rows, as `split` tells them.
    """
    y = as_array(y_true, "y_true")
    y = y.reshape(-1) if y.ndim == 2 and y.shape[1] == 1 else y
    finite(y, "y_true")
    if y.ndim != 1:
        raise lossreg.ShapeError(f"y_true has shape {y.shape}; wanted one target for each row", argument="y_true")
    sizes(len(y), groups)
    wrong = loss.info.target.excludes(y)
    if wrong.any():
        index = int(np.argmax(wrong))
        value = y[index].item()
        raise lossreg.DomainError(
            f"y_true holds {value!r} at index {index}; wanted {loss.info.target}",
            argument="y_true",
            index=index,
            value=value,
        )
    if sample_weight is not None:
        weight = as_array(sample_weight, "sample_weight")
        at_least_0(weight, "sample_weight")
        if weight.shape not in ((len(y),), (len(groups),)):
            raise lossreg.ShapeError(
                f"sample_weight has shape {weight.shape}; wanted one for each of {len(groups)} lists or of {len(y)} rows",
                argument="sample_weight",
            )
        split(weight, groups, of)
    return y


def derivatives(
    loss: lossreg.Loss, y: Array, raw: Array, weight: Weights, groups: Array, out: tuple[Array, Array], **options: Any
) -> tuple[Array, Array]:
    """Both derivatives of the weighted sum over all lists; weights of rows multiply those of their scores."""
    loss, (by_list, by_row) = on_last_axis(loss), weight
    for which, rows in lists(groups):
        of_lists = None if by_list is None else by_list[which]
        both = loss.grad_and_hess(y[rows], raw[rows], of_lists, reduction="none", **options)
        for whole, part in zip(out, both, strict=True):
            whole[rows] = part
    if by_row is not None:
        for whole in out:
            np.multiply(whole, by_row, out=whole, casting="same_kind")
    return out


def value(loss: lossreg.Loss, y: Array, raw: Array, weight: Weights, groups: Array) -> float:
    """The mean over all lists; of weights of rows, a list has the mean."""
    loss, (by_list, by_row) = on_last_axis(loss), weight
    each, of_each = np.zeros(len(groups)), np.ones(len(groups))
    for which, rows in lists(groups):
        each[which] = loss.value(y[rows], raw[rows], reduction="none")
        if by_row is not None:
            of_each[which] = np.mean(by_row[rows], axis=1, dtype=np.float64)
    counted = np.where(groups > 0, of_each if by_list is None else by_list, 0)  # a list of no rows has no loss
    if not np.any(counted):
        raise lossreg.EmptyError("the mean over no list of a weight above 0 is undefined; check for it before the call")
    return float(np.average(each, weights=counted))
