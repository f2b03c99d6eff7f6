"""Numbers that are equal but for roundings: errors as a share of the sizes of what the numbers were added up from."""

from __future__ import annotations

from typing import Any

import numpy as np


def assert_within(share: float, found: Any, wanted: Any, sizes: Any, what: Any = "") -> None:
    """Every error is at most that share of its size: the magnitudes, added up, of the terms that may have cancelled."""
    found, wanted = np.asarray(found), np.asarray(wanted)
    assert found.shape == wanted.shape, what
    error, bound = np.abs(found - wanted), share * np.broadcast_to(sizes, found.shape)
    wrong = ~(error <= bound)
    if wrong.any():
        at = tuple(np.argwhere(wrong)[0])
        words = f"{found[at]!r} for {wanted[at]!r}, off by {error[at]:.3g} where {bound[at]:.3g} will do"
        raise AssertionError(f"{np.count_nonzero(wrong)} of {wrong.size}, first at {at}: {words} {what}")
