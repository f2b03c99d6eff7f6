"""How the linear models are fitted: SciPy's solvers in coordinates in which the loss bends alike in all directions.

Without an L1 penalty the coordinates are whitened: with A the Hessian that the objective would have if every score had
the mean curvature of the start, and A = R'R, the solver sees v = R w. Quasi-Newton and conjugate gradients then need a
few steps where badly scaled or correlated features cost them hundreds. A is estimated from a part of the rows, which
costs nothing beside one evaluation; it decides how fast the solver is, not where it ends.

With an L1 penalty the coordinates are centred and scaled only, because zeros have to stay zeros, and w = u - v with
u, v >= 0: the penalty is linear then, and L-BFGS-B keeps the bounds, which gives exact zeros.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cholesky, solve_triangular
from scipy.optimize import minimize
from sklearn.exceptions import ConvergenceWarning

from lossreg.integrations.scipy import Objective

__all__ = ["SOLVERS", "minimise"]

Floats = NDArray[Any]
SOLVERS = ("lbfgs", "newton-cg")

WIDEST = 1000  # features up to which whitening is worth a factorisation
SAMPLE = 20  # rows for each feature that estimate A: its spectrum is then within a factor of 2 or so


class Coordinates(Protocol):
    """A linear map from the solver's numbers to the parameters, and its transpose for gradients."""

    def params(self, moved: Floats) -> Floats: ...
    def pull(self, grad: Floats) -> Floats: ...
    def moved(self, params: Floats) -> Floats: ...


@dataclass(frozen=True)
class Whitened:
    """Parameters are R⁻¹ v; all matrices are (features and intercept, outputs)."""

    root: Floats  # R, upper triangular

    def params(self, moved: Floats) -> Floats:
        solved: Floats = solve_triangular(self.root, moved, check_finite=False)
        return solved

    def pull(self, grad: Floats) -> Floats:
        solved: Floats = solve_triangular(self.root, grad, trans="T", check_finite=False)
        return solved

    def moved(self, params: Floats) -> Floats:
        return self.root @ params


@dataclass(frozen=True)
class Scaled:
    """Coefficients are divided by the spread of their features, and the intercept is that of centred features."""

    scale: Floats
    centre: Floats | None  # None without an intercept
    free: float  # scale of the intercept

    def params(self, moved: Floats) -> Floats:
        out = moved.copy()
        inner = out[: len(self.scale)]
        inner /= self.scale[:, None]
        if self.centre is not None:
            out[-1] = moved[-1] / self.free - self.centre @ inner
        return out

    def pull(self, grad: Floats) -> Floats:
        out = grad.copy()
        if self.centre is not None:
            out[: len(self.scale)] -= np.outer(self.centre, grad[-1])
            out[-1] /= self.free
        out[: len(self.scale)] /= self.scale[:, None]
        return out

    def moved(self, params: Floats) -> Floats:
        out = params.copy()
        if self.centre is not None:
            out[-1] = (params[-1] + self.centre @ params[: len(self.scale)]) * self.free
        out[: len(self.scale)] *= self.scale[:, None]
        return out


def minimise(fun: Objective, *, solver: str, l1: float, tol: float, max_iter: int) -> tuple[Floats, int]:
    """Find the parameters with the least objective plus ``l1 * ||coef||_1``; returns them and the number of iterations.

    `tol` is how far raw scores may still move, in units of their own scale: that of the targets for a loss without a
    link, 1 for one with.
    """
    start = fun.start.reshape(fun.shape)
    bend = curvature(fun, start)
    spread = deviation(fun) if fun.loss.link.name == "identity" else 1.0
    bound = tol * math.sqrt(bend) * (spread or 1.0)
    if fun.X.dtype == np.float32:
        bound = max(bound, 8 * float(np.finfo(np.float32).eps) * math.sqrt(bend))
    if l1:
        return split_variables(fun, scaled(fun, bend), start, l1, bound, max_iter)
    columns = fun.X.shape[1]
    coordinates = whitened(fun, bend) if columns <= WIDEST else scaled(fun, bend)
    moved = coordinates.moved(start)

    def value_and_grad(vector: Floats) -> tuple[float, Floats]:
        value, grad = fun(coordinates.params(vector.reshape(fun.shape)))
        return value, coordinates.pull(grad.reshape(fun.shape)).ravel()

    def product(vector: Floats, direction: Floats) -> Floats:
        at, along = (coordinates.params(each.reshape(fun.shape)).ravel() for each in (vector, direction))
        return coordinates.pull(fun.hessp(at, along).reshape(fun.shape)).ravel()

    if solver == "lbfgs":
        result = minimize(value_and_grad, moved.ravel(), jac=True, method="L-BFGS-B", options=lbfgs(bound, max_iter))
    else:
        options = {"xtol": bound, "maxiter": max_iter}
        result = minimize(value_and_grad, moved.ravel(), jac=True, hessp=product, method="Newton-CG", options=options)
    tell(result, np.abs(np.asarray(result.jac)).max(initial=0.0) <= bound, solver, max_iter)
    return coordinates.params(result.x.reshape(fun.shape)), int(result.nit)


def split_variables(
    fun: Objective, coordinates: Scaled, start: Floats, l1: float, bound: float, max_iter: int
) -> tuple[Floats, int]:
    """Minimise with an L1 penalty: coefficients are u - v with u, v >= 0."""
    columns, outputs = fun.X.shape[1], fun.outputs
    size = columns * outputs
    price = np.repeat(l1 / coordinates.scale, outputs)  # of a coefficient in the solver's units

    def joined(vector: Floats) -> Floats:
        inner = vector[:size] - vector[size : 2 * size]
        return np.concatenate([inner, vector[2 * size :]]).reshape(fun.shape)

    def value_and_grad(vector: Floats) -> tuple[float, Floats]:
        value, grad = fun(coordinates.params(joined(vector)))
        pulled = coordinates.pull(grad.reshape(fun.shape)).ravel()
        inner = pulled[:size]
        value += float(price @ (vector[:size] + vector[size : 2 * size]))
        return value, np.concatenate([price + inner, price - inner, pulled[size:]])

    moved = coordinates.moved(start).ravel()
    first = np.concatenate([np.maximum(moved[:size], 0), np.maximum(-moved[:size], 0), moved[size:]])
    free = len(moved) - size
    bounds = [(0.0, None)] * (2 * size) + [(None, None)] * free
    result = minimize(value_and_grad, first, jac=True, method="L-BFGS-B", bounds=bounds, options=lbfgs(bound, max_iter))
    projected = np.where(np.arange(len(first)) < 2 * size, np.minimum(result.x, result.jac), result.jac)
    tell(result, np.abs(projected).max(initial=0.0) <= bound, "lbfgs", max_iter)
    return coordinates.params(joined(result.x)), int(result.nit)


def lbfgs(bound: float, max_iter: int) -> dict[str, Any]:
    """Options of L-BFGS-B: only the gradient says when it is there, for the value is flat long before."""
    return {"gtol": bound, "ftol": 0.0, "maxiter": max_iter, "maxfun": 10 * max_iter, "maxls": 50, "maxcor": 20}


def tell(result: Any, there: bool, solver: str, max_iter: int) -> None:
    """Warn as scikit-learn does where the solver gave up."""
    if not (there or result.success):
        warnings.warn(
            f"{solver} stopped after {result.nit} iterations (max_iter={max_iter}) before tol was reached: "
            f"{result.message}; raise max_iter, or penalise more: a loss without a finite minimum has no end",
            ConvergenceWarning,
            stacklevel=4,
        )


def curvature(fun: Objective, start: Floats) -> float:
    """The mean second derivative of the loss at the start; 1 where it says nothing."""
    rows = np.linspace(0, len(fun.y) - 1, min(len(fun.y), 10_000)).astype(int)
    intercept = start[-1] if fun.fit_intercept else np.zeros(fun.outputs)
    raw = np.tile(intercept, (len(rows), 1)) if fun.wide else np.full(len(rows), intercept[0])
    weight = weight_of(fun)[rows]
    bends = np.abs(fun.loss.hess(fun.y[rows], raw, weight, reduction="none"))
    bend = float(bends.sum() / max(weight.sum() * fun.outputs, np.finfo(float).tiny))
    return bend if 1e-6 < bend < 1e6 else 1.0


def weight_of(fun: Objective) -> Floats:
    """The weights, 1 where there are none: what is scaled by them is that of repeated rows too."""
    return np.ones(len(fun.y)) if fun.weight is None else np.asarray(fun.weight, dtype=np.float64)


def deviation(fun: Objective) -> float:
    """The standard deviation of the targets."""
    weight = weight_of(fun)
    if fun.y.ndim > 1:
        weight = np.broadcast_to(weight[:, None], fun.y.shape)
    centred = fun.y - np.average(fun.y, weights=weight)
    return math.sqrt(np.average(np.square(centred), weights=weight))


def moments(fun: Objective) -> tuple[Floats, Floats]:
    """Mean and mean square of each feature."""
    weight = weight_of(fun)
    total = weight.sum()
    squares = fun.X.multiply(fun.X).T @ weight if not isinstance(fun.X, np.ndarray) else weight @ np.square(fun.X)
    return np.asarray(fun.X.T @ weight, dtype=float) / total, np.asarray(squares, dtype=float) / total


def scaled(fun: Objective, bend: float) -> Scaled:
    """Coordinates that are centred and scaled."""
    mean, square = moments(fun)
    spread = np.maximum(square - mean**2, 1e-12 * square) if fun.fit_intercept else square
    scale = np.sqrt(bend * spread + fun.l2)
    scale[~(scale > 0)] = 1.0
    return Scaled(scale, mean if fun.fit_intercept else None, math.sqrt(bend))


def whitened(fun: Objective, bend: float) -> Whitened:
    """Coordinates that are whitened by a part of the rows."""
    rows, columns = fun.X.shape
    count = min(rows, max(SAMPLE * columns, 1000))
    chosen = slice(None) if count == rows else np.sort(np.random.default_rng(0).choice(rows, count, replace=False))
    part, weight = fun.X[chosen], weight_of(fun)[chosen]
    part = np.asarray(part if isinstance(part, np.ndarray) else part.toarray(), dtype=np.float64)
    if fun.fit_intercept:
        part = np.column_stack([part, np.ones(count)])
    gram = (part.T * weight) @ part * (bend / max(weight.sum(), np.finfo(float).tiny))
    diagonal = np.einsum("ii->i", gram)
    diagonal[:columns] += fun.l2
    seldom = diagonal <= 0  # a feature that is 0 in all the rows drawn
    diagonal += 1e-9 * diagonal
    diagonal[seldom] = bend
    return Whitened(cholesky(gram, check_finite=False))
