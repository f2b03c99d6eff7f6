"""Specifications of losses as text or data: ``"huber(delta=1.35)"`` and ``{"name": "huber", "params": {"delta": 1.35}}``.

Text is read by Python's own parser and never executed: a call of a name with literal keyword arguments, nothing else.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import Any

from lossreg.errors import ParameterError
from lossreg.shown import escaped, shown

__all__ = ["read_mapping", "read_text"]

# A list of numbers, one for each of many classes perhaps: flat, so that the parser takes it at any length.
NUMBERS = re.compile(r"\[(?:\s*+[-+]?\w[\w.]*+(?:(?<=[eE])[-+]\d++)?\s*+(?:,|(?=\])))*+\s*+\]", re.ASCII)
FORM = "wanted a name or a call such as 'huber(delta=1.35)'"
LONGEST = 10_000
WIDTH = 200


def read_text(text: str) -> tuple[str, dict[str, Any]]:
    """Split ``"name(parameter=value, ...)"`` into the name and the parameters."""
    name, bracket, _ = text.partition("(")
    if not bracket:
        return name.strip(), {}
    if len(text) > LONGEST and len(rest := NUMBERS.sub("[]", text)) > LONGEST:
        raise ParameterError(
            f"a loss as text has at most {LONGEST} characters besides lists of numbers, not {len(rest)}"
        )
    text = text.strip()
    try:
        call = ast.parse(text, mode="eval").body
    except SyntaxError as error:
        column = _start_of(text, error.lineno or 1) + max(error.offset or 1, 1) - 1
        raise ParameterError(
            f"cannot read the loss: {escaped(error.msg)} at column {column + 1}; {FORM}{_pointed(text, column)}"
        ) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise ParameterError(f"cannot read the loss {text[:80]!r}: {error}; {FORM}") from None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
        raise _unreadable(text, call, f"this is no call of a name; {FORM}")
    name = call.func.id
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


def read_mapping(data: Mapping[Any, Any]) -> tuple[str, dict[str, Any]]:
    """Split ``{"name": ..., "params": {...}}``, which `Loss.config` returns, into the name and the parameters."""
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
