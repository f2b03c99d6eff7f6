"""Draws docs/_static/losses.svg, the picture at the head of README.md: three losses with both of their derivatives.

    python tools/picture.py              draw it
    python tools/picture.py --check      exit 1 where it is not what would be drawn

It is text, made without a drawing library, of numbers that have the same bits on every machine; so it can be compared.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np

import lossreg
from lossreg.demo.palette import PALETTE

COMMAND = "python tools/picture.py"
TARGET = Path(__file__).resolve().parents[1] / "docs" / "_static" / "losses.svg"
WIDTH, HEIGHT = 960, 330
SIDE, GAP, TOP, BOTTOM = 34, 40, 92, 44
REACH = 4.0  # residuals are drawn from -REACH to REACH
POINTS = 161
TITLE = "value, grad, hess = lossreg.get(name).value_grad_hess(y_true, y_pred)"
STYLES = {"half_squared_error": ("muted", "2 5"), "huber": ("blue", ""), "cauchy": ("orange", "9 4")}


class Panel(NamedTuple):
    """One of the drawings side by side: what it shows, and its scale."""

    title: str
    low: float
    high: float
    marks: tuple[float, ...]


PANELS = (
    Panel("value", -0.25, 5.0, (0.0, 2.0, 4.0)),
    Panel("gradient", -2.6, 2.6, (-2.0, 0.0, 2.0)),
    Panel("Hessian", -0.35, 1.3, (0.0, 1.0)),
)


def drawing() -> str:
    """The whole picture."""
    width = (WIDTH - 2 * SIDE - (len(PANELS) - 1) * GAP) / len(PANELS)
    left = [SIDE + place * (width + GAP) for place in range(len(PANELS))]
    residuals = np.linspace(-REACH, REACH, POINTS)
    curves = {name: lossreg.get(name).value_grad_hess(0 * residuals, residuals, reduction="none") for name in STYLES}
    described = ", ".join(f"{name} ({colour})" for name, (colour, _) in STYLES.items())
    parts = [
        f"<!-- Written by `{COMMAND}`. -->",
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="t d">',
        '<title id="t">Value, gradient and Hessian of three losses</title>',
        f'<desc id="d">Curves over the residual from {-REACH:g} to {REACH:g}: {described}.</desc>',
        colours(),
        f'<text class="code" x="{SIDE}" y="34">{TITLE}</text>',
        *(legend(name, style, SIDE + 240 * place) for place, (name, style) in enumerate(STYLES.items())),
    ]
    for place, (x, panel) in enumerate(zip(left, PANELS, strict=True)):
        parts += frame(panel, x, width)
        parts += [curve(style, residuals, curves[name][place], panel, x, width) for name, style in STYLES.items()]
    return "\n".join([*parts, "</svg>\n"])


def colours() -> str:
    """The colours, for light and for dark pages."""
    roles = ("ink", *dict.fromkeys(["muted", *(colour for colour, _ in STYLES.values())]))

    def rules(dark: int) -> str:
        lines = "".join(
            f" .{one} {{ fill: {PALETTE[one][dark]} }} .s-{one} {{ stroke: {PALETTE[one][dark]} }}" for one in roles
        )
        return f".line {{ stroke: {PALETTE['line'][dark]} }}{lines}"

    return (
        "<style>text { font: 15px system-ui, 'DejaVu Sans', sans-serif } .code, .name { font: 16px ui-monospace, "
        "'DejaVu Sans Mono', monospace } .head { font-weight: 600 } path { fill: none; stroke-width: 2.6 } "
        f".code {{ fill: {PALETTE['ink'][0]} }} {rules(0)} @media (prefers-color-scheme: dark) {{ "
        f".code {{ fill: {PALETTE['ink'][1]} }} {rules(1)} }}</style>"
    )


def legend(name: str, style: tuple[str, str], x: float) -> str:
    """A stroke and the name of a loss."""
    colour, dashes = style
    return (
        f'<path class="s-{colour}" stroke-dasharray="{dashes or "none"}" d="M{x:g} 59h30"/>'
        f'<text class="name {colour}" x="{x + 38:g}" y="64">{name}</text>'
    )


def frame(panel: Panel, x: float, width: float) -> list[str]:
    """Title, axis and marks of a drawing."""
    parts = [f'<text class="head ink" x="{x:.1f}" y="{TOP + 6}">{panel.title}</text>']
    for mark in panel.marks:
        y = height(panel, mark)
        parts.append(f'<path class="line" style="stroke-width: 1" d="M{x:.1f} {y:.1f}h{width:.1f}"/>')
        number = f"{mark:g}".replace("-", "−")
        parts.append(f'<text class="muted" text-anchor="end" x="{x - 7:.1f}" y="{y + 5:.1f}">{number}</text>')
    middle = x + width / 2
    parts.append(f'<text class="muted" text-anchor="middle" x="{middle:.1f}" y="{HEIGHT - 12}">y_pred − y_true</text>')
    return parts


def height(panel: Panel, value: float) -> float:
    """Where a value lies."""
    return HEIGHT - BOTTOM - (value - panel.low) / (panel.high - panel.low) * (HEIGHT - BOTTOM - TOP - 16)


def curve(
    style: tuple[str, str], residuals: np.ndarray, values: np.ndarray, panel: Panel, x: float, width: float
) -> str:
    """The curve of a loss, as far as it is within the drawing."""
    colour, dashes = style
    inside = (values >= panel.low) & (values <= panel.high)
    points = [
        f"{x + width * (r + REACH) / (2 * REACH):.1f} {height(panel, v):.1f}"
        for r, v in zip(residuals[inside].tolist(), values[inside].tolist(), strict=True)
    ]
    return f'<path class="s-{colour}" stroke-dasharray="{dashes or "none"}" d="M{" ".join(points)}"/>'


def main() -> int:
    """Draw or check."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 where the picture is out of date")
    check, text = parser.parse_args().check, drawing()
    if not check:
        TARGET.write_text(text, encoding="utf-8")
    elif not TARGET.is_file() or TARGET.read_text(encoding="utf-8") != text:
        print(f"{TARGET} is out of date; draw it with: {COMMAND}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
