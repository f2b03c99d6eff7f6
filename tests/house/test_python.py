"""The rules of the house for the Python package: who imports whom, and that no module knows a loss by its name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from checkout import ROOT, circles, in_a_checkout, judge, of, short
from python_files import compared_names, graph, imports, modules, searched_sentences

import lossreg

pytestmark = in_a_checkout

OUTER = {"compat", "integrations", "cli", "demo", "testing"}
PUBLIC_MODULES = {
    "lossreg",
    "lossreg.arrays",
    "lossreg.errors",
    "lossreg.ffi",
    "lossreg.info",
    "lossreg.links",
    "lossreg.losses",
    "lossreg.ops",
    "lossreg.shown",
    "lossreg.streams",
    "lossreg.testing",
    "lossreg.typing",
    "lossreg.demo",
}


@pytest.mark.parametrize("name", sorted(modules().keys() - {"lossreg.__main__"}))  # the command line's other name
def test_the_outer_rooms_use_public_names_and_the_inner_ones_do_not_know_them(name: str) -> None:
    path = modules()[name]
    parts = name.split(".")
    room = parts[1] if len(parts) > 1 else ""
    for source, what in imports(path, name):
        target = source.split(".")[1] if "." in source else what
        if room not in OUTER:
            assert target not in OUTER, f"{name} imports {source}, which is built on top of it"
        elif target != room:
            public = source in PUBLIC_MODULES and not what.startswith("_")
            public &= source != "lossreg" or what in {"", "compat", "demo", "ffi", "testing", "links", *lossreg.__all__}
            assert public, f"{name} imports {what or source} from {source}, which is not public"


def test_modules_import_each_other_in_one_direction() -> None:
    """Imports inside functions, for type checkers and by the native module count like all others."""
    judge("circle of Python modules", circles(graph()))


@pytest.mark.parametrize("folder", ["asv_bench", "benchmarks", "examples"])
def test_what_is_around_the_package_uses_public_names(folder: str) -> None:
    for path in of(ROOT / folder, ".py"):
        for source, what in imports(path):
            integration = source.startswith("lossreg.integrations.") and source.count(".") == 2
            assert integration or source in PUBLIC_MODULES, f"{short(path)} imports {source}"
            assert source != "lossreg" or what in {"", *lossreg.__all__}, f"{short(path)} imports {what}"


READ = ["python/lossreg", "tools", "benchmarks", "asv_bench", "tests/support"]
SOURCES = [path for folder in READ for path in of(ROOT / folder, ".py")]


def test_no_module_asks_which_loss_it_has() -> None:
    """What a module must know of a loss stands in its description."""
    names = {word for name in lossreg.names() for word in (name, *lossreg.describe(name).aliases)}
    judge(
        "comparison of a loss's name", (f"{short(p)}: {found}" for p in SOURCES for found in compared_names(p, names))
    )


# Names of NumPy that 1.26, the oldest that will do, has not.
ONLY_IN_NUMPY_2 = re.compile(r"\bnp\.(bool|long|ulong|concat|permute_dims|astype|isdtype|matrix_transpose|vecdot)\b")


def test_no_module_wants_numpy_2() -> None:
    found = (short(path) for path in of(ROOT / "python", ".py") if ONLY_IN_NUMPY_2.search(path.read_text("utf-8")))
    judge("a name that only NumPy 2 has", found)


def test_no_module_searches_in_a_sentence() -> None:
    """Sentences are for people; a program reads fields, and attributes of an error."""
    judge("search in a sentence", (f"{short(p)}: {found}" for p in SOURCES for found in searched_sentences(p)))


FAULTS = """
TABLE = {"huber": 1}
def chosen(loss, info, words):
    if loss.name == "huber" or loss.name in TABLE or loss.name in ("mse", "other"):
        return TABLE[loss.name], TABLE.get(loss.name), {"huber": 2}[loss.name]
    match loss.name:
        case "hinge":
            pass
    if info.target.startswith("labels") or "real" in info.formula:
        return read(info.target)
    try:
        words = info.summary
        return re.search("x", words), {"labels": 1}.get(info.target)
    except ValueError as error:
        text = str(error)
        return "index" in text, PATTERN.match(error.args[0]), info.target == "labels"
def read(words):
    return words.lower().split()
"""
GOOD = """
NAMES = {"huber": "Huber"}
def chosen(loss, name, info, error):
    known = name in info.aliases or loss.name == name or loss.name in loss.names()
    text = f"{info.target}: {info.formula}" + str(error) + f"{NAMES['huber']}"
    return known, text.split(), name.startswith("h"), info.target is Domain.LABELS, lossreg.get("huber"), info.target == wanted
"""


def test_the_rules_see_faults_and_only_faults(tmp_path: Path) -> None:
    faulty, good = tmp_path / "faulty.py", tmp_path / "good.py"
    faulty.write_text(FAULTS, encoding="utf-8")
    good.write_text(GOOD, encoding="utf-8")
    names = {"huber", "hinge", "mse"}
    assert [*compared_names(good, names), *searched_sentences(good)] == []
    assert len([*compared_names(faulty, names)]) == 7
    assert searched_sentences(faulty) == {
        "info.target.startswith('labels')",
        "'real' in info.formula",
        "words.lower().split()",
        "re.search('x', words)",
        "{'labels': 1}.get(info.target)",
        "'index' in text",
        "PATTERN.match(error.args[0])",
        "info.target == 'labels'",
    }
