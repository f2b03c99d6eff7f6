"""Documentation of losses in NumPy's sections, composed of what they say of themselves.

`of_function` is about the function of `lossreg.losses` that makes a loss, `of_loss` about the loss, a function of arrays,
`of_scale` about predictions that are no raw scores.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from lossreg.errors import LossregError
from lossreg.info.domains import Domain
from lossreg.info.records import LossInfo, ParamInfo

if TYPE_CHECKING:
    from lossreg._native import Loss

__all__ = ["of_function", "of_loss", "of_scale"]

WIDTH = 100
TYPES = {
    "switch": "bool",
    "number": "float",
    "integer": "int",
    "axes": "int, list of int",
    "per-class": "list of float",
    "thresholds": "list of float",
    "text": "str",
}
RAISES = "ParameterError\n    If there is no such parameter, or it cannot take the value."
CALL = """\
sample_weight : array_like, optional
    Weights in the shape of the unreduced loss or of its leading axes.
where : array_like of bool, optional
    Which elements count, in the same shapes.
reduction : {'mean', 'sum', 'weighted_mean', 'none'}, default 'mean'
    How the losses of the elements become one.
out : numpy.ndarray, optional
    Where the unreduced loss goes, with ``reduction='none'``.
n_threads : int, optional
    How many threads may work."""
# What else a formula names than arguments and parameters.
VARIABLES = {
    "r": "``r = y_pred - y_true``",
    "p": "``p`` is the predicted probability",
    "K": "``K`` is the number of classes",
    "others": "``others`` are the scores of all other classes",
    "highest_other": "``highest_other`` is the highest score of all other classes",
    "intersection": "``intersection`` is the area that both boxes have in common",
    "union": "``union`` that of both together",
    "hull": "``hull`` that of the least box around both",
    "squared_distance": "``squared_distance`` is the square of the distance of their centres",
    "squared_diagonal": "``squared_diagonal`` that of the diagonal of the least box around both",
    "below": "``below`` and ``above`` are the thresholds on both sides of class ``y_true``, infinite where there is none",
    "density": "``density`` and ``cdf`` are those of the distribution",
    "at_risk": "``at_risk(u)`` is, for each subject, the sum of ``u`` over all whose time ``abs(y_true)`` is no earlier",
    "pairs": "``pairs`` are those ``i, j`` with ``y_true[i] > y_true[j]``",
    "discount": "of each pair one item is among the first ``truncation``",
    "gain": "``gain`` is ``2**y_true - 1``, ``discount`` is ``1/log2(1 + rank)`` by scores",
    "ideal": "``ideal`` is the largest sum of ``gain*discount`` over the first ``truncation`` that a ranking has",
    "v": "``v = 4/pi**2*(arctan2(width_true, height_true) - arctan2(width, height))**2``",
}
# An argument of a loss, and what an example gives it.
SIDES = {"real_scores": [1.5, 0.5], "fake_scores": [-0.5, 0.25]}
SHAPES = {
    "row-wise": "\n    `y_pred` is (..., K), with a row of K classes.",
    "column-wise": "\n    `y_pred` is {predicted}; `y_true` is {given}.",
    "sequence": "\n    `y_pred` is (..., T, K), T frames of K class scores; `y_true` is (..., L), labels with padding.",
    "set-wise": "\n    `y_true` and `y_pred` have one shape; there is one loss for all elements along `axis`.",
}
WORDS = {
    "y_true": "Targets: {info.target_words}",
    "y_pred": "Predictions: {info.prediction}",
    "real_scores": "Scores of samples of the data",
    "fake_scores": "Scores of samples of the generator",
}


def of_function(info: LossInfo, loss: Loss | None) -> str:
    """The documentation of the function that makes a loss; the loss with the default parameters, if there is one."""
    arguments = ", ".join(info.sides)
    sections = [
        _first(info, None),
        _section("Parameters", "\n".join(map(_parameter, info.params))),
        _section("Returns", f"Loss\n    Call it as ``loss({arguments})``.{_shapes(info)}"),
        _section("Raises", RAISES),
        _section("See Also", _related(info)),
        _section("Notes", _paragraphs(_facts(info, loss))),
        _section("References", info.source and f".. [1] {info.source}"),
        _section("Examples", _examples(info, loss)),
    ]
    return "\n\n".join(filter(None, sections)) + "\n"


def _shapes(info: LossInfo) -> str:
    """The shapes of arguments, where those are not of one shape."""
    predicted, given = (_of_columns(names) for names in (info.columns, info.target_columns))
    return SHAPES.get(info.family, "").format(predicted=predicted, given=given)


def _of_columns(names: tuple[str, ...]) -> str:
    """The shape of an argument that has these for each element."""
    if len(names) > 1:
        return f"(..., {len(names)}), of each {', '.join(names)}"
    return f"(...), {'a number each' if names in ((), ('y_pred',)) else names[0]}"


def of_loss(loss: Loss, text: str | None) -> str:
    """The documentation of a loss with its parameters; the text is that of its class."""
    info = loss.info
    arrays = [f"{side} : array_like\n{_filled(WORDS[side].format(info=info) + '.', '    ')}" for side in info.sides]
    described = {param.name: param.doc for param in info.params}
    params = [f"{name} = {value!r}. {described[name]}".strip() for name, value in loss.params.items()]
    sections = [
        _first(info, text),
        _section("Parameters", "\n".join([*arrays, CALL])),
        _section("Returns", f"float or numpy.ndarray\n    The loss; its methods have its derivatives.{_shapes(info)}"),
        _section("See Also", _related(info)),
        _section("Notes", _paragraphs([*params, *_facts(info, loss)])),
        _section("References", info.source and f".. [1] {info.source}"),
    ]
    return "\n\n".join(filter(None, sections)) + "\n"


def _first(info: LossInfo, text: str | None) -> str:
    """What it measures and what it does; a class that does not say so has a documentation of its own."""
    summary = info.summary or (text and textwrap.dedent(text).strip()) or f"The loss {info.name}."
    return "\n\n".join(filter(None, [summary, info.use_when and _filled(info.use_when)]))


def _section(title: str, body: str) -> str:
    return f"{title}\n{'-' * len(title)}\n{body}" if body else ""


def _filled(text: str, indent: str = "") -> str:
    options: dict[str, Any] = {"break_long_words": False, "break_on_hyphens": False}
    return textwrap.fill(text, WIDTH, initial_indent=indent, subsequent_indent=indent, **options)


def _paragraphs(notes: Iterable[str]) -> str:
    return "\n\n".join(map(_filled, notes))


def _parameter(param: ParamInfo) -> str:
    words = "{" + ", ".join(map(repr, param.choices)) + "}"
    kind = (words if param.choices else TYPES[param.kind]) + (" or None" if param.optional else "")
    text = (param.doc + (f" Wanted: {param.bounds}." if param.bounds else "")).strip()
    return f"{param.name} : {kind}, default {param.default!r}" + (f"\n{_filled(text, '    ')}" if text else "")


def _related(info: LossInfo) -> str:
    return "\n".join(f"{name} : {relation[:1].upper()}{relation[1:]}." for name, relation in info.relations.items())


def _facts(info: LossInfo, loss: Loss | None) -> Iterable[str]:
    if info.formula:
        named = _variables(info.formula)
        variables = ", ".join(text for name, text in VARIABLES.items() if name in named)
        yield f"The loss is ``{info.formula}``{variables and f', where {variables}'}."
    yield f"Targets: {info.target_words}. Predictions: {info.prediction}."
    if loss is not None and (scale := of_scale(loss)):
        yield scale
    yield f"Family: {info.family}. Link: {info.link}. Start value: {info.start}."
    if info.convex is not None:
        yield f"It is {'' if info.convex else 'not '}convex in the raw score."
    if info.hessians:
        kinds = (f"{kind} ({'never' if positive else 'can be'} negative)" for kind, positive in info.hessians.items())
        yield f"Curvature: {', '.join(kinds)}."
    if info.kinks:
        yield f"Kinks: {info.kinks}."
    for note in info.notes:
        yield f"{note[:1].upper()}{note[1:]}."
    if info.aliases:
        yield f"Other names: {', '.join(info.aliases)}."


def _variables(formula: str) -> tuple[str, ...]:
    try:
        return compile(formula, "formula", "eval").co_names
    except (SyntaxError, ValueError):  # a loss of others may give it as a text
        return ()


def of_scale(loss: Loss) -> str:
    """The scale of the predictions of a loss that can take another, and what happens to those who mistake it."""
    switch = loss.info.raw_switch
    if switch is None:
        return ""
    off = f"{switch}=False"
    scale = loss.replace(**{switch: False}).info.prediction
    text = f"With ``{off}`` predictions are {scale}."
    if scale in (Domain.PROBABILITY, Domain.UNNORMALIZED):
        text += (
            f" The losses of Keras take probabilities by default: those need ``{off}`` here. Without it they raise no "
            "error: they are small scores, and give another number."
        )
    else:
        text += " Without it they raise no error: they are large scores, and give another number."
    return f"{text} ``lossreg.testing.check_scale(loss, y_true, y_pred)`` finds such a mistake."


def _examples(info: LossInfo, loss: Loss | None) -> str:
    lines = [">>> import lossreg", f">>> loss = lossreg.losses.{info.name}()"]
    data = _data(info)
    arguments = ", ".join(map(repr, data))
    try:
        if loss is None:
            return "\n".join(lines)
        value, grad = loss(*data), loss.grad(*data, reduction="sum")
    except LossregError:  # a loss of others that wants other data
        return "\n".join(lines)
    return "\n".join(
        [*lines, f">>> loss({arguments})", repr(value), f">>> loss.grad({arguments}, reduction='sum')", repr(grad)]
    )


def _data(info: LossInfo) -> tuple[Any, ...]:
    if info.family == "adversarial":
        return tuple(SIDES[side] for side in info.sides)
    if info.target is Domain.BOX:
        return [[0.0, 0.0, 2.0, 1.0]], [[0.5, 0.0, 2.0, 2.0]]
    if info.target is Domain.INTERVAL:
        return [[1.0, 1.0], [2.0, 4.0]], [0.5, 1.0]
    if info.family == "column-wise":
        others = len(info.columns) - 1
        predictions: list[Any] = [[0.5, *[0.0] * others], [1.0, *[0.25] * others]] if others else [0.5, 1.0]
        domains = info.target_domains or (info.target,) * max(1, len(info.target_columns))
        other = [0.0 if domain.excludes(3.0) else 3.0 for domain in domains]
        return [[1.0] * len(other), other] if info.target_columns else [1.0, *other], predictions
    if info.family == "sequence":
        return [[1, 2]], [[[0.0, 2.0, 0.0], [1.0, 0.5, 0.0], [0.0, 0.0, 1.5]]]
    if info.family == "set-wise":
        if info.target in (Domain.REAL, Domain.TIME):
            return [1.5, -2.0, 1.0] if info.target is Domain.TIME else [1.0, 2.0, 0.0], [0.5, 1.0, -1.0]
        return [1, 0, 1], [2.0, -0.5, 0.25]
    if info.family == "row-wise":
        rows = [[0.0, 0.0, 1.0], [0.75, 0.25, 0.0]]
        return [2, 0] if info.target.has_class_indices else rows, [[0.0, 0.5, 2.0], [1.0, 0.0, -1.0]]
    return ([1, 0], [2.0, -0.5]) if info.target.is_label or info.target.has_class_indices else ([1.0, 3.0], [0.5, 1.0])
