"""A loss with drawn data, and how a broken law is told."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

import lossreg
from lossreg.testing.arguments import arguments

__all__ = ["Case", "over"]

Array = np.ndarray[Any, Any]
FEW, MANY = 24, 200  # elements: where an example is looked for, and where the engine's blocks are
SEED = 11


class Case:
    """A loss with data in its domain.

    Attributes
    ----------
    arrays : tuple of numpy.ndarray
        The arguments.
    predicted : tuple of int
        The places of those that there is a derivative for.
    methods : tuple of str
        The evaluations that the loss defines: ``"value"``, ``"grad"``, ``"hess"``.
    exact : bool
        Whether bits are compared where the engine promises them.
    """

    def __init__(self, loss: lossreg.Loss, dtype: type[np.floating[Any]] = np.float64, exact: bool = False) -> None:
        self.loss = loss if loss.params.get("axis", -1) in (-1, 1) else loss.replace(axis=-1)
        self.info = self.loss.info
        self.exact = exact
        self.dtype = dtype
        self.rng = np.random.default_rng(SEED)
        self.inner = self.info.inner_axes
        # Whether a loss is rounded to its dtype before it is weighted: what is given of a class is computed in float64.
        elements = self.info.family in ("pointwise", "adversarial")
        self.of_elements = elements and not self.info.target.has_class_indices
        self.arrays = arguments(self.loss, MANY if exact else FEW, dtype, SEED)
        self.predicted = tuple(range(len(self.arrays))) if self.info.family == "adversarial" else (1,)
        self.methods = tuple(method for method in ("value", "grad", "hess") if self._defines(method))

    def _defines(self, method: str) -> bool:
        try:
            self.run(method)
        except lossreg.DerivativeError:
            return False
        return True

    def run(self, method: str, *arrays: Array, **options: Any) -> Any:
        """What a method gives for the data, or for other arrays."""
        return getattr(self.loss, method)(*(arrays or self.arrays), **{"reduction": "none", **options})

    def results(self, method: str, *arrays: Array, **options: Any) -> tuple[Array, ...]:
        """The value, or the derivatives with respect to each of the predictions."""
        result = self.run(method, *arrays, **options)
        return result if isinstance(result, tuple) else (result,)

    def changed(self, place: int, array: Array) -> tuple[Array, ...]:
        """The data with another array in one place."""
        return tuple(array if i == place else one for i, one in enumerate(self.arrays))

    def terms(self) -> Array:
        """How large the terms are whose sum each loss is: those of both sides where there are two, else the loss."""
        if len(self.predicted) == 1 or self.info.coupled:
            return np.asarray(np.abs(self.run("value")))
        nothing = [array[:0] for array in self.arrays]

        def alone(real: Array, fake: Array) -> float:
            return abs(float(self.run("value", real, fake, reduction="sum")))

        return np.array(
            [
                alone(real, nothing[1]) + alone(nothing[0], fake)
                for real, fake in zip(*(array.reshape(-1, 1) for array in self.arrays), strict=True)
            ]
        )

    def weights(self) -> Array:
        """Weights, one for each loss."""
        return self.rng.uniform(0.5, 2.0, len(self.arrays[0])).astype(self.dtype)

    def fail(self, law: str, index: tuple[Any, ...] = (), mistake: str = "", **seen: Any) -> NoReturn:
        """Raise with the one row or element that breaks a law."""
        sides = zip(self.info.sides, self.arrays, strict=True)
        at = [f"{name} = {array[index[0]]!r}" for name, array in sides if index]
        facts = [*at, *(f"{key} = {value!r}" for key, value in seen.items())]
        if mistake:
            facts.append(f"perhaps {mistake}")
        raise AssertionError(f"{self.loss!r} breaks a law: {law}\n  " + "\n  ".join(facts))

    def same(
        self,
        law: str,
        got: Any,
        wanted: Any,
        slack: float = 0.0,
        mistakes: dict[str, Any] | None = None,
        size: Array | None = None,
    ) -> None:
        """Hold two arrays to be equal, up to some difference relative to a size; name the mistake whose outcome came instead.

        The size is that of what was wanted, unless that is a sum whose terms may cancel each other.
        """
        got, wanted = np.asarray(got), np.asarray(wanted)
        if got.shape != wanted.shape:
            self.fail(law, got_shape=got.shape, wanted_shape=wanted.shape)
        equal = alike(got, wanted, slack, size)
        if not equal.all():
            index = np.unravel_index(int(np.argmin(equal)), equal.shape)
            made = (words for words, outcome in (mistakes or {}).items() if alike(got, outcome, slack).all())
            self.fail(law, index, next(made, ""), got=got[index], wanted=wanted[index])


def alike(a: Array, b: Array, slack: float, size: Array | None = None) -> Array:
    """Where two arrays are equal up to some difference relative to a size, by default that of the second; NaN being NaN."""
    size = np.abs(b) if size is None else size
    with np.errstate(invalid="ignore"):
        return np.asarray((a == b) | (np.isnan(a) & np.isnan(b)) | (np.abs(a - b) <= slack * size))


def over(losses: Array, array: Array) -> Array:
    """One number for each loss, beside the classes of its row."""
    return losses.reshape(losses.shape + (1,) * (array.ndim - losses.ndim))
