"""The dashboard: the figures kept, what became slower, other libraries over the history, and pages that need nothing else."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "tools" / "dashboard.py"
if not PROGRAM.is_file():
    pytest.skip("this is not a checkout of the project", allow_module_level=True)


@pytest.fixture(scope="module")
def dashboard() -> ModuleType:
    spec = importlib.util.spec_from_file_location("dashboard", PROGRAM)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def result(folder: Path, commit: str, date: int, figures: list[float | None]) -> None:
    """A file as asv writes it: one benchmark with parameters and one that failed."""
    data: dict[str, Any] = {
        "commit_hash": commit * 8,
        "date": date * 1000,
        "result_columns": ["result", "params", "version"],
        "results": {
            "losses.Losses.time_value": [figures, [["'huber'", "'hinge'"], ["1000", "2000"]], "v"],
            "call.Import.timeraw_lossreg": [None, [], "v"],
        },
    }
    (folder / "box").mkdir(exist_ok=True)
    (folder / "box" / f"{commit * 8}-virtualenv.json").write_text(json.dumps(data))


def test_figures_are_in_the_order_of_their_commits_and_what_is_slower_is_said(
    dashboard: ModuleType, tmp_path: Path
) -> None:
    result(tmp_path, "b", 200, [1.0, 2.0, None, float("nan")])
    result(tmp_path, "a", 100, [1.0, 1.0, 4.0, 1.0])
    result(tmp_path, "c", 300, [1.05, 2.0, 4.0, 1.0])
    found = dashboard.kept(tmp_path)
    lines = found["box"]["losses.Losses.time_value"]
    assert {name: [point.value for point in points] for name, points in lines.items()} == {
        "huber 1000": [1.0, 1.0, 1.05],
        "huber 2000": [1.0, 2.0, 2.0],
        "hinge 1000": [4.0, 4.0],
        "hinge 2000": [1.0, 1.0],
    }
    assert [(name, new.commit) for name, _, new in dashboard.slower(lines)] == [("huber 2000", "b" * 8)]
    page = dashboard.own_page(found)
    assert page.count("<svg") == 2
    assert "before by more than 10%: 1<" in page
    assert re.search(
        f"<td>2.00</td><td>losses.Losses.time_value huber 2000</td><td>{'a' * 8}</td><td>{'b' * 8}</td>", page
    )


def test_other_libraries_are_read_from_the_history(dashboard: ModuleType, tmp_path: Path) -> None:
    def git(*command: str) -> None:
        settings = ["-c", "user.name=n", "-c", "user.email=e", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *settings, "-C", str(tmp_path), *command], check=True, capture_output=True)

    git("init", "--quiet")
    for at, ratio in enumerate(("2.50", "2.50", "3.00")):
        head = "| loss | µs | ns per element | NumPy | JAX |\n|---|---|---|---|---|\n"
        (tmp_path / "page.md").write_text(f"# Page {at}\n\n{head}| huber, 100 | 1 | 0.1 | {ratio} |  |\n")
        git("add", "page.md")
        git("commit", "--quiet", "-m", ratio)
    rows = dashboard.beside_peers(tmp_path, "page.md")
    assert {
        row: {name: [p.value for p in points] for name, points in lines.items()} for row, lines in rows.items()
    } == {"huber, 100": {"NumPy": [2.5, 3.0]}}
    assert "huber, 100" in dashboard.peers_page(rows)


def test_the_pages_need_nothing_but_themselves(tmp_path: Path) -> None:
    result(tmp_path, "a", 100, [1.0, 1.0, 4.0, 1.0])
    command = [sys.executable, str(PROGRAM), "--results", str(tmp_path), "--out", str(tmp_path / "html")]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == (tmp_path / "html" / "index.html").resolve().as_uri()
    for name in ("index", "peers"):
        text = (tmp_path / "html" / f"{name}.html").read_text(encoding="utf-8")
        assert not re.search(r"<script|src=|https?://|@import|url\(", text)
        links = re.findall(r'<a href="([^"]*)"', text)
        assert links
        assert all((tmp_path / "html" / link).is_file() for link in links)
        assert all(re.search(r'aria-label="[^"]{10,}"', svg) for svg in re.findall(r"<svg[^>]*>", text))


def test_the_pages_are_served_on_this_machine(tmp_path: Path) -> None:
    result(tmp_path, "a", 100, [1.0, 1.0, 4.0, 1.0])
    command = [
        sys.executable,
        str(PROGRAM),
        "--results",
        str(tmp_path),
        "--out",
        str(tmp_path / "html"),
        "--serve",
        "0",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as program:
        assert program.stdout
        file, address = (program.stdout.readline().strip() for _ in range(2))
        try:
            for name in ("index", "peers"):
                with urlopen(f"{address}/{name}.html") as page:
                    assert page.read() == (tmp_path / "html" / f"{name}.html").read_bytes()
        finally:
            program.terminate()
    assert file == (tmp_path / "html" / "index.html").resolve().as_uri()


def test_what_is_kept_is_small_and_of_commits_of_this_history() -> None:
    kept = sorted((ROOT / "asv_bench" / "results").glob("*/????????-*.json"))
    git = ["git", "-C", str(ROOT)]
    if (
        subprocess.run(
            [*git, "rev-parse", "--is-shallow-repository"], capture_output=True, text=True, check=False
        ).stdout
        != "false\n"
    ):
        pytest.skip("the history is not here")
    tracked = subprocess.check_output([*git, "ls-files", "asv_bench/results"], text=True).split()
    assert tracked
    for path in kept:
        if str(path.relative_to(ROOT)) in tracked:
            commit = json.loads(path.read_text(encoding="utf-8"))["commit_hash"]
            subprocess.run([*git, "merge-base", "--is-ancestor", commit, "HEAD"], check=True)
            assert path.stat().st_size < 20_000
