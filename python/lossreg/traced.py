"""Expressions that operators and functions are recorded in: how a Python function becomes the text of a formula.

A function is called once with nodes in the place of numbers. Operators, NumPy's functions of elements and those of
`lossreg.ops` make nodes of nodes; what cannot be part of a formula, such as ``if``, raises an error that says what can.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable
from numbers import Real
from typing import Any, NoReturn

import numpy as np

from lossreg.errors import ParameterError
from lossreg.shown import shown

__all__ = ["Node", "call", "is_traced", "text_of"]

CHOICE = (
    "a formula has no if, and, or, not, max, min or comparison in a row: write ops.where(condition, a, b), "
    "ops.maximum(a, b) or ops.minimum(a, b); conditions are 0 or 1, so (a)*(b) is 'a and b', ops.maximum(a, b) is 'a or b', "
    "1 - (a) is 'not a'"
)
OF_ELEMENTS = "a formula is the loss of one element, and reduction= of the call makes a mean or a sum of all"
PRECEDENCE = {
    "<": 0,
    "<=": 0,
    ">": 0,
    ">=": 0,
    "==": 0,
    "!=": 0,
    "+": 1,
    "-": 1,
    "*": 2,
    "/": 2,
    "negative": 3,
    "**": 4,
}
TIGHTEST = 5

Operator = Callable[..., "Node"]


def _forwards(sign: str) -> Operator:
    return lambda self, other: Node(sign, self, other)


def _backwards(sign: str) -> Operator:
    return lambda self, other: Node(sign, other, self)


def _refused(what: str) -> Callable[..., NoReturn]:
    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise ParameterError(what)

    return refuse


class Node:
    """A name, a number, or what an operator or function makes of others."""

    __slots__ = ("head", "parts")

    head: str
    parts: tuple[Node, ...]

    def __init__(self, head: str, *parts: Any) -> None:
        self.head = head
        self.parts = tuple(map(_node, parts))

    __add__, __radd__ = _forwards("+"), _backwards("+")
    __sub__, __rsub__ = _forwards("-"), _backwards("-")
    __mul__, __rmul__ = _forwards("*"), _backwards("*")
    __truediv__, __rtruediv__ = _forwards("/"), _backwards("/")
    __pow__, __rpow__ = _forwards("**"), _backwards("**")
    __lt__, __le__ = _forwards("<"), _forwards("<=")
    __gt__, __ge__ = _forwards(">"), _forwards(">=")
    __eq__, __ne__ = _forwards("=="), _forwards("!=")  # type: ignore[assignment]
    __hash__ = object.__hash__

    __bool__ = _refused(CHOICE)
    __and__ = __rand__ = __or__ = __ror__ = __invert__ = _refused(CHOICE)
    __xor__ = __rxor__ = _refused("a power is written **, not ^")
    __round__ = __floor__ = __ceil__ = __trunc__ = _refused("a formula has no rounding")
    mean = max = min = _refused(OF_ELEMENTS)
    shape = ndim = size = T = dtype = property(
        _refused(f"{OF_ELEMENTS}; its functions are NumPy's and those of lossreg.ops, not another library's")
    )
    astype = reshape = _refused(OF_ELEMENTS)
    __float__ = __int__ = __index__ = __complex__ = _refused(
        "an expression of a formula has no value while the function is traced: use NumPy's functions, lossreg.ops and "
        "operators, not math"
    )
    __iter__ = __len__ = __getitem__ = _refused(
        "a formula is about one element, or the classes of a row; it has no indices"
    )
    __mod__ = __rmod__ = __floordiv__ = __rfloordiv__ = __matmul__ = __rmatmul__ = _refused(
        "a formula has the operators + - * / ** and comparisons, no others"
    )
    __array__ = __torch_function__ = _refused(
        "an expression of a formula is no array: use NumPy's functions of elements and lossreg.ops, not another library's"
    )

    def __neg__(self) -> Node:
        return Node("negative", self)

    def __pos__(self) -> Node:
        return self

    def __abs__(self) -> Node:
        return Node("abs", self)

    def sum(self, axis: int = -1) -> Node:
        """The sum over the classes of a row."""
        if axis != -1:
            raise ParameterError(f"a sum of a formula is over the classes, along axis -1, not {shown(axis)}")
        return Node("sum", self)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Node:
        # The object itself: others make functions of these names too.
        is_scipys = getattr(sys.modules.get("scipy.special"), ufunc.__name__, None) is ufunc
        name = UFUNCS.get(ufunc) or (OF_SCIPY.get(ufunc.__name__) if is_scipys else None)
        if method != "__call__" or options or name is None:
            known = ", ".join(sorted({f"np.{one.__name__}" for one in UFUNCS}))
            whose = "np." if getattr(np, ufunc.__name__, None) is ufunc else ""
            what = f"{whose}{ufunc.__name__}" + (f".{method}" if method != "__call__" else "")
            raise ParameterError(
                f"{what} cannot be part of a formula{' with options' if options else f'; there are {known}'}"
            )
        return inputs[0] if name == "positive" else Node(name, *inputs)

    def __array_function__(self, function: Any, types: Any, arguments: Any, options: Any) -> Node:
        if function is np.sum and len(arguments) == 1:
            return _node(arguments[0]).sum(**options)
        taken = {np.where: ("where", 3), np.clip: ("clip", 3)}.get(function)
        if taken is None or options or len(arguments) != taken[1]:
            what = f"np.{getattr(function, '__name__', function)}"
            raise ParameterError(f"{what} cannot be part of a formula so: {OF_ELEMENTS}")
        return Node(taken[0], *arguments)


UFUNCS: dict[Any, str] = {
    np.add: "+",
    np.subtract: "-",
    np.multiply: "*",
    np.divide: "/",
    np.power: "**",
    np.float_power: "**",
    np.negative: "negative",
    np.positive: "positive",
    np.absolute: "abs",
    np.fabs: "abs",
    np.sign: "sign",
    np.exp: "exp",
    np.expm1: "expm1",
    np.log: "log",
    np.log1p: "log1p",
    np.logaddexp: "logaddexp",
    np.sqrt: "sqrt",
    np.square: "square",
    np.tanh: "tanh",
    np.cosh: "cosh",
    np.sinh: "sinh",
    np.maximum: "maximum",
    np.minimum: "minimum",
    np.less: "<",
    np.less_equal: "<=",
    np.greater: ">",
    np.greater_equal: ">=",
    np.equal: "==",
    np.not_equal: "!=",
}

# Functions of scipy.special, which need not be there, by their names.
OF_SCIPY = {
    "expit": "sigmoid",
    "gammaln": "lgamma",
    "log_expit": "log_sigmoid",
    "log_ndtr": "log_ndtr",
    "logit": "logit",
    "xlog1py": "xlog1py",
    "xlogy": "xlogy",
}

# What the scores of a row become.
SHARES = {"softmax": "q", "log_softmax": "log_q"}


def of_rows(function: str, x: Node, axis: int) -> Node:
    """A function of the scores of a row."""
    x = _node(x)
    if function not in SHARES or x.head != "y_pred" or axis != -1:
        known = " and ".join(f"ops.{one}(y_pred)" for one in SHARES)
        raise ParameterError(f"{function} cannot be part of a formula so; of the scores of a row there are {known}")
    return Node(SHARES[function])


def is_traced(*arguments: Any) -> bool:
    """Whether one of some arguments is a node, or columns that are."""
    return any(type(one) is Node or (type(one) is tuple and is_traced(*one)) for one in arguments)


def call(function: str, *arguments: Any, **options: Any) -> Node:
    """A function of nodes and numbers; options are for arrays only."""
    if given := [name for name, value in options.items() if value is not None]:
        raise ParameterError(f"{function}: {given[0]}= is for arrays; leave it out in a formula")
    return Node(function, *arguments)


def _node(part: Any) -> Node:
    if isinstance(part, Node):
        return part
    if isinstance(part, np.ndarray) and part.ndim == 0:
        part = part.item()
    if isinstance(part, bool | np.bool_):
        return Node("1" if part else "0")
    if isinstance(part, Real) and math.isfinite(part):
        number = float(part)
        return Node("negative", Node(_digits(-number))) if number < 0 else Node(_digits(number))
    if type(part) is tuple and is_traced(*part):
        names = ", ".join(one.head for one in part if type(one) is Node)
        raise ParameterError(f"columns cannot be part of a formula together: take them apart first, {names} = ...")
    raise ParameterError(f"{shown(part)} cannot be part of a formula; wanted a finite number or an expression")


def _digits(number: float) -> str:
    return repr(int(number)) if number.is_integer() and number < 1e15 else repr(number)


def text_of(root: Any, taken: Iterable[str]) -> str:
    """The text of an expression: what occurs more than once is a line of its own, under a name that is not taken."""
    root = _node(root)
    order, uses = _in_order(root)
    names = set(taken)
    lines: list[str] = []
    texts: dict[int, tuple[str, int]] = {}
    for node in order:
        text, precedence = _written(node, [texts[id(part)] for part in node.parts])
        if node.parts and uses[id(node)] > 1 and node is not root:
            number = len(lines) + 1
            while (name := f"t{number}") in names:
                number += 1
            names.add(name)
            lines.append(f"{name} = {text}")
            text, precedence = name, TIGHTEST
        texts[id(node)] = text, precedence
    return "\n".join([*lines, texts[id(root)][0]])


def _in_order(root: Node) -> tuple[list[Node], dict[int, int]]:
    """All nodes, parts before what is made of them, and how often each is a part."""
    order: list[Node] = []
    uses: dict[int, int] = {}
    open_nodes: list[tuple[Node, bool]] = [(root, False)]
    while open_nodes:
        node, done = open_nodes.pop()
        if done:
            order.append(node)
            continue
        if id(node) in uses:
            uses[id(node)] += 1
            continue
        uses[id(node)] = 1
        open_nodes.append((node, True))
        open_nodes.extend((part, False) for part in reversed(node.parts))
    return order, uses


def _written(node: Node, parts: list[tuple[str, int]]) -> tuple[str, int]:
    """A node as text, and how tightly that holds together."""
    if not parts:
        return node.head, TIGHTEST
    own = PRECEDENCE.get(node.head)
    if own is None:
        return f"{node.head}({', '.join(text for text, _ in parts)})", TIGHTEST
    if node.head == "negative":
        return f"-{_within(parts[0], own)}", own
    # Powers go from the right, comparisons in no direction, all else from the left.
    left = own + (node.head == "**" or own == 0)
    right = own + (node.head != "**")
    spaced = node.head if own in (2, 4) else f" {node.head} "
    return f"{_within(parts[0], left)}{spaced}{_within(parts[1], right)}", own


def _within(part: tuple[str, int], least: int) -> str:
    return part[0] if part[1] >= least else f"({part[0]})"
