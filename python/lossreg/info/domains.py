"""Domains: what a target or a prediction may be, by name, with the words that say so and the check itself.

NaN is in every domain: it is no mistake of the caller's, and it gives NaN.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lossreg.errors import DomainError, ParameterError

__all__ = ["DOMAINS", "check", "outside", "words"]

DOMAINS: dict[str, tuple[str, Callable[[Any], Any] | None]] = {
    "real": ("any number", None),
    "non-negative": ("numbers of at least 0", lambda x: x < 0),
    "positive": ("numbers above 0", lambda x: x <= 0),
    "label": ("labels 0 and 1, or -1 and 1", lambda x: (x != 0) & (np.abs(x) != 1)),
    "soft label": ("labels 0 and 1, -1 and 1, or anything from 0 to 1", lambda x: (x > 1) | ((x < 0) & (x != -1))),
    "probability": ("probabilities from 0 to 1", lambda x: (x < 0) | (x > 1)),
}


def words(domain: str) -> str:
    """What is in the domain, as `LossInfo` says it."""
    if domain not in DOMAINS:
        raise ParameterError(f"no domain is called {domain!r}; there are {', '.join(DOMAINS)}")
    return DOMAINS[domain][0]


def check(argument: str, values: Any, domain: str) -> None:
    """Raise a `DomainError` with the first of the values that is outside the domain."""
    breaks = DOMAINS[domain][1]
    if breaks is None:
        return
    with np.errstate(invalid="ignore"):
        wrong = breaks(values) & ~np.isnan(values)
    if wrong.any():
        raise outside(argument, values, wrong, words(domain))


def outside(argument: str, values: Any, wrong: Any, wanted: str) -> DomainError:
    """The error of the first wrong value, in C order."""
    place = np.unravel_index(int(np.argmax(wrong)), wrong.shape)
    index = int(place[0]) if len(place) == 1 else tuple(map(int, place))
    return DomainError(f"{argument} holds {values[place]:.17g} at index {index}; wanted {wanted}")
