"""The site that `make docs` has built: its links lead somewhere, and a browser shows its pages without anything sticking out."""

from __future__ import annotations

import importlib.util
import json
import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from browser import dumped, violations

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


def test_links_outside_are_asked_for_what_they_promise(pages: dict[Path, Page]) -> None:
    pytest.importorskip("sphinx", reason="sphinx comes with the extra 'docs'")
    spec = importlib.util.spec_from_file_location("repository", SITE.parents[1] / "_extensions" / "repository.py")
    assert spec
    assert spec.loader
    repository = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(repository)
    dois = {link for page in pages.values() for link in page.links if urlsplit(link).netloc == "doi.org"}
    assert len(dois) > 40
    for link in dois:  # the publisher's page would not say
        assert repository.asked(None, link) == f"https://doi.org/api/handles/{link.removeprefix('https://doi.org/')}"
    assert repository.asked(None, "https://semver.org") is None


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


SWEEP = """
<body style="margin: 0"><iframe style="height: 900px; border: 0"></iframe><script>
const frame = document.querySelector('iframe'), found = [];
const pause = time => new Promise(done => setTimeout(done, time));
// What scrolls by itself may be wider inside, but the whole article may not: the theme lets it.
const scrolls = e => { for (; e && !e.matches('.bd-article-container'); e = e.parentElement) {
  const style = e.ownerDocument.defaultView.getComputedStyle(e);
  if (/auto|scroll|hidden/.test(style.overflowX) || style.position === 'fixed') return true; } return false; };
const sticksOut = (e, width) => { const box = e.getBoundingClientRect();
  return box.width && (box.right > width + 1 || (/^(H[1-6]|P|LI|DT|DD|TD)$/.test(e.tagName) && e.scrollWidth > e.clientWidth + 1)) && !scrolls(e); };
// A table may scroll on a phone alone, and only where it has many columns.
const isCut = (table, width) => table.offsetWidth > table.parentElement.clientWidth + 1 && (width > 600 || table.rows[0].cells.length < 3);
(async () => {
  for (const name of NAMES) {
    await new Promise(done => { frame.onload = done; frame.src = name; });
    const page = frame.contentDocument, root = page.documentElement;
    for (const width of WIDTHS) {
      frame.style.width = `${width}px`;
      await pause(60);
      const out = [...page.querySelectorAll('main *')].filter(e => sticksOut(e, root.clientWidth));
      out.push(...[...page.querySelectorAll('main table')].filter(table => isCut(table, width)));
      const said = [`${name} at ${width}`, root.clientWidth, root.scrollWidth, page.querySelector('main').innerText.length];
      found.push([...said, out.slice(0, 3).map(e => `${e.tagName} ${e.textContent.slice(0, 40)}`)]);
    }
  }
  document.body.dataset.found = JSON.stringify(found);
})();
</script>
"""


def test_no_page_is_wider_than_its_window(pages: dict[Path, Page], tmp_path: Path) -> None:
    # Pages of functions and classes are alike: those of the longest names have the least room.
    alike, others = (
        [path for path in sorted(pages) if (path.parent.name == "generated") == is_alike] for is_alike in (True, False)
    )
    longest = sorted(alike, key=lambda path: len(path.stem.rpartition(".")[2]))[-20:]
    names = [str(path.relative_to(SITE)) for path in others + longest]
    # Beside the pages, which it shows in a frame: a window of a browser has a least width.
    sweep = SITE / "_sweep.html"
    sweep.write_text(SWEEP.replace("NAMES", json.dumps(names)).replace("WIDTHS", json.dumps(WIDTHS)), encoding="utf-8")
    try:
        said = dumped(sweep, tmp_path, "--disable-web-security", "--window-size=1500,1000", minutes=15)
    finally:
        sweep.unlink()
    found = re.search(r'data-found="([^"]*)"', said)
    assert found, "the pages were not looked at"
    looked = json.loads(unescape(found[1]))
    assert len(looked) == len(names) * len(WIDTHS)
    for where, inner, whole, shown, out in looked:
        assert abs(inner - int(where.rpartition(" ")[2])) <= 20, where
        assert shown > 100 or where.startswith("search.html"), f"{where} shows nothing"
        assert not out, f"{where}: {out}"
        assert whole <= inner + 1, where


@pytest.mark.parametrize(
    ("words", "page"),
    [
        ("huber", "losses/huber.html"),
        ("MSE", "losses/squared_error.html"),
        ("check_scale", "api/generated/lossreg.testing.check_scale.html"),
    ],
)
def test_search_answers_without_a_server(words: str, page: str, tmp_path: Path) -> None:
    said = dumped(SITE / "search.html", tmp_path, query=f"?q={words}")
    assert page in {hit.partition("#")[0] for hit in re.findall(r'<li class="kind-\w+"><a href="([^"]*)"', said)}


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("name", SHOWN)
def test_everybody_can_read_a_page(name: str, colours: str, tmp_path: Path) -> None:
    prelude = f"document.documentElement.dataset.theme = document.documentElement.dataset.mode = '{colours}';"
    assert violations(SITE / f"{name}.html", tmp_path, prelude) == []
