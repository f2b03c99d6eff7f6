"""The tilted log-cosh error: a smooth pinball loss, whose minimum is a quantile of many."""

from __future__ import annotations

from typing import Any

import lossreg

TILTED_LOG_COSH = lossreg.define(
    """
    u = r/width
    width*(log(cosh(u)) - (2*quantile - 1)*u)/2
    """,
    name="tilted_log_cosh",
    params={"quantile": (0.5, "> 0 and < 1"), "width": (1.0, "> 0")},
    summary="A smooth pinball loss: log-cosh, tilted to one side.",
    source="Saleh and Saleh 2022, arXiv:2208.04564",
)


@lossreg.hookimpl
def lossreg_register(registry: Any) -> None:
    """Add the loss; lossreg calls this when somebody asks for it."""
    registry.add(TILTED_LOG_COSH)
