"""Objects that offer the Arrow C interface and nothing else."""

from __future__ import annotations

from typing import Any


class OnlyArrow:
    """An object that offers one of the two ways of the Arrow C interface, and nothing else."""

    def __init__(self, source: Any, way: str) -> None:
        self.source = source
        setattr(self, way, lambda schema=None: getattr(source, way)(schema))


def array_only(source: Any) -> OnlyArrow:
    return OnlyArrow(source, "__arrow_c_array__")


def stream_only(source: Any) -> OnlyArrow:
    return OnlyArrow(source, "__arrow_c_stream__")
