"""Enums whose members are short texts, for code, and read as words, for people."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Worded"]


class Worded(StrEnum):
    """An enum of texts whose members have words; ``str`` of a member gives them."""

    words: str

    def __str__(self) -> str:
        return self.words

    def __format__(self, spec: str) -> str:
        return format(self.words, spec)
