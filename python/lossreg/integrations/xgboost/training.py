"""Training and predicting with XGBoost's own interface: a loss's start, link and metric in place of those of an objective."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import xgboost

import lossreg
from lossreg.errors import arguments_named
from lossreg.integrations.builtin import refuse_foreign, refuse_misplaced
from lossreg.integrations.columns import refuse_own_metric, scaled
from lossreg.integrations.training import require_settings
from lossreg.integrations.xgboost.labels import kept, of_matrix, seeing
from lossreg.integrations.xgboost.objectives import Metric, Objective, as_metric
from lossreg.integrations.xgboost.table import LINKS, OF_OBJECTIVES, PENALTIES
from lossreg.links import Link

__all__ = ["attached", "loss_of", "predict", "settled", "train"]

OF_MATRIX = arguments_named(y_true="label", sample_weight="weight")  # as a DMatrix calls them

ATTRIBUTE = "lossreg"  # of a booster: the loss that it was trained with, as JSON, which is saved
OBJECT = "_lossreg"  # of the Python object: the loss itself, which is pickled, for a loss that no name makes again


def train(
    loss: Any,
    params: dict[str, Any],
    dtrain: xgboost.DMatrix,
    num_boost_round: int = 10,
    *,
    hessian: str | None = None,
    evals: Sequence[tuple[xgboost.DMatrix, str]] = (),
    custom_metric: Any = None,
    **options: Any,
) -> xgboost.Booster:
    """Train a booster as ``xgboost.train`` does, with a loss for an objective.

    With a loss that XGBoost has too, the trees are those of XGBoost's objective.

    Parameters
    ----------
    loss : Loss, str, dict or Objective
        The loss, or what `lossreg.get` takes.
    params : dict
        XGBoost's parameters. ``objective`` may be left out; ``num_class`` too, where the targets show it.
    dtrain : xgboost.DMatrix
        The data, with labels: a row of them for several outputs or for a target of several numbers; bounds of times as
        ``label_lower_bound`` and ``label_upper_bound``.
    num_boost_round : int, default 10
        How many rounds.
    hessian : str, optional
        The kind of second derivative; by default XGBoost's own where it has the loss.
    evals : sequence of (xgboost.DMatrix, str), optional
        What to evaluate on.
    custom_metric : callable or Loss, optional
        By default, unless there is an ``eval_metric``, the loss itself.
    **options
        Further arguments of ``xgboost.train``.

    Returns
    -------
    xgboost.Booster
        A booster of XGBoost's own, whose start and link are those of the loss, and which remembers it when it is saved:
        `predict` reads that.

    Raises
    ------
    ParameterError
        If `params` holds another objective, or what only another objective would read.
    DomainError, ShapeError
        If labels, of `dtrain` or of `evals`, do not belong to the loss.

    Examples
    --------
    >>> import numpy as np
    >>> import xgboost
    >>> from lossreg.integrations.xgboost import predict, train
    >>> data = xgboost.DMatrix(np.arange(8.0).reshape(-1, 1), label=[0, 0, 0, 0, 1, 1, 1, 1])
    >>> booster = train("binary_focal", {"min_child_weight": 0}, data, 20)
    >>> predict(booster, data).round()
    array([0., 0., 0., 0., 1., 1., 1., 1.], dtype=float32)
    """
    require_settings(params)
    objective = loss if isinstance(loss, Objective) else Objective(loss, hessian)
    if "obj" in options:
        raise lossreg.ParameterError(f"obj stands beside {objective.loss!r}, which is the objective; leave it out")
    settings, start = settled(objective, params, dtrain)
    outputs = settings.get("num_class")
    for data, name in evals:
        try:
            with OF_MATRIX:
                objective.check(*of_matrix(objective.loss, data, repr(name)), outputs=outputs)
        except lossreg.LossregError as error:
            error.add_note(f"in the labels of evals {name!r}")
            raise
    if evals and "eval_metric" not in settings:
        if custom_metric is None or objective.built_in is None:  # else the metric would be that of another loss
            settings.setdefault("disable_default_eval_metric", True)
        custom_metric = custom_metric or objective.loss
    custom_metric = as_metric(custom_metric)
    if not (custom_metric is None or isinstance(custom_metric, Metric)):
        custom_metric = seeing(custom_metric)
    with kept(objective.loss, [dtrain, *(data for data, _ in evals)]):
        booster = xgboost.train(
            settings,
            dtrain,
            num_boost_round,
            obj=with_units(objective, settings, dtrain, start),
            evals=list(evals),
            custom_metric=custom_metric,
            **options,
        )
    booster.set_attr(**{ATTRIBUTE: json.dumps(objective.config())})
    setattr(booster, OBJECT, objective.loss)
    return booster


def with_units(objective: Objective, settings: dict[str, Any], data: xgboost.DMatrix, start: Any) -> Any:
    """The objective, whose derivatives have the units that XGBoost's parameters expect."""
    y, weight, _ = of_matrix(objective.loss, data)
    return scaled(objective, y, weight, start, together=settings.get("multi_strategy") == "multi_output_tree")


@OF_MATRIX
def settled(objective: Objective, params: dict[str, Any], data: xgboost.DMatrix) -> tuple[dict[str, Any], Any]:
    """XGBoost's parameters with those that follow from the loss, and its start where none is given; a conflict is an error."""
    found, loss = objective.built_in, objective.loss
    settings = {name: value for name, value in params.items() if value is not None}
    given = settings.pop("objective", None)
    named = LINKS[loss.link.name] if found is None else found.objective
    refuse_foreign(loss, found, given, named)
    refuse_misplaced(loss, settings, PENALTIES)
    its = {} if found is None else found.its(loss)
    for name in OF_OBJECTIVES.keys() & settings.keys():
        if settings[name] != its.get(name) and settings[name] != 1:
            raise lossreg.ParameterError(
                f"{name} is {settings[name]!r} beside {loss!r}, which does not read it: {OF_OBJECTIVES[name]}",
                parameter=name,
                value=settings[name],
            )
    refuse_own_metric(objective, settings.get("eval_metric"), "XGBoost", () if found is None else found.metrics)
    y, weight, groups = of_matrix(loss, data)
    if objective.columns or objective.info.family == "row-wise":
        count = settings.get("num_class")
        outputs = objective.check(y, weight, outputs=None if count is None else int(count))
        if y.ndim == 1 or objective.columns:
            settings["num_class"] = outputs
        else:  # rows of probabilities are several targets to XGBoost
            settings.pop("num_class", None)
            named = LINKS["identity"]
    elif settings.get("num_class", 1) not in (0, 1):
        raise lossreg.ParameterError(
            f"num_class is {settings['num_class']} beside {loss!r}, which has one raw score a row; "
            "for classes, take a row-wise loss: lossreg.names(family='row-wise')"
        )
    start = None
    if "base_score" not in settings:
        start = objective.start(y, weight, groups, outputs=settings.get("num_class"))
        link = Link(found.link) if found is not None and found.link else loss.link
        settings["base_score"] = base_score(link, start, named)
    beside = {} if found is None else {**found.settings, **its}
    return {**beside, **settings, "objective": given or named}, start


def base_score(link: Link, start: Any, named: str) -> Any:
    """A start as XGBoost reads it beside an objective: on the scale of what that predicts, except for softmax."""
    raw = named == LINKS["identity"] or link.name in ("identity", "softmax")
    return np.asarray(start if raw else link.inverse(start)).tolist()


def attached(booster: xgboost.Booster) -> dict[str, Any] | None:
    """What a booster remembers of the loss that it was trained with; None for one trained without."""
    text = booster.attr(ATTRIBUTE)
    return None if text is None else json.loads(text)


def loss_of(booster: xgboost.Booster) -> lossreg.Loss | None:
    """The loss that a booster was trained with; None for one trained without."""
    config = attached(booster)
    if config is None:
        return None
    kept: lossreg.Loss | None = getattr(booster, OBJECT, None)
    try:
        return kept or lossreg.get(config["loss"])
    except lossreg.UnknownLossError as error:
        error.add_note(
            "the booster was trained with this loss and saved: define or import it here, and lossreg.register it"
        )
        raise


def predict(booster: xgboost.Booster, data: xgboost.DMatrix, *, raw: bool = False, **options: Any) -> Any:
    """Predict with a booster of `train`, on the scale of the target.

    Parameters
    ----------
    booster : xgboost.Booster
        The booster, as trained, loaded or unpickled.
    data : xgboost.DMatrix
        The data.
    raw : bool, default False
        Whether to leave raw scores as they are.
    **options
        Further arguments of ``Booster.predict``. Without an ``iteration_range``, early stopping's best round is the last.

    Returns
    -------
    numpy.ndarray
        Probabilities, rates or means.

    Raises
    ------
    ParameterError
        If the booster was not trained with `train`.

    Examples
    --------
    >>> import numpy as np
    >>> import xgboost
    >>> from lossreg.integrations.xgboost import predict, train
    >>> data = xgboost.DMatrix(np.zeros((4, 1)), label=[1, 2, 3, 6])
    >>> booster = train("poisson", {}, data, 1)
    >>> predict(booster, data)[:1], predict(booster, data, raw=True)[:1].round(3)
    (array([3.], dtype=float32), array([1.099], dtype=float32))
    """
    loss = loss_of(booster)
    if loss is None:
        raise lossreg.ParameterError(
            "booster was not trained by lossreg.integrations.xgboost.train; use its own predict"
        )
    if "iteration_range" not in options and booster.attr("best_iteration") is not None:
        options["iteration_range"] = (0, booster.best_iteration + 1)
    scores = booster.predict(data, output_margin=True, **options)
    return scores if raw else loss.predict(scores)
