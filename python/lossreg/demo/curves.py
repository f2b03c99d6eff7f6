"""A loss as curves: value, gradient and Hessian where one prediction moves and everything else stays.

Which prediction moves, and against which target, follows from what the registry knows about the loss, so a loss of a
plugin is drawn like a built-in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure

import lossreg
from lossreg.demo import paint, palette
from lossreg.info import Domain

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]

POINTS = 600  # an even number: some derivatives are infinite at 0
TARGET = 1.0  # of errors that may be relative to it
LOWEST = {Domain.ABOVE_MINUS_ONE: -0.95, Domain.NON_NEGATIVE: 0.0, Domain.POSITIVE: 0.02}
KINDS = ("Value", "Gradient", "Hessian")
STYLES: tuple[Any, ...] = ("-", (0, (4, 2.5)), (0, (1, 1.5)), (0, (6, 2, 1, 2)))  # of lines beside each other


@dataclass(frozen=True)
class Curve:
    """One target's three curves; a derivative is None where the loss has none."""

    label: str
    x: Floats
    value: Floats
    gradient: Floats | None
    hessian: Floats | None

    def of(self, kind: str) -> Floats | None:
        """One of KINDS."""
        return {"Value": self.value, "Gradient": self.gradient, "Hessian": self.hessian}[kind]


def curves(loss: lossreg.Loss) -> tuple[str, list[Curve]]:
    """What moves, and the curves of the loss."""
    info = loss.info
    if info.family == "adversarial":
        return "score of a sample", _adversarial(loss, len(info.sides) == 2)
    raw = bool(loss.params.get(info.raw_switch or "", True))
    if info.family == "row-wise":
        which = "true" if info.target.has_class_indices else "likeliest"
        return f"{'logit' if raw else 'probability'} of the {which} class", [_row_wise(loss, info.target, raw)]
    if info.family in MANY:
        return MANY[info.family](loss)
    if info.target.is_label:
        x = np.linspace(-4, 4, POINTS) if raw else np.linspace(0.01, 0.99, POINTS)
        targets = {"positive label": 1.0, "negative label": 0.0}
        return "raw score" if raw else "probability", [_pointwise(loss, x, y, name) for name, y in targets.items()]
    if info.target.has_class_indices:
        between = loss.link.thresholds or (0.0,)
        x, classes = np.linspace(between[0] - 4, between[-1] + 4, POINTS), len(between) + 1
        shown = sorted({0, classes // 2, classes - 1})
        return "raw score", [_pointwise(loss, x, float(k), f"class {k} of {classes}") for k in shown]
    if info.link == "log":
        x = np.linspace(-2.5, 2, POINTS) if raw else np.linspace(0.1, 4, POINTS)
        return "log of the mean" if raw else "mean", [_pointwise(loss, x, y, f"y = {y:g}") for y in (1.0, 3.0)]
    x = np.linspace(max(TARGET - 3, LOWEST.get(info.prediction, -np.inf)), TARGET + 3, POINTS)
    return "prediction − target", [_pointwise(loss, x, TARGET, "", -TARGET)]


def panels(loss: lossreg.Loss) -> dict[str, Figure]:
    """A figure for each of KINDS."""
    moving, lines = curves(loss)
    figures = {}
    for kind in KINDS:
        figures[kind], axes = paint.panel(kind, moving)
        _draw(axes, kind, lines)
    return figures


def overview(loss: lossreg.Loss) -> Figure:
    """The three panels side by side, for a file of its own."""
    moving, lines = curves(loss)
    figure = Figure(figsize=(11, 3.4), facecolor="white")
    for axes, kind in zip(figure.subplots(1, 3), KINDS, strict=True):
        axes.set(title=kind, xlabel=moving)
        _draw(axes, kind, lines)
    figure.suptitle(repr(loss), fontsize=13, fontweight="bold")
    return figure


def _draw(axes: Axes, kind: str, lines: list[Curve]) -> None:
    """The curves of a kind: coloured by kind where there is one target, by target where there are several."""
    for place, curve in enumerate(lines):
        y = curve.of(kind)
        if y is None:
            axes.text(0.5, 0.5, "not given", transform=axes.transAxes, ha="center")
        else:
            role = palette.SERIES[place if len(lines) > 1 else KINDS.index(kind)]
            axes.plot(curve.x, y, color=palette.colour(role), label=curve.label, linestyle=STYLES[place])
    if len(lines) > 1 and kind == KINDS[0]:
        axes.legend()
    drawn = [y for curve in lines if (y := curve.of(kind)) is not None]
    if drawn and np.ptp(drawn) < 1e-6:  # a flat curve's own scale would be that of rounding
        middle = float(np.mean(drawn))
        axes.set_ylim(middle - 0.5, middle + 0.5)


def _pointwise(loss: lossreg.Loss, x: Floats, target: float, label: str, shift: float = 0.0) -> Curve:
    y = np.full_like(x, target)
    value, gradient, hessian = _evaluate(loss, y, x)
    return Curve(label, x + shift, value, gradient, hessian)


def _row_wise(loss: lossreg.Loss, target: Domain, raw: bool) -> Curve:
    """Three classes; the first class's score moves, the other two share what is left."""
    x = np.linspace(-4, 4, POINTS) if raw else np.linspace(0.02, 0.98, POINTS)
    others = np.zeros_like(x) if raw else (1 - x) / 2
    axis: Any = loss.params.get("axis", -1)
    rows = np.moveaxis(np.stack([x, others, others]), 0, axis)
    if target.has_class_indices:
        y: Any = np.zeros(POINTS, dtype=int)
    else:  # a row that is not one-hot shows what the loss does where targets are soft
        y = np.moveaxis(np.tile((0.7, 0.2, 0.1), (POINTS, 1)), 1, axis)
    value, *derivatives = _evaluate(loss, y, rows)
    gradient, hessian = (None if d is None else np.moveaxis(d, axis, 0)[0] for d in derivatives)
    return Curve("", x, value, gradient, hessian)


def _set_wise(loss: lossreg.Loss) -> tuple[str, list[Curve]]:
    """A set of which one prediction moves, that of a positive target; the others are undecided, or all 1."""
    info = loss.info
    raw = loss.params.get(info.raw_switch or "", False)
    x = np.linspace(-4, 4, POINTS) if raw or not info.raw_switch else np.linspace(0.01, 0.99, POINTS)
    others = (0.0 if raw else 0.5) if info.raw_switch else 1.0
    moving = ("raw score of a positive" if raw else "probability of a positive") if info.raw_switch else "one number"
    return moving, [_one_of_many(loss.replace(axis=-1), x, np.array([1.0, 0.0, 1.0]), np.full(3, others), (0,))]


def _column_wise(loss: lossreg.Loss) -> tuple[str, list[Curve]]:
    """One of the numbers that predict a target of 1 moves, the others are 0; of boxes an edge of the target itself."""
    info, names = loss.info, loss.info.columns
    target = OF_SEVERAL.get(info.target, np.full(len(info.target_columns) or (), TARGET))
    others = NEAR_BOX if info.target is Domain.BOX else np.zeros(len(names) if len(names) > 1 else ())
    x, labels = np.linspace(-3, 3, POINTS), (name.replace("_", "-") for name in names)
    places = ((i,) for i in range(len(names))) if others.ndim else ((),)
    moves = (_one_of_many(loss, x, target, others, i, label) for i, label in zip(places, labels, strict=True))
    return "prediction", list(moves)


# Targets whose numbers depend on each other, and the prediction of a box, of which an edge moves.
OF_SEVERAL = {Domain.BOX: np.array([-1.0, -0.5, 1.0, 0.5]), Domain.INTERVAL: np.array([1.0, 2.0])}
NEAR_BOX = np.array([-1.0, -0.5, 1.25, 0.75])


def _sequence(loss: lossreg.Loss) -> tuple[str, list[Curve]]:
    """Three frames of three classes, of which one says one of two labels louder and louder."""
    curve = _one_of_many(loss, np.linspace(-4, 4, POINTS), np.array([1, 2]), np.zeros((3, 3)), (0, 1))
    return "score of a label in the first frame", [curve]


MANY = {"set-wise": _set_wise, "column-wise": _column_wise, "sequence": _sequence}


def _one_of_many(
    loss: lossreg.Loss, x: Floats, target: Any, others: Floats, place: tuple[int, ...], label: str = ""
) -> Curve:
    """A loss of many predictions of which one moves."""
    predictions = np.tile(others, (len(x),) + (1,) * others.ndim)
    moving: Any = (slice(None), *place)
    predictions[moving] = x
    targets = np.tile(target, (len(x),) + (1,) * target.ndim)
    value, *derivatives = _evaluate(loss, targets, predictions)
    gradient, hessian = (None if d is None else d[moving] for d in derivatives)
    return Curve(label, x, value, gradient, hessian)


def _adversarial(loss: lossreg.Loss, two_sided: bool) -> list[Curve]:
    """A score at a time, against no sample of the other side, or against one of score 0 where it has to be seen against some."""
    x = np.linspace(-5, 5, POINTS)
    nobody = np.zeros(int(loss.info.coupled))

    def side(label: str, arguments: Callable[[Floats], tuple[Floats, ...]], place: int) -> Curve:
        def at(score: float) -> tuple[float, float, float]:
            value, gradient, hessian = loss.value_grad_hess(*arguments(np.array([score])), reduction="sum")
            if two_sided:
                gradient, hessian = gradient[place], hessian[place]
            return value, gradient[0], hessian[0]

        return Curve(label, x, *map(np.array, zip(*map(at, x), strict=True)))

    if not two_sided:
        return [side("", lambda fake: (fake,), 0)]
    return [
        side("a real sample", lambda real: (real, nobody), 0),
        side("a fake", lambda fake: (nobody, fake), 1),
    ]


def _evaluate(loss: lossreg.Loss, y: Any, x: Floats) -> tuple[Floats, Floats | None, Floats | None]:
    """Value and derivatives, unreduced; a loss of a plugin may lack the latter."""

    def or_none(method: Callable[..., Any]) -> Any:
        try:
            return method(y, x, reduction="none")
        except lossreg.DerivativeError:
            return None

    return loss.value(y, x, reduction="none"), or_none(loss.grad), or_none(loss.hess)
