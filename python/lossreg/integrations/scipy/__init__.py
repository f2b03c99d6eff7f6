"""Losses for SciPy: the objective of a linear model for `minimize`, and losses for `least_squares`.

from lossreg.integrations.scipy import least_squares_loss, objective

fun = objective("cauchy", X, y)
minimize(fun, fun.start, jac=True, hessp=fun.hessp, method="trust-ncg")
"""

from lossreg.integrations.needs import need

need("scipy", "1.11", extra="scipy")

from .objectives import Objective, objective  # noqa: E402
from .residuals import LeastSquaresLoss, least_squares_loss  # noqa: E402

__all__ = ["LeastSquaresLoss", "Objective", "least_squares_loss", "objective"]
