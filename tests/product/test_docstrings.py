"""Docstrings: every public name has one in NumPy's sections, and the examples of every module run."""

from __future__ import annotations

import ast
import doctest
import inspect
import re
import textwrap
import types
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import lossreg

NEEDS = {"lossreg.threads": "threadpoolctl"}
PUBLIC = [name for name in lossreg.__all__ if not name.startswith("__")]
FUNCTIONS = [name for name in PUBLIC if isinstance(getattr(lossreg, name), types.FunctionType)]
CLASSES = [name for name in PUBLIC if isinstance(getattr(lossreg, name), type)]
METHODS = [name for name in dir(lossreg.Loss) if not name.startswith("_") and hasattr(lossreg.Loss, name)]


def sections(thing: Any) -> set[str]:
    """The headings of a docstring; its first line is the summary."""
    text = inspect.getdoc(thing) or ""
    assert re.match(r"\S.*[.?]", text), "the first line is a sentence"
    return {"Summary", *re.findall(r"^(\w[\w ]*)\n-{3,}$", text, re.MULTILINE)}


def raises(function: Any) -> bool:
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    return any(isinstance(node, ast.Raise) for node in ast.walk(tree))


def parameters(function: Any) -> list[str]:
    return [name for name in inspect.signature(function).parameters if name not in ("self", "cls")]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_tells_what_it_takes_returns_and_raises(name: str) -> None:
    function = getattr(lossreg, name)
    has = sections(function)
    wanted = {"Examples"}
    wanted |= {"Parameters"} if parameters(function) else set()
    wanted |= {"Returns"} if inspect.signature(function).return_annotation not in (None, "None") else set()
    wanted |= {"Raises"} if raises(function) else set()
    assert wanted <= has, f"{name} lacks {sorted(wanted - has)}"
    told = re.findall(r"^\*{0,2}(\w+)(?:, (\w+))*(?: : .*)?$", inspect.getdoc(function) or "", re.MULTILINE)
    assert set(parameters(function)) <= {word for line in told for word in line}, f"{name} leaves out a parameter"


UNSHOWN = {"InternalError", "PluginError", "PluginWarning"}  # nobody meets them by writing a line


@pytest.mark.parametrize("name", [name for name in CLASSES if name not in UNSHOWN])
def test_a_class_shows_how_it_is_met(name: str) -> None:
    has = sections(getattr(lossreg, name))
    assert "Examples" in has, f"{name} lacks an example"
    if name in ("LossInfo", "PythonLoss"):
        assert "Attributes" in has
    if name == "num_threads":
        assert "Parameters" in has


@pytest.mark.parametrize("name", METHODS)
def test_a_method_of_a_loss_has_an_example(name: str) -> None:
    assert "Examples" in sections(getattr(lossreg.Loss, name)), f"Loss.{name} lacks an example"


def test_the_value_of_a_loss_tells_its_arguments() -> None:
    assert {"Parameters", "Returns", "Raises"} <= sections(lossreg.Loss.value)
    told = inspect.getdoc(lossreg.Loss.value) or ""
    for parameter in parameters(lossreg.Loss.value):
        assert re.search(rf"^{parameter} : ", told, re.MULTILINE), parameter


@pytest.mark.parametrize("name", lossreg.names())
def test_a_loss_function_has_all_sections_and_its_examples_run(name: str) -> None:
    function = getattr(lossreg.losses, name)
    wanted = {"Returns", "Raises", "Notes", "References", "Examples"}
    wanted |= {"Parameters"} if parameters(function) else set()
    assert wanted <= sections(function)
    run(function.__doc__, f"lossreg.losses.{name}")


FOLDER = Path(lossreg.__file__).parent
# Of the files: a package whose library is missing would hide its modules from who imports it to look.
FILES = {path.relative_to(FOLDER).with_suffix("").parts for path in FOLDER.rglob("*.py")}
NAMES = {".".join(("lossreg", *parts)).removesuffix(".__init__") for parts in FILES if "__main__" not in parts}
MODULES = sorted({*NAMES, "lossreg._native"} - {"lossreg"})


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_run(name: str) -> None:
    needed = NEEDS.get(name)
    if needed and find_spec(needed) is None:
        pytest.skip(f"{needed} is not installed")
    try:
        module = import_module(name)
    except ImportError as error:
        if (error.name or "lossreg").startswith("lossreg"):
            raise
        pytest.skip(f"{error.name} is not installed")
    things = [module] if name != "lossreg._native" else [module, lossreg.Loss]
    found = [test for thing in things for test in doctest.DocTestFinder().find(thing, thing.__name__, module)]
    for test in found:
        said: list[str] = []
        doctest.DocTestRunner(verbose=False).run(test, out=said.append)
        assert not said, "".join(said)


def run(text: str | None, name: str) -> None:
    """Run the examples of a text."""
    said: list[str] = []
    test = doctest.DocTestParser().get_doctest(text or "", {}, name, None, 0)
    assert test.examples, f"{name} has no examples"
    doctest.DocTestRunner(verbose=False).run(test, out=said.append)
    assert not said, "".join(said)


def test_the_examples_of_the_methods_are_found() -> None:
    """A doctest finder that finds nothing passes everything."""
    found = doctest.DocTestFinder(exclude_empty=True).find(lossreg.Loss, "Loss", lossreg._native)
    assert sum(bool(test.examples) for test in found) >= 6
