"""What a page says about a loss, for the gallery and for the site: its title, formula, curves in words, and code with what it prints."""

from __future__ import annotations

import io
import re
from contextlib import redirect_stdout
from typing import Any

import lossreg
from lossreg.demo import curves
from lossreg.info.document import example_data
from lossreg.info.typeset import mathml

# Parameters at which a loss shows what it is for, where the defaults do not.
TELLING = {"pinball": {"quantile": 0.9}, "smooth_pinball": {"quantile": 0.9}, "expectile": {"level": 0.9}}


def title(info: lossreg.LossInfo) -> str:
    """The loss, and what tutorials call it: ``squared_error (MSE)``."""
    short = [alias.upper() for alias in info.aliases if len(alias) <= 4 and alias.isalpha()]
    return info.name + (f" ({', '.join(short)})" if short else "")


def telling(loss: lossreg.Loss) -> lossreg.Loss:
    """The loss as it is drawn."""
    return loss.replace(**TELLING.get(loss.name, {}))


def formulas(loss: lossreg.Loss) -> list[tuple[str, str]]:
    """The formula as MathML, under what it is of; two where predictions can be raw scores or not."""
    info = loss.info
    other = [loss.replace(**{info.raw_switch: False})] if info.raw_switch and info.raw_switch in info.formula else []
    return [(str(each.info.prediction), _set(each)) for each in (loss, *other)]


def _set(loss: lossreg.Loss) -> str:
    # Switches that a loss of this kind has only in one position are off.
    switches = {param.name: False for param in loss.info.params if param.kind == "switch"}
    return mathml(loss.info.formula, switches | dict(loss.params), rows=loss.info.family == "row-wise")


def letters(info: lossreg.LossInfo) -> str:
    """What the letters of the formula stand for."""
    meant = {
        "adversarial": "f are the scores of a discriminator",
        "row-wise": "q are the probabilities of a row, y its targets",
    }
    words = [meant.get(info.family, "y is the target, ŷ the prediction")]
    if re.search(r"\br\b", info.formula):
        words.append("r = ŷ − y")
    if "where(y_true > 0" in info.formula:
        words.append("s is +1 for a positive label and −1 for a negative one")
    if "sigmoid(" in info.formula:
        words.append("σ(x) = 1/(1 + e^−x)")
    return "; ".join(words)


def example(info: lossreg.LossInfo) -> str:
    """Six lines to copy, with what they print, run here."""
    data = ", ".join(map(repr, example_data(info)))
    lines = [
        "import lossreg",
        f'loss = lossreg.get("{info.name}")',
        f"data = ({data}{',' * (len(info.sides) == 1)})",
        "loss(*data)",
        'loss.grad(*data, reduction="sum")',
        'loss.hess(*data, reduction="sum")',
    ]
    names: dict[str, Any] = {}
    shown = []
    for line in lines:
        said = io.StringIO()
        with redirect_stdout(said):
            exec(compile(line, info.name, "single"), names)
        shown.append(f">>> {line}\n{said.getvalue()}")
    return "".join(shown)


def in_words(loss: lossreg.Loss, kind: str) -> str:
    """What a picture of `curves.KINDS` shows: where each curve begins and ends, and the least it reaches."""
    moving, lines = curves.curves(loss)
    parts = []
    for curve in lines:
        y = curve.of(kind)
        if y is None:
            return f"{kind} of {loss!r}: not given"
        ends = f"from {y[0]:.2g} at {curve.x[0]:.2g} to {y[-1]:.2g} at {curve.x[-1]:.2g}, at least {y.min():.2g}"
        parts.append(f"{curve.label}: {ends}" if curve.label else ends)
    return f"{kind} of {loss!r} against the {moving}: {'; '.join(parts)}"
