"""What the Python modules of the package say to the house tests: whom they import, what they compare, where they search."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from checkout import PACKAGE, ROOT, of


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


# Imports


def name_of(path: Path) -> str:
    parts = ["lossreg", *path.relative_to(PACKAGE).with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def modules() -> dict[str, Path]:
    return {name_of(path): path for path in PACKAGE.rglob("*.py")}


def imports(path: Path, module: str | None = None) -> set[tuple[str, str]]:
    """(module, name) of what a file imports from lossreg: at its top, inside functions, for type checkers, by a string."""
    found = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            found |= {(alias.name, "") for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            source = node.module or ""
            if node.level and module:
                package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
                source = ".".join([*package[: len(package) - node.level + 1], *filter(None, [source])])
            found |= {(source, alias.name) for alias in node.names}
        elif isinstance(node, ast.Call) and called(node) in ("import_module", "__import__"):
            found |= {(str(given.value), "") for given in node.args[:1] if isinstance(given, ast.Constant)}
    return {(source, name) for source, name in found if source.split(".")[0] == "lossreg"}


def graph() -> dict[str, set[str]]:
    """Who imports whom in the package; the native module imports what its source names in a call of `import`."""
    paths = modules()
    edges = {}
    for name, path in paths.items():
        whole = {f"{source}.{what}" if what else source for source, what in imports(path, name)}
        edges[name] = {longest(target, {*paths, "lossreg._native"}) for target in whole} - {name}
    rust = "".join(path.read_text(encoding="utf-8") for path in of(ROOT / "rust" / "py" / "src", ".rs"))
    edges["lossreg._native"] = set(re.findall(r'"(lossreg(?:\.[a-z_]+)+)"', rust)) & paths.keys()
    return edges


def longest(target: str, known: set[str]) -> str:
    while target not in known:
        target = target.rpartition(".")[0]
    return target


# Names and sentences


def called(node: ast.AST) -> str:
    """The last word of the function of a call."""
    function = node.func if isinstance(node, ast.Call) else None
    return getattr(function, "attr", "") or getattr(function, "id", "")


def constants(node: ast.AST | None, tables: dict[str, ast.expr]) -> Iterator[str]:
    """The strings of a literal, of the elements of a literal, or of a table of the module."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.Tuple | ast.List | ast.Set):
        for element in node.elts:
            yield from constants(element, tables)
    elif isinstance(node, ast.Dict):
        for key in node.keys:
            yield from constants(key, tables)
    elif isinstance(node, ast.Call) and called(node) in ("frozenset", "set", "tuple", "list"):
        yield from (word for argument in node.args for word in constants(argument, tables))
    elif isinstance(node, ast.Name) and node.id in tables:
        yield from constants(tables[node.id], {})


def fixed(node: ast.AST) -> bool:
    """Whether a look-up is by a key that stands there."""
    return isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant)


def compared_names(path: Path, losses: set[str]) -> Iterator[str]:
    """Where a file asks which loss it has: `==`, `in`, `match` or a look-up whose other side holds the name of a loss."""
    tree = parsed(path)
    tables = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        sides: list[ast.expr] = []
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq | ast.NotEq | ast.In | ast.NotIn):
            sides = [node.left, *node.comparators]
        elif isinstance(node, ast.MatchValue | ast.Subscript) and not fixed(node):
            sides = [node.value]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
            sides = [node.func.value]
        if any(word in losses for side in sides for word in constants(side, tables)):
            yield ast.unparse(node)


SENTENCES = {"target", "prediction", "formula", "summary", "kinks", "source", "doc", "__doc__"}
SEARCHING = {"startswith", "endswith", "find", "rfind", "index", "count", "split", "partition", "rpartition"} | {
    "removeprefix",
    "removesuffix",
    "replace",
}
PATTERNS = {"search", "match", "fullmatch", "findall", "finditer", "sub"}


class Sentences(ast.NodeVisitor):
    """Finds where a file searches in a sentence: in a text of a loss's description, or in the words of an error.

    A sentence is `x.target` and its like, `str(error)` and `error.args[0]` of a caught error, a variable that was assigned one,
    and a parameter to which a call in the same file gives one.
    """

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self.functions = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        self.inside: list[str] = [""]
        self.carriers: set[tuple[str, str]] = set()
        self.caught: set[tuple[str, str]] = set()
        self.found: set[str] = set()
        before = -1
        while before != len(self.carriers) + len(self.caught):
            before = len(self.carriers) + len(self.caught)
            self.found = set()
            self.visit(tree)

    def is_sentence(self, node: ast.AST | None) -> bool:
        if isinstance(node, ast.Attribute):
            return node.attr in SENTENCES
        if isinstance(node, ast.Name):
            return (self.inside[-1], node.id) in self.carriers
        if isinstance(node, ast.Subscript):
            return (
                isinstance(node.value, ast.Attribute) and node.value.attr == "args" and self.is_error(node.value.value)
            )
        if isinstance(node, ast.Call) and called(node) in ("str", "repr"):
            return any(self.is_error(argument) or self.is_sentence(argument) for argument in node.args)
        if isinstance(node, ast.Call) and called(node) in ("lower", "strip", "casefold"):
            return isinstance(node.func, ast.Attribute) and self.is_sentence(node.func.value)
        return isinstance(node, ast.BoolOp) and any(map(self.is_sentence, node.values))

    def is_error(self, node: ast.AST) -> bool:
        return isinstance(node, ast.Name) and (self.inside[-1], node.id) in self.caught

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self.inside.append(node.name)
        self.generic_visit(node)
        self.inside.pop()

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.name:
            self.caught.add((self.inside[-1], node.name))
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        if self.is_sentence(node.value):
            self.carriers |= {(self.inside[-1], target.id) for target in node.targets if isinstance(target, ast.Name)}
        self.generic_visit(node)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        if self.is_sentence(node.value):
            self.carriers.add((self.inside[-1], node.target.id))
        self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        sides = [node.left, *node.comparators]
        looked_in = isinstance(node.ops[0], ast.In | ast.NotIn) and self.is_sentence(sides[1])
        words = any(isinstance(side, ast.Constant | ast.Tuple | ast.Set | ast.Dict) and literal(side) for side in sides)
        if looked_in or (words and any(map(self.is_sentence, sides))):
            self.found.add(ast.unparse(node))
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        owner = node.func.value if isinstance(node.func, ast.Attribute) else None
        if (called(node) in SEARCHING and self.is_sentence(owner)) or (
            called(node) in PATTERNS and any(map(self.is_sentence, node.args))
        ):
            self.found.add(ast.unparse(node))
        if isinstance(node.func, ast.Name) and node.func.id in self.functions:
            function = self.functions[node.func.id]
            for parameter, argument in zip(function.args.args, node.args, strict=False):
                if self.is_sentence(argument):
                    self.carriers.add((function.name, parameter.arg))
        elif called(node) == "get" and isinstance(owner, ast.Dict) and any(map(self.is_sentence, node.args)):
            self.found.add(ast.unparse(node))
        self.generic_visit(node)


def literal(node: ast.AST) -> bool:
    """Whether a literal is words or holds some."""
    return any(
        isinstance(inner, ast.Constant) and isinstance(inner.value, str) and inner.value for inner in ast.walk(node)
    )


def searched_sentences(path: Path) -> set[str]:
    """Where a file searches in a sentence."""
    return Sentences(parsed(path)).found
