"""LightGBM's scikit-learn estimators with a loss as a parameter: start, link and metric are the loss's."""

from __future__ import annotations

from typing import Any

import lightgbm
import numpy as np

import lossreg
from lossreg.integrations.buffers import weights as row_weights
from lossreg.integrations.classes import (
    Probabilities,
    chosen,
    labels,
    loss_of_classes,
    places,
    require_labels,
    require_numbers,
)
from lossreg.integrations.columns import COLUMNS, ScoredByLoss
from lossreg.integrations.lightgbm.model import LossModel
from lossreg.integrations.lightgbm.objectives import Objective
from lossreg.integrations.lightgbm.table import OF_OUTPUTS
from lossreg.integrations.training import trainable

__all__ = ["LGBMLossClassifier", "LGBMLossRegressor"]


class LGBMLossRegressor(LossModel, ScoredByLoss, lightgbm.LGBMRegressor):  # type: ignore[misc]
    """`lightgbm.LGBMRegressor` with any loss, of one target, of several, or of probabilities of classes.

    Parameters
    ----------
    loss : Loss, str or dict, default "half_squared_error"
        The loss, or what `lossreg.get` takes.
    hessian : str, optional
        The kind of second derivative; by default LightGBM's own where it has the loss.
    **kwargs
        The parameters of ``lightgbm.LGBMRegressor``. ``objective`` may be left out.

    Examples
    --------
    >>> import numpy as np
    >>> from lossreg.integrations.lightgbm import LGBMLossRegressor
    >>> X, y = np.arange(300.0).reshape(-1, 1), np.repeat([1.0, 4.0, 9.0], 100)
    >>> model = LGBMLossRegressor(loss="poisson", n_estimators=200, verbose=-1).fit(X, y)
    >>> model.predict(X[[0, 150, 250]]).round(1)
    array([1., 4., 9.])
    """

    _plain_class = lightgbm.LGBMRegressor
    _encodes = False

    def __init__(self, loss: Any = "half_squared_error", *, hessian: str | None = None, **kwargs: Any) -> None:
        self.loss = loss
        self.hessian = hessian
        super().__init__(**kwargs)

    def _raw_scores(self, X: Any) -> Any:
        return self.predict(X, raw_score=True)

    def _learnt(self, y: Any, sample_weight: Any) -> tuple[lossreg.Loss, Any, Any]:
        loss = trainable(self.loss, also=Objective.also)
        require_numbers(loss, classifier="LGBMLossClassifier", rows=True)
        encoded = self._encoded(y)
        outputs = len(loss.info.columns) or (1 if encoded.ndim == 1 else encoded.shape[1])
        self._n_classes = outputs if outputs > 1 else -1
        if self._n_classes > 1 and loss.link.name not in OF_OUTPUTS:
            raise lossreg.ShapeError(
                f"y has shape {encoded.shape}, and {_no_exponential(loss)}; fit a model for each", argument="y"
            )
        return loss, encoded, row_weights(sample_weight, len(encoded))


class LGBMLossClassifier(LossModel, lightgbm.LGBMClassifier):  # type: ignore[misc]
    """`lightgbm.LGBMClassifier` with any loss of labels or of classes.

    Parameters
    ----------
    loss : Loss, str or dict, optional
        The loss, or what `lossreg.get` takes; by default cross-entropy of two or of several classes.
    hessian : str, optional
        The kind of second derivative; by default LightGBM's own where it has the loss.
    **kwargs
        The parameters of ``lightgbm.LGBMClassifier``. ``objective`` may be left out.

    Examples
    --------
    >>> import numpy as np
    >>> from lossreg.integrations.lightgbm import LGBMLossClassifier
    >>> X, y = np.arange(200.0).reshape(-1, 1), np.repeat(["ham", "spam"], 100)
    >>> model = LGBMLossClassifier(loss="binary_focal", n_estimators=20, verbose=-1).fit(X, y)
    >>> model.predict([[0.0], [199.0]]).tolist()
    ['ham', 'spam']
    >>> model.predict_proba([[0.0]]).shape
    (1, 2)
    """

    _plain_class = lightgbm.LGBMClassifier
    _encodes = True

    def __init__(self, loss: Any = None, *, hessian: str | None = None, **kwargs: Any) -> None:
        self.loss = loss
        self.hessian = hessian
        super().__init__(**kwargs)

    def _learnt(self, y: Any, sample_weight: Any) -> tuple[lossreg.Loss, Any, Any]:
        require_labels(self.loss, regressor="LGBMLossRegressor", rows="; use LGBMLossRegressor", also=(COLUMNS,))
        found = labels(y)
        if found.ndim != 1:
            raise lossreg.ShapeError(
                f"y has shape {found.shape}; wanted one label a row: several labels a row are rows of 0 and 1 for "
                "LGBMLossRegressor",
                argument="y",
            )
        self._known, encoded = np.unique(found, return_inverse=True)
        self._n_classes = len(self._known)
        self.loss_ = loss_of_classes(self.loss, self._n_classes)
        if self.loss_.info.family == "row-wise" and self.loss_.link.name not in OF_OUTPUTS:
            raise lossreg.ParameterError(f"{_no_exponential(self.loss_)}; take sparse_categorical_cross_entropy")
        weight = row_weights(sample_weight, len(found))
        if self.class_weight is not None:
            from sklearn.utils.class_weight import compute_sample_weight

            of_classes = compute_sample_weight(self.class_weight, y)
            weight = of_classes if weight is None else np.multiply(weight, of_classes)
        return self.loss_, encoded.reshape(-1), weight

    def _encoded(self, y: Any, name: str = "y") -> Any:
        return places(self._known, labels(y, name), name)

    def predict(self, X: Any, raw_score: bool = False, **options: Any) -> Any:
        """Predict classes.

        Parameters
        ----------
        X, raw_score, **options
            As in ``lightgbm.LGBMClassifier.predict``.

        Returns
        -------
        numpy.ndarray
            Classes; raw scores with ``raw_score=True``.
        """
        asked = raw_score or options.get("pred_leaf") or options.get("pred_contrib")
        if asked or not self._is_margin():
            return super().predict(X, raw_score=raw_score, **options)
        raw = lightgbm.LGBMModel.predict(self, X, raw_score=True, **options)
        return self.classes_[chosen(self.loss_, raw).clip(max=len(self.classes_) - 1)]

    @Probabilities
    def predict_proba(self, X: Any, raw_score: bool = False, **options: Any) -> Any:
        """Predict the probability of each class.

        Parameters
        ----------
        X, raw_score, **options
            As in ``lightgbm.LGBMClassifier.predict_proba``.

        Returns
        -------
        numpy.ndarray
            A row for each row of `X`, in the order of `classes_`.

        Raises
        ------
        AttributeError
            If the loss knows no probabilities, as the hinge does not.
        """
        asked = raw_score or options.get("pred_leaf") or options.get("pred_contrib")
        rows = hasattr(self, "loss_") and self.loss_.info.family == "row-wise"
        if not asked and self._has_thresholds():
            return self.loss_.predict(self.decision_function(X, **options))
        if rows and not asked:  # of two classes, LightGBM before 4.7 would make four
            return lightgbm.LGBMModel.predict(self, X, **options)
        return super().predict_proba(X, raw_score=raw_score, **options)

    def decision_function(self, X: Any, **options: Any) -> Any:
        """Return raw scores: one for each row, or for each class.

        Parameters
        ----------
        X, **options
            As in `predict`.

        Returns
        -------
        numpy.ndarray
            Raw scores.
        """
        return lightgbm.LGBMModel.predict(self, X, raw_score=True, **options)

    def _is_margin(self) -> bool:
        margin = hasattr(self, "loss_") and self.loss_.link.name == "identity"
        return margin or self._has_thresholds()


def _no_exponential(loss: lossreg.Loss) -> str:
    return f"LightGBM's models have no exponential of several outputs, which {loss!r} wants"
