"""What LightGBM's estimators with a loss share: parameters and fits."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar, Self

import lightgbm
import numpy as np

import lossreg
from lossreg.errors import arguments_named
from lossreg.integrations.buffers import called, data_sets, require_rows
from lossreg.integrations.buffers import targets as as_targets
from lossreg.integrations.buffers import weights as row_weights
from lossreg.integrations.builtin import refuse_foreign
from lossreg.integrations.classes import labels
from lossreg.integrations.columns import scaled
from lossreg.integrations.lightgbm.objectives import Evaluated, Metric, Objective, OfRows, as_metric
from lossreg.integrations.lightgbm.training import finished, listed, named, refuse_unread, scores, single, splittable
from lossreg.integrations.lists import sizes
from lossreg.integrations.rows import numbered
from lossreg.integrations.settings import LossSettings

__all__ = ["LossModel"]

OWN = ("loss", "hessian")  # parameters that LightGBM does not know; "loss" is a name of its objective


class LossModel(LossSettings, lightgbm.LGBMModel):  # type: ignore[misc]
    """What the estimators share."""

    _plain_class: ClassVar[type[lightgbm.LGBMModel]]
    _encodes: ClassVar[bool]  # whether LightGBM's own makes places of labels

    loss: Any
    hessian: str | None

    def _plain(self) -> Any:
        """The same estimator as one of LightGBM's own, which has no parameters but LightGBM's."""
        plain = copy.copy(self)
        plain.__class__ = self._plain_class
        plain._other_params = {name: value for name, value in self._other_params.items() if name not in OWN}
        return plain

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters, LightGBM's and `loss` and `hessian`."""
        return {**self._plain().get_params(deep), "loss": self.loss, "hessian": self.hessian}

    def _process_params(self, stage: str) -> dict[str, Any]:
        """LightGBM's parameters: at this place its estimators put in the objective."""
        plain = self._plain()
        if stage == "fit":
            plain._objective = None
        params: dict[str, Any] = plain._process_params(stage)
        if stage == "fit":
            self._objective = plain._objective
            params["objective"] = self._of_rows(self._stepping)
            info, special = self._trained.info, self._rows is not None or self._trained.columns
            of_outputs = self._rows is not None and not info.target_columns
            if of_outputs or self._trained.columns or info.family == "row-wise":
                self._objective = "multiclass"
            if special or not self._names_metrics:  # LightGBM's own would be given raw scores, or the numbers of rows
                params["metric"] = "none"
        if self._has_thresholds():  # one score for all classes
            self._objective = "regression"
            params.pop("num_class", None)
        if self._objective == "multiclass":
            params["num_class"] = max(self._n_classes, 2)
        return params

    def _has_thresholds(self) -> bool:
        return hasattr(self, "loss_") and bool(self.loss_.link.thresholds)

    @arguments_named(y_true="y")
    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        init_score: Any = None,
        eval_set: Sequence[tuple[Any, Any]] | None = None,
        *,
        eval_init_score: Any = None,
        eval_metric: Any = None,
        init_model: Any = None,
        **options: Any,
    ) -> Self:
        """Fit as LightGBM's estimator does, on the loss.

        Parameters
        ----------
        X, y, sample_weight, init_score, eval_set, eval_init_score, eval_metric, init_model, **options
            As in LightGBM's `fit`, but that functions among the metrics are given predictions.

        Returns
        -------
        self
        """
        loss, encoded, start_weight = self._learnt(y, sample_weight)
        require_rows(X, len(encoded))
        with self._forgotten():
            self._trained = Objective(loss, self.hessian)
            options |= {
                "sample_weight": row_weights(sample_weight, len(encoded)),
                "init_score": init_score,
                "eval_init_score": eval_init_score,
                "eval_metric": eval_metric,
                "init_model": init_model,
            }
            plain = self._plain().get_params()
            objective = self._trained
            refuse_foreign(objective.loss, objective.built_in, plain.get("objective"), None)
            given = self._given(plain, options["eval_metric"])
            refuse_unread(objective, given)
            if encoded.ndim == 2 and given.get("metric", "none") != "none":
                raise lossreg.ParameterError(
                    f"metric is {given['metric']!r}, and LightGBM's own know one label a row; "
                    "pass functions in eval_metric, such as lossreg.integrations.lightgbm.metric(...)",
                    parameter="metric",
                    value=given["metric"],
                )
            by_rows = objective.info.family == "row-wise" and objective.info.target.has_class_indices
            outputs = max(self._n_classes, 2) if by_rows else None
            groups = sizes(len(encoded), options.get("group"))
            objective.check(encoded, options["sample_weight"], groups, outputs=outputs)
            weight = None if start_weight is None else single(start_weight)
            start = None
            if (
                options["init_score"] is None
                and options["init_model"] is None
                and plain.get("boost_from_average", True)
            ):
                start = objective.start(single(encoded), weight, groups, outputs=outputs)
                options["init_score"] = scores(start, len(encoded))
            self._stepping = scaled(objective, single(encoded), weight, start)
            targets = self._evaluated(eval_set, options, outputs)
            numbers = self._numbered([encoded, *targets])
            if numbers is None:
                y = labels(y)  # LightGBM, which encodes them, reads no objects but texts
            else:
                y, targets = numbers[0], numbers[1:]
                if eval_set is not None:
                    sets = data_sets(eval_set).values()
                    eval_set = [(part[0], number) for part, number in zip(sets, targets, strict=True)]
            if options.get("eval_y") is not None:  # LightGBM encodes the labels of eval_set only
                options["eval_y"] = tuple(targets)
                options["eval_X"] = tuple(as_list(options["eval_X"]))
            if targets and start is not None and options["eval_init_score"] is None:
                options["eval_init_score"] = [scores(start, len(y_eval)) for y_eval in targets]
            metric = options["eval_metric"]
            self._names_metrics = any(isinstance(one, str) for one in listed(given.get("metric")))
            if metric is None and "metric" not in given:
                options["eval_metric"] = self._of_rows(Metric(objective.loss))
            elif metric is not None:
                options["eval_metric"] = [self._on_predictions(one) for one in listed(metric)]
            try:
                super().fit(
                    X, y, **({} if eval_set is None else {"eval_set": list(data_sets(eval_set).values())}), **options
                )
                alone = False
            except lightgbm.basic.LightGBMError:
                if self._is_splittable(X):
                    raise
                grouped = {} if groups is None else {"group": groups}
                self._fit_constant(X, y if numbers is None else np.zeros(len(y)), grouped)
                alone = True
            finished(self._Booster, objective.loss, 0.0 if alone and start is None else start, alone=alone)
        return self

    @contextmanager
    def _forgotten(self) -> Iterator[None]:
        """What only training needs, targets and all, is gone after it, also where a metric raises."""
        try:
            yield
        finally:
            for name in ("_trained", "_stepping", "_names_metrics", "_rows"):
                self.__dict__.pop(name, None)

    def _evaluated(self, eval_set: Any, options: dict[str, Any], outputs: int | None) -> list[Any]:
        """The targets to evaluate on, as the loss takes them; an error calls them as they came."""
        features = [X for X, _ in data_sets(eval_set).values()] or as_list(options.get("eval_X"))
        targets = []
        for place, (name, y) in enumerate(evaluated_on(eval_set, options.get("eval_y")).items()):
            with arguments_named(y_true=name, sample_weight=f"eval_sample_weight[{place}]"):
                targets.append(self._encoded(y, name))
                rows = len(targets[-1])
                if place < len(features):  # LightGBM says which lengths disagree
                    require_rows(features[place], rows, name)
                weight, group = (of_set(options.get(one), place, one) for one in ("eval_sample_weight", "eval_group"))
                self._trained.check(
                    targets[-1], weight, sizes(rows, group, name=f"eval_group[{place}]"), outputs=outputs
                )
        return targets

    def _numbered(self, targets: list[Any]) -> list[Any] | None:
        """Targets as LightGBM takes them; of those that are rows, for which a `Dataset` has no place, their numbers.

        None where LightGBM encodes the labels itself.
        """
        self._rows = None
        if targets[0].ndim == 1:
            return None if self._encodes else targets
        self._rows, numbers = numbered(targets)
        return numbers

    def _of_rows(self, function: Any) -> Any:
        return function if self._rows is None else OfRows(function, self._rows)

    def _fit_constant(self, X: Any, y: Any, grouped: dict[str, Any]) -> None:
        """Fit a model of one leaf for each output, where there is nothing to split."""
        plain = self._plain().set_params(n_estimators=1, metric="none", objective="regression")
        if self._objective == "multiclass":
            plain.set_params(objective="multiclass", num_class=max(self._n_classes, 2))
        plain.fit(X, y, **grouped)
        fitted = {name: value for name, value in vars(plain).items() if name.startswith("_") or name.endswith("_")}
        del fitted["_other_params"]
        self.__dict__.update(fitted)

    def _is_splittable(self, X: Any) -> bool:
        settings = self._plain()._process_params("fit")
        for name in ("objective", "metric", "num_class"):
            settings.pop(name, None)
        return splittable(lightgbm.Dataset(X, params=settings))

    def _given(self, plain: dict[str, Any], metric: Any) -> dict[str, Any]:
        """The parameters that somebody set, and the metrics of the call."""
        default = self._plain_class().get_params()
        given = named({name: value for name, value in plain.items() if name not in default or value != default[name]})
        texts = [one for one in listed(metric) if isinstance(one, str)]
        return {**given, **({"metric": texts} if texts else {})}

    def _on_predictions(self, metric: Any) -> Any:
        metric = as_metric(metric)
        if not callable(metric):
            return metric
        return self._of_rows(metric if isinstance(metric, Metric) else Evaluated(metric, self._trained.loss))

    def _learnt(self, y: Any, sample_weight: Any) -> tuple[lossreg.Loss, Any, Any]:
        """The loss, the targets as it takes them, and the weights that its start sees."""
        raise NotImplementedError

    def _encoded(self, y: Any, name: str = "y") -> Any:
        array = as_targets(y, name)
        return array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array


def evaluated_on(eval_set: Any, eval_y: Any) -> dict[str, Any]:
    """The targets to evaluate on, however they came, by what an error calls them."""
    given = {f"{name}[1]": y for name, (_, y) in data_sets(eval_set).items()}
    parts = as_list(eval_y)
    return given or dict(zip(called("eval_y", parts, alone=not isinstance(eval_y, tuple)), parts, strict=True))


def of_set(given: Any, place: int, name: str) -> Any:
    """What belongs to a data set to evaluate on, of which LightGBM lets the last ones, or in a dict any, have none."""
    if given is None:
        return None
    if not isinstance(given, list | tuple | dict):
        raise lossreg.ParameterError(
            f"{name} is of type {type(given).__name__}; wanted a list with an item for each data set", parameter=name
        )
    return (given if isinstance(given, dict) else dict(enumerate(given))).get(place)


def as_list(targets: Any) -> list[Any]:
    """Targets of several data sets, of which those of a single one may come alone."""
    return [] if targets is None else list(targets) if isinstance(targets, tuple) else [targets]
