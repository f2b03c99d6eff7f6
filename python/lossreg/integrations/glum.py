"""Losses as families of glum's generalised linear models.

glum minimises half the deviance per unit of weight plus penalties, and steps by rows of first and second derivatives with
respect to the linear predictor. It asks a family for those rows; the deviance only ends its line search. So a family of a
loss answers both from the loss itself: the deviance is twice the loss, the curvature never negative.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import lossreg
from lossreg.integrations.booster import BoosterLoss
from lossreg.integrations.needs import need

need("glum", "3.4", extra="glum")

import glum  # noqa: E402

__all__ = ["LossFamily", "family"]

LINKS = {"identity": glum.IdentityLink, "log": glum.LogLink, "logit": glum.LogitLink}


def family(loss: lossreg.Loss | str, hessian: str | None = None) -> LossFamily:
    """Make a family of a loss: ``GeneralizedLinearRegressor(family=f, link=f.link)``.

    Parameters
    ----------
    loss : Loss or str
        A pointwise loss of raw scores.
    hessian : str, optional
        The kind of second derivative that steps are made with, one of ``loss.info.hessians``; by default the exact one, or
        a bound of it where that is negative somewhere or fades.

    Returns
    -------
    LossFamily
        The family.

    Raises
    ------
    ParameterError
        If the loss is not pointwise, takes no raw scores or is piecewise linear.

    Examples
    --------
    >>> import numpy as np
    >>> from glum import GeneralizedLinearRegressor
    >>> from lossreg.integrations.glum import family
    >>> X, y = np.arange(8.0).reshape(-1, 1), np.array([1.0, 3.0, 5.0, 7.0, 9.0, 11.0, 13.0, 99.0])
    >>> robust = family("cauchy(scale=0.1)")
    >>> fit = GeneralizedLinearRegressor(family=robust, link=robust.link, alpha=0).fit(X, y)
    >>> fit.coef_.round(2), round(fit.intercept_, 2)
    (array([2.]), np.float64(1.0))
    """
    return LossFamily(lossreg.get(loss), hessian)


class LossFamily(glum.ExponentialDispersionModel):
    """A loss as a family; `family` makes one.

    Attributes
    ----------
    loss : Loss
        The loss.
    link : glum.Link
        The link that leads to its raw scores.
    """

    lower_bound, upper_bound = -np.inf, np.inf
    include_lower_bound = include_upper_bound = False

    def __init__(self, loss: lossreg.Loss, hessian: str | None = None) -> None:
        self._steps = BoosterLoss(loss, hessian)
        self.loss = self._steps.loss
        if self.loss.info.family != "pointwise":
            raise lossreg.ParameterError(f"{loss!r} is {self.loss.info.family}; glum has one linear predictor a row")
        if self.loss.link.name not in LINKS:
            raise lossreg.ParameterError(
                f"{loss!r} makes several probabilities of one score, and glum predicts one mean a row; "
                "lossreg.integrations.sklearn.LossClassifier takes it"
            )
        if hessian is None and self._steps.hessian == "unit":
            raise lossreg.ParameterError(
                f"{loss!r} bends up nowhere, and glum steps by second derivatives; take a smooth form of it"
            )
        self.link = LINKS[self.loss.link.name]()

    def in_y_range(self, x: Any) -> Any:
        """Where targets are what the loss takes; glum begins at the log-odds of their mean, so no label is -1 there."""
        inside = ~self.loss.info.target.excludes(x)
        return inside & (np.asarray(x) >= 0) if isinstance(self.link, glum.LogitLink) else inside

    def unit_deviance(self, y: Any, mu: Any) -> Any:
        """Twice the loss; `score` passes a single mean."""
        y, raw = np.broadcast_arrays(y, self.link.link(np.asarray(mu)))
        return 2 * self.loss.value(y, raw, reduction="none")

    def unit_deviance_derivative(self, y: Any, mu: Any) -> Any:
        """Its derivative with respect to the mean."""
        y, raw = np.broadcast_arrays(y, self.link.link(np.asarray(mu)))
        return 2 * self.loss.grad(y, raw, reduction="none") * self.link.derivative(mu)

    def unit_variance(self, mu: Any) -> Any:
        """That of the distribution whose likelihood the loss is, 1 where it is none: it only breaks ties of the line search."""
        mu = np.asarray(mu)
        if isinstance(self.link, glum.IdentityLink):
            return np.ones_like(mu)
        fisher = self.loss.hess(mu, self.link.link(mu), reduction="none", hessian="gauss_newton")
        return 1 / (fisher * self.link.derivative(mu) ** 2)

    def unit_variance_derivative(self, mu: Any) -> Any:
        """Refused, as standard errors are."""
        raise NotImplementedError(
            f"{self!r} is no distribution, so glum's standard errors would be wrong; use a bootstrap"
        )

    def _fisher_information(self, *arguments: Any) -> Any:
        return self.unit_variance_derivative(None)

    _observed_information = _score_matrix = _fisher_information

    def _eta_mu_deviance(
        self,
        link: Any,
        factor: float,
        cur_eta: Any,
        X_dot_d: Any,
        y: Any,
        sample_weight: Any,
        eta_out: Any,
        mu_out: Any,
    ) -> float:
        if type(link) is not type(self.link):
            raise lossreg.ParameterError(
                f"link is {type(link).__name__}; {self.loss!r} takes the raw scores of {type(self.link).__name__}: "
                "pass link=family.link"
            )
        eta_out[:] = cur_eta + factor * X_dot_d
        self.loss.predict(eta_out, out=mu_out)
        return 2 * self.loss.value(y, eta_out, sample_weight, reduction="sum")

    def _rowwise_gradient_hessian(
        self, link: Any, y: Any, sample_weight: Any, eta: Any, mu: Any, gradient_rows: Any, hessian_rows: Any
    ) -> None:
        slopes, hessian_rows[:] = self._steps.derivatives(y, eta, sample_weight)
        np.negative(slopes, out=gradient_rows)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LossFamily) and self._steps == other._steps

    def __hash__(self) -> int:
        return hash(self._steps)

    def __repr__(self) -> str:
        return f"family({self.loss!r})"
