"""Estimators over CatBoost that begin at the best constant and apply the link: `CatBoostLossRegressor`, `...Classifier`."""

from __future__ import annotations

from functools import partial
from typing import Any, Self

import numpy as np
from catboost import CatBoost, Pool
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils.validation import check_is_fitted

import lossreg
from lossreg.errors import ParameterError, ShapeError, arguments_named
from lossreg.integrations.buffers import data_sets, require_rows
from lossreg.integrations.buffers import targets as as_targets
from lossreg.integrations.buffers import weights as row_weights
from lossreg.integrations.catboost.objectives import ColumnMetric, ColumnObjective, Metric, Objective, OfRows, measured
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
from lossreg.integrations.columns import COLUMNS, ScoredByLoss, factors
from lossreg.integrations.rows import numbered
from lossreg.integrations.training import trainable

__all__ = ["CatBoostLossClassifier", "CatBoostLossRegressor"]

Array = NDArray[Any]
# CatBoost ignores these, without a word, beside a metric of one's own; so they become weights of rows here.
CLASS_WEIGHTS = ("class_weights", "auto_class_weights")
METRICS = "eval_metric", "custom_metric"
FEATURES = ("cat_features", "text_features", "embedding_features")  # which of them are no numbers


class Trained(BaseEstimator):  # type: ignore[misc]
    """What both estimators have: CatBoost's parameters, the fit from the best constant, raw scores."""

    loss: Any

    def __init__(self, loss: lossreg.Loss | str | None, hessian: str | None, params: dict[str, Any]) -> None:
        self.loss = loss
        self.hessian = hessian
        self._params = params

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters: `loss`, `hessian` and those of CatBoost.

        Parameters
        ----------
        deep : bool, default True
            Nothing here has parameters of its own.

        Returns
        -------
        dict
            By name.
        """
        return {"loss": self.loss, "hessian": self.hessian, **self._params}

    def set_params(self, **params: Any) -> Self:
        """Set parameters.

        Parameters
        ----------
        **params
            `loss`, `hessian`, or parameters of CatBoost.

        Returns
        -------
        object
            The estimator itself.
        """
        for name in params.keys() & {"loss", "hessian"}:
            setattr(self, name, params.pop(name))
        self._params = {**self._params, **params}
        return self

    def _fit(
        self,
        X: Any,
        y: Array,
        weight: Any,
        eval_set: dict[str, tuple[Any, ...]],
        loss: Any,
        outputs: int | None,
        options: dict[str, Any],
    ) -> None:
        for name in ("loss_function", "objective"):
            if name in self._params:
                raise ParameterError(f"{name}={self._params[name]!r} stands beside loss={self.loss!r}; leave it out")
        by_rows = bool(lossreg.get(loss).info.target_columns)
        boosted = (OfRows if by_rows else Objective)(loss, self.hessian)
        weight = row_weights(weight, len(y))
        require_rows(X, len(y))
        kinds = {name: options.pop(name, self._params.get(name)) for name in FEATURES}
        count = boosted.check(y, weight, outputs=outputs)
        start = boosted.start(y, weight, outputs=outputs)
        sets = []
        for name, (features, targets, *weights) in eval_set.items():
            with arguments_named(y_true=f"{name}[1]", sample_weight=f"{name}[2]"):
                targets = as_targets(targets, f"{name}[1]")
                given = row_weights(weights[0] if weights else None, len(targets))
                boosted.check(targets, given, outputs=outputs)
            require_rows(features, len(targets), f"{name}[1]")
            sets.append((features, targets, given))
        rows = boosted if isinstance(boosted, OfRows) else None
        held = [y, *(targets for _, targets, _ in sets)]  # what CatBoost holds for targets
        if rows:
            rows.rows, held = numbered(held)
        several = len(boosted.columns)
        its: dict[str, Any] = {"loss_function": boosted}
        made: Any = partial(Metric, rows=rows)
        if several:
            unit = np.sqrt(factors(boosted, start, y, weight))
            its["loss_function"] = ColumnObjective(boosted, start, unit)
            made = partial(ColumnMetric, start=start, unit=unit, rows=rows)
        elif count > 1:
            its["classes_count"] = count
        own = {"eval_metric": boosted.loss, **{name: self._params[name] for name in METRICS if name in self._params}}
        params = {
            **its,
            "allow_writing_files": False,
            "boost_from_average": False,
            **{name: value for name, value in self._params.items() if name not in (*CLASS_WEIGHTS, *FEATURES)},
            **{name: measured(given, boosted, made) for name, given in own.items()},
        }
        train, *evals = (
            pool(features, label, given, start, kinds, several)
            for (features, _, given), label in zip([(X, y, weight), *sets], held, strict=True)
        )
        model = CatBoost(params)
        with boosted.training():
            model.fit(train, eval_set=evals or None, **options)
        if several:
            model.set_leaf_values((model.get_leaf_values().reshape(-1, several) * unit).ravel())
        model.set_scale_and_bias(1.0, start if np.ndim(start) == 0 else list(map(float, np.asarray(start))))
        self.model_, self.loss_, self.start_ = model, boosted.loss, start
        self.n_features_in_ = len(model.feature_names_)

    def raw_scores(self, X: Any) -> Array:
        """Predict raw scores, the start included.

        Parameters
        ----------
        X : array_like
            Features.

        Returns
        -------
        numpy.ndarray
            (n_samples,) or (n_samples, n_classes).
        """
        check_is_fitted(self, "model_")
        raw: Array = np.asarray(self.model_.predict(X, prediction_type="RawFormulaVal"))
        return raw


def pool(X: Any, y: Any, weight: Any, start: Any, kinds: dict[str, Any], columns: int) -> Any:
    """Data as CatBoost takes them, which begin at the start; with several columns, that is in the objective."""
    if isinstance(X, Pool):
        raise ParameterError("X is a Pool; pass the features themselves, and targets and weights beside them")
    if columns:
        return Pool(X, np.tile(np.reshape(y, (-1, 1)), columns), weight=weight, **kinds)
    return Pool(X, y, weight=weight, baseline=np.tile(np.atleast_1d(start), (len(y), 1)), **kinds)


def pairs(eval_set: Any) -> dict[str, tuple[Any, ...]]:
    """What to evaluate on, with weights or without."""
    if isinstance(eval_set, Pool):
        raise ParameterError("eval_set is a Pool; pass (X, y) or (X, y, sample_weight)")
    return data_sets(eval_set, 3)


class CatBoostLossRegressor(ScoredByLoss, RegressorMixin, Trained):  # type: ignore[misc]
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
        The model; the start is its bias, so that it is saved with the trees. It predicts raw scores.
    loss_ : Loss
        The loss.
    start_ : float or numpy.ndarray
        Where the trees begin.

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
    def fit(self, X: Any, y: ArrayLike, sample_weight: Any = None, eval_set: Any = None, **options: Any) -> Self:
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
            Of ``CatBoost.fit``, such as ``early_stopping_rounds`` and ``cat_features``.

        Returns
        -------
        CatBoostLossRegressor
            The model itself.
        """
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


class CatBoostLossClassifier(ClassifierMixin, Trained):  # type: ignore[misc]
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
    def fit(self, X: Any, y: ArrayLike, sample_weight: Any = None, eval_set: Any = None, **options: Any) -> Self:
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
        require_labels(
            self.loss, regressor="CatBoostLossRegressor", rows=", and y has one class a row", also=(COLUMNS,)
        )
        known = labels(y)
        if known.ndim != 1:
            raise ShapeError(f"y has shape {known.shape}; wanted one label a row", argument="y")
        self.classes_ = np.unique(known)
        require_two(self.classes_)
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
