"""XGBoost's scikit-learn estimators with a loss as a parameter: start, link and metric are the loss's."""

from __future__ import annotations

import json
from collections.abc import Sequence, Sized
from typing import Any, Self

import numpy as np
import xgboost

import lossreg
from lossreg.errors import arguments_named
from lossreg.integrations.buffers import data_sets, require_rows
from lossreg.integrations.buffers import targets as as_targets
from lossreg.integrations.buffers import weights as row_weights
from lossreg.integrations.classes import Probabilities, chosen, labels, loss_of_classes, places, require_labels
from lossreg.integrations.columns import COLUMNS, ScoredByLoss
from lossreg.integrations.xgboost.objectives import Metric, Objective
from lossreg.integrations.xgboost.training import ATTRIBUTE, attached, loss_of, train

__all__ = ["XGBLossClassifier", "XGBLossRegressor"]

OWN = ("loss", "hessian")  # parameters that XGBoost does not know


class LossModel(xgboost.XGBModel):  # type: ignore[misc]
    """What the two estimators share."""

    loss: Any
    hessian: str | None

    def get_xgb_params(self) -> dict[str, Any]:
        """Return the parameters that XGBoost's native interface knows."""
        params: dict[str, Any] = super().get_xgb_params()
        return {name: value for name, value in params.items() if name not in OWN}

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
        sets = data_sets(eval_set)
        weights = of_each(sets, sample_weight_eval_set, "sample_weight_eval_set")
        margins = of_each(sets, base_margin_eval_set, "base_margin_eval_set")
        targets = self._learnt(y)
        require_rows(X, len(targets))
        given_weight, sample_weight = sample_weight, row_weights(sample_weight, len(targets))
        objective = Objective(self._loss_of(targets), self.hessian)
        objective.check(targets, sample_weight, outputs=self._outputs())
        train_set = self._matrix(None, X, targets, sample_weight, base_margin, feature_weights=self.feature_weights)
        evals: list[tuple[Any, str]] = []
        for place, (name, (X_eval, y_eval)) in enumerate(sets.items()):
            weight, margin = weights[place], margins[place]
            same = X_eval is X and y_eval is y and weight is given_weight and margin is base_margin
            names = f"{name}[1]", f"sample_weight_eval_set[{place}]"
            data = train_set
            if not same:
                data = self._evaluated(objective, train_set, X_eval, y_eval, weight, margin, names)
            evals.append((data, f"validation_{place}"))
        params = self.get_xgb_params()
        params |= {"num_class": self._outputs(), "objective": self.objective}
        metrics, custom = self._metrics(objective)
        history: dict[str, Any] = {}
        self._Booster = train(
            objective,
            params | ({"eval_metric": metrics} if metrics else {}),
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
        self, objective: Objective, train_set: Any, X: Any, y: Any, weight: Any, margin: Any, names: tuple[str, str]
    ) -> Any:
        with arguments_named(y_true=names[0], sample_weight=names[1]):
            targets = self._encoded(y, names[0])
            weight = row_weights(weight, len(targets))
            objective.check(targets, weight, outputs=self._outputs())
        require_rows(X, len(targets), names[0])
        return self._matrix(train_set, X, targets, weight, margin)

    def _matrix(self, ref: Any, X: Any, y: Any, weight: Any, margin: Any, **more: Any) -> Any:
        return self._create_dmatrix(
            ref=ref,
            data=X,
            label=y,
            weight=weight,
            base_margin=margin,
            missing=self.missing,
            enable_categorical=self.enable_categorical,
            feature_types=self.feature_types,
            **more,
        )

    def _metrics(self, objective: Objective) -> tuple[list[str], Any]:
        """The names of XGBoost's metrics, and the function, if there is one, on the scale of predictions."""
        given = self.eval_metric
        several = [] if given is None else [given] if isinstance(given, str) or callable(given) else list(given)
        functions = [one for one in several if callable(one)]
        if len(functions) > 1:
            raise lossreg.ParameterError(f"eval_metric has {len(functions)} functions; XGBoost takes one")
        custom = Evaluated(functions[0], objective) if functions else None
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


class XGBLossRegressor(LossModel, ScoredByLoss, xgboost.XGBRegressor):  # type: ignore[misc]
    """`xgboost.XGBRegressor` with any loss.

    Parameters
    ----------
    loss : Loss, str or dict, default "half_squared_error"
        The loss, or what `lossreg.get` takes.
    hessian : str, optional
        The kind of second derivative; by default XGBoost's own where it has the loss.
    objective : str, optional
        May be left out: only that of the same loss is allowed.
    **kwargs
        The parameters of ``xgboost.XGBRegressor``.

    Examples
    --------
    >>> import numpy as np
    >>> from lossreg.integrations.xgboost import XGBLossRegressor
    >>> X, y = np.arange(60.0).reshape(-1, 1), np.repeat([1.0, 4.0, 9.0], 20)
    >>> model = XGBLossRegressor(loss="poisson", n_estimators=50).fit(X, y)
    >>> model.predict(X[[0, 30, 50]]).round(1)
    array([1., 4., 9.], dtype=float32)
    """

    def __init__(
        self,
        *,
        loss: Any = "half_squared_error",
        hessian: str | None = None,
        objective: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(objective=objective, **kwargs)
        self.loss = loss
        self.hessian = hessian


class XGBLossClassifier(LossModel, xgboost.XGBClassifier):  # type: ignore[misc]
    """`xgboost.XGBClassifier` with any loss of labels or of classes, for labels of any kind.

    Parameters
    ----------
    loss : Loss, str or dict, optional
        The loss, or what `lossreg.get` takes; by default cross-entropy of two or of several classes.
    hessian : str, optional
        The kind of second derivative; by default XGBoost's own where it has the loss.
    objective : str, optional
        May be left out: only that of the same loss is allowed.
    **kwargs
        The parameters of ``xgboost.XGBClassifier``.

    Examples
    --------
    >>> import numpy as np
    >>> from lossreg.integrations.xgboost import XGBLossClassifier
    >>> X, y = np.arange(60.0).reshape(-1, 1), np.repeat(["ham", "spam"], 30)
    >>> model = XGBLossClassifier(loss="binary_focal(gamma=1.0)", n_estimators=20).fit(X, y)
    >>> model.predict([[0.0], [59.0]]).tolist()
    ['ham', 'spam']
    >>> model.predict_proba([[0.0]]).shape
    (1, 2)
    """

    def __init__(
        self, *, loss: Any = None, hessian: str | None = None, objective: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(objective=objective, **kwargs)
        self.loss = loss
        self.hessian = hessian

    @property
    def classes_(self) -> Any:
        """The classes, sorted."""
        return self._classes

    def _learnt(self, y: Any) -> Any:
        require_labels(
            self.loss, regressor="XGBLossRegressor", rows="; use XGBLossRegressor, or train", also=(COLUMNS,)
        )
        y = labels(y)
        if y.ndim == 2:  # several labels a row: 0 and 1 each
            self._classes, self.n_classes_ = np.arange(2), 2
            return y
        self._classes = np.unique(y)
        self.n_classes_ = len(self._classes)
        return self._encoded(y)

    def _encoded(self, y: Any, name: str = "y") -> Any:
        y = labels(y, name)
        if y.ndim == 2:
            return y
        return places(self._classes, y, name)

    def _loss_of(self, targets: Any) -> Any:
        count = self.n_classes_ if targets.ndim == 1 else 2
        return loss_of_classes(self.loss, count)

    def _outputs(self) -> int | None:
        loss = None if self.loss is None else lossreg.get(self.loss)
        row_wise = self.n_classes_ > 2 if loss is None else loss.info.family == "row-wise"
        return max(self.n_classes_, 2) if row_wise else None

    def _remember(self) -> None:
        booster = self.get_booster()
        config = {**(attached(booster) or {}), "classes": self._classes.tolist()}
        booster.set_attr(**{ATTRIBUTE: json.dumps(config)})

    def _restore(self, config: dict[str, Any]) -> None:
        self._classes = np.array(config.get("classes", range(classes_of(self.get_booster()))))
        self.n_classes_ = len(self._classes)

    def _predicted(self, raw: Any) -> Any:
        loss = self.loss_
        place = chosen(loss, raw)
        several = raw.ndim == 2 and loss.info.family != "row-wise"
        return place if several else self._classes[place.clip(max=self.n_classes_ - 1)]

    def decision_function(self, X: Any, **options: Any) -> Any:
        """Return raw scores: one for each row, or for each class or label.

        Parameters
        ----------
        X, **options
            As in `predict`.

        Returns
        -------
        numpy.ndarray
            Raw scores.
        """
        return self.predict(X, output_margin=True, **options)

    @Probabilities
    def predict_proba(self, X: Any, **options: Any) -> Any:
        """Predict the probability of each class.

        Parameters
        ----------
        X, **options
            As in ``xgboost.XGBClassifier.predict_proba``.

        Returns
        -------
        numpy.ndarray
            A row for each row of `X`, in the order of `classes_`; for several labels a row, those of the labels.

        Raises
        ------
        AttributeError
            If the loss knows no probabilities, as the hinge does not.
        """
        loss = self.loss_
        raw = self.predict(X, output_margin=True, **options)
        if self.n_classes_ == 1:
            return np.ones((len(raw), 1), dtype=np.float32)
        probability = loss.predict(raw)
        if probability.ndim == 2:
            return probability
        return np.stack([loss.predict(-raw), probability], axis=1)


class Evaluated:
    """A metric of the user's, which is given what `predict` or `predict_proba` would return for raw scores."""

    def __init__(self, function: Any, objective: Objective) -> None:
        self.function, self.loss = function, objective.loss

    def __call__(self, raw: Any, data: Any) -> Any:
        if isinstance(self.function, Metric):
            return self.function(raw, data)
        y, weight = data.get_label(), data.get_weight()
        y = y.reshape(raw.shape) if y.size == raw.size else y
        options = {"sample_weight": weight} if weight.size else {}
        name = getattr(self.function, "__name__", type(self.function).__name__)
        return name, self.function(y, self.loss.predict(raw), **options)


def of_each(sets: Sized, given: Sequence[Any] | None, name: str) -> Sequence[Any]:
    """What belongs to each data set to evaluate on."""
    if given is None:
        return [None] * len(sets)
    if len(given) != len(sets):
        raise lossreg.ShapeError(f"{name} has {len(given)} items and eval_set has {len(sets)}", argument=name)
    return given


def classes_of(booster: xgboost.Booster) -> int:
    """How many classes a booster has that was trained without their names."""
    shape = json.loads(booster.save_config())["learner"]["learner_model_param"]
    return max(int(shape["num_class"]), 2)
