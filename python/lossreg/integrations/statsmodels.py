"""Losses as robust norms for `statsmodels.RLM`.

RLM minimises the sum of rho(residual/scale) by least squares whose weights are psi(z)/z. Of a loss that is concave in the
squared residual that is its majorizer, exact at 0 as well, so no division is made here.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import lossreg
from lossreg.integrations.needs import need
from lossreg.integrations.residuals import require_concave_in_square
from lossreg.integrations.training import trainable

need("statsmodels", "0.15", extra="statsmodels")

from statsmodels.robust.norms import RobustNorm  # noqa: E402

__all__ = ["norm"]


def norm(loss: lossreg.Loss | str) -> LossNorm:
    """Make a norm of a loss, for ``RLM(y, X, M=norm("welsch(scale=2.985)"))``.

    Parameters
    ----------
    loss : Loss or str
        A pointwise loss of the residual alone that is a concave function of its square. Its scale is in units of the scale
        that RLM estimates.

    Returns
    -------
    LossNorm
        The norm.

    Raises
    ------
    ParameterError
        If the loss is no concave function of the squared residual.

    Examples
    --------
    >>> import numpy as np
    >>> from statsmodels.api import RLM
    >>> from lossreg.integrations.statsmodels import norm
    >>> X, y = np.arange(1.0, 9.0), np.array([2.0, 4.1, 6.0, 7.9, 10.0, 12.1, 14.0, 80.0])
    >>> fit = RLM(y, X, M=norm("welsch(scale=2.985)")).fit()
    >>> fit.params.round(2), fit.weights.round(2)[-1]
    (array([2.]), np.float64(0.0))
    """
    loss = trainable(loss)
    require_concave_in_square(loss, "reweighted least squares ask for")
    return LossNorm(loss)


class LossNorm(RobustNorm):
    """A loss as a norm; `norm` makes one.

    Attributes
    ----------
    loss : Loss
        The loss.
    """

    def __init__(self, loss: lossreg.Loss) -> None:
        self.loss = loss

    def rho(self, z: Any) -> Any:
        """The loss, less what it is at 0: statsmodels takes rho(0) for 0."""
        return self.loss.value(*residual(z), reduction="none") - self.loss.value(0.0, 0.0)

    def psi(self, z: Any) -> Any:
        """Its derivative."""
        return self.loss.grad(*residual(z), reduction="none")

    def weights(self, z: Any) -> Any:
        """The derivative over z, at 0 its limit."""
        return self.loss.hess(*residual(z), reduction="none", hessian="majorizer")

    def psi_deriv(self, z: Any) -> Any:
        """The second derivative."""
        return self.loss.hess(*residual(z), reduction="none")

    def __repr__(self) -> str:
        return f"norm({self.loss!r})"


def residual(z: Any) -> tuple[Any, Any]:
    """Targets and predictions with these residuals."""
    z = np.asarray(z, dtype=np.float64)
    return np.zeros_like(z), z
