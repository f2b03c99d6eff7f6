"""The formula texts of the losses as jets: what `LossInfo.formula` says, exactly, with its derivatives.

A text is NumPy's, over `y_true` and `y_pred` (and `r`, their difference), or over the scores of an adversarial loss, or
over the terms `y_true`, `q` and `log_q` of a class, and the parameters by name. Both arms of a `where` are computed only
where the two sides of its comparison are equal; there the rule for kinks decides (jets.py).

Some texts cancel where a careful implementation does not: exp(u) - 1 - u near 0. Such idioms are single functions of u,
as they are in the library, so that the conditions of the tables excuse nothing there.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from functools import cache, reduce
from itertools import product
from typing import Any

import jets
from jets import Jet, jet
from mpmath import mp

Terms = tuple[str, ...]

# Text with the variables u and v, and the function that is meant.
IDIOMS: dict[str, str] = {
    "log(cosh(u))": "log_cosh(u)",
    "expm1(u) - u": "expm1_minus(u)",
    "u - log1p(u)": "minus_log1p(u)",
    "sqrt(1 + u**2) - 1": "hypot1(u)",
    "1 - (1 - u)**3": "cube_complement(u)",
    "log1p(u) - log1p(v)": "log1p_ratio(u, v)",
}


def matches(pattern: ast.AST, node: ast.AST, found: dict[str, ast.AST]) -> bool:
    """Whether a text is an idiom; what stands for its variables is put into `found`."""
    if isinstance(pattern, ast.Name) and pattern.id in ("u", "v"):
        return ast.dump(found.setdefault(pattern.id, node)) == ast.dump(node)
    if type(pattern) is not type(node):
        return False
    for field, value in ast.iter_fields(pattern):
        other = getattr(node, field)
        pairs = zip(value, other, strict=False) if isinstance(value, list) else [(value, other)]
        if isinstance(value, list) and len(value) != len(other):
            return False
        for a, b in pairs:
            if not (matches(a, b, found) if isinstance(a, ast.AST) else a == b):
                return False
    return True


class Prepared(ast.NodeTransformer):
    """A text whose idioms are functions, and whose arms of `where` are computed when they are needed."""

    patterns = tuple((ast.parse(text, mode="eval").body, ast.parse(f, mode="eval").body) for text, f in IDIOMS.items())

    def visit(self, node: ast.AST) -> Any:
        for pattern, function in self.patterns:
            found: dict[str, ast.AST] = {}
            if matches(pattern, node, found):
                arguments = [self.visit(found[name.id]) for name in function.args]
                return ast.Call(func=function.func, args=arguments, keywords=[])
        self.generic_visit(node)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "where":
            condition, *arms = node.args
            nothing = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
            sides: list[ast.AST] = [ast.Constant(value=None)]
            if isinstance(condition, ast.Compare) and not isinstance(condition.ops[0], ast.Is):
                sides = [ast.Tuple(elts=[condition.left, *condition.comparators], ctx=ast.Load())]
            lazy = [ast.Lambda(args=nothing, body=arm) for arm in arms]
            return ast.Call(func=node.func, args=[condition, *lazy, *sides], keywords=[])
        return node


@cache
def code(formula: str) -> Any:
    """A text, prepared and compiled."""
    return compile(ast.fix_missing_locations(Prepared().visit(ast.parse(formula, mode="eval"))), formula, "eval")


def names(formula: str) -> set[str]:
    """The names that occur in a text."""
    return {node.id for node in ast.walk(ast.parse(formula, mode="eval")) if isinstance(node, ast.Name)}


@cache
def terms(formula: str, about: str) -> str:
    """The terms of a sum of texts that a name occurs in."""

    def flat(node: ast.AST, sign: str) -> list[tuple[str, str]]:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
            flipped = {"+": "-", "-": "+"}[sign]
            return flat(node.left, sign) + flat(node.right, sign if isinstance(node.op, ast.Add) else flipped)
        return [(sign, f"({ast.unparse(node)})")]

    parts = flat(ast.parse(formula, mode="eval").body, "+")
    return " ".join(sign + text for sign, text in parts if about in names(text)).removeprefix("+")


def where(condition: bool, yes: Callable, no: Callable, sides: tuple | None) -> Jet:
    """The arm that is chosen; on the seam of a continuous function with a kink, the flatter side (`jets.maximum`)."""
    chosen = jet(yes() if condition else no())
    if sides is None or jet(sides[0]).value != jet(sides[1]).value or not moves(*sides):
        return chosen
    other = jet(no() if condition else yes())
    kink = other.value == chosen.value and other.first != chosen.first
    return jets.flatter(chosen, other) if kink else chosen


def moves(*sides: Jet | float) -> bool:
    """Whether the two sides of a comparison separate when the prediction moves."""
    return jet(sides[0]).first != jet(sides[1]).first


def compute(formula: str, values: dict[str, Any]) -> Jet:
    """A text with jets for its names; parameters that are not numbers stay what they are."""
    constants = {
        name: value if value is None or isinstance(value, bool | list) else jet(value) for name, value in values.items()
    }
    functions = {"where": where, "sum": total}
    elementwise = {name: each(f) if callable(f) else f for name, f in jets.FUNCTIONS.items()}
    text, scope = code(formula), {"__builtins__": {}} | functions | elementwise | constants
    return jets.from_both_sides(lambda: jet(eval(text, scope)))


def each(function: Callable) -> Callable:
    """A function that is applied to each element of its arguments, where these are elements."""

    def applied(*arguments: Any) -> Any:
        if not any(isinstance(argument, Elements) for argument in arguments):
            return function(*arguments)
        length = next(len(argument) for argument in arguments if isinstance(argument, Elements))
        columns = [argument if isinstance(argument, Elements) else [argument] * length for argument in arguments]
        return Elements(function(*row) for row in zip(*columns, strict=True))

    return applied


def total(term: Jet | Elements) -> Jet:
    """The sum of a set's elements; of a row's classes a text is about one."""
    return sum(term[1:], jet(term[0])) if isinstance(term, Elements) else term


# What the names stand for


def beyond(x: float, domain: str, scale: int) -> mp.mpf:
    """An input as a number of mpmath, the ends of its domain replaced by something beyond every other scale."""
    far = scale * mp.mpf(10) ** 400
    if mp.isinf(x):
        return mp.exp(far) if domain == "non-negative" else mp.sign(x) * far
    return mp.exp(-far) if x == 0 and domain in ("non-negative", "probability") else mp.mpf(x)


def prediction(x: float, domain: str, scale: int, slope: int = 1) -> Jet:
    """The variable; a probability knows what it lacks to 1."""
    if domain == "probability" and x == 1:
        lacking = mp.exp(-scale * mp.mpf(10) ** 400)
        return Jet(mp.mpf(1), slope, exact=True, lacking=Jet(lacking, -slope))
    return Jet(beyond(x, domain, scale), slope, exact=True)


def smoothed(target: mp.mpf, params: dict, classes: int) -> mp.mpf:
    """The target that the engine makes of a label."""
    smoothing = mp.mpf(params.get("label_smoothing", 0))
    return target * (1 - smoothing) + smoothing / classes


def pointwise(info: Any, params: dict, y: float, x: float | mp.mpf, domain: str, scale: int = 1, slope: int = 1) -> Jet:
    """A loss of one prediction."""
    target = smoothed(mp.mpf(max(y, 0)), params, 2) if info.target.is_label else mp.mpf(y)
    if mp.isinf(target):
        target = mp.sign(target) * 3 * mp.mpf(10) ** 400
    variable = prediction(x, domain, scale, slope) if isinstance(x, float) else Jet(x, slope, exact=True)
    true = jet(target)
    return compute(info.formula, params | {"y_true": true, "y_pred": variable, "r": variable - true})


def adversarial(info: Any, params: dict, y: float, x: float | mp.mpf, scale: int = 1, slope: int = 1) -> Jet:
    """A side's terms of an adversarial loss; y is 1 for the real side and 0 for the fake one."""
    side = "real_scores" if y else "fake_scores"
    variable = Jet(beyond(x, "real", scale) if isinstance(x, float) else x, slope, exact=True)
    return compute(terms(info.formula, side), params | {side: variable})


class Elements(list):
    """Numbers side by side: what is done to them is done to each."""

    def with_each(self, other: Any, operate: Callable) -> Elements:
        others = other if isinstance(other, Elements) else [other] * len(self)
        return Elements(operate(jet(one), jet(another)) for one, another in zip(self, others, strict=True))

    def __add__(self, other: Any) -> Elements:
        return self.with_each(other, lambda a, b: a + b)

    def __sub__(self, other: Any) -> Elements:
        return self.with_each(other, lambda a, b: a - b)

    def __rsub__(self, other: Any) -> Elements:
        return self.with_each(other, lambda a, b: b - a)

    def __mul__(self, other: Any) -> Elements:
        return self.with_each(other, lambda a, b: a * b)

    def __pow__(self, other: Any) -> Elements:
        return self.with_each(other, lambda a, b: a**b)

    __radd__, __rmul__ = __add__, __mul__


def setwise(info: Any, params: dict, y: list, x: list, domain: str, moving: int, scale: int = 1, slope: int = 1) -> Jet:
    """The loss of a set in which one prediction moves."""
    slopes = [slope * (k == moving) for k in range(len(x))]
    if domain == "raw":
        values = [Jet(beyond(item, domain, scale), slope, exact=True) for item, slope in zip(x, slopes, strict=True)]
        p = Elements(probability(value) for value in values)
    else:
        p = Elements(prediction(item, domain, scale, slope) for item, slope in zip(x, slopes, strict=True))
    return compute(info.formula, params | {"y_true": Elements(map(jet, map(mp.mpf, y))), "p": p, "y_pred": p})


def probability(score: Jet) -> Jet:
    """That of a score; it knows what it lacks to 1."""
    found = jets.sigmoid(score)
    found.lacking = jets.sigmoid(-score)
    return found


def columnwise(info: Any, params: dict, y: list, x: list, _: str, moving: int, scale: int = 1, slope: int = 1) -> Jet:
    """The loss of an element of whose predictions one moves."""
    slopes = [slope * (k == moving) for k in range(len(x))]
    columns = [Jet(beyond(item, "real", scale), slope, exact=True) for item, slope in zip(x, slopes, strict=True)]
    given = dict(zip(info.target_columns or ("y_true",), map(mp.mpf, y), strict=True))
    meant = of_boxes(columns, [*map(jet, given.values())]) if info.target.value == "box" else {}
    return compute(info.formula, params | given | dict(zip(info.columns, columns, strict=True)) | meant)


def of_boxes(first: list[Jet], second: list[Jet]) -> dict[str, Jet]:
    """What texts about two boxes name: on each axis the ends of the first in order; on an end of the second, halfway."""
    sides = [along(first[axis], first[axis + 2], second[axis], second[axis + 2]) for axis in (0, 1)]
    own, other, common, hull = (sides[0][k] * sides[1][k] for k in range(4))
    (width, height), (wanted_width, wanted_height) = ([side[k] for side in sides] for k in (0, 1))
    angles = angle(wanted_width, wanted_height) - angle(width, height)
    is_point = width.value == height.value == 0 or wanted_width.value == wanted_height.value == 0
    return {
        "intersection": common,
        "union": own + other - common,
        "hull": hull,
        "squared_distance": sides[0][4] ** 2 + sides[1][4] ** 2,
        "squared_diagonal": sides[0][3] ** 2 + sides[1][3] ** 2,
        "v": jet(0) if is_point else angles**2 * 4 / mp.pi**2,
    }


def along(a: Jet, b: Jet, low: Jet, high: Jet) -> tuple[Jet, ...]:
    """Of two intervals their lengths, that of what they have in common and of what holds both, and the distance of their middles."""
    a, b = (a, b) if a <= b else (b, a)
    top, bottom = halfway(b, high, b > high), halfway(a, low, a < low)
    inner_top, inner_bottom = halfway(b, high, b < high), halfway(a, low, a > low)
    common = jets.maximum(0, inner_top - inner_bottom)
    return b - a, high - low, common, top - bottom, ((a - low) + (b - high)) * mp.mpf(0.5)


def halfway(a: Jet, b: Jet, first: bool) -> Jet:
    """The first or the second; where they are equal, what lies halfway between their derivatives."""
    if a.value == b.value:
        return Jet(a.value, (a.first + b.first) / 2, exact=True)
    return a if first else b


def angle(width: Jet, height: Jet) -> Jet:
    """That of a diagonal with the second axis, of sides of which one moves at most."""
    w, h = width.value, height.value
    square = w**2 + h**2
    turn = (width.first * h - height.first * w) / square if square else mp.zero
    bend = -2 * turn * (w * width.first + h * height.first) / square if square else mp.zero
    return Jet(mp.atan2(w, h), turn, bend)


CLASSES_OF_A_FRAME = 3


def aligned(info: Any, params: dict, y: list, x: list, _: str, moving: int, scale: int = 1, slope: int = 1) -> Jet:
    """The loss of frames of three classes, of whose scores one moves: what is summed over are all paths of classes."""
    k = CLASSES_OF_A_FRAME
    scores = [Jet(beyond(item, "raw", scale), slope * (i == moving), exact=True) for i, item in enumerate(x)]
    frames = [softmax(scores[start : start + k]) for start in range(0, len(x), k)]
    blank = int(params.get("blank", 0))
    labels = [int(label) for label in y if label >= 0 and label != blank]

    def alignments(frames: list, *_: Any) -> list[list[Jet]]:
        paths = product(range(k), repeat=len(frames))
        spelt = (
            (path, [c for i, c in enumerate(path) if c != blank and (i == 0 or path[i - 1] != c)]) for path in paths
        )
        return [[frame[c] for frame, c in zip(frames, path, strict=True)] for path, said in spelt if said == labels]

    total = sum((reduce(operator.mul, path) for path in alignments(frames)), jet(0))
    return -jets.log(total)


def softmax(scores: list[Jet]) -> list[Jet]:
    """The probabilities of the classes of a frame, each a single number."""
    top = max(score.value for score in scores)
    parts = [jets.exp(score - top) for score in scores]
    return [1 / (1 + sum((other for other in parts if other is not part), jet(0)) / part) for part in parts]


# The losses that more than one number predicts, by families.
OF_MANY = {"set-wise": setwise, "column-wise": columnwise, "sequence": aligned}


def class_term(info: Any, params: dict, target: mp.mpf, part: mp.mpf, others: mp.mpf) -> Jet:
    """A class's term as a jet in log q, from what its probability and those of all others are proportional to."""
    q, rest = part / (part + others), others / (part + others)
    log_q = Jet(-mp.log1p(others / part), 1, exact=True)
    share = Jet(q, q, q, lacking=Jet(rest, -q, -q))
    return compute(info.formula, params | {"y_true": target, "q": share, "log_q": log_q})
