"""Arrays that a loss takes, by what the registry says of it."""

from typing import Any

import numpy as np

import lossreg

Arrays = tuple[np.ndarray[Any, Any], ...]

CLASSES = 10


def arguments(name: str, size: int, dtype: str) -> Arrays:
    """The arguments for a loss, `size` predictions in all."""
    random = np.random.default_rng(0)
    info = lossreg.describe(name)
    x = (2 * random.standard_normal(size)).astype(dtype)
    if info.family == "adversarial":
        other = random.standard_normal(size).astype(dtype)
        return (x,) if "generator" in name else (x, other)
    if info.family == "row-wise":
        x = x[: size // CLASSES * CLASSES].reshape(-1, CLASSES)
        indices = random.integers(0, CLASSES, len(x))
        shares = random.dirichlet(np.ones(CLASSES), len(x)).astype(dtype)
        return (indices if accepts(name, indices[:1], x[:1]) else shares), x
    # Labels are in nearly every domain; a positive one wants more than 0.
    y = random.integers(0, 2, size).astype(dtype)
    return (y if accepts(name, y[:100], x[:100]) else y + 1), x


def accepts(name: str, y: Any, x: Any) -> bool:
    """Whether the loss takes such targets."""
    try:
        lossreg.get(name).value(y, x)
    except (lossreg.ShapeError, lossreg.DomainError, lossreg.DtypeError):
        return False
    return True
