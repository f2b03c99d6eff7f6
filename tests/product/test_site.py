"""The site that `make docs` has built: its links lead somewhere, and a browser shows its pages without anything sticking out."""

from __future__ import annotations

import json
import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from browser import found_browser, violations

import lossreg

SITE = Path(__file__).resolve().parents[2] / "docs" / "_build" / "html"
WIDTHS = (360, 800, 1400)
SHOWN = [
    "index",
    "getting-started",
    "which-loss",
    "losses/index",
    "losses/huber",
    "losses/binary_focal",
    "trainers/xgboost",
    "api/index",
    "keras",
]

pytestmark = pytest.mark.site


class Page(HTMLParser):
    """The links and anchors of a page, and pictures without words."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.silent: list[str] = []
        self.language: str | None = None
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.anchors |= {given[key] for key in ("id", "name") if given.get(key)}  # type: ignore[misc]
        if tag == "html":
            self.language = given.get("lang")
        if tag in ("a", "link") and given.get("href"):
            self.links.append(given["href"] or "")
        if tag in ("img", "script") and given.get("src"):
            self.links.append(given["src"] or "")
        if tag == "img" and "alt" not in given:  # an empty text says that a picture adorns
            self.silent.append(given.get("src") or "")


@pytest.fixture(scope="module")
def pages() -> dict[Path, Page]:
    found = {path: Page(path) for path in SITE.rglob("*.html") if "_static" not in path.parts}
    assert found, f"there is no site in {SITE}: make docs"
    return found


def test_every_loss_has_a_page(pages: dict[Path, Page]) -> None:
    assert {path.stem for path in pages if path.parent.name == "losses"} >= set(lossreg.names())


def test_links_inside_lead_somewhere(pages: dict[Path, Page]) -> None:
    broken = []
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc or not (parts.path or parts.fragment):
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            target = target / "index.html" if target.is_dir() else target
            if not target.is_file() or (
                parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].anchors
            ):
                broken.append(f"{path.relative_to(SITE)}: {link}")
    assert not broken


def test_nothing_that_is_needed_is_loaded_from_elsewhere(pages: dict[Path, Page]) -> None:
    for path in pages:
        text = path.read_text(encoding="utf-8")
        assert not re.findall(r'<(?:script|img)[^>]*src="https?:[^"]*"', text), path
        assert not re.findall(r'<link[^>]*rel="stylesheet"[^>]*href="https?:[^"]*"', text), path


def test_pages_can_be_read_aloud(pages: dict[Path, Page]) -> None:
    for path, page in pages.items():
        assert page.language, f"{path} does not say its language"
        assert not page.silent, f"pictures of {path} without words"


def test_search_finds_losses(pages: dict[Path, Page]) -> None:
    index = (SITE / "searchindex.js").read_text(encoding="utf-8")
    assert all(f"losses/{name}" in index for name in lossreg.names())


MEASURE = """
<script>
addEventListener('load', () => setTimeout(() => {
  const width = document.documentElement.clientWidth;
  const scrolls = e => { for (; e; e = e.parentElement) { const s = getComputedStyle(e);
    if (/(auto|scroll|hidden)/.test(s.overflowX) || s.position === 'fixed') return true; } return false; };
  const out = [...document.querySelectorAll('main *')].filter(e => { const r = e.getBoundingClientRect();
    return r.width && r.right > width + 1 && !scrolls(e); }).map(e => e.tagName + '.' + e.className).slice(0, 5);
  const mark = document.createElement('pre'); mark.id = 'measured';
  mark.textContent = JSON.stringify({width, page: document.documentElement.scrollWidth, out,
    shown: document.querySelector('main').innerText.length});
  document.body.append(mark);
}, 50));
</script>
"""


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", SHOWN)
def test_no_page_is_wider_than_its_window(name: str, width: int, tmp_path: Path) -> None:
    browser = found_browser()
    path = SITE / f"{name}.html"
    # Beside the page, so that its styles are found. A frame, because a window of a browser has a least width.
    measuring = path.with_name(f"_{path.stem}-{width}.html")
    frame = path.with_name(f"_{path.stem}-{width}-frame.html")
    measuring.write_text(path.read_text(encoding="utf-8").replace("</body>", f"{MEASURE}</body>"), encoding="utf-8")
    frame.write_text(f'<iframe src="{measuring.name}" style="width: {width}px; height: 900px; border: 0"></iframe>')
    try:
        command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files"]
        command += [f"--user-data-dir={tmp_path}", "--disable-web-security", "--virtual-time-budget=4000"]
        script = (
            "<script>addEventListener('load', () => setTimeout(() => { const d = document.querySelector('iframe').contentDocument;"
            "document.body.dataset.measured = d.getElementById('measured').textContent; }, 1500))</script>"
        )
        frame.write_text(frame.read_text() + script)
        done = subprocess.run(
            [*command, "--window-size=1500,1000", "--dump-dom", frame.as_uri()],
            capture_output=True,
            text=True,
            check=True,
        )
    finally:
        measuring.unlink()
        frame.unlink()
    found = re.search(r'data-measured="([^"]*)"', done.stdout)
    assert found, "the page did not load"
    measured = json.loads(found[1].replace("&quot;", '"'))
    assert abs(measured["width"] - width) <= 20
    assert measured["shown"] > 100
    assert not measured["out"], measured
    assert measured["page"] <= measured["width"] + 1


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("name", SHOWN)
def test_everybody_can_read_a_page(name: str, colours: str, tmp_path: Path) -> None:
    prelude = f"document.documentElement.dataset.theme = document.documentElement.dataset.mode = '{colours}';"
    assert violations(SITE / f"{name}.html", tmp_path, prelude) == []
