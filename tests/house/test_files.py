"""The rules of the house for files of every kind: how long they may be, what they are called, what they may not hold."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from checkout import ROOT, files, in_a_checkout, judge, of, short

pytestmark = in_a_checkout


WRITTEN = "// Written by a program"


def by_hand(folder: Path) -> dict[str, str]:
    """The code in a folder, without tables that programs write."""
    texts = {short(path): path.read_text(encoding="utf-8") for path in of(folder, ".py", ".rs")}
    return {name: text for name, text in texts.items() if not text.startswith(WRITTEN)}


def test_files_are_short() -> None:
    lengths = {name: text.count("\n") for name, text in by_hand(ROOT).items()}
    judge("over 420 lines", {name: f"has {length}" for name, length in lengths.items() if length > 420})


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


def test_no_test_reads_a_clock() -> None:
    """What takes longer on a busy machine is no fault: tests have bounds that only a hang exceeds, and benchmarks have the rest."""
    clock = re.compile(r"\b(perf_counter|monotonic|process_time|thread_time|time\.time)(_ns)?\b")
    programs = {"tests/chance/compare.py"}  # which tells how far it is
    texts = {name: text for name, text in by_hand(ROOT / "tests").items() if name not in programs}
    assert not [name for name, text in texts.items() if clock.search(text) and name != short(Path(__file__))]


def test_no_module_is_a_drawer() -> None:
    drawers = {"utils", "util", "helpers", "common", "misc"}
    assert not [short(path) for path in of(ROOT, ".py", ".rs") if path.stem in drawers]


@pytest.mark.parametrize("folder", ["python", "tools", "benchmarks", "asv_bench", "rust", "tests"])
def test_every_source_file_says_what_it_is(folder: str) -> None:
    for name, text in by_hand(ROOT / folder).items():
        assert not text.strip() or text.startswith(('"""', "//! ", "#!")), f"{name} does not begin with what it is"


@pytest.mark.parametrize("tool", ["generate_stubs.py", "notices.py", "readme.py"])
def test_generated_files_are_up_to_date(tool: str) -> None:
    if tool == "notices.py" and not shutil.which("cargo"):
        pytest.skip("cargo is not installed")
    command = [sys.executable, str(ROOT / "tools" / tool), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
