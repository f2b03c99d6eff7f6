"""What is not a plain NumPy array becomes one here, or is refused with the reason and the fix.

The native side takes plain arrays as they are; everything else comes through `as_plain_array` first: lists, pandas, polars,
pyarrow, PyTorch and JAX on the CPU. What would lose something silently (masks, nulls, gradients, a device copy) is an error.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from lossreg.errors import DtypeError


def as_plain_array(value: Any, name: str) -> np.ndarray[Any, Any]:
    """The argument as a plain array that shares its memory where it can.

    Parameters
    ----------
    value : object
        What came in.
    name : str
        The argument's name, for errors.

    Raises
    ------
    DtypeError
        If the object is masked, holds nulls, lives on a device, or is not made of numbers.
    """
    if isinstance(value, np.ndarray):
        return _subclass(value, name)
    if value is None:
        raise DtypeError(f"{name} is None; wanted an array of numbers")
    if isinstance(value, (str, bytes, dict, set)):
        raise DtypeError(f"{name} is a {type(value).__name__}; wanted an array of numbers")
    _refuse_nulls(value, name)
    _refuse_devices(value, name)
    array = _numbers(value, name)
    if array.dtype.kind not in "biuf" and array.dtype.name != "bfloat16":
        raise DtypeError(f"{name} has dtype {array.dtype}; wanted bool, an integer or a float")
    return array


def _subclass(value: np.ndarray[Any, Any], name: str) -> np.ndarray[Any, Any]:
    if isinstance(value, np.memmap):
        return value.view(np.ndarray)
    kind = f"{type(value).__module__}.{type(value).__name__}"
    if isinstance(value, np.ma.MaskedArray):
        raise DtypeError(f"{name} is a masked array; pass its .data, and the inverted mask as where=~{name}.mask")
    raise DtypeError(f"{name} is a {kind}; pass numpy.asarray({name}), whose meaning is plain")


def _refuse_nulls(value: Any, name: str) -> None:
    """pandas, polars and pyarrow count their nulls; NaN is no null."""
    count: Any = getattr(value, "null_count", None)  # polars and pyarrow
    if callable(count):
        count = count()
    if hasattr(count, "row"):  # a polars frame counts by column
        count = sum(count.row(0))
    if count is None and type(value).__module__.partition(".")[0] == "pyarrow":  # so does a table
        count = sum(column.null_count for column in getattr(value, "columns", ()))
    if count is None and type(value).__module__.partition(".")[0] == "pandas":
        pandas = sys.modules["pandas"]
        dtypes = value.dtypes if value.ndim == 2 else [value.dtype]
        if any(isinstance(dtype, pandas.api.extensions.ExtensionDtype) for dtype in dtypes):
            count = int(np.asarray(value.isna()).sum())
    if isinstance(count, int) and count > 0:
        raise DtypeError(f"{name} has {count} nulls; drop or fill them, or pass values for them and where=")


def _refuse_devices(value: Any, name: str) -> None:
    kind = type(value).__module__.partition(".")[0]
    if kind == "torch":
        if value.device.type != "cpu":
            raise DtypeError(f"{name} is on {value.device}; pass {name}.detach().cpu()")
        if value.requires_grad:
            raise DtypeError(f"{name} requires a gradient that would be lost; pass {name}.detach()")
    elif hasattr(value, "__dlpack_device__"):
        device = int(value.__dlpack_device__()[0])
        if device not in (1, 3):  # the CPU's memory, plain or pinned
            raise DtypeError(
                f"{name} is on a device (DLPack type {device}); copy it to the CPU, e.g. numpy.asarray({name})"
            )
    elif hasattr(value, "__cuda_array_interface__"):
        raise DtypeError(f"{name} is on a GPU; copy it to the CPU first, e.g. {name}.get()")


def _numbers(value: Any, name: str) -> np.ndarray[Any, Any]:
    try:
        if hasattr(value, "__array__") or not hasattr(value, "__dlpack__"):
            if hasattr(value, "__arrow_c_array__") and not hasattr(value, "__array__"):
                raise TypeError("an Arrow array; pass it through pyarrow.array(...) or .to_numpy()")
            array = np.asarray(value)
        else:
            array = np.from_dlpack(value)
    except Exception as error:
        raise DtypeError(f"{name} of type {type(value).__name__} is no array of numbers: {error}") from error
    return array if type(array) is np.ndarray else _subclass(array, name)
