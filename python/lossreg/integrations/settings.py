"""Parameters of a loss as those of the estimator that holds it: `loss__delta` of grids and pipelines."""

from __future__ import annotations

from typing import Any, Self

import lossreg

__all__ = ["PREFIX", "LossSettings"]

PREFIX = "loss__"


class LossSettings:
    """An estimator whose `set_params` takes the parameters of its loss too, as scikit-learn names those of parts."""

    loss: Any

    def set_params(self, **params: Any) -> Self:
        """Set parameters of the estimator, and as ``loss__NAME`` those of its loss.

        Parameters
        ----------
        **params
            By name.

        Returns
        -------
        object
            The estimator itself.

        Raises
        ------
        ParameterError
            If there is no loss that has the parameter, or it cannot take the value.

        Examples
        --------
        >>> from sklearn.base import BaseEstimator
        >>> from lossreg.integrations.settings import LossSettings
        >>> class Model(LossSettings, BaseEstimator):
        ...     def __init__(self, loss="huber"):
        ...         self.loss = loss
        >>> Model().set_params(loss__delta=2.0).loss
        huber(delta=2.0)
        """
        its = {name.removeprefix(PREFIX): params.pop(name) for name in list(params) if name.startswith(PREFIX)}
        super().set_params(**params)  # type: ignore[misc]
        if its:
            if self.loss is None:
                names = ", ".join(map(PREFIX.__add__, its))
                raise lossreg.ParameterError(f"{names} came, and loss is None, which has no parameters; set loss too")
            self.loss = lossreg.get(self.loss).replace(**its)
        return self
