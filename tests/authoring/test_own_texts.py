"""Every built-in of elements, columns or rows of softmax, defined by the text of its own formula: the same bits where its compiled code runs, and
within four times its bounds where the interpreter does."""

from __future__ import annotations

import re
from itertools import chain

import numpy as np
import pytest
from truth import test_truth as truth
from truth.table import ulp_error

import lossreg
from lossreg.info import ParamInfo
from lossreg.testing import arguments

# What no formula says, and so whose text is refused: what it has besides numbers of one element, or of the classes of a row that
# softmax makes.
CANNOT = {
    "a distribution that a parameter names": ["aft"],
    "areas of boxes, by words of their own": ["ciou", "diou", "giou"],
    "thresholds of a class, of which there are as many as classes": ["ordinal_logistic"],
    "scores of two sides, and no targets": [
        "hinge_discriminator",
        "hinge_generator",
        "least_squares_discriminator",
        "least_squares_generator",
        "minimax_discriminator",
        "minimax_generator",
        "relativistic_discriminator",
        "relativistic_generator",
        "wasserstein_discriminator",
        "wasserstein_generator",
    ],
    "one number of a whole set, of sums over it": ["cosine_distance", "dice", "jaccard", "tversky"],
    "one number of a list, of each member beside the others": [
        "circle",
        "cox",
        "lambda_rank",
        "list_net",
        "nt_xent",
        "rank_net",
        "triplet",
    ],
    "all alignments of a sequence": ["ctc"],
    "margins to the other classes of a row": ["categorical_hinge", "multi_margin"],
    "another projection of a row than softmax": ["multiclass_sparsemax"],
    "rows without softmax, whose classes are one by one": ["generalized_kl", "nll", "one_vs_rest_cross_entropy"],
}
INFOS = [info for info in map(lossreg.describe, lossreg.names()) if info.provider == "lossreg"]
BUILT_IN = [info.name for info in INFOS if info.name not in [*chain(*CANNOT.values())]]
# Parameters whose names mean something else in formulas, by what they are called there.
RENAMED = {"clip": "cut"}


def by_its_own_text(name, *, compiled, **params):
    """A built-in defined by its own text, run by its own code or by the interpreter."""
    info = lossreg.describe(name)
    said = [
        ParamInfo(RENAMED.get(p.name, p.name), p.kind, p.default, optional=p.optional)
        for p in info.params
        if is_said(info, p.name)
    ]
    text = re.sub(r"\w+", lambda word: RENAMED.get(word[0], word[0]), info.formula)
    own = lossreg.get(name, **params).info
    prediction = own.prediction if own.family == "pointwise" and own.prediction != "raw" else None
    options = {"target": own.target, "prediction": prediction, "link": own.link}
    options |= {of: names for of in ("columns", "target_columns") if (names := getattr(own, of))}
    loss = lossreg.define(text, name=f"{name}_again", params={p.name: p for p in said}, **options)
    if not compiled:
        loss = type(loss).of(loss._definition._replace(compiled=False))()
    return loss.replace(**{RENAMED.get(param, param): number for param, number in params.items()})


def is_said(info, param):
    """Whether a formula's text has a parameter: others are the engine's, such as label smoothing."""
    return param in re.findall(r"\w+", info.formula)


def cases():
    for name in BUILT_IN:
        yield name, {}
        info = lossreg.describe(name)
        for param in info.params:
            if param.kind == "switch":
                yield name, {param.name: not param.default}
            elif param.kind == "number" and is_said(info, param.name):
                inside = [x for x in (0.3, 0.75, 2.5) if x != param.default]
                yield from ((name, {param.name: x}) for x in inside if allowed(name, param.name, x))


def allowed(name, param, value):
    try:
        lossreg.get(name, **{param: value})
    except lossreg.ParameterError:
        return False
    return True


CASES = list(cases())


@pytest.mark.parametrize("name", [*chain(*CANNOT.values())])
def test_what_no_formula_says_is_refused(name):
    with pytest.raises(lossreg.ParameterError, match=f"^{name}_again: "):
        by_its_own_text(name, compiled=True)


@pytest.mark.parametrize(("name", "params"), CASES, ids=[f"{n}-{p}" for n, p in CASES])
def test_a_built_in_by_its_own_text_is_the_built_in(name, params):
    loss, built_in = by_its_own_text(name, compiled=True, **params), lossreg.get(name, **params)
    y, x = arguments(built_in, 1000)
    for got, wanted in zip(loss.value_grad_hess(y, x), built_in.value_grad_hess(y, x), strict=True):
        assert np.array_equal(got, wanted)
    assert loss.info.hessians == built_in.info.hessians


# What subtracts from a rounded number, which only its compiled code knows to avoid: a square from 1, so that derivatives have no
# digits near the scale; the clip from the probability of a negative, so that nothing has any near the clip; what the terms of a
# row's distributions that are nearly equal have in common; what large log-probabilities lose to each other before an exponential. And limits of q = 0, where a text has 0/0 or the kink of a magnitude.
ROUNDED = {
    "kl_divergence": lambda row, quantity: quantity == "value",
    "jensen_shannon": lambda row, quantity: quantity == "value" or has_no_probability(row),
    "total_variation": lambda row, quantity: has_no_probability(row),
    "tukey": lambda row, quantity: quantity != "value",
    "dpo": lambda row, quantity: row.params["beta"] * max(map(abs, [*row.y, *row.pred])) > 8,
    "asymmetric": lambda row, quantity: row.params["clip"] > 0 and row.y[0] != 1,
}


def has_no_probability(row):
    """Whether a class has none at all."""
    return not row.params.get("from_logits", True) and 0 in row.pred


def is_moderate(number):
    """Whether a number is far from the ends of float32, where the built-ins are made to go on and formulas overflow, or an
    exponential multiplies what its argument has lost.
    """
    return number == 0 or 1e-15 < abs(number) < 1e15


def is_plain(row, info):
    """Whether a row has nothing of the engine's own, and neither arguments nor results near the ends of float32."""
    others = [param for param in info.params if not is_said(info, param.name) and param.name not in AROUND]
    engine = [param for param in others if row.params.get(param.name, param.default) != param.default]
    numbers = [x for x in row.params.values() if isinstance(x, float)]
    results = [high for quantity in (row.value, row.grad, row.hess) for high in quantity[0]]
    near = all(abs(x) <= (80 if info.link != "identity" else 1e6) for x in row.pred) and all(map(is_moderate, row.pred))
    return not engine and near and all(map(is_moderate, [*row.y, *results, *numbers]))


# What every formula of rows has besides its parameters.
AROUND = {"from_logits", "axis"}


@pytest.mark.parametrize("name", BUILT_IN)
def test_the_interpreter_keeps_four_times_the_bounds_of_the_built_in(name):
    """By the built-in's own text, whose compiled code is left out; the tables' conditions say how much terms cancel."""
    measured, info = 0, lossreg.describe(name)
    for batch in truth.batches(name):
        batch = [row for row in batch if is_plain(row, info)]
        if not batch:
            continue
        said = {param for param in batch[0].params if is_said(info, param)} | AROUND
        params = {param: number for param, number in batch[0].params.items() if param in said}
        loss = by_its_own_text(name, compiled=False, **params)
        for i, (quantity, numbers) in enumerate(zip(truth.QUANTITIES, truth.actual(loss, batch), strict=True)):
            for row, of_row in zip(batch, numbers, strict=True):
                if name in ROUNDED and ROUNDED[name](row, quantity):
                    continue
                bound = truth.promise(name, row).bounds[i]
                for number, high, residual, condition in zip(of_row, *getattr(row, quantity), strict=True):
                    error = ulp_error(number, high, residual, row.dtype) / condition
                    assert error <= 4 * bound, (quantity, error, number, high, row[:4])
                    measured += 1
    assert measured > 100
