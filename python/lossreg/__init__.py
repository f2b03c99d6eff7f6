"""lossreg: machine-learning losses, exact and fast, in one registry that other packages add to.

Importing it costs little: what only some programs need (plugins, losses written in Python, the functions of
`lossreg.losses`, numbers of threads) is imported when it is first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossreg._native import State, __version__
from lossreg.errors import (
    AliasError,
    DataError,
    DerivativeError,
    DomainError,
    DtypeError,
    EmptyError,
    InternalError,
    LossregError,
    ParameterError,
    PluginError,
    PluginWarning,
    ShapeError,
    UnknownLossError,
)
from lossreg.info import LossInfo
from lossreg.loss import Loss
from lossreg.registry import combine, describe, get, names, plugins, register, unregister

if TYPE_CHECKING:
    import pluggy

    from lossreg import errors as errors
    from lossreg import ffi as ffi
    from lossreg import info as info
    from lossreg import links as links
    from lossreg import losses as losses
    from lossreg import ops as ops
    from lossreg import threads as threads
    from lossreg import typing as typing
    from lossreg.authoring.define import define
    from lossreg.authoring.kernel_loss import from_kernel
    from lossreg.authoring.python_loss import PythonLoss
    from lossreg.ffi import get_include
    from lossreg.streams.evaluate import evaluate
    from lossreg.threads import get_num_threads, num_threads, set_num_threads

    hookimpl: pluggy.HookimplMarker

__all__ = [
    "AliasError",
    "DataError",
    "DerivativeError",
    "DomainError",
    "DtypeError",
    "EmptyError",
    "InternalError",
    "Loss",
    "LossInfo",
    "LossregError",
    "ParameterError",
    "PluginError",
    "PluginWarning",
    "PythonLoss",
    "ShapeError",
    "State",
    "UnknownLossError",
    "__version__",
    "combine",
    "define",
    "describe",
    "evaluate",
    "from_kernel",
    "get",
    "get_include",
    "get_num_threads",
    "hookimpl",
    "losses",
    "names",
    "num_threads",
    "ops",
    "plugins",
    "register",
    "set_num_threads",
    "unregister",
]


MODULES = ("compat", "errors", "ffi", "info", "integrations", "links", "losses", "ops", "testing", "threads", "typing")
# What is imported when it is first asked for, and from where.
LATER = {
    "PythonLoss": "lossreg.authoring.python_loss",
    "define": "lossreg.authoring.define",
    "evaluate": "lossreg.streams.evaluate",
    "from_kernel": "lossreg.authoring.kernel_loss",
    "get_include": "lossreg.ffi",
    **dict.fromkeys(("get_num_threads", "num_threads", "set_num_threads"), "lossreg.threads"),
}


if not TYPE_CHECKING:  # to a type checker, a name that is not there would be anything

    def __getattr__(name: str) -> object:
        from importlib import import_module

        if name in MODULES:
            return import_module(f"lossreg.{name}")  # which sets the attribute
        if name in LATER:
            value = getattr(import_module(LATER[name]), name)
        elif name == "hookimpl":
            from pluggy import HookimplMarker

            value = HookimplMarker("lossreg")
        else:
            from lossreg.registry.lookup import of_lossreg

            hint = f"; the loss is lossreg.get({name!r})" if of_lossreg(name) else ""
            raise AttributeError(f"module 'lossreg' has no attribute {name!r}{hint}")
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*__all__, *MODULES})
