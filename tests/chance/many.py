"""What texts about more than one prediction name: rows as a whole, sets, columns, scores beside those of the other side.

Parts of jets have the axes case, element and direction, the element that moves: sums are over elements. A text with a name that
is not here is evaluated as the tables of tests/truth are, a number at a time: that is slow, so such losses get few cases.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

import jets
import losses
import numpy as np
from chance.jets import FUNCTIONS, MANY, Jet, Numbers, constant, maximum, sigmoid, total
from mpmath import mp

import formulas
import lossreg

Array = np.ndarray[Any, Any]
NAMES = {*FUNCTIONS, "y_true", "y_pred", "p", "K", "other", "others", "highest_other", "at_risk", "pi", "None"}


def of_shares(info: lossreg.LossInfo) -> bool:
    """Whether the text is about each class of a row and its probability."""
    return info.family == "row-wise" and info.link == "softmax"


def is_slow(info: lossreg.LossInfo) -> bool:
    """Whether the text of a loss can only be evaluated a number at a time: of many numbers, or of what a class stands for."""
    if info.family == "pointwise" and info.target.has_class_indices:
        return True
    known = {*NAMES, *info.columns, *info.sides, *(param.name for param in info.params)}
    of_many = (info.inner_axes > 0 and not of_shares(info)) or bool(info.columns)
    return of_many and not formulas.names(info.formula) <= known


def moving(kind: Numbers, x: Array) -> Jet:
    """Predictions of which each moves in a direction of its own."""
    z = kind.made(x)[:, :, None]
    return Jet(kind, (z, z * 0 + kind.made(np.eye(x.shape[1])), z * 0), exact=True)


def fixed(kind: Numbers, x: Array) -> Jet:
    """Numbers that do not move."""
    z = kind.made(x)
    return Jet(kind, (z, z * 0, z * 0), exact=True)


def of_elements(loss: lossreg.Loss, kind: Numbers, y: Array, x: Array) -> dict[str, Any]:
    """The elements of a set, or of a row of classes that is seen as a whole."""
    k, raw = x.shape[1], loss.info.raw_switch
    targets = y if y.ndim == 2 else np.eye(k)[np.where((y >= 0) & (y < k), y, 0)]
    given: dict[str, Any] = {"y_true": fixed(kind, targets[:, :, None]), "y_pred": (scores := moving(kind, x)), "K": k}
    names = formulas.names(loss.info.formula)
    if "p" in names and raw:
        given["p"] = sigmoid(scores) if loss.params[raw] else scores
        given["p"].rest = sigmoid(-scores) if loss.params[raw] else None
    elif "p" in names:
        given["p"] = sparsemax(scores)
    if "others" in names or "highest_other" in names:
        rolled = [
            Jet(kind, [np.roll(part, -step, axis=1) for part in scores.parts], exact=True) for step in range(1, k)
        ]
        highest = reduce(maximum, rolled) if rolled else constant(kind, -np.inf)
        given |= {"others": rolled, "highest_other": highest}
    if "at_risk" in names:
        later = kind.made(abs(y[:, None, :]) >= abs(y[:, :, None]))
        given["at_risk"] = lambda u: summed(u, later)
    return given


def summed(u: Jet, mask: Array) -> Jet:
    """For each element the sum over those that a mask has for it."""
    parts, sizes = ([(mask[..., None] * part[:, None]).sum(axis=2) for part in each] for each in (u.parts, u.sizes))
    return Jet(u.kind, parts, sizes)


def sparsemax(scores: Jet) -> Jet:
    """The probabilities that are nearest to scores."""
    z = scores.parts[0][:, :, 0]
    ordered = -np.sort(-z, axis=1)
    sizes = np.arange(1, z.shape[1] + 1)
    support = np.count_nonzero(1 + sizes * ordered > np.cumsum(ordered, axis=1), axis=1)[:, None]
    threshold = (np.take_along_axis(np.cumsum(ordered, axis=1), support - 1, axis=1) - 1) / support
    inside = (z > threshold)[:, :, None]
    slope = np.where(
        inside,
        scores.parts[1] - np.where(inside, 1, 0).transpose(0, 2, 1) / (z[:, :1, None] * 0 + support[:, :, None]),
        0,
    )
    p = np.where(inside, z[:, :, None] - threshold[:, :, None], 0)
    size = np.where(inside, abs(z)[:, :, None] + abs(threshold)[:, :, None], 0)
    return Jet(scores.kind, (p, slope, p * 0), (size, abs(slope), p * 0))


def of_columns(loss: lossreg.Loss, kind: Numbers, y: Array, x: Array) -> dict[str, Any]:
    """The numbers that predict an element."""
    columns = moving(kind, x)
    return {"y_true": fixed(kind, y[:, None])} | {name: columns[:, at] for at, name in enumerate(loss.info.columns)}


def of_both_sides(loss: lossreg.Loss, kind: Numbers, args: tuple[Array, ...], side: int) -> dict[str, Any]:
    """The scores of both sides, of which one moves."""
    sides = [moving(kind, x) if at == side else fixed(kind, x[:, :, None]) for at, x in enumerate(args)]
    return {**dict(zip(loss.info.sides, sides, strict=True)), "mean": mean}


def mean(x: Jet) -> Jet:
    """That over the elements, which stays beside each."""
    return total(x) / x.parts[0].shape[1]


def one_by_one(loss: lossreg.Loss, y: Array, x: Array) -> tuple[Jet, Array]:
    """The numbers of the tables: of each case its value, and the derivatives in the direction of each prediction; and where there is a kink."""
    cases = [[[float(number) for number in np.ravel(numbers)] for numbers in case] for case in zip(y, x, strict=True)]
    kinks, found = zip(*(outputs(loss, *case) for case in cases), strict=True)
    shape = (len(x), -1) if x.ndim > 1 else (len(x),)
    groups = ([(jet.parts()[part], jet.sizes[part]) for jets in found for jet in jets] for part in range(3))
    parts, sizes = zip(*(np.array(group, object).T.reshape(2, *shape) for group in groups), strict=True)
    return Jet(MANY, parts, sizes), np.array(kinks).reshape(-1, *[1] * (len(shape) - 1))


def outputs(loss: lossreg.Loss, y: list[float], x: list[float]) -> tuple[bool, list[Any]]:
    """Whether one case is on a kink, and the jets that the tables have of it, or what is no number."""
    jets.Sides.kink = False
    try:
        found = losses.outputs(loss.name, dict(loss.params), y, x)[1]
    except (ZeroDivisionError, ValueError, TypeError, OverflowError):  # as where a set has nothing that is wanted
        found = [jets.Jet(mp.nan, mp.nan, mp.nan)] * len(x)
    return jets.Sides.kink, found
