"""Distributions laid into a folder as pip would lay them, and fresh interpreters that see them."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

__all__ = ["good", "hook", "install", "loss", "run"]

LOSS = """
import lossreg
import numpy as np

class {kind}(lossreg.PythonLoss):
    name = {name!r}
    aliases = {aliases!r}
    scale: float = 1.0

    def per_element(self, y_true, y_pred):
        return np.abs(y_pred - y_true) / self.scale
"""
HOOK = """
@lossreg.hookimpl
def lossreg_register(registry):
    registry.add({kind})
"""


def loss(name, kind="Own", aliases=()):
    """The code of a class."""
    return LOSS.format(name=name, kind=kind, aliases=tuple(aliases))


def hook(kind="Own"):
    """The code of a hook that adds it."""
    return HOOK.format(kind=kind)


def good(name, aliases=()):
    """The code of a plugin with one loss."""
    return loss(name, aliases=aliases) + hook()


def install(site: Path, name, code, *, version="1.2", entry_points=None, metadata=None, text=None):
    """Lay a distribution into the folder: a module and its metadata, or what is given in their place."""
    module = name.replace("-", "_")
    site.joinpath(f"{module}.py").write_text(code)
    info = site / f"{module}-{version}.dist-info"
    info.mkdir()
    if metadata is None:
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    if text is None:
        lines = "\n".join(f"{key} = {value}" for key, value in (entry_points or {module: module}).items())
        text = f"[lossreg]\n{lines}\n"
    for file, content in {"METADATA": metadata, "entry_points.txt": text}.items():
        if content:
            info.joinpath(file).write_bytes(content if isinstance(content, bytes) else content.encode())


def run(site: Path, code, *options, **environment):
    """What a fresh interpreter prints that sees the distributions."""
    path = os.pathsep.join(filter(None, (str(site), os.environ.get("PYTHONPATH"))))
    names = {"LOSSREG_PLUGINS", "LOSSREG_STRICT_PLUGINS"}
    clean = {key: value for key, value in os.environ.items() if key not in names}
    done = subprocess.run(
        [sys.executable, *options, "-c", "import warnings, lossreg\n" + textwrap.dedent(code)],
        env={**clean, "PYTHONPATH": path, **environment},
        capture_output=True,
        text=True,
        timeout=300,  # only a hang takes so long
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
