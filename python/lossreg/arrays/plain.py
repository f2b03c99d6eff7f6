"""One road from anything to a plain array: by library, by interface, or as a sequence of numbers."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence, Set
from itertools import chain
from numbers import Number
from typing import Any

import numpy as np

from lossreg.arrays import tables, tensors
from lossreg.arrays.words import article, kind, no_array, nulls, of_numbers, unreadable
from lossreg.errors import DtypeError, LossregError

__all__ = ["as_plain_array"]

Array = np.ndarray[Any, Any]

READERS = {
    # The library of a type → how its objects are read; None of a reader: it is no array of that library.
    "jax": tensors.from_jax,
    "jaxlib": tensors.from_jax,
    "pandas": tables.from_pandas,
    "polars": tables.from_polars,
    "pyarrow": tables.from_pyarrow,
    "torch": tensors.from_torch,
}
NO_ARRAYS = (str, bytes, bytearray, type, Mapping, Set)
SCALARS = (bool, int, float)
WANTED_ROWS = "wanted rows of one length, all the way down"
DEPTH = 64  # axes that an array can have


def as_plain_array(value: Any, name: str) -> Array:
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
        If the object is masked, holds nulls, lives on a device, or is not made of numbers; also if its own code fails.
    """
    try:
        return _plain(value, name)
    except DtypeError as error:
        error.argument = name
        raise


def _plain(value: Any, name: str) -> Array:
    """The argument as a plain array; what fails in its own code is a `DtypeError` too."""
    try:
        return _checked(_read(value, name), value, name)
    except (LossregError, MemoryError):
        raise
    except Exception as error:
        raise unreadable(value, name, error) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # what a bug in another library's Rust arrives as
            raise
        raise unreadable(value, name, error) from error


def _read(value: Any, name: str) -> Array:
    if isinstance(value, np.ndarray):
        return value
    if type(value) in SCALARS or isinstance(value, np.generic):
        return np.asarray(value)
    if isinstance(value, list | tuple):
        return _from_list(value, name)
    libraries = {base.__module__.partition(".")[0] for base in type(value).__mro__[:-1]}
    for library in libraries & READERS.keys() & sys.modules.keys():
        array = READERS[library](value, name)
        if array is not None:
            return array
        raise no_array(value, name)
    if libraries & {"scipy", "sparse"} and hasattr(value, "todense"):
        raise tensors.sparse(name, f"array ({kind(value)})", "toarray()" if "scipy" in libraries else "todense()")
    if value is None or isinstance(value, NO_ARRAYS):
        raise no_array(value, name)
    return _from_interface(value, name)


def _from_interface(value: Any, name: str) -> Array:
    """An object of an unknown library, by what it offers; Arrow first, for it alone tells of nulls."""
    others = hasattr(value, "__array__") or hasattr(value, "__dlpack__")
    if tables.offers_arrow(value):
        try:
            return tables.from_arrow_interface(value, name)
        except ModuleNotFoundError as error:
            if error.name != "pyarrow":
                raise
            if not others:
                raise DtypeError(
                    f"{name} is {article(kind(value))}, which offers only the Arrow interface; to read it, "
                    "install pyarrow: pip install pyarrow"
                ) from None
    if isinstance(value, Iterator) and not others:
        raise DtypeError(f"{name} is {article(kind(value))}, which can be read only once; pass list({name})")
    count = getattr(value, "null_count", None)
    count = count() if callable(count) else count
    if isinstance(count, int) and count > 0:
        raise nulls(name, count)
    return tensors.from_exporter(value, name)


def _from_list(value: Sequence[Any], name: str) -> Array:
    """Numbers in lists of lists; an array in a list is read like an argument, so that it loses nothing either."""
    level: Sequence[Any] = [value]
    for depth in range(DEPTH + 1):
        # Each list once, however often it stands there: one that contains itself twice would double at every level.
        lists = level if depth < 2 else list({id(one): one for one in level}.values())
        lengths = set(map(len, lists))
        if len(lengths) > 1:
            raise DtypeError(f"{name} has rows of unequal lengths, {min(lengths)} and {max(lengths)}; {WANTED_ROWS}")
        level = list(chain.from_iterable(lists))
        kinds = set(map(type, level))
        if not kinds or kinds - {list, tuple}:
            break
    else:
        raise DtypeError(f"{name} is nested more than {DEPTH} lists deep, or contains itself")
    if any(map(_is_array, kinds)):
        return _stacked([as_plain_array(part, f"{name}[{place}]") for place, part in enumerate(value)], name)
    if kinds & {list, tuple}:
        raise DtypeError(f"{name} has rows and single elements side by side at depth {depth + 1}; {WANTED_ROWS}")
    return np.asarray(value)


def _is_array(kind: type) -> bool:
    if issubclass(kind, np.generic):
        return False
    return any(hasattr(kind, way) for way in ("__array__", "__dlpack__", "__arrow_c_array__", "__arrow_c_stream__"))


def _stacked(parts: list[Array], name: str) -> Array:
    for place, part in enumerate(parts):
        if part.shape != parts[0].shape:
            raise DtypeError(
                f"{name}[0] has shape {parts[0].shape} and {name}[{place}] has shape {part.shape}; {WANTED_ROWS}"
            )
    return np.stack(parts)


def _checked(array: Array, value: Any, name: str) -> Array:
    """The array, if it is plain and made of numbers."""
    if isinstance(array, np.memmap):
        array = array.view(np.ndarray)
    if isinstance(array, np.ma.MaskedArray):
        raise DtypeError(
            f"{name} is a masked array; pass its .data, and the inverted mask as where=~numpy.ma.getmaskarray({name})"
        )
    if type(array) is not np.ndarray:
        raise DtypeError(f"{name} is a {kind(array)}; pass numpy.asarray({name}), whose meaning is plain")
    if array.dtype.kind == "O" and array is not value and not array.ndim and not isinstance(array.item(), Number):
        raise no_array(value, name)
    return of_numbers(array, name)
