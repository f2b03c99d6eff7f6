"""Text that Python's own parser reads and nobody executes."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TypeVar

__all__ = ["parsed", "undisturbed"]

ATTEMPTS = 100
T = TypeVar("T")


def parsed(text: str) -> ast.expr:
    """The tree of an expression."""
    tree: ast.Expression = undisturbed(ast.parse, text.strip(), "<text>", "eval")
    return tree.body


def undisturbed(parse: Callable[..., T], *arguments: object) -> T:
    """What parsing comes to where no other thread parses meanwhile.

    All threads of Python 3.11 count the depth of their trees in one place: one that is stopped in the middle, by another
    that parses, is told that its own count is wrong (``SystemError``, python/cpython#106905), and must begin again.
    """
    for _ in range(ATTEMPTS):
        try:
            return parse(*arguments)
        except SystemError as error:
            disturbed = error
    raise disturbed
