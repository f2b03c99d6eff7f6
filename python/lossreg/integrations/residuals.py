"""Which losses are concave functions of the squared residual: those that reweighted least squares can minimise.

With loss(r) = rho(r²)/2 and rho concave, the parabola with curvature rho′(r²) through (r, loss(r)) lies above the loss
everywhere, so least squares with these curvatures for weights never make the loss larger (Huber 1981, 7.8).
"""

from __future__ import annotations

import numpy as np

import lossreg
from lossreg.info import Domain

__all__ = ["concave_in_square", "require_concave_in_square"]


def concave_in_square(loss: lossreg.Loss) -> bool:
    """Whether a loss is a concave function of the squared residual, and smooth at 0, by what it does to residuals.

    Parameters
    ----------
    loss : Loss
        A loss.

    Returns
    -------
    bool
        False also for the absolute error, whose weights are infinite at 0.

    Examples
    --------
    >>> import lossreg
    >>> from lossreg.integrations.residuals import concave_in_square
    >>> [concave_in_square(lossreg.get(name)) for name in ("huber", "absolute_error", "expectile(level=0.9)")]
    [True, False, False]
    """
    if "majorizer" not in loss.info.hessians or loss.info.target is not Domain.REAL:
        return False
    sizes = np.exp2(np.arange(-10.0, 11.0))
    zeros, ones = np.zeros_like(sizes), np.ones_like(sizes)
    value, grad, bound = loss.value_grad_hess(zeros, sizes, reduction="none", hessian="majorizer")
    others = [loss(y, x, reduction="none") for y, x in ((zeros, -sizes), (ones, ones + sizes))]
    rho = loss.hess([0.0], [0.0], reduction="none", hessian="majorizer")
    return bool(
        all(np.allclose(value, other, rtol=1e-12, atol=0) for other in others)
        and np.allclose(bound * sizes, grad, rtol=1e-12, atol=0)
        and np.isfinite(rho[0])
        and np.all(np.diff([rho[0], *bound]) <= 1e-12 * rho[0])
    )


def require_concave_in_square(loss: lossreg.Loss, asker: str) -> None:
    """Refuse a loss that reweighted least squares cannot minimise, which `asker` asks for.

    Examples
    --------
    >>> import lossreg
    >>> from lossreg.integrations.residuals import require_concave_in_square
    >>> require_concave_in_square(lossreg.get("cauchy"), "least_squares asks for")
    """
    if not concave_in_square(loss):
        raise lossreg.ParameterError(
            f"{loss!r} is no concave function of the squared residual that is smooth at 0, which {asker}; "
            "huber, pseudo_huber, log_cosh, cauchy, fair, welsch, tukey and geman_mcclure are"
        )
