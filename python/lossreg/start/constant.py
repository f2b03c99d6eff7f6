"""Start values of pointwise losses: one number.

Whatever derivative is linear in the targets has the same sum as at their mean, and a loss of labels sees two targets only, so
most losses have to be looked at for one or two targets instead of all. It is the loss that is asked there, so the answer is
right for every parameter, and for losses of others.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from lossreg import ops
from lossreg.info import Start
from lossreg.start.quantile import quantile
from lossreg.start.search import Total, least
from lossreg.start.targets import Targets, check_domain, evaluate, spread

if TYPE_CHECKING:
    from lossreg._native import Loss
    from lossreg.info import LossInfo

__all__ = ["constant_score"]

TINY, RAISED = float(np.finfo(np.float64).tiny), 100
LINEAR = (Start.MEAN, Start.HALF_LOGIT)  # starts of losses whose derivative is linear in the target


def constant_score(loss: Loss, info: LossInfo, y_true: Any, sample_weight: Any, where: Any) -> float:
    """The score with the least loss."""
    targets = Targets.read(y_true, sample_weight, where)
    if info.start in (Start.MEDIAN, Start.QUANTILE):
        return _quantile(loss, targets)
    if info.target.has_class_indices:
        return _of_classes(loss, info, targets)
    is_label = info.target.is_label
    found = targets.summarised(labels=is_label)
    check_domain(loss, info, targets, found)
    mean: float = found["mean"]
    if is_label and not math.isnan(mean) and (info.start in LINEAR or not found["other"]):
        return _of_labels(loss, info, found["negative"], mean)
    if math.isnan(mean):
        return mean
    if math.isinf(mean):
        return float(loss.link.link(mean))
    if info.start in LINEAR:
        if loss.link.name == "log" and 0 <= mean < TINY and found["high"] > 0:
            return _log_of_little(targets)
        start, total = float(loss.link.link(mean)), Total(loss, info, np.array([mean]), None)
        return start if _is_there(total, start) else least(total, start)
    y, weight = targets.flat()
    return least(Total(loss, info, np.ascontiguousarray(y), weight), loss.link.link(mean))


def _is_there(total: Total, start: float) -> bool:
    """Whether the mean is the answer at once: no slope is left, as where all that is beside it underflows, or it bends beyond all numbers."""
    if not total.low < start < total.high:
        return False
    slope, curvature = total.slope(start)
    return slope == 0 or (total.has_hessian and not math.isfinite(curvature))


def _log_of_little(targets: Targets) -> float:
    """The logarithm of a mean that has lost its digits below the normal numbers."""
    y, weight = targets.flat()
    raised = Targets.read(np.ldexp(np.asarray(y, np.float64), RAISED), weight, None).summarised(labels=False)["mean"]
    return math.log(raised) - RAISED * math.log(2) if raised > 0 else -math.inf


def _of_labels(loss: Loss, info: LossInfo, negative: float, positive: float) -> float:
    """From what the labels 0 and 1 weigh, of which only what is there is asked for."""
    weight = np.array([negative, positive])
    there = weight != 0
    total = Total(loss, info, np.array([0.0, 1.0])[there], weight[there])
    if total.low == 0:
        return least(total, positive)
    odds = ops.logit(positive) if positive <= 0.5 else -ops.logit(negative)
    return least(total, odds / 2 if info.start is Start.HALF_LOGIT else odds)


def _of_classes(loss: Loss, info: LossInfo, targets: Targets) -> float:
    """From what each class weighs, where all have one score."""
    evaluate(loss, targets)
    if (ignored := loss.params.get("ignore_index")) is not None:
        known = targets.y != ignored
        targets.mask = known if targets.mask is None else known & spread(targets.mask != 0, targets.y.shape)
    y, weight = targets.flat()
    total = Total(loss, info, y, weight).gathered()
    weights = np.asarray(total.weight)
    targets.require_weight(float(np.sum(weights)))
    return least(total, 0.0) if np.isfinite(weights).all() else math.nan


def _quantile(loss: Loss, targets: Targets) -> float:
    total = evaluate(loss, targets)
    y, weight = targets.flat()
    targets.require_weight(float(y.size) if weight is None else float(np.sum(weight)))
    if weight is not None and not np.isfinite(weight).all():
        return math.nan
    # A sum that is no NaN has no NaN in it; infinite targets of weights of either sign may make one.
    return math.nan if math.isnan(total) and np.isnan(y).any() else quantile(y, weight, _level(loss))


def _level(loss: Loss) -> float:
    """The level of the quantile, from the slopes on either side of a target."""
    below, above = loss.grad([0.0, 0.0], [-1.0, 1.0], reduction="sum").tolist()
    return float(-below / (above - below))
