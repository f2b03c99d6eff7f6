"""Formulas as text: those of losses with their parameters put in."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from lossreg.parsing import parsed

__all__ = ["with_values"]


def with_values(formula: str, params: Mapping[str, Any]) -> str:
    """A formula with the values of its parameters in the place of their names, and without the cases they rule out.

    Parameters
    ----------
    formula : str
        NumPy text; another text is returned as it is.
    params : mapping of str to object
        The values.

    Returns
    -------
    str
        NumPy text.

    Examples
    --------
    >>> from lossreg.info.formulas import with_values
    >>> with_values("where(log_input, exp(y_pred), y_pred) - a*y_true", {"log_input": True, "a": 2.0})
    'exp(y_pred) - 2.0 * y_true'
    """
    try:
        return ast.unparse(_Values(params).visit(parsed(formula)))
    except (SyntaxError, ValueError, RecursionError):  # a loss of others may give it as a text
        return formula


class _Values(ast.NodeTransformer):
    """Puts in values, and takes the case of `where` that they decide on."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        self.params = params

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id not in self.params:
            return node
        return parsed(repr(self.params[node.id]))

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        self.generic_visit(node)
        match node:
            case ast.Compare(left=ast.Constant(value=value), ops=[ast.Is()], comparators=[ast.Constant(value=None)]):
                return ast.Constant(value is None)
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        match node:
            case ast.Call(func=ast.Name(id="where"), args=[ast.Constant(value=bool() as holds), yes, no]):
                return yes if holds else no
        return node
