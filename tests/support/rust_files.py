"""Which Rust file knows which: the paths of a crate resolved to the files that define what they name.

An item is looked for where its path leads; where that file only passes it on (`pub use`), in the file that it comes from.
`mod x;` lists a file and knows nothing of it; `use x::Item`, `x::Item` and `pub use x::Item` do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

Module = tuple[str, ...]

NOISE = re.compile(
    r"""r(?P<hashes>\#*)".*?"(?P=hashes)|"(?:\\.|[^"\\])*"|'(?:\\[^']+|[^\\'])'|//[^\n]*|/\*.*?\*/""", re.DOTALL
)
DEFINES = re.compile(r"\b(?:fn|struct|enum|trait|const|static|type|union|macro_rules!)\s+(\w+)")
USE = re.compile(r"(?P<public>\bpub(?:\([\w ]+\))?\s+)?\buse\s+(?P<tree>[^;]+);")


def code(path: Path) -> str:
    """The text without comments, strings and what only tests see."""
    text = path.read_text(encoding="utf-8").split("#[cfg(test)]\nmod tests")[0]
    return NOISE.sub(lambda noise: '""' if '"' in noise[0][:3] else " ", text)


def expanded(tree: str) -> Iterator[tuple[Module, str]]:
    """The paths of a `use` tree, each with the name that it gives: `a::{self, b as c}` is (a, "a") and (a::b, "c")."""
    tree = tree.strip()
    head, brace, rest = tree.partition("{")
    if brace:
        prefix = tuple(part.strip() for part in head.strip().removesuffix("::").split("::") if part.strip())
        depth, start, body = 0, 0, rest.rsplit("}", 1)[0] + ","
        for at, sign in enumerate(body):
            depth += {"{": 1, "}": -1}.get(sign, 0)
            if sign == "," and not depth:
                for path, name in expanded(body[start:at]) if body[start:at].strip() else ():
                    inner = path[1:] if path[0] == "self" else path
                    yield (*prefix, *inner), (prefix[-1] if name == "self" else name)
                start = at + 1
    else:
        path, _, name = tree.partition(" as ")
        parts = tuple(part.strip() for part in path.split("::") if part.strip())
        yield parts, name.strip() or parts[-1]


class Crate:
    """The files of a crate and what each defines, passes on and names."""

    def __init__(self, source: Path) -> None:
        self.files: dict[Module, Path] = {}
        for path in sorted(source.rglob("*.rs")):
            parts = path.relative_to(source).with_suffix("").parts
            self.files[() if parts == ("lib",) else parts[:-1] if parts[-1] == "mod" else parts] = path
        self.text = {module: code(path) for module, path in self.files.items()}
        self.uses = {module: self._uses(module) for module in self.files}

    def _uses(self, module: Module) -> list[tuple[Module, str, bool]]:
        found = []
        for use in USE.finditer(self.text[module]):
            for path, name in expanded(use["tree"]):
                whole = self.absolute(module, path)
                if whole is not None:
                    found.append((whole, name, bool(use["public"])))
        return found

    def absolute(self, module: Module, path: Module) -> Module | None:
        """A path seen from a module, from the root on; nothing for the path of another crate."""
        if path[0] == "crate":
            return path[1:]
        if path[0] in ("super", "self"):
            ups = sum(part == "super" for part in path)
            return module[: len(module) - ups] + tuple(part for part in path if part not in ("super", "self"))
        return (*module, *path) if (*module, path[0]) in self.files else None

    @cache  # noqa: B019  (a crate lives as long as a test)
    def home(self, path: Module) -> Module | None:
        """The module whose file defines what a path leads to; nothing where it leads to a module."""
        if path in self.files:
            return None
        module = path
        while module not in self.files:
            module = module[:-1]
        item = path[len(module)]
        if item in DEFINES.findall(self.text[module]):
            return module
        for whole, name, public in self.uses[module]:
            if public and name == item and whole != path:
                return self.home(whole) or module
            if public and name == "*" and item in DEFINES.findall(self.text.get(whole[:-1], "")):
                return whole[:-1]
        for other, text in self.text.items():
            if not module and re.search(rf"macro_rules!\s+{item}\b", text):
                return other
        return module

    def known(self, module: Module) -> set[Module]:
        """The modules whose items a file names."""
        names = {name: whole for whole, name, _ in self.uses[module]}
        paths = [whole for whole, name, _ in self.uses[module] if name != "*"]
        found = {whole[:-1] for whole, name, _ in self.uses[module] if name == "*"}
        for text in re.findall(r"\b\w+(?:::\w+)+", USE.sub("", self.text[module])):
            parts = tuple(text.split("::"))
            whole = (*names[parts[0]], *parts[1:]) if parts[0] in names else self.absolute(module, parts)
            if whole is not None:
                paths.append(whole)
        return {home for path in paths if (home := self.home(path)) is not None} | found - {module}

    def edges(self) -> dict[Module, set[Module]]:
        return {module: self.known(module) - {module} for module in self.files}
