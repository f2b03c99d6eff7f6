"""Valid arguments for any loss, drawn from what the loss says of itself: its sides, its domains and its parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

import lossreg
from lossreg.info import Domain, LossInfo
from lossreg.shown import shown
from lossreg.typing import LossLike

__all__ = ["arguments"]

Array = np.ndarray[Any, Any]
CLASSES, FRAMES = 4, 6
LISTS = ("per-class", "thresholds")  # kinds of parameters that tell how many classes there are
MOST = 1 << 40  # arguments: more than any memory has room for
SPREAD = 2.0  # of scores: where sigmoids bend, and where they are nearly straight


def arguments(
    loss: LossLike, n: int, dtype: DTypeLike = np.float64, seed: int = 0, *, n_classes: int | None = None
) -> tuple[Array, ...]:
    """Draw valid arguments for a loss: ``loss(*arguments(loss, 100))`` is a number.

    Parameters
    ----------
    loss : Loss
        The loss, or what `lossreg.get` takes. Its parameters count: with ``from_logits=False`` predictions are
        probabilities, with ``axis=0`` the classes come first, and no target is the ``ignore_index``.
    n : int
        How many losses there are unreduced: elements, rows or sets; where all elements are one set, how many of these.
    dtype : dtype, default float64
        The floating dtype of predictions and targets; class indices are int64.
    seed : int, default 0
        Where the drawing begins. The same arguments draw the same arrays.
    n_classes : int, optional
        The length of a row; by default that of the parameters with one number for each class, else 4.

    Returns
    -------
    tuple of numpy.ndarray
        One array for each of ``loss.info.sides``, such as ``(y_true, y_pred)``. Predictions keep away from the ends of
        their domain and targets reach them, so that derivatives are finite and hard labels occur.

    Raises
    ------
    ParameterError
        If `n` is negative, `dtype` is not floating, or `n_classes` is not what the loss has parameters for.

    Examples
    --------
    >>> import lossreg
    >>> from lossreg.testing import arguments
    >>> loss = lossreg.get("poisson")
    >>> y_true, y_pred = arguments(loss, 1000)
    >>> bool((y_true >= 0).all()), y_pred.shape
    (True, (1000,))
    >>> [side.shape for side in arguments("sparse_categorical_cross_entropy", 10, "float32")]
    [(10,), (10, 4)]
    """
    loss = lossreg.get(loss)
    try:
        named = np.dtype(dtype)
    except (TypeError, ValueError):
        named = np.dtype(object)
    if not _counts(n):
        raise lossreg.ParameterError(f"n is {shown(n)}; wanted a whole number from 0 to {MOST}")
    if named.kind != "f" and named.name != "bfloat16":
        came = shown(dtype) if named.kind == "O" else str(named)
        raise lossreg.ParameterError(f"dtype is {came}; wanted a floating one, such as float32")
    dtype = named
    try:
        rng = np.random.default_rng(seed)
    except (TypeError, ValueError):
        raise lossreg.ParameterError(f"seed is {shown(seed)}; wanted a whole number of at least 0") from None
    info = loss.info
    if info.family == "adversarial":
        return tuple(_numbers(info.prediction, PREDICTIONS, rng, (n,)).astype(dtype) for _ in info.sides)
    if info.family in ("pointwise", "set-wise"):
        shape = _shape_of_sets(loss, n, n_classes) if info.family == "set-wise" else (n,)
        if info.target.has_class_indices:
            target = _rows(loss, rng, shape, _classes(loss, None))  # there are no rows
            return target, _numbers(info.prediction, PREDICTIONS, rng, shape).astype(dtype)
        drawn = ((info.target, TIMES if info.target is Domain.TIME else TARGETS), (info.prediction, PREDICTIONS))
        return tuple(_numbers(domain, maps, rng, shape).astype(dtype) for domain, maps in drawn)
    if info.family == "column-wise":
        of_targets, of_predictions = ((n, len(names)) if len(names) > 1 else (n,) for names in _columns(info))
        together = OF_SEVERAL.get(info.target)
        if info.target_domains:
            target = np.stack([_numbers(domain, TARGETS, rng, (n,)) for domain in info.target_domains], axis=-1)
        else:
            target = together(rng, of_targets) if together else _numbers(info.target, TARGETS, rng, of_targets)
        return target.astype(dtype), rng.normal(scale=SPREAD, size=of_predictions).astype(dtype)
    classes = _classes(loss, n_classes)
    if info.family == "sequence":
        blank: Any = loss.params["blank"]
        classes = max(classes, blank + 1, 2)
        labels = rng.choice([k for k in range(-1, classes) if k != blank], (n, FRAMES // 2))
        return labels, rng.normal(scale=SPREAD, size=(n, FRAMES, classes)).astype(dtype)
    axis: Any = loss.params.get("axis", -1)
    others = (n,) + (1,) * (max(2, axis + 1, -axis) - 2)
    target = _rows(loss, rng, others, classes)
    prediction = _numbers(info.prediction, PREDICTIONS, rng, (*others, classes))
    if target.ndim == prediction.ndim:
        target = np.moveaxis(target, -1, axis).astype(dtype)
    return target, np.ascontiguousarray(np.moveaxis(prediction, -1, axis)).astype(dtype)


def _columns(info: LossInfo) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return info.target_columns, info.columns


def _boxes(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    corners = rng.normal(scale=SPREAD, size=shape)
    return np.concatenate([corners[..., :2], corners[..., :2] + np.abs(corners[..., 2:])], axis=-1)


def _intervals(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Times that are known, bounded on both sides, from below only and from above only."""
    lower = np.exp(rng.normal(size=shape[:-1]))
    upper = lower * (1 + rng.exponential(size=shape[:-1]))
    kind = rng.integers(4, size=shape[:-1])
    known, right, left = (kind == which for which in range(3))
    upper = np.where(known, lower, np.where(right, np.inf, upper))
    return np.stack([np.where(left, 0.0, lower), upper], axis=-1)


OF_SEVERAL = {Domain.BOX: _boxes, Domain.INTERVAL: _intervals}


def _shape_of_sets(loss: lossreg.Loss, n: int, length: int | None) -> tuple[int, ...]:
    """A shape of so many sets along the axes of a loss."""
    axes: Any = loss.params["axis"]
    if axes is None:
        return (n,)
    axes = [axes] if isinstance(axes, int) else axes
    ndim = 1 + max(len(axes), *axes, *(-axis - 1 for axis in axes))
    inner = {axis % ndim for axis in axes}
    outer = [axis for axis in range(ndim) if axis not in inner]
    return tuple(length or CLASSES if axis in inner else n if axis == outer[0] else 1 for axis in range(ndim))


def _counts(n: object) -> bool:
    return isinstance(n, int | np.integer) and not isinstance(n, bool) and bool(0 <= n <= MOST)


def _classes(loss: lossreg.Loss, wanted: int | None) -> int:
    more = {param.name: param.kind == "thresholds" for param in loss.info.params if param.kind in LISTS}
    lists = ((name, value) for name, value in loss.params.items() if name in more and isinstance(value, list | tuple))
    per_class = [len(value) + more[name] for name, value in lists]
    if wanted is not None and (not _counts(wanted) or wanted < 1 or any(length != wanted for length in per_class)):
        fit = f"the parameters of {loss!r} are for {per_class[0]}" if per_class else "wanted at least 1"
        raise lossreg.ParameterError(f"n_classes is {shown(wanted)}; {fit}")
    return wanted or next(iter(per_class), CLASSES)


def _rows(loss: lossreg.Loss, rng: np.random.Generator, shape: tuple[int, ...], classes: int) -> Array:
    """The targets of rows: indices of classes, a label or an amount of each class, or rows of probabilities."""
    target = loss.info.target
    if target.has_class_indices:
        counted = [k for k in range(classes) if k != loss.params.get("ignore_index")]
        return rng.choice(np.array(counted or [0], dtype=np.int64), shape)
    if not target.has_rows and target is not Domain.REAL:
        return _numbers(target, TARGETS, rng, (*shape, classes))
    return rng.dirichlet(np.ones(classes), shape)


# From a score to a number: those of predictions keep away from the ends of a domain, those of targets reach them.
Map = Callable[[Array], Array]


def _positive(x: Array) -> Array:
    return 0.3 + np.abs(x)


def _probability(x: Array) -> Array:
    return 0.15 + 0.7 / (1 + np.exp(-x))


def _count(x: Array) -> Array:
    return np.floor(np.square(x) / 2)


def _soft_label(x: Array) -> Array:
    return np.clip((x + 1) / 2, 0, 1)


def _label(x: Array) -> Array:
    return np.where(x > 0, 1.0, 0.0)


PREDICTIONS: tuple[Map, ...] = (np.array, _positive, _probability, _label, _count)


def _time(x: Array) -> Array:
    return np.round(x, 1)


TIMES: tuple[Map, ...] = (_time,)  # of which some are the same
TARGETS: tuple[Map, ...] = (np.array, _count, _positive, _soft_label, _label)
PROBE = np.linspace(-8, 8, 33)


def _numbers(domain: Domain, maps: tuple[Map, ...], rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Scores, mapped into a domain by the first map that does."""
    inside = next((each for each in maps if not domain.excludes(each(PROBE)).any()), None)
    if inside is None:
        raise lossreg.ParameterError(f"no map is known into {domain.words}")
    return inside(rng.normal(scale=SPREAD, size=shape))
