"""The colours of every picture and page: for each role one on a light page and one on a dark page.

Words are written in all of them but `line`, so each has a contrast of 4.5 at least to the pages' backgrounds.
"""

from __future__ import annotations

__all__ = ["PAGES", "PALETTE", "SERIES", "colour"]

PALETTE = {
    "ink": ("#1c2431", "#e8ebf1"),
    "muted": ("#5c6878", "#a3adbb"),
    "line": ("#dde2e9", "#313a47"),
    "blue": ("#2763d4", "#7db0ff"),
    "orange": ("#b5480c", "#ff9d66"),
    "green": ("#117850", "#56cf9c"),
    "purple": ("#8746c9", "#c99cff"),
}
# What words are written on: the page, a card on it, a card that stands out.
PAGES = {"page": ("#f6f7f9", "#12161c"), "card": ("#ffffff", "#1a2029"), "tint": ("#eef3fc", "#1c283a")}
SERIES = ("blue", "orange", "green", "purple")


def colour(role: str) -> str:
    """The colour of a role on a light page."""
    return PALETTE[role][0]
