"""lossreg: machine-learning losses, exact and fast, in one registry that other packages add to.

Importing it costs little: what only some programs need (plugins, losses written in Python, the functions of
`lossreg.losses`, numbers of threads) is imported when it is first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lossreg._native import __version__
from lossreg.errors import (
    AliasError,
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

    from lossreg import losses, ops
    from lossreg.authoring.define import define
    from lossreg.authoring.python_loss import PythonLoss
    from lossreg.threads import get_num_threads, num_threads, set_num_threads

    hookimpl: pluggy.HookimplMarker

__all__ = [
    "AliasError",
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
    "UnknownLossError",
    "__version__",
    "combine",
    "define",
    "describe",
    "get",
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


MODULES = ("compat", "errors", "ffi", "info", "links", "losses", "ops", "testing", "threads")
# What is imported when it is first asked for, and from where.
LATER = {
    "PythonLoss": "lossreg.authoring.python_loss",
    "define": "lossreg.authoring.define",
    **dict.fromkeys(("get_num_threads", "num_threads", "set_num_threads"), "lossreg.threads"),
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    value: Any
    if name in MODULES:
        return import_module(f"lossreg.{name}")  # which sets the attribute
    if name in LATER:
        value = getattr(import_module(LATER[name]), name)
    elif name == "hookimpl":
        from pluggy import HookimplMarker

        value = HookimplMarker("lossreg")
    else:
        raise AttributeError(f"module 'lossreg' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*__all__, *MODULES})
