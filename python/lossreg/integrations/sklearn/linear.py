"""Linear models with any smooth loss: `LossRegressor` and `LossClassifier`."""

from __future__ import annotations

import math
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

import lossreg
from lossreg.errors import ParameterError, arguments_named
from lossreg.integrations.buffers import refuse_masked
from lossreg.integrations.classes import (
    MORE_CLASSES,
    TWO_CLASSES,
    Probabilities,
    chosen,
    require_labels,
    require_numbers,
    require_two,
)
from lossreg.integrations.scipy import Objective, objective
from lossreg.integrations.scipy.objectives import nonnegative
from lossreg.integrations.settings import LossSettings
from lossreg.integrations.training import trainable
from lossreg.shown import shown

from .solver import SOLVERS, minimise
from .targets import Classes, jumps, weights

__all__ = ["LossClassifier", "LossRegressor"]

Array = NDArray[Any]
FLOATS = [np.float64, np.float32]


class Linear(LossSettings, BaseEstimator):  # type: ignore[misc]
    """What both have: parameters, checks of them, and the fit."""

    def __init__(
        self,
        loss: lossreg.Loss | str | None = "squared_error",
        *,
        alpha: float = 0.01,
        l1_ratio: float = 0.0,
        fit_intercept: bool = True,
        reduction: str = "weighted_mean",
        solver: str = "lbfgs",
        max_iter: int = 1000,
        tol: float = 1e-6,
        n_threads: int | None = None,
    ) -> None:
        self.loss = loss
        self.alpha = alpha
        self.l1_ratio = l1_ratio
        self.fit_intercept = fit_intercept
        self.reduction = reduction
        self.solver = solver
        self.max_iter = max_iter
        self.tol = tol
        self.n_threads = n_threads

    def _fit_to(self, X: Any, y: Array, sample_weight: Any, loss: lossreg.Loss, outputs: int | None) -> Objective:
        named: tuple[Any, Any] = self.solver, self.reduction
        if not isinstance(named[0], str) or self.solver not in SOLVERS:
            raise ParameterError(f"solver is {shown(self.solver)}; wanted {' or '.join(map(repr, SOLVERS))}")
        if not isinstance(named[1], str) or self.reduction not in ("weighted_mean", "mean", "sum"):
            raise ParameterError(f"reduction is {shown(self.reduction)}; wanted 'weighted_mean', 'mean' or 'sum'")
        if nonnegative("l1_ratio", self.l1_ratio) > 1:
            raise ParameterError(f"l1_ratio is {self.l1_ratio!r}; wanted a number from 0 to 1")
        alpha = nonnegative("alpha", self.alpha)
        if alpha * self.l1_ratio and self.solver != "lbfgs":
            raise ParameterError(f"solver={self.solver!r} has no L1 penalty; use solver='lbfgs' or l1_ratio=0")
        if not nonnegative("tol", self.tol):
            raise ParameterError(f"tol is {self.tol!r}; wanted more than 0", parameter="tol", value=self.tol)
        steps: Any = self.max_iter
        if not isinstance(steps, int | np.integer) or isinstance(steps, bool) or steps < 1:
            wanted = "a whole number of at least 1"
            raise ParameterError(f"max_iter is {shown(steps)}; wanted {wanted}", parameter="max_iter", value=steps)
        if jumps(loss):
            raise ParameterError(
                f"the gradient of {loss!r} jumps, and neither L-BFGS nor Newton-CG finds the minimum of such a loss; "
                "take a smooth one like it, such as smooth_pinball, pseudo_huber, squared_hinge"
            )
        # The solver sees the weighted mean whatever is asked for: the penalty is divided alike.
        total = float(len(y)) if sample_weight is None else math.fsum(sample_weight.tolist())
        penalty = alpha * {"weighted_mean": 1.0, "mean": len(y) / total, "sum": 1.0 / total}[self.reduction]
        fun = objective(
            loss,
            X,
            y,
            sample_weight,
            fit_intercept=self.fit_intercept,
            l2=penalty * (1 - self.l1_ratio),
            reduction="weighted_mean",
            n_outputs=outputs,
            n_threads=self.n_threads,
        )
        with np.errstate(invalid="ignore"):
            first, _ = fun(np.zeros(fun.shape).ravel())
        if not math.isfinite(first):
            raise ParameterError(
                f"{loss!r} is infinite for these targets at scores of 0, so there is no slope to follow; take another loss"
            )
        params, self.n_iter_ = minimise(
            fun, solver=self.solver, l1=penalty * self.l1_ratio, tol=self.tol, max_iter=self.max_iter
        )
        self.coef_, self.intercept_ = fun.split(params)
        self.coef_ = self.coef_.astype(fun.X.dtype, copy=False)
        self.loss_ = loss
        return fun

    def _raw(self, X: Any) -> Array:
        check_is_fitted(self)
        X = validate_data(self, X, dtype=FLOATS, accept_sparse="csr", reset=False)
        raw: Array = X @ self.coef_.T + self.intercept_
        return raw

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


class LossRegressor(RegressorMixin, Linear):  # type: ignore[misc]
    """A linear regression with any smooth loss.

    It minimises ``loss + alpha * (l1_ratio * ||coef||_1 + (1 - l1_ratio) / 2 * ||coef||**2)``, where the loss is reduced
    as `reduction` says; the intercept is not penalised.

    Parameters
    ----------
    loss : Loss or str, default "squared_error"
        A pointwise loss of raw scores with a gradient that does not jump.
    alpha : float, default 0.01
        The factor of the penalty.
    l1_ratio : float, default 0.0
        The part of the penalty that is L1.
    fit_intercept : bool, default True
        Whether the model has an intercept.
    reduction : {"weighted_mean", "mean", "sum"}, default "weighted_mean"
        What the penalty is added to. ``"weighted_mean"`` is the divisor of `Lasso`, `PoissonRegressor`, `TweedieRegressor`
        and `QuantileRegressor`, ``"sum"`` that of `Ridge`, `HuberRegressor` and `LogisticRegression`.
    solver : {"lbfgs", "newton-cg"}, default "lbfgs"
        SciPy's solver; only L-BFGS has an L1 penalty.
    max_iter : int, default 1000
        How many iterations the solver may take.
    tol : float, default 1e-6
        How far raw scores may still be from the best, in units of the standard deviation of the targets, or as they are
        if the loss has a link.
    n_threads : int, optional
        How many threads may work; by default ``lossreg.get_num_threads()``.

    Attributes
    ----------
    coef_ : numpy.ndarray of shape (n_features,)
        Coefficients.
    intercept_ : float
        The intercept.
    loss_ : Loss
        The loss.
    n_iter_ : int
        How many iterations the solver took.
    n_features_in_ : int
        How many features there were.

    Examples
    --------
    >>> from lossreg.integrations.sklearn import LossRegressor
    >>> X, y = [[0.0], [1.0], [2.0], [3.0], [4.0]], [1.0, 3.0, 50.0, 7.0, 9.0]
    >>> model = LossRegressor("huber(delta=0.01)", alpha=0).fit(X, y)
    >>> model.predict([[10.0]]).round(1)
    array([21.])
    """

    @arguments_named(y_true="y")
    def fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> Self:
        """Fit the model.

        Parameters
        ----------
        X : array_like or scipy.sparse matrix of shape (n_samples, n_features)
            Features.
        y : array_like of shape (n_samples,)
            Targets.
        sample_weight : array_like of shape (n_samples,), optional
            Weights, at least 0.

        Returns
        -------
        LossRegressor
            The model itself.
        """
        loss = trainable(self.loss)
        require_numbers(loss, classifier="LossClassifier")
        refuse_masked(X=X, y=y, sample_weight=sample_weight)
        X, y = validate_data(self, X, y, dtype=FLOATS, accept_sparse="csr", y_numeric=True)
        self._fit_to(X, y, weights(sample_weight, y), loss, None)
        return self

    def predict(self, X: Any) -> Array:
        """Predict on the scale of the target.

        Parameters
        ----------
        X : array_like or scipy.sparse matrix of shape (n_samples, n_features)
            Features.

        Returns
        -------
        numpy.ndarray of shape (n_samples,)
            Predictions.
        """
        raw = self._raw(X)
        predicted: Array = self.loss_.predict(raw)
        return predicted


class LossClassifier(ClassifierMixin, Linear):  # type: ignore[misc]
    """A linear classifier with any smooth loss.

    It minimises ``loss + alpha * (l1_ratio * ||coef||_1 + (1 - l1_ratio) / 2 * ||coef||**2)``, where the loss is reduced
    as `reduction` says; the intercept is not penalised. A pointwise loss of labels has one score for two classes and
    one against the rest for each of more; a row-wise loss has one for each class, and one of thresholds one for all.

    Parameters
    ----------
    loss : Loss or str, optional
        A loss of raw scores with a gradient that does not jump. By default cross-entropy: binary for two classes,
        softmax for more, as in `LogisticRegression`.
    alpha, l1_ratio, fit_intercept, reduction, solver, max_iter, tol, n_threads
        As in `LossRegressor`; `LogisticRegression` has ``reduction="sum"`` and ``alpha = 1 / C``.
    class_weight : dict or "balanced", optional
        Factors on the weights of classes, as everywhere in scikit-learn.

    Attributes
    ----------
    classes_ : numpy.ndarray
        The classes.
    coef_ : numpy.ndarray of shape (n_outputs, n_features)
        Coefficients: one row for two classes and a pointwise loss, else one for each class.
    intercept_ : numpy.ndarray of shape (n_outputs,)
        The intercepts.
    loss_ : Loss
        The loss.
    n_iter_ : int
        How many iterations the solver took.
    n_features_in_ : int
        How many features there were.

    Examples
    --------
    >>> from lossreg.integrations.sklearn import LossClassifier
    >>> X, y = [[0.0], [1.0], [2.0], [3.0]], ["no", "no", "yes", "yes"]
    >>> model = LossClassifier("binary_focal(gamma=1.0)", alpha=0.01).fit(X, y)
    >>> model.predict([[0.5], [2.5]]).tolist()
    ['no', 'yes']
    """

    def __init__(
        self,
        loss: lossreg.Loss | str | None = None,
        *,
        alpha: float = 0.01,
        l1_ratio: float = 0.0,
        fit_intercept: bool = True,
        reduction: str = "weighted_mean",
        class_weight: dict[Any, float] | str | None = None,
        solver: str = "lbfgs",
        max_iter: int = 1000,
        tol: float = 1e-6,
        n_threads: int | None = None,
    ) -> None:
        super().__init__(
            loss,
            alpha=alpha,
            l1_ratio=l1_ratio,
            fit_intercept=fit_intercept,
            reduction=reduction,
            solver=solver,
            max_iter=max_iter,
            tol=tol,
            n_threads=n_threads,
        )
        self.class_weight = class_weight

    @arguments_named(y_true="y")
    def fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> Self:
        """Fit the model.

        Parameters
        ----------
        X : array_like or scipy.sparse matrix of shape (n_samples, n_features)
            Features.
        y : array_like of shape (n_samples,)
            Labels of any kind.
        sample_weight : array_like of shape (n_samples,), optional
            Weights, at least 0.

        Returns
        -------
        LossClassifier
            The model itself.
        """
        require_labels(self.loss, regressor="LossRegressor", rows=None)
        refuse_masked(X=X, y=y, sample_weight=sample_weight)
        X, y = validate_data(self, X, y, dtype=FLOATS, accept_sparse="csr")
        check_classification_targets(y)
        weight = weights(sample_weight, y)
        if self.class_weight is not None:
            weight = compute_sample_weight(self.class_weight, y) * (1.0 if weight is None else weight)
        self.classes_ = np.unique(y)
        require_two(self.classes_)
        loss = trainable(self.loss or (TWO_CLASSES if len(self.classes_) == 2 else MORE_CLASSES))
        classes = Classes(loss, self.classes_)
        self._fit_to(X, classes.targets(y), weight, loss, classes.outputs)
        self.coef_ = np.atleast_2d(self.coef_)
        self.intercept_ = np.atleast_1d(self.intercept_)
        return self

    def decision_function(self, X: Any) -> Array:
        """Return raw scores.

        Parameters
        ----------
        X : array_like or scipy.sparse matrix of shape (n_samples, n_features)
            Features.

        Returns
        -------
        numpy.ndarray
            (n_samples,) for two classes, above 0 for the second, and for classes between thresholds; (n_samples, n_classes)
            for more.
        """
        raw = self._raw(X)
        if raw.shape[1] == 1:
            return raw[:, 0]
        return raw if len(self.classes_) > 2 else raw[:, 1] - raw[:, 0]

    def predict(self, X: Any) -> Array:
        """Predict classes.

        Parameters
        ----------
        X : array_like or scipy.sparse matrix of shape (n_samples, n_features)
            Features.

        Returns
        -------
        numpy.ndarray of shape (n_samples,)
            Classes.
        """
        scores = self.decision_function(X)
        best: Array = self.classes_[scores.argmax(axis=1) if scores.ndim == 2 else chosen(self.loss_, scores)]
        return best

    @Probabilities
    def predict_proba(self, X: Any) -> Array:
        """Predict probabilities of the classes; only if the link of the loss gives them.

        Parameters
        ----------
        X : array_like or scipy.sparse matrix of shape (n_samples, n_features)
            Features.

        Returns
        -------
        numpy.ndarray of shape (n_samples, n_classes)
            Probabilities; those of one against the rest are divided by their sum.
        """
        raw = self._raw(X)
        if self.loss_.link.thresholds:
            raw = raw[:, 0]
        elif raw.shape[1] == 1:
            raw = np.hstack([-raw, raw])
        predicted = self.loss_.predict(raw)
        share: Array = predicted / predicted.sum(axis=1, keepdims=True)
        return share
