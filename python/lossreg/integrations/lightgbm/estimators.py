"""LightGBM's scikit-learn estimators with a loss as a parameter: start, link and metric are the loss's."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Sequence
from typing import Any, ClassVar, Self

import lightgbm
import numpy as np

import lossreg
from lossreg.errors import arguments_named
from lossreg.integrations.buffers import called, data_sets
from lossreg.integrations.buffers import targets as as_targets
from lossreg.integrations.buffers import weights as row_weights
from lossreg.integrations.builtin import refuse_foreign
from lossreg.integrations.classes import (
    Probabilities,
    chosen,
    labels,
    loss_of_classes,
    places,
    require_labels,
    require_numbers,
)
from lossreg.integrations.columns import COLUMNS, ScoredByLoss, scaled
from lossreg.integrations.lightgbm.objectives import Evaluated, Metric, Objective, OfRows
from lossreg.integrations.lightgbm.table import LARGEST, OF_OUTPUTS
from lossreg.integrations.lightgbm.training import finished, named, refuse_unread, scores, single, splittable
from lossreg.integrations.training import trainable

__all__ = ["LGBMLossClassifier", "LGBMLossRegressor"]

OWN = ("loss", "hessian")  # parameters that LightGBM does not know; "loss" is a name of its objective


class LossModel(lightgbm.LGBMModel):  # type: ignore[misc]
    """What the two estimators share."""

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
            special = self._rows is not None or self._trained.columns
            if special or self._trained.info.family == "row-wise":
                self._objective = "multiclass"
            if self._metrics is None or special:  # LightGBM's own would be given the numbers of rows, or fewer of them
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
        objective.check(encoded, options["sample_weight"], outputs=outputs)
        weight = None if start_weight is None else single(start_weight)
        self._stepping = scaled(objective, single(encoded), weight)
        start = None
        if options["init_score"] is None and options["init_model"] is None and plain.get("boost_from_average", True):
            start = objective.start(single(encoded), weight, outputs=outputs)
            options["init_score"] = scores(start, len(encoded))
        targets = self._evaluated(eval_set, options, outputs)
        numbers = self._numbered([encoded, *targets])
        if numbers is not None:
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
        self._metrics = named(plain).get("metric") if metric is None else metric
        if self._metrics is None:
            options["eval_metric"] = self._of_rows(Metric(objective.loss))
        elif metric is not None:
            several = list(metric) if isinstance(metric, list) else [metric]
            options["eval_metric"] = [self._on_predictions(one) for one in several]
        try:
            super().fit(
                X, y, **({} if eval_set is None else {"eval_set": list(data_sets(eval_set).values())}), **options
            )
            alone = False
        except lightgbm.basic.LightGBMError:
            if self._is_splittable(X):
                raise
            self._fit_constant(X, y if numbers is None else np.zeros(len(y)))
            alone = True
        finished(self._Booster, objective.loss, 0.0 if alone and start is None else start, alone=alone)
        del self._trained, self._stepping, self._metrics, self._rows
        return self

    def _evaluated(self, eval_set: Any, options: dict[str, Any], outputs: int | None) -> list[Any]:
        """The targets to evaluate on, as the loss takes them; an error calls them as they came."""
        several = options.get("eval_y")
        given = {f"{name}[1]": y for name, (_, y) in data_sets(eval_set).items()}
        if not given:
            parts = as_list(several)
            given = dict(zip(called("eval_y", parts, alone=not isinstance(several, tuple)), parts, strict=True))
        weights = options.get("eval_sample_weight") or []
        targets = []
        for place, (name, y) in enumerate(given.items()):  # LightGBM says which lengths disagree
            with arguments_named(y_true=name, sample_weight=f"eval_sample_weight[{place}]"):
                targets.append(self._encoded(y, name))
                self._trained.check(targets[-1], *weights[place : place + 1], outputs=outputs)
        return targets

    def _numbered(self, targets: list[Any]) -> list[Any] | None:
        """Targets as LightGBM takes them; of those that are rows, for which a `Dataset` has no place, their numbers.

        None where LightGBM encodes the labels itself.
        """
        self._rows = None
        if targets[0].ndim == 1:
            return None if self._encodes else targets
        bounds = np.cumsum([0, *map(len, targets)])
        if bounds[-1] > LARGEST:
            raise lossreg.ShapeError(f"y has {bounds[-1]:,} rows of several outputs; wanted at most {LARGEST:,}")
        self._rows = np.concatenate(targets)
        return [np.arange(begin, end, dtype=np.float64) for begin, end in itertools.pairwise(bounds)]

    def _of_rows(self, function: Any) -> Any:
        return function if self._rows is None else OfRows(function, self._rows)

    def _fit_constant(self, X: Any, y: Any) -> None:
        """Fit a model of one leaf for each output, where there is nothing to split."""
        plain = self._plain().set_params(n_estimators=1, metric="none", objective="regression")
        if self._objective == "multiclass":
            plain.set_params(objective="multiclass", num_class=max(self._n_classes, 2))
        plain.fit(X, y)
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
        several = metric if isinstance(metric, list) else [metric]
        texts = [one for one in several if isinstance(one, str)]
        return {**given, **({"metric": texts} if texts else {})}

    def _on_predictions(self, metric: Any) -> Any:
        if not callable(metric):
            return metric
        return self._of_rows(metric if isinstance(metric, Metric) else Evaluated(metric, self._trained.loss))

    def _learnt(self, y: Any, sample_weight: Any) -> tuple[lossreg.Loss, Any, Any]:
        """The loss, the targets as it takes them, and the weights that its start sees."""
        raise NotImplementedError

    def _encoded(self, y: Any, name: str = "y") -> Any:
        array = as_targets(y, name)
        return array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array


class LGBMLossRegressor(LossModel, ScoredByLoss, lightgbm.LGBMRegressor):  # type: ignore[misc]
    """`lightgbm.LGBMRegressor` with any loss, of one target, of several, or of probabilities of classes.

    Parameters
    ----------
    loss : Loss, str or dict, default "half_squared_error"
        The loss, or what `lossreg.get` takes.
    hessian : str, optional
        The kind of second derivative; by default LightGBM's own where it has the loss.
    **kwargs
        The parameters of ``lightgbm.LGBMRegressor``. ``objective`` may be left out.

    Examples
    --------
    >>> import numpy as np
    >>> from lossreg.integrations.lightgbm import LGBMLossRegressor
    >>> X, y = np.arange(300.0).reshape(-1, 1), np.repeat([1.0, 4.0, 9.0], 100)
    >>> model = LGBMLossRegressor(loss="poisson", n_estimators=200, verbose=-1).fit(X, y)
    >>> model.predict(X[[0, 150, 250]]).round(1)
    array([1., 4., 9.])
    """

    _plain_class = lightgbm.LGBMRegressor
    _encodes = False

    def __init__(self, *, loss: Any = "half_squared_error", hessian: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.loss = loss
        self.hessian = hessian

    def _learnt(self, y: Any, sample_weight: Any) -> tuple[lossreg.Loss, Any, Any]:
        loss = trainable(self.loss, also=(COLUMNS,))
        require_numbers(loss, classifier="LGBMLossClassifier", rows=True)
        encoded = self._encoded(y)
        self._n_classes = len(loss.info.columns) or (-1 if encoded.ndim == 1 else encoded.shape[1])
        if self._n_classes > 1 and loss.link.name not in OF_OUTPUTS:
            raise lossreg.ShapeError(
                f"y has shape {encoded.shape}, and {_no_exponential(loss)}; fit a model for each", argument="y"
            )
        return loss, encoded, row_weights(sample_weight, len(encoded))


class LGBMLossClassifier(LossModel, lightgbm.LGBMClassifier):  # type: ignore[misc]
    """`lightgbm.LGBMClassifier` with any loss of labels or of classes.

    Parameters
    ----------
    loss : Loss, str or dict, optional
        The loss, or what `lossreg.get` takes; by default cross-entropy of two or of several classes.
    hessian : str, optional
        The kind of second derivative; by default LightGBM's own where it has the loss.
    **kwargs
        The parameters of ``lightgbm.LGBMClassifier``. ``objective`` may be left out.

    Examples
    --------
    >>> import numpy as np
    >>> from lossreg.integrations.lightgbm import LGBMLossClassifier
    >>> X, y = np.arange(200.0).reshape(-1, 1), np.repeat(["ham", "spam"], 100)
    >>> model = LGBMLossClassifier(loss="binary_focal", n_estimators=20, verbose=-1).fit(X, y)
    >>> model.predict([[0.0], [199.0]]).tolist()
    ['ham', 'spam']
    >>> model.predict_proba([[0.0]]).shape
    (1, 2)
    """

    _plain_class = lightgbm.LGBMClassifier
    _encodes = True

    def __init__(self, *, loss: Any = None, hessian: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.loss = loss
        self.hessian = hessian

    def _learnt(self, y: Any, sample_weight: Any) -> tuple[lossreg.Loss, Any, Any]:
        require_labels(self.loss, regressor="LGBMLossRegressor", rows="; use LGBMLossRegressor", also=(COLUMNS,))
        found = labels(y)
        if found.ndim != 1:
            raise lossreg.ShapeError(
                f"y has shape {found.shape}; wanted one label a row: several labels a row are rows of 0 and 1 for "
                "LGBMLossRegressor",
                argument="y",
            )
        self._known, encoded = np.unique(found, return_inverse=True)
        self._n_classes = len(self._known)
        self.loss_ = loss_of_classes(self.loss, self._n_classes)
        if self.loss_.info.family == "row-wise" and self.loss_.link.name not in OF_OUTPUTS:
            raise lossreg.ParameterError(f"{_no_exponential(self.loss_)}; take sparse_categorical_cross_entropy")
        weight = row_weights(sample_weight, len(found))
        if self.class_weight is not None:
            from sklearn.utils.class_weight import compute_sample_weight

            of_classes = compute_sample_weight(self.class_weight, y)
            weight = of_classes if weight is None else np.multiply(weight, of_classes)
        return self.loss_, encoded.reshape(-1), weight

    def _encoded(self, y: Any, name: str = "y") -> Any:
        return places(self._known, labels(y, name), name)

    def predict(self, X: Any, raw_score: bool = False, **options: Any) -> Any:
        """Predict classes.

        Parameters
        ----------
        X, raw_score, **options
            As in ``lightgbm.LGBMClassifier.predict``.

        Returns
        -------
        numpy.ndarray
            Classes; raw scores with ``raw_score=True``.
        """
        asked = raw_score or options.get("pred_leaf") or options.get("pred_contrib")
        if asked or not self._is_margin():
            return super().predict(X, raw_score=raw_score, **options)
        raw = lightgbm.LGBMModel.predict(self, X, raw_score=True, **options)
        return self.classes_[chosen(self.loss_, raw).clip(max=len(self.classes_) - 1)]

    @Probabilities
    def predict_proba(self, X: Any, raw_score: bool = False, **options: Any) -> Any:
        """Predict the probability of each class.

        Parameters
        ----------
        X, raw_score, **options
            As in ``lightgbm.LGBMClassifier.predict_proba``.

        Returns
        -------
        numpy.ndarray
            A row for each row of `X`, in the order of `classes_`.

        Raises
        ------
        AttributeError
            If the loss knows no probabilities, as the hinge does not.
        """
        asked = raw_score or options.get("pred_leaf") or options.get("pred_contrib")
        rows = hasattr(self, "loss_") and self.loss_.info.family == "row-wise"
        if not asked and self._has_thresholds():
            return self.loss_.predict(self.decision_function(X, **options))
        if rows and not asked:  # of two classes, LightGBM before 4.7 would make four
            return lightgbm.LGBMModel.predict(self, X, **options)
        return super().predict_proba(X, raw_score=raw_score, **options)

    def decision_function(self, X: Any, **options: Any) -> Any:
        """Return raw scores: one for each row, or for each class.

        Parameters
        ----------
        X, **options
            As in `predict`.

        Returns
        -------
        numpy.ndarray
            Raw scores.
        """
        return lightgbm.LGBMModel.predict(self, X, raw_score=True, **options)

    def _is_margin(self) -> bool:
        margin = hasattr(self, "loss_") and self.loss_.link.name == "identity"
        return margin or self._has_thresholds()


def _no_exponential(loss: lossreg.Loss) -> str:
    return f"LightGBM's models have no exponential of several outputs, which {loss!r} wants"


def as_list(targets: Any) -> list[Any]:
    """Targets of several data sets, of which those of a single one may come alone."""
    return [] if targets is None else list(targets) if isinstance(targets, tuple) else [targets]
