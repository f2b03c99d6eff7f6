"""The losses as functions: ``lossreg.losses.huber(delta=1.35)`` is ``lossreg.get("huber", delta=1.35)``.

Each function, with its signature and its documentation, is composed from what the registry knows when it is first asked
for; so there is one for every loss, those of plugins included, and importing this module costs nothing. For editors and
type checkers the same signatures stand in ``losses.pyi``, which ``tools/generate_stubs.py`` writes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lossreg.errors import LossregError, UnknownLossError
from lossreg.info import LossInfo
from lossreg.registry import describe, get, names

__all__: list[str]


def __getattr__(name: str) -> Any:
    if name == "__all__":
        return names()
    if name.startswith("_"):
        raise AttributeError(f"module 'lossreg.losses' has no attribute {name!r}")
    try:
        info = describe(name)
    except UnknownLossError as error:
        raise AttributeError(str(error)) from None
    if info.name != name:
        raise AttributeError(f"{name!r} is another name of lossreg.losses.{info.name}; lossreg.get takes both")
    function = _function(info)
    if info.provider == "lossreg":  # what others registered can be replaced
        globals()[name] = function
    return function


def __dir__() -> list[str]:
    return names()


def _function(info: LossInfo) -> Callable[..., Any]:
    from lossreg.info import document, signatures

    def function(*data: Any, **params: Any) -> Any:
        if data:
            raise TypeError(
                f"{info.name}() makes the loss and takes its parameters by name; call what it returns with data"
            )
        return get(info.name, **params)

    try:
        loss = function()
    except LossregError:  # a loss of others that cannot be made of its defaults
        loss = None
    function.__name__ = function.__qualname__ = info.name
    function.__signature__ = signatures.of_parameters(info, "Loss")  # type: ignore[attr-defined]
    function.__doc__ = document.of_function(info, loss)
    return function
