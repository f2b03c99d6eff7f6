"""Colours that words can be read in, and the checker of pages itself: `test_gallery` and `test_site` hand it their pages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from browser import violations

from lossreg.demo.palette import PAGES, PALETTE

ROOT = Path(__file__).resolve().parents[2]
STYLES = ROOT / "docs" / "_static" / "lossreg.css"
READABLE = 4.5  # the contrast that WCAG 2 wants of words, level AA


def luminance(colour: str) -> float:
    """The relative luminance of WCAG 2."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("role", sorted({*PALETTE} - {"line"}))
@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("dark", [False, True])
def test_words_can_be_read_in_every_colour_on_every_page(role: str, page: str, dark: bool) -> None:
    assert contrast(PALETTE[role][dark], PAGES[page][dark]) >= READABLE


@pytest.mark.skipif(not STYLES.is_file(), reason="this is not a checkout of the project")
def test_the_site_has_the_same_colours() -> None:
    light, dark = re.findall(r"^html.*\{ (--ink.*)\}$", STYLES.read_text(encoding="utf-8"), re.MULTILINE)
    for block, place in ((light, 0), (dark, 1)):
        colours = dict(re.findall(r"--(\w+): (#\w+)", block))
        assert colours == {role: pair[place] for role, pair in PALETTE.items()}


def test_the_checker_of_pages_is_not_blind(tmp_path: Path) -> None:
    page = tmp_path / "bad.html"
    page.write_text(
        '<!DOCTYPE html><html><head></head><body><main><p style="color: #bbb; background: #fff">pale</p>'
        "<img src='data:,'><h4>too deep</h4></main></body></html>"
    )
    found = {said.partition(" ")[0] for said in violations(page, tmp_path / "browser")}
    assert found >= {"color-contrast", "image-alt", "html-has-lang", "document-title"}
