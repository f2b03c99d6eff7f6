"""The table of errors, errors.txt: calls, and what each raises. Run as a program it checks the table, with --write it fills it.

Blocks stand between empty lines. `given` and what is indented under it is run for the calls below it; lines that begin with `#`
are for readers; all else is calls, one a line, and under them, indented, the class and the words of the error that each of them
raises, where `…` stands for anything.
"""

from __future__ import annotations

import ast
import itertools
import re
import sys
import textwrap
from collections.abc import Iterator
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import lossreg

TABLE = Path(__file__).with_suffix(".txt")
INDENT = "    "
NOTHING = "no error"


class Block(NamedTuple):
    """Calls with what each raises and what each should."""

    line: int
    text: str
    calls: list[tuple[str, str]]
    wanted: str

    def wrong(self) -> Iterator[str]:
        for at, (call, said) in enumerate(self.calls):
            if said.startswith(NOTHING) or not agree(said, self.wanted):
                yield f"{TABLE.name}:{self.line + at}: {call}\n    raises {said}\n    wanted {self.wanted}"

    def filled(self) -> str:
        """It with what really comes; words with a `…` that agree are kept."""
        if not self.calls:
            return self.text
        kept = ((call, self.wanted if self.wanted and agree(said, self.wanted) else said) for call, said in self.calls)
        groups = itertools.groupby(kept, key=itemgetter(1))
        return "\n".join(
            "\n".join(call for call, _ in group) + f"\n{textwrap.indent(said, INDENT)}\n" for said, group in groups
        )


def outcome(call: str, namespace: dict[str, Any]) -> str:
    """The class and the words of the error that a call raises."""
    try:
        result = repr(eval(call, namespace))
    except Exception as error:
        said = error.args[0] if isinstance(error, KeyError) and error.args else error
        notes = "".join(f" [{note}]" for note in getattr(error, "__notes__", ()))
        return f"{type(error).__name__}: {said}{notes}"
    return f"{NOTHING}: it gives {result}"


def agree(said: str, wanted: str) -> bool:
    return bool(re.fullmatch(".*".join(map(re.escape, wanted.split("…"))), said, re.DOTALL))


def run(text: str) -> Iterator[Block]:
    """The blocks of the table, with what the calls really raise."""
    namespace: dict[str, Any] = {
        "__name__": "errors",
        "np": np,
        "lossreg": lossreg,
        **{name: getattr(lossreg, name) for name in lossreg.__all__},
    }
    for found in re.finditer(r"(?:^.+\n)+", text, re.MULTILINE):
        lines = found[0].splitlines()
        outer = [line for line in lines if not line.startswith(INDENT)]
        inner = textwrap.dedent("\n".join(line for line in lines if line.startswith(INDENT)))
        if outer[0] == "given":
            exec(compile(inner, str(TABLE), "exec"), namespace)
        plain = outer[0] == "given" or outer[0].startswith("#")
        calls = [] if plain else [(call, outcome(call, namespace)) for call in outer]
        yield Block(text.count("\n", 0, found.start()) + 1, found[0], calls, inner)


# What the source says

ROOT = Path(__file__).resolve().parents[2]
SEVERAL_WORDS = re.compile(r"[A-Za-z,;:]+ [A-Za-z]+")


def sentences() -> Iterator[tuple[str, str]]:
    """Each file of the library with the sentences of its errors, as patterns: what is filled in may be anything.

    Those of the command line, the demo, the integrations (with what XLA calls) and the sources of batches, which need other
    libraries or files, are tested with these.
    """
    for path in sorted((ROOT / "python" / "lossreg").rglob("*.py")):
        if not {"cli", "demo", "integrations", "streams"} & {*path.relative_to(ROOT).parts}:
            yield from ((path.name, pattern) for pattern in raised(path))
    for path in sorted([*(ROOT / "rust" / "py" / "src").rglob("*.rs"), ROOT / "rust" / "core" / "src" / "error.rs"]):
        if path.name in ("catalog.rs", "domains.rs") or path.parent.name == "ffi":  # facts, not errors; XLA's
            continue
        yield from ((path.name, pattern) for pattern in spoken(path))


def raised(path: Path) -> Iterator[str]:
    """The words of the `raise` statements of a Python file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            firsts = (pattern_of(words).partition("\\\n")[0] for words in node.exc.args)
            yield from (first for first in firsts if SEVERAL_WORDS.search(first))


def pattern_of(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return re.escape(str(node.value)).replace("\\ ", " ")
    if isinstance(node, ast.JoinedStr):
        return "".join(map(pattern_of, node.values))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return pattern_of(node.left) + pattern_of(node.right)
    return ".*"


TOKEN = re.compile(r'//[^\n]*|(?P<before>[\w!.]*\(?)\s*"(?P<text>(?:\\.|[^"\\])*)"', re.DOTALL)
OF_BUGS = ("expect(", "panic!(", "unreachable!(", "assert!(", "assert_eq!(")


def spoken(path: Path) -> Iterator[str]:
    """The strings of several words of a Rust file, without signatures and what speaks of bugs."""
    for token in TOKEN.finditer(path.read_text(encoding="utf-8").split("#[cfg(test)]")[0]):
        words = re.sub(r"\\\n\s*", "", token["text"] or "").replace('\\"', '"')
        parts = (re.escape(part).replace("\\ ", " ") for part in re.split(r"\{[^}]*\}", words))
        speaks = "$self" not in words and not (token["before"] or "").endswith(OF_BUGS)
        if speaks and SEVERAL_WORDS.search(pattern := ".*".join(parts)):
            yield pattern


def missing(said: str) -> list[str]:
    """The sentences of the source that are not among what was said."""
    return [f"{name}: {pattern}" for name, pattern in sentences() if not re.search(pattern, said)]


def faults_of(table: list[Block]) -> list[str]:
    """Where the table is wrong, and where it is not whole."""
    said = "\n".join(words for block in table for _, words in block.calls)
    unprovoked = "\n".join(block.text for block in table if block.text.startswith("# Not provoked"))
    return [words for block in table for words in block.wrong()] + missing(said + unprovoked)


if __name__ == "__main__":
    table = list(run(TABLE.read_text(encoding="utf-8")))
    if "--write" in sys.argv[1:]:
        TABLE.write_text("\n".join(block.filled() for block in table), encoding="utf-8")
    elif faults := faults_of(table):
        sys.exit("\n".join(faults))
