"""Estimators over CatBoost that begin at the best constant and apply the link: `CatBoostLossRegressor`, `...Classifier`."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import ClassifierMixin, RegressorMixin

import lossreg
from lossreg.errors import ParameterError, ShapeError, arguments_named
from lossreg.integrations.buffers import targets as as_targets
from lossreg.integrations.buffers import weights as row_weights
from lossreg.integrations.catboost.model import CLASS_WEIGHTS, LossModel, pairs, require_features
from lossreg.integrations.classes import (
    Probabilities,
    chosen,
    labels,
    loss_of_classes,
    places,
    require_labels,
    require_numbers,
    require_two,
)
from lossreg.integrations.columns import COLUMNS, ScoredByLoss
from lossreg.integrations.training import trainable
from lossreg.shown import shown

__all__ = ["CatBoostLossClassifier", "CatBoostLossRegressor"]

Array = NDArray[Any]


class CatBoostLossRegressor(ScoredByLoss, RegressorMixin, LossModel):  # type: ignore[misc]
    """CatBoost with any loss of numbers.

    Parameters
    ----------
    loss : Loss or str, default "squared_error"
        A pointwise loss of raw scores, or one of several columns of them.
    hessian : str, optional
        The kind of second derivative, as in `objective`.
    **params
        Parameters of CatBoost, such as ``iterations=200``.

    Attributes
    ----------
    model_ : catboost.CatBoost
        The model; the start is its bias, so that it is saved with the trees. It predicts raw scores, and SHAP explains it.
    loss_ : Loss
        The loss.
    start_ : float or numpy.ndarray
        Where the trees begin.
    best_iteration_, best_score_, evals_result_, feature_importances_, feature_names_, learning_rate_, random_seed_, tree_count_
        As CatBoost has them.

    Examples
    --------
    >>> import numpy as np
    >>> from lossreg.integrations.catboost import CatBoostLossRegressor
    >>> X, y = np.arange(20.0).reshape(-1, 1), np.repeat([1.0, 5.0], 10)
    >>> model = CatBoostLossRegressor("gamma", iterations=200, verbose=False).fit(X, y)
    >>> model.predict([[3.0], [15.0]]).round(1)
    array([1., 5.])
    """

    def __init__(
        self, loss: lossreg.Loss | str = "squared_error", *, hessian: str | None = None, **params: Any
    ) -> None:
        super().__init__(loss, hessian, params)

    @arguments_named(y_true="y")
    def fit(
        self, X: Any, y: ArrayLike | None = None, sample_weight: Any = None, eval_set: Any = None, **options: Any
    ) -> Self:
        """Fit the model.

        Parameters
        ----------
        X : array_like
            Features.
        y : array_like of shape (n_samples,)
            Targets; (n_samples, k) for a loss whose targets are k numbers, such as the bounds of `aft`.
        sample_weight : array_like of shape (n_samples,), optional
            Weights.
        eval_set : tuple or list of tuples, optional
            ``(X, y)`` or ``(X, y, sample_weight)`` to evaluate on, for early stopping.
        **options
            Of ``CatBoost.fit``, such as ``early_stopping_rounds``, ``cat_features`` and ``init_model``.

        Returns
        -------
        CatBoostLossRegressor
            The model itself.
        """
        require_features(X)
        loss = trainable(self.loss, also=(COLUMNS,))
        require_numbers(loss, classifier="CatBoostLossClassifier")
        targets = as_targets(y)
        if targets.ndim == 2 and targets.shape[1] == 1:
            targets = targets[:, 0]
        if targets.ndim != 1 and not loss.info.target_columns:
            raise ShapeError(
                f"y has shape {targets.shape}; wanted one number a row: fit a model for each", argument="y"
            )
        self._fit(X, targets, sample_weight, pairs(eval_set), self.loss, None, options)
        return self

    def _raw_scores(self, X: Any) -> Array:
        return self.raw_scores(X)

    def predict(self, X: Any) -> Array:
        """Predict on the scale of the target.

        Parameters
        ----------
        X : array_like
            Features.

        Returns
        -------
        numpy.ndarray of shape (n_samples,) or (n_samples, n_columns)
            Predictions.
        """
        raw = self.raw_scores(X)
        predicted: Array = self.loss_.predict(raw)
        return predicted


class CatBoostLossClassifier(ClassifierMixin, LossModel):  # type: ignore[misc]
    """CatBoost with any loss of labels.

    Parameters
    ----------
    loss : Loss or str, optional
        A pointwise loss of labels for two classes, or a row-wise one of class indices for any number; by default
        cross-entropy of two or of several classes.
    hessian : str, optional
        The kind of second derivative, as in `objective`.
    **params
        Parameters of CatBoost, such as ``iterations=200``.

    Attributes
    ----------
    classes_ : numpy.ndarray
        The classes.
    model_, loss_, start_
        As in `CatBoostLossRegressor`.

    Examples
    --------
    >>> import numpy as np
    >>> from lossreg.integrations.catboost import CatBoostLossClassifier
    >>> X, y = np.arange(20.0).reshape(-1, 1), np.repeat(["no", "yes"], 10)
    >>> model = CatBoostLossClassifier("binary_focal", iterations=20, verbose=False).fit(X, y)
    >>> model.predict([[3.0], [15.0]]).tolist()
    ['no', 'yes']
    """

    def __init__(self, loss: lossreg.Loss | str | None = None, *, hessian: str | None = None, **params: Any) -> None:
        super().__init__(loss, hessian, params)

    @arguments_named(y_true="y")
    def fit(
        self, X: Any, y: ArrayLike | None = None, sample_weight: Any = None, eval_set: Any = None, **options: Any
    ) -> Self:
        """Fit the model.

        Parameters
        ----------
        X : array_like
            Features.
        y : array_like of shape (n_samples,)
            Labels of any kind.
        sample_weight, eval_set, **options
            As in `CatBoostLossRegressor.fit`.

        Returns
        -------
        CatBoostLossClassifier
            The model itself.
        """
        require_features(X)
        require_labels(
            self.loss, regressor="CatBoostLossRegressor", rows=", and y has one class a row", also=(COLUMNS,)
        )
        known = labels(y)
        if known.ndim != 1:
            raise ShapeError(f"y has shape {known.shape}; wanted one label a row", argument="y")
        self.classes_ = np.unique(known)
        require_two(self.classes_)
        before = np.asarray(getattr(options.get("init_model"), "classes_", ()))
        if before.size and not np.array_equal(before, self.classes_):
            raise ParameterError(
                f"init_model knows the classes {shown(before.tolist())}, and y holds {shown(self.classes_.tolist())}; "
                "train on with labels of the same classes, or fit anew",
                parameter="init_model",
            )
        loss = loss_of_classes(self.loss, len(self.classes_))
        if len(self.classes_) == 2 and loss.info.family == "row-wise":
            raise ParameterError(
                f"{loss!r} has a raw score for each class, and of two classes CatBoost has one for both; take a pointwise "
                "loss of labels, such as binary_cross_entropy or binary_focal"
            )
        sets = {}
        for name, part in pairs(eval_set).items():
            found = places(self.classes_, labels(part[1], f"{name}[1]"), f"{name}[1]")
            sets[name] = (part[0], found, *part[2:])
        targets = places(self.classes_, known)
        outputs = len(self.classes_) if loss.info.family == "row-wise" else None
        self._fit(X, targets, self._weights(targets, sample_weight), sets, loss, outputs, options)
        return self

    def _weights(self, targets: Array, sample_weight: Any) -> Any:
        """The weights of the rows times those of their classes."""
        given, rule = (self._params.get(name) for name in CLASS_WEIGHTS)
        if given is None and rule is None:
            return sample_weight
        count = len(self.classes_)
        given_weight = row_weights(sample_weight, len(targets))
        weight = np.ones(len(targets)) if given_weight is None else given_weight.astype(np.float64)
        if rule is not None:
            if given is not None or rule not in ("Balanced", "SqrtBalanced"):
                raise ParameterError(
                    f"auto_class_weights is {rule!r} and class_weights is {given!r}; "
                    "wanted 'Balanced' or 'SqrtBalanced' alone, or class_weights alone"
                )
            totals = np.bincount(targets, weight, count)
            factors = (totals.max() / totals) ** (1.0 if rule == "Balanced" else 0.5)
        elif isinstance(given, dict):
            factors = np.array([given.get(label, 1.0) for label in self.classes_.tolist()], dtype=np.float64)
        else:
            factors = np.asarray(given, dtype=np.float64)
        if factors.shape != (count,):
            raise ShapeError(f"class_weights has {factors.size} numbers; wanted {count}, one for each class")
        return weight * factors[targets]

    def predict(self, X: Any) -> Array:
        """Predict classes.

        Parameters
        ----------
        X : array_like
            Features.

        Returns
        -------
        numpy.ndarray of shape (n_samples,)
            Classes.
        """
        raw = self.raw_scores(X)
        best: Array = self.classes_[chosen(self.loss_, raw)]
        return best

    def decision_function(self, X: Any) -> Array:
        """Return raw scores: one for each row, or for each class.

        Parameters
        ----------
        X : array_like
            Features.

        Returns
        -------
        numpy.ndarray
            (n_samples,) or (n_samples, n_classes).
        """
        return self.raw_scores(X)

    @Probabilities
    def predict_proba(self, X: Any) -> Array:
        """Predict probabilities of the classes; only if the link of the loss gives them.

        Parameters
        ----------
        X : array_like
            Features.

        Returns
        -------
        numpy.ndarray of shape (n_samples, n_classes)
            Probabilities.
        """
        raw = self.raw_scores(X)
        both = raw.ndim == 1 and not self.loss_.link.thresholds
        share: Array = self.loss_.predict(np.column_stack([-raw, raw]) if both else raw)
        return share
