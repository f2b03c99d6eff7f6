"""What a page says about a loss, for the gallery and for the site: its title, formula, curves in words, and code with what it prints."""

from __future__ import annotations

import doctest
from typing import TYPE_CHECKING, Any

import lossreg
from lossreg.demo import curves
from lossreg.demo.typeset import mathml, symbols

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.figure import Figure


def title(info: lossreg.LossInfo) -> str:
    """The loss, and what tutorials call it: ``squared_error (MSE)``."""
    short = [alias.upper() for alias in info.aliases if len(alias) <= 4 and alias.isalpha()]
    return info.name + (f" ({', '.join(short)})" if short else "")


def telling(loss: lossreg.Loss) -> lossreg.Loss:
    """The loss as it is drawn: what weighs two sides alike by default shows what it is for at 0.9."""
    sides = [p.name for p in loss.info.params if (p.low, p.high, p.default) == (0.0, 1.0, 0.5)]
    return loss.replace(**dict.fromkeys(sides, 0.9))


def formulas(loss: lossreg.Loss) -> list[tuple[str, str]]:
    """The formula as MathML, under what it is of; two where it says something else of predictions that are no raw scores."""
    made: dict[str, str] = {}
    for each in (loss, *([loss.replace(**{loss.info.raw_switch: False})] if loss.info.raw_switch else [])):
        content = mathml(each.info.formula, _settings(each), rows=loss.info.family in ("row-wise", "set-wise"))
        made.setdefault(content, str(each.info.prediction))
    return [(kind, content) for content, kind in made.items()]


def _settings(loss: lossreg.Loss) -> dict[str, Any]:
    """The parameters; switches that a loss of this kind has in one position only are off."""
    return {param.name: False for param in loss.info.params if param.kind == "switch"} | dict(loss.params)


def letters(loss: lossreg.Loss) -> str:
    """What the letters of the formula stand for."""
    meant = {
        "adversarial": "f are the scores of a discriminator",
        "row-wise": "q are the probabilities of a row, y its targets",
        "set-wise": "y are the targets of a set, ŷ its predictions, p its predicted probabilities",
        "column-wise": "y is the target, predicted by several numbers",
        "sequence": "a path is one way to spell the labels, q the probability of what it says in a frame",
    }
    further = {
        "r": "r = ŷ − y",
        "s": "s is +1 for a positive label and −1 for a negative one",
        "sigmoid": "σ(x) = 1/(1 + e^−x)",
        "intersection": "intersection and union are areas of what both boxes or either of them cover",
        "hull": "hull is the area of the least box around both",
        "squared_distance": "the squared distance is that of the centres, the squared diagonal that of the least box around both",
        "below": "below and above are the thresholds on both sides of class y, infinite where there is none",
        "density": "density and cdf are those of the distribution",
        "at_risk": "at risk(u) sums u over all whose time |y| is no earlier",
        "pairs": "pairs are those of items i more relevant than j",
        "gain": "the gain is 2^y − 1, the discount 1/log2(1 + rank); of each pair one item is ranked among the first",
        "ideal": "ideal is the discounted gain of the best ranking",
        "v": "v = 4/π² · (atan2(true width, true height) − atan2(width, height))²",
    }
    named = symbols(loss.info.formula, _settings(loss))
    words = [meant.get(loss.info.family, "y is the target, ŷ the prediction")]
    if loss.info.target_columns:
        words = [f"{_listed(loss.info.target_columns)} are given, {_listed(loss.info.columns)} predicted"]
    return "; ".join([*words, *(text for letter, text in further.items() if letter in named)])


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(name.replace("_", " ") for name in names)


def example(info: lossreg.LossInfo) -> str:
    """Lines to copy, with what they print: the example of the documentation."""
    shown = doctest.DocTestParser().get_examples(getattr(lossreg.losses, info.name).__doc__)
    return "".join(f">>> {each.source}{each.want}" for each in shown)


def pictures(loss: lossreg.Loss) -> Iterator[tuple[Figure, str, str]]:
    """A figure for each of `curves.KINDS`, with its key and with what it shows in words."""
    moving, lines = curves.curves(loss)
    for kind, figure in curves.panels(loss).items():
        yield figure, f"{loss.name}-{kind.lower()}", f"{kind} of {loss!r}{_in_words(moving, lines, kind)}"


def _in_words(moving: str, lines: list[curves.Curve], kind: str) -> str:
    """Where each curve begins and ends, and the least it reaches."""
    parts = []
    for curve in lines:
        y = curve.of(kind)
        if y is None:
            return ": not given"
        ends = f"from {y[0]:.2g} at {curve.x[0]:.2g} to {y[-1]:.2g} at {curve.x[-1]:.2g}, at least {y.min():.2g}"
        parts.append(f"{curve.label}: {ends}" if curve.label else ends)
    return f" against the {moving}: {'; '.join(parts)}"
