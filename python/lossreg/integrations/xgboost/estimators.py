"""XGBoost's scikit-learn estimators with a loss as a parameter: start, link and metric are the loss's."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import xgboost

import lossreg
from lossreg.integrations.classes import Probabilities, chosen, labels, loss_of_classes, places, require_labels
from lossreg.integrations.columns import COLUMNS, ScoredByLoss
from lossreg.integrations.xgboost.model import RowModel
from lossreg.integrations.xgboost.training import ATTRIBUTE, attached

__all__ = ["XGBLossClassifier", "XGBLossRegressor"]


class XGBLossRegressor(RowModel, ScoredByLoss, xgboost.XGBRegressor):  # type: ignore[misc]
    """`xgboost.XGBRegressor` with any loss.

    Parameters
    ----------
    loss : Loss, str or dict, default "half_squared_error"
        The loss, or what `lossreg.get` takes.
    hessian : str, optional
        The kind of second derivative; by default XGBoost's own where it has the loss.
    objective : str, optional
        May be left out: only that of the same loss is allowed.
    **kwargs
        The parameters of ``xgboost.XGBRegressor``.

    Examples
    --------
    >>> import numpy as np
    >>> from lossreg.integrations.xgboost import XGBLossRegressor
    >>> X, y = np.arange(60.0).reshape(-1, 1), np.repeat([1.0, 4.0, 9.0], 20)
    >>> model = XGBLossRegressor(loss="poisson", n_estimators=50).fit(X, y)
    >>> model.predict(X[[0, 30, 50]]).round(1)
    array([1., 4., 9.], dtype=float32)
    """

    def __init__(
        self,
        loss: Any = "half_squared_error",
        *,
        hessian: str | None = None,
        objective: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(objective=objective, **kwargs)
        self.loss = loss
        self.hessian = hessian

    def _raw_scores(self, X: Any) -> Any:
        return self.predict(X, output_margin=True)


class XGBLossClassifier(RowModel, xgboost.XGBClassifier):  # type: ignore[misc]
    """`xgboost.XGBClassifier` with any loss of labels or of classes, for labels of any kind.

    Parameters
    ----------
    loss : Loss, str or dict, optional
        The loss, or what `lossreg.get` takes; by default cross-entropy of two or of several classes.
    hessian : str, optional
        The kind of second derivative; by default XGBoost's own where it has the loss.
    objective : str, optional
        May be left out: only that of the same loss is allowed.
    **kwargs
        The parameters of ``xgboost.XGBClassifier``.

    Examples
    --------
    >>> import numpy as np
    >>> from lossreg.integrations.xgboost import XGBLossClassifier
    >>> X, y = np.arange(60.0).reshape(-1, 1), np.repeat(["ham", "spam"], 30)
    >>> model = XGBLossClassifier(loss="binary_focal(gamma=1.0)", n_estimators=20).fit(X, y)
    >>> model.predict([[0.0], [59.0]]).tolist()
    ['ham', 'spam']
    >>> model.predict_proba([[0.0]]).shape
    (1, 2)
    """

    def __init__(
        self, loss: Any = None, *, hessian: str | None = None, objective: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(objective=objective, **kwargs)
        self.loss = loss
        self.hessian = hessian

    @property
    def classes_(self) -> Any:
        """The classes, sorted."""
        return self._classes

    def _learnt(self, y: Any) -> Any:
        require_labels(
            self.loss, regressor="XGBLossRegressor", rows="; use XGBLossRegressor, or train", also=(COLUMNS,)
        )
        y = labels(y)
        if y.ndim == 2:  # several labels a row: 0 and 1 each
            self._classes, self.n_classes_ = np.arange(2), 2
            return y
        self._classes = np.unique(y)
        self.n_classes_ = len(self._classes)
        return self._encoded(y)

    def _encoded(self, y: Any, name: str = "y") -> Any:
        y = labels(y, name)
        if y.ndim == 2:
            return y
        return places(self._classes, y, name)

    def _loss_of(self, targets: Any) -> Any:
        count = self.n_classes_ if targets.ndim == 1 else 2
        return loss_of_classes(self.loss, count)

    def _outputs(self) -> int | None:
        loss = None if self.loss is None else lossreg.get(self.loss)
        row_wise = self.n_classes_ > 2 if loss is None else loss.info.family == "row-wise"
        return max(self.n_classes_, 2) if row_wise else None

    def _remember(self) -> None:
        booster = self.get_booster()
        config = {**(attached(booster) or {}), "classes": self._classes.tolist()}
        booster.set_attr(**{ATTRIBUTE: json.dumps(config)})

    def _restore(self, config: dict[str, Any]) -> None:
        self._classes = np.array(config.get("classes", range(classes_of(self.get_booster()))))
        self.n_classes_ = len(self._classes)

    def _predicted(self, raw: Any) -> Any:
        loss = self.loss_
        place = chosen(loss, raw)
        several = raw.ndim == 2 and loss.info.family != "row-wise"
        return place if several else self._classes[place.clip(max=self.n_classes_ - 1)]

    def decision_function(self, X: Any, **options: Any) -> Any:
        """Return raw scores: one for each row, or for each class or label.

        Parameters
        ----------
        X, **options
            As in `predict`.

        Returns
        -------
        numpy.ndarray
            Raw scores.
        """
        return self.predict(X, output_margin=True, **options)

    @Probabilities
    def predict_proba(self, X: Any, **options: Any) -> Any:
        """Predict the probability of each class.

        Parameters
        ----------
        X, **options
            As in ``xgboost.XGBClassifier.predict_proba``.

        Returns
        -------
        numpy.ndarray
            A row for each row of `X`, in the order of `classes_`; for several labels a row, those of the labels.

        Raises
        ------
        AttributeError
            If the loss knows no probabilities, as the hinge does not.
        """
        loss = self.loss_
        raw = self.predict(X, output_margin=True, **options)
        if self.n_classes_ == 1:
            return np.ones((len(raw), 1), dtype=np.float32)
        probability = loss.predict(raw)
        if probability.ndim == 2:
            return probability
        return np.stack([loss.predict(-raw), probability], axis=1)


def classes_of(booster: xgboost.Booster) -> int:
    """How many classes a booster has that was trained without their names."""
    shape = json.loads(booster.save_config())["learner"]["learner_model_param"]
    return max(int(shape["num_class"]), 2)
