"""What XGBoost's estimators with a loss share: fits, predictions, saved models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import xgboost

import lossreg
from lossreg.errors import arguments_named
from lossreg.integrations.buffers import data_sets, of_each, require_rows
from lossreg.integrations.buffers import targets as as_targets
from lossreg.integrations.lists import weights as as_weights
from lossreg.integrations.settings import LossSettings
from lossreg.integrations.xgboost.labels import as_labels, targets_of
from lossreg.integrations.xgboost.objectives import Metric, Objective, as_metric
from lossreg.integrations.xgboost.training import attached, loss_of, train

__all__ = ["LossModel", "RowModel"]

OWN = ("loss", "hessian")  # parameters that XGBoost does not know


class LossModel(LossSettings, xgboost.XGBModel):  # type: ignore[misc]
    """What the estimators share."""

    loss: Any
    hessian: str | None

    def get_xgb_params(self) -> dict[str, Any]:
        """Return the parameters that XGBoost's native interface knows."""
        params: dict[str, Any] = super().get_xgb_params()
        return {name: value for name, value in params.items() if name not in OWN}

    def _fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any,
        base_margin: Any,
        eval_set: Any,
        verbose: bool | int | None,
        xgb_model: Any,
        sample_weight_eval_set: Sequence[Any] | None,
        base_margin_eval_set: Sequence[Any] | None,
        groups: Any = None,
        eval_groups: Sequence[Any] | None = None,
    ) -> Self:
        """Fit on the loss, of rows or of lists of so many rows."""
        sets = data_sets(eval_set)
        weights = of_each(sets, sample_weight_eval_set, "sample_weight_eval_set")
        margins = of_each(sets, base_margin_eval_set, "base_margin_eval_set")
        lists = of_each(sets, eval_groups, "eval_group")
        targets = self._learnt(y)
        require_rows(X, len(targets))
        given_weight, sample_weight = sample_weight, as_weights(sample_weight, len(targets), groups, Objective.weighs)
        objective = Objective(self._loss_of(targets), self.hessian)
        objective.check(targets, sample_weight, groups, outputs=self._outputs())
        train_set = self._matrix(
            None,
            X,
            as_labels(objective.loss, targets),
            sample_weight,
            base_margin,
            groups,
            feature_weights=self.feature_weights,
        )
        evals: list[tuple[Any, str]] = []
        for place, (name, (X_eval, y_eval)) in enumerate(sets.items()):
            weight, margin = weights[place], margins[place]
            same = X_eval is X and y_eval is y and weight is given_weight and margin is base_margin
            same = same and np.array_equal(groups, lists[place])
            names = f"{name}[1]", f"sample_weight_eval_set[{place}]"
            data = train_set
            if not same:
                data = self._evaluated(objective, train_set, X_eval, y_eval, weight, margin, lists[place], names)
            evals.append((data, f"validation_{place}"))
        params = self.get_xgb_params()
        params |= {"num_class": self._outputs(), "objective": self.objective}
        metrics, custom = self._metrics(objective)
        history: dict[str, Any] = {}
        self._Booster = train(
            objective,
            params | {"eval_metric": metrics or None},
            train_set,
            self.get_num_boosting_rounds(),
            evals=evals,
            custom_metric=custom,
            early_stopping_rounds=self.early_stopping_rounds,
            evals_result=history,
            verbose_eval=verbose,
            xgb_model=xgb_model.get_booster() if isinstance(xgb_model, xgboost.XGBModel) else xgb_model,
            callbacks=self.callbacks,
        )
        self._remember()
        self._set_evaluation_result(history)
        return self

    def _evaluated(
        self,
        objective: Objective,
        train_set: Any,
        X: Any,
        y: Any,
        weight: Any,
        margin: Any,
        groups: Any,
        names: tuple[str, str],
    ) -> Any:
        with arguments_named(y_true=names[0], sample_weight=names[1]):
            targets = self._encoded(y, names[0])
            weight = as_weights(weight, len(targets), groups, Objective.weighs)
            objective.check(targets, weight, groups, outputs=self._outputs())
        require_rows(X, len(targets), names[0])
        return self._matrix(train_set, X, as_labels(objective.loss, targets), weight, margin, groups)

    def _matrix(
        self, ref: Any, X: Any, labels: dict[str, Any], weight: Any, margin: Any, groups: Any, **more: Any
    ) -> Any:
        return self._create_dmatrix(
            ref=ref,
            data=X,
            **labels,
            weight=weight,
            base_margin=margin,
            group=groups,
            missing=self.missing,
            enable_categorical=self.enable_categorical,
            feature_types=self.feature_types,
            **more,
        )

    def _metrics(self, objective: Objective) -> tuple[list[str], Any]:
        """The names of XGBoost's metrics, and the functions, if there are any, on the scale of predictions."""
        given = self.eval_metric
        listed = [] if given is None else [given] if isinstance(given, str) or callable(given) else list(given)
        several = [as_metric(one) for one in listed]
        functions = [Evaluated(one, objective) for one in several if callable(one)]
        names = [one.name for one in functions]
        if twice := [name for name in names if names.count(name) > 1]:
            raise lossreg.ParameterError(
                f"eval_metric has {len(twice)} functions called {twice[0]!r}; give each a name of its own, as metric(loss, name)"
            )
        custom = None if not functions else functions[0] if len(functions) == 1 else Together(functions)
        return [one for one in several if not callable(one)], custom

    # What regression and classification say differently

    def _learnt(self, y: Any) -> Any:
        return self._encoded(y)

    def _encoded(self, y: Any, name: str = "y") -> Any:
        return as_targets(y, name)

    def _loss_of(self, targets: Any) -> Any:
        return self.loss

    def _outputs(self) -> int | None:
        return None

    def _remember(self) -> None:
        """Let the booster remember what a saved model is loaded with."""

    # Predictions

    def predict(self, X: Any, *, output_margin: bool = False, **options: Any) -> Any:
        """Predict on the scale of the target.

        Parameters
        ----------
        X, output_margin, **options
            As in ``xgboost.XGBModel.predict``.

        Returns
        -------
        numpy.ndarray
            Means, rates, or classes; raw scores with ``output_margin=True``.
        """
        raw = xgboost.XGBModel.predict(self, X, output_margin=True, **options)
        return raw if output_margin else self._predicted(raw)

    def _predicted(self, raw: Any) -> Any:
        return self.loss_.predict(raw)

    @property
    def loss_(self) -> lossreg.Loss:
        """The loss that the model was fitted with."""
        return loss_of(self.get_booster()) or lossreg.get(self.loss)

    def load_model(self, fname: Any) -> None:
        """Load what `save_model` has written, with its loss.

        Parameters
        ----------
        fname : str, path or bytearray
            As in ``xgboost.XGBModel.load_model``.
        """
        super().load_model(fname)
        self.objective, self.base_score = None, None  # they follow from the loss
        config = attached(self.get_booster())
        if config is None:
            raise lossreg.ParameterError(
                f"{fname} was not trained with a loss of lossreg; load it with XGBoost's own class"
            )
        self.loss, self.hessian = self.loss_, config["hessian"]
        self._restore(config)

    def _restore(self, config: dict[str, Any]) -> None:
        """Take over what the booster remembers."""


class RowModel(LossModel):
    """What estimators share whose rows are scored one by one."""

    @arguments_named(y_true="y")
    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        base_margin: Any = None,
        eval_set: Sequence[tuple[Any, Any]] | tuple[Any, Any] | None = None,
        verbose: bool | int | None = False,
        xgb_model: Any = None,
        sample_weight_eval_set: Sequence[Any] | None = None,
        base_margin_eval_set: Sequence[Any] | None = None,
    ) -> Self:
        """Fit as XGBoost's estimator does, on the loss.

        Parameters
        ----------
        X, y, sample_weight, base_margin, eval_set, verbose, xgb_model, sample_weight_eval_set, base_margin_eval_set
            As in ``xgboost.XGBModel.fit``, but that nothing is printed by default, and a single pair to evaluate on may
            come alone.

        Returns
        -------
        self
        """
        weights, margins = sample_weight_eval_set, base_margin_eval_set
        return self._fit(X, y, sample_weight, base_margin, eval_set, verbose, xgb_model, weights, margins)


class Evaluated:
    """A metric of the user's, which is given what `predict` or `predict_proba` would return for raw scores."""

    def __init__(self, function: Any, objective: Objective) -> None:
        self.function, self.loss = function, objective.loss
        self.name = getattr(function, "__name__", type(function).__name__)

    def __call__(self, raw: Any, data: Any) -> Any:
        if isinstance(self.function, Metric):
            return self.function(raw, data)
        y, weight = targets_of(self.loss, data), data.get_weight()
        y = y.reshape(raw.shape) if y.size == raw.size else y
        options = {"sample_weight": weight} if weight.size else {}
        return self.name, self.function(y, self.loss.predict(raw), **options)


class Together:
    """Several of them as XGBoost takes them: one function of a list."""

    def __init__(self, functions: list[Evaluated]) -> None:
        self.functions = functions

    def __call__(self, raw: Any, data: Any) -> Any:
        return [function(raw, data) for function in self.functions]
