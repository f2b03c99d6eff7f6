"""Losses inside other libraries' trainers, one module for each library, imported when it is asked for.

=============  ==============================================================
`booster`      what gradient boosters share: checks, start values, derivatives
`buffers`      memory that boosters' derivatives are written to again and again
`builtin`      what a booster's own objectives are, as losses
`catboost`     objectives, metrics and estimators
`classes`      what classifiers of boosters share: labels as places, losses that suit
`dask`         a loss over arrays and frames in parts, derivatives as Dask arrays
`derivatives`  what frameworks share: gradients, and Hessians times vectors
`glum`         families of generalised linear models
`jax`          a function, called by compiled code without the interpreter
`keras`        a `keras.losses.Loss` under the PyTorch and JAX backends
`lightgbm`     objectives, metrics, estimators, training; Dask
`needs`        the library that an integration is for, or what to install
`ngboost`      distributions with exact metrics
`perpetual`    objectives, a booster whose models are saved
`ray`          a loss over a data set in blocks
`residuals`    which losses reweighted least squares can minimise
`river`        losses of online models
`scipy`        objectives for `minimize`, losses for `least_squares`
`settings`     parameters of a loss as those of the estimator that holds it
`skglm`        datafits of sparse linear models
`sklearn`      scorers, linear models, HistGradientBoosting (experimental)
`spark`        a loss over a data frame in partitions
`statsmodels`  norms of robust linear models
`torch`        a function and a module, compiled and differentiated twice
`training`     which losses a model can be trained with, and with which curvature
`xgboost`      objectives, metrics, estimators, training
=============  ==============================================================

This package imports none of them: a library that is missing, or too old, is an `ImportError` of its own module, which says
what to install.
"""

from __future__ import annotations

from pkgutil import iter_modules
from typing import TYPE_CHECKING


def __dir__() -> list[str]:
    return [module.name for module in iter_modules(__path__)]


if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name in __dir__():
            from importlib import import_module

            return import_module(f"lossreg.integrations.{name}")  # which sets the attribute
        raise AttributeError(f"module 'lossreg.integrations' has no attribute {name!r}")
