"""Compiled kernels for tests: C sources built by the compiler that is there, and capsules of any struct under any name."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import lossreg
from lossreg import ffi

__all__ = ["Held", "Library", "built"]


def built(source: Path, folder: Path, *options: str) -> Path:
    """A library of a C source."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        pytest.skip("there is no C compiler")
    library = folder / f"{source.stem}.so"
    options = ("-std=c11", "-O2", "-Wall", "-Wno-unused-parameter", "-Werror", "-shared", "-fPIC", *options)
    command = [compiler, *options, f"-I{lossreg.get_include()}", str(source), "-o", str(library), "-lm"]
    subprocess.run(command, check=True)
    return library


class Held:
    """What hands over a struct, which it keeps."""

    def __init__(self, struct: Any, name: bytes = ffi.CAPSULE) -> None:
        self.struct = struct
        self.name = name  # a capsule does not copy it
        address = ctypes.c_void_p(ctypes.addressof(struct))
        self.capsule = ffi.NEW_CAPSULE(address, self.name, None)

    def __lossreg_kernel__(self) -> Any:
        return self.capsule

    def __repr__(self) -> str:
        return "Held()"


class Library:
    """The kernels of a library by their symbols."""

    def __init__(self, path: Path) -> None:
        self.library = ctypes.CDLL(str(path))

    def __getattr__(self, symbol: str) -> Held:
        return Held(ffi._Struct.in_dll(self.library, symbol))

    def changed(self, symbol: str, **fields: Any) -> Any:
        """A copy of a struct with other fields."""
        struct = ffi._Struct.from_buffer_copy(ffi._Struct.in_dll(self.library, symbol))
        for field, value in fields.items():
            setattr(struct, field, value)
        return struct
