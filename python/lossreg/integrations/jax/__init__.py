"""Losses for JAX: a function that is traced, compiled, mapped and differentiated twice, in both modes."""

from __future__ import annotations

from lossreg.integrations.needs import need

need("jax", "0.10", extra="jax")

from lossreg.integrations.jax.functions import evaluate  # noqa: E402 - what it imports may be missing

__all__ = ["evaluate"]
