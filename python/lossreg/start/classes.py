"""Start values of row-wise losses: the class scores, the same for all rows, with the least loss.

A cross-entropy of whatever weights and smoothing has its least value where the probability of each class is the class's part of
all the weight: the closed form. Where the derivative is linear in the targets of each class, the link maps their mean. Other losses
are searched, for one row of each class where targets are class indices.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lossreg import _native, ops
from lossreg.combination import Combination
from lossreg.errors import ParameterError, ShapeError
from lossreg.info import Domain, Start
from lossreg.shown import shown
from lossreg.start.simplex import has_level, probabilities, scores, value_of
from lossreg.start.targets import Array, Targets, nothing, outside, spread

if TYPE_CHECKING:
    from lossreg._native import Loss
    from lossreg.info import LossInfo

__all__ = ["class_scores"]

ROWS = 1 << 18  # numbers of rows that are added up together
MOST = 1 << 48  # classes: more than any memory has room for
SPARSE = 8  # classes for each target, from which on only those that occur are counted


def class_scores(
    loss: Loss, info: LossInfo, y_true: Any, sample_weight: Any, where: Any, n_classes: int | None
) -> Array:
    """The class scores with the least loss, or what predictions of the loss are instead, such as probabilities."""
    targets = Targets.read(y_true, sample_weight, where)
    params: dict[str, Any] = loss.params
    classes = _number_of_classes(info, params, n_classes)
    axis = params.get("axis", -1)
    is_labels = _is_labels(loss, info, targets.y, axis)
    if is_labels:
        rows, weight, count = _labels_of(loss, targets, classes)
    else:
        rows, weight, count = _rows_of(loss, targets, classes, axis)
    if np.isnan(rows).any() or not (weight is None or np.isfinite(weight).all()):
        return np.full(count, np.nan)
    shares = info.start is not Start.SEARCH or all(map(_is_of_shares, _terms(loss)))
    if not shares and has_level(loss, rows, count):
        return scores(loss, rows, np.ones(len(rows)) if weight is None else weight, count)
    q = _of_labels(loss, info, targets, rows, weight, count) if is_labels else _of_rows(loss, info, rows, weight, count)
    if info.start is Start.MEAN:
        return np.asarray(loss.link.link(q))
    return q if loss.link.name == "identity" and info.link == "softmax" else ops.log(q, out=q)


def _terms(loss: Loss) -> list[Loss]:
    return [term.loss for term in loss.terms] if isinstance(loss, Combination) else [loss]


def _is_of_shares(loss: Loss) -> bool:
    """Whether it is known that only the differences of scores count."""
    return type(loss) is _native.Loss and loss.info.family == "row-wise" and loss.info.start is not Start.MEAN


def _number_of_classes(info: LossInfo, params: dict[str, Any], n_classes: int | None) -> int | None:
    """The number of classes that was said, by the call or by one number for each class among the parameters."""
    whole = isinstance(n_classes, int | np.integer) and type(n_classes) is not bool
    if n_classes is not None and not (whole and 1 <= n_classes <= MOST):
        bound = f"from 1 to {MOST}" if whole and n_classes > MOST else "of at least 1"
        raise ParameterError(f"n_classes is {shown(n_classes)}; wanted None or a whole number {bound}")
    for name, value in _lists(info, params):
        if n_classes not in (None, len(value)):
            raise ShapeError(f"{name} has {len(value)} numbers and n_classes is {n_classes}")
        return len(value)
    return None if n_classes is None else int(n_classes)


def _is_labels(loss: Loss, info: LossInfo, y: Array, axis: int) -> bool:
    """Whether the targets are class indices. Where a loss takes rows too, their shape and their sums say it."""
    whole = y.dtype.kind in "biu" or bool(np.all(y == np.floor(y)))
    # What the code of others reads, it alone knows.
    if all(type(part) is _native.Loss for part in _terms(loss)) and not (
        info.target.has_class_indices and info.target.has_rows
    ):
        return info.target.has_class_indices
    if not whole or y.ndim < 2 or not -y.ndim <= axis < y.ndim or y.shape[axis] < 2:
        return whole
    one_hot = np.all((y == 0) | (y == 1)) and np.all(np.sum(y, axis=axis) == 1)
    return not one_hot


# ------------------------------------------------------------------------------------------------------ class indices


Rows = tuple[Array, "Array | None", int]


def _labels_of(loss: Loss, targets: Targets, classes: int | None) -> Rows:
    """The class indices that count, their weights, and how many classes there are."""
    ignored = loss.params.get("ignore_index")
    targets.summarised()  # checks the shapes and the dtypes
    if ignored is not None:
        kept = targets.y != ignored
        targets.mask = kept if targets.mask is None else kept & spread(targets.mask != 0, targets.y.shape)
    _check_labels(targets, classes)
    labels, weight = targets.flat()
    if not labels.size:
        raise nothing(targets.weighted)
    labels = labels.astype(np.intp, copy=False)
    return labels, weight, classes or int(labels.max()) + 1


def _of_labels(loss: Loss, info: LossInfo, targets: Targets, labels: Array, weight: Array | None, count: int) -> Array:
    if count > SPARSE * labels.size:
        present, places = np.unique(labels, return_inverse=True)
        mass = _exact_sums(places.reshape(-1), weight, present.size)
    else:
        mass = _exact_sums(labels, weight, count)
        present = None
    if not np.isfinite(mass).all():
        return np.full(count, np.nan)
    targets.require_weight(float(np.sum(mass)))
    return _from_mass(loss, info, mass, present, count, float(np.sum(mass)))


def _check_labels(targets: Targets, classes: int | None) -> None:
    y, counts = targets.y, targets.mask
    wrong = Domain.CLASS_INDEX.excludes(y) | np.isnan(y) if y.dtype.kind == "f" else y < 0
    wanted, above = f"a class index from 0 to {(classes or MOST) - 1}", y >= (classes or MOST)
    if classes is None and not np.any(above):
        wanted = Domain.CLASS_INDEX.words + " from 0 on"
    wrong = wrong | above
    wrong = wrong if counts is None else wrong & spread(counts != 0, y.shape)
    if np.any(wrong):
        raise outside(y, wrong, wanted)


def _exact_sums(places: Array, weight: Array | None, count: int) -> Array:
    """The sum of the weights at each place, all but correctly rounded: high parts are added up without an error."""
    if weight is None:
        return np.bincount(places, minlength=count).astype(np.float64)
    weight = weight.astype(np.float64, copy=False)
    largest = float(np.max(np.abs(weight)))
    rounder = 3 * 2.0 ** (np.frexp(largest)[1] + int(places.size).bit_length())
    if not np.isfinite(rounder):
        return np.bincount(places, weight, count)
    high = (weight + rounder) - rounder
    return np.bincount(places, high, count) + np.bincount(places, weight - high, count)


def _from_mass(loss: Loss, info: LossInfo, mass: Array, present: Array | None, count: int, total: float) -> Array:
    """The probabilities, or the mean, from the weight of each class that occurs; None: of every class."""
    if info.start is Start.MEAN:
        mean = np.zeros(count)
        mean[slice(None) if present is None else present] = mass / total
        return np.clip(mean, 0.0, 1.0 if info.target.has_rows else None)
    params: dict[str, Any] = loss.params
    smoothing, factors = params.get("label_smoothing", 0.0), _factors(info, params)
    spread_out = smoothing * total / count
    if info.start is Start.CLASS_PROBABILITIES:
        if present is not None:
            full = np.full(count, spread_out)
            full[present] += mass - smoothing * mass
            mass = full
        elif smoothing:
            mass = mass - smoothing * mass + spread_out
        return _parts(mass if factors is None else _scaled(mass) * _scaled(factors))
    if present is None:
        present = np.flatnonzero(mass)
        mass = mass[present]
    if smoothing != 0 or info.target is Domain.REAL or present.size == count:
        return probabilities(loss, present, mass, count)
    # What does not occur has no probability, unless its factor makes that cheaper than what does.
    among = loss.replace(**{name: [value[k] for k in present] for name, value in _lists(info, params)})
    q = np.zeros(count)
    q[present] = probabilities(among, np.arange(present.size), mass, present.size)
    if factors is None:
        return q
    return min((q, probabilities(loss, present, mass, count)), key=lambda q: value_of(loss, present, mass, q))


def _factors(info: LossInfo, params: dict[str, Any]) -> Array | None:
    return next((np.array(value) for _, value in _lists(info, params)), None)


def _lists(info: LossInfo, params: dict[str, Any]) -> list[tuple[str, Any]]:
    """The parameters that are a list with a number for each class."""
    values = [(param.name, params[param.name]) for param in info.params if param.kind == "per-class"]
    return [(name, value) for name, value in values if isinstance(value, (tuple, list))]


def _parts(mass: Array) -> Array:
    """Each class's part of the whole. A class of negative weight falls without end: it has no probability."""
    mass = _scaled(np.maximum(mass, 0.0, out=mass))
    total = float(np.sum(mass))
    if total == 0:
        raise nothing(weighted=True)
    mass /= total
    return mass


def _scaled(numbers: Array) -> Array:
    """Numbers times a power of two, so that the largest is near 1 and neither sums nor products leave the range."""
    return np.ldexp(numbers, -int(np.frexp(np.max(numbers))[1]), out=numbers)


# --------------------------------------------------------------------------------------------- rows of probabilities


def _rows_of(loss: Loss, targets: Targets, classes: int | None, axis: int) -> Rows:
    """The rows that count, their weights, and how many classes there are."""
    y = targets.y
    if not -y.ndim <= axis < y.ndim:
        raise ShapeError(f"y_true has shape {y.shape}; wanted rows of classes on axis {axis}")
    count = y.shape[axis]
    if classes not in (None, count):
        raise ShapeError(f"y_true has shape {y.shape}, so {count} classes on axis {axis}, not {classes}")
    everywhere = np.broadcast_to(np.float64(1.0), y.shape)
    loss.value(y, everywhere, targets.weight, where=targets.mask, reduction="sum")  # checks the arguments
    rows = np.moveaxis(y, axis, -1)
    unreduced = rows.shape[:-1]
    weight = targets.weights(unreduced)
    flat = Targets(np.broadcast_to(np.float64(0.0), unreduced), weight, targets.mask)
    flat.summarised()
    counts = flat.valid()
    rows = rows[counts] if counts is not None else rows.reshape(-1, count)
    weight = weight if weight is None else (weight[counts] if counts is not None else weight.reshape(-1))
    return rows, weight, count


def _of_rows(loss: Loss, info: LossInfo, rows: Array, weight: Array | None, count: int) -> Array:
    if info.start in (Start.CLASS_PROBABILITIES, Start.MEAN):
        mass, total = _sum_of_rows(rows, weight)
        return _from_mass(loss, info, mass, None, count, total)
    if np.all((rows == 0) | (rows == 1)) and np.all(np.sum(rows, axis=-1) == 1):
        mass = _exact_sums(np.argmax(rows, axis=-1), weight, count)
        return _from_mass(loss, info, mass, None, count, float(np.sum(mass)))
    return probabilities(loss, rows, np.ones(len(rows)) if weight is None else weight, count)


def _sum_of_rows(rows: Array, weight: Array | None) -> tuple[Array, float]:
    """Σ w·row and Σ w, the errors of adding up parts kept."""
    total, lost, weights = np.zeros(rows.shape[-1]), np.zeros(rows.shape[-1]), 0.0
    size = max(1, ROWS // rows.shape[-1])
    for start in range(0, len(rows), size):
        part = rows[start : start + size].astype(np.float64, copy=False)
        if weight is None:
            weights += len(part)
        else:
            some = weight[start : start + size].astype(np.float64, copy=False)
            part, weights = part * some[:, np.newaxis], weights + float(np.sum(some))
        more = np.add.reduce(part, axis=0)
        new = total + more
        back = new - total
        lost += (total - (new - back)) + (more - back)
        total = new
    return total + lost, weights
