"""Everything that README.md says is done here: its Python runs in order, its commands run, its files and links exist."""

from __future__ import annotations

import ast
import doctest
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, NamedTuple

import pytest

import lossreg

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
DOCS = ROOT / "docs"

if not README.is_file():
    pytest.skip("this is not a checkout of the project", allow_module_level=True)

COMMAND_LINE = DOCS / "command-line.md"
TEXT = README.read_text(encoding="utf-8")


class Block(NamedTuple):
    """A piece of code, and how many lines stand before it."""

    language: str
    code: str
    line: int

    def run(self, names: dict[str, Any]) -> None:
        """Run it, among the names of the blocks before."""
        if ">>>" not in self.code:
            exec(compile("\n" * self.line + self.code, str(README), "exec"), names)
            return
        said: list[str] = []
        test = doctest.DocTestParser().get_doctest(self.code, names, "README", str(README), self.line)
        doctest.DocTestRunner(verbose=False).run(test, out=said.append, clear_globs=False)
        names.update(test.globs)
        assert not said, "".join(said)


def blocks(language: str, text: str = TEXT) -> list[Block]:
    found = re.finditer(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    every = [Block(one[1], one[2], text.count("\n", 0, one.start(2))) for one in found]
    return [block for block in every if block.language == language]


def test_the_languages_of_its_code_are_those_that_are_tested_here() -> None:
    assert set(re.findall(r"^```(\w*)$", TEXT, re.MULTILINE)) == {"", "console", "python", "toml"}


# Python


def needed(block: Block) -> set[str]:
    """The packages that a recipe imports, beside what every test has."""
    if ">>>" in block.code:
        return set()
    imports = [node for node in ast.walk(ast.parse(block.code)) if isinstance(node, ast.Import | ast.ImportFrom)]
    modules = [alias.name for node in imports if isinstance(node, ast.Import) for alias in node.names]
    modules += [node.module or "" for node in imports if isinstance(node, ast.ImportFrom)]
    trainers = [module.split(".")[2] for module in modules if module.startswith("lossreg.integrations.")]
    return {*trainers, *(module.split(".")[0] for module in modules)} - {"lossreg", "numpy", "typing"}


RECIPES = [block for block in blocks("python") if needed(block)]


def test_its_python_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("readme")  # pickle finds a class by its module
    monkeypatch.setitem(sys.modules, "readme", module)
    names = vars(module)
    for block in blocks("python"):
        if not needed(block):
            block.run(names)
    names["lossreg_register"](SimpleNamespace(add=lossreg.register))
    try:
        assert lossreg.get("scaled_error", scale=2.0).grad([0.0], [2.0], reduction="sum") == 1.0
    finally:
        lossreg.unregister("scaled_error")


@pytest.mark.parametrize("block", RECIPES, ids=lambda block: "-".join(sorted(needed(block))))
def test_its_recipes_run(block: Block, tmp_path: Path) -> None:
    if missing := [name for name in needed(block) if importlib.util.find_spec(name) is None]:
        pytest.skip(f"{', '.join(missing)} is not installed")
    data = next(other for other in blocks("python") if "default_rng" in other.code)
    (tmp_path / "recipe.py").write_text(f"import lossreg\n{data.code}{block.code}")
    command = [sys.executable, "-W", "ignore", "recipe.py"]
    environment = {**os.environ, "KERAS_BACKEND": "jax", "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_reader_has_recipes() -> None:
    readers = re.findall(r"^- you \[[^]]*\]\(#([\w-]+)\)", TEXT, re.MULTILINE)
    assert len(readers) >= 5
    parts = {re.sub(r"[^\w-]", "", head.lower().replace(" ", "-")): text for head, text in sections()}
    for reader in readers:
        assert re.search(r"^```(python|console)$", parts[reader], re.MULTILINE), reader


def sections() -> list[tuple[str, str]]:
    """The parts of the page, each with its heading."""
    found = re.split(
        r"^#+ (.*)\n",
        re.sub(r"^```.*?^```$", lambda code: code[0].replace("\n#", "\n"), TEXT, flags=re.M | re.S),
        flags=re.M,
    )
    return list(zip(found[1::2], found[2::2], strict=True))


# Rust, and pyproject.toml


def test_the_loss_that_is_shown_is_the_real_one() -> None:
    (block,) = blocks("rust", (DOCS / "inside.md").read_text(encoding="utf-8"))
    assert block.code == (ROOT / "rust/losses/src/regression/huber.rs").read_text(encoding="utf-8")


def test_the_entry_point_it_shows_is_like_that_of_the_example() -> None:
    (block,) = blocks("toml")
    shown = tomllib.loads(block.code)["project"]["entry-points"]
    example = tomllib.loads((ROOT / "examples/lossreg-relative-error/pyproject.toml").read_text(encoding="utf-8"))
    assert shown.keys() == example["project"]["entry-points"].keys()
    assert f'name = "{next(iter(shown["lossreg"]))}"' in TEXT, "the entry point is called like the loss"


# Commands


def commands(page: Path = README) -> list[tuple[str, str]]:
    """Every command in a console, with the output that is shown."""
    code = "".join(block.code for block in blocks("console", page.read_text(encoding="utf-8")))
    return [(one[1], one[2]) for one in re.finditer(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", code, re.MULTILINE)]


@pytest.mark.parametrize("page", [README, COMMAND_LINE], ids=lambda page: page.name)
def test_its_commands_run(page: Path, tmp_path: Path) -> None:
    for package in ("typer", "rich", "matplotlib"):
        pytest.importorskip(package, reason=f"{package} is not installed (pip install 'lossreg[cli]')")
    if shutil.which("bash") is None:
        pytest.skip("bash is not installed")
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "lossreg").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m lossreg.cli "$@"\n')
    (folder / "lossreg").chmod(0o755)
    environment = {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
    run = [(command, shown) for command, shown in commands(page) if not re.match(r"(make|pip)\b", command)]
    assert len(run) >= 5
    for command, shown in run:
        done = subprocess.run(
            ["bash", "-c", command], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stderr}"
        assert not shown or done.stdout == shown, command
    (picture,) = [*tmp_path.glob("*.png"), *tmp_path.glob("*.svg")]
    assert picture.stat().st_size > 10_000


def test_what_it_makes_and_installs_is_there() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    plain = [command.split() for command, _ in commands() if command.startswith(("make", "pip"))]
    assert {tuple(words) for words in plain} >= {("make", "demo"), ("make", "test"), ("pip", "install", ".")}
    for tool, *words in plain:
        if tool == "make":
            assert set(words) <= targets, words
        else:
            extra = re.fullmatch(r'"?\.(?:\[(\w+)\])?"?', words[1])
            assert words[0] == "install", words
            assert extra, words
            assert extra[1] is None or extra[1] in extras


# Text


def test_the_names_it_mentions_exist() -> None:
    words = set(re.findall(r"`[^`\n]*?\blossreg\.([a-z_A-Z]+)", TEXT))
    assert words
    missing = {
        word for word in words if not hasattr(lossreg, word) and importlib.util.find_spec(f"lossreg.{word}") is None
    }
    assert not missing
    command = [
        sys.executable,
        "-c",
        "import lossreg; lossreg.compat.keras.Huber",
    ]  # by its full name, in a fresh process
    assert subprocess.run(command, check=False).returncode == 0
    losses = {word for word in re.findall(r"`([a-z_]+)`", TEXT) if "_error" in word}
    assert losses <= {*lossreg.names(), "scaled_error"}


# What the site makes when it is built.
MADE = {f"losses/{name}.md" for name in ("index", *lossreg.names())} | {"api/index.md", "gallery/index.rst"}


@pytest.mark.parametrize("page", [README, ROOT / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md"))], ids=lambda p: p.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!\w+:)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists() or target in MADE, f"{page.name} links to {target}"


def test_links_lead_somewhere_on_pypi_too() -> None:
    targets = re.findall(r"\]\(([^)\s]+)\)", TEXT)
    heads = {re.sub(r"[^\w-]", "", head.lower().replace(" ", "-")) for head, _ in sections()}
    home = re.compile(
        r"https://(?:github\.com/lossreg/lossreg/(?:blob|tree)|raw\.githubusercontent\.com/lossreg/lossreg)/main/(.*)"
    )
    for target in targets:
        file = home.fullmatch(target)
        assert target[1:] in heads if target.startswith("#") else file, (
            f"{target} leads nowhere outside of the repository"
        )
        assert file is None or (ROOT / file[1]).exists(), target


def test_the_index_has_every_page() -> None:
    text = (DOCS / "index.md").read_text(encoding="utf-8")
    missing = [page.name for page in DOCS.glob("*.md") if page.name != "index.md" and page.name not in text]
    assert not missing, "docs/index.md has a line for every page"


# What is generated


def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("readme_tool", ROOT / "tools" / "readme.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_generated_parts_are_up_to_date() -> None:
    command = [sys.executable, str(ROOT / "tools" / "readme.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_generated_part_that_was_changed_is_written_again() -> None:
    module = tool()
    for page, word in ((module.README, "[`huber`]"), (module.INSIDE, "let near = p.min")):
        text = page.read_text(encoding="utf-8")
        spoilt = text.replace(word, "spoilt")
        assert spoilt != text
        assert module.written(page, spoilt) == text


def test_the_picture_is_up_to_date_and_can_be_read_aloud() -> None:
    command = [sys.executable, str(ROOT / "tools" / "picture.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    picture = (ROOT / "docs" / "_static" / "losses.svg").read_text(encoding="utf-8")
    assert len(picture) < 30_000
    assert all(f"<{words} " in picture for words in ("title", "desc"))
    assert "losses.svg" in TEXT[:300], "the picture is the first thing to be seen"


def test_times_are_taken_from_the_page_that_has_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    module = tool()
    rows = "".join(f"| {name} | 1.0 | 0.1 | 2.50 |  |\n" for name in ["other, 100", *module.FAST])
    page = (
        f"# Performance\n\n| loss | µs | ns per element | NumPy | JAX |\n|---|---|---|---|---|\n{rows}\n| call | ns |\n"
    )
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "performance.md").write_text(page, encoding="utf-8")
    monkeypatch.setattr(module, "ROOT", tmp_path)
    head, _, *chosen, blank, sentence = module.fast().splitlines()
    assert head == "| loss, size | NumPy | JAX |"
    assert (blank, sentence) == ("", "None of them is as fast in these rows.")
    assert chosen == [f"| {name} | 2.50 |  |" for name in module.FAST]
    first = module.FAST[0]
    (tmp_path / "docs" / "performance.md").write_text(
        page.replace(f"{first} | 1.0 | 0.1 | 2.50", f"{first} | 1.0 | 0.1 | 0.90"), encoding="utf-8"
    )
    assert module.fast().splitlines()[-1] == f"As fast as lossreg or faster: NumPy at {first} (0.90)."


def test_every_loss_is_listed() -> None:
    built_in = {name for name in lossreg.names() if lossreg.describe(name).provider == "lossreg"}
    assert set(re.findall(r"\[`(\w+)`\]\(", TEXT)) == built_in
