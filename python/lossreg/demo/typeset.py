"""A formula's NumPy text as MathML, which every browser sets by itself: no script, no font, no picture.

First what NumPy has a name for and a paper has not is written out (`log1p(x)` as `log(1 + x)`), and switches are settled by
their values; what is left are sums, products, quotients, powers, cases and a few functions.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from html import escape
from typing import Any

__all__ = ["mathml", "symbols"]

# Functions as papers write them; x and y are their arguments.
WRITTEN_OUT = {
    "boxcox_exp": "(exp(x*y) - 1)/x",
    "boxcox_pow": "(y**x - 1)/x",
    "expm1": "exp(x) - 1",
    "log1p": "log(1 + x)",
    "log_ndtr": "log(Phi(x))",
    "log_sigmoid": "-log(1 + exp(-x))",
    "logaddexp": "log(exp(x) + exp(y))",
    "softplus": "log(1 + exp(x))",
    "square": "x**2",
    "xlog1py": "x*log(1 + y)",
    "xlogy": "x*log(y)",
}
FRACTIONS: dict[Any, str] = {0.25: "¼", 0.5: "½"}
GREEK = [("alpha", "α"), ("beta", "β"), ("delta", "δ"), ("epsilon", "ε"), ("gamma", "γ"), ("pi", "π"), ("sigma", "σ")]
FUNCTIONS = {"lgamma": ("log", "Γ"), "maximum": ("max",), "minimum": ("min",), "sigmoid": ("σ",), "Phi": ("Φ",)}
OVER = {"sum": "∑", "prod": "∏"}
COMPARED = {ast.LtE: "≤", ast.Lt: "&lt;", ast.GtE: "≥", ast.Gt: "&gt;", ast.Eq: "=", ast.NotEq: "≠"}
# A name of several letters beside a letter reads as one name, but the name of a function does not.
ENDS_IN_WORD = re.compile("<mi>[^<]{2,}</mi>$")
BEGINS_WITH_WORD = re.compile("<mi>[^<]{2,}</mi>(?!(<mi>.</mi>)?<mo>&#8289;)")
SIGN = "where(y_true > 0, 1, -1)"
PREDICTED = "<mover><mi>y</mi><mo>^</mo></mover>"
SUM, PRODUCT, POWER, ATOM = range(4)

Set = tuple[str, int]  # what is set, and how tightly it holds together


def mathml(formula: str, params: Mapping[str, Any], *, rows: bool = False) -> str:
    """The formula as a `math` element.

    Parameters
    ----------
    formula : str
        The text, as `LossInfo.formula` has it.
    params : mapping
        The parameters of the loss. Switches, and those that are None, decide between cases; the others are shown by name.
    rows : bool
        Whether targets, predictions and shares belong to the classes of a row or the elements of a set.

    Returns
    -------
    str
        ``<math>…</math>``, with the text as its annotation.

    Examples
    --------
    >>> from lossreg.demo.typeset import mathml
    >>> mathml("0.5*r**2", {}).count("<msup>")
    1
    """
    tree = _Settled(params).visit(ast.parse(formula, mode="eval").body)
    content, _ = _Setter(rows).set(tree)
    return f'<math display="block" alttext="{escape(formula, quote=True)}"><mrow>{content}</mrow></math>'


def symbols(formula: str, params: Mapping[str, Any]) -> set[str]:
    """The names that stand in the formula as it is set; ``s`` is the sign of a label."""
    tree = _Settled(params).visit(ast.parse(formula, mode="eval").body)
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def _parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


class _Settled(ast.NodeTransformer):
    """Decides switches, writes functions out, and gives the sign of a label a letter."""

    def __init__(self, params: Mapping[str, Any]):
        self.params = params

    def visit_Call(self, node: ast.Call) -> ast.expr:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name == "where":
            if ast.dump(node) == ast.dump(_parsed(SIGN)):
                return ast.Name("s")
            if ast.dump(node) == ast.dump(_parsed("where(y_true > 0, -1, 1)")):
                return ast.UnaryOp(ast.USub(), ast.Name("s"))
            known = self._known(node.args[0])
            if known is not None:
                return self._visited(node.args[1] if known else node.args[2])
        args = [self._visited(arg) for arg in node.args]
        if name in WRITTEN_OUT:
            return self._visited(_Filled(dict(zip("xy", args, strict=False))).visit(_parsed(WRITTEN_OUT[name])))
        return ast.Call(node.func, args, [])

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        left, right = self._visited(node.left), self._visited(node.right)
        match left, node.op, right:
            case ast.Constant(value=1), ast.Mult(), _:
                return right
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=1)), ast.Mult(), _:
                return ast.UnaryOp(ast.USub(), right)
            case _, ast.Add() | ast.Sub(), ast.Constant(value=0):
                return left
            case _, ast.Add(), ast.UnaryOp(op=ast.USub(), operand=taken):
                return ast.BinOp(left, ast.Sub(), taken)
            case _, ast.Sub(), ast.UnaryOp(op=ast.USub(), operand=given):
                return ast.BinOp(left, ast.Add(), given)
            case (ast.UnaryOp(op=ast.USub(), operand=one), ast.Mult(), other) | (
                one,
                ast.Mult(),
                ast.UnaryOp(op=ast.USub(), operand=other),
            ):
                return ast.UnaryOp(ast.USub(), ast.BinOp(one, ast.Mult(), other))
        return ast.BinOp(left, node.op, right)

    def _visited(self, node: ast.expr) -> ast.expr:
        visited = self.visit(node)
        assert isinstance(visited, ast.expr)
        return visited

    def _known(self, test: ast.expr) -> bool | None:
        match test:
            case ast.Name(id=name) if isinstance(self.params.get(name), bool):
                return bool(self.params[name])
            case ast.Compare(left=ast.Name(id=name), ops=[ast.Is()]) if name in self.params:
                return self.params[name] is None
        return None


class _Filled(ast.NodeTransformer):
    """Puts arguments in their places."""

    def __init__(self, args: Mapping[str, ast.expr]):
        self.args = args

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.args.get(node.id, node)


def _greek(word: str) -> str:
    return next((letter for spelt, letter in GREEK if spelt == word), word.replace("_", " "))


def _number(node: ast.expr) -> float | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, int | float) else None


class _Setter:
    """Sets an expression."""

    def __init__(self, rows: bool):
        self.rows = rows

    def set(self, node: ast.expr) -> Set:
        match node:
            case ast.Constant(value=value):
                return f"<mn>{FRACTIONS.get(value, str(value))}</mn>", ATOM
            case ast.Name(id=name):
                return self.name(name), ATOM
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return f"<mo>−</mo>{self.within(operand, PRODUCT)}", SUM
            case ast.Compare(left=left, ops=[comparison], comparators=[right]):
                sign = COMPARED[type(comparison)]
                return f"{self.set(left)[0]}<mo>{sign}</mo>{self.set(right)[0]}", SUM
            case ast.BinOp(left=left, op=operator, right=right):
                return self.operation(left, operator, right)
            case ast.Subscript(value=value, slice=index):
                return f"<msub>{_Setter(rows=False).set(value)[0]}<mrow>{self.set(index)[0]}</mrow></msub>", ATOM
            case ast.Tuple(elts=parts):
                return "<mo>,</mo>".join(self.set(part)[0] for part in parts), ATOM
            case ast.Call(func=ast.Name(id=name), args=args):
                return self.call(name, args)
        raise ValueError(f"{ast.unparse(node)} is not part of a formula")

    def within(self, node: ast.expr, level: int) -> str:
        """The node, in parentheses where it holds together less than it has to."""
        content, tightness = self.set(node)
        return content if tightness >= level else f"<mo>(</mo>{content}<mo>)</mo>"

    def name(self, name: str) -> str:
        index = "<mi>k</mi>" if self.rows else ""
        plain: dict[str, Callable[[], str]] = {
            "y_true": lambda: f"<msub><mi>y</mi>{index}</msub>" if index else "<mi>y</mi>",
            "y_pred": lambda: f"<msub>{PREDICTED}{index}</msub>" if index else PREDICTED,
            "p": lambda: f"<msub><mi>p</mi>{index}</msub>" if index else "<mi>p</mi>",
            "q": lambda: f"<msub><mi>q</mi>{index or '<mrow/>'}</msub>",
            "log_q": lambda: f"<mi>log</mi><mo>&#8289;</mo><msub><mi>q</mi>{index or '<mrow/>'}</msub>",
            "real_scores": lambda: "<msub><mi>f</mi><mtext>real</mtext></msub>",
            "fake_scores": lambda: "<msub><mi>f</mi><mtext>fake</mtext></msub>",
        }
        if name in plain:
            return plain[name]()
        first, _, rest = name.partition("_")
        if rest and _greek(first) != first:
            return f"<msub><mi>{_greek(first)}</mi><mtext>{rest}</mtext></msub>"
        return f"<mi>{_greek(name)}</mi>"

    def operation(self, left: ast.expr, operator: ast.operator, right: ast.expr) -> Set:
        match operator:
            case ast.Add():
                return f"{self.within(left, SUM)}<mo>+</mo>{self.within(right, SUM)}", SUM
            case ast.Sub():
                return f"{self.within(left, SUM)}<mo>−</mo>{self.within(right, PRODUCT)}", SUM
            case ast.Mult():
                first, second = self.within(left, PRODUCT), self.within(right, PRODUCT)
                apart = _number(right) is not None or ENDS_IN_WORD.search(first) or BEGINS_WITH_WORD.match(second)
                dot = "<mo>·</mo>" if apart else '<mspace width="0.12em"/>'
                return f"{first}{dot}{second}", PRODUCT
            case ast.Div():
                return f"<mfrac><mrow>{self.set(left)[0]}</mrow><mrow>{self.set(right)[0]}</mrow></mfrac>", PRODUCT
            case ast.Pow():
                return f"<msup><mrow>{self.within(left, ATOM)}</mrow><mrow>{self.set(right)[0]}</mrow></msup>", POWER
        raise ValueError(f"{type(operator).__name__} is not part of a formula")

    def call(self, name: str, args: list[ast.expr]) -> Set:
        if name in OVER:
            return self.over(OVER[name], args[0]), PRODUCT
        inside = [self.set(arg)[0] for arg in args]
        if name == "exp":
            return f"<msup><mi>e</mi><mrow>{inside[0]}</mrow></msup>", POWER
        if name == "sqrt":
            return f"<msqrt><mrow>{inside[0]}</mrow></msqrt>", ATOM
        if name == "abs":
            return f"<mrow><mo>|</mo>{inside[0]}<mo>|</mo></mrow>", ATOM
        if name == "where":
            return self.cases(args), ATOM
        called = "".join(f"<mi>{one}</mi>" for one in FUNCTIONS.get(name, (name.replace("_", " "),)))
        letter = name in FUNCTIONS and len(called) == len("<mi>σ</mi>")  # σ(x), but log x
        single = len(args) == 1 and isinstance(args[0], ast.Name) and not letter
        listed = "<mo>,</mo>".join(inside)
        gap = '<mspace width="0.12em"/>'
        words = gap + listed if single else f"<mo>(</mo>{listed}<mo>)</mo>"
        return f"{called}<mo>&#8289;</mo>{words}", ATOM if letter else PRODUCT

    def over(self, sign: str, terms: ast.expr) -> str:
        """A sum or product over the classes of a row or the elements of a set, or over what is said."""
        below = "<mi>k</mi>"
        match terms:
            case ast.GeneratorExp(elt=term, generators=[ast.comprehension(target=target, iter=source, ifs=[])]):
                terms, below = term, f"<mrow>{self.set(target)[0]}<mo>∈</mo>{self.set(source)[0]}</mrow>"
        return f"<munder><mo>{sign}</mo>{below}</munder>{self.within(terms, PRODUCT)}"

    def cases(self, args: list[ast.expr]) -> str:
        rows: list[tuple[str, str]] = []
        while True:
            test, first, rest = args
            rows.append((self.set(first)[0], f'<mtext>if</mtext><mspace width="0.35em"/>{self.set(test)[0]}'))
            match rest:
                case ast.Call(func=ast.Name(id="where"), args=more):
                    args = more
                case _:
                    rows.append((self.set(rest)[0], "<mtext>otherwise</mtext>"))
                    break
        table = "".join(f"<mtr><mtd>{value}</mtd><mtd>{test}</mtd></mtr>" for value, test in rows)
        return f'<mrow><mo>{{</mo><mtable columnalign="left left">{table}</mtable></mrow>'
