"""Other libraries' names, defaults and numbers over lossreg: `lossreg.compat.keras`, `torch`, `sklearn` and `optax`.

None of them imports the library whose names it has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

PEERS = ("keras", "optax", "sklearn", "torch")


if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name in PEERS:
            from importlib import import_module

            return import_module(f"lossreg.compat.{name}")  # which sets the attribute
        raise AttributeError(f"module 'lossreg.compat' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*PEERS]
