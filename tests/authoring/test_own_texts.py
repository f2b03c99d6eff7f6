"""Every pointwise built-in, defined by the text of its own formula: the same bits where its compiled code runs, and within four
times its bounds where the interpreter does."""

from __future__ import annotations

import re

import numpy as np
import pytest
from truth import test_truth as truth
from truth.table import ulp_error

import lossreg
from lossreg.info import ParamInfo
from lossreg.testing import arguments

POINTWISE = [name for name in lossreg.names("pointwise") if lossreg.describe(name).provider == "lossreg"]
# Parameters of built-ins that the engine has and no formula.
UNSAID = {"label_smoothing"}
# Parameters whose names mean something else in formulas, by what they are called there.
RENAMED = {"clip": "cut"}


def by_its_own_text(name, *, compiled, **params):
    """A built-in defined by its own text, run by its own code or by the interpreter."""
    info = lossreg.describe(name)
    said = [
        ParamInfo(RENAMED.get(p.name, p.name), p.kind, p.default, optional=p.optional)
        for p in info.params
        if p.name not in UNSAID
    ]
    text = re.sub(r"\w+", lambda word: RENAMED.get(word[0], word[0]), info.formula)
    own = lossreg.get(name, **params).info
    prediction = "real" if own.prediction == "raw" else own.prediction.value
    options = {"target": own.target.value, "prediction": prediction, "link": own.link}
    loss = lossreg.define(text, name=f"{name}_again", params={p.name: p for p in said}, **options)
    if not compiled:
        loss = type(loss).of(loss._definition._replace(compiled=False))()
    return loss.replace(**{RENAMED.get(param, param): number for param, number in params.items()})


def cases():
    for name in POINTWISE:
        yield name, {}
        for param in lossreg.describe(name).params:
            if param.kind == "switch":
                yield name, {param.name: not param.default}
            elif param.kind == "number" and param.name not in UNSAID:
                inside = [x for x in (0.3, 0.75, 2.5) if x != param.default]
                yield from ((name, {param.name: x}) for x in inside if allowed(name, param.name, x))


def allowed(name, param, value):
    try:
        lossreg.get(name, **{param: value})
    except lossreg.ParameterError:
        return False
    return True


CASES = list(cases())


@pytest.mark.parametrize(("name", "params"), CASES, ids=[f"{n}-{p}" for n, p in CASES])
def test_a_built_in_by_its_own_text_is_the_built_in(name, params):
    loss, built_in = by_its_own_text(name, compiled=True, **params), lossreg.get(name, **params)
    y, x = arguments(built_in, 1000)
    for got, wanted in zip(loss.value_grad_hess(y, x), built_in.value_grad_hess(y, x), strict=True):
        assert np.array_equal(got, wanted)
    assert loss.info.hessians == built_in.info.hessians


# What subtracts from a rounded number, which only its compiled code knows to avoid: a square from 1, so that derivatives have no
# digits near the scale; the clip from the probability of a negative, so that nothing has any near the clip.
ROUNDED = {
    "tukey": lambda row, quantity: quantity != "value",
    "asymmetric": lambda row, quantity: row.params["clip"] > 0 and row.y[0] != 1,
}


def is_moderate(number):
    """Whether a number is far from the ends of float32, where the built-ins are made to go on and formulas overflow, or an
    exponential multiplies what its argument has lost.
    """
    return number == 0 or 1e-15 < abs(number) < 1e15


def is_plain(row, link):
    """Whether a row has no smoothing, and neither arguments nor results near the ends of float32."""
    numbers = [x for x in row.params.values() if isinstance(x, float)]
    results = [high for quantity in (row.value, row.grad, row.hess) for high in quantity[0]]
    near = all(abs(x) <= (80 if link != "identity" else 1e6) for x in row.pred) and all(map(is_moderate, row.pred))
    return not row.params.get("label_smoothing") and near and all(map(is_moderate, [*row.y, *results, *numbers]))


@pytest.mark.parametrize("name", POINTWISE)
def test_the_interpreter_keeps_four_times_the_bounds_of_the_built_in(name):
    """By the built-in's own text, whose compiled code is left out; the tables' conditions say how much terms cancel."""
    measured = 0
    for batch in truth.batches(name):
        batch = [row for row in batch if is_plain(row, lossreg.describe(name).link)]
        if not batch:
            continue
        loss = by_its_own_text(name, compiled=False, **{k: v for k, v in batch[0].params.items() if k not in UNSAID})
        y, x = (np.array([getattr(row, side) for row in batch], batch[0].dtype) for side in ("y", "pred"))
        for i, (quantity, numbers) in enumerate(
            zip(truth.QUANTITIES, loss.value_grad_hess(y, x, reduction="none"), strict=True)
        ):
            for row, of_row in zip(batch, numbers, strict=True):
                if name in ROUNDED and ROUNDED[name](row, quantity):
                    continue
                bound = truth.promise(name, row).bounds[i]
                ((number, high, residual, condition),) = zip(of_row, *getattr(row, quantity), strict=True)
                error = ulp_error(number, high, residual, row.dtype) / condition
                assert error <= 4 * bound, (quantity, error, number, high, row[:4])
                measured += 1
    assert measured > 100
