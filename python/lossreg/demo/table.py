"""The demo's one table: a row for each training, as data and as cells, for a wide place and for a narrow one."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from lossreg.demo import timing

if TYPE_CHECKING:
    from lossreg.demo.gan import Game
    from lossreg.demo.trainings import Training

HEADERS = (
    "loss",
    "data",
    "start",
    "end",
    "quality",
    "reference",
    "time per pass",
    "elements/s",
    "plain NumPy",
)
# Where there is no room for all of them: what is read together stands in one cell, line under line.
NARROW = ("loss\ndata", "start\nend", "quality\nreference", "per pass\nNumPy")


@dataclass(frozen=True)
class Row:
    """What is shown of a training. `start` and `end` are the mean loss over the training rows (of a GAN: a batch)."""

    loss: str
    data: str
    start: float
    end: float
    measure: str
    quality: float
    quality_start: float | None
    reference_model: str
    reference: float
    timing: timing.Timing

    def cells(self) -> tuple[str, ...]:
        """As text, in the order of HEADERS."""
        return tuple(" ".join(filter(None, pair)) for pair in self.pairs())

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The same, each cell as a figure and what it is of."""
        quality = f"{self.quality:.3f}"
        if self.quality_start is not None:
            quality = f"{self.quality_start:.3f} → {quality}"
        return (
            (self.loss, ""),
            (self.data, ""),
            (f"{self.start:.4f}", ""),
            (f"{self.end:.4f}", ""),
            (quality, self.measure),
            (f"{self.reference:.3f}", self.reference_model),
            (duration(self.timing.seconds), ""),
            (f"{self.timing.rate / 1e6:,.0f} M", ""),
            (duration(self.timing.plain_seconds), f"({self.timing.ratio:.1f}×)"),
        )

    def stacked(self) -> tuple[str, ...]:
        """As text, in the order of NARROW; a name is broken before its parameters only."""
        loss, data, start, end, quality, reference, passed, _, plain = self.cells()
        broken = loss.replace("(", "\n(", 1)
        lossreg_and_numpy = "\n".join([passed, *plain.rsplit(" ", 1)])
        return f"{broken}\n{data}", f"{start}\n{end}", f"{quality}\n{reference}", lossreg_and_numpy

    def data_dict(self) -> dict[str, object]:
        """For JSON: every field, with the derived figures of the timing."""
        return asdict(self) | {"elements_per_second": self.timing.rate, "plain_ratio": self.timing.ratio}


def of_training(training: Training, elements: int) -> Row:
    """The row of a supervised training."""
    task = training.task
    return Row(
        repr(task.loss).removesuffix("()"),
        task.split.name,
        training.start,
        training.end,
        task.measure,
        training.quality,
        None,
        type(task.reference).__name__,
        training.reference,
        timing.compare(task.loss, training.targets, training.scores, elements=elements),
    )


def of_game(game: Game, elements: int) -> tuple[Row, Row]:
    """The rows of the discriminator and of the generator, which share the distance."""
    players = (
        (game.discriminator, game.discriminator_losses, (game.real_scores, game.fake_scores)),
        (game.generator, game.generator_losses, (game.fake_scores,)),
    )
    discriminator, generator = (
        Row(
            repr(loss).removesuffix("()"),
            "breast cancer, 2 features",
            losses[0],
            losses[-1],
            "energy distance",
            game.distances[-1],
            game.distances[0],
            "other half of the data",
            game.halves,
            timing.compare(loss, *scores, elements=elements),
        )
        for loss, losses, scores in players
    )
    return discriminator, generator


def duration(seconds: float) -> str:
    """Three digits and a unit."""
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"
