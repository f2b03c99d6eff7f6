"""What there is to know about the losses of lossreg itself, read from the native module once."""

from __future__ import annotations

from typing import Any

from lossreg import _native
from lossreg.info.domains import Domain, Start
from lossreg.info.records import LossInfo, ParamInfo

__all__ = ["BUILT_IN", "CATALOGUE", "typed"]

BUILT_IN = "lossreg"

KINDS = {"target": Domain, "prediction": Domain, "start": Start}


def typed(facts: dict[str, Any]) -> dict[str, Any]:
    """Facts of the native module, which says domains as texts, as items of a `LossInfo`."""
    return {name: KINDS[name](fact) if name in KINDS else fact for name, fact in facts.items()}


def _read(data: dict[str, Any]) -> LossInfo:
    params = tuple(ParamInfo(**param) for param in data.pop("params"))
    return LossInfo(**typed(data), params=params, provider=BUILT_IN)


CATALOGUE = {data["name"]: _read(data) for data in _native.catalog()}
