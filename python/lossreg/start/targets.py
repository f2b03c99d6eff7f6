"""Targets with their weights and their mask, read and checked as in a call of the loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lossreg._native import summary
from lossreg.arrays import as_plain_array
from lossreg.errors import DomainError, EmptyError
from lossreg.shown import number

if TYPE_CHECKING:
    from lossreg._native import Loss
    from lossreg.info import LossInfo

Array = np.ndarray[Any, Any]

LARGE = 2.0**900  # a weight of which fewer than there may be have an infinite sum


@dataclass
class Targets:
    """Arrays as they came, and what the engine's summary says of them."""

    y: Array
    weight: Array | None
    mask: Array | None

    @classmethod
    def read(cls, y_true: Any, sample_weight: Any, where: Any) -> Targets:
        """Turn the arguments into plain arrays."""
        return cls(as_plain_array(y_true, "y_true"), optional(sample_weight, "sample_weight"), optional(where, "where"))

    @property
    def weighted(self) -> bool:
        """Whether there are weights, and targets that they belong to."""
        return self.weight is not None and self.y.size > 0

    def summarised(self, labels: bool = False) -> dict[str, Any]:
        """The engine's summary, of targets one of which belongs to each weight."""
        found: dict[str, Any] = summary(self.y, self.weight, self.mask, labels=labels)
        self.require_weight(found["weight"])
        return found

    def require_weight(self, total: float) -> None:
        """Refuse weights, or counts, whose sum leaves no constant to be best."""
        if total == 0:
            raise nothing(self.weighted)
        if total < 0:
            raise DomainError(
                f"sample_weight sums to {number(total)}; wanted a sum above 0, which gives a loss a least value"
            )

    def valid(self) -> Array | None:
        """Which targets count at all, in their shape; None for all of them."""
        counts = None if self.mask is None else spread(self.mask != 0, self.y.shape)
        if self.weight is not None and not np.all(self.weight):
            weighty = spread(self.weight != 0, self.y.shape)
            counts = weighty if counts is None else counts & weighty
        return counts

    def weights(self, shape: tuple[int, ...]) -> Array | None:
        """The weights in this shape, all of them smaller where their sum might be beyond the largest number."""
        if self.weight is None or not self.weight.size:
            return self.weight if self.weight is None else spread(self.weight, shape)
        large = self.weight.dtype == np.float64 and max(self.weight.max(), -self.weight.min()) > LARGE
        return spread(self.weight / LARGE if large else self.weight, shape)

    def flat(self) -> tuple[Array, Array | None]:
        """The targets that count and their weights, one after the other."""
        counts, weight = self.valid(), self.weights(self.y.shape)
        if counts is not None:
            return self.y[counts], None if weight is None else weight[counts]
        return self.y.reshape(-1), None if weight is None else weight.reshape(-1)


def optional(given: Any, name: str) -> Array | None:
    """A plain array, if one was given."""
    return None if given is None else as_plain_array(given, name)


def spread(over: Array, shape: tuple[int, ...]) -> Array:
    """An array of leading axes, repeated over the others."""
    return np.broadcast_to(over.reshape(over.shape + (1,) * (len(shape) - over.ndim)), shape)


def nothing(weighted: bool) -> EmptyError:
    """The error where there is nothing that a constant could be best for."""
    return EmptyError(f"no constant is best for {'weights that sum to 0' if weighted else 'no targets that count'}")


def check_domain(loss: Loss, info: LossInfo, targets: Targets, found: dict[str, Any]) -> None:
    """Let the loss itself refuse targets among which there may be some outside of its domain."""
    domain = info.target
    wrong = domain.excludes(np.array([found["low"], found["high"]])).any() and found["low"] <= found["high"]
    if domain.is_label:
        wrong |= found["minus_one"] and (found["zero"] or found["other"])
        wrong |= domain.excludes(0.5).any() and found["other"]
    if wrong:
        evaluate(loss, targets)


def evaluate(loss: Loss, targets: Targets) -> float:
    """Let the loss itself check the arguments; the sum of the losses of a prediction of one half."""
    dtype = np.float32 if targets.y.dtype == np.float32 else np.float64  # nothing is converted
    everywhere = np.broadcast_to(dtype(0.5), targets.y.shape)
    return float(loss.value(targets.y, everywhere, targets.weight, where=targets.mask, reduction="sum"))


def outside(y: Array, wrong: Array, wanted: str) -> DomainError:
    """The error of the first target that is no class index."""
    place = np.unravel_index(int(np.argmax(wrong)), wrong.shape)
    index = int(place[0]) if len(place) == 1 else tuple(map(int, place))
    message = f"y_true holds {number(y[place])} at index {index}; wanted {wanted}"
    return DomainError(message, argument="y_true", index=index, value=y[place].item())
