"""What CatBoost's estimators share: its parameters, the fit from the best constant, what it knows after a fit."""

from __future__ import annotations

from functools import partial
from typing import Any, Self

import numpy as np
from catboost import CatBoost, Pool
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

import lossreg
from lossreg.errors import ParameterError, arguments_named
from lossreg.integrations.buffers import data_sets, require_rows
from lossreg.integrations.buffers import targets as as_targets
from lossreg.integrations.buffers import weights as row_weights
from lossreg.integrations.builtin import refuse_misplaced
from lossreg.integrations.catboost.objectives import ColumnMetric, ColumnObjective, Metric, Objective, OfRows, measured
from lossreg.integrations.columns import factors
from lossreg.integrations.rows import numbered
from lossreg.integrations.settings import LossSettings

__all__ = ["CLASS_WEIGHTS", "LossModel", "pairs", "require_features"]

Array = NDArray[Any]
# CatBoost ignores these, without a word, beside a metric of one's own; so they become weights of rows here.
CLASS_WEIGHTS = ("class_weights", "auto_class_weights")
METRICS = "eval_metric", "custom_metric"
FEATURES = ("cat_features", "text_features", "embedding_features")  # which of them are no numbers
# What CatBoost knows after a fit and says of scores and of predictions alike.
FITTED = (
    "best_iteration_",
    "best_score_",
    "evals_result_",
    "feature_importances_",
    "feature_names_",
    "learning_rate_",
    "random_seed_",
    "tree_count_",
)


class Settings(BaseEstimator):  # type: ignore[misc]
    """The parameters: `loss`, `hessian` and CatBoost's, of which a signature would have a hundred."""

    def __init__(self, loss: lossreg.Loss | str | None, hessian: str | None, params: dict[str, Any]) -> None:
        self.loss: Any = loss
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


class LossModel(LossSettings, Settings):
    """What both estimators have: the fit from the best constant, raw scores."""

    def __getattr__(self, name: str) -> Any:
        model = self.__dict__.get("model_")
        if name in FITTED and model is not None:
            return getattr(model, name)
        if name.startswith("_") or not hasattr(CatBoost, name):
            return object.__getattribute__(self, name)  # which raises what was raised
        kind = type(self).__name__
        raise AttributeError(
            f"{kind} has no {name} before it is fitted"
            if name in FITTED
            else f"{kind} has no {name}; its model_ has, which is fitted by fit and predicts raw scores: write model_.{name}",
            name=name,
            obj=self,
        )

    def _fit(
        self,
        X: Any,
        y: Array,
        weight: Any,
        eval_set: dict[str, tuple[Any, ...]],
        loss: Any,
        outputs: int | None,
        options: dict[str, Any],
    ) -> None:
        for name in ("loss_function", "objective"):
            if name in self._params:
                raise ParameterError(f"{name}={self._params[name]!r} stands beside loss={self.loss!r}; leave it out")
        by_rows = bool(lossreg.get(loss).info.target_columns)
        boosted = (OfRows if by_rows else Objective)(loss, self.hessian)
        refuse_misplaced(boosted.loss, self._params)
        several = len(boosted.columns)
        begun = continued(options, several)
        weight = row_weights(weight, len(y))
        require_rows(X, len(y))
        kinds = {name: options.pop(name, self._params.get(name)) for name in FEATURES}
        count = boosted.check(y, weight, outputs=outputs)
        start = boosted.start(y, weight, outputs=outputs) if begun is None else begun
        sets = []
        for name, (features, targets, *weights) in eval_set.items():
            with arguments_named(y_true=f"{name}[1]", sample_weight=f"{name}[2]"):
                targets = as_targets(targets, f"{name}[1]")
                given = row_weights(weights[0] if weights else None, len(targets))
                boosted.check(targets, given, outputs=outputs)
            require_rows(features, len(targets), f"{name}[1]")
            sets.append((features, targets, given))
        rows = boosted if isinstance(boosted, OfRows) else None
        held = [y, *(targets for _, targets, _ in sets)]  # what CatBoost holds for targets
        if rows:
            rows.rows, held = numbered(held)
        its: dict[str, Any] = {"loss_function": boosted}
        made: Any = partial(Metric, rows=rows)
        if several:
            unit = np.sqrt(factors(boosted, start, y, weight))
            its["loss_function"] = ColumnObjective(boosted, start, unit)
            made = partial(ColumnMetric, start=start, unit=unit, rows=rows)
        elif count > 1:
            its["classes_count"] = count
        own = {"eval_metric": boosted.loss, **{name: self._params[name] for name in METRICS if name in self._params}}
        params = {
            **its,
            "allow_writing_files": False,
            "boost_from_average": False,
            **{name: value for name, value in self._params.items() if name not in (*CLASS_WEIGHTS, *FEATURES)},
            **{name: measured(given, boosted, made) for name, given in own.items()},
        }
        train, *evals = (
            pool(features, label, given, start if begun is None else None, kinds, several)
            for (features, _, given), label in zip([(X, y, weight), *sets], held, strict=True)
        )
        model = CatBoost(params)
        with boosted.training():
            model.fit(train, eval_set=evals or None, **options)
        if several:
            model.set_leaf_values((model.get_leaf_values().reshape(-1, several) * unit).ravel())
        model.set_scale_and_bias(1.0, start if np.ndim(start) == 0 else list(map(float, np.asarray(start))))
        self.model_, self.loss_, self.start_ = model, boosted.loss, start
        self.n_features_in_ = len(model.feature_names_)

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


def require_features(X: Any) -> None:
    """Refuse a `Pool`, whose targets CatBoost does not hand out as they came."""
    if isinstance(X, Pool):
        raise ParameterError("X is a Pool; pass the features themselves, and targets and weights beside them")


def continued(options: dict[str, Any], columns: int) -> Any:
    """Where a model that is trained on begins, which is where it began; None without one."""
    given = options.get("init_model")
    if given is None:
        return None
    if columns:
        raise ParameterError(
            f"init_model came, and the leaves of a model of {columns} columns are in units of its targets; fit anew",
            parameter="init_model",
        )
    if isinstance(given, LossModel):
        check_is_fitted(given, "model_")
    model = getattr(given, "model_", given)
    if not isinstance(model, CatBoost):
        model = CatBoost().load_model(str(given))
    options["init_model"] = model
    _, bias = model.get_scale_and_bias()
    return np.asarray(bias) if np.ndim(bias) else bias


def pool(X: Any, y: Any, weight: Any, start: Any, kinds: dict[str, Any], columns: int) -> Any:
    """Data as CatBoost takes them, which begin at the start; with several columns, that is in the objective."""
    if columns:
        return Pool(X, np.tile(np.reshape(y, (-1, 1)), columns), weight=weight, **kinds)
    baseline = None if start is None else np.tile(np.atleast_1d(start), (len(y), 1))
    return Pool(X, y, weight=weight, baseline=baseline, **kinds)


def pairs(eval_set: Any) -> dict[str, tuple[Any, ...]]:
    """What to evaluate on, with weights or without."""
    if isinstance(eval_set, Pool):
        raise ParameterError("eval_set is a Pool; pass (X, y) or (X, y, sample_weight)")
    return data_sets(eval_set, 3)
