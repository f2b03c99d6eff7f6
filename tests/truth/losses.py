"""Writes the tables of exact values, gradients and diagonal Hessians of the losses, one file a loss; README.md has
the format.

    python tests/truth/losses.py [LOSS ...]              write the tables
    python tests/truth/losses.py --check [LOSS ...]      exit 1 where a table in the folder is not what would be written

Every number is computed at 450 digits from the given floats, which leaves more than 100 after the worst cancellation
between float64 numbers (1 - 5e-324), and is rounded once. The derivatives follow from the formulas by the rules of
jets.py; each run also compares a sample of them with numerical differentiation of the formula texts.

An infinite input stands for the limit: it is replaced by a number so large (10**400, or exp(10**400) where the
prediction is a mean) that every other scale is passed, and a probability or mean of 0 by exp(-10**400). A row whose
limit depends on the path is refused.

The condition of a number is max(1, sum of the magnitudes of its terms / max(its magnitude, smallest normal)), the
terms being those of POINTWISE and ROWWISE and of their derivatives (jets.py says what counts as one). It is 1 unless
terms cancel.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
from itertools import accumulate
from pathlib import Path

import inputs
from jets import FUNCTIONS, Jet, jet
from mpmath import mp
from table import PRECISION, bits

DIGITS = 450
FOLDER = Path(__file__).parent

# The losses of one prediction. r = y_pred - y_true; f or z is a raw score, m a mean, p a probability and q = 1 - p; t
# and u are the smoothed labels of the positive and the negative side.
POINTWISE = {
    "squared_error": "r**2",
    "half_squared_error": "0.5*r**2",
    "absolute_error": "abs(r)",
    "huber": "where(abs(r) <= delta, 0.5*r**2, delta*(abs(r) - 0.5*delta))",
    "log_cosh": "log_cosh(r)",
    "pinball": "maximum((1 - quantile)*r, -quantile*r)",
    "poisson": {True: "exp(f) - y*f", False: "m - xlogy(y, m)"},
    "gamma": {True: "f + y*exp(-f)", False: "log(m) + y/m"},
    "tweedie": {
        True: "exp((2 - power)*f)/(2 - power) - y*exp((1 - power)*f)/(1 - power)",
        False: "m**(2 - power)/(2 - power) - y*m**(1 - power)/(1 - power)",
    },
    "binary_cross_entropy": {
        True: "pos_weight*t*softplus(-z) + u*softplus(z)",
        False: "-pos_weight*xlogy(t, p) - xlogy(u, q)",
    },
    "hinge": "maximum(0, margin - where(y > 0, f, -f))",
    "exponential": "t*exp(-f) + u*exp(f)",
    "binary_focal": {
        True: "alpha_pos*t*exp(-gamma*softplus(z))*softplus(-z) + alpha_neg*u*exp(-gamma*softplus(-z))*softplus(z)",
        False: "-alpha_pos*t*q**gamma*log(p) - alpha_neg*u*p**gamma*log(q)",
    },
    # y is the side a score comes from: 1 real, 0 fake; s is the label smoothing, of the real side alone.
    "minimax_discriminator": "where(y > 0, (1 - s)*softplus(-f) + s*softplus(f), softplus(f))",
    "minimax_generator": "where(saturating, -softplus(f), softplus(-f))",
}

# The losses of a row are sums over its classes. `definition` is in the probabilities q; the other two are the same in
# terms that do not cancel: from logits in m = log(q/(1 - q)), from probabilities in l = log(q) and v = 1 - q.
CROSS_ENTROPY = {"definition": "-c*t*log(q)", True: "c*t*softplus(-m)", False: "-c*t*l"}
ROWWISE = {
    "categorical_cross_entropy": CROSS_ENTROPY,
    "sparse_categorical_cross_entropy": CROSS_ENTROPY,
    "categorical_focal": {
        "definition": "-c*t*(1 - q)**gamma*log(q)",
        True: "c*t*exp(-gamma*softplus(m))*softplus(-m)",
        False: "-c*t*v**gamma*l",
    },
    "kl_divergence": {
        "definition": "xlogy(t, t) - t*log(q)",
        True: "xlogy(t, t) + t*softplus(-m)",
        False: "xlogy(t, t) - t*l",
    },
}
NAMES = (*POINTWISE, *ROWWISE)


def pointwise_formula(name: str, params: dict) -> str:
    """The formula text of a loss with these parameters."""
    if name == "tweedie" and params["power"] in (1, 2):
        name = {1: "poisson", 2: "gamma"}[params["power"]]
    text = POINTWISE[name]
    if isinstance(text, dict):
        text = text[params["log_input" if "log_input" in params else "from_logits"]]
    return text + " + lgamma(y + 1)" if params.get("full") else text


def evaluate(text: str, names: dict) -> Jet:
    """A formula text with the functions of jets.py."""
    constants = {k: v if isinstance(v, bool) else jet(v) for k, v in names.items() if not isinstance(v, list | None)}
    return jet(eval(text, {"__builtins__": {}}, FUNCTIONS | constants))


def finite(x: float, params: dict, scale: int = 1) -> mp.mpf:
    """The input as a number of mpmath, the ends of its range replaced by something beyond every other scale."""
    beyond = scale * mp.mpf(10) ** 400
    mean = params.get("log_input") is False
    if math.isinf(x):
        return mp.exp(beyond) if mean else math.copysign(1, x) * beyond
    return mp.exp(-beyond) if x == 0 and (mean or params.get("from_logits") is False) else mp.mpf(x)


def pointwise(name: str, params: dict, y: float, x: float | mp.mpf, scale: int = 1, slope: int = 1) -> Jet:
    """The loss at one prediction as a jet; `slope` 0 makes the prediction a constant."""
    names = params | {"y": y}
    smoothing = mp.mpf(params.get("label_smoothing", 0))
    positive = mp.mpf(max(y, 0))
    names |= {side: label * (1 - smoothing) + smoothing / 2 for side, label in (("t", positive), ("u", 1 - positive))}
    alpha = params.get("alpha")
    names |= {"alpha_pos": 1 if alpha is None else alpha, "alpha_neg": 1 if alpha is None else 1 - mp.mpf(alpha)}
    given = finite(x, params, scale) if isinstance(x, float) else x
    complement = 1 - given if given != 1 else finite(0.0, params, scale)
    prediction = Jet(given, slope, exact=True)
    names |= dict.fromkeys(("f", "z", "m", "p"), prediction)
    names |= {"s": smoothing, "r": prediction - y, "q": Jet(complement, -slope)}
    return evaluate(pointwise_formula(name, params), names)


def classes(params: dict, y: list, n: int) -> list[tuple]:
    """Index, target after smoothing and weight of every class that has a term."""
    targets = [float(k == y[0]) for k in range(n)] if len(y) == 1 else y
    smoothing = mp.mpf(params.get("label_smoothing", 0))
    targets = [t * (1 - smoothing) + smoothing / n if smoothing else mp.mpf(t) for t in targets]
    weight = params.get("class_weight", params.get("alpha"))
    weights = weight if isinstance(weight, list) else [1 if weight is None else weight] * n
    return [(k, targets[k], weights[k]) for k in range(n) if targets[k]]


def softmax_parts(params: dict, x: list) -> tuple[list, list]:
    """What is proportional to the probabilities, and for each class the sum of the others without subtracting."""
    parts = [mp.exp(z - max(x)) for z in x] if params["from_logits"] else x
    before = [mp.zero, *accumulate(parts[:-1])]
    after = [*reversed([mp.zero, *accumulate(parts[:0:-1])])]
    return parts, [a + b for a, b in zip(before, after, strict=True)]


def rowwise(name: str, params: dict, y: list, x: list, scale: int = 1) -> tuple[Jet, list[Jet]]:
    """`outputs` of the losses of a row."""
    logits = params["from_logits"]
    text = ROWWISE[name][logits]
    x = [finite(item, params, scale * (k + 1)) for k, item in enumerate(x)]
    parts, others = softmax_parts(params, x)
    total = parts[0] + others[0]
    value, derivatives = jet(0), [jet(0) for _ in x]
    for k, t, c in classes(params, y, len(x)):
        q, v = parts[k] / total, others[k] / total
        local = {
            "m": Jet(mp.log(parts[k] / others[k]), 1),
            "l": Jet(-mp.log1p(others[k] / parts[k]), 1),
            "v": Jet(v, -q, -q),
        }
        term = evaluate(text, params | local | {"t": t, "c": c})
        value += Jet(term.value, sizes=(term.sizes[0], mp.zero, mp.zero))
        for j, part in enumerate(parts):
            if logits:  # how m of class k depends on logit j
                share = part / others[k]
                inner = Jet(0, 1) if j == k else Jet(0, -share, -share * (1 - share))
            else:  # how l of class k depends on probability j
                inner = (
                    Jet(0, v / part, -v * (total + part) / (part**2 * total))
                    if j == k
                    else Jet(0, -1 / total, 1 / total**2)
                )
            derivatives[j] += inner.chain(term.parts(), term.sizes)
    return value, derivatives


def verify(name: str, params: dict, y: list, x: list) -> None:
    """Compares the jets of a row with numerical derivatives of its formula as it is written for people."""

    def definition(*point: mp.mpf) -> mp.mpf:
        if name in POINTWISE:
            return pointwise(name, params, y[0], point[0], slope=0).value
        parts, others = softmax_parts(params, list(point))
        q = [part / (parts[0] + others[0]) for part in parts]
        text = ROWWISE[name]["definition"]
        return sum(evaluate(text, params | {"q": q[k], "t": t, "c": c}).value for k, t, c in classes(params, y, len(q)))

    params = params | {"full": False}  # lgamma of the target is slow and has no derivative
    point = [mp.mpf(item) for item in x]
    value, derivatives = outputs(name, params, y, x)
    assert mp.almosteq(definition(*point), value.value, 1e-40), (name, params, y, x)
    for j in range(len(point)):
        for order, mine in ((1, derivatives[j].first), (2, derivatives[j].second)):
            numerical = mp.diff(definition, tuple(point), tuple(order * (k == j) for k in range(len(point))))
            assert abs(numerical - mine) <= 1e-40 * max(1, abs(mine)), (name, params, y, x, j, order, numerical, mine)


def outputs(name: str, params: dict, y: list, x: list, scale: int = 1) -> tuple[Jet, list[Jet]]:
    """The loss at one input, and for each prediction a jet that holds the derivatives with respect to it."""
    if name in ROWWISE:
        return rowwise(name, params, y, x, scale)
    result = pointwise(name, params, y[0], x[0], scale)
    return result, [result]


def cells(number: mp.mpf, size: mp.mpf, dtype: str) -> tuple[str, str, str]:
    """Nearest float, residual in ULP, condition."""
    significand, smallest = PRECISION[dtype]
    if abs(number) <= size * mp.mpf(10) ** -400:
        number = mp.zero  # the terms cancel exactly; what is left is the rounding of 450 digits
    exponent = mp.mag(number) - 1 if number else smallest
    if exponent > 1024:
        return bits(math.copysign(math.inf, number)), "0", "1"
    last = max(exponent, smallest) - significand + 1
    units = mp.ldexp(number, -last)
    steps = int(mp.nint(units))
    high = mp.ldexp(steps, last)
    residual = (units - steps) / (2 if abs(steps) == 2**significand else 1)
    if abs(high) >= mp.ldexp(1, 2 - smallest):
        return bits(math.copysign(math.inf, number)), "0", "1"
    condition = max(1, size / max(abs(number), mp.ldexp(1, smallest)))
    condition = float(condition) if condition < 1.7e308 else math.inf
    return bits(float(high)), f"{float(residual) + 0.0:.4g}", f"{condition:.3g}"


def parameter(value: object) -> str:
    """A parameter as `table.parameter` reads it."""
    if isinstance(value, list):
        return "|".join(map(repr, value))
    return str(value).lower() if value is None or isinstance(value, bool) else repr(value)


def line(name: str, dtype: str, params: dict, y: list, x: list) -> str:
    """A row of the table."""

    def columns(scale: int) -> list[str]:
        value, derivatives = outputs(name, params, y, x, scale)
        groups = (
            [(value.value, value.sizes[0])],
            [(d.first, d.sizes[1]) for d in derivatives],
            [(d.second, d.sizes[2]) for d in derivatives],
        )
        return [
            " ".join(cell) for group in groups for cell in zip(*(cells(*pair, dtype) for pair in group), strict=True)
        ]

    result = columns(1)
    if not all(map(math.isfinite, x)) or 0 in x:
        assert result == columns(3), f"{name} {params} {y} {x}: the limit depends on the path"
    settings = ",".join(f"{key}={parameter(value)}" for key, value in params.items())
    return ";".join([dtype, settings, " ".join(map(bits, y)), " ".join(map(bits, x)), *result])


def table(name: str) -> str:
    """The text of the table of a loss."""
    rows = [(dtype, *row) for dtype in PRECISION for row in inputs.rows(name, dtype)]
    moderate = [row for row in rows if len(row[3]) < 4 and all(0.01 < abs(item) < 20 for item in row[3])]
    smooth = [
        row for row in moderate if all(0 < item < 0.99 for item in row[3]) or row[1].get("from_logits") is not False
    ]
    for _, params, y, x in random.Random(name).sample(smooth, 6):
        verify(name, params, y, x)
    header = (
        f"# {name}: truth of the unreduced loss; tests/truth/README.md has the format, tests/truth/losses.py wrote it",
        "# dtype;params;y;pred;value;residual;condition;grad;residual;condition;hess;residual;condition",
    )
    return "\n".join([*header, *(line(name, *row) for row in rows)]) + "\n"


def main() -> int:
    """The command line; the exit status is 1 where a table is stale."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("losses", nargs="*", metavar="LOSS", help="all when none is named")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where a table is stale")
    arguments = parser.parse_args()
    if unknown := set(arguments.losses) - set(NAMES):
        parser.error(f"no such loss: {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    mp.dps = DIGITS
    stale = []
    for name in arguments.losses or NAMES:
        path, text = FOLDER / f"{name}.txt", table(name)
        if not arguments.check:
            path.write_text(text)
        elif not path.exists() or path.read_text() != text:
            stale.append(path.name)
    if stale:
        print(f"stale: {', '.join(stale)}; run python tests/truth/losses.py", file=sys.stderr)
    return bool(stale)


if __name__ == "__main__":
    sys.exit(main())
