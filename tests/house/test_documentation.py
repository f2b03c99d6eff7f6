"""Every loss and every public name is documented, and what the documentation names exists."""

from __future__ import annotations

import inspect
import re
from collections import Counter

import pytest
from checkout import LOSSES, ROOT, files, in_a_checkout, short

import lossreg

pytestmark = in_a_checkout

NAMES = lossreg.names()


@pytest.mark.parametrize("name", NAMES)
def test_a_loss_is_documented(name: str) -> None:
    info = lossreg.describe(name)
    assert re.fullmatch(r"[A-Z].+\.", info.summary, re.DOTALL), "a summary is a sentence"
    assert info.source, "say where the loss comes from"
    assert info.kinks
    compile(info.formula, name, "eval")
    for param in info.params:
        assert re.search(r"\w.+\.$", param.doc), f"{param.name} is not documented by a sentence"


def test_names_and_aliases_lead_to_one_loss_each() -> None:
    aliases = [alias for name in NAMES for alias in lossreg.describe(name).aliases]
    twice = [name for name, count in Counter([*NAMES, *aliases]).items() if count > 1]
    assert not twice
    assert all(lossreg.get(alias).name in NAMES for alias in aliases)


def test_a_loss_is_called_like_its_file() -> None:
    assert sorted(path.stem for path in LOSSES.rglob("*/*.rs")) == [
        name for name in NAMES if lossreg.describe(name).provider in ("", "lossreg")
    ]


@pytest.mark.parametrize("name", [name for name in lossreg.__all__ if not name.startswith("__")])
def test_public_names_are_documented(name: str) -> None:
    thing = getattr(lossreg, name)
    if inspect.isclass(thing) or inspect.isfunction(thing) or inspect.ismodule(thing):
        assert inspect.getdoc(thing)


def test_the_documentation_names_commands_that_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for path in files():
        if path.suffix == ".md" or path.name == "run":
            named = set(re.findall(r"(?:^|`|step )make ([a-z-]+)", path.read_text(encoding="utf-8"), re.MULTILINE))
            assert named <= targets, f"{short(path)} names {named - targets}"


def test_the_readme_says_how_to_begin() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "make demo" in text
    assert "make test" in text
