"""The derivatives of a loss, written in Python or compiled, that its author has left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import numpy as np

from lossreg.arrays import as_plain_array
from lossreg.authoring import numeric
from lossreg.authoring.numeric import Way
from lossreg.errors import DerivativeError
from lossreg.loss import Loss

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from lossreg.kinds import Reduction

__all__ = ["Ways", "full_hessian"]

Array = np.ndarray[Any, Any]


class Ways(NamedTuple):
    """How the derivatives that a class leaves out are made; None where they are there, or cannot be."""

    first: Way | None
    second: Way | None

    @classmethod
    def of(cls, kind: Any) -> Ways:
        """Those of a class, which keeps them."""
        if "_numeric" not in kind.__dict__:
            kind._numeric = cls._found(kind)
        ways: Ways = kind._numeric
        return ways

    @classmethod
    def _found(cls, kind: Any) -> Ways:
        """Those of a class, found with its default parameters."""
        if kind._has("hess") and kind._has("grad"):
            return cls(None, None)
        loss = kind()
        gradient = loss.per_element_grad if kind._has("grad") else None
        first, second = numeric.way(loss.per_element, gradient, kind.target, kind.prediction, kind.family == "row-wise")
        return cls(first, None if kind._has("hess") else second)

    @property
    def notes(self) -> tuple[str, ...]:
        """What to know of them."""
        made = (("gradient", self.first), ("Hessian", self.second))
        return tuple(f"the {what} is made by {way.words}" for what, way in made if way)

    def gradient(self, loss: Any, y: Array, x: Array) -> Array:
        """The first derivative."""
        if self.first is None:
            _lacks(loss, "gradient")
        y, x = _wide(y), _wide(x)
        rows = loss.family == "row-wise"
        by_complex_step = self.first.by_complex_step
        return numeric.first(loss.per_element, y, x, loss.prediction, rows, by_complex_step=by_complex_step)

    def hessian(self, loss: Any, y: Array, x: Array) -> Array:
        """The second derivative."""
        if self.second is None:
            _lacks(loss, "Hessian")
        y, x = _wide(y), _wide(x)
        domain, rows = loss.prediction, loss.family == "row-wise"
        if self.second.of == "loss":
            return numeric.second(loss.per_element, y, x, domain, rows)
        gradient = loss.per_element_grad if self.first is None else self._exact(loss)
        return numeric.first(gradient, y, x, domain, rows, by_complex_step=self.second.by_complex_step)

    def _exact(self, loss: Any) -> Any:
        """The gradient by a complex step, which differences are then taken of."""
        return lambda y, x: self.gradient(loss, y, x)


def _wide(numbers: Array) -> Array:
    """Numbers in float64; indices as they are."""
    return numbers.astype(np.float64) if numbers.dtype.kind == "f" else numbers


def full_hessian(
    self: Loss,
    y_true: ArrayLike,
    y_pred: ArrayLike,
    sample_weight: ArrayLike | None = None,
    *,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
    n_threads: int | None = None,
) -> Array:
    """Return the second derivatives with respect to every two classes of a row, (..., K, K), by differences of the gradient."""
    options: dict[str, Any] = {"where": where, "reduction": reduction, "n_threads": n_threads}
    if self.info.family != "row-wise":  # which is refused
        return Loss.full_hessian(self, y_true, y_pred, sample_weight, **options)
    x = as_plain_array(y_pred, "y_pred")
    found: Array = self.grad(y_true, x, sample_weight, **options)  # which checks the arguments

    def gradient(at: Array) -> Array:
        moved: Array = self.grad(y_true, at, sample_weight, **options)
        return moved

    with np.errstate(all="ignore"):
        whole = numeric.matrices(gradient, x.astype(np.float64), self.info.prediction)
    return whole.astype(found.dtype, copy=False)


def _lacks(loss: Any, what: str) -> NoReturn:
    raise DerivativeError(
        f"{loss.name} has no {what}: {loss._without(what)}, and neither a complex step nor differences of the loss settle on one"
    )
