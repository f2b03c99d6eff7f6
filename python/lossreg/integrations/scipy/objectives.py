"""The objective of a linear model for `scipy.optimize.minimize`: `objective`.

An objective goes through the features once an evaluation, in blocks of rows that stay in the cache from the scores to
the gradient; two products with the whole matrix would read it from memory twice.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

import lossreg
from lossreg.arrays import as_plain_array
from lossreg.errors import ParameterError, ShapeError, arguments_named
from lossreg.integrations.training import best_constant, trainable
from lossreg.shown import shown

__all__ = ["Objective", "nonnegative", "objective"]

Floats = NDArray[np.floating[Any]]

BLOCK = 1 << 20  # bytes of features in a block
SHARE = 1 << 23  # bytes of features that are worth a thread


@arguments_named(y_true="y")
def objective(
    loss: lossreg.Loss | str,
    X: Any,
    y: ArrayLike,
    sample_weight: ArrayLike | None = None,
    *,
    fit_intercept: bool = True,
    l2: float = 0.0,
    reduction: str = "mean",
    n_outputs: int | None = None,
    n_threads: int | None = None,
) -> Objective:
    """The reduced loss of a linear model, for `scipy.optimize.minimize`.

    Parameters
    ----------
    loss : Loss or str
        A pointwise or row-wise loss of raw scores.
    X : array_like or scipy.sparse matrix of shape (n_samples, n_features)
        Features; float32 stays float32.
    y : array_like
        Targets, as the loss takes them: (n_samples,), or (n_samples, n_outputs).
    sample_weight : array_like of shape (n_samples,), optional
        Weights.
    fit_intercept : bool, default True
        Whether the model has an intercept; it is not penalised.
    l2 : float, default 0.0
        ``l2 / 2 * ||coef||**2`` is added to the reduced loss.
    reduction : {"mean", "sum", "weighted_mean"}, default "mean"
        What the sum of the losses is divided by.
    n_outputs : int, optional
        How many scores a row has; by default as many as `y` shows.
    n_threads : int, optional
        How many threads may work; by default ``lossreg.get_num_threads()``.

    Returns
    -------
    Objective
        A function of the parameters that returns value and gradient: pass it with ``jac=True``, and its `hessp` to
        methods that want one.

    Raises
    ------
    DomainError
        If the loss is not defined for a target.
    ParameterError, ShapeError
        If the loss takes no raw scores, or the arguments do not belong together.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.optimize import minimize
    >>> from lossreg.integrations.scipy import objective
    >>> X, y = np.array([[0.0], [1.0], [2.0], [3.0]]), [1.0, 3.0, 5.0, 70.0]
    >>> fun = objective("cauchy(scale=0.1)", X, y)
    >>> fit = minimize(fun, fun.start, jac=True, method="trust-ncg", hessp=fun.hessp)
    >>> coef, intercept = fun.split(fit.x)
    >>> coef.round(2), round(intercept, 2)
    (array([2.]), 1.0)
    """
    return Objective(trainable(loss), X, y, sample_weight, fit_intercept, l2, reduction, n_outputs, n_threads)


class Objective:
    """Value and gradient of the loss of a linear model; `objective` makes one.

    The parameters are a vector: the coefficients feature by feature, with one for each output, then the intercepts.

    Attributes
    ----------
    loss : Loss
        The loss.
    start : numpy.ndarray
        Where to begin: all coefficients 0, the intercept the best constant score.
    """

    def __init__(
        self,
        loss: lossreg.Loss,
        X: Any,
        y: ArrayLike,
        sample_weight: ArrayLike | None,
        fit_intercept: bool,
        l2: float,
        reduction: str,
        n_outputs: int | None,
        n_threads: int | None,
    ) -> None:
        self.loss = loss
        self.X = features(X)
        self.fit_intercept = switch("fit_intercept", fit_intercept)
        self.l2 = nonnegative("l2", l2)
        rows, columns = self.X.shape
        dtype = self.X.dtype
        self.y = np.asarray(y)
        by_rows = loss.info.family == "row-wise"
        columns_of_y = self.y.shape[1] if self.y.ndim == 2 else 1
        self.outputs = n_outputs or (int(self.y.max(initial=0)) + 1 if by_rows and self.y.ndim == 1 else columns_of_y)
        self.wide = by_rows or self.y.ndim == 2
        if len(self.y) != rows:
            raise ShapeError(f"X has {rows} rows and y has {len(self.y)}; pass as many targets as rows", argument="y")
        if not by_rows and columns_of_y != self.outputs:
            raise ShapeError(f"y has {columns_of_y} columns; wanted n_outputs={self.outputs}", argument="y")
        self.shape = (columns + self.fit_intercept, self.outputs)
        self.raw = np.zeros((rows, self.outputs) if self.wide else rows, dtype)
        self.slopes = np.empty_like(self.raw)
        self.weight = None if sample_weight is None else np.asarray(sample_weight)
        self.divisor = self._divisor(reduction)
        self.spans = self._spans(n_threads)
        self._bends: Any = None
        self._at = np.array([])

    # What SciPy calls

    def __call__(self, params: ArrayLike) -> tuple[float, Floats]:
        """Return the value and a fresh gradient, in float64.

        Parameters
        ----------
        params : array_like
            The parameters.

        Returns
        -------
        tuple of float and numpy.ndarray
            Value and gradient.
        """
        matrix = self._matrix(params)
        parts = self._each(lambda rows: self._value_and_grad(rows, matrix))
        value = math.fsum(value for value, _ in parts) / self.divisor
        grad = np.sum([grad for _, grad in parts], axis=0) / self.divisor
        inner = matrix[: self.X.shape[1]]
        grad[: len(inner)] += self.l2 * inner
        return value + 0.5 * self.l2 * float(np.vdot(inner, inner)), grad.ravel()

    def hessp(self, params: ArrayLike, direction: ArrayLike) -> Floats:
        """Return the product of the exact Hessian with a direction.

        Parameters
        ----------
        params : array_like
            The parameters.
        direction : array_like
            A vector of as many numbers.

        Returns
        -------
        numpy.ndarray
            The product.
        """
        params = np.asarray(params, dtype=np.float64)
        if not np.array_equal(self._at, params):
            self._bends = self._hessian_of_scores(params)
            self._at = params.copy()
        moved = self._matrix(direction)
        parts = self._each(lambda rows: self._bent(rows, moved))
        product = np.sum(parts, axis=0) / self.divisor
        inner = moved[: self.X.shape[1]]
        product[: len(inner)] += self.l2 * inner
        grown: Floats = product.ravel()
        return grown

    @property
    def start(self) -> Floats:
        """All coefficients 0, the intercept the best constant score (0 where that is infinite)."""
        params = np.zeros(self.shape)
        if self.fit_intercept:
            if self.loss.info.family == "row-wise":
                best: Any = best_constant(self.loss, self.y, self.weight, n_classes=self.outputs)
            elif self.wide:
                best = [self.loss.init_score(column, self.weight) for column in self.y.T]
            else:
                best = self.loss.init_score(self.y, self.weight)
            params[-1] = np.where(np.isfinite(best), best, 0.0)
        return params.ravel()

    def split(self, params: ArrayLike) -> tuple[Floats, Any]:
        """Split parameters into coefficients and intercept.

        Parameters
        ----------
        params : array_like
            The parameters.

        Returns
        -------
        tuple
            Coefficients, (n_features,) or (n_outputs, n_features), and the intercept, a float or an array.
        """
        matrix = self._matrix(params)
        columns = self.X.shape[1]
        intercept = matrix[-1] if self.fit_intercept else np.zeros(self.outputs)
        if self.wide:
            return matrix[:columns].T.copy(), intercept.copy()
        return matrix[:columns, 0].copy(), float(intercept[0])

    def scores(self, params: ArrayLike) -> Floats:
        """Return the raw scores of the rows.

        Parameters
        ----------
        params : array_like
            The parameters.

        Returns
        -------
        numpy.ndarray
            (n_samples,) or (n_samples, n_outputs), in the dtype of the features.
        """
        matrix = self._matrix(params)
        self._each(lambda rows: self._score(rows, matrix))
        return self.raw.copy()

    # One block of rows

    def _score(self, rows: slice, matrix: Floats) -> Floats:
        columns = self.X.shape[1]
        inner = matrix[:columns].astype(self.X.dtype, copy=False)
        raw = self.raw[rows]
        block, inner = self.X[rows], inner if self.wide else inner[:, 0]
        if isinstance(block, np.ndarray):
            np.matmul(block, inner, out=raw)
        else:
            raw[...] = block @ inner
        if self.fit_intercept:
            raw += matrix[-1].astype(raw.dtype) if self.wide else raw.dtype.type(matrix[-1, 0])
        return raw

    def _value_and_grad(self, rows: slice, matrix: Floats) -> tuple[float, Floats]:
        raw = self._score(rows, matrix)
        weight = None if self.weight is None else self.weight[rows]
        value, slopes = self.loss.value_and_grad(
            self.y[rows], raw, weight, reduction="sum", out=self.slopes[rows], n_threads=1
        )
        return value, self._pulled(rows, slopes)

    def _bent(self, rows: slice, moved: Floats) -> Floats:
        raw = self._score(rows, moved)
        bends = self._bends[rows]
        if bends.ndim == 3:
            return self._pulled(rows, np.einsum("ikl,il->ik", bends, raw))
        return self._pulled(rows, bends * raw)

    def _pulled(self, rows: slice, slopes: Floats) -> Floats:
        """The sum over rows of features times slopes, in float64, the intercept last."""
        grad = np.empty(self.shape)
        block = self.X[rows]
        grad[: self.X.shape[1]] = (block.T @ slopes).reshape(-1, self.outputs)
        if self.fit_intercept:
            grad[-1] = slopes.sum(axis=0, dtype=np.float64)
        return grad

    def _hessian_of_scores(self, params: Floats) -> Floats:
        raw = self.scores(params)
        if self.loss.info.family == "row-wise":
            return self.loss.full_hessian(self.y, raw, self.weight, reduction="sum")
        return self.loss.hess(self.y, raw, self.weight, reduction="sum")

    # Blocks and threads

    def _spans(self, n_threads: int | None) -> list[list[slice]]:
        """Blocks of rows, and which of them each thread walks."""
        rows, columns = self.X.shape
        dense = isinstance(self.X, np.ndarray)
        width = columns * self.X.dtype.itemsize if dense else self.X.data.nbytes // max(rows, 1)
        height = max(64, BLOCK // max(width, 1))
        blocks = [slice(first, min(first + height, rows)) for first in range(0, rows, height)]
        allowed = n_threads if n_threads is not None else lossreg.get_num_threads()
        threads = max(1, min(allowed, len(blocks), rows * width // SHARE))
        bounds = [len(blocks) * i // threads for i in range(threads + 1)]
        return [blocks[low:high] for low, high in pairwise(bounds)]

    def _each(self, work: Callable[[slice], Any]) -> list[Any]:
        """The results of all blocks, in order: their sum has the same bits for any number of threads."""
        if len(self.spans) == 1:
            return [work(rows) for rows in self.spans[0]]
        with ThreadPoolExecutor(len(self.spans)) as pool:
            walks = pool.map(lambda span: [work(rows) for rows in span], self.spans)
            return [result for walk in walks for result in walk]

    # Checks

    def _matrix(self, params: ArrayLike) -> Floats:
        vector = as_plain_array(params, "params").astype(np.float64, copy=False)
        if vector.size != math.prod(self.shape):
            raise ShapeError(
                f"params has {vector.size} numbers; wanted {math.prod(self.shape)}: {self.X.shape[1]} features"
                f"{' and an intercept' if self.fit_intercept else ''}, {self.outputs} output(s)",
                argument="params",
            )
        return vector.reshape(self.shape)

    def _divisor(self, reduction: str) -> float:
        """What the engine divides a sum by: asked of it, which checks every argument over all rows besides."""
        zeros = np.zeros(self.raw.shape)
        whole, divided = (
            self.loss.hess(self.y, zeros, self.weight, reduction=kind, hessian="unit").ravel()  # type: ignore[arg-type]
            for kind in ("sum", reduction)
        )
        largest = np.argmax(np.abs(whole))
        return float(whole[largest] / divided[largest]) if whole[largest] else 1.0


def features(X: Any) -> Any:
    """Features as a matrix of floats: a dense array in either order, or a sparse matrix by rows."""
    if hasattr(X, "tocsr"):
        X = X.tocsr()
        return X if X.dtype in (np.float32, np.float64) else X.astype(np.float64)
    X = np.asarray(X)
    if X.ndim != 2:
        raise ShapeError(f"X has {X.ndim} axes; wanted 2: rows and features", argument="X")
    if X.dtype not in (np.float32, np.float64):
        X = X.astype(np.float64)
    return X


def nonnegative(name: str, value: Any) -> float:
    """A factor of a penalty."""
    if not (isinstance(value, (int, float, np.number)) and 0 <= value < math.inf):
        wanted = "a finite number of at least 0"
        raise ParameterError(f"{name} is {shown(value)}; wanted {wanted}", parameter=name, value=value)
    return float(value)


def switch(name: str, value: Any) -> bool:
    """Whether something is done."""
    if not isinstance(value, bool | np.bool_):
        raise ParameterError(f"{name} is {shown(value)}; wanted True or False", parameter=name, value=value)
    return bool(value)
