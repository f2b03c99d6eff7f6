"""NPY and NPZ: headers are checked before memory is asked for, objects are never unpickled."""

from __future__ import annotations

import ast
import math
import os
import struct
import zipfile
import zlib
from collections.abc import Mapping
from lzma import LZMAError
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from lossreg.cli.inputs.arrays import Piece, columns_of, missing
from lossreg.cli.inputs.opening import Opened, too_large
from lossreg.cli.problems import InputError

__all__ = ["read_npy", "read_npz"]

MAGIC = b"\x93NUMPY"
LONGEST_HEADER = 10_000  # bytes, as NumPy allows
AXES = 64
PIECE = 2**20
# What the reader of archives raises: for lists of members that are no text (ValueError) and fields cut short too.
CORRUPT: tuple[type[Exception], ...] = (
    *(zipfile.BadZipFile, zlib.error, LZMAError, struct.error),
    *(EOFError, NotImplementedError, RuntimeError, OSError, ValueError),
)
LENGTHS = {1: (2, "latin1"), 2: (4, "latin1"), 3: (4, "utf-8")}  # by version: bytes of the header's length, encoding


def read_npy(file: Opened, wanted: Mapping[str, str]) -> dict[str, Piece]:
    """The array of an NPY file, mapped where it can be; of a matrix also single columns, by number from 1."""
    values = _array(file.stream, file.name, file.limit, file.path)
    return {argument: Piece(_columns(values, columns, file.name), file.name) for argument, columns in wanted.items()}


def _columns(values: NDArray[Any], columns: str, name: str) -> NDArray[Any]:
    if not columns:
        return values
    if values.ndim != 2:
        raise InputError(f"{name}: an NPY file is one array, here of shape {values.shape}, and has no {columns!r}")
    places = columns_of(name, [str(place + 1) for place in range(values.shape[1])], columns.split(","), columns)
    return values[:, places[0]] if len(places) == 1 else values[:, places]


def read_npz(file: Opened, wanted: Mapping[str, str]) -> dict[str, Piece]:
    """Arrays of an NPZ file, by name."""
    try:
        with zipfile.ZipFile(file.path or file.whole()) as archive:
            return {argument: Piece(_member(archive, key, file), file.name) for argument, key in wanted.items()}
    except CORRUPT as error:
        raise InputError(f"{file.name}: no NPZ file of numbers, or a corrupt one ({error})") from None


def _member(archive: zipfile.ZipFile, key: str, file: Opened) -> NDArray[Any]:
    names = [name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy")]
    if not names:
        raise InputError(f"{file.name}: an archive without arrays; unpack it first")
    if not key and len(names) == 1:
        key = names[0]
    if key not in names:
        raise InputError(f"{file.name}: {missing('array', key, names)}")
    if names.count(key) > 1:
        raise InputError(f"{file.name}: {names.count(key)} arrays are called {key!r}")
    member = archive.getinfo(f"{key}.npy")
    if member.flag_bits & 1:
        raise InputError(f"{file.name}: {key!r} is encrypted; save it again without a password")
    if member.file_size > file.limit:
        raise too_large(f"{key!r} of {file.name}", file.limit)
    with archive.open(member) as stream:
        if stream.read(len(MAGIC)) != MAGIC:
            raise InputError(f"{file.name}: {key!r} is no NPY file of numbers")
    with archive.open(member) as stream:
        return _array(stream, f"{file.name}: {key!r}", file.limit)


def _array(stream: IO[bytes], name: str, limit: int, path: str | None = None) -> NDArray[Any]:
    """An array in NPY format from where its header begins."""
    dtype, order, shape, offset = _header(stream, name)
    size = math.prod(shape) * dtype.itemsize
    if path:
        there = os.path.getsize(path) - offset
        if there < size:
            raise _cut_short(name, size, there)
        if size and shape:
            return np.memmap(path, dtype, "r", offset, shape, order)
    elif size > limit:
        raise too_large(name, limit)
    data = bytearray()
    while len(data) < size and (piece := stream.read(min(PIECE, size - len(data)))):
        data += piece
    if len(data) < size:
        raise _cut_short(name, size, len(data))
    return np.frombuffer(data, dtype).reshape(shape, order=order)


def _cut_short(name: str, size: int, there: int) -> InputError:
    return InputError(f"{name} is cut short: its header promises {size:,} bytes, and {max(there, 0):,} follow")


def _header(stream: IO[bytes], name: str) -> tuple[np.dtype[Any], Any, tuple[int, ...], int]:
    """Dtype, order, shape, and where the elements begin."""
    start = stream.read(len(MAGIC) + 2)
    width, encoding = LENGTHS.get(start[len(MAGIC)] if len(start) > len(MAGIC) else 0, (0, ""))
    length = int.from_bytes(stream.read(width), "little")
    if not width or length > LONGEST_HEADER:
        raise InputError(f"{name}: no NPY file of numbers (of a known version, with a header of at most 10,000 bytes)")
    try:
        fields = ast.literal_eval(stream.read(length).decode(encoding).strip())
        dtype = np.lib.format.descr_to_dtype(fields["descr"])
        shape, fortran = fields["shape"], fields["fortran_order"]
        sound = isinstance(shape, tuple) and len(shape) <= AXES and type(fortran) is bool
    except Exception as error:  # whatever a header holds, and NumPy makes of it
        raise InputError(f"{name}: no NPY file of numbers (its header is unreadable: {type(error).__name__})") from None
    if not sound or not all(type(length) is int and 0 <= length < 2**62 for length in shape):
        raise InputError(f"{name}: no NPY file of numbers (its header has the shape {shape!r})")
    if dtype.hasobject:
        raise InputError(f"{name}: no NPY file of numbers, but one of Python objects, which are not unpickled")
    if dtype.kind not in "biuf" or dtype.itemsize > 8:
        raise InputError(f"{name}: no NPY file of numbers, but of dtype {dtype}")
    if math.prod(shape) >= 2**62:
        raise InputError(f"{name}: no NPY file of numbers (its header has the shape {shape!r})")
    return dtype, "F" if fortran else "C", shape, len(start) + width + length
