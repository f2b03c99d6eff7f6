"""Files as streams of bytes: unpacked, with a bound on what comes out, and known by their first bytes."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import sys
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from lossreg.errors import DataError

__all__ = ["STDIN", "Opened", "format_suffix", "opened", "too_large"]

STDIN = "-"
HEAD = 10  # bytes by which a file is known
PIECE = 2**20

PACKED: dict[str, tuple[bytes, Callable[[Any], Any]]] = {
    "gzip": (b"\x1f\x8b", lambda stream: gzip.GzipFile(fileobj=stream)),
    "bzip2": (b"BZh", bz2.BZ2File),
    "xz": (b"\xfd7zXZ\x00", lzma.LZMAFile),
}
KINDS = {b"\x93NUMPY": "NPY", b"PK\x03\x04": "NPZ", b"PK\x05\x06": "NPZ", b"PAR1": "Parquet"}
OTHERS = {b"ARROW1": "ipc", b"ORC": "orc", b'{"': "json"}  # which pyarrow reads as data sets
SUFFIXES = {".npy": "NPY", ".npz": "NPZ", ".parquet": "Parquet", ".pq": "Parquet"}
PACKED_SUFFIXES = (".gz", ".bz2", ".xz")
CORRUPT = (EOFError, OSError, zlib.error, lzma.LZMAError)


@dataclass(frozen=True)
class Opened:
    """A file that is being read.

    Attributes
    ----------
    stream : io.BufferedReader
        Its bytes, unpacked.
    kind : {"NPY", "NPZ", "Parquet", "text"}
        What they are.
    name : str
        What the file is called in messages.
    path : str or None
        Where it can be mapped: a regular file that was not packed.
    limit : int
        How many bytes it may have where all of it has to be in memory.
    keys : dict of str
        What the folders that it is in say of all its rows.
    """

    stream: IO[bytes]
    kind: str
    name: str
    path: str | None
    limit: int
    keys: Mapping[str, str]

    def names(self, columns: Sequence[str]) -> list[str]:
        """What its columns are called, and after them what the folders say."""
        return [*columns, *(name for name in self.keys if name not in columns)]

    def constant(self, name: str, rows: int) -> NDArray[Any]:
        """What a folder says, for so many rows."""
        try:
            return np.full(rows, int(self.keys[name]) if self.keys[name].isdecimal() else float(self.keys[name]))
        except ValueError:
            raise DataError(f"{self.name}, column {name}: its folder says {self.keys[name]!r}, no number") from None

    def whole(self) -> io.BytesIO:
        """All bytes, for a format that is not read from front to end."""
        data = io.BytesIO()
        while piece := self.stream.read(PIECE):
            data.write(piece)
            if data.tell() > self.limit:
                raise too_large(self.name, self.limit)
        data.seek(0)
        return data


@contextmanager
def opened(path: str, limit: int, keys: Mapping[str, str], whole: bool = False) -> Iterator[Opened]:
    """Open a file, or standard input, and look at what it is; if the whole of it is wanted, the limit is for all that is unpacked."""
    name = "standard input" if path == STDIN else _short(path)
    if path == STDIN:
        if sys.stdin is None:
            raise DataError("standard input is closed")
        yield _look(sys.stdin.buffer, name, path, limit, keys, whole)
        return
    if os.path.isdir(path):
        raise DataError(f"{name} is a folder; read its files with --data, and name columns only")
    try:
        file = open(path, "rb")  # noqa: SIM115
    except FileNotFoundError as error:
        elsewhere = "; pass pyarrow.dataset.dataset(ADDRESS) for what is not on this machine" if "://" in path else ""
        raise FileNotFoundError(error.errno, f"there is no such file{elsewhere}", name) from None
    except OSError as error:
        raise type(error)(error.errno, error.strerror or str(error), name) from None
    except ValueError as error:  # no file can be called so
        raise DataError(f"{name}: {error}") from None
    with file:
        yield _look(file, name, path, limit, keys, whole)


def _look(file: IO[bytes], name: str, path: str, limit: int, keys: Mapping[str, str], whole: bool) -> Opened:
    begin = io.BufferedReader(_Bytes(b"", file, name))
    head = begin.read(HEAD)
    stream: IO[bytes] = io.BufferedReader(_Bytes(head, begin, name))
    mapped: str | None = path if os.path.isfile(path) else None
    for packing, (magic, unpacked) in PACKED.items():
        if head.startswith(magic) and (packing != "bzip2" or head[4:] == b"1AY&SY"):
            inside = io.BufferedReader(_Bytes(b"", unpacked(stream), name, packing, limit if whole else None))
            head = inside.read(HEAD)
            stream, mapped = io.BufferedReader(_Bytes(head, inside, name)), None
            break
    if head.startswith(b"\x28\xb5\x2f\xfd"):
        raise DataError(
            f"{name} is packed by Zstandard; unpack it and pass it on: zstd -dc FILE | lossreg eval … --data -"
        )
    if other := next((other for magic, other in OTHERS.items() if head.startswith(magic)), None):
        raise DataError(
            f'{name} is no CSV but {other.upper()}; pass pyarrow.dataset.dataset(PATH, format="{other}") to lossreg.evaluate'
        )
    kind = next((kind for magic, kind in KINDS.items() if head.startswith(magic)), "text")
    promised = SUFFIXES.get(format_suffix(path), kind)
    if promised != kind:
        raise DataError(f"{name}: no {promised} file of numbers ({'empty' if not head else 'it begins otherwise'})")
    return Opened(stream, kind, name, mapped, limit, keys)


def format_suffix(path: str) -> str:
    """The end of a file's name that tells its format, before that of its packing."""
    stem, suffix = os.path.splitext(path.lower())
    return os.path.splitext(stem)[1] if suffix in PACKED_SUFFIXES else suffix


def _short(path: str, longest: int = 400) -> str:
    """A file's name in messages, without the middle of one that nobody would read."""
    return path if len(path) <= longest else f"{path[: longest // 2]}…{path[-longest // 2 :]}"


class _Bytes(io.RawIOBase):
    """Bytes of which the first were looked at already; those of a packed file are counted, its faults named."""

    def __init__(self, head: bytes, stream: Any, name: str, packing: str = "", limit: int | None = None) -> None:
        self._head, self._stream, self._name = head, stream, name
        self._packing, self._limit, self._count = packing, limit, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        size = len(buffer)
        if self._head:
            data, self._head = self._head[:size], self._head[size:]
        else:
            data = self._read(size)
        buffer[: len(data)] = data
        return len(data)

    def _read(self, size: int) -> bytes:
        try:
            data: bytes = self._stream.read(size)
        except DataError:
            raise
        except CORRUPT as error:
            why = getattr(error, "strerror", None) or error
            if self._packing:
                why = f"its {self._packing} data are corrupt or cut short ({why})"
            raise DataError(f"{self._name}: {why}") from None
        self._count += len(data)
        if self._limit is not None and self._count > self._limit:
            raise too_large(self._name, self._limit)
        return data


def too_large(name: str, limit: int) -> DataError:
    """The error for what unpacks without end."""
    return DataError(
        f"{name} unpacks to more than {size_in_words(limit)}; if that is meant, allow it: --max-unpacked "
        f"{size_in_words(4 * limit)}"
    )


def size_in_words(size: int) -> str:
    """A number of bytes as the options take it."""
    for power, unit in enumerate(("", "KiB", "MiB", "GiB", "TiB")):
        if size < 1024 ** (power + 1) or unit == "TiB" or size % 1024 ** (power + 1):
            return f"{size // 1024**power}{unit}"
    raise AssertionError
