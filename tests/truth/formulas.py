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
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial, reduce
from itertools import product
from typing import Any

import jets
from columns import of_boxes, of_times
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
    "cdf(u) - cdf(v)": "between(u, v)",
    "-log(sigmoid(u) - sigmoid(v))": "minus_log_between(u, v)",
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


def where(condition: bool, yes: Callable, no: Callable, sides: tuple | None) -> Jet | Elements:
    """The arm that is chosen; on the seam of a continuous function with a kink, the flatter side (`jets.maximum`)."""
    chosen = yes() if condition else no()
    if isinstance(chosen, Elements):
        return chosen
    chosen = jet(chosen)
    if sides is None or jet(sides[0]).value != jet(sides[1]).value or not moves(*sides):
        return chosen
    other = jet(no() if condition else yes())
    kink = other.value == chosen.value and other.first != chosen.first
    return jets.flatter(chosen, other) if kink else chosen


def moves(*sides: Jet | float) -> bool:
    """Whether the two sides of a comparison separate when the prediction moves."""
    return jet(sides[0]).first != jet(sides[1]).first


def compute(formula: str, values: dict[str, Any], weights: Sequence[float] | None = None) -> Jet:
    """A text with jets for its names; parameters that are not numbers stay what they are. A sum over classes is weighted."""
    constants = {
        name: value if value is None or callable(value) or isinstance(value, bool | list | str | tuple) else jet(value)
        for name, value in values.items()
    }
    sums = {"sum": partial(total, weights=weights), "mean": average}
    functions = {"where": where, **sums, "max": extreme(jets.maximum), "min": extreme(jets.minimum)}
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


def total(term: Jet | Elements | Iterator, weights: Sequence[float] | None = None) -> Jet | Elements:
    """The sum of a set's elements, or of what is written out; of a row's classes a text is about one."""
    if isinstance(term, Iterator):
        return sum(term, jet(0))
    if isinstance(term, Elements):
        weighted = term if weights is None else term * Elements(map(mp.mpf, weights))
        return sum(weighted[1:], jet(weighted[0]))
    return term


def average(elements: Elements) -> Jet:
    """Their mean."""
    return total(elements) / len(elements)


def extreme(choose: Callable) -> Callable:
    """The largest or the smallest of a set's elements: each may be it, where several are."""
    return lambda elements: reduce(choose, elements)


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
    given = {"y_true": true, "y_pred": variable, "r": variable - true}
    if info.target.has_class_indices:
        beyond_all = mp.mpf(10) ** 500
        bounds = [-beyond_all, *map(mp.mpf, params["thresholds"]), beyond_all]
        given |= {"below": bounds[int(y)], "above": bounds[int(y) + 1]}
    return compute(info.formula, params | given)


def adversarial(info: Any, params: dict, y: float, x: float | mp.mpf, scale: int = 1, slope: int = 1) -> Jet:
    """A side's terms of an adversarial loss; y is 1 for the real side and 0 for the fake one."""
    side = "real_scores" if y else "fake_scores"
    variable = Jet(beyond(x, "real", scale) if isinstance(x, float) else x, slope, exact=True)
    return compute(terms(info.formula, side), params | {side: variable})


def opposed(info: Any, params: dict, y: list, x: list, moving: int, scale: int = 1, slope: int = 1) -> Jet:
    """The mean of a loss of scores that are seen relative to those of the other side, of which one moves; as many of each."""
    scores = [Jet(beyond(item, "real", scale), slope * (k == moving), exact=True) for k, item in enumerate(x)]
    sides = (
        (name, Elements(score for score, side in zip(scores, y, strict=True) if side == label))
        for name, label in (("real_scores", 1), ("fake_scores", 0))
    )
    return compute(f"mean({info.formula})", params | dict(sides))


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

    def __neg__(self) -> Elements:
        return Elements(-jet(one) for one in self)

    def __truediv__(self, other: Any) -> Elements:
        return self.with_each(other, lambda a, b: a / b)

    def __gt__(self, other: Any) -> Elements:
        return self.with_each(other, lambda a, b: a > b)

    def __le__(self, other: Any) -> Elements:
        return self.with_each(other, lambda a, b: a <= b)

    def __getitem__(self, which: Any) -> Any:
        """One of them, or those for which something is true."""
        if isinstance(which, Elements):
            return Elements(one for one, true in zip(self, which, strict=True) if true)
        return super().__getitem__(which)

    __radd__, __rmul__ = __add__, __mul__


def setwise(info: Any, params: dict, y: list, x: list, domain: str, moving: int, scale: int = 1, slope: int = 1) -> Jet:
    """The loss of a set in which one prediction moves."""
    slopes = [slope * (k == moving) for k in range(len(x))]
    if domain == "raw":
        values = [Jet(beyond(item, domain, scale), slope, exact=True) for item, slope in zip(x, slopes, strict=True)]
        p = Elements(probability(value) for value in values)
    else:
        p = Elements(prediction(item, domain, scale, slope) for item, slope in zip(x, slopes, strict=True))
    known = {"y_true": Elements(map(jet, map(mp.mpf, y))), "p": p, "y_pred": p}
    if info.target.value == "time":
        known["at_risk"] = at_risk(y)
    if "pairs" in names(info.formula):
        known |= ranked(y, x, params.get("truncation"))
    return compute(info.formula, params | known)


def at_risk(y: list) -> Callable:
    """For each subject the sum of something over all whose times are no earlier."""
    return lambda u: Elements(
        sum((one for one, time in zip(u, y, strict=True) if abs(time) >= abs(own)), jet(0)) for own in y
    )


def ranked(y: list, x: list, truncation: int | None) -> dict[str, Any]:
    """What texts about a ranking name: its gains and discounts, its pairs, and the best of all rankings; of equal scores the first."""
    order = sorted(range(len(x)), key=lambda i: -x[i])
    rank = {i: place + 1 for place, i in enumerate(order)}
    depth = len(x) if truncation is None else int(truncation)
    discounts = [1 / mp.log(1 + place, 2) for place in range(1, len(x) + 1)]
    gains = [mp.mpf(2) ** mp.mpf(relevance) - 1 for relevance in y]
    best = sorted(gains, reverse=True)[:depth]
    return {
        "gain": Elements(Jet(gain, exact=True) for gain in gains),
        "discount": Elements(Jet(discounts[rank[i] - 1], exact=True) for i in range(len(x))),
        "pairs": [
            (i, j) for i, j in product(range(len(x)), repeat=2) if y[i] > y[j] and min(rank[i], rank[j]) <= depth
        ],
        "ideal": mp.fsum(gain * discount for gain, discount in zip(best, discounts, strict=False)),
    }


def probability(score: Jet) -> Jet:
    """That of a score; it knows what it lacks to 1."""
    found = jets.sigmoid(score)
    found.lacking = jets.sigmoid(-score)
    return found


def listed(info: Any, params: dict, y: list, x: list, domain: str, moving: int, scale: int = 1, slope: int = 1) -> Jet:
    """The loss of a row of classes as a whole, of whose predictions one moves."""
    n = len(x)
    targets = [float(k == y[0]) for k in range(n)] if len(y) == 1 and info.target.has_class_indices else y
    scores = Elements(prediction(item, domain, scale, slope * (k == moving)) for k, item in enumerate(x))
    others = tuple(Elements(scores[(k + step) % n] for k in range(n)) for step in range(1, n))
    highest = reduce(each(jets.maximum), others) if others else Elements([-(mp.mpf(10) ** 500)])
    meant = {"y_true": Elements(map(jet, map(mp.mpf, targets))), "y_pred": scores, "K": n}
    meant |= {"others": others, "highest_other": highest}
    weights = next((params[p.name] for p in info.params if p.kind == "per-class" and p.name in params), None)
    if "p" not in names(info.formula):
        return compute(info.formula, params | meant, weights)
    # The terms of the derivatives that p has cancel: one number is left of each.
    meant["p"] = sparsemax(scores)
    found = compute(info.formula, params | meant, weights)
    lacking = 1 - mp.fsum(map(mp.mpf, targets))
    threshold = next(z.value - p.value for z, p in zip(scores, meant["p"], strict=True) if p.value > 0)
    return Jet(*found.parts(), (abs(found.value) + abs(lacking * threshold), abs(found.first), abs(found.second)))


def sparsemax(scores: Elements) -> Elements:
    """The probabilities that are nearest to scores; classes that are just at the threshold have none."""
    ordered = sorted((score.value for score in scores), reverse=True)
    sizes = [k for k in range(1, len(ordered) + 1) if 1 + k * ordered[k - 1] > mp.fsum(ordered[:k])]
    threshold = (mp.fsum(ordered[: sizes[-1]]) - 1) / sizes[-1]
    inside = [score.value > threshold for score in scores]
    moved = sum(score.first for score, within in zip(scores, inside, strict=True) if within) / sizes[-1]
    pairs = zip(scores, inside, strict=True)
    return Elements(Jet(z.value - threshold, z.first - moved) if within else jet(0) for z, within in pairs)


def columnwise(info: Any, params: dict, y: list, x: list, _: str, moving: int, scale: int = 1, slope: int = 1) -> Jet:
    """The loss of an element of whose predictions one moves."""
    slopes = [slope * (k == moving) for k in range(len(x))]
    columns = [Jet(beyond(item, "real", scale), slope, exact=True) for item, slope in zip(x, slopes, strict=True)]
    given = dict(zip(info.target_columns or ("y_true",), map(mp.mpf, y), strict=True))
    meant: dict[str, Any] = {}
    if info.target.value == "box":
        meant = of_boxes(columns, [*map(jet, given.values())])
    if info.target.value == "interval":
        given = {name: beyond(bound, "non-negative", scale) for name, bound in given.items()}
        meant = of_times(params["distribution"])
    return compute(info.formula, params | given | dict(zip(info.columns, columns, strict=True)) | meant)


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
OF_MANY = {"set-wise": setwise, "column-wise": columnwise, "sequence": aligned, "row-wise": listed}


def class_term(info: Any, params: dict, target: mp.mpf, part: mp.mpf, others: mp.mpf) -> Jet:
    """A class's term as a jet in log q, from what its probability and those of all others are proportional to."""
    q, rest = part / (part + others), others / (part + others)
    log_q = Jet(-mp.log1p(others / part), 1, exact=True)
    share = Jet(q, q, q, lacking=Jet(rest, -q, -q))
    return compute(info.formula, params | {"y_true": target, "q": share, "log_q": log_q})
