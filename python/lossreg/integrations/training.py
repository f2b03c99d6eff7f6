"""Which losses a model can be trained with, and with which second derivative its steps are right."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

import lossreg
from lossreg.info import Domain, Start
from lossreg.testing import arguments

__all__ = ["best_constant", "curvature", "require_settings", "trainable", "zeros"]

# Families that no model is trained with, unless it says so, which has one score a row: what their losses are of.
OF_MORE = {
    "column-wise": "is of several numbers for each target or prediction",
    "sequence": "is one number for a sequence of rows of scores",
    "set-wise": "is one number for a whole set of scores",
}
# Which boosters take them all the same.
TAKERS = {
    "column-wise": "XGBLossRegressor, LGBMLossRegressor and CatBoostLossRegressor train boosters with it, ",
    "set-wise": "XGBLossRanker and LGBMLossRanker train boosters with it, ",
}
FADING = 1e-3  # of the majorizer: an exact second derivative below makes steps that are too long
FAR = 1e30  # of a residual: beyond where any loss begins to bend less


def trainable(loss: Any, *, also: Collection[str] = ()) -> lossreg.Loss:
    """Return a loss that a model can be trained with, which is one of raw scores against targets.

    Parameters
    ----------
    loss : Loss, str or dict
        The loss, or what `lossreg.get` takes.
    also : collection of str, optional
        Families that the model takes besides those with one score a row.

    Returns
    -------
    Loss
        The loss.

    Raises
    ------
    ParameterError
        If its predictions are not raw scores, or not one row of them for each target.

    Examples
    --------
    >>> from lossreg.integrations.training import trainable
    >>> trainable("quantile(quantile=0.9)")
    pinball(quantile=0.9)
    >>> trainable("poisson(log_input=False)")
    Traceback (most recent call last):
    lossreg.errors.ParameterError: poisson(log_input=False) does not take raw scores, which are what is trained; pass log_input=True
    >>> trainable("rank_net")
    Traceback (most recent call last):
    lossreg.errors.ParameterError: rank_net() is one number for a whole set of scores, and this trainer scores rows one by one; XGBLossRanker and LGBMLossRanker train boosters with it, lossreg.integrations.torch, .jax and .keras train networks with it
    """
    found: lossreg.Loss = lossreg.get(loss)
    info = found.info
    if info.family == "adversarial":
        raise lossreg.ParameterError(f"{found!r} compares scores with no targets: there is nothing to train on")
    boxes = info.target is Domain.BOX  # whose corners trees would move one by one, across each other
    if info.family in OF_MORE and (boxes or info.family not in also):
        takers = "" if boxes else TAKERS.get(info.family, "")
        raise lossreg.ParameterError(
            f"{found!r} {OF_MORE[info.family]}, and this trainer scores rows one by one; {takers}"
            "lossreg.integrations.torch, .jax and .keras train networks with it"
        )
    if info.raw_switch is not None and not found.params[info.raw_switch]:
        raise lossreg.ParameterError(
            f"{found!r} does not take raw scores, which are what is trained; pass {info.raw_switch}=True"
        )
    if info.prediction not in (Domain.REAL, Domain.RAW):
        raise lossreg.ParameterError(
            f"{found!r} takes {info.prediction}, and raw scores may be any number; "
            "transform the targets and train a loss that takes any number"
        )
    if info.family != "set-wise" and found.params.get("axis", -1) not in (-1, 1):
        raise lossreg.ParameterError(f"{found!r} has its classes on axis {found.params['axis']}; wanted axis=-1")
    return found


def require_settings(params: Any) -> None:
    """Refuse what is no dict of a trainer's parameters, as where the loss that stands before them was forgotten.

    Examples
    --------
    >>> from lossreg.integrations.training import require_settings
    >>> require_settings(100)
    Traceback (most recent call last):
    lossreg.errors.ParameterError: params is of type int; wanted a dict, after the loss: train("huber", params, data)
    """
    if not isinstance(params, Mapping):
        came = type(params).__name__
        raise lossreg.ParameterError(
            f'params is of type {came}; wanted a dict, after the loss: train("huber", params, data)', parameter="params"
        )


def best_constant(loss: lossreg.Loss, y_true: Any, sample_weight: Any = None, *, n_classes: int | None = None) -> Any:
    """Find the constant raw scores with the least loss; 0 for each where the loss does not tell them, as margins do not.

    Parameters
    ----------
    loss : Loss
        The loss.
    y_true : numpy.ndarray
        Targets, which are checked by the loss.
    sample_weight : array_like, optional
        Weights, one for each target.
    n_classes : int, optional
        How many classes there are, where that is known.

    Returns
    -------
    float or numpy.ndarray
        The score, or one for each class or column.

    Examples
    --------
    >>> import lossreg
    >>> import numpy as np
    >>> from lossreg.integrations.training import best_constant
    >>> best_constant(lossreg.get("absolute_error"), np.array([1.0, 2.0, 9.0]))
    2.0
    >>> best_constant(lossreg.get("categorical_hinge"), np.array([0, 2]))
    array([0., 0., 0.])
    """
    options: dict[str, Any] = {} if n_classes is None else {"n_classes": n_classes}
    several = loss.info.columns or loss.info.family == "row-wise"
    if not several or loss.info.start is not Start.NONE:
        return loss.init_score(y_true, sample_weight, **options)
    return zeros(loss, y_true, sample_weight, n_classes=n_classes)


def zeros(loss: lossreg.Loss, y_true: Any, sample_weight: Any = None, *, n_classes: int | None = None) -> Any:
    """A score of 0 for each class or column, by which the loss has seen the targets and nothing is searched.

    Examples
    --------
    >>> import lossreg
    >>> import numpy as np
    >>> from lossreg.integrations.training import zeros
    >>> zeros(lossreg.get("gaussian_nll"), np.array([3.0, 4.0]))
    array([0., 0.])
    """
    if y_true.ndim == 2 and y_true.shape[1] == 1:
        y_true = y_true.reshape(-1)
    count = (
        len(loss.info.columns)
        or n_classes
        or (int(np.max(y_true, initial=0)) + 1 if y_true.ndim == 1 else y_true.shape[1])
    )
    scores = np.zeros(count)
    loss.value(y_true, np.broadcast_to(scores, (len(y_true), count)), sample_weight, reduction="sum")
    return scores


def curvature(loss: lossreg.Loss, trainer: str = "") -> str:
    """Choose the kind of second derivative that a booster trains a loss with.

    It is the first of these that the loss has: what the trainer takes for its own loss of that kind; 1, where the loss is
    piecewise linear or bends down between kinks; the exact one, if it is never negative and does not fade in the tails, at whatever residual these begin;
    the majorizer; Gauss-Newton, if that is never negative; the exact one all the same, of which negative numbers are
    replaced by the least there may be.

    Parameters
    ----------
    loss : Loss
        The loss.
    trainer : str, optional
        Whose rule, as `LossInfo.hessians` names it: ``"xgboost"`` or ``"lightgbm"``.

    Returns
    -------
    str
        One of ``loss.info.hessians``.

    Examples
    --------
    >>> import lossreg
    >>> from lossreg.integrations.training import curvature
    >>> [curvature(lossreg.get(name)) for name in ("bce", "pinball", "huber", "tweedie")]
    ['exact', 'unit', 'majorizer', 'gauss_newton']
    >>> [curvature(lossreg.get(name)) for name in ("huber(delta=1e6)", "huber(delta=1e6) + mse")]
    ['majorizer', 'exact']
    >>> curvature(lossreg.get("scce"), "xgboost")
    'xgboost'
    """
    kinds = loss.info.hessians
    if trainer in kinds:
        return trainer
    if "exact" not in kinds:
        return "unit"
    drawn = arguments(loss, 64)
    if "majorizer" in kinds and loss.info.target is Domain.REAL and loss.info.family == "pointwise":
        drawn = tuple(map(np.append, drawn, ([0.0, 0.0], [-FAR, FAR])))
    exact = loss.hess(*drawn, reduction="none")
    if not np.any(exact > 0):
        return "unit"
    if kinds["exact"]:
        if "majorizer" not in kinds or loss.info.family == "row-wise":
            return "exact"
        above = loss.hess(*drawn, reduction="none", hessian="majorizer")
        if np.all(exact >= FADING * above):
            return "exact"
    return next((kind for kind in ("majorizer", "gauss_newton") if kinds.get(kind)), "exact")
