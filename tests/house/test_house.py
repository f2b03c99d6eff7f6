"""The rules of the house that no compiler keeps: who may know whom, how long a file may be, what may be written where."""

from __future__ import annotations

import ast
import inspect
import re
import shutil
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

import lossreg

ROOT = Path(__file__).resolve().parents[2]
CORE = ROOT / "rust" / "core" / "src"
LOSSES_SOURCE = ROOT / "rust" / "losses" / "src"
PACKAGE = ROOT / "python" / "lossreg"

pytestmark = pytest.mark.skipif(not CORE.is_dir(), reason="this is not a checkout of the project")


@cache
def files() -> list[Path]:
    """What is kept in the repository, or would be."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("this is not a git checkout")
    return [path for line in listed.stdout.splitlines() if (path := ROOT / line).is_file()]


def of(folder: Path, *suffixes: str) -> list[Path]:
    return [path for path in files() if path.is_relative_to(folder) and path.suffix in suffixes]


def short(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


# Rust: a crate's modules by the first word of their path

RUST = {
    # Who → whom it may know.
    "number": {"number"},
    "loss": {"number"},
    "engine": {"engine", "loss", "number", "simd", "parallel", "error"},
    "simd": set(),
    "parallel": set(),
    "error": set(),
    "lib": {"engine", "error", "loss", "number", "parallel", "simd"},
}


def code(path: Path) -> str:
    """The text without comments and without what only tests see."""
    text = path.read_text(encoding="utf-8").split("#[cfg(test)]\nmod tests")[0]
    return re.sub(r"//.*", "", text)


def known(path: Path) -> set[str]:
    """The modules of the crate that a file names, `super` resolved."""
    module = list(path.relative_to(CORE).with_suffix("").parts)
    if module[-1] == "mod":
        module.pop()
    found = set(re.findall(r"\bcrate::(\w+)", code(path)))
    for ups, rest in re.findall(r"\b((?:super::)+)(\w+)", code(path)):
        above = module[: max(0, len(module) - ups.count("super"))]
        found.add((above or [rest])[0])
    return found


@pytest.mark.parametrize("path", [pytest.param(path, id=short(path)) for path in sorted(CORE.rglob("*.rs"))])
def test_a_module_of_the_core_knows_only_those_it_may(path: Path) -> None:
    module = path.relative_to(CORE).with_suffix("").parts[0]
    assert module in RUST, f"say in this test whom the new module {module} may know"
    excess = known(path) - RUST[module] - {module}
    assert not excess, f"{short(path)} names {', '.join(sorted(excess))}; {module} may know {sorted(RUST[module])}"


ONLY = {
    # What → the one place that may name it.
    r"\b(rayon|rayon_core|crossbeam\w*|libc)::": ("parallel",),
    r"\b(std|core)::arch\b|target_feature|is_x86_feature_detected": ("simd",),
    r"std::thread::|thread::spawn": ("parallel", "engine"),  # the engine keeps thread-local buffers
    r"\b(pyo3|numpy)::": (),
    r"std::env::": ("simd", "parallel"),
}


@pytest.mark.parametrize("pattern", ONLY)
def test_only_one_module_names(pattern: str) -> None:
    naming = {
        path.relative_to(CORE).with_suffix("").parts[0] for path in CORE.rglob("*.rs") if re.search(pattern, code(path))
    }
    assert naming <= set(ONLY[pattern]), f"{pattern} belongs into {ONLY[pattern] or 'no module of the core'}"


def test_the_core_has_no_python() -> None:
    manifest = (ROOT / "rust/core/Cargo.toml").read_text(encoding="utf-8")
    assert "pyo3" not in manifest
    assert "numpy" not in manifest


UNSAFE = {
    "rust/core/src/simd.rs",
    "rust/core/src/parallel.rs",
    "rust/core/src/engine/memory/sink.rs",
    "rust/core/src/engine/memory/view.rs",
    "rust/core/src/engine/pointwise.rs",
    "rust/core/src/engine/rowwise.rs",
    "rust/core/src/engine/full.rs",
    "rust/py/src/arrays.rs",
    "rust/py/src/call.rs",
    "rust/py/src/plain.rs",
    "rust/py/src/threads.rs",
}


def test_unsafe_code_is_where_it_may_be_and_says_why() -> None:
    sources = [path for path in (ROOT / "rust").rglob("*.rs") if "src" in path.parts]
    allowing = {short(path) for path in sources if "allow(unsafe_code)" in path.read_text(encoding="utf-8")}
    assert allowing <= UNSAFE, "a new file with unsafe code needs a place in this test, and a good reason"
    for path in sources:
        for line in path.read_text(encoding="utf-8").splitlines():
            if "allow(unsafe_code)" in line:
                assert re.search(r"\)\] // \S.{10,}", line), (
                    f"{short(path)}: say why, on the line that allows unsafe code"
                )


@pytest.mark.parametrize("path", [pytest.param(p, id=p.stem) for p in sorted(LOSSES_SOURCE.rglob("*/*.rs"))])
def test_a_loss_is_a_small_file(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("//! "), "the first line says what the loss is"
    assert len(lines) <= 90
    assert not re.search(r"\bunsafe\b|&mut |\bfor \w+ in |\bloop\b|\bwhile\b", code(path)), "a loss is a formula"


# Python: which module imports which

OUTER = {"compat", "integrations", "cli", "demo", "testing"}
PUBLIC_MODULES = {"lossreg", "lossreg.errors", "lossreg.links", "lossreg.losses", "lossreg.testing", "lossreg.demo"}


def name_of(path: Path) -> str:
    parts = ["lossreg", *path.relative_to(PACKAGE).with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path, module: str | None = None, lazy: bool = True) -> set[tuple[str, str]]:
    """(module, name) of what is imported from lossreg; with `lazy`, also inside functions and for type checkers."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = list(ast.walk(tree)) if lazy else tree.body
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {(alias.name, "") for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            source = node.module or ""
            if node.level and module:
                package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
                source = ".".join([*package[: len(package) - node.level + 1], *filter(None, [source])])
            found |= {(source, alias.name) for alias in node.names}
    return {(source, name) for source, name in found if source.split(".")[0] == "lossreg"}


def modules() -> dict[str, Path]:
    return {name_of(path): path for path in PACKAGE.rglob("*.py")}


@pytest.mark.parametrize("name", sorted(modules()))
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
            public &= source != "lossreg" or what in {"", "compat", "demo", "testing", "links", *lossreg.__all__}
            assert public, f"{name} imports {what or source} from {source}, which is not public"


def test_modules_import_each_other_in_one_direction() -> None:
    paths = modules()
    edges = {
        name: {
            target
            for source, what in imports(path, name, lazy=False)
            for target in [f"{source}.{what}" if f"{source}.{what}" in paths else source]
            if target in paths and target not in (name, "lossreg")
        }
        for name, path in paths.items()
    }
    settled: set[str] = set()
    while ready := {name for name in edges.keys() - settled if edges[name] <= settled}:
        settled |= ready
    assert settled == edges.keys(), f"a circle among {sorted(edges.keys() - settled)}"


@pytest.mark.parametrize("folder", ["asv_bench", "benchmarks", "examples"])
def test_what_is_around_the_package_uses_public_names(folder: str) -> None:
    for path in of(ROOT / folder, ".py"):
        for source, what in imports(path):
            assert source in PUBLIC_MODULES, f"{short(path)} imports {source}"
            assert source != "lossreg" or what in {"", *lossreg.__all__}, f"{short(path)} imports {what}"


# Files

LONG: dict[str, str] = {
    # Over the 400 lines that fail: why it is not two files.
}


def test_files_are_short() -> None:
    sources = [p for p in files() if p.suffix in {".rs", ".py"} and ("src" in p.parts or p.is_relative_to(PACKAGE))]
    lengths = {short(path): path.read_text(encoding="utf-8").count("\n") for path in sources}
    too_long = {name: length for name, length in lengths.items() if length > 420 and name not in LONG}
    assert not too_long, "divide them, or say in this test why not"
    assert all(lengths.get(name, 0) > 400 for name in LONG), "a file of LONG is short now: take it off"
    assert all(lengths[name] <= 550 for name in LONG)


FORBIDDEN = {
    "a path of somebody's machine": r"(?<![\w.])/(home|Users|root|work)/\w+",
    "the host of a package registry": r"pypi\.org|pythonhosted\.org|crates\.io(?!-index\")|static\.rust-lang\.org",
    "something unfinished": r"\b(TODO|FIXME|XXX)\b|\btodo!\(|\bunimplemented!\(",
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_holds(what: str) -> None:
    found = []
    for path in files():
        if path == Path(__file__) or path.suffix in {".npy", ".png", ".csv", ".txt"} or path.name == "Cargo.lock":
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if re.search(FORBIDDEN[what], line):
                found.append(f"{short(path)}:{number}: {line.strip()[:100]}")
    assert not found, f"{what}:\n" + "\n".join(found)


def test_no_module_is_a_drawer() -> None:
    drawers = {"utils", "util", "helpers", "common", "misc"}
    assert not [short(path) for path in files() if path.suffix in {".py", ".rs"} and path.stem in drawers]


@pytest.mark.parametrize("folder", ["python", "tools", "benchmarks", "asv_bench", "rust"])
def test_every_source_file_says_what_it_is(folder: str) -> None:
    for path in of(ROOT / folder, ".py", ".rs"):
        text = path.read_text(encoding="utf-8")
        if text.strip() and "tests" not in path.parts:
            assert text.startswith(('"""', "//! ", "#!")), f"{short(path)} does not begin with what it is"


# Documentation

LOSSES = lossreg.names()


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_is_documented(name: str) -> None:
    info = lossreg.describe(name)
    assert re.fullmatch(r"[A-Z].+\.", info.summary, re.DOTALL), "a summary is a sentence"
    assert info.source, "say where the loss comes from"
    assert info.kinks
    compile(info.formula, name, "eval")
    for param in info.params:
        assert re.search(r"\w.+\.$", param.doc), f"{param.name} is not documented by a sentence"


def test_names_and_aliases_lead_to_one_loss_each() -> None:
    aliases = [alias for name in LOSSES for alias in lossreg.describe(name).aliases]
    twice = [name for name, count in Counter([*LOSSES, *aliases]).items() if count > 1]
    assert not twice
    assert all(lossreg.get(alias).name in LOSSES for alias in aliases)


def test_a_loss_is_called_like_its_file() -> None:
    assert sorted(path.stem for path in LOSSES_SOURCE.rglob("*/*.rs")) == [
        name for name in LOSSES if lossreg.describe(name).provider in ("", "lossreg")
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


@pytest.mark.parametrize("tool", ["generate_stubs.py", "notices.py", "readme.py"])
def test_generated_files_are_up_to_date(tool: str) -> None:
    if tool == "notices.py" and not shutil.which("cargo"):
        pytest.skip("cargo is not installed")
    command = [sys.executable, str(ROOT / "tools" / tool), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
