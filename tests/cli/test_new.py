"""`lossreg new`: the package that it writes passes its tests where lossreg finds it, and nothing is written over."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from lossreg.testing.laws import LAWS


def written(command: Any, folder: Path, name: str) -> Path:
    """A new package, with the metadata that installing it would leave beside its module."""
    outcome = command("new", name, "--in", folder)
    assert outcome.code == 0, outcome.err
    home = folder / name
    project = tomllib.loads((home / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["name"] == name
    info = home / "src" / f"{name.replace('-', '_')}-0.1.0.dist-info"
    info.mkdir()
    info.joinpath("METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.1.0\n", encoding="utf-8")
    points = project["project"]["entry-points"]["lossreg"]
    lines = "".join(f"{key} = {value}\n" for key, value in points.items())
    info.joinpath("entry_points.txt").write_text(f"[lossreg]\n{lines}", encoding="utf-8")
    return home


@pytest.mark.parametrize(("name", "loss"), [("my-losses", "my_error"), ("quartic", "quartic_error")])
def test_a_new_package_passes_its_tests(lossreg_command: Any, tmp_path: Path, name: str, loss: str) -> None:
    home = written(lossreg_command, tmp_path, name)
    path = os.pathsep.join(filter(None, (str(home / "src"), os.environ.get("PYTHONPATH"))))
    clean = {key: value for key, value in os.environ.items() if not key.startswith("LOSSREG_")}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", "tests"]
    done = subprocess.run(
        command, cwd=home, env={**clean, "PYTHONPATH": path}, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout
    assert f"{2 * len(LAWS) + 1} passed" in done.stdout  # each law is a test of its own, for two choices of parameters
    assert (home / "tests" / f"test_{loss}.py").exists()


def test_it_says_how_to_go_on(lossreg_command: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = lossreg_command("new", "my-losses")
    assert outcome.code == 0
    assert outcome.out.splitlines() == [
        "my-losses",
        "  cd my-losses",
        '  pip install -e ".[test]"',
        "  python -m pytest",
        "  lossreg show my_error",
    ]


def test_nothing_is_written_over(lossreg_command: Any, tmp_path: Path) -> None:
    (tmp_path / "my-losses").mkdir()
    outcome = lossreg_command("new", "my-losses", "--in", tmp_path)
    assert outcome.code == 1
    assert "my-losses is there already; nothing was written" in outcome.err
    assert not any((tmp_path / "my-losses").iterdir())


@pytest.mark.parametrize("name", ["My-Losses", "../x", "-a", "a_b", "3d", "class", ""])
def test_what_is_no_name_is_refused(lossreg_command: Any, tmp_path: Path, name: str) -> None:
    outcome = lossreg_command("new", "--in", tmp_path, "--", name)
    assert outcome.code == 2
    assert "wanted words in lower case with hyphens between" in outcome.err
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "words"), [("squared", "the loss squared_error"), ("lossreg", "hide"), ("json", "hide")]
)
def test_what_would_hide_something_is_refused(lossreg_command: Any, tmp_path: Path, name: str, words: str) -> None:
    outcome = lossreg_command("new", name, "--in", tmp_path)
    assert outcome.code == 2
    assert words in outcome.err
    assert not list(tmp_path.iterdir())
