"""Losses as datafits of skglm: sparse linear models with any of its penalties, by `ProxNewton` or `LBFGS`.

skglm compiles a datafit's class with Numba before it solves. The class here calls back into Python for whole vectors, once
or twice a step, and knows its loss by a number, so that one compilation serves all losses. The solvers that ask for one
coordinate's derivative at a time (`AndersonCD`, `GroupBCD`) or for a Lipschitz constant (`FISTA`) find no such method and
refuse: a call for each coordinate would cost more than the fit.
"""

from __future__ import annotations

import copyreg
from collections import deque
from itertools import count
from typing import Any
from weakref import WeakValueDictionary

import numpy as np

import lossreg
from lossreg.errors import arguments_named
from lossreg.integrations.booster import FLOOR, BoosterLoss
from lossreg.integrations.needs import need

need("skglm", "0.5", extra="skglm")

from numba import int64, objmode  # noqa: E402
from skglm.datafits.base import BaseDatafit  # noqa: E402

__all__ = ["LossDatafit", "datafit"]

ALIVE: WeakValueDictionary[int, Any] = WeakValueDictionary()
SOLVED: deque[Any] = deque(maxlen=64)  # a solver drops the datafit that it was given once that is compiled
NUMBERS = count()


def datafit(loss: lossreg.Loss | str, sample_weight: Any = None, hessian: str | None = None) -> LossDatafit:
    """Make a datafit: ``GeneralizedLinearEstimator(datafit("focal"), L1(0.01), ProxNewton())``.

    Parameters
    ----------
    loss : Loss or str
        A pointwise loss of raw scores. Labels may be 0 and 1, or -1 and 1.
    sample_weight : array_like, optional
        Weights, which skglm's `fit` does not take. The datafit is divided by their sum.
    hessian : str, optional
        The kind of second derivative, one of ``loss.info.hessians``; by default the exact one, or a bound of it where that
        is negative somewhere or fades.

    Returns
    -------
    LossDatafit
        The mean of the loss.

    Raises
    ------
    ParameterError
        If the loss is not pointwise, takes no raw scores or is piecewise linear.

    Examples
    --------
    >>> import numpy as np
    >>> from skglm.penalties import L2
    >>> from skglm.solvers import LBFGS
    >>> from lossreg.integrations.skglm import datafit
    >>> X, y = np.arange(1.0, 9.0).reshape(-1, 1), np.array([2.0, 4, 6, 8, 10, 12, 14, 90])
    >>> LBFGS(tol=1e-9).solve(X, y, datafit("cauchy(scale=0.1)"), L2(0.0), w_init=np.ones(1))[0].round(2)
    array([2.])
    """
    boosted = BoosterLoss(loss, hessian)
    if boosted.info.family != "pointwise":
        raise lossreg.ParameterError(
            f"{boosted.loss!r} is {boosted.info.family}; a linear model here has one score a row"
        )
    if hessian is None and boosted.hessian == "unit":
        raise lossreg.ParameterError(
            f"{boosted.loss!r} bends up nowhere, and skglm's solvers step by second derivatives; take a smooth form of it"
        )
    made = LossDatafit(next(NUMBERS))
    made.loss, made._steps, made._hessian = boosted.loss, boosted, hessian
    made._sample_weight = None if sample_weight is None else np.array(sample_weight, dtype=np.float64)
    ALIVE[made._number] = made
    return made


class LossDatafit(BaseDatafit):
    """The mean of a loss; `datafit` makes one."""

    def __init__(self, number: int) -> None:
        self._number = number

    # What skglm asks the class for

    def get_spec(self) -> Any:
        """The compiled class has a number and nothing else."""
        return (("_number", int64),)

    def params_to_dict(self) -> dict[str, int]:
        """What the compiled one is made of, asked for by each solver when it begins."""
        SOLVED.append(self)
        return {"number": self._number}

    def inverse_link(self, Xw: Any) -> Any:
        """The scale of the target."""
        return self.loss.predict(Xw)

    # What Numba compiles

    def initialize(self, X: Any, y: Any) -> None:
        """Check the targets."""
        number = self._number
        with objmode():
            check(number, y)

    def initialize_sparse(self, X_data: Any, X_indptr: Any, X_indices: Any, y: Any) -> None:
        """Check the targets."""
        number = self._number
        with objmode():
            check(number, y)

    def value(self, y: Any, w: Any, Xw: Any) -> Any:
        """The mean."""
        number = self._number
        with objmode(out="float64"):
            out = value(number, y, Xw)
        return out  # noqa: RET504 - what leaves the block is named in its first line

    def raw_grad(self, y: Any, Xw: Any) -> Any:
        """Its derivative with respect to each score."""
        number = self._number
        with objmode(out="float64[::1]"):
            out = slopes(number, y, Xw)
        return out.astype(Xw.dtype)

    def raw_hessian(self, y: Any, Xw: Any) -> Any:
        """The second one."""
        number = self._number
        with objmode(out="float64[::1]"):
            out = bends(number, y, Xw)
        return out.astype(Xw.dtype)

    def gradient(self, X: Any, y: Any, Xw: Any) -> Any:
        """The derivative with respect to each coefficient."""
        return X.T @ self.raw_grad(y, Xw)

    def gradient_sparse(self, X_data: Any, X_indptr: Any, X_indices: Any, y: Any, Xw: Any) -> Any:
        """The same for features by columns."""
        raw = self.raw_grad(y, Xw)
        grad = np.zeros(len(X_indptr) - 1, dtype=Xw.dtype)
        for j in range(len(grad)):
            for i in range(X_indptr[j], X_indptr[j + 1]):
                grad[j] += X_data[i] * raw[X_indices[i]]
        return grad


# Copies and pickles go by this table: Python's own way leaves a mark on the class, which Numba then refuses.
copyreg.pickle(LossDatafit, lambda made: (datafit, (made.loss, made._sample_weight, made._hessian)))


# What the compiled class calls


@arguments_named(y_true="y")
def check(number: int, y: Any) -> None:
    """Refuse targets and weights that the loss cannot be trained on."""
    made = ALIVE[number]
    made._steps.check(y, made._sample_weight)


def value(number: int, y: Any, Xw: Any) -> float:
    """The mean of the loss."""
    loss, weight, options = of(number)
    return float(loss.value(y, Xw, weight, **options))


def slopes(number: int, y: Any, Xw: Any) -> Any:
    """Its derivative."""
    loss, weight, options = of(number)
    return loss.grad(y, Xw, weight, **options).astype(np.float64)


def bends(number: int, y: Any, Xw: Any) -> Any:
    """The second one."""
    loss, weight, options = of(number)
    kind = ALIVE[number]._steps.hessian
    return loss.hess(y, Xw, weight, hessian=kind, min_hessian=FLOOR, **options).astype(np.float64)


def of(number: int) -> tuple[Any, Any, dict[str, Any]]:
    """The loss, the weights and the reduction: both derivatives include its divisor."""
    made = ALIVE[number]
    return made.loss, made._sample_weight, {"reduction": "mean" if made._sample_weight is None else "weighted_mean"}
