"""Files as streams of bytes: unpacked, with a bound on what comes out, and known by their first bytes."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

from lossreg.cli.problems import InputError

__all__ = ["STDIN", "Opened", "format_suffix", "opened", "too_large"]

STDIN = "-"
HEAD = 10  # bytes by which a file is known

PACKED: dict[str, tuple[bytes, Callable[[Any], Any]]] = {
    "gzip": (b"\x1f\x8b", lambda stream: gzip.GzipFile(fileobj=stream)),
    "bzip2": (b"BZh", bz2.BZ2File),
    "xz": (b"\xfd7zXZ\x00", lzma.LZMAFile),
}
KINDS = {b"\x93NUMPY": "NPY", b"PK\x03\x04": "NPZ", b"PK\x05\x06": "NPZ", b"PAR1": "Parquet"}
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
        How many bytes it may unpack to.
    """

    stream: IO[bytes]
    kind: str
    name: str
    path: str | None
    limit: int

    def whole(self) -> io.BytesIO:
        """All bytes, for a format that is not read from front to end."""
        data = self.stream.read(self.limit + 1)
        if len(data) > self.limit:
            raise too_large(self.name, self.limit)
        return io.BytesIO(data)


@contextmanager
def opened(path: str, limit: int) -> Iterator[Opened]:
    """Open a file, or standard input, and look at what it is."""
    name = "standard input" if path == STDIN else _short(path)
    if path == STDIN:
        if sys.stdin is None:
            raise InputError("standard input is closed")
        yield _look(sys.stdin.buffer, name, path, limit)
        return
    if os.path.isdir(path):
        raise InputError(f"{name} is a folder; read its files with --data, and name columns only")
    try:
        file = open(path, "rb")  # noqa: SIM115
    except FileNotFoundError:
        raise InputError(f"{name}: there is no such file") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{name}: {getattr(error, 'strerror', None) or error}") from None
    with file:
        yield _look(file, name, path, limit)


def _look(file: IO[bytes], name: str, path: str, limit: int) -> Opened:
    begin = io.BufferedReader(_Bytes(b"", file, name))
    head = begin.read(HEAD)
    stream: IO[bytes] = io.BufferedReader(_Bytes(head, begin, name))
    mapped: str | None = path if os.path.isfile(path) else None
    for packing, (magic, unpacked) in PACKED.items():
        if head.startswith(magic) and (packing != "bzip2" or head[4:] == b"1AY&SY"):
            inside = io.BufferedReader(_Bytes(b"", unpacked(stream), name, packing, limit))
            head = inside.read(HEAD)
            stream, mapped = io.BufferedReader(_Bytes(head, inside, name)), None
            break
    if head.startswith(b"\x28\xb5\x2f\xfd"):
        raise InputError(
            f"{name} is packed by Zstandard; unpack it and pass it on: zstd -dc FILE | lossreg eval … --data -"
        )
    kind = next((kind for magic, kind in KINDS.items() if head.startswith(magic)), "text")
    promised = SUFFIXES.get(format_suffix(path), kind)
    if promised != kind:
        raise InputError(f"{name}: no {promised} file of numbers ({'empty' if not head else 'it begins otherwise'})")
    return Opened(stream, kind, name, mapped, limit)


def format_suffix(path: str) -> str:
    """The end of a file's name that tells its format, before that of its packing."""
    stem, suffix = os.path.splitext(path.lower())
    return os.path.splitext(stem)[1] if suffix in PACKED_SUFFIXES else suffix


def _short(path: str, longest: int = 400) -> str:
    """A file's name in messages, without the middle of one that nobody would read."""
    return path if len(path) <= longest else f"{path[: longest // 2]}…{path[-longest // 2 :]}"


class _Bytes(io.RawIOBase):
    """Bytes of which the first were looked at already; those of a packed file are counted, its faults named."""

    def __init__(self, head: bytes, stream: Any, name: str, packing: str = "", limit: int = 0) -> None:
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
        except InputError:
            raise
        except CORRUPT as error:
            why = getattr(error, "strerror", None) or error
            if self._packing:
                why = f"its {self._packing} data are corrupt or cut short ({why})"
            raise InputError(f"{self._name}: {why}") from None
        self._count += len(data)
        if self._packing and self._count > self._limit:
            raise too_large(self._name, self._limit)
        return data


def too_large(name: str, limit: int) -> InputError:
    """The error for what unpacks without end."""
    return InputError(
        f"{name} unpacks to more than {size_in_words(limit)}; if that is meant, allow it: --max-unpacked "
        f"{size_in_words(4 * limit)}"
    )


def size_in_words(size: int) -> str:
    """A number of bytes as the options take it."""
    for power, unit in enumerate(("", "KiB", "MiB", "GiB", "TiB")):
        if size < 1024 ** (power + 1) or unit == "TiB" or size % 1024 ** (power + 1):
            return f"{size // 1024**power}{unit}"
    raise AssertionError
