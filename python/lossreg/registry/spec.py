"""Specifications of losses as text or data: ``"huber(delta=1.35)"`` and ``{"name": "huber", "params": {"delta": 1.35}}``.

Text is read by Python's own parser and never executed: a call of a name with literal keyword arguments, or a sum of such
calls times numbers, such as ``"huber(delta=1.35) + 0.5*squared_error"``.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from lossreg.errors import ParameterError
from lossreg.parsing import parsed
from lossreg.shown import escaped, shown

if TYPE_CHECKING:
    from lossreg.loss import Loss

__all__ = ["read_mapping", "read_text"]

# A list of numbers, one for each of many classes perhaps: flat, so that the parser takes it at any length.
NUMBERS = re.compile(r"\[(?:\s*+[-+]?\w[\w.]*+(?:(?<=[eE])[-+]\d++)?\s*+(?:,|(?=\])))*+\s*+\]", re.ASCII)
# A name in XGBoost's manner, such as "binary:hinge", which is no name to the parser; texts in quotes are passed by.
COLON = re.compile(r"""'[^']*'|"[^"]*"|(?<=\w):(?=\w)""")
FORM = "wanted a name or a call such as 'huber(delta=1.35)'"
LONGEST = 10_000
WIDTH = 200


Call = tuple[str, dict[str, Any]]


def read_text(text: str) -> Call | list[tuple[float, str, dict[str, Any]]]:
    """Split ``"name(parameter=value, ...)"`` into the name and the parameters, and a sum into its weights and such calls."""
    if len(text) > LONGEST and len(rest := NUMBERS.sub("[]", text)) > LONGEST:
        raise ParameterError(
            f"a loss as text has at most {LONGEST} characters besides lists of numbers, not {len(rest)}"
        )
    text = text.strip()
    try:
        tree = parsed(COLON.sub(lambda found: "_" if found[0] == ":" else found[0], text))
        return list(_terms(text, tree, 1.0)) if isinstance(tree, ast.BinOp | ast.UnaryOp) else _call(text, tree)
    except SyntaxError as error:
        column = _start_of(text, error.lineno or 1) + max(error.offset or 1, 1) - 1
        raise ParameterError(
            f"cannot read the loss: {escaped(error.msg)} at column {column + 1}; {FORM}{_pointed(text, column)}"
        ) from None
    except UnicodeEncodeError:
        raise ParameterError(f"cannot read the loss {text[:80]!r}: it has half a character; {FORM}") from None
    except (RecursionError, MemoryError) as error:
        raise ParameterError(f"cannot read the loss {text[:80]!r}: {error}; {FORM}") from None


def _terms(text: str, node: ast.expr, factor: float) -> Iterator[tuple[float, str, dict[str, Any]]]:
    """The calls of a sum and their weights."""
    match node:
        case ast.BinOp(left, ast.Add() | ast.Sub() as sign, right):
            yield from _terms(text, left, factor)
            yield from _terms(text, right, -factor if isinstance(sign, ast.Sub) else factor)
        case ast.UnaryOp(ast.USub() | ast.UAdd() as sign, operand):
            yield from _terms(text, operand, -factor if isinstance(sign, ast.USub) else factor)
        case ast.BinOp(number, ast.Mult(), loss) if _is_number(number):
            yield from _terms(text, loss, factor * _number(number))
        case ast.BinOp(loss, ast.Mult(), number) if _is_number(number):
            yield from _terms(text, loss, factor * _number(number))
        case ast.BinOp(loss, ast.Div(), number) if _is_number(number) and _number(number):
            yield from _terms(text, loss, factor / _number(number))
        case _:
            yield factor, *_call(text, node)


def _is_number(node: ast.expr) -> bool:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        return _is_number(node.operand)
    return isinstance(node, ast.Constant) and type(node.value) in (int, float)


def _number(node: Any) -> float:
    """A number with any signs before it."""
    if isinstance(node, ast.UnaryOp):
        return -_number(node.operand) if isinstance(node.op, ast.USub) else _number(node.operand)
    try:
        return float(node.value)
    except OverflowError:  # of a whole number
        return math.inf


def _call(text: str, call: ast.expr) -> Call:
    if isinstance(call, ast.Name):
        return _name(text, call), {}
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
        raise _unreadable(text, call, f"this is no call of a name; {FORM}")
    name = _name(text, call.func)
    if call.args:
        raise _unreadable(
            text, call.args[0], f"the parameters of {name} are given by name, as in {name}(parameter=value)"
        )
    params: dict[str, Any] = {}
    for keyword in call.keywords:
        if keyword.arg is None:
            raise _unreadable(text, keyword.value, "** has no place here; write the parameters out")
        if keyword.arg in params:
            raise _unreadable(text, keyword.value, f"{keyword.arg} is given twice")
        try:
            params[keyword.arg] = _plain(ast.literal_eval(keyword.value))
        except (ValueError, TypeError, RecursionError, MemoryError):
            wanted = "a number, True, False, None, a text in quotes, or a list of these"
            raise _unreadable(text, keyword.value, f"{keyword.arg} must be {wanted}") from None
    return name, params


def _name(text: str, node: ast.Name) -> str:
    """The name as it is written, with its colon if it has one."""
    written = ast.get_source_segment(text, node) if ":" in text else None
    return written if written and ":" in written else node.id


def read_mapping(data: Mapping[Any, Any]) -> tuple[str, dict[str, Any]]:
    """Split ``{"name": ..., "params": {...}}``, which `Loss.config` returns, into the name and the parameters."""
    if "class" in data:
        raise ParameterError(
            f"{shown(data.get('name'))} is there the name of the class {shown(data['class'])}, which is not registered, and here that "
            "of another loss"
        )
    unknown = [key for key in data if key not in ("name", "params")]
    if unknown:
        raise ParameterError(
            f"a loss as data has the keys 'name' and 'params', not {', '.join(map(shown, unknown[:5]))}; "
            "parameters belong inside 'params'"
        )
    name, params = data.get("name"), data.get("params")
    if not isinstance(name, str):
        came = f"{shown(name)} there" if "name" in data else f"the keys {shown(list(data))}"
        raise ParameterError(f"a loss as data wants its name under 'name', not {came}")
    if params is None:
        return name, {}
    if not isinstance(params, Mapping) or not all(isinstance(key, str) for key in params):
        raise ParameterError(f"'params' of {escaped(name)} must map parameter names to values, not be {shown(params)}")
    return name, dict(params)


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise ValueError(value)


def _unreadable(text: str, node: ast.AST, why: str) -> ParameterError:
    start = _start_of(text, getattr(node, "lineno", 1))
    before = text[start:].encode()[: getattr(node, "col_offset", 0)]  # which is counted in bytes
    column = start + len(before.decode(errors="ignore"))
    return ParameterError(f"cannot read the loss: {why} (column {column + 1}){_pointed(text, column)}")


def _start_of(text: str, line: int) -> int:
    return sum(len(before) + 1 for before in text.split("\n")[: line - 1])


def _pointed(text: str, column: int) -> str:
    """The text, or what is around the column, over a mark under the column; all on one line, with escapes."""
    start = max(0, column - WIDTH // 2) if len(text) > WIDTH else 0
    before, after = (escaped(part).replace("\n", "\\n") for part in (text[start:column], text[column : start + WIDTH]))
    return f"\n  {before}{after}\n  {' ' * len(before)}^"


def by_name(loss: Loss, misplaced: tuple[object, ...]) -> str:
    """What to write where parameters of a loss came without their names."""
    from lossreg.combination import Combination

    takes = "get() takes the parameters of a loss by name"
    if isinstance(loss, Combination):
        return f"{takes}, and those of a sum with each of its losses, as in '2*huber(delta=1.35)'"
    taken = [param.name for param in loss.info.params][: len(misplaced)]
    written = ", ".join(f"{name}={shown(value)}" for name, value in zip(taken, misplaced, strict=False))
    named = f": get({loss.name!r}, {written})" if written else f", and {loss.name} has none"
    return f"{takes}{named}"
