"""Types: the stubs agree with what they are of, type checkers tell right uses from wrong ones, and nothing public is `Any`."""

from __future__ import annotations

import ast
import inspect
import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

import lossreg

pytest.importorskip("mypy", reason="mypy is not installed (make check installs it)")

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / "python"
USES = Path(__file__).with_name("typed_uses.py")


def mypy(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "MYPYPATH": str(PYTHON)} if PYTHON.is_dir() else dict(os.environ)
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)


def test_the_stubs_agree_with_their_modules(tmp_path: Path) -> None:
    allowed = str(ROOT / "tools" / "stubtest.txt")
    settings = ("--allowlist", allowed, "--mypy-config-file", str(ROOT / "pyproject.toml"))
    done = mypy(tmp_path, "mypy.stubtest", "lossreg._native", "lossreg.ops", *settings)
    assert done.returncode == 0, done.stdout + done.stderr


def wrong_lines() -> dict[int, str]:
    """The wrong uses: line and code of the error."""
    lines = enumerate(USES.read_text(encoding="utf-8").splitlines(), 1)
    found = {number: line.partition("# wrong: ")[2] for number, line in lines if "# wrong: " in line}
    assert len(found) > 20
    return found


def test_mypy_tells_right_uses_from_wrong_ones(tmp_path: Path) -> None:
    shutil.copy(USES, tmp_path / "uses.py")
    done = mypy(tmp_path, "mypy", "--strict", "uses.py")
    said = re.findall(r"^uses\.py:(\d+): error: .*\[([\w-]+)\]$", done.stdout, re.MULTILINE)
    assert sorted({(int(line), code) for line, code in said}) == sorted(wrong_lines().items()), done.stdout


def test_pyright_tells_right_uses_from_wrong_ones(tmp_path: Path) -> None:
    if find_spec("basedpyright") is None:
        pytest.skip(
            "basedpyright, which brings pyright with all that it needs, is not installed (make check installs it)"
        )
    shutil.copy(USES, tmp_path / "uses.py")
    settings = {
        "typeCheckingMode": "strict",
        "pythonVersion": "3.11",
        "extraPaths": [str(PYTHON)] if PYTHON.is_dir() else [],
    }
    # What is odd on purpose in uses: statements without an effect, names that nobody reads.
    odd = ("Expression", "Variable", "Import", "Class", "Function", "CallResult")
    settings |= {f"reportUnused{what}": "none" for what in odd} | {"reportMissingTypeStubs": "none"}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings))
    command = ["basedpyright", "--pythonpath", sys.executable, "--outputjson", "--level", "error", "uses.py"]
    done = mypy(tmp_path, *command)
    report = json.loads(done.stdout)
    said = {problem["range"]["start"]["line"] + 1 for problem in report["generalDiagnostics"]}
    messages = [(one["range"]["start"]["line"] + 1, one["message"]) for one in report["generalDiagnostics"]]
    assert said == set(wrong_lines()), messages


# Nothing public is `Any`

MODULES = ("errors", "info", "links", "registry", "testing", "threads", "typing")


def public() -> Iterator[tuple[str, ast.AST]]:
    """Everything that a type checker reads of the public names: functions, classes and their public members."""
    package = Path(lossreg.__file__).parent
    for stub in (package / "losses.pyi", package / "ops" / "__init__.pyi"):
        yield from ((f"{stub.parent.name}/{stub.name}", node) for node in ast.parse(stub.read_text()).body)
    native = ast.parse((package / "_native.pyi").read_text())
    yield from ((node.name, node) for node in native.body if getattr(node, "name", None) in lossreg.__all__)
    for module in (lossreg, *(import_module(f"lossreg.{name}") for name in MODULES)):
        for name in module.__all__:
            thing = getattr(module, name)
            if inspect.isclass(thing) or inspect.isroutine(thing):
                try:
                    yield f"{module.__name__}.{name}", ast.parse(textwrap.dedent(inspect.getsource(thing)))
                except (OSError, TypeError):  # native, or made when it is asked for: their stubs are read above
                    continue


def signatures(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """The annotations of a node that are public: not those of its private members, nor of what is in functions."""
    if isinstance(node, ast.FunctionDef):
        every = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg]
        given = [(one.arg, one.annotation) for one in every if one is not None] + [("return", node.returns)]
        yield from ((f"{node.name}: {name}", annotation) for name, annotation in given if annotation is not None)
    elif isinstance(node, ast.AnnAssign):
        yield ast.unparse(node.target), node.annotation
    elif isinstance(node, ast.ClassDef | ast.Module):
        for member in node.body:
            name = getattr(member, "name", None) or ast.unparse(getattr(member, "target", ast.Name("")))
            if not name.startswith("_") or name in ("__init__", "__call__") or isinstance(node, ast.Module):
                yield from signatures(member)


def test_nothing_public_is_any() -> None:
    seen, found = 0, []
    for of, node in public():
        for what, annotation in signatures(node):
            seen += 1
            if any(isinstance(part, ast.Name) and part.id == "Any" for part in ast.walk(annotation)):
                found.append(f"{of}, {what}: {ast.unparse(annotation)}")
    assert seen > 500
    assert not found, "\n".join(found)
