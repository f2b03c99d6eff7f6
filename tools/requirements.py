"""Prints what the extras of pyproject.toml stand for, one requirement a line, for pip.

    python tools/requirements.py test check | pip install -r /dev/stdin

So the tools of an extra can be installed without building the package.
"""

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

PROJECT = tomllib.loads((Path(__file__).resolve().parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def requirements(extra: str) -> Iterator[str]:
    """The requirements of an extra, those of extras that it names included."""
    for requirement in PROJECT["optional-dependencies"][extra]:
        if own := re.fullmatch(r"lossreg\[(.+)\]", requirement):
            for other in own[1].split(","):
                yield from requirements(other.strip())
        else:
            yield requirement


if __name__ == "__main__":
    print(*PROJECT["dependencies"], *(line for extra in sys.argv[1:] for line in requirements(extra)), sep="\n")
