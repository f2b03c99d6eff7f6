"""Writes the parts of README.md and docs/inside.md that follow from something else, each between two markers of its name.

    python tools/readme.py              write them
    python tools/readme.py --check      exit 1 where they are not what would be written

`losses` is the catalogue of the native module by the folders of its files, `huber` the file of that loss, `fast` and
`exact` are rows of the pages that `make performance` and `python tests/truth/measured.py` write.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterable
from itertools import groupby
from pathlib import Path

from lossreg import _native

ROOT = Path(__file__).resolve().parents[1]
README, INSIDE = ROOT / "README.md", ROOT / "docs" / "inside.md"
HOME = "https://github.com/lossreg/lossreg/blob/main/"  # PyPI shows the README too, where links within do not lead
LOSSES = ROOT / "rust" / "losses" / "src"
COMMAND = "python tools/readme.py"
AS_FAST = 1.05
FAST = [
    "huber, 1,000,000",
    "binary_cross_entropy, 1,000",
    "binary_cross_entropy, 1,000,000",
    "binary_focal, 1,000,000",
    "sparse_categorical_cross_entropy, 4,096 × 10",
    "sparse_categorical_cross_entropy, 4,096 × 1,000",
]
EXACT = [
    "huber",
    "log_cosh",
    "poisson",
    "binary_cross_entropy, from_logits=true",
    "binary_focal",
    "sparse_categorical_cross_entropy",
]


def losses() -> str:
    """All losses by the folder of their file, each with a link to it."""
    built_in = {loss["name"] for loss in _native.catalog()}
    files = [path for path in LOSSES.glob("*/*.rs") if path.stem in built_in]
    files.sort(key=lambda path: (path.parent.name == "adversarial", path))
    rows = []
    for folder, paths in groupby(files, key=lambda path: path.parent.name):
        links = (f"[`{path.stem}`]({HOME}{path.relative_to(ROOT).as_posix()})" for path in paths)
        rows.append([folder, ", ".join(links)])
    return table(["kind", "losses"], rows)


def huber() -> str:
    """The whole file of a loss."""
    text = (LOSSES / "regression" / "huber.rs").read_text(encoding="utf-8")
    return f"```rust\n{text}```\n"


def fast() -> str:
    """Some times of other libraries, divided by those of lossreg, and where one of them is as fast."""
    path = ROOT / "docs" / "performance.md"
    if not path.is_file():
        return "The page is not written yet.\n"
    page = path.read_text(encoding="utf-8")
    head, *rows = next(found for found in tables(page) if found[0][0] == "loss")
    libraries = slice(head.index("ns per element") + 1, None)
    times = {row[0]: row[libraries] for row in rows}
    near = [
        f"{library} at {name} ({ratio})"
        for name in FAST
        for library, ratio in zip(head[libraries], times[name], strict=True)
        if ratio and float(ratio) <= AS_FAST
    ]
    sentence = f"As fast as lossreg or faster: {', '.join(near)}." if near else "None of them is as fast in these rows."
    return table(["loss, size", *head[libraries]], ([name, *times[name]] for name in FAST)) + f"\n{sentence}\n"


def exact() -> str:
    """Some of the largest errors."""
    page = (ROOT / "docs" / "accuracy-measured-losses.md").read_text(encoding="utf-8")
    single, double = ({row[0]: row[1:] for row in found} for found in tables(page)[:2])
    rows = [[name, *(cell.split(" ")[0] for cell in (*single[name], *double[name]))] for name in EXACT]
    quantities = [f"{dtype} {what}" for dtype in ("float32", "float64") for what in single["loss"]]
    return table(["loss", *quantities], rows)


def tables(page: str) -> list[list[list[str]]]:
    """The tables of a page: rows of cells, the head first, the rule left out."""
    found = re.findall(r"(?:^\|.*\n?)+", page, re.MULTILINE)
    lines = ([line for line in one.splitlines() if not re.fullmatch(r"[|:\- ]+", line)] for one in found)
    return [[[cell.strip() for cell in line.strip().split("|")[1:-1]] for line in one] for one in lines]


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Markdown."""
    head = list(head)
    lines = [head, ["---"] * len(head), *([cell.replace("|", r"\|") for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


PARTS: dict[Path, dict[str, Callable[[], str]]] = {
    README: {"losses": losses, "fast": fast, "exact": exact},
    INSIDE: {"huber": huber},
}


def written(page: Path, text: str) -> str:
    """The text of a page with every part as it should be."""
    for name, part in PARTS[page].items():
        begin, end = f"<!-- {name}: written by {COMMAND} -->\n", f"<!-- end of {name} -->\n"
        before, found, rest = text.partition(begin)
        _, closed, after = rest.partition(end)
        if not (found and closed):
            raise SystemExit(f"{page} lacks the markers {begin}{end}")
        text = before + begin + part() + end + after
    return text


def main() -> int:
    """Write or check."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 where a page is out of date")
    check, stale = parser.parse_args().check, False
    for page in PARTS:
        text = page.read_text(encoding="utf-8")
        if not check:
            page.write_text(written(page, text), encoding="utf-8")
        elif text != written(page, text):
            print(f"{page} is out of date; write it with: {COMMAND}", file=sys.stderr)
            stale = True
    return int(stale)


if __name__ == "__main__":
    sys.exit(main())
