"""Losses for `scipy.optimize.least_squares`: `least_squares_loss`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

import lossreg
from lossreg.integrations.residuals import require_concave_in_square
from lossreg.integrations.training import trainable

__all__ = ["LeastSquaresLoss", "least_squares_loss"]

Floats = NDArray[np.floating[Any]]


def least_squares_loss(loss: lossreg.Loss | str) -> LeastSquaresLoss:
    """A loss for `scipy.optimize.least_squares`.

    Parameters
    ----------
    loss : Loss or str
        A pointwise loss of the residual alone that is a concave function of its square, such as ``"welsch(scale=2)"``.

    Returns
    -------
    LeastSquaresLoss
        A function of the squared residuals for ``loss=``. What SciPy minimises is then the sum of the loss over the
        residuals; with ``f_scale=c``, that of ``c**2 * loss(residual / c)``.

    Raises
    ------
    ParameterError
        If the loss is no concave function of the squared residual.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.optimize import least_squares
    >>> from lossreg.integrations.scipy import least_squares_loss
    >>> t, y = np.arange(6.0), np.array([0.0, 2.0, 4.0, 60.0, 8.0, 10.0])
    >>> fit = least_squares(lambda p: p[0] * t - y, [1.0], loss=least_squares_loss("welsch"))
    >>> float(fit.x[0].round(6))
    2.0
    """
    return LeastSquaresLoss(trainable(loss))


class LeastSquaresLoss:
    """A loss as a function rho of squared residuals; `least_squares_loss` makes one.

    Attributes
    ----------
    loss : Loss
        The loss.
    """

    def __init__(self, loss: lossreg.Loss) -> None:
        self.loss = loss
        require_concave_in_square(loss, "least_squares asks for")

    def __call__(self, z: Floats) -> Floats:
        """Return rho and its first two derivatives.

        Parameters
        ----------
        z : numpy.ndarray
            Squares of residuals.

        Returns
        -------
        numpy.ndarray
            A fresh array (3, m) in float64, which SciPy writes into.
        """
        z = np.asarray(z, dtype=np.float64)
        distance = np.sqrt(z)
        zeros = np.zeros_like(z)
        # With loss(r) = rho(r²)/2, rho' is the curvature of the parabola that bounds the loss from above.
        value, _, bound = self.loss.value_grad_hess(zeros, distance, reduction="none", hessian="majorizer")
        exact = self.loss.hess(zeros, distance, reduction="none")
        with np.errstate(divide="ignore", invalid="ignore"):
            bend = np.where(z > 0, (exact - bound) / (2 * z), 0.0)
        return np.stack([2 * value, bound, bend])

    def __repr__(self) -> str:
        return f"least_squares_loss({self.loss!r})"
