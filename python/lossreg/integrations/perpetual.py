"""Losses for Perpetual, which asks an objective for three functions: the loss of each row, its derivatives, the start.

It compares losses of rows to decide when to stop, and multiplies no weights in: all three get them, and give weighted
numbers. A mistake inside an objective can end the process, so everything is checked before training, the three functions
return finite numbers whatever happens, and what went wrong is raised when training is over. A model with an objective of
one's own is written to files that nothing reads; `LossBooster` writes Perpetual's own name for raw scores instead, and the
loss beside it.
"""

from __future__ import annotations

import json
from typing import Any, Self

import numpy as np

import lossreg
from lossreg.errors import arguments_named
from lossreg.integrations.booster import BoosterLoss
from lossreg.integrations.needs import need

need("perpetual", "2.3", extra="perpetual")

from perpetual import PerpetualBooster  # noqa: E402
from perpetual.serialize import ObjectSerializer  # noqa: E402

__all__ = ["LossBooster", "LossObjective", "objective"]

LARGEST = 1e30  # Perpetual's sums are in float32
NAMED = arguments_named(y_true="y")  # as Perpetual calls it
RAW = "SquaredLoss"  # its objective whose predictions are the sum of the trees


def objective(loss: lossreg.Loss | str, hessian: str | None = None) -> LossObjective:
    """Make an objective for `LossBooster`, or for Perpetual's own estimators.

    Parameters
    ----------
    loss : Loss or str
        A pointwise loss of raw scores.
    hessian : str, optional
        The kind of second derivative, one of ``loss.info.hessians``; by default the exact one, or a bound of it where that
        is negative somewhere or fades.

    Returns
    -------
    LossObjective
        A tuple of three functions.

    Raises
    ------
    ParameterError
        If the loss is not pointwise or takes no raw scores.

    Examples
    --------
    >>> from lossreg.integrations.perpetual import objective
    >>> objective("huber(delta=2)")
    objective(huber(delta=2.0), hessian='majorizer')
    """
    return LossObjective(BoosterLoss(loss, hessian))


class LossObjective(tuple[Any, Any, Any]):
    """A loss as Perpetual's three functions; `objective` makes one.

    Attributes
    ----------
    boosted : BoosterLoss
        The loss and its curvature.
    """

    boosted: BoosterLoss

    def __new__(cls, boosted: BoosterLoss) -> Self:
        """Make the tuple of the methods of an object that keeps the loss and the first error."""
        if boosted.info.family != "pointwise":
            raise lossreg.ParameterError(
                f"{boosted.loss!r} is {boosted.info.family}; Perpetual has one raw score a row"
            )
        functions = Functions(boosted)
        made = super().__new__(cls, (functions.loss, functions.derivatives, functions.start))
        made.boosted = boosted
        return made

    @property
    def loss(self) -> lossreg.Loss:
        """The loss."""
        return self.boosted.loss

    def settle(self) -> None:
        """Raise the first error that a function has met, and forget it."""
        functions = self[0].__self__
        error, functions.error = functions.error, None
        if error is not None:
            raise error

    def __reduce__(self) -> tuple[Any, ...]:
        return LossObjective, (self.boosted,)

    def __repr__(self) -> str:
        return f"objective({self.loss!r}, hessian={self.boosted.hessian!r})"


class Functions:
    """The three functions, which never raise."""

    def __init__(self, boosted: BoosterLoss) -> None:
        self.boosted = boosted
        self.error: BaseException | None = None

    def loss(self, y: Any, pred: Any, weight: Any, group: Any) -> Any:
        """The weighted loss of each row."""
        return self._finite(lambda: self.boosted.loss.value(y, pred, weight, reduction="none"), np.zeros_like(pred))

    def derivatives(self, y: Any, pred: Any, weight: Any, group: Any) -> Any:
        """The weighted derivatives of each row."""
        nothing = np.zeros_like(pred), np.ones_like(pred)
        return tuple(self._finite(lambda: np.stack(self.boosted.derivatives(y, pred, weight)), np.stack(nothing)))

    def start(self, y: Any, weight: Any, group: Any) -> float:
        """The best constant."""
        return float(self._finite(lambda: self.boosted.start(y, weight), 0.0))

    def _finite(self, compute: Any, otherwise: Any) -> Any:
        try:
            with NAMED:
                return np.nan_to_num(compute(), posinf=LARGEST, neginf=-LARGEST)
        except BaseException as error:  # also Ctrl-C: nothing may pass through Perpetual
            self.error = self.error or error
            return otherwise


class LossBooster(PerpetualBooster):
    """`PerpetualBooster` with ``objective=objective(loss)``: checked, on the scale of the target, and saved.

    Examples
    --------
    >>> import numpy as np
    >>> from lossreg.integrations.perpetual import LossBooster, objective
    >>> X = np.arange(200.0).reshape(-1, 1)
    >>> model = LossBooster(objective=objective("log_cosh"), budget=0.3).fit(X, X[:, 0] // 100)
    >>> model.predict(X[[0, 199]]).round()
    array([0., 1.])
    """

    metadata_attributes = PerpetualBooster.metadata_attributes | {"config_": ObjectSerializer()}

    @NAMED
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Check targets and weights, then train.

        Parameters
        ----------
        X : array_like of shape (n_samples, n_features)
            Features.
        y : array_like of shape (n_samples,)
            Targets.
        sample_weight : array_like of shape (n_samples,), optional
            Weights.

        Returns
        -------
        LossBooster
            The model.
        """
        if not isinstance(self.objective, LossObjective):
            raise lossreg.ParameterError(f"objective is {self.objective!r}; wanted objective(loss) of this module")
        y = np.asarray(y)
        sample_weight = None if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
        if y.ndim != 1 or len(y) != len(X):
            raise lossreg.ShapeError(
                f"y has shape {y.shape}; wanted one target for each of {len(X)} rows", argument="y"
            )
        self.objective.boosted.check(y, sample_weight)
        super().fit(X, y.astype(np.float64), sample_weight=sample_weight)
        self.objective.settle()
        self.config_ = self.objective.boosted.config()
        self._set_metadata_attributes("config_", self.config_)
        return self

    def predict(self, X: Any, parallel: bool | None = None) -> Any:
        """Predict on the scale of the target.

        Parameters
        ----------
        X : array_like
            Features.
        parallel : bool, optional
            Whether in parallel.

        Returns
        -------
        numpy.ndarray
            Means, rates or probabilities.
        """
        return self.objective.loss.predict(super().predict(X, parallel))

    def json_dump(self) -> str:
        """Return the model as JSON that Perpetual reads: there it is one of raw scores.

        Returns
        -------
        str
            The text.
        """
        dump = json.loads(super().json_dump())
        dump["cfg"]["objective"] = RAW
        return json.dumps(dump)

    def save_booster(self, path: Any) -> None:
        """Save the model.

        Parameters
        ----------
        path : str or os.PathLike
            The file.
        """
        with open(path, "w", encoding="utf-8") as file:
            file.write(self.json_dump())

    @classmethod
    def load_booster(cls, path: Any) -> Self:
        """Load a model that `save_booster` has saved.

        Parameters
        ----------
        path : str or os.PathLike
            The file.

        Returns
        -------
        LossBooster
            The model.
        """
        with open(path, encoding="utf-8") as file:
            return cls.from_json(file.read())

    @classmethod
    def from_json(cls, json_str: str) -> Self:
        """Load a model from what `json_dump` returned.

        Parameters
        ----------
        json_str : str
            The text.

        Returns
        -------
        LossBooster
            The model.
        """
        model: Self = super().from_json(json_str)
        made = LossObjective(BoosterLoss.from_config(model.config_))
        model.objective, (model.loss, model.grad, model.init) = made, made
        return model
