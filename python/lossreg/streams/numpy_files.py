"""NPY and NPZ: headers are checked before memory is asked for, objects are never unpickled."""

from __future__ import annotations

import ast
import math
import mmap
import os
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from lzma import LZMAError
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from lossreg.errors import DataError, LossregError
from lossreg.parsing import parsed
from lossreg.streams.columns import Columns, missing
from lossreg.streams.opening import Opened, too_large
from lossreg.streams.pieces import Block, Piece, aligned

__all__ = ["dtype_of", "read_npy", "read_npz"]

MAGIC = b"\x93NUMPY"
LONGEST_HEADER = 10_000  # bytes, as NumPy allows
AXES = 64
PIECE = 2**20
BLOCK = 2**24  # bytes of an array that are looked at together
# What the reader of archives raises: for lists of members that are no text (ValueError) and fields cut short too.
CORRUPT: tuple[type[Exception], ...] = (
    *(zipfile.BadZipFile, zlib.error, LZMAError, struct.error),
    *(EOFError, NotImplementedError, RuntimeError, OSError, ValueError),
)
LENGTHS = {1: (2, "latin1"), 2: (4, "latin1"), 3: (4, "utf-8")}  # by version: bytes of the header's length, encoding


def read_npy(file: Opened, wanted: Mapping[str, Columns], whole: bool) -> Iterator[Block]:
    """The array of an NPY file, mapped where it can be; of a matrix also single columns."""
    first = 0
    for values in _arrays(file.stream, file.name, file.limit, whole, file.path):
        yield {a: _piece(values, columns, file.name, first) for a, columns in wanted.items()}
        first += len(values) if values.ndim else 1


def _piece(values: NDArray[Any], columns: Columns, name: str, first: int) -> Piece:
    if not columns.names:
        return Piece([values], [""], source=name, first=first)
    if values.ndim != 2:
        what = columns.typed or ", ".join(map(repr, columns.names))
        raise DataError(f"{name}: an NPY file is one array, here of shape {values.shape}, and has no {what!r}")
    labels = [str(place + 1) for place in range(values.shape[1])]
    places = columns.places(name, labels)
    matrix = columns.matrix or len(places) > 1
    return Piece([values[:, place] for place in places], [labels[place] for place in places], matrix, name, first)


def dtype_of(file: Opened, wanted: Mapping[str, Columns]) -> dict[str, list[np.dtype[Any]]]:
    """The dtype of an NPY file, for each argument."""
    dtype, *_ = _header(file.stream, file.name)
    return {argument: [dtype] for argument in wanted}


def read_npz(file: Opened, wanted: Mapping[str, Columns], whole: bool) -> Iterator[Block]:
    """Arrays of an NPZ file, by name."""
    try:
        with zipfile.ZipFile(file.path or file.whole()) as archive:
            members = {
                argument: _member(archive, columns, file, argument, whole) for argument, columns in wanted.items()
            }
            if whole:
                for member in members.values():
                    yield from member
            else:
                yield from aligned(members)
    except CORRUPT as error:
        if isinstance(error, LossregError):
            raise
        raise DataError(f"{file.name}: no NPZ file of numbers, or a corrupt one ({error})") from None


def _member(archive: zipfile.ZipFile, columns: Columns, file: Opened, argument: str, whole: bool) -> Iterator[Block]:
    names = [name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy")]
    if not names:
        raise DataError(f"{file.name}: an archive without arrays; unpack it first, or save a spreadsheet as CSV")
    key = columns.typed if columns.typed is not None else ", ".join(map(str, columns.names))
    if not key and len(names) == 1:
        key = names[0]
    if key not in names:
        raise DataError(f"{file.name}: {missing('array', key, names)}")
    if names.count(key) > 1:
        raise DataError(f"{file.name}: {names.count(key)} arrays are called {key!r}")
    member = archive.getinfo(f"{key}.npy")
    if member.flag_bits & 1:
        raise DataError(f"{file.name}: {key!r} is encrypted; save it again without a password")
    with archive.open(member) as stream:
        if stream.read(len(MAGIC)) != MAGIC:
            raise DataError(f"{file.name}: {key!r} is no NPY file of numbers")
    with archive.open(member) as stream:
        first = 0
        for values in _arrays(stream, f"{file.name}: {key!r}", file.limit, whole):
            yield {argument: Piece([values], [key], source=file.name, first=first)}
            first += len(values) if values.ndim else 1


def _arrays(stream: IO[bytes], name: str, limit: int, whole: bool, path: str | None = None) -> Iterator[NDArray[Any]]:
    """An array in NPY format from where its header begins: mapped, or read row after row; in blocks or whole."""
    dtype, order, shape, offset = _header(stream, name)
    size = math.prod(shape) * dtype.itemsize
    if path and os.path.getsize(path) - offset < size:
        raise _cut_short(name, size, os.path.getsize(path) - offset)
    per_block = shape[0] if shape and whole else max(1, BLOCK * shape[0] // max(size, 1)) if shape else 1
    if path and size and shape:
        yield from _mapped(np.memmap(path, dtype, "r", offset, shape, order), per_block)
        return
    if whole or (order == "F" and len(shape) > 1):
        if not path and size > limit:
            raise too_large(name, limit)
        values = np.frombuffer(_read(stream, size, size, name), dtype).reshape(shape, order=order)
        yield from _mapped(values, per_block) if shape else [values]
        return
    row = size // shape[0] if shape and shape[0] else size
    for begin in range(0, shape[0] if shape else 1, per_block):
        rows = min(per_block, shape[0] - begin) if shape else 1
        data = _read(stream, rows * row, size, name, begin * row)
        yield np.frombuffer(data, dtype).reshape((rows, *shape[1:]) if shape else ())


def _read(stream: IO[bytes], size: int, promised: int, name: str, before: int = 0) -> bytearray:
    """So many bytes; memory is asked for as they come, not as they are promised."""
    data = bytearray()
    while len(data) < size and (piece := stream.read(min(PIECE, size - len(data)))):
        data += piece
    if len(data) < size:
        raise _cut_short(name, promised, before + len(data))
    return data


def _mapped(values: NDArray[Any], rows: int) -> Iterator[NDArray[Any]]:
    """Blocks of rows; what was mapped for one is given back before the next."""
    mapped: Any = getattr(values, "_mmap", None)
    for begin in range(0, len(values), max(rows, 1)):
        yield values[begin : begin + rows]
        if hasattr(mapped, "madvise") and rows < len(values):
            mapped.madvise(mmap.MADV_DONTNEED)


def _cut_short(name: str, size: int, there: int) -> DataError:
    return DataError(f"{name} is cut short: its header promises {size:,} bytes, and {max(there, 0):,} follow")


def _header(stream: IO[bytes], name: str) -> tuple[np.dtype[Any], Any, tuple[int, ...], int]:
    """Dtype, order, shape, and where the elements begin."""
    start = stream.read(len(MAGIC) + 2)
    width, encoding = LENGTHS.get(start[len(MAGIC)] if len(start) > len(MAGIC) else 0, (0, ""))
    length = int.from_bytes(stream.read(width), "little")
    if not width or length > LONGEST_HEADER:
        raise DataError(f"{name}: no NPY file of numbers (of a known version, with a header of at most 10,000 bytes)")
    try:
        fields = ast.literal_eval(parsed(stream.read(length).decode(encoding)))
        dtype = np.lib.format.descr_to_dtype(fields["descr"])
        shape, fortran = fields["shape"], fields["fortran_order"]
        sound = isinstance(shape, tuple) and len(shape) <= AXES and type(fortran) is bool
    except Exception as error:  # whatever a header holds, and NumPy makes of it
        raise DataError(f"{name}: no NPY file of numbers (its header is unreadable: {type(error).__name__})") from None
    if not sound or not all(type(length) is int and 0 <= length < 2**62 for length in shape):
        raise DataError(f"{name}: no NPY file of numbers (its header has the shape {shape!r})")
    if dtype.hasobject:
        raise DataError(f"{name}: no NPY file of numbers, but one of Python objects, which are not unpickled")
    if dtype.kind not in "biuf" or dtype.itemsize > 8:
        raise DataError(f"{name}: no NPY file of numbers, but of dtype {dtype}")
    if math.prod(shape) >= 2**62:
        raise DataError(f"{name}: no NPY file of numbers (its header has the shape {shape!r})")
    return dtype, "F" if fortran else "C", shape, len(start) + width + length
