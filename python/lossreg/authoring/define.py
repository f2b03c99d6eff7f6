"""`lossreg.define`: a loss from a formula, given as text or as a Python function that is traced to text."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from keyword import iskeyword
from typing import Any

from lossreg import traced
from lossreg._native import formula_functions, is_of_classes
from lossreg.authoring.declaration import domain_named
from lossreg.authoring.fields import parameter, parameters
from lossreg.authoring.formula_loss import OF_ROWS, Definition, FormulaLoss
from lossreg.errors import ParameterError
from lossreg.info import Domain, ParamInfo
from lossreg.links import Link
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
    target: str | Domain | None = None,
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
        once, to be recorded.
    name : str
        The name of the loss, in snake_case.
    params : mapping, optional
        The parameters: each a default (a number or a bool), a pair of default and bounds such as ``(1.0, "> 0")``, a
        `lossreg.info.ParamInfo`, or a mapping with items of one, such as ``{"default": 1.0, "low": 0.0}``. If left out,
        those keyword arguments of a function that have defaults.
    target, prediction : str or lossreg.info.Domain, optional
        The domains of the arguments: ``"real"``, which is the default, ``"non-negative"``, ``"positive"``, ``"above -1"``,
        ``"label"``, ``"soft label"`` or ``"probability"``. Labels of -1 count as 0. The targets of rows are
        ``"class index or probability"``, which is the default, ``"class index"`` or ``"probability"``; what predictions
        are, ``from_logits`` says.
    link : str, optional
        From raw scores to the scale of the target: ``"identity"``, which is the default, ``"logit"`` or ``"log"``. That of
        rows is ``"softmax"``.
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
    """
    check_name(name)
    if callable(expression):
        params = _keywords(expression) if params is None else params
    elif not isinstance(expression, str):
        raise ParameterError(f"{name}: expression is a text or a function, not {shown(expression)}")
    infos = tuple(_parameter(name, key, given) for key, given in parameters(name, {} if params is None else params))
    text = expression if isinstance(expression, str) else _traced(name, expression, infos)
    of_rows = is_of_classes(text)
    if of_rows:
        infos = _of_rows(name, infos)
    for what, given in (("summary", summary), ("source", source)):
        if not isinstance(given, str):
            raise ParameterError(f"{name}: {what} is a text, not {shown(given)}")
    domains = _domains(name, target, prediction, of_rows)
    linked = _linked(name, link, of_rows)
    definition = Definition(name, text.strip(), infos, *domains, linked, summary, source)
    return FormulaLoss.of(definition)()


def _domains(name: str, target: str | Domain | None, prediction: str | Domain | None, of_rows: bool) -> tuple[str, str]:
    """The domains of a formula's arguments."""
    if of_rows:
        wanted = Domain.CLASS_INDEX_OR_PROBABILITY, Domain.CLASS_INDEX, Domain.PROBABILITY
        domain = wanted[0] if target is None else domain_named(name, "target", target)
        if domain not in wanted:
            choice = " or ".join(repr(one.value) for one in wanted)
            raise ParameterError(f"{name}: target is {shown(domain.value)}; wanted {choice} of a formula of rows")
        if prediction is not None:
            raise ParameterError(f"{name}: leave prediction out of a formula of rows: from_logits says what they are")
        return domain.value, Domain.RAW.value
    return _pointwise(name, "target", target), _pointwise(name, "prediction", prediction)


def _pointwise(name: str, what: str, given: str | Domain | None) -> str:
    domain = Domain.REAL if given is None else domain_named(name, what, given)
    if domain.has_class_indices or domain in (Domain.UNNORMALIZED, Domain.NONE):
        raise ParameterError(
            f"{name}: {what} is {shown(domain.value)}, which rows have, and the formula, without a sum, is about elements"
        )
    return domain.value


def _linked(name: str, link: str | Link | None, of_rows: bool) -> str:
    """The name of a formula's link."""
    given = ("softmax" if of_rows else "identity") if link is None else link
    linked = given if isinstance(given, Link) else Link(given)
    if (linked.name == "softmax") != of_rows:
        wanted = "'softmax', or none, of a formula of rows" if of_rows else "'identity', 'logit' or 'log'"
        raise ParameterError(f"{name}: link is {shown(linked.name)}; wanted {wanted}")
    return linked.name


def _of_rows(name: str, infos: tuple[ParamInfo, ...]) -> tuple[ParamInfo, ...]:
    """The parameters of a formula of rows, with the engine's."""
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
    words = {known for known, _ in formula_functions()} | {*VARIABLES, "sum", "pi", "is", "not"}
    if not isinstance(name, str) or not name.isidentifier() or iskeyword(name) or name in words or name.startswith("_"):
        raise ParameterError(f"{where} needs another name: an identifier that means nothing else in a formula")
    return parameter(where, name, given)


def _keywords(function: Callable[..., object]) -> dict[str, Any]:
    """The arguments of a function that have defaults."""
    given = inspect.signature(function).parameters.values()
    return {one.name: one.default for one in given if one.default is not one.empty and one.name not in VARIABLES}


def _traced(name: str, function: Callable[..., object], infos: tuple[ParamInfo, ...]) -> str:
    """The text of what a function records."""
    if missing := [info.name for info in infos if info.optional]:
        raise ParameterError(
            f"{name}: the parameter {missing[0]} may be None, which a function is not traced for; write the formula as text"
        )
    names = [*VARIABLES, *(info.name for info in infos)]
    nodes = [traced.Node(one) for one in names]
    try:
        result = function(*nodes[:2], **dict(zip(names[2:], nodes[2:], strict=True)))
    except ParameterError as error:
        raise ParameterError(f"{name}: {error}") from error
    return traced.text_of(result, [*names, *SHARES])
