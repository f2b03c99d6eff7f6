"""Tests the integrations with the oldest and the newest versions of their libraries, each in an environment of its own.

    python tools/trainers.py                        all that tests/integrations/libraries.toml lists
    python tools/trainers.py xgboost --only oldest  some of them
    python tools/trainers.py spark -mslow           the tests that take long, such as a thousand partitionings of data
    python tools/trainers.py --discard              the same, with one environment on the disk at a time
    python tools/trainers.py --write                write the table of versions in docs/trainers/index.md
    python tools/trainers.py --check                exit 1 where it is not what would be written

lossreg itself is the one that is built in python/lossreg: the library of one build serves every version of Python and NumPy.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
TABLE = ROOT / "tests" / "integrations" / "libraries.toml"
PAGE = ROOT / "docs" / "trainers" / "index.md"
HOME = ROOT / ".venv" / "trainers"
PAGES = "tests/integrations/test_pages.py::test_the_example_prints_what_the_page_says"
NEEDED = ["pluggy>=1.5", "pytest>=8.2"]
FEW = 4  # packages that pip unpacks at a time
BEGIN, END = "<!-- versions: written by python tools/trainers.py --write -->\n", "<!-- end of versions -->\n"


def libraries() -> dict[str, dict[str, Any]]:
    """What the table lists."""
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


def requirements(name: str, which: str) -> tuple[str, list[str]]:
    """The name of an environment and what is in it: each oldest version has one, the newest ones of a group share one."""
    rows = libraries()
    row = rows[name]
    if which == "newest" and not row.get("alone"):
        group = row.get("group", "newest")
        together = [one for one in rows.values() if not one.get("alone") and one.get("group", "newest") == group]
        beside = {one for other in together for one in other.get("beside", [])}
        return group, sorted({f"{one['package']}=={one['newest']}" for one in together} | beside) + NEEDED
    beside = row.get("beside_oldest" if which == "oldest" and row["oldest"] != row["newest"] else "beside", [])
    return f"{name}-{which}", [f"{row['package']}=={row[which]}", *beside, *NEEDED]


def place(name: str, wanted: list[str]) -> Path:
    """Where the environment with these packages is."""
    return HOME / f"{name}-{hashlib.sha256(repr(wanted).encode()).hexdigest()[:8]}"


def environment(folder: Path, wanted: list[str], pip: list[str]) -> Path:
    """The interpreter of an environment with these packages, which is made once.

    pip keeps every archive until all are unpacked; a few at a time take half of the disk, where gigabytes come with PyTorch.
    """
    python = folder / "bin" / "python"
    made = folder / ".made"
    if not made.exists():
        print(f"an environment in {folder.relative_to(ROOT)}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", "--without-pip", folder], check=True)
        install = [sys.executable, "-m", "pip", "--python", str(python), *pip, "install", "--quiet"]
        plan = folder / "plan.json"
        subprocess.run([*install, "--dry-run", "--report", plan, *wanted], check=True)
        found = [row["metadata"] for row in json.loads(plan.read_text(encoding="utf-8"))["install"]]
        pinned = [f"{one['name']}=={one['version']}" for one in found]
        for begin in range(0, len(pinned), FEW):
            subprocess.run([*install, "--no-compile", "--no-deps", *pinned[begin : begin + FEW]], check=True)
        made.touch()
    return python


def tested(name: str, version: str, python: Path, more: list[str]) -> bool:
    """Whether the tests of an integration pass with one version of its library, and the script of its page.

    `make test` runs the scripts of the light ones; one is for the newest version, and its test skips others.
    """
    began = time.monotonic()
    print(f"== {name} {version}", flush=True)
    light = libraries()[name]["light"]
    settings = {**os.environ, "PYTHONPATH": str(ROOT / "python")}
    command = [
        python,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-mnot slow",
        f"tests/integrations/{name}",
        *([] if light else [f"{PAGES}[{name}]"]),
        *more,
    ]
    done = subprocess.run(command, cwd=ROOT, env=settings, check=False)
    print(f"   {time.monotonic() - began:.0f} s", flush=True)
    return done.returncode in (0, 5)  # 5: all was skipped, as the tests of Spark are where there is no Java


def failures(names: list[str], only: str | None, discard: bool, more: list[str]) -> list[str]:
    """The integrations and versions that fail; those which share an environment come one after the other."""
    rows, shared = libraries(), dict[Path, list[tuple[str, str, list[str]]]]()
    for name in names or rows:
        row = rows[name]
        both = ["newest", "oldest"] if row["oldest"] != row["newest"] else ["newest"]
        for which in [only] if only else both:
            home, wanted = requirements(name, which)
            shared.setdefault(place(home, wanted), []).append((name, f"{row[which]}, the {which}", wanted))
    failed = []
    # What is thrown away has no use for a second copy of its archives.
    pip = ["--disable-pip-version-check", *(["--no-cache-dir"] if discard else [])]
    for folder, runs in shared.items():
        for name, version, wanted in runs:
            if not tested(name, version, environment(folder, wanted, pip), more):
                failed.append(f"{name} {version}")
        if discard:
            shutil.rmtree(folder)
    return failed


def versions() -> str:
    """The table of versions, in Markdown."""
    lines = [
        "| library | package | oldest version | newest version tried | the newest is run by |\n",
        "|---|---|---|---|---|\n",
    ]
    for name, row in libraries().items():
        by = "`make test`, `make test-trainers`" if row["light"] else "`make test-trainers`"
        lines.append(f"| {name} | {row['package']} | {row['oldest']} | {row['newest']} | {by} |\n")
    return "".join(lines)


def written(text: str) -> str:
    """The page with the table as it should be."""
    before, found, rest = text.partition(BEGIN)
    _, closed, after = rest.partition(END)
    if not (found and closed):
        raise SystemExit(f"{PAGE} lacks the markers {BEGIN}{END}")
    return before + BEGIN + versions() + END + after


def main() -> int:
    """Test, write or check."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="libraries; all if none is named")
    parser.add_argument("--only", choices=["oldest", "newest"], help="one version of each")
    parser.add_argument("--discard", action="store_true", help="remove each environment after its last test")
    parser.add_argument("--write", action="store_true", help="write the table of versions and test nothing")
    parser.add_argument("--check", action="store_true", help="exit 1 where the table of versions is out of date")
    given, more = parser.parse_known_args()
    if given.write or given.check:
        text = PAGE.read_text(encoding="utf-8")
        if given.write:
            PAGE.write_text(written(text), encoding="utf-8")
        elif text != written(text):
            print(f"{PAGE} is out of date; write it with: python tools/trainers.py --write", file=sys.stderr)
            return 1
        return 0
    if unknown := set(given.names) - libraries().keys():
        parser.error(f"no such library: {', '.join(sorted(unknown))}; there are {', '.join(libraries())}")
    failed = failures(given.names, given.only, given.discard, more)
    print("failed: " + ", ".join(failed) if failed else "all integrations passed with all versions", flush=True)
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
