"""From the losses of samples to one number: weights, masks, divisors, and what each loss then counts for."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from lossreg import ParameterError
from lossreg.shown import shown

from .arrays import Array, broadcast, plain, same_rank, unbroadcast

REDUCTIONS = ("sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none", None)
MEANS = ("sum_over_batch_size", "mean")


def checked(reduction: str | None) -> str | None:
    """The reduction itself, if there is such a one."""
    known: Any = reduction
    if not isinstance(known, str | None) or known not in REDUCTIONS:
        raise ParameterError(
            f"Invalid value for argument `reduction`. Expected one of {', '.join(map(repr, REDUCTIONS))}. Received: "
            f"reduction={shown(reduction)}",
            parameter="reduction",
            value=reduction,
        )
    return reduction


def reduce(
    losses: Array, sample_weight: npt.ArrayLike | None, mask: npt.ArrayLike | None, reduction: str | None
) -> tuple[Any, Array]:
    """Reduce, and differentiate.

    Returns
    -------
    value
        The reduced loss, in the dtype of `losses`; sums run in float64.
    coefficients : array shaped like `losses`
        The derivative of the (summed) value with respect to each loss.
    """
    weight = _merged(sample_weight, mask, losses.dtype, reduction)
    values, weight = (losses, np.ones_like(losses)) if weight is None else same_rank(losses, weight)
    values_shape = values.shape
    broadcast(values, weight, "the unreduced loss", "sample_weight" if mask is None else "mask")  # or an error
    with np.errstate(invalid="ignore"):
        weighted = np.where(weight == 0, losses.dtype.type(0), values * weight)  # what is masked may hold anything
    if reduction in ("sum", "none", None) or weighted.shape in ((), (0,)):
        divisor = 1.0
    elif reduction == "mean_with_sample_weight":
        divisor = float(weight.sum(dtype=np.float64))
    else:
        divisor = float(weighted.size)
    if reduction in ("none", None) or weighted.shape in ((), (0,)):
        value: Any = weighted
    else:
        value = weighted.sum(dtype=np.float64) / divisor if divisor else np.float64(0.0)
    share = weight / losses.dtype.type(divisor) if divisor else np.zeros_like(weight)
    coefficients = unbroadcast(np.broadcast_to(share, weighted.shape), values_shape)
    return value.astype(losses.dtype), coefficients.reshape(losses.shape)


def _merged(
    sample_weight: npt.ArrayLike | None, mask: npt.ArrayLike | None, dtype: np.dtype[Any], reduction: str | None
) -> Array | None:
    """Weights and mask as one weight; a mean over everything is made one over what the mask leaves."""
    weight = None if sample_weight is None else plain(sample_weight, "sample_weight").astype(dtype, copy=False)
    if mask is None:
        return weight
    kept = plain(mask, "mask").astype(bool)
    share = kept.astype(dtype)
    if reduction in MEANS and kept.any():
        share *= dtype.type(kept.size / np.count_nonzero(kept))
    if weight is None:
        return share
    share, weight = broadcast(*same_rank(share, weight), "mask", "sample_weight")
    return np.asarray(weight * share)
