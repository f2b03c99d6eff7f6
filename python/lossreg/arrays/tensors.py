"""Tensors of PyTorch and JAX, sparse matrices, and arrays on devices: read where they are in this machine's memory."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from lossreg.errors import DtypeError

__all__ = ["from_exporter", "from_jax", "from_torch", "sparse"]

CPU = (1, 3)  # DLPack's names of this machine's memory, plain and pinned


def sparse(name: str, what: str, fix: str) -> DtypeError:
    """The error for what keeps only the elements that are not zero."""
    return DtypeError(f"{name} is a sparse {what}; pass {name}.{fix}")


def from_torch(value: Any, name: str) -> np.ndarray[Any, Any] | None:
    """A tensor of PyTorch on the CPU."""
    torch: Any = sys.modules["torch"]
    if not isinstance(value, torch.Tensor):
        return None
    if value.layout != torch.strided:
        raise sparse(name, "tensor", "to_dense()")
    if value.device.type != "cpu":
        raise DtypeError(f"{name} is on {value.device}; pass {name}.detach().cpu()")
    if value.requires_grad:
        fix = f"pass {name}.detach(), or take the loss of lossreg.integrations.torch"
        raise DtypeError(f"{name} requires a gradient that would be lost; {fix}")
    if value.dtype == torch.bfloat16:  # NumPy has none; float32 holds each of its numbers
        value = value.float()
    array: np.ndarray[Any, Any] = value.resolve_neg().numpy()
    return array


def from_jax(value: Any, name: str) -> np.ndarray[Any, Any] | None:
    """An array of JAX on the CPU, also one that is spread over several."""
    jax: Any = sys.modules["jax"]
    if not isinstance(value, jax.Array):
        if hasattr(value, "todense"):
            raise sparse(name, "array", "todense()")
        return None
    if isinstance(value, jax.core.Tracer):
        inside = "inside of them take lossreg.integrations.jax or .keras"
        raise DtypeError(
            f"{name} is traced by JAX and has no numbers yet; call the loss outside of jit, grad and vmap; {inside}"
        )
    if value.is_deleted():
        raise DtypeError(f"{name} is a deleted array of JAX: it was donated, or its delete() was called")
    platforms = {device.platform for device in value.devices()} - {"cpu"}
    if platforms:
        raise DtypeError(f"{name} is on {', '.join(sorted(platforms))}; pass jax.device_get({name})")
    return np.asarray(value)


def from_exporter(value: Any, name: str) -> np.ndarray[Any, Any]:
    """Anything with a DLPack export, an ``__array__`` or a buffer."""
    if hasattr(value, "__dlpack_device__"):
        device = int(value.__dlpack_device__()[0])
        if device not in CPU:
            raise DtypeError(
                f"{name} is on a device (DLPack type {device}); copy it to the CPU, e.g. numpy.asarray({name})"
            )
    elif hasattr(value, "__cuda_array_interface__"):
        raise DtypeError(f"{name} is on a GPU; copy it to the CPU first, e.g. {name}.get()")
    if hasattr(value, "__dlpack__") and not hasattr(value, "__array__"):
        return np.from_dlpack(value)
    return np.asanyarray(value)  # a subclass stays one, and is refused by its name
