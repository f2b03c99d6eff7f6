"""The checkout as the house tests read it: its files, circles among them, and what is still owed to a rule."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CORE = ROOT / "rust" / "core" / "src"
LOSSES = ROOT / "rust" / "losses" / "src"
PACKAGE = ROOT / "python" / "lossreg"
DEBTS = ROOT / "tests" / "house" / "debts.txt"

# The release tests wheels in a checkout without the package.
in_a_checkout = pytest.mark.skipif(
    not (CORE.is_dir() and PACKAGE.is_dir()), reason="this is not a checkout of the project"
)


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


def circles(edges: Mapping[str, set[str]]) -> dict[str, str]:
    """The nodes that reach themselves, each with those of its circle that it names."""
    reached: dict[str, set[str]] = {}
    for start in edges:
        seen: set[str] = set()
        waiting = [*edges[start]]
        while waiting:
            node = waiting.pop()
            if node not in seen:
                seen.add(node)
                waiting += edges.get(node, ())
        reached[start] = seen
    return {
        node: "in a circle by " + ", ".join(sorted(other for other in edges[node] if node in reached[other]))
        for node in edges
        if node in reached[node]
    }


def judge(rule: str, offences: Iterable[str]) -> None:
    """No offence against a rule beyond those that debts.txt lists, and none listed there that is no longer one.

    Offences are places, or places with what is to be said of each.
    """
    said = offences if isinstance(offences, Mapping) else dict.fromkeys(offences, "")
    lines = [line.split(" | ", 1) for line in DEBTS.read_text(encoding="utf-8").splitlines() if " | " in line]
    owed = {place for name, place in lines if name == rule}
    new, paid = said.keys() - owed, owed - said.keys()
    assert not new, f"{rule}:\n" + "\n".join(sorted(f"{place} {said[place]}" for place in new))
    assert not paid, f"paid: take them off {short(DEBTS)}:\n" + "\n".join(f"{rule} | {place}" for place in sorted(paid))
