"""The gallery: one HTML page that needs nothing but itself, made from a run of the demo.

The words are explanations.toml, the shape is page.html.jinja, and every number comes from the run.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
import numpy as np
import sklearn

import lossreg
from lossreg.demo import curves, gan, paint, palette, pictures, sheet
from lossreg.demo.table import HEADERS, duration

if TYPE_CHECKING:
    import os

    from matplotlib.figure import Figure

    from lossreg.demo.run import Report


def explanations() -> dict[str, Any]:
    """The words of the gallery."""
    return tomllib.loads(files("lossreg.demo").joinpath("explanations.toml").read_text(encoding="utf-8"))


def render(report: Report) -> str:
    """The page of a run."""
    with paint.look():
        return _template().render(_context(report))


def write(report: Report, folder: str | os.PathLike[str]) -> Path:
    """Write the page of a run into a folder, which is made if need be; returns the page's path."""
    path = Path(folder) / "index.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render(report), encoding="utf-8")
    return path


@dataclass
class Gallery:
    """Hands out pictures under keys that are unique on the page."""

    keys: set[str] = field(default_factory=set)

    def picture(self, figure: Figure, key: str, alt: str) -> str:
        """The figure as inline SVG."""
        if key in self.keys:
            raise ValueError(f"two pictures are called {key}")
        self.keys.add(key)
        return paint.picture(figure, key, alt)

    def curves(self, loss: lossreg.Loss) -> list[str]:
        """Value, gradient and Hessian."""
        return [self.picture(*each) for each in sheet.pictures(loss)]


def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("lossreg.demo", "."),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["duration"] = duration
    return environment.get_template("page.html.jinja")


def _context(report: Report) -> dict[str, Any]:
    gallery, words = Gallery(), explanations()
    rows = {row.loss.partition("(")[0]: row for row in report.rows}
    results = {result.task.loss.name: result for result in report.trainings}
    game = report.games["non-saturating"]
    players = {player.name: player for player in (game.discriminator, game.generator)}
    for chapter in words["chapter"]:
        chapter["comparisons"] = []
        for loss in chapter["loss"]:
            name = loss["name"]
            loss["row"], loss["result"], loss["info"] = rows[name], results.get(name), lossreg.describe(name)
            made = results[name].task.loss if name in results else players[name]
            loss |= {"sheet": _sheet(lossreg.get(name)), "curves": gallery.curves(made)}
            loss["training"] = _training_picture(gallery, loss, report)
    for comparison in words["comparison"]:
        key = comparison["key"]
        comparison["pictures"] = [
            gallery.picture(
                pictures.comparison(pictures.compared()[key], kind),
                f"{key}-{kind.lower()}",
                f"{kind} of each: {comparison['title']}",
            )
            for kind in curves.KINDS[:2]
        ]
        next(c for c in words["chapter"] if c["key"] == comparison["chapter"])["comparisons"].append(comparison)
    return {
        "chapters": words["chapter"],
        "others": _others(gallery, set(rows)),
        "samples": [
            gallery.picture(
                pictures.samples(game, step, gan.FEATURES),
                f"samples-{step}",
                f"Scatter plot: generated samples over the data at step {step}",
            )
            for step in game.samples
        ],
        "distances": gallery.picture(
            pictures.distances(report.games), "distances", "Energy distance to the data during both trainings"
        ),
        "speed": gallery.picture(pictures.speed(report.rows), "speed", "Elements per second, lossreg and plain NumPy"),
        "headers": HEADERS,
        "rows": report.rows,
        "report": report,
        "game": game,
        "games": report.games,
        "features": gan.FEATURES,
        "measured": len(gan.load()),
        "blind": game.discriminator.value(np.zeros(1), np.zeros(1)),
        "palette": palette.PALETTE | palette.PAGES,
        "ratios": sorted(row.timing.ratio for row in report.rows),
        "gaps": {
            measure: max(abs(row.quality - row.reference) for row in report.rows if row.measure == measure)
            for measure in ("accuracy", "R²")
        },
        "versions": {"lossreg": lossreg.__version__, "NumPy": np.__version__, "scikit-learn": sklearn.__version__},
        "pictures": len(gallery.keys),
    }


def _training_picture(gallery: Gallery, loss: dict[str, Any], report: Report) -> str:
    key, alt = f"{loss['name']}-training", f"{loss['title']}: the mean loss falls during the training"
    if loss["result"]:
        return gallery.picture(pictures.training(loss["result"]), key, alt)
    if len(loss["info"].sides) == 2:
        return gallery.picture(pictures.players(report.games["non-saturating"]), key, "Both losses during the game")
    return gallery.picture(pictures.players(report.games["saturating"]), key, "Both losses during the saturating game")


def _sheet(loss: lossreg.Loss) -> dict[str, Any]:
    """What there is to say about every loss."""
    info = loss.info
    return {
        "title": sheet.title(info),
        "aliases": info.aliases,
        "formulas": sheet.formulas(loss),
        "letters": sheet.letters(loss),
        "example": sheet.example(info),
    }


def _others(gallery: Gallery, shown: set[str]) -> list[dict[str, Any]]:
    """The losses of the catalogue that no training of the demo needs."""
    others = [lossreg.describe(name) for name in lossreg.names() if name not in shown]
    return [
        {"info": info, "sheet": _sheet(loss := lossreg.get(info.name)), "curves": gallery.curves(sheet.telling(loss))}
        for info in others
        if info.provider == "lossreg"
    ]
