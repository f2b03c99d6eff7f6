"""`lossreg new`: a package with a loss, to begin with."""

from __future__ import annotations

import re
import sys
from importlib.resources import files
from keyword import iskeyword
from pathlib import Path
from string import Template
from typing import Annotated

import typer

import lossreg
from lossreg.cli.output import printable
from lossreg.cli.problems import InputError

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
# What is written where, from which template.
FILES = {
    "pyproject.toml": "pyproject.txt",
    "README.md": "readme.txt",
    "src/$module/__init__.py": "module.txt",
    "tests/test_$loss.py": "tests.txt",
}


def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The package, such as my-losses.")],
    folder: Annotated[
        Path | None, typer.Option("--in", metavar="DIR", help="The folder that it goes into; by default this one.")
    ] = None,
) -> None:
    """Write a package with a loss of your own, which lossreg finds wherever it is installed.

    It has a formula, to be replaced by yours, the entry point that makes it known, and its tests.
    """
    if not NAME.fullmatch(name) or iskeyword(name):
        raise typer.BadParameter(f"wanted words in lower case with hyphens between, such as my-losses, not {name!r}")
    module = name.replace("-", "_")
    loss = f"{re.sub('_?loss(es)?$', '', module) or module}_error"
    if module in {"lossreg", "numpy", "pluggy", *sys.stdlib_module_names}:
        raise typer.BadParameter(f"{name} would hide the module {module}; wanted another name, such as my-losses")
    if _is_known(loss):
        raise typer.BadParameter(
            f"{name} would have the loss {loss}, which there is; wanted another name, such as my-losses"
        )
    words = {"name": name, "module": module, "loss": loss, "constant": loss.upper()}
    home = (folder or Path()) / name
    if home.exists():
        raise InputError(f"{home} is there already; nothing was written")
    templates = files("lossreg.cli") / "template"
    for place, template in FILES.items():
        path = home / Template(place).substitute(words)
        path.parent.mkdir(parents=True, exist_ok=True)
        text = (templates / template).read_text(encoding="utf-8")
        path.write_text(Template(text).substitute(words), encoding="utf-8")
    print(printable(str(home)))
    for line in ("cd " + str(home), 'pip install -e ".[test]"', "python -m pytest", f"lossreg show {loss}"):
        print(printable(f"  {line}"))


def _is_known(loss: str) -> bool:
    try:
        lossreg.describe(loss)
    except lossreg.UnknownLossError:
        return False
    return True
