"""`lossreg.define`: a loss from a formula, given as text or as a Python function that is traced to text."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from keyword import iskeyword
from typing import Any

import numpy as np

from lossreg import traced
from lossreg._native import formula_functions, is_of_classes
from lossreg.authoring.declaration import domain_named
from lossreg.authoring.fields import parameter, parameters
from lossreg.authoring.formula_loss import OF_ROWS, Definition, FormulaLoss
from lossreg.errors import ParameterError
from lossreg.info import Domain, ParamInfo
from lossreg.links import Link
from lossreg.loss import Loss
from lossreg.naming import check_name
from lossreg.shown import shown

__all__ = ["define"]

VARIABLES = ("y_true", "y_pred")
SHARES = ("q", "log_q")


def define(
    expression: str | Callable[..., object],
    *,
    name: str,
    params: Mapping[str, object] | None = None,
    columns: Sequence[str] = ("y_pred",),
    target_columns: Sequence[str] = ("y_true",),
    target: str | Domain | Sequence[str | Domain] | None = None,
    prediction: str | Domain | None = None,
    link: str | Link | None = None,
    summary: str = "",
    source: str = "",
) -> FormulaLoss:
    """Make a loss from a formula.

    It is parsed, never evaluated by Python; differentiated exactly, twice; brought into stable forms where these are known
    (``info.notes`` says which); and run by the native engine like every other loss: threads, weights, masks, reductions,
    dtypes, the same bits everywhere. It is pickled as its text.

    Parameters
    ----------
    expression : str or callable
        The loss of one element, of ``y_true``, ``y_pred``, ``r`` (which is ``y_pred - y_true``) and the parameters by
        name, with ``+ - * / **``, comparisons, ``where(condition, a, b)`` and functions: `abs`, `sign`, `square`, `sqrt`,
        `exp`, `expm1`, `log`, `log1p`, `xlogy`, `xlog1py`, `sigmoid`, `log_sigmoid`, `softplus`, `logit`, `tanh`, `cosh`,
        `sinh`, `log_cosh`, `logaddexp`, `maximum`, `minimum`, `clip`, `log_ndtr` and, of targets, `lgamma`.
        Lines before the last may give names to parts: ``u = y_true*y_pred``.
        Or the loss of a row of classes: ``sum(...)`` or ``-sum(...)``, of ``y_true``, the share of a class, ``q``, its
        probability, and ``log_q``. The engine's softmax is around it, and the parameters ``from_logits=True`` and
        ``axis=-1`` are added.
        Or a function of ``(y_true, y_pred, **params)`` that says the same in operators, NumPy's functions and
        `lossreg.ops`, with ``ops.softmax(y_pred)``, ``ops.log_softmax(y_pred)`` and ``np.sum`` for rows; it is called
        once, to be recorded. Where there are several columns, it takes them apart: ``mean, log_variance = y_pred``.
    name : str
        The name of the loss, in snake_case.
    params : mapping, optional
        The parameters: each a default (a number or a bool), a pair of default and bounds such as ``(1.0, "> 0")``, a
        `lossreg.info.ParamInfo`, or a mapping with items of one, such as ``{"default": 1.0, "low": 0.0}``. If left out,
        those keyword arguments of a function that have defaults.
    columns : sequence of str, default ("y_pred",)
        The names of the numbers that predict an element, at most 4, in the order of the last axis of ``y_pred``:
        ``("mean", "log_variance")``. The loss has a derivative with respect to each.
    target_columns : sequence of str, default ("y_true",)
        Likewise of ``y_true``: the target and whatever else is known of each element, such as an offset, an exposure, a
        scale or bounds. ``r`` is there where both ``y_true`` and ``y_pred`` are.
    target, prediction : str or lossreg.info.Domain, optional
        The domains of the arguments: ``"real"``, which is the default, ``"non-negative"``, ``"positive"``, ``"above -1"``,
        ``"label"``, ``"soft label"`` or ``"probability"``. Labels of -1 count as 0. The targets of rows are
        ``"class index or probability"``, which is the default, ``"class index"`` or ``"probability"``; what predictions
        are, ``from_logits`` says. Where there are several columns, predictions may be any numbers, and the
        domain of the target is that of each of its numbers, a sequence of one for each, such as
        ``("label", "positive")``, or ``"interval"`` of two and ``"box"`` of four.
    link : str, optional
        From raw scores to the scale of the target: ``"identity"``, which is the default, ``"logit"`` or ``"log"``. That of
        rows is ``"softmax"``; several predictions have none.
    summary, source : str, default ""
        For people: one line, and the paper.

    Returns
    -------
    Loss
        The loss with its default parameters; ``loss.replace(...)`` has others. It is known by name after
        `lossreg.register`.

    Raises
    ------
    ParameterError
        If the text is no formula: with the line, a caret under the character, and what could stand there.

    Examples
    --------
    >>> import lossreg
    >>> linear_exponential = lossreg.define("expm1(a*r) - a*r", name="linear_exponential_error", params={"a": 0.5})
    >>> linear_exponential.grad_and_hess([0.0], [2.0], reduction="sum")
    (array([0.85914091]), array([0.67957046]))
    >>> linear_exponential.replace(a=-0.5)
    linear_exponential_error(a=-0.5)
    >>> lossreg.define("log(1 + exp(-y_pred))", name="positive_margin").info.notes
    ('computed in a stable form: log(1 + exp(u)) as softplus(u)',)
    >>> tempered = lossreg.define("-sum(y_true**a*log_q)", name="tempered_cross_entropy", params={"a": (0.5, "> 0")})
    >>> tempered([0, 2], [[2.0, 0.0, -1.0], [0.5, 0.5, 1.5]])
    0.36064536674416836
    >>> robust_nll = lossreg.define(
    ...     "log_scale + log_cosh((centre - y_true)*exp(-log_scale))", name="robust_nll", columns=("centre", "log_scale")
    ... )
    >>> robust_nll.grad([1.0, 3.0], [[0.5, 0.0], [1.0, 0.25]], reduction="sum")
    array([[-0.46211716,  0.76894142],
           [-0.71262689, -0.42525379]])
    >>> rate = lossreg.define(
    ...     "exposure*exp(y_pred) - count*(y_pred + log(exposure))",
    ...     name="rate",
    ...     target_columns=("count", "exposure"),
    ...     target=("non-negative", "positive"),
    ... )
    >>> rate([[3, 2.0], [0, 0.5]], [0.25, -1.0])
    -0.038725493859315896
    """
    check_name(name)
    if isinstance(expression, Loss):
        raise ParameterError(f"{name}: expression is {shown(expression)}, which is a loss already; use it as it is")
    if callable(expression):
        params = _keywords(expression) if params is None else params
    else:
        _require_text(name, "expression", expression, "a text or a function")
    infos = tuple(_parameter(name, key, given) for key, given in parameters(name, {} if params is None else params))
    named = _columns(name, columns, target_columns, infos)
    text = expression if isinstance(expression, str) else _traced(name, expression, named, infos)
    of_rows = is_of_classes(text)
    if of_rows:
        infos = _of_rows(name, infos, named)
    for what, given in (("summary", summary), ("source", source)):
        _require_text(name, what, given, "a text")
    domains = _domains(name, target, prediction, of_rows, named)
    linked = _linked(name, link, of_rows, named)
    definition = Definition(name, text.strip(), infos, *domains, linked, summary, source, True, *named)
    kind = FormulaLoss.of(definition)
    if definition.of_columns and (unused := [one for one in chain(*named) if not kind.mentions(one)]):
        raise ParameterError(f"{name}: the formula has no {unused[0]}, which names a column; leave it out there too")
    return kind()


def _require_text(name: str, what: str, given: object, wanted: str) -> None:
    if not isinstance(given, str):
        raise ParameterError(f"{name}: {what} is {wanted}, not {shown(given)}")
    if any("\ud800" <= letter <= "\udfff" for letter in given):
        raise ParameterError(f"{name}: {what} is {shown(given)}, which has half a character")


Columns = tuple[tuple[str, ...], tuple[str, ...]]
ONE: Columns = ("y_pred",), ("y_true",)


def _columns(name: str, columns: object, target_columns: object, infos: tuple[ParamInfo, ...]) -> Columns:
    """The names of what predicts an element and of what is given of it."""
    named = _names(name, "columns", columns, *ONE[0]), _names(name, "target_columns", target_columns, *ONE[1])
    known = [*chain(*named), *(info.name for info in infos)]
    if twice := [one for one in known if known.count(one) > 1]:
        raise ParameterError(f"{name}: {twice[0]} names two columns or parameters; wanted a name for each")
    return named


def _names(loss: str, what: str, given: object, own: str) -> tuple[str, ...]:
    where = f"{loss}: {what}"
    if isinstance(given, str) or not isinstance(given, Sequence) or not given:
        raise ParameterError(f"{where} is {shown(given)}; wanted names, such as {EXAMPLES[what]}")
    for one in given:
        if one != own and (_is_taken(one) or one == "r"):
            raise ParameterError(f"{where}: {shown(one)} needs another name: {FREE}")
    return tuple(given)


EXAMPLES = {"columns": ("mean", "log_variance"), "target_columns": ("y_true", "offset")}
FREE = "an identifier that means nothing else in a formula"


def _is_several(named: Columns) -> bool:
    return any(len(names) > 1 for names in named)


def _domains(
    name: str, target: object, prediction: object, of_rows: bool, named: Columns
) -> tuple[str | tuple[str, ...], str]:
    """The domains of a formula's arguments; that of a target may be one for each of its numbers."""
    if not of_rows and not _is_several(named):
        return _pointwise(name, "target", target), _pointwise(name, "prediction", prediction)
    wanted: tuple[Domain, ...]
    if of_rows:
        wanted = Domain.CLASS_INDEX_OR_PROBABILITY, Domain.CLASS_INDEX, Domain.PROBABILITY
        of, what, raw = "rows", "from_logits says what they are", Domain.RAW
    else:
        wanted = OF_NUMBERS + OF_SEVERAL.get(len(named[1]), ())
        of, what, raw = "columns", "they may be any numbers", Domain.REAL
    if prediction is not None:
        raise ParameterError(f"{name}: leave prediction out of a formula of {of}: {what}")
    if of_rows or target is None or isinstance(target, str):
        return _one_of(name, wanted, target, of), raw.value
    if not isinstance(target, Sequence) or len(target) != len(named[1]):
        each = ", ".join(named[1])
        raise ParameterError(f"{name}: target is {shown(target)}; wanted a domain, or one for each of {each}")
    return tuple(_one_of(name, OF_NUMBERS, one, of) for one in target), raw.value


def _one_of(name: str, wanted: tuple[Domain, ...], given: object, of: str) -> str:
    domain = wanted[0] if given is None else domain_named(name, "target", given)
    if domain not in wanted:
        choice = " or ".join(repr(one.value) for one in wanted)
        raise ParameterError(f"{name}: target is {shown(domain.value)}; wanted {choice} of a formula of {of}")
    return domain.value


# What each of the numbers of a target may be, and what so many of them together.
OF_NUMBERS = (
    Domain.REAL,
    Domain.NON_NEGATIVE,
    Domain.POSITIVE,
    Domain.ABOVE_MINUS_ONE,
    Domain.LABEL,
    Domain.SOFT_LABEL,
    Domain.PROBABILITY,
)
OF_SEVERAL = {2: (Domain.INTERVAL,), 4: (Domain.BOX,)}


def _pointwise(name: str, what: str, given: object) -> str:
    domain = Domain.REAL if given is None else domain_named(name, what, given)
    if domain.has_class_indices or domain in (Domain.UNNORMALIZED, Domain.NONE):
        raise ParameterError(
            f"{name}: {what} is {shown(domain.value)}, which rows have, and the formula, without a sum, is about elements"
        )
    return domain.value


def _linked(name: str, link: str | Link | None, of_rows: bool, named: Columns) -> str:
    """The name of a formula's link."""
    given = ("softmax" if of_rows else "identity") if link is None else link
    linked = given if isinstance(given, Link) else Link(given)
    if (linked.name == "softmax") != of_rows:
        wanted = "'softmax', or none, of a formula of rows" if of_rows else "'identity', 'logit' or 'log'"
        raise ParameterError(f"{name}: link is {shown(linked.name)}; wanted {wanted}")
    if len(named[0]) > 1 and linked.name != "identity":
        raise ParameterError(f"{name}: link is {shown(linked.name)}; several predictions have 'identity', or none")
    return linked.name


def _of_rows(name: str, infos: tuple[ParamInfo, ...], named: Columns) -> tuple[ParamInfo, ...]:
    """The parameters of a formula of rows, with the engine's."""
    if named != ONE:
        raise ParameterError(f"{name}: leave columns and target_columns out of a formula of rows, which has classes")
    taken = {*SHARES, *(info.name for info in OF_ROWS)}
    for info in infos:
        if info.name in taken:
            where = f"{name}: the parameter {shown(info.name)}"
            raise ParameterError(
                f"{where} needs another name: a formula of rows has {', '.join(sorted(taken))} already"
            )
    return (*infos, *OF_ROWS)


def _parameter(loss: str, name: Any, given: Any) -> ParamInfo:
    where = f"{loss}: the parameter {shown(name)}"
    if _is_taken(name):
        raise ParameterError(f"{where} needs another name: {FREE}")
    return parameter(where, name, given)


def _is_taken(name: object) -> bool:
    """Whether something is no name, or means something in every formula."""
    words = {known for known, _ in formula_functions()} | {*VARIABLES, "sum", "pi", "is", "not"}
    return not isinstance(name, str) or not name.isidentifier() or iskeyword(name) or name in words or name[0] == "_"


def _signature(function: Callable[..., object]) -> inspect.Signature | None:
    """The signature of a function; some of Python's own and NumPy's do not tell."""
    if isinstance(function, np.ufunc):
        return None
    try:
        return inspect.signature(function)
    except ValueError:
        return None


def _keywords(function: Callable[..., object]) -> dict[str, Any]:
    """The arguments of a function that have defaults."""
    signature = _signature(function)
    given = () if signature is None else signature.parameters.values()
    return {one.name: one.default for one in given if one.default is not one.empty and one.name not in VARIABLES}


def _check_arguments(name: str, function: Callable[..., object], infos: tuple[ParamInfo, ...]) -> None:
    """Refuse a function that cannot be called with the target, the prediction and the parameters, or has the first two exchanged."""
    signature = _signature(function)
    if signature is None:
        return
    if [*signature.parameters][:2] == [*reversed(VARIABLES)]:
        raise ParameterError(
            f"{name}: the function takes y_pred before y_true, and gets the target first; exchange them"
        )
    try:
        signature.bind(*VARIABLES, **{info.name: None for info in infos})
    except TypeError as error:
        raise ParameterError(
            f"{name}: the function is called with the target, the prediction and the parameters by name, each of which "
            f"has a default, as in def f(y_true, y_pred, delta=1.0): {error}"
        ) from None


def _traced(name: str, function: Callable[..., object], named: Columns, infos: tuple[ParamInfo, ...]) -> str:
    """The text of what a function records."""
    if missing := [info.name for info in infos if info.optional]:
        raise ParameterError(
            f"{name}: the parameter {missing[0]} may be None, which a function is not traced for; write the formula as text"
        )
    _check_arguments(name, function, infos)
    predictions, targets = (tuple(map(traced.Node, names)) for names in named)
    sides = (side[0] if len(side) == 1 else side for side in (targets, predictions))
    try:
        result = function(*sides, **{info.name: traced.Node(info.name) for info in infos})
        return traced.text_of(result, [*chain(*named), *(info.name for info in infos), *SHARES])
    except ParameterError as error:
        raise ParameterError(f"{name}: {error}") from error
    except Exception as error:
        error.add_note(
            f"{name}: the function was called with expressions in the place of numbers, for operators, NumPy's functions of "
            "elements and lossreg.ops"
        )
        raise
