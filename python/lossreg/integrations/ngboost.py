"""Losses as distributions of NGBoost, each with its exact metric: the Fisher information, without Monte Carlo.

==============================  ====================================================================================
the loss                        the distribution
==============================  ====================================================================================
of residuals                    The density exp(-loss(z))/Z of z = (y - loc)/scale: Student's t of Cauchy's loss, the
                                hyperbolic of pseudo-Huber, the asymmetric Laplace of pinball. Two parameters, loc and log(scale).
of a mean under a link          A likelihood of that mean, such as Poisson, gamma or Tweedie. One parameter.
of labels and classes           Probabilities. The metric is that of the probabilities whatever the loss, so that focal
                                loss, which is no likelihood, descends along it too.
==============================  ====================================================================================

NGBoost picks a score by its last base, so all are `LogScore`; it asks a distribution for the start without weights.
"""

from __future__ import annotations

import copyreg
import itertools
import math
from functools import cache
from typing import Any, ClassVar

import numpy as np

import lossreg
from lossreg.errors import arguments_named
from lossreg.info import Domain
from lossreg.integrations.booster import BoosterLoss
from lossreg.integrations.needs import need
from lossreg.integrations.training import trainable

need("ngboost", "0.6", extra="ngboost")

from ngboost.distns.distn import ClassificationDistn, RegressionDistn  # noqa: E402
from ngboost.scores import LogScore  # noqa: E402
from scipy.integrate import quad  # noqa: E402
from scipy.optimize import brentq, minimize  # noqa: E402

__all__ = ["distribution"]


def distribution(loss: lossreg.Loss | str, n_classes: int = 2) -> Any:
    """Make a distribution of a loss, for ``NGBRegressor(Dist=...)`` or ``NGBClassifier(Dist=...)``.

    Parameters
    ----------
    loss : Loss or str
        A loss of raw scores.
    n_classes : int, default 2
        How many classes there are, for a row-wise loss.

    Returns
    -------
    type
        A class of distributions; the same one for an equal loss.

    Raises
    ------
    ParameterError
        If the loss is no likelihood: of residuals, and it grows too slowly for a density, or without a known Fisher
        information.

    Examples
    --------
    >>> import numpy as np
    >>> from ngboost import NGBRegressor
    >>> from lossreg.integrations.ngboost import distribution
    >>> X = np.linspace(0, 1, 60).reshape(-1, 1)
    >>> y = np.where(np.arange(60) % 10 == 0, 50.0, (X[:, 0] > 0.5) * 2.0)
    >>> model = NGBRegressor(Dist=distribution("cauchy(scale=2)"), n_estimators=60, learning_rate=0.1, verbose=False)
    >>> model.fit(X, y).predict(X[[5, 55]]).round()
    array([0., 2.])
    """
    return made(trainable(loss), n_classes)


@cache
def made(loss: lossreg.Loss, n_classes: int) -> Any:
    """The class of a loss."""
    info = loss.info
    facts: dict[str, Any] = {"loss": loss, "made_of": (loss, n_classes)}
    if info.family == "row-wise" or info.target.is_label:
        if info.raw_switch is None or not (info.target.is_label or info.target.has_class_indices):
            raise lossreg.ParameterError(
                f"{loss!r} has no probabilities; take a loss of labels or classes that has a link"
            )
        n_params = n_classes - 1 if info.family == "row-wise" else 1
        facts |= {"n_params": n_params, "K_": n_params + 1}
        return Made("LossProbabilities", (Probabilities,), facts)
    if info.target is Domain.REAL:
        return Made("LossLocationScale", (LocationScale,), facts | {"shape": Shape(loss)})
    if not info.hessians.get("gauss_newton"):
        raise lossreg.ParameterError(f"{loss!r} has no Fisher information; NGBoost needs one")
    return Made("LossMean", (Mean,), facts)


class Made(type):
    """The type of these classes: they are pickled as the call that made them."""

    made_of: tuple[lossreg.Loss, int]


copyreg.pickle(Made, lambda kind: (made, kind.made_of))


# Likelihoods of a mean


class MeanScore(LogScore):
    """The loss of the raw score."""

    def score(self, Y: Any) -> Any:
        return self.loss.value(Y, self.raw, reduction="none")

    def d_score(self, Y: Any) -> Any:
        return self.loss.grad(Y, self.raw, reduction="none")[:, np.newaxis]

    def metric(self) -> Any:
        fisher = self.loss.hess(self.mean(), self.raw, reduction="none", hessian="gauss_newton", min_hessian=1e-16)
        return fisher[:, np.newaxis, np.newaxis]


class Mean(RegressionDistn):
    """A mean under the link of a loss."""

    loss: ClassVar[lossreg.Loss]
    n_params = 1
    scores: ClassVar = [MeanScore]

    def __init__(self, params: Any) -> None:
        super().__init__(params)
        self.raw = np.ascontiguousarray(params[0], dtype=np.float64)

    @classmethod
    @arguments_named(y_true="Y")
    def fit(cls, Y: Any) -> Any:
        """The best constant."""
        return np.array([BoosterLoss(cls.loss).start(Y)])

    def mean(self) -> Any:
        """The mean."""
        return self.loss.predict(self.raw)

    @property
    def params(self) -> dict[str, Any]:
        """The mean, by name."""
        return {"mean": self.mean()}


# Probabilities


class ProbabilityScore(LogScore):
    """A loss of labels or classes, with the Fisher information of the probabilities."""

    def score(self, Y: Any) -> Any:
        return self.loss.value(Y, self.raw, reduction="none")

    def d_score(self, Y: Any) -> Any:
        grad = self.loss.grad(Y, self.raw, reduction="none")
        return grad[:, 1:] if grad.ndim == 2 else grad[:, np.newaxis]

    def metric(self) -> Any:
        p = self.class_probs()[:, 1:]
        return np.einsum("ij,jk->ijk", p, np.eye(self.n_params)) - np.einsum("ij,ik->ijk", p, p)


class Probabilities(ClassificationDistn):
    """Probabilities of classes; the raw score of the first one is 0."""

    loss: ClassVar[lossreg.Loss]
    problem_type = "classification"
    n_params: ClassVar[int]
    K_: ClassVar[int]
    scores: ClassVar = [ProbabilityScore]

    def __init__(self, params: Any) -> None:
        super().__init__(params)
        if self.loss.info.family == "row-wise":
            self.raw = np.vstack([np.zeros_like(params[:1]), params]).T.astype(np.float64, order="C")
        else:
            self.raw = np.ascontiguousarray(params[0], dtype=np.float64)

    @classmethod
    @arguments_named(y_true="Y")
    def fit(cls, Y: Any) -> Any:
        """The best constants."""
        if cls.loss.info.family != "row-wise":
            return np.array([BoosterLoss(cls.loss).start(Y)])
        start = BoosterLoss(cls.loss).start(Y, outputs=cls.K_)
        return np.asarray(start)[1:] - np.asarray(start)[0]

    def class_probs(self) -> Any:
        """The probability of each class."""
        p = self.loss.predict(self.raw)
        return p if p.ndim == 2 else np.stack([self.loss.predict(-self.raw), p], axis=1)

    @property
    def params(self) -> dict[str, Any]:
        """The probabilities, by name."""
        return {f"p{k}": p for k, p in enumerate(self.class_probs().T)}


# Locations and scales


class Shape:
    """The density exp(-loss(z))/Z of a residual: its normaliser and its Fisher information, by quadrature."""

    def __init__(self, loss: lossreg.Loss) -> None:
        self.loss = loss
        y, raw = np.zeros(4), np.array([-1.0, -1.0, 1.0, 1.0]) * np.exp2([40, 60, 40, 60])
        tails = loss.value(y, raw, reduction="none").reshape(2, 2)
        moved = loss.value(y + 3, raw / 2.0**60 + 3, reduction="none")
        if not np.allclose(moved, loss.value(y, raw / 2.0**60, reduction="none"), rtol=1e-9):
            raise lossreg.ParameterError(f"{loss!r} depends on more than the residual, so it has no density of one")
        with np.errstate(invalid="ignore"):  # infinite ones are steep enough
            slow = np.diff(tails) < 1.05 * 20 * np.log(2)
        if np.any(slow):
            raise lossreg.ParameterError(
                f"{loss!r} grows too slowly for a density: exp(-loss) has an infinite integral"
            )
        self.log_total = float(np.log(self._integral(lambda z, psi: 1.0)))
        expected = (lambda z, psi: psi * psi, lambda z, psi: z * psi * psi, lambda z, psi: (z * psi - 1) ** 2)
        self.loc, self.cross, self.scale = (self._integral(moment) / np.exp(self.log_total) for moment in expected)

    def _integral(self, moment: Any, upto: float = np.inf) -> float:
        """The integral of a moment of z and psi against exp(-loss(z)), with breaks around 0 where losses have kinks."""

        def integrand(z: float) -> float:
            value, psi = self.loss.value_and_grad(0.0, z, reduction="none")
            return float(np.exp(-value) * moment(z, float(psi)))

        breaks = sorted({min(upto, b) for b in (-np.inf, -30.0, -1.0, 0.0, 1.0, 30.0, np.inf)})
        return float(sum(quad(integrand, *ends, limit=500)[0] for ends in itertools.pairwise(breaks)))

    @cache  # noqa: B019  # shapes live as long as their classes
    def quantile(self, level: float) -> float:
        """The z below which this fraction lies."""

        def excess(z: float) -> float:
            return self._integral(lambda z, psi: 1.0, z) / math.exp(self.log_total) - level

        reach = 1.0
        while excess(-reach) > 0 or excess(reach) < 0:
            reach *= 4
        return float(brentq(excess, -reach, reach, xtol=1e-10))


class LocationScaleScore(LogScore):
    """The negative log-likelihood loss((y - loc)/scale) + log(scale) + log(Z)."""

    def score(self, Y: Any) -> Any:
        zeros, z = self.residual(Y)
        return self.loss.value(zeros, z, reduction="none") + np.log(self.scale) + self.shape.log_total

    def d_score(self, Y: Any) -> Any:
        zeros, z = self.residual(Y)
        psi = self.loss.grad(zeros, z, reduction="none")
        return np.stack([psi / self.scale, 1 - z * psi], axis=1)

    def metric(self) -> Any:
        ones, shape = np.ones_like(self.scale), self.shape
        cross = -shape.cross / self.scale
        return np.array([[shape.loc / self.scale**2, cross], [cross, shape.scale * ones]]).transpose(2, 0, 1)


class LocationScale(RegressionDistn):
    """A location and a scale; the location is what the loss predicts: the mean, the median or a quantile."""

    loss: ClassVar[lossreg.Loss]
    shape: ClassVar[Shape]
    n_params = 2
    scores: ClassVar = [LocationScaleScore]

    def __init__(self, params: Any) -> None:
        super().__init__(params)
        self.loc, self.scale = params[0], np.exp(params[1])

    @classmethod
    @arguments_named(y_true="Y")
    def fit(cls, Y: Any) -> Any:
        """The most likely location and scale."""
        Y = np.asarray(Y, dtype=np.float64)
        BoosterLoss(cls.loss).check(Y)
        unit = np.std(Y) or 1.0

        def mean_score(params: Any) -> tuple[float, Any]:
            at = cls(np.repeat([[params[0] * unit], [params[1] + np.log(unit)]], len(Y), axis=1))
            slope = LocationScaleScore.d_score(at, Y).mean(axis=0)
            return float(LocationScaleScore.score(at, Y).mean()), slope * (unit, 1.0)

        best = minimize(mean_score, [np.median(Y) / unit, 0.0], jac=True, method="BFGS", options={"gtol": 1e-9}).x
        return np.array([best[0] * unit, best[1] + np.log(unit)])

    def residual(self, Y: Any) -> tuple[Any, Any]:
        """Targets of 0, and predictions less the given ones in units of the scale."""
        z = (self.loc - np.asarray(Y, dtype=np.float64)) / self.scale
        return np.zeros_like(z), z

    def predict(self) -> Any:
        """The location."""
        return self.loc

    def logpdf(self, Y: Any) -> Any:
        """The logarithm of the density."""
        return -LocationScaleScore.score(self, Y)

    def ppf(self, level: float) -> Any:
        """The quantile of a level from 0 to 1."""
        return self.loc - self.scale * self.shape.quantile(1 - level)

    @property
    def params(self) -> dict[str, Any]:
        """Location and scale, by name."""
        return {"loc": self.loc, "scale": self.scale}
