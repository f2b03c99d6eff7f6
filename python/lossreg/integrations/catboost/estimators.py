"""Estimators over CatBoost that begin at the best constant and apply the link: `CatBoostLossRegressor`, `...Classifier`."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from catboost import CatBoost, Pool
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

import lossreg
from lossreg.errors import ParameterError, ShapeError
from lossreg.integrations.catboost.objectives import Metric, objective
from lossreg.integrations.sklearn.targets import Classes

__all__ = ["CatBoostLossClassifier", "CatBoostLossRegressor"]

Array = NDArray[Any]
# CatBoost ignores these, without a word, beside a metric of one's own; so they become weights of rows here.
CLASS_WEIGHTS = ("class_weights", "auto_class_weights")


class Trained(BaseEstimator):  # type: ignore[misc]
    """What both estimators have: CatBoost's parameters, the fit from the best constant, raw scores."""

    def __init__(self, loss: lossreg.Loss | str, hessian: str | None, params: dict[str, Any]) -> None:
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

    def _fit(self, X: Any, y: Array, weight: Any, eval_set: Any, outputs: int | None, options: dict[str, Any]) -> None:
        for name in ("loss_function", "objective"):
            if name in self._params:
                raise ParameterError(f"{name}={self._params[name]!r} stands beside loss={self.loss!r}; leave it out")
        boosted = objective(self.loss, self.hessian)
        count = boosted.check(y, weight, outputs=outputs)
        start = boosted.start(y, weight, outputs=outputs)
        params = {
            "loss_function": boosted,
            "eval_metric": Metric(boosted.loss),
            "allow_writing_files": False,
            "boost_from_average": False,
            **({"classes_count": count} if count > 1 else {}),
            **{name: value for name, value in self._params.items() if name not in CLASS_WEIGHTS},
        }
        sets = None
        if eval_set is not None:
            sets = []
            for features, targets, *weights in eval_set if isinstance(eval_set, list) else [eval_set]:
                boosted.check(targets, *weights, outputs=outputs)
                sets.append(self._pool(features, targets, weights[0] if weights else None, start))
        model = CatBoost(params)
        model.fit(self._pool(X, y, weight, start), eval_set=sets, **options)
        model.set_scale_and_bias(1.0, start if np.ndim(start) == 0 else list(map(float, np.asarray(start))))
        self.model_, self.loss_, self.start_ = model, boosted.loss, start
        self.n_features_in_ = len(model.feature_names_)

    def _pool(self, X: Any, y: Any, weight: Any, start: Any) -> Any:
        if isinstance(X, Pool):
            raise ParameterError("X is a Pool; pass the features themselves, and targets and weights beside them")
        categories = {name: self._params[name] for name in ("cat_features", "text_features") if name in self._params}
        baseline = np.tile(np.atleast_1d(start), (len(y), 1))
        return Pool(X, y, weight=weight, baseline=baseline, **categories)

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


class CatBoostLossRegressor(RegressorMixin, Trained):  # type: ignore[misc]
    """CatBoost with any loss of numbers.

    Parameters
    ----------
    loss : Loss or str, default "squared_error"
        A pointwise loss of raw scores.
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
    start_ : float
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

    def fit(self, X: Any, y: ArrayLike, sample_weight: Any = None, eval_set: Any = None, **options: Any) -> Self:
        """Fit the model.

        Parameters
        ----------
        X : array_like
            Features.
        y : array_like of shape (n_samples,)
            Targets.
        sample_weight : array_like of shape (n_samples,), optional
            Weights.
        eval_set : tuple or list of tuples, optional
            ``(X, y)`` or ``(X, y, sample_weight)`` to evaluate on, for early stopping.
        **options
            Of ``CatBoost.fit``, such as ``early_stopping_rounds``.

        Returns
        -------
        CatBoostLossRegressor
            The model itself.
        """
        targets = np.asarray(y)
        if targets.ndim != 1 or lossreg.get(self.loss).info.family != "pointwise":
            raise ShapeError(
                f"y has shape {targets.shape} and loss={self.loss!r}; wanted one number a row and a pointwise loss"
            )
        self._fit(X, targets, sample_weight, eval_set, None, options)
        return self

    def predict(self, X: Any) -> Array:
        """Predict on the scale of the target.

        Parameters
        ----------
        X : array_like
            Features.

        Returns
        -------
        numpy.ndarray of shape (n_samples,)
            Predictions.
        """
        predicted: Array = self.loss_.predict(self.raw_scores(X))
        return predicted


def _has_probabilities(model: CatBoostLossClassifier) -> bool:
    return lossreg.get(model.loss).link.name in ("logit", "softmax")


class CatBoostLossClassifier(ClassifierMixin, Trained):  # type: ignore[misc]
    """CatBoost with any loss of labels.

    Parameters
    ----------
    loss : Loss or str, default "binary_cross_entropy"
        A pointwise loss of labels for two classes, or a row-wise one of class indices for any number.
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

    def __init__(
        self, loss: lossreg.Loss | str = "binary_cross_entropy", *, hessian: str | None = None, **params: Any
    ) -> None:
        super().__init__(loss, hessian, params)

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
        info = lossreg.get(self.loss).info
        if not (info.target.is_label or info.target.has_class_indices):
            raise ParameterError(
                f"loss={self.loss!r} takes targets that are {info.target}; wanted one of labels or classes"
            )
        self.classes_ = np.unique(np.asarray(y))
        if len(self.classes_) < 2:
            raise ValueError(f"y holds one class, {self.classes_[0]!r}; a classifier needs two or more")
        classes = Classes(lossreg.get(self.loss), self.classes_)
        if not classes.by_rows and len(self.classes_) > 2:
            raise ParameterError(
                f"loss={self.loss!r} takes binary labels and y holds {len(self.classes_)} classes; "
                "take a row-wise loss, such as sparse_categorical_cross_entropy"
            )
        if eval_set is not None:
            eval_set = eval_set if isinstance(eval_set, list) else [eval_set]
            eval_set = [(features, classes.indices(np.asarray(labels)), *rest) for features, labels, *rest in eval_set]
        places = classes.indices(np.asarray(y))
        outputs = len(self.classes_) if classes.by_rows else None
        self._fit(X, places, self._weights(places, sample_weight), eval_set, outputs, options)
        return self

    def _weights(self, places: Array, sample_weight: Any) -> Any:
        """The weights of the rows times those of their classes."""
        given, rule = (self._params.get(name) for name in CLASS_WEIGHTS)
        if given is None and rule is None:
            return sample_weight
        count = len(self.classes_)
        weight = np.ones(len(places)) if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
        if rule is not None:
            if given is not None or rule not in ("Balanced", "SqrtBalanced"):
                raise ParameterError(
                    f"auto_class_weights is {rule!r} and class_weights is {given!r}; "
                    "wanted 'Balanced' or 'SqrtBalanced' alone, or class_weights alone"
                )
            totals = np.bincount(places, weight, count)
            factors = (totals.max() / totals) ** (1.0 if rule == "Balanced" else 0.5)
        elif isinstance(given, dict):
            factors = np.array([given.get(label, 1.0) for label in self.classes_.tolist()], dtype=np.float64)
        else:
            factors = np.asarray(given, dtype=np.float64)
        if factors.shape != (count,):
            raise ShapeError(f"class_weights has {factors.size} numbers; wanted {count}, one for each class")
        return weight * factors[places]

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
        best: Array = self.classes_[(raw > 0).astype(int) if raw.ndim == 1 else raw.argmax(axis=1)]
        return best

    @available_if(_has_probabilities)  # type: ignore[untyped-decorator]
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
        share: Array = self.loss_.predict(np.column_stack([-raw, raw]) if raw.ndim == 1 else raw)
        return share
