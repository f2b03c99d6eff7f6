"""Values, names and exceptions as messages show them: escaped, of bounded length, whatever their own code does."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

__all__ = ["escaped", "near_names", "nearest", "number", "reason", "shown"]

LONGEST = 200


def shown(value: object, longest: int = LONGEST) -> str:
    """The repr of a value, shortened; of a value whose repr fails, its type."""
    if isinstance(value, str) and len(value) > longest:
        return f"{str(value[:longest])!r}... ({len(value):,} characters)"
    try:
        text = repr(value)
    except Exception:
        return f"an object of type {type(value).__name__}, whose repr fails"
    return escaped(shortened(text, longest))


def number(value: Any) -> str:
    """A number of Python or NumPy in no more digits than its dtype needs."""
    return str(value).removesuffix(".0")


def reason(error: BaseException, longest: int = 10 * LONGEST) -> str:
    """What an exception says, with its type; only the type where its own text fails."""
    kind = escaped(type(error).__name__)
    try:
        text = str(error)
    except Exception:
        return f"{kind}, whose text cannot be read"
    return f"{kind}: {escaped(shortened(text, longest))}"


def escaped(text: str) -> str:
    """The text with what moves a terminal's cursor or cannot be seen as escapes; lines stay lines."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in text)


def shortened(text: str, longest: int) -> str:
    """The text, or its beginning and how long it is."""
    return text if len(text) <= longest else f"{text[:longest]}... ({len(text):,} characters)"


def nearest(word: object, known: Iterable[str]) -> str:
    """A question for the names that are nearest to a word; empty where none is near."""
    near = near_names(word, known)
    return f"; did you mean {' or '.join(map(repr, near))}?" if near else ""


def near_names(word: object, known: Iterable[str]) -> list[str]:
    """The names that are nearest to a word."""
    from difflib import get_close_matches

    return get_close_matches(word, list(known)) if isinstance(word, str) and len(word) <= LONGEST else []
