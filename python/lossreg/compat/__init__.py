"""Other libraries' names, defaults and exact numbers over lossreg: `lossreg.compat.keras`."""

from typing import Any


def __getattr__(name: str) -> Any:
    if name == "keras":
        from importlib import import_module

        return import_module("lossreg.compat.keras")  # which sets the attribute
    raise AttributeError(f"module 'lossreg.compat' has no attribute {name!r}")
