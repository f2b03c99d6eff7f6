"""The whole demo: every training, both games, the timings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from threadpoolctl import threadpool_limits

import lossreg
from lossreg.demo import gan, table, timing, trainings

if TYPE_CHECKING:
    from collections.abc import Callable

QUICK_ELEMENTS = 100_000
QUICK_GAN_STEPS = 1000
STAGES = 12  # nine trainings, two games, the timing of the games


@dataclass(frozen=True)
class Report:
    """Everything a run found out."""

    seed: int
    quick: bool
    threads: int
    elements: int
    trainings: list[trainings.Training]
    games: dict[str, gan.Game]
    rows: list[table.Row]


def run(seed: int = 0, quick: bool = False, progress: Callable[[str], None] = lambda stage: None) -> Report:
    """Train everything and time it.

    Parameters
    ----------
    seed : int
        Of the split of the data, the shuffling and the noise.
    quick : bool
        Shorter games and smaller timings; the same trainings.
    progress : callable
        Called with the name of each of the STAGES before it begins.
    """
    elements = QUICK_ELEMENTS if quick else timing.ELEMENTS
    results, rows = [], []
    with threadpool_limits(1):  # the models are so small that a matrix product's threads would only wait for each other
        for task in trainings.tasks(seed):
            progress(f"{task.loss!r} on {task.split.name}")
            results.append(trainings.train(task))
            rows.append(table.of_training(results[-1], elements))
        games = {}
        for name, saturating in (("non-saturating", False), ("saturating", True)):
            progress(f"GAN, {name} generator")
            games[name] = gan.play(seed, saturating, QUICK_GAN_STEPS if quick else gan.STEPS)
        progress("timing the GAN's losses")
        rows += table.of_game(games["non-saturating"], elements)
    return Report(seed, quick, lossreg.get_num_threads(), elements, results, games, rows)
