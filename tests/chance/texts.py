"""The formula text of a loss over arrays of arguments: what its names stand for, and its jets."""

from __future__ import annotations

import ast
from functools import cache, partial
from typing import Any

import numpy as np
from chance import many
from chance.jets import FUNCTIONS, MANY, Jet, Numbers, Ties, constant, total
from mpmath import mp

import lossreg

Array = np.ndarray[Any, Any]


def settings(loss: lossreg.Loss, kind: Numbers, dtype: np.dtype[Any]) -> dict[str, Any]:
    """The parameters by name, and what all texts name; a parameter that the dtype does not hold is rounded there."""
    params = loss.params
    given: dict[str, Any] = dict.fromkeys([p.name for p in loss.info.params if p.kind == "switch"], False)
    given |= {name: value for name, value in params.items() if value is None or isinstance(value, bool)}
    numbers = {name: v for name, v in params.items() if isinstance(v, int | float) and name not in given}
    given |= {name: constant(kind, v, exact=float(dtype.type(v)) == v) for name, v in numbers.items()}
    pi = np.asarray(+mp.pi, object) if kind is MANY else np.longdouble(mp.nstr(mp.pi, 25))
    given |= {"pi": Jet(kind, (pi, pi * 0, pi * 0), exact=True)}
    weights = next((params[p.name] for p in loss.info.params if p.kind == "per-class" and p.name in params), None)
    if weights is not None:  # of the classes' terms, which need not be linear in the targets
        weighed = many.fixed(kind, np.array(weights)[None, :, None])
        given["sum"] = lambda terms: total(terms * weighed if isinstance(terms, Jet) else terms)
    return given


def names(loss: lossreg.Loss, kind: Numbers, args: tuple[Array, ...], side: int) -> dict[str, Any]:
    """What the formula text of a loss calls its numbers, the derivative being that with respect to one of its sides."""
    numbers = [kind.made(array) for array in args]
    jets = [Jet(kind, (x, x * 0 + (at == side), x * 0), exact=True) for at, x in enumerate(numbers)]
    given = dict(zip(loss.info.sides, jets, strict=True))
    if "y_true" in given:
        if loss.info.target.is_label:
            y, smoothing = given["y_true"].parts[0], kind.made(loss.params.get("label_smoothing", 0.0))
            y = np.where(y < 0, y * 0, y) * (1 - smoothing) + smoothing / 2
            given["y_true"] = Jet(kind, (y, y * 0, y * 0), exact=True)
        given["r"] = given["y_pred"] - given["y_true"]
    return given


def row_names(loss: lossreg.Loss, kind: Numbers, y: Array, x: Array) -> dict[str, Any]:
    """The same of rows: (row, class, direction of the derivative)."""
    k = x.shape[1]
    params = loss.params
    targets = kind.made(y if y.ndim == 2 else np.eye(k)[np.where((y >= 0) & (y < k), y, 0)])
    if (smoothing := params.get("label_smoothing")) and smoothing > 0:
        targets = targets * (1 - kind.made(smoothing)) + kind.made(smoothing) / k
    z = kind.made(x)
    raw = params.get(loss.info.raw_switch or "", True)
    parts = kind.exp(z - z.max(axis=1, keepdims=True)) if raw else z
    own = np.eye(k, dtype=bool)
    total = parts.sum(axis=1, keepdims=True)
    others = np.stack([parts[:, ~own[i]].sum(axis=1) for i in range(k)], axis=1)
    p, o, t = parts[:, :, None], others[:, :, None], total[:, :, None]
    pj, oj = parts[:, None, :], others[:, None, :]
    q, v = p / t, o / t
    near = p > o
    log_q = np.where(near, -kind.log1p(np.where(near, o / np.where(p == 0, p * 0 + 1, p), o * 0)), 0)
    far = (z - z.max(axis=1, keepdims=True))[:, :, None] - kind.log(t) if raw else log_of(kind, p) - kind.log(t)
    log_q = np.where(near, log_q, far)
    with_raw = (
        (np.where(own, v, -pj / t), -(pj / t) * (oj / t) + 0 * p),
        (np.where(own, q * v, -q * pj / t), np.where(own, q * v * (v - q), q * (pj / t) * (pj - oj) / t)),
    )
    safe = np.where(p == 0, p * 0 + 1, p)
    of_mass = (
        (
            np.where(own, o / (safe * t), -1 / t + 0 * pj),
            np.where(own, -o * (t + p) / (safe * t) ** 2, 1 / t**2 + 0 * pj),
        ),
        (np.where(own, o / t**2, -p / t**2 + 0 * pj), np.where(own, -2 * o / t**3, 2 * p / t**3 + 0 * pj)),
    )
    of_log, of_q = with_raw if raw else of_mass
    sizes = [q, abs(of_q[0]), abs(of_q[1])]
    if raw:  # what is the less likely side's share less the other's
        sizes[2] = np.where(own, q * v, q * (pj / t) * (pj + oj) / t)
    probability = Jet(kind, (q, *of_q), sizes, rest=Jet(kind, (v, -of_q[0], -of_q[1]), [v, *sizes[1:]]))
    wide = targets[:, :, None]
    return {
        "y_true": Jet(kind, (wide, wide * 0, wide * 0), exact=True),
        "q": probability,
        "log_q": Jet(kind, (log_q, *of_log)),
    }


def log_of(kind: Numbers, p: Array) -> Array:
    """The logarithm, of 0 an infinity."""
    return np.where(p > 0, kind.log(np.where(p > 0, p, p * 0 + 1)), -np.inf)


class Prepared(ast.NodeTransformer):
    """Makes the branches of `where` functions, one of which may be undefined where the condition is a setting; numbers of functions jets."""

    def visit_Call(self, node: ast.Call) -> ast.Call:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id == "where":
            nothing = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
            node.args[1:] = [ast.Lambda(args=nothing, body=branch) for branch in node.args[1:]]
            return node
        number = ast.Name("number", ast.Load())
        node.args = [ast.Call(number, [each], []) if isinstance(each, ast.Constant) else each for each in node.args]
        return node


@cache
def compiled(text: str) -> Any:
    tree = Prepared().visit(ast.parse(text, mode="eval"))
    return compile(ast.fix_missing_locations(tree), text, "eval")


def evaluated(loss: lossreg.Loss, kind: Numbers, args: tuple[Array, ...], side: int) -> tuple[Jet, Any]:
    """The formula of a loss, and where a comparison in it was a tie."""
    Ties.found, Ties.width = False, 4 * float(np.finfo(args[-1].dtype).eps)
    info = loss.info
    text = info.formula.replace("log(cosh(", "log_cosh((")
    with np.errstate(all="ignore"):
        if many.is_slow(info):
            return many.one_by_one(loss, *args)
        if info.coupled:
            text, named = f"mean({text})", many.of_both_sides(loss, kind, args, side)
        elif info.columns:
            named = many.of_columns(loss, kind, *args)
        elif info.inner_axes:
            named = (row_names if many.of_shares(info) else many.of_elements)(loss, kind, *args)
        else:
            named = names(loss, kind, args, side)
        number = {"number": partial(constant, kind)}
        result = eval(
            compiled(text), {"__builtins__": {}, **FUNCTIONS, **number, **settings(loss, kind, args[-1].dtype), **named}
        )
    return (result[:, 0] if np.ndim(result.parts[0]) == 3 else result), Ties.found
