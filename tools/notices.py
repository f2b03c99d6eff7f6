"""Writes THIRD-PARTY-NOTICES.md: every crate that is linked into the wheel, with its licence, from what cargo says of them.

    python tools/notices.py              write the file
    python tools/notices.py --check      exit 1 where it is not what would be written

Crates that only run while building (build scripts, procedural macros) are not in the wheel and not in the file.
Where a crate offers a choice, its MIT text is taken; texts that differ in nothing but white space appear once.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
NOTICES = ROOT / "THIRD-PARTY-NOTICES.md"
COMMAND = "python tools/notices.py"
HEAD = f"""\
# Third-party notices

Written by `{COMMAND}`. The native module of lossreg contains code of the crates below and of the Rust standard library
(MIT OR Apache-2.0, Copyright The Rust Project Developers), each under its licence.
"""


def linked() -> list[dict[str, Any]]:
    """The packages whose code is in the native module, sorted by name."""
    command = ["cargo", "metadata", "--format-version", "1", "--locked"]
    metadata = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)
    packages = {package["id"]: package for package in metadata["packages"]}
    needs = {
        node["id"]: [need["pkg"] for need in node["deps"] if any(kind["kind"] is None for kind in need["dep_kinds"])]
        for node in metadata["resolve"]["nodes"]
    }
    waiting = [key for key, package in packages.items() if package["name"] == "lossreg-py"]
    found: dict[str, dict[str, Any]] = {}
    while waiting:
        key = waiting.pop()
        macro = any("proc-macro" in target["kind"] for target in packages[key]["targets"])
        if key not in found and not macro:
            found[key] = packages[key]
            waiting += needs[key]
    ours = set(metadata["workspace_members"])
    return sorted(
        (found[key] for key in found.keys() - ours), key=lambda package: (package["name"], package["version"])
    )


def licence(package: dict[str, Any]) -> str:
    """The text that the crate ships."""
    folder = Path(package["manifest_path"]).parent
    texts = sorted(path for path in folder.iterdir() if re.match(r"licen[cs]e|copying", path.name, re.IGNORECASE))
    for path in sorted(texts, key=lambda path: "MIT" not in path.name):
        return path.read_text(encoding="utf-8").strip()
    raise SystemExit(f"{package['name']} {package['version']} ships no licence text: look at it, then extend {COMMAND}")


def notices() -> str:
    """The text of the file."""
    packages = linked()
    users = defaultdict(list)
    for package in packages:
        text = licence(package)
        users[" ".join(text.split())].append((package, text))
    parts = [HEAD, "\n| crate | version | licence |\n|---|---|---|\n"]
    parts += [f"| {package['name']} | {package['version']} | {package['license']} |\n" for package in packages]
    for same in users.values():
        names = ", ".join(package["name"] for package, _ in same)
        parts.append(f"\n## {names}\n\n```text\n{same[0][1]}\n```\n")
    return "".join(parts)


def main() -> int:
    """Write or check."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 where the file is out of date")
    if not parser.parse_args().check:
        NOTICES.write_text(notices(), encoding="utf-8")
        return 0
    if NOTICES.is_file() and NOTICES.read_text(encoding="utf-8") == notices():
        return 0
    print(f"{NOTICES.name} is out of date; write it with: {COMMAND}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
