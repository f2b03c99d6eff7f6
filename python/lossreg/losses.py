"""The losses as functions: ``lossreg.losses.huber(delta=1.35)`` is ``lossreg.get("huber", delta=1.35)``.

Each function, with its signature and its documentation, is composed from what the registry knows when it is first asked
for; so there is one for every loss, those of plugins included, and importing this module costs nothing. For editors and
type checkers the same signatures stand in ``losses.pyi``, which ``tools/generate_stubs.py`` writes.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from typing import Any

from lossreg.errors import LossregError, UnknownLossError
from lossreg.info import LossInfo, ParamInfo
from lossreg.registry import describe, get, names

__all__: list[str]

WIDTH = 100
TYPES = {"switch": "bool", "number": "float", "integer": "int", "per-class": "list of float", "text": "str"}
RAISES = """
Raises
------
ParameterError
    If there is no such parameter, or it cannot take the value.
"""


def __getattr__(name: str) -> Any:
    if name == "__all__":
        return names()
    if name.startswith("_"):
        raise AttributeError(f"module 'lossreg.losses' has no attribute {name!r}")
    try:
        info = describe(name)
    except UnknownLossError as error:
        raise AttributeError(str(error)) from None
    if info.name != name:
        raise AttributeError(f"{name!r} is another name of lossreg.losses.{info.name}; lossreg.get takes both")
    function = _function(info)
    if info.provider == "lossreg":  # what others registered can be replaced
        globals()[name] = function
    return function


def __dir__() -> list[str]:
    return names()


def _function(info: LossInfo) -> Callable[..., Any]:
    from inspect import Parameter, Signature

    def function(**params: Any) -> Any:
        return get(info.name, **params)

    function.__name__ = function.__qualname__ = info.name
    function.__signature__ = Signature(  # type: ignore[attr-defined]
        [Parameter(one.name, Parameter.KEYWORD_ONLY, default=one.default) for one in info.params],
        return_annotation="Loss",
    )
    function.__doc__ = document(info)
    return function


def document(info: LossInfo) -> str:
    """Compose the documentation of a loss, in NumPy's sections."""
    sections = [info.summary or f"The loss {info.name}."]
    if info.params:
        sections.append(_section("Parameters", "\n".join(map(_parameter, info.params))))
    sections.append(_section("Returns", "Loss\n    Call it as ``loss(y_true, y_pred)``." + _sides(info)))
    sections.append(RAISES.strip())
    sections.append(_section("Notes", "\n\n".join(_notes(info))))
    if info.source:
        sections.append(_section("References", f".. [1] {info.source}"))
    sections.append(_section("Examples", _examples(info)))
    return "\n\n".join(sections) + "\n"


def _section(title: str, body: str) -> str:
    return f"{title}\n{'-' * len(title)}\n{body}"


def _parameter(param: ParamInfo) -> str:
    kind = TYPES[param.kind] + (" or None" if param.optional else "")
    bounds = f" Wanted: {param.bounds}." if param.bounds else ""
    text = textwrap.fill((param.doc + bounds).strip(), WIDTH, initial_indent="    ", subsequent_indent="    ")
    return f"{param.name} : {kind}, default {param.default!r}" + (f"\n{text}" if text else "")


def _sides(info: LossInfo) -> str:
    if info.family == "adversarial":
        return "\n    The arguments of this family are scores: of real samples, of fakes, or both."
    return "\n    `y_pred` is (..., K), with a row of K classes." if info.family == "row-wise" else ""


def _notes(info: LossInfo) -> list[str]:
    notes = [f"Family: {info.family}. Link: {info.link}."]
    if info.formula:
        variables = ", where ``r = y_pred - y_true``" if re.search(r"\br\b", info.formula) else ""
        notes.append(f"The loss is ``{info.formula}``{variables}.")
    notes.append(f"Targets: {info.target}. Predictions: {info.prediction}.")
    if info.convex is not None:
        notes.append(f"It is {'' if info.convex else 'not '}convex in the raw score.")
    if info.kinks not in ("", "none"):
        notes.append(f"Kinks: {info.kinks}.")
    if info.aliases:
        notes.append(f"Other names: {', '.join(info.aliases)}.")
    return [textwrap.fill(note, WIDTH, break_long_words=False, break_on_hyphens=False) for note in notes]


def _examples(info: LossInfo) -> str:
    lines = [">>> import lossreg", f">>> loss = lossreg.losses.{info.name}()"]
    data = _data(info)
    arguments = ", ".join(map(repr, data))
    try:
        loss = get(info.name)
        value, grad = loss(*data), loss.grad(*data, reduction="sum")
    except LossregError:  # a loss of others that wants other data
        return "\n".join(lines)
    return "\n".join(
        [*lines, f">>> loss({arguments})", repr(value), f">>> loss.grad({arguments}, reduction='sum')", repr(grad)]
    )


def _data(info: LossInfo) -> tuple[Any, ...]:
    if info.family == "adversarial":
        sides = [1.5, 0.5], [-0.5, 0.25]
        return sides if info.name.endswith("discriminator") else sides[1:]
    if info.family == "row-wise":
        shares = [[0.0, 0.0, 1.0], [0.75, 0.25, 0.0]]
        return [2, 0] if info.target.startswith("class indices") else shares, [[0.0, 0.5, 2.0], [1.0, 0.0, -1.0]]
    if "labels" in info.target:
        return [1, 0], [2.0, -0.5]
    return [1.0, 3.0], [0.5, 1.0]
