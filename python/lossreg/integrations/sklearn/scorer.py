"""Losses as scorers of scikit-learn: `scorer`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import is_classifier
from sklearn.utils.metadata_routing import MetadataRequest

import lossreg
from lossreg.errors import ParameterError, ShapeError, arguments_named

from .targets import Classes

__all__ = ["scorer"]

Array = NDArray[Any]
FAMILIES = ("pointwise", "row-wise", "column-wise")


def scorer(loss: lossreg.Loss | str, **params: Any) -> LossScorer:
    """Make a scorer of a loss, for ``scoring=``.

    What the loss is given is decided by what it takes. For a classifier: decision values if it takes raw scores, as
    ``"binary_cross_entropy"`` does, probabilities if it takes them, as ``"binary_cross_entropy(from_logits=False)"``
    does. For a regressor, its predictions, on the scale of the target.

    Parameters
    ----------
    loss : Loss or str
        The loss.
    **params
        Parameters of the loss.

    Returns
    -------
    LossScorer
        A function ``(estimator, X, y, sample_weight=None)`` whose value is minus the weighted mean loss, so that greater
        is better.

    Raises
    ------
    ParameterError
        If the loss takes scores of a pair of players.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.linear_model import Ridge
    >>> from sklearn.model_selection import cross_val_score
    >>> from lossreg.integrations.sklearn import scorer
    >>> X, y = load_diabetes(return_X_y=True)
    >>> cross_val_score(Ridge(), X, y, scoring=scorer("pinball(quantile=0.9)")).round(1)
    array([-21.2, -27. , -24.7, -23.7, -26.4])
    """
    return LossScorer(lossreg.get(loss, **params))


class LossScorer:
    """Minus the weighted mean of a loss as a score; `scorer` makes one.

    Attributes
    ----------
    loss : Loss
        The loss.
    """

    def __init__(self, loss: lossreg.Loss, request: Any = None) -> None:
        if loss.info.sides != ("y_true", "y_pred"):
            raise ParameterError(
                f"{loss!r} takes {' and '.join(loss.info.sides)}; a scorer has targets and predictions"
            )
        if loss.info.family not in FAMILIES:
            raise ParameterError(f"{loss!r} is {loss.info.family}; a scorer takes {' and '.join(FAMILIES)} losses")
        self.loss = loss
        self._request = request  # of the weights, in the words of metadata routing

    @arguments_named(y_true="y")
    def __call__(self, estimator: Any, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Return the score of a fitted estimator.

        Parameters
        ----------
        estimator : object
            The estimator.
        X : array_like
            Features.
        y : array_like
            Targets or labels.
        sample_weight : array_like, optional
            Weights.

        Returns
        -------
        float
            Minus the weighted mean loss.
        """
        loss, y_true, y_pred = (self._classified if is_classifier(estimator) else self._regressed)(estimator, X, y)
        return -loss(y_true, y_pred, sample_weight, reduction="weighted_mean")

    def _regressed(self, estimator: Any, X: Any, y: ArrayLike) -> tuple[lossreg.Loss, Any, Any]:
        loss, switch = self.loss, self.loss.info.raw_switch
        if switch is not None:  # a regressor predicts means
            loss = loss.replace(**{switch: False})
        predicted = np.asarray(estimator.predict(X))
        if switch is None and loss.link.name not in ("identity", "cumulative_logit"):  # and the loss takes raw scores
            predicted = loss.link.link(predicted)
        return loss, np.asarray(y), predicted

    def _classified(self, estimator: Any, X: Any, y: ArrayLike) -> tuple[lossreg.Loss, Any, Any]:
        classes = Classes(self.loss, np.asarray(estimator.classes_))
        y_true = classes.targets(np.asarray(y))
        if classes.outputs > 1 and not classes.by_rows:
            raise ParameterError(
                f"{self.loss!r} takes binary labels, and the estimator has {len(classes.known)} classes; "
                "take a row-wise loss, such as sparse_categorical_cross_entropy"
            )
        switch = self.loss.info.raw_switch
        if switch is not None and not self.loss.params[switch]:
            share = np.asarray(estimator.predict_proba(X))
            return self.loss, y_true, share if classes.by_rows else share[:, 1]
        if not hasattr(estimator, "decision_function"):
            way = f"{switch}=False reads predict_proba" if switch else "take a loss of probabilities"
            raise ParameterError(
                f"{self.loss!r} takes raw scores, and {type(estimator).__name__} has no decision_function; {way}"
            )
        raw = np.asarray(estimator.decision_function(X))
        if raw.ndim == 1 and classes.by_rows:
            raw = np.column_stack([np.zeros_like(raw), raw])
        if raw.shape != (len(y_true), classes.outputs)[: raw.ndim]:
            raise ShapeError(
                f"decision_function gives shape {raw.shape} for {len(classes.known)} classes; wanted one score for each"
            )
        return self.loss, y_true, raw

    # What scikit-learn asks a scorer, with metadata routing and without

    def set_score_request(self, *, sample_weight: bool | str | None) -> LossScorer:
        """Return the scorer with a request for weights, for metadata routing.

        Parameters
        ----------
        sample_weight : bool, str or None
            Whether weights are wanted, or the name under which they come.

        Returns
        -------
        LossScorer
            A scorer.
        """
        return LossScorer(self.loss, sample_weight)

    def get_metadata_routing(self) -> Any:
        """Return the request, for metadata routing.

        Returns
        -------
        sklearn.utils.metadata_routing.MetadataRequest
            The request.
        """
        request = MetadataRequest(owner=self)
        request.score.add_request(param="sample_weight", alias=self._request)
        return request

    def _accept_sample_weight(self) -> bool:
        return True

    def __repr__(self) -> str:
        return f"scorer({self.loss!r})"
