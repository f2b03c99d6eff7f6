"""The file that `lossreg eval --grad` writes: whole, or as it was."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import IO, Any

import numpy as np
import typer

from lossreg.cli.problems import InputError

__all__ = ["check_target", "write"]


def check_target(path: Path, pair: bool) -> None:
    """Refuse what no gradient can be written to, before anything is read."""
    wanted = (".npz",) if pair else (".npy", ".csv")
    if path.suffix not in wanted:
        raise typer.BadParameter(f"{path} must end in {' or '.join(wanted)}", param_hint="--grad")
    if not path.parent.is_dir():
        raise InputError(f"{path}: there is no folder {path.parent}")
    if path.exists() and not path.is_file():
        raise InputError(f"{path} is no file that could be replaced")


def write(path: Path, gradient: Any, arguments: list[str]) -> None:
    """Write to a file of another name first, and rename it when it is whole; a link stays a link."""
    target = Path(os.path.realpath(path))
    if not isinstance(gradient, tuple) and path.suffix == ".csv" and gradient.ndim > 2:
        raise InputError(f"{path}: a gradient of shape {gradient.shape} is no table; write it to an .npy file")
    temporary = target.with_name(f".{target.name[:100]}.{secrets.token_hex(8)}")
    try:
        with open(temporary, "xb") as file:
            _save(file, path.suffix, gradient, arguments)
        if target.exists():
            temporary.chmod(target.stat().st_mode & 0o777)
        temporary.replace(target)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from None
    finally:
        temporary.unlink(missing_ok=True)


def _save(file: IO[bytes], suffix: str, gradient: Any, arguments: list[str]) -> None:
    if suffix == ".npz":
        np.savez(file, **dict(zip(arguments, gradient, strict=True)))
    elif suffix == ".npy":
        np.save(file, gradient)
    else:
        np.savetxt(file, np.atleast_1d(gradient), fmt="%.17g", delimiter=",")
