"""How pictures are drawn: one look for all, with matplotlib, on no display.

On a page a picture is SVG inside the HTML: its text stays text and takes the page's font, and each colour of the palette
becomes a CSS variable, so that one picture serves a light and a dark page.
"""

from __future__ import annotations

import html
import re
from contextlib import contextmanager
from io import StringIO
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from cycler import cycler
from matplotlib.figure import Figure

from lossreg.demo.palette import PALETTE, SERIES, colour

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes

LOOK: dict[Any, Any] = {
    "axes.edgecolor": colour("line"),
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.labelcolor": colour("muted"),
    "axes.labelsize": 10,
    "axes.prop_cycle": cycler(color=[colour(name) for name in SERIES]),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": colour("ink"),
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "figure.constrained_layout.use": True,
    "figure.facecolor": "none",
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "grid.color": colour("line"),
    "grid.linewidth": 0.8,
    "legend.fontsize": 9.5,
    "legend.frameon": False,
    "legend.labelcolor": colour("ink"),
    "lines.linewidth": 2.2,
    "lines.solid_capstyle": "round",
    "svg.hashsalt": "lossreg",
    "text.color": colour("ink"),
    "xtick.color": colour("line"),
    "xtick.labelcolor": colour("muted"),
    "ytick.color": colour("line"),
    "ytick.labelcolor": colour("muted"),
}


@contextmanager
def look() -> Iterator[None]:
    """Drawing inside it has the look; matplotlib's own settings come back afterwards."""
    with mpl.rc_context(LOOK):
        yield


def panel(title: str, x_label: str = "", *, size: tuple[float, float] = (3.9, 2.8)) -> tuple[Figure, Axes]:
    """A figure of one panel."""
    figure = Figure(figsize=size)
    axes = figure.subplots()
    axes.set(title=title, xlabel=x_label)
    return figure, axes


def picture(figure: Figure, key: str, alt: str) -> str:
    """The figure as SVG for a page, with a text for those who do not see it; `key` is unique on the page."""
    with mpl.rc_context({"svg.fonttype": "none"}):
        return _inline(figure, key, alt)


def _inline(figure: Figure, key: str, alt: str) -> str:
    buffer = StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None, "Type": None, "Format": None})
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>|<style.*?</style>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(id="|url\(#|href="#)', rf"\g<1>{key}-", svg)
    svg = re.sub(r"font: ([\d.]+px)[^;\"]*", r"font-size: \1", svg)
    svg = re.sub(r"font: (\w+) ([\d.]+px)[^;\"]*", r"font-weight: \1; font-size: \2", svg)
    for role, (light, _) in PALETTE.items():
        svg = svg.replace(light, f"var(--{role})")
    width, height = re.search(r'width="([\d.]+)pt" height="([\d.]+)pt"', svg).groups()  # type: ignore[union-attr]
    opening = f'<svg role="img" id="{key}" aria-label="{html.escape(alt, quote=True)}" style="--width: {width}pt"'
    svg = svg.replace(f' width="{width}pt" height="{height}pt"', "", 1)
    return re.sub(r"\s*\n\s*", "\n", svg.replace("<svg", opening, 1)).strip()
