"""The gallery's pictures other than the plain curves: trainings, comparisons, the game of the two players, speed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

import lossreg
from lossreg.demo import curves, paint, palette

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

    from lossreg.demo.gan import Game
    from lossreg.demo.table import Row
    from lossreg.demo.trainings import Training

FOCAL_GAMMAS = (0.0, 1.0, 2.0, 5.0)
WIDE = (4.8, 3.0)


def training(result: Training) -> Figure:
    """The loss over the training rows, step by step."""
    figure, axes = paint.panel("Training", "step", size=WIDE)
    steps, losses = result.curve
    axes.plot(steps, losses, color=palette.colour("purple"))
    axes.plot(steps[-1], losses[-1], "o", color=palette.colour("purple"))
    axes.set_ylim(bottom=0)
    if steps[-1] > 300:
        axes.set_xscale("symlog", linthresh=10)
        axes.set_xlim(left=0)
    axes.set_ylabel("mean loss")
    return figure


def players(game: Game) -> Figure:
    """Both losses during the game."""
    figure, axes = paint.panel("Training", "step", size=WIDE)
    axes.plot(game.steps, game.discriminator_losses, label="discriminator", color=palette.colour("blue"))
    axes.plot(game.steps, game.generator_losses, label="generator", color=palette.colour("orange"))
    axes.set_ylabel("mean loss of a batch")
    axes.legend()
    return figure


def distances(games: dict[str, Game]) -> Figure:
    """How far the generated samples are from the data, for each generator loss."""
    figure, axes = paint.panel("Distance to the data", "step", size=WIDE)
    for (label, game), role in zip(games.items(), ("orange", "purple"), strict=True):
        axes.plot(game.steps, game.distances, label=label, color=palette.colour(role))
    axes.axhline(game.halves, color=palette.colour("muted"), linestyle=":", label="half of the data to the other half")
    axes.set_ylim(bottom=0)
    axes.set_ylabel("energy distance")
    axes.legend()
    return figure


def samples(game: Game, step: int, axis_labels: Sequence[str]) -> Figure:
    """Generated samples over the data, at one step of the training."""
    figure, axes = paint.panel(f"Step {step:,}", axis_labels[0], size=(3.6, 3.4))
    axes.set_ylabel(axis_labels[1])
    for cloud, role, label in ((game.held_out, "blue", "data"), (game.samples[step], "orange", "generated")):
        axes.scatter(cloud[:, 0], cloud[:, 1], s=9, alpha=0.55, linewidths=0, color=palette.colour(role), label=label)
    low, high = game.held_out.min(axis=0), game.held_out.max(axis=0)
    room = 0.15 * (high - low)
    axes.set(xlim=(low[0] - room[0], high[0] + room[0]), ylim=(low[1] - room[1], high[1] + room[1]))
    axes.legend(loc="upper left", handletextpad=0.1)
    return figure


def comparison(losses: dict[str, lossreg.Loss], kind: str, line: int = 0) -> Figure:
    """The same curve of several losses in one panel; `line` chooses the target where a loss is drawn for several."""
    roles = dict(zip(losses, palette.SERIES, strict=False))
    figure, axes = paint.panel(kind[0].upper() + kind[1:], size=WIDE)
    for label, loss in losses.items():
        x_label, lines = curves.curves(loss)
        y = lines[line].of(kind)
        if y is not None:
            axes.plot(lines[line].x, y, label=label, color=palette.colour(roles[label]))
    axes.set_xlabel(x_label)
    axes.legend()
    return figure


def compared() -> dict[str, dict[str, lossreg.Loss]]:
    """The comparisons of the gallery: label and loss."""
    get = lossreg.get
    return {
        "robust": {
            name.replace("_", " ").capitalize(): get(name) for name in ("squared_error", "absolute_error", "huber")
        },
        "focal": {f"γ = {gamma:g}": get("binary_focal", gamma=gamma) for gamma in FOCAL_GAMMAS},
        "generators": {
            "saturating": get("minimax_generator", saturating=True),
            "non-saturating": get("minimax_generator", saturating=False),
        },
    }


def speed(rows: Sequence[Row]) -> Figure:
    """Elements per second, lossreg beside plain NumPy, on a logarithmic scale."""
    figure, axes = paint.panel("A pass: value and gradient", "million elements per second", size=(8.6, 4.6))
    place = np.arange(len(rows))[::-1]
    mine = [row.timing.rate / 1e6 for row in rows]
    plain = [row.timing.elements / row.timing.plain_seconds / 1e6 for row in rows]
    axes.hlines(place, plain, mine, color=palette.colour("line"), linewidth=4)
    axes.plot(plain, place, "o", color=palette.colour("orange"), markersize=8, label="plain NumPy")
    axes.plot(mine, place, "o", color=palette.colour("blue"), markersize=8, label="lossreg")
    axes.set_yticks(place, [row.loss for row in rows])
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.grid(axis="y", visible=False)
    axes.legend(loc="lower right")
    return figure
