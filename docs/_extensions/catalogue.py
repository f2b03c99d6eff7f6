"""Writes a page for each loss, an index of them, and the pages of the public names, before Sphinx reads."""

from __future__ import annotations

import importlib
import re
import tomllib
from collections import defaultdict
from contextlib import suppress
from functools import cache
from inspect import ismodule
from pathlib import Path
from types import ModuleType
from typing import Any, get_origin
from unittest.mock import patch

from sphinx.application import Sphinx
from sphinx.ext.autodoc.mock import _MockObject, mock

import lossreg
from lossreg.demo import paint, sheet
from lossreg.info import document
from lossreg.integrations import needs

DOCS = Path(__file__).parents[1]
LIBRARIES = DOCS.parent / "tests" / "integrations" / "libraries.toml"
FAMILIES = {
    "pointwise": ("One number each", "A target and a prediction for each element."),
    "row-wise": ("Rows of classes", "A row of scores or probabilities for each sample."),
    "set-wise": ("Sets of elements", "Targets and predictions of which a set has one loss together."),
    "column-wise": (
        "Columns",
        "Several numbers to predict or to compare with for each element: parameters of a distribution, corners of a box.",
    ),
    "sequence": ("Sequences", "Labels for frames that are not aligned with them."),
    "adversarial": ("Adversarial games", "Scores of a discriminator, for real samples and for fakes."),
}
PUBLIC = [
    "lossreg",
    *(f"lossreg.{name}" for name in ("ops", "testing", "info", "errors", "threads", "typing", "ffi")),
    *(f"lossreg.compat.{name}" for name in ("keras", "torch", "sklearn", "optax")),
]
# Where a library's names are, and the page that says what differs.
NAMED = {
    "Keras": ("lossreg.compat.keras", "../keras.md"),
    "PyTorch": ("lossreg.compat.torch", "../peers.md"),
    "scikit-learn": ("lossreg.compat.sklearn", "../peers.md"),
    "optax": ("lossreg.compat.optax", "../peers.md"),
    "XGBoost": ("lossreg.integrations.xgboost.table", "../trainers/xgboost.md"),
    "LightGBM": ("lossreg.integrations.lightgbm.table", "../trainers/lightgbm.md"),
}
# A page of a loss has pictures beside each other where others list their headings.
WIDE = "---\nhtml_theme.sidebar_secondary.remove: true\n---\n"
# A word of code that is long, outside of tags.
LONG = re.compile(r"[A-Za-z][\w.=(&;]{14,}(?![^<]*>)")


def formulas(loss: lossreg.Loss) -> str:
    """The formula as it is by default, and from probabilities or means where there is a switch for that."""
    first, *others = sheet.formulas(loss)
    words = [scrolling(first[1])]
    for kind, content in others:
        words += [f"With `{loss.info.raw_switch}=False`, where predictions are {kind}:", scrolling(content)]
    said = f"In NumPy's words:\n\n```{{code-block}} text\n:class: wraps\n{loss.info.formula}\n```"
    return "\n\n".join([*words, f"Here {sheet.letters(loss)}.", said])


def scrolling(content: str) -> str:
    """A formula that scrolls where it is too wide."""
    return f'```{{raw}} html\n<div class="formula" tabindex="0" role="group" aria-label="formula">{content}</div>\n```'


def pictures(loss: lossreg.Loss) -> str:
    """Value, gradient and Hessian as curves."""
    shown = sheet.telling(loss)
    with paint.look():
        drawn = [paint.picture(*each) for each in sheet.pictures(shown)]
    return f'```{{raw}} html\n<div class="curves">\n{chr(10).join(drawn)}\n</div>\n```\n\nDrawn for `{shown!r}`.'


def facts(info: lossreg.LossInfo) -> str:
    """What the loss says of itself."""
    kinds = ", ".join(f"`{kind}`{' (never negative)' if sure else ''}" for kind, sure in info.hessians.items())
    convex = {True: "yes", False: "no", None: "not said"}[info.convex]
    rows = {
        "Family": info.family,
        "Targets": str(info.target),
        "Predictions": str(info.prediction),
        "Link": f"`{info.link}`",
        "Start value": str(info.start),
        "Convex in the raw score": convex,
        "Curvature kinds": kinds,
        "Where there is no derivative": info.kinks,
        "Other names": ", ".join(f"`{alias}`" for alias in info.aliases),
    }
    table = "\n".join(f"| {name} | {escaped(value)} |" for name, value in rows.items() if value)
    return f"| fact | of this loss |\n|---|---|\n{table}"


def escaped(text: str) -> str:
    """Text of a cell."""
    return text.replace("|", r"\|").replace("*", r"\*").replace("<", "&lt;")


def parameters(info: lossreg.LossInfo) -> str:
    """The table of parameters."""
    if not info.params:
        return "It has no parameters."
    rows = [f"| `{p.name}` | `{p.default!r}` | {escaped(p.bounds)} | {escaped(p.doc)} |" for p in info.params]
    return "\n".join(["| name | default | wanted | what it does |", "|---|---|---|---|", *rows])


@cache
def names_of(module: str) -> dict[str, list[str]]:
    """Loss → what a library calls it, of those names that `lossreg.get` knows."""
    there, found = importlib.import_module(module), defaultdict(list)
    for each in getattr(there, "BUILT_IN", ()):
        found[lossreg.get(each.loss).name].append(each.objective)
    for name in getattr(there, "__all__", ()):
        with suppress(lossreg.UnknownLossError):
            found[lossreg.get(name).name].append(name)
    return found


def elsewhere(info: lossreg.LossInfo) -> str:
    """What other libraries call it, and where it says what differs."""
    rows = [
        f"| {library} | {', '.join(f'`{name}`' for name in names_of(module)[info.name])} | [what differs]({where}) |"
        for library, (module, where) in NAMED.items()
        if info.name in names_of(module)
    ]
    return "\n".join(["| library | its name | differences |", "|---|---|---|", *rows]) if rows else ""


def related(info: lossreg.LossInfo) -> str:
    """Links to related losses."""
    return "\n".join(f"- [{name}]({name}.md): {escaped(text)}." for name, text in info.relations.items())


def source(text: str) -> str:
    """The source, with its DOI as a link."""
    return re.sub(r"doi:(10\.\S+)", r"[doi:\1](https://doi.org/\1)", text)


def scale(loss: lossreg.Loss) -> str:
    """What those forget who come from a library that takes predictions of another scale."""
    text = document.of_scale(loss)
    kind = "warning" if "Keras" in text else "note"
    return text and f":::{{{kind}}}\nPredictions are {loss.info.prediction}. {text.replace('``', '`')}\n:::"


def page(name: str) -> str:
    """The page of a loss."""
    loss = lossreg.get(name)
    info = loss.info
    parts = {
        "": f"{info.summary} {info.use_when}\n\n{scale(loss)}",
        "Formula": formulas(loss),
        "Curves": pictures(loss),
        "Example": f"```python\n{sheet.example(info)}```",
        "Parameters": parameters(info),
        "Facts": facts(info),
        "In other libraries": elsewhere(info),
        "Related losses": related(info),
        "Source": source(info.source),
    }
    sections = [f"## {head}\n\n{text}" if head else text for head, text in parts.items() if text.strip()]
    return f"{WIDE}# {sheet.title(info)}\n\n" + "\n\n".join(sections) + "\n"


def index(names: list[str]) -> str:
    """The index of all losses."""
    parts = ["# Losses\n\nEach page has the formula, curves, an example with its output, and when to use the loss."]
    for family, (head, text) in FAMILIES.items():
        members = [name for name in names if lossreg.describe(name).family == family]
        rows = [
            f"| [{sheet.title(lossreg.describe(n))}]({n}.md) | {escaped(lossreg.describe(n).summary)} |"
            for n in members
        ]
        toctree = "```{toctree}\n:hidden:\n\n" + "\n".join(members) + "\n```"
        parts.append(
            f"## {head}\n\n{text}\n\n| loss | what it measures |\n|---|---|\n" + "\n".join(rows) + f"\n\n{toctree}"
        )
    return "\n\n".join(parts) + "\n"


def members(module: Any) -> list[str]:
    """What a module has that is public, no module, and described nowhere else."""
    elsewhere = {
        name
        for other in PUBLIC
        if other.startswith(f"{module.__name__}.")
        for name in importlib.import_module(other).__all__
    }
    own = [name for name in module.__all__ if not name.startswith("__") and not ismodule(getattr(module, name))]
    return [name for name in own if name not in elsewhere]


def integrations() -> list[str]:
    """The modules of all integrations; where a library is not installed, something that has every name stands for it."""
    found = []
    for name, library in tomllib.loads(LIBRARIES.read_text(encoding="utf-8")).items():
        module = f"lossreg.integrations.{name}"
        try:
            importlib.import_module(module)
        except ImportError:
            either = patch.object(_MockObject, "__or__", lambda one, _: one, create=True)  # of types: `Tensor | None`
            with mock([library.get("module", name)]), patch.object(needs, "need", stand_in), either:
                importlib.import_module(module)
        found.append(module)
    return found


def stand_in(name: str, *_: str, **__: str) -> ModuleType:
    """The stand-in of a library, of whatever version."""
    return importlib.import_module(name)


def reference(name: str) -> str:
    """The page of a module."""
    module = importlib.import_module(name)
    public = members(module)
    plain = [one for one in public if not callable(getattr(module, one)) or get_origin(getattr(module, one))]
    meanings = [f"- `{one}`: `{meaning(getattr(module, one))}`" for one in plain]
    words = " ".join(str(module.__doc__).split("\n\n", maxsplit=1)[0].split())
    # The signature of that class is that of its subclasses: there is none yet.
    written = [f".. autoclass:: {one}(**params)" for one in public if one == "PythonLoss"]
    listed = [f"   {one}" for one in public if one not in ("PythonLoss", *plain)]
    parts = [f".. currentmodule:: {name}"]
    if listed:
        parts.append("\n".join([".. autosummary::", "   :toctree: generated", "", *listed]))
    described = "```{eval-rst}\n" + "\n\n".join([*parts, *written]) + "\n```"
    return "\n\n".join([f"# {name}", words, *(["\n".join(meanings)] if meanings else []), described]) + "\n"


def meaning(of: object) -> str:
    """A constant or a type as it is written."""
    return of if isinstance(of, str) else re.sub(r"\b(?:typing|collections\.abc|lossreg(?:\.\w+)+)\.", "", repr(of))


def references(names: list[str]) -> str:
    """The index of the modules."""
    listed = "\n".join(names)
    return (
        "# API reference\n\nEverything public. The function that makes a loss, `lossreg.losses.NAME`, is described on "
        "[the page of the loss](../losses/index.md), the libraries on [Use it in …](../trainers/index.md).\n\n"
        f"```{{toctree}}\n:maxdepth: 1\n\n{listed}\n```\n"
    )


def write(path: Path, text: str) -> None:
    """Write where something changes, so that Sphinx reads only that again."""
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def generate(*_: object) -> None:
    """All pages."""
    names = [name for name in lossreg.names() if lossreg.describe(name).provider == "lossreg"]
    for name in names:
        write(DOCS / "losses" / f"{name}.md", page(name))
    write(DOCS / "losses" / "index.md", index(names))
    modules = [*PUBLIC, *integrations()]
    for module in modules:
        write(DOCS / "api" / f"{module}.md", reference(module))
    write(DOCS / "api" / "index.md", references(modules))
    for old in (DOCS / "losses").glob("*.md"):
        if old.stem not in {*names, "index"}:
            old.unlink()


def breakable(_: Sphinx, __: str, ___: str, context: dict[str, Any], ____: object) -> None:
    """Lets a long name at the head of a page or in a table go on below where there is no room beside it."""

    def broken(found: re.Match[str]) -> str:
        return LONG.sub(lambda word: re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[._=(])(?=[\w&])", "<wbr>", word[0]), found[0])

    if "body" in context:
        context["body"] = re.sub(r"<h1>[^<]*|<t([dh])\b.*?</t\1>", broken, context["body"], flags=re.DOTALL)


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to Sphinx."""
    app.connect("config-inited", generate)  # before Sphinx looks which pages there are
    app.connect("html-page-context", breakable)
    return {"parallel_read_safe": True}
