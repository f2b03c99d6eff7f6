"""`lossreg.define`: a loss from a formula, given as text or as a Python function that is traced to text."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from keyword import iskeyword
from typing import Any

from lossreg import traced
from lossreg._native import formula_functions
from lossreg.authoring.declaration import domain_named
from lossreg.authoring.fields import parameter, parameters
from lossreg.authoring.formula_loss import Definition, FormulaLoss
from lossreg.errors import ParameterError
from lossreg.info import Domain, ParamInfo
from lossreg.links import Link
from lossreg.naming import check_name
from lossreg.shown import shown

__all__ = ["define"]

VARIABLES = ("y_true", "y_pred")


def define(
    expression: str | Callable[..., object],
    *,
    name: str,
    params: Mapping[str, object] | None = None,
    target: str | Domain = "real",
    prediction: str | Domain = "real",
    link: str | Link = "identity",
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
        Or a function of ``(y_true, y_pred, **params)`` that says the same in operators, NumPy's functions and
        `lossreg.ops`; it is called once, to be recorded.
    name : str
        The name of the loss, in snake_case.
    params : mapping, optional
        The parameters: each a default (a number or a bool), a pair of default and bounds such as ``(1.0, "> 0")``, a
        `lossreg.info.ParamInfo`, or a mapping with items of one, such as ``{"default": 1.0, "low": 0.0}``. If left out,
        those keyword arguments of a function that have defaults.
    target, prediction : str or lossreg.info.Domain, default "real"
        The domains of the arguments: ``"real"``, ``"non-negative"``, ``"positive"``, ``"above -1"``, ``"label"``,
        ``"soft label"`` or ``"probability"``. Labels of -1 count as 0.
    link : str, default "identity"
        From raw scores to the scale of the target: ``"identity"``, ``"logit"`` or ``"log"``.
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
    """
    check_name(name)
    if callable(expression):
        params = _keywords(expression) if params is None else params
    elif not isinstance(expression, str):
        raise ParameterError(f"{name}: expression is a text or a function, not {shown(expression)}")
    infos = tuple(_parameter(name, key, given) for key, given in parameters(name, {} if params is None else params))
    text = expression if isinstance(expression, str) else _traced(name, expression, infos)
    for what, given in (("summary", summary), ("source", source)):
        if not isinstance(given, str):
            raise ParameterError(f"{name}: {what} is a text, not {shown(given)}")
    domains = _pointwise(name, "target", target), _pointwise(name, "prediction", prediction)
    linked = link if isinstance(link, Link) else Link(link)
    if linked.name == "softmax":
        raise ParameterError(f"{name}: link is 'softmax', which is one of rows; wanted 'identity', 'logit' or 'log'")
    definition = Definition(name, text.strip(), infos, *domains, linked.name, summary, source)
    return FormulaLoss.of(definition)()


def _pointwise(name: str, what: str, given: str | Domain) -> str:
    domain = domain_named(name, what, given)
    if domain.has_class_indices or domain in (Domain.UNNORMALIZED, Domain.NONE):
        raise ParameterError(
            f"{name}: {what} is {shown(domain.value)}, which rows have, and a formula is about elements"
        )
    return domain.value


def _parameter(loss: str, name: Any, given: Any) -> ParamInfo:
    where = f"{loss}: the parameter {shown(name)}"
    words = {known for known, _ in formula_functions()} | {*VARIABLES, "pi", "is", "not"}
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
    return traced.text_of(result, names)
