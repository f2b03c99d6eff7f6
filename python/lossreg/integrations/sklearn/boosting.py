"""Losses in HistGradientBoosting, through a base class that scikit-learn keeps private: experimental.

scikit-learn promises nothing about that class, so only versions that were tried are accepted.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import sklearn
from numpy.typing import NDArray
from sklearn._loss.link import IdentityLink, LogitLink, LogLink, MultinomialLogit
from sklearn._loss.loss import BaseLoss

import lossreg
from lossreg.errors import ParameterError, arguments_named
from lossreg.integrations.booster import BoosterLoss

from .targets import piecewise_linear

__all__ = ["boosting_loss"]

Array = NDArray[Any]
TRIED = ((1, 6), (1, 9))  # the oldest and the newest version
LINKS = {"identity": IdentityLink, "logit": LogitLink, "log": LogLink, "softmax": MultinomialLogit}


def boosting_loss(
    loss: lossreg.Loss | str, n_classes: int | None = None, *, hessian: str | None = None
) -> BoostingLoss:
    """A loss for ``HistGradientBoostingRegressor(loss=...)`` and ``HistGradientBoostingClassifier(loss=...)``. Experimental.

    Parameters
    ----------
    loss : Loss or str
        A loss of raw scores.
    n_classes : int, optional
        How many classes there are, for a row-wise loss.
    hessian : str, optional
        The kind of second derivative; by default what `lossreg.integrations.training.curvature` chooses. The leaves of a
        piecewise linear loss are refitted, as those of scikit-learn's own are.

    Returns
    -------
    BoostingLoss
        A loss in scikit-learn's own form.

    Raises
    ------
    ImportError
        If this version of scikit-learn was not tried.
    ParameterError
        If the loss takes no raw scores, or lacks the second derivative.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.ensemble import HistGradientBoostingRegressor
    >>> from lossreg.integrations.sklearn import boosting_loss
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = HistGradientBoostingRegressor(loss=boosting_loss("huber(delta=30)"), max_iter=50).fit(X, y)
    >>> bool(model.score(X, y) > 0.6)
    True
    """
    version = tuple(int(part) for part in sklearn.__version__.split(".")[:2])
    if not TRIED[0] <= version <= TRIED[1]:
        raise ImportError(
            f"boosting_loss uses a private class of scikit-learn and was tried with 1.{TRIED[0][1]} to 1.{TRIED[1][1]}; "
            f"{sklearn.__version__} is installed"
        )
    return BoostingLoss(BoosterLoss(loss, hessian), n_classes)


class Functions:
    """The four functions that scikit-learn's Cython losses have, over a loss of lossreg."""

    def __init__(self, boosted: BoosterLoss) -> None:
        self.boosted = boosted
        self.value = boosted.loss.value
        self.value_and_grad = boosted.loss.value_and_grad

    def loss(self, y_true: Array, raw_prediction: Array, sample_weight: Any, loss_out: Array, n_threads: int) -> None:
        loss_out[...] = self.value(y_true, raw_prediction, sample_weight, reduction="none", n_threads=n_threads)

    def loss_gradient(
        self,
        y_true: Array,
        raw_prediction: Array,
        sample_weight: Any,
        loss_out: Array,
        gradient_out: Array,
        n_threads: int,
    ) -> None:
        loss_out[...], gradient_out[...] = self.value_and_grad(
            y_true, raw_prediction, sample_weight, reduction="none", n_threads=n_threads
        )

    def gradient(self, y_true: Array, raw_prediction: Array, sample_weight: Any, gradient_out: Array, **_: Any) -> None:
        gradient_out[...] = self.boosted.derivatives(y_true, raw_prediction, sample_weight)[0]

    def gradient_hessian(
        self,
        y_true: Array,
        raw_prediction: Array,
        sample_weight: Any,
        gradient_out: Array,
        hessian_out: Array,
        **_: Any,
    ) -> None:
        gradient_out[...], hessian_out[...] = self.boosted.derivatives(y_true, raw_prediction, sample_weight)


class BoostingLoss(BaseLoss):  # type: ignore[misc]
    """A loss in scikit-learn's own form; `boosting_loss` makes one.

    Its second derivative is never taken for constant: scikit-learn decides that before it sees weights.
    """

    def __init__(self, boosted: BoosterLoss, n_classes: int | None) -> None:
        loss = boosted.loss
        by_rows = loss.info.family == "row-wise"
        if by_rows and not loss.info.target.has_class_indices:
            raise ParameterError(
                f"{loss!r} is of rows of probabilities, and HistGradientBoosting has class indices; take "
                "sparse_categorical_cross_entropy or categorical_focal"
            )
        if by_rows and not n_classes:
            raise ParameterError(f"{loss!r} has a score for each class; pass n_classes", parameter="n_classes")
        if loss.link.name not in LINKS:
            raise ParameterError(
                f"{loss!r} makes several probabilities of one score, for which HistGradientBoosting has no link; use LossClassifier"
            )
        super().__init__(closs=Functions(boosted), link=LINKS[loss.link.name](), n_classes=n_classes)
        self.boosted = boosted
        self.is_multiclass = by_rows
        self.differentiable = not piecewise_linear(loss)
        self.approx_hessian = boosted.hessian != "exact"
        self.constant_hessian = False
        if loss.link.name in ("logit", "softmax"):
            self.predict_proba = self._probabilities

    def in_y_true_range(self, y: Array) -> bool:
        return not self.boosted.info.target.excludes(y).any()

    @arguments_named(y_true="y")  # as the estimator calls it, which begins here
    def fit_intercept_only(self, y_true: Array, sample_weight: Array | None = None) -> Any:
        outputs = self.n_classes if self.is_multiclass else None
        return np.asarray(self.boosted.start(y_true, sample_weight, outputs=outputs))

    def _probabilities(self, raw_prediction: Array) -> Array:
        if raw_prediction.ndim == 2 and raw_prediction.shape[1] == 1:
            raw_prediction = raw_prediction[:, 0]
        if raw_prediction.ndim == 1:
            raw_prediction = np.column_stack([-raw_prediction, raw_prediction])
        share: Array = self.boosted.predict(raw_prediction)
        return share

    def __reduce__(self) -> tuple[Any, ...]:
        return BoostingLoss, (self.boosted, self.n_classes)

    def __repr__(self) -> str:
        return f"boosting_loss({self.boosted.loss!r})"
