"""Losses for PyTorch: a function and a module, differentiated twice, compiled and transformed like PyTorch's own."""

from __future__ import annotations

from lossreg.integrations.needs import need

need("torch", "2.15", extra="torch")

from lossreg.integrations.torch.criterion import Loss, evaluate  # noqa: E402 - what it imports may be missing

__all__ = ["Loss", "evaluate"]
