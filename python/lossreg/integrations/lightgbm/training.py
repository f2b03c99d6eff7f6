"""Training with LightGBM's own interface: a loss's start, link and metric in place of those of an objective.

LightGBM starts a callable from 0, or from an ``init_score`` that its models forget. So the start is given as that, and added
to the leaves of the first trees when they are grown, which is where LightGBM has it for its own objectives.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np

import lossreg
from lossreg.errors import arguments_named
from lossreg.integrations.booster import as_array
from lossreg.integrations.builtin import refuse_foreign, refuse_misplaced
from lossreg.integrations.classes import rows_of
from lossreg.integrations.columns import refuse_own_metric, scaled
from lossreg.integrations.lightgbm.objectives import ONE_LABEL, Objective, as_metric
from lossreg.integrations.lightgbm.table import ALIASES, FORESTS, LINKS, OF_OBJECTIVES, OF_OUTPUTS, RANKS
from lossreg.integrations.lists import sizes
from lossreg.integrations.rows import refuse_rows
from lossreg.integrations.training import require_settings
from lossreg.typing import LossLike

__all__ = ["finished", "listed", "named", "refuse_unread", "scores", "single", "splittable", "train"]


@arguments_named(y_true="label", sample_weight="weight")  # as a Dataset calls them
def train(
    loss: LossLike,
    params: dict[str, Any],
    train_set: lightgbm.Dataset,
    num_boost_round: int = 100,
    valid_sets: Sequence[lightgbm.Dataset] | None = None,
    valid_names: Sequence[str] | None = None,
    feval: Any = None,
    init_model: Any = None,
    *,
    hessian: str | None = None,
    **options: Any,
) -> lightgbm.Booster:
    """Train a booster as ``lightgbm.train`` does, with a loss for an objective.

    Parameters
    ----------
    loss : Loss, str, dict or Objective
        The loss, or what `lossreg.get` takes.
    params : dict
        LightGBM's parameters. ``objective`` may be left out; ``num_class`` too, where the targets show it.
    train_set : lightgbm.Dataset
        The data, with labels. One that has an ``init_score`` starts there, and the model leaves that out, as LightGBM's do.
    num_boost_round : int, default 100
        How many rounds.
    valid_sets, valid_names : sequence, optional
        What to evaluate on.
    feval : callable or Loss, or list of them, optional
        By default, unless `params` has a metric, the loss itself.
    init_model : str, path or Booster, optional
        A model to go on from; the start is then in that.
    hessian : str, optional
        The kind of second derivative; by default LightGBM's own where it has the loss.
    **options
        Further arguments of ``lightgbm.train``.

    Returns
    -------
    lightgbm.Booster
        A booster of LightGBM's own: `predict` gives probabilities, rates or means, and with ``raw_score=True`` raw scores.

    Raises
    ------
    ParameterError
        If `params` holds another objective, what only another objective would read, or a metric that would be given raw
        scores in place of predictions.
    DomainError, ShapeError
        If labels do not belong to the loss.

    Examples
    --------
    >>> import numpy as np
    >>> import lightgbm
    >>> from lossreg.integrations.lightgbm import train
    >>> X, y = np.arange(100.0).reshape(-1, 1), np.repeat([0, 1], 50)
    >>> booster = train("binary_focal", {"verbose": -1}, lightgbm.Dataset(X, y), 50)
    >>> booster.predict([[1.0], [98.0]]).round()
    array([0., 1.])
    """
    require_settings(params)
    objective = loss if isinstance(loss, Objective) else Objective(loss, hessian)
    loss = objective.loss
    if options.get("keep_training_booster"):
        raise lossreg.ParameterError(
            "keep_training_booster is True; the start is added when training is over, so it cannot go on"
        )
    settings = named(params)
    refuse_foreign(loss, objective.built_in, settings.pop("objective", None), None)
    refuse_unread(objective, settings)
    valid_sets = [valid_sets] if isinstance(valid_sets, lightgbm.Dataset) else list(valid_sets or [])
    y, weight, groups = of_data(train_set, "train_set")
    outputs = classes(objective, settings, y, weight, groups)
    for place, data in enumerate(valid_sets):
        name = f"valid_sets[{place}]"
        with arguments_named(y_true=f"label of {name}", sample_weight=f"weight of {name}"):
            objective.check(*of_data(data, name), outputs=outputs)
    if feval is None and "metric" not in settings:
        settings["metric"], feval = "none", loss
    start = None
    if init_model is None and field(train_set, "init_score") is None and settings.get("boost_from_average", True):
        start = objective.start(y, weight, groups, outputs=outputs)
    settings["objective"] = scaled(objective, y, weight, start)
    with begun(start, [train_set, *(data for data in valid_sets if data is not train_set)]):
        try:
            booster = lightgbm.train(
                settings,
                train_set,
                num_boost_round,
                valid_sets=valid_sets,
                valid_names=valid_names,
                feval=[as_metric(one) for one in feval] if isinstance(feval, list) else as_metric(feval),
                init_model=init_model,
                **options,
            )
        except lightgbm.basic.LightGBMError:
            if splittable(train_set):
                raise
            return finished(constant(settings, train_set), loss, 0.0 if start is None else start, alone=True)
    return finished(booster, loss, start)


def of_data(data: lightgbm.Dataset, name: str) -> tuple[Any, Any, Any]:
    """Labels and weights in float32, as LightGBM stores them, and groups, of a data set that need not be constructed yet.

    Constructing would settle what `lightgbm.train` still has to say, and turn a NaN among the labels into 0.
    """
    if not isinstance(data, lightgbm.Dataset):
        raise lossreg.ParameterError(f"{name} is a {type(data).__name__}; wanted a lightgbm.Dataset(X, label=y)")
    if data.label is None and (isinstance(data.data, str | Path) or data.used_indices is not None):
        data.construct()
    y, weight = field(data, "label"), field(data, "weight")
    if y is None:
        raise lossreg.ParameterError(f"{name} has no labels; pass lightgbm.Dataset(X, label=y)")
    group = data.group if data.group is not None or data._handle is None else data.get_group()
    weight = None if weight is None else single(as_array(weight, "sample_weight"))
    return single(as_array(y, "y_true")), weight, None if group is None else sizes(np.size(y), group)


def field(data: lightgbm.Dataset, name: str) -> Any:
    """What a data set holds under a name: as it came, or from LightGBM's memory; None if it is not there."""
    given = getattr(data, name)
    return given if given is not None or data._handle is None else data.get_field(name)


def single(array: Any) -> Any:
    """Numbers in float32; a column as a row of them."""
    flat = array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array
    return flat.astype(np.float32, copy=False)


def classes(objective: Objective, settings: dict[str, Any], y: Any, weight: Any, groups: Any) -> int | None:
    """Check the targets, and settle the number of classes."""
    refuse_rows(objective.loss, *ONE_LABEL)
    said = settings.pop("num_class", None)
    count = None if said is None else int(said)
    if objective.columns or objective.info.family == "row-wise":
        if what := rows_of(objective.loss):
            fix = "use LGBMLossRegressor" if objective.info.target.has_rows else "fit a model for each"
            raise lossreg.ParameterError(
                f"{objective.loss!r} takes rows of {what}, and a Dataset has one label a row; {fix}"
            )
        count = objective.check(y, weight, outputs=count)
        settings["num_class"] = count
        return count
    if count not in (None, 1):
        raise lossreg.ParameterError(
            f"num_class is {count} beside {objective.loss!r}, which has one raw score a row; "
            "for classes, take a row-wise loss: lossreg.names(family='row-wise')"
        )
    objective.check(y, weight, groups)
    return None


def refuse_unread(objective: Objective, settings: dict[str, Any]) -> None:
    """Refuse parameters that only another objective would read, and metrics that want what only its link would give."""
    found, loss = objective.built_in, objective.loss
    refuse_misplaced(loss, settings, {*OF_OBJECTIVES, "class_weight"})  # which its estimators read
    its = {} if found is None else found.its(loss)
    for name in OF_OBJECTIVES.keys() & settings.keys():
        value = settings[name]
        if value is True or value not in (its.get(name), False, 1.0):
            raise lossreg.ParameterError(
                f"{name} is {value!r} beside {loss!r}, which does not read it: {OF_OBJECTIVES[name]}",
                parameter=name,
                value=value,
            )
    if settings.get("boosting") in FORESTS:
        raise lossreg.ParameterError(
            f"boosting is {settings['boosting']!r}, and LightGBM's random forests take no objective of one's own; "
            "take boosting='gbdt', or num_parallel_tree of XGBoost",
            parameter="boosting",
            value=settings["boosting"],
        )
    refuse_own_metric(objective, listed(settings.get("metric", [])), "LightGBM")
    if loss.link.name == "identity":
        return
    for metric in listed(settings.get("metric", [])):
        if isinstance(metric, str) and metric.partition("@")[0].lower() not in RANKS:
            raise lossreg.ParameterError(
                f"metric is {metric!r}, which LightGBM would give raw scores in place of predictions; "
                f"pass a loss or a function to feval or eval_metric, such as lossreg.get({named_loss(metric, loss)!r})",
                parameter="metric",
                value=metric,
            )


def named_loss(name: str, other: lossreg.Loss) -> str:
    """The loss that a metric's name is of; where there is none, another one."""
    try:
        return lossreg.get(name).name
    except lossreg.LossregError:
        return other.name


def named(params: dict[str, Any]) -> dict[str, Any]:
    """Parameters that were set, each under the name by which it is read here."""
    return {ALIASES.get(name, name): value for name, value in params.items() if value is not None}


def listed(value: Any) -> list[Any]:
    """One or several of something, also as a text with commas, as a list."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",")]
    return list(value) if isinstance(value, list | tuple | set) else [value]


@contextmanager
def begun(start: Any, data_sets: Sequence[lightgbm.Dataset]) -> Iterator[None]:
    """Data sets that begin at a start; afterwards they have none again."""
    if start is None:
        yield
        return
    begin = [data for data in data_sets if field(data, "init_score") is None]
    for data in begin:
        data.set_init_score(scores(start, len(field(data, "label"))))
    try:
        yield
    finally:
        for data in begin:
            data.init_score = None
            if data._handle is not None:
                data.set_field("init_score", None)


def scores(start: Any, rows: int) -> Any:
    """A start for each row: a column, or the columns of the classes."""
    return np.full(rows, start) if np.ndim(start) == 0 else np.tile(start, (rows, 1))


def splittable(data: lightgbm.Dataset) -> bool:
    """Whether there is anything to split, without which LightGBM takes no callable."""
    data.construct()
    return any(data.feature_num_bin(feature) > 1 for feature in range(data.num_feature()))


def constant(settings: dict[str, Any], data: lightgbm.Dataset) -> lightgbm.Booster:
    """A model of one leaf for each output, of no value yet, whatever the labels are."""
    named = "multiclass" if "num_class" in settings else "regression"
    label = data.get_label()
    data.set_label(np.zeros(len(label)))
    try:
        return lightgbm.train({**settings, "objective": named, "metric": "none"}, data, 1)
    finally:
        data.set_label(label)


def finished(booster: lightgbm.Booster, loss: lossreg.Loss, start: Any, *, alone: bool = False) -> lightgbm.Booster:
    """The booster with its start in the first trees, or alone there, and its link in the model."""
    if start is not None:
        first = booster.dump_model(num_iteration=1)["tree_info"]
        for tree, (info, more) in enumerate(zip(first, np.atleast_1d(start), strict=True)):
            for leaf in range(info["num_leaves"]):
                grown = 0.0 if alone else booster.get_leaf_output(tree, leaf)
                booster.set_leaf_output(tree, leaf, grown + float(more))
    outputs = booster.num_model_per_iteration()
    link = (LINKS if outputs == 1 else OF_OUTPUTS)[loss.link.name].format(outputs)
    text = booster.model_to_string(num_iteration=-1)
    head, mark, rest = text.partition("\nfeature_names=")
    lines = [line for line in head.split("\n") if not line.startswith("objective=")]
    booster.model_from_string("\n".join([*lines, *([f"objective={link}"] if link else [])]) + mark + rest)
    return booster
