"""The gallery: what is in the page, and what a browser makes of it.

The page is opened in headless Chromium, which tells where each picture came to lie; a screenshot then shows whether it
was painted there. Without a browser those tests are skipped.
"""

from __future__ import annotations

import html
import json
import re
import subprocess
from collections import Counter
from html.parser import HTMLParser
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest
from browser import dumped, found_browser, violations

pytest.importorskip("jinja2", reason="jinja2 comes with the extra 'demo'")
pytest.importorskip("matplotlib", reason="matplotlib comes with the extra 'demo'")
pytest.importorskip("sklearn", reason="sklearn comes with the extra 'demo'")

from matplotlib.colors import to_rgb
from matplotlib.image import imread

import lossreg
from lossreg.demo import page, palette, run

if TYPE_CHECKING:
    from pathlib import Path

TRAINED = (
    "absolute_error",
    "binary_cross_entropy",
    "binary_focal",
    "categorical_cross_entropy",
    "hinge",
    "huber",
    "kl_divergence",
    "minimax_discriminator",
    "minimax_generator",
    "sparse_categorical_cross_entropy",
    "squared_error",
)
WIDTH = 1360  # of the window
BELOW = 200  # what is photographed below the page's end
PART = 8_000  # pixels: a browser's pictures have a greatest height


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return page.write(run.run(seed=0, quick=True), tmp_path_factory.mktemp("gallery"))


@pytest.fixture(scope="module")
def text(gallery: Path) -> str:
    return gallery.read_text(encoding="utf-8")


def expected_pictures() -> set[str]:
    curves = {f"{name}-{kind}" for name in lossreg.names() for kind in ("value", "gradient", "hessian")}
    trainings = {f"{name}-training" for name in TRAINED}
    compared = {f"{key}-{kind}" for key in ("robust", "focal", "generators") for kind in ("value", "gradient")}
    return curves | trainings | compared | {"speed", "distances", "samples-0", "samples-1000"}


class Elements(HTMLParser):
    """Collects every element's name and attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def pictures(text: str) -> dict[str, str]:
    """Key and alternative text of each picture."""
    svgs = [attributes for tag, attributes in Elements(text).found if tag == "svg"]
    return {svg["id"] or "": svg["aria-label"] or "" for svg in svgs}


def test_has_every_picture(text: str) -> None:
    assert set(pictures(text)) >= expected_pictures()


def test_every_loss_has_its_formula_and_code_to_copy(text: str) -> None:
    formulas = [attributes["alttext"] for tag, attributes in Elements(text).found if tag == "math"]
    for name in lossreg.names():
        assert lossreg.describe(name).formula in formulas
        assert f"lossreg.losses.{name}()" in html.unescape(text)


def test_every_picture_has_an_alternative_text(text: str) -> None:
    assert all(len(alt) > 10 for alt in pictures(text).values())


def test_ids_are_unique_and_links_lead_somewhere(text: str) -> None:
    found = Elements(text).found
    ids = Counter(attributes["id"] for _, attributes in found if "id" in attributes)
    assert [key for key, count in ids.items() if count > 1] == []
    links = {attributes["href"] for tag, attributes in found if tag == "a"}
    assert {str(link).removeprefix("#") for link in links} <= set(ids)


def test_needs_nothing_but_itself(text: str) -> None:
    for _, attributes in Elements(text).found:
        assert not attributes.get("src")
        assert not re.match(r"(https?:)?//", attributes.get("href") or "")
    assert not re.search(r"url\((?!#)|@import", text)


def test_explanations_hold_no_numbers() -> None:
    words = page.explanations()
    losses = [loss for chapter in words["chapter"] for loss in chapter["loss"]]
    assert sorted(loss["name"] for loss in losses) == sorted(TRAINED)
    texts = [loss[key] for loss in losses for key in ("title", "measures", "when")]
    texts += [part[key] for part in words["chapter"] + words["comparison"] for key in ("title", "text")]
    assert [line for line in texts if re.search(r"\d", line)] == []


class Shot(NamedTuple):
    pixels: np.ndarray
    boxes: dict[str, tuple[int, int, int, int]]
    height: int


@pytest.fixture(scope="module")
def shot(gallery: Path) -> Shot:
    browser = found_browser()
    measuring = gallery.with_name("measuring.html")
    script = """<script>
      const boxes = {};
      document.querySelectorAll('math').forEach((math, place) => { math.id = `formula-${place}`; });
      for (const shape of document.querySelectorAll('svg[role=img], math')) {
        const box = shape.getBoundingClientRect();
        boxes[shape.id] = [box.left, box.top, box.right, box.bottom].map(Math.round);
      }
      document.title = JSON.stringify({boxes, height: Math.ceil(document.body.getBoundingClientRect().bottom)});
    </script></body>"""
    measuring.write_text(gallery.read_text(encoding="utf-8").replace("</body>", script), encoding="utf-8")
    picture = gallery.with_name("page.png")

    def chromium(height: int, *arguments: str) -> str:
        options = (
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            f"--window-size={WIDTH},{height}",
        )
        command = [browser, *options, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout

    dom = chromium(1000, "--dump-dom", measuring.as_uri())
    title = re.search(r"<title>(.*?)</title>", dom)
    assert title, "the page has no title"
    measured = json.loads(title[1].replace("&quot;", '"'))
    parts, whole = [], measured["height"] + BELOW
    for top in range(0, whole, PART):
        shifted = f"<style>html {{ overflow: hidden }} body {{ position: relative; top: -{top}px }}</style></head>"
        measuring.write_text(gallery.read_text(encoding="utf-8").replace("</head>", shifted), encoding="utf-8")
        chromium(min(PART, whole - top), f"--screenshot={picture}", measuring.as_uri())
        parts.append((imread(picture)[:, :, :3] * 255).round().astype(np.int16))
    pixels = np.concatenate(parts)
    return Shot(pixels, {key: tuple(box) for key, box in measured["boxes"].items()}, measured["height"])


def colourful(pixels: np.ndarray) -> int:
    """How many pixels are neither white nor grey nor black nearly."""
    return int((np.ptp(pixels, axis=-1) > 60).sum())


def count(pixels: np.ndarray, colour: str) -> int:
    """How many pixels have nearly this colour."""
    wanted = np.round(np.array(to_rgb(colour)) * 255)
    return int((np.abs(pixels - wanted).max(axis=-1) <= 12).sum())


def test_screenshot_is_the_whole_page(shot: Shot) -> None:
    assert shot.pixels.shape == (shot.height + BELOW, WIDTH, 3)
    assert shot.height > 5000
    assert max(bottom for _, _, _, bottom in shot.boxes.values()) < shot.height


def test_screenshot_has_the_page_s_colours(shot: Shot) -> None:
    above = shot.pixels[: shot.height : 3, ::3]
    page_colour, card = (palette.PAGES[name][0] for name in ("page", "card"))
    colours = (page_colour, card, palette.colour("ink"))
    share = {colour: count(above, colour) / (above.size / 3) for colour in colours}
    assert share[page_colour] > 0.2  # the page
    assert share[card] > 0.2  # the cards
    assert share[palette.colour("ink")] > 0.002  # the text


def test_every_picture_is_painted(shot: Shot) -> None:
    blank = []
    for key in expected_pictures():
        left, top, right, bottom = shot.boxes[key]
        assert right - left > 150, f"{key} is {right - left} pixels wide"
        assert bottom - top > 100, f"{key} is {bottom - top} pixels high"
        assert left >= 0, key
        assert right <= WIDTH, key
        seen = shot.pixels[top:bottom, left:right]
        if colourful(seen) < 100:
            blank.append(key)
    assert blank == []


def test_every_formula_is_painted(shot: Shot) -> None:
    formulas = [key for key in shot.boxes if key.startswith("formula-")]
    assert len(formulas) >= len(lossreg.names())
    for key in formulas:
        left, top, right, bottom = shot.boxes[key]
        assert count(shot.pixels[top:bottom, left:right], palette.colour("ink")) > 10, key


LABELS = """
<body style="margin: 0"><iframe src="PAGE" style="width: 400px; height: 900px; border: 0"></iframe><script>
addEventListener('load', () => {
  const page = document.querySelector('iframe').contentDocument, root = page.documentElement;
  const sizes = [...page.querySelectorAll('svg[role=img]')].map(svg => {
    const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
    return [svg.id, scale * Math.min(...[...svg.querySelectorAll('text')].map(text => parseFloat(getComputedStyle(text).fontSize)))];
  });
  document.body.dataset.found = JSON.stringify({sizes, window: root.clientWidth, page: root.scrollWidth});
});
</script>
"""


def test_labels_can_be_read_on_a_phone(gallery: Path, tmp_path: Path) -> None:
    frame = gallery.with_name("frame.html")
    frame.write_text(LABELS.replace("PAGE", gallery.name), encoding="utf-8")
    said = re.search(r'data-found="([^"]*)"', dumped(frame, tmp_path, "--disable-web-security"))
    assert said
    found = json.loads(html.unescape(said[1]))
    assert found["page"] <= found["window"]
    assert {key for key, _ in found["sizes"]} >= expected_pictures()
    assert [(key, size) for key, size in found["sizes"] if size < 8] == []


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_everybody_can_read_the_page(gallery: Path, colours: str, tmp_path: Path) -> None:
    assert violations(gallery, tmp_path, f"document.getElementById('{colours}').checked = true;") == []
