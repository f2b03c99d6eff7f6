"""A loss describes itself in types: domains, sides, start, relations; and what it says is so."""

from __future__ import annotations

import json
import math
import pickle
import re
from dataclasses import asdict, replace
from typing import ClassVar

import numpy as np
import pytest

import lossreg
from lossreg.info import Domain, LossInfo, Start

NAMES = lossreg.names()
POINTWISE = lossreg.names("pointwise")
VALUES = np.array([-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 1000.0])


def variants(name: str) -> list[lossreg.Loss]:
    """The loss with its defaults, and with its switch of raw scores off."""
    loss = lossreg.get(name)
    switch = loss.info.raw_switch
    return [loss, *([loss.replace(**{switch: False})] if switch else [])]


@pytest.mark.parametrize("name", NAMES)
def test_facts_have_types(name: str) -> None:
    info = lossreg.get(name).info
    assert info == lossreg.describe(name)
    assert type(info.target) is type(info.prediction) is Domain
    assert type(info.start) is Start
    assert (info.target is Domain.NONE) == (info.family == "adversarial")
    some = info.family in ("row-wise", "column-wise")  # margins do not tell scores of classes, nor overlaps a box
    assert some or (info.start is not Start.NONE) == (info.family == "pointwise")
    assert re.fullmatch(r"[A-Z].{20,}\.", info.use_when), "one sentence on what it does"
    switches = [param.name for param in info.params if param.kind == "switch"]
    assert info.raw_switch is None or info.raw_switch in switches
    scores_only = info.family == "sequence" or info.link == "cumulative_logit"
    assert (info.raw_switch is None) == (info.link == "identity") or scores_only
    assert isinstance(info.sides, tuple)
    if info.family != "adversarial":
        assert info.sides == ("y_true", "y_pred")
        of_rows = info.target.has_class_indices or info.target.has_rows or info.target is Domain.NON_NEGATIVE
        assert of_rows if info.family == "row-wise" else not info.target.has_rows or info.family == "set-wise"
    assert bool(info.columns) == (info.family == "column-wise")


@pytest.mark.parametrize("name", NAMES)
def test_relations_lead_to_other_losses(name: str) -> None:
    for other, relation in lossreg.describe(name).relations.items():
        assert other != name
        assert other in NAMES
        assert re.fullmatch(r"\S.{5,}[^.]", relation), "words, without a full stop"


def test_information_is_data() -> None:
    for name in NAMES:
        info = lossreg.describe(name)
        again = pickle.loads(pickle.dumps(info))
        assert again == info
        assert again.target is info.target
        assert hash(again) == hash(info)
        assert json.loads(json.dumps(asdict(info)))["target"] == info.target.value


def test_domains_read_as_words_and_are_found_by_their_text() -> None:
    for domain in Domain:
        assert str(domain) == f"{domain}" == domain.words
        assert Domain(domain.value) is domain
        assert domain == domain.value
        assert pickle.loads(pickle.dumps(domain)) is domain
        assert not domain.excludes(np.nan)
    assert f"{Domain.REAL:>12}" == "  any number"
    with pytest.raises(lossreg.ParameterError, match="no domain is called 'positiv'; there are 'real'"):
        Domain("positiv")
    assert {domain for domain in Domain if domain.is_label} == {Domain.LABEL, Domain.SOFT_LABEL}
    for start in Start:
        assert str(start) == start.words


# How many classes there are no domain says.
@pytest.mark.parametrize("name", [name for name in POINTWISE if not lossreg.describe(name).target.has_class_indices])
def test_a_loss_takes_what_its_domains_say(name: str) -> None:
    for loss in variants(name):
        info = loss.info
        inside = [VALUES[~domain.excludes(VALUES)][-1] for domain in (info.target, info.prediction)]
        for place, domain in enumerate((info.target, info.prediction)):
            for value in VALUES:
                arguments = [[inside[0]], [inside[1]]]
                arguments[place] = [value]
                if domain.excludes(value):
                    with pytest.raises(lossreg.DomainError, match=re.escape(domain.words)) as caught:
                        loss(*arguments)
                    error = caught.value
                    assert (error.argument, error.index, error.value) == (info.sides[place], 0, value)
                else:
                    loss(*arguments)


@pytest.mark.parametrize("name", [name for name in NAMES if lossreg.describe(name).raw_switch])
def test_the_switch_of_raw_scores_changes_the_domain_and_the_link(name: str) -> None:
    raw, scale = variants(name)
    assert raw.info.prediction is Domain.RAW
    wanted = {"logit": [Domain.PROBABILITY], "log": [Domain.NON_NEGATIVE, Domain.POSITIVE]}
    assert scale.info.prediction in wanted.get(raw.info.link, [Domain.UNNORMALIZED])
    assert raw.link.name == raw.info.link == scale.info.link
    assert scale.link.name == "identity"
    assert replace(scale.info, prediction=Domain.RAW, convex=raw.info.convex, hessians=raw.info.hessians) == raw.info


@pytest.mark.parametrize(
    ("power", "domain"),
    [
        (-1.0, Domain.REAL),
        (0.0, Domain.REAL),
        (1.0, Domain.NON_NEGATIVE),
        (1.9999, Domain.NON_NEGATIVE),
        (2.0, Domain.POSITIVE),
        (3.0, Domain.POSITIVE),
    ],
)
@pytest.mark.parametrize("log_input", [True, False])
def test_the_targets_of_tweedie_depend_on_the_power(power: float, domain: Domain, log_input: bool) -> None:
    loss = lossreg.get("tweedie", power=power, log_input=log_input)
    assert loss.info.target is domain
    for n in (1, 70, 5000):
        x = np.full(n, 0.5)
        for value, excluded in ((-1.0, domain is not Domain.REAL), (0.0, domain is Domain.POSITIVE)):
            y = np.ones(n)
            y[-1] = value
            if excluded:
                with pytest.raises(lossreg.DomainError, match=domain.words) as caught:
                    loss(y, x)
                assert (caught.value.argument, caught.value.index, caught.value.value) == ("y_true", n - 1, value)
            else:
                assert math.isfinite(loss(y, x))


@pytest.mark.parametrize("name", NAMES)
def test_other_parameters_make_another_loss(name: str) -> None:
    loss = lossreg.get(name)
    assert loss.replace() == loss
    for param in loss.info.params:
        if param.kind == "switch":
            other = loss.replace(**{param.name: not param.default})
            assert other.params == {**loss.params, param.name: not param.default}
            assert other == lossreg.get(name, **{param.name: not param.default}) != loss
            assert other.replace(**{param.name: param.default}) == loss
    with pytest.raises(lossreg.ParameterError, match=r"has no parameter .nonsuch.; it has"):
        loss.replace(nonsuch=1)


class Plain(lossreg.PythonLoss):
    name = "plain_by_hand"
    target = Domain.POSITIVE
    prediction = "probability"
    use_when = "Every residual pulls alike, and the scale says how hard."
    relations: ClassVar = {"absolute_error": "scale times it"}
    scale: float = 1.0

    def per_element(self, y_true, y_pred):
        return np.abs(y_pred - y_true) * self.scale


def test_losses_in_python_describe_themselves_alike() -> None:
    loss = Plain(scale=2.0)
    info = loss.info
    assert isinstance(info, LossInfo)
    assert info == lossreg.describe(loss)
    assert (info.target, info.prediction, info.provider) == (Domain.POSITIVE, Domain.PROBABILITY, "")
    assert (info.sides, info.raw_switch) == (("y_true", "y_pred"), None)
    assert (info.use_when, info.relations) == (Plain.use_when, Plain.relations)
    assert loss.replace(scale=3.0) == Plain(scale=3.0)
    lossreg.register(Plain)
    try:
        assert loss.info.provider == "lossreg.register"
    finally:
        lossreg.unregister("plain_by_hand")
    assert loss.info.provider == ""


Y, X = np.array([0.5, 2.0, 3.5, 1.0]), np.array([0.25, -1.5, 3.0, 1.0])
LABELS, ROWS = np.array([0, 1, 1, 0]), np.array([[0.7, 0.2, 0.1], [0.0, 0.5, 0.5]])
SCORES = np.array([[0.5, -1.0, 2.0], [1.0, 0.25, 0.0]])


def of(spec: str, *arguments: np.ndarray) -> np.ndarray:
    return lossreg.get(spec).value(*arguments, reduction="none")


EQUAL = {
    "squared_error = 2 half_squared_error": (of("squared_error", Y, X), 2 * of("half_squared_error", Y, X)),
    "absolute_error = 2 pinball": (of("absolute_error", Y, X), 2 * of("pinball(quantile=0.5)", Y, X)),
    "huber far inside = half_squared_error": (of("huber(delta=1e9)", Y, X), of("half_squared_error", Y, X)),
    "huber/delta = absolute_error": (of("huber(delta=1e-9)", Y, X) / 1e-9, of("absolute_error", Y, X)),
    "binary_focal at 0 = binary_cross_entropy": (
        of("binary_focal(gamma=0.0)", LABELS, X),
        of("binary_cross_entropy", LABELS, X),
    ),
    "tweedie at 1 = poisson": (of("tweedie(power=1.0)", Y, X), of("poisson", Y, X)),
    "tweedie at 2 = gamma": (of("tweedie(power=2.0)", Y, X), of("gamma", Y, X)),
    "tweedie at 0 = half_squared_error": (
        of("tweedie(power=0.0)", Y, X),
        of("half_squared_error", Y, np.exp(X)) - Y**2 / 2,
    ),
    "sparse = categorical for one-hot rows": (
        of("sparse_categorical_cross_entropy", LABELS[:2], SCORES),
        of("categorical_cross_entropy", np.eye(3)[LABELS[:2]], SCORES),
    ),
    "kl_divergence = categorical - entropy": (
        of("kl_divergence", ROWS, SCORES),
        of("categorical_cross_entropy", ROWS, SCORES) + np.sum(ROWS * np.log(np.maximum(ROWS, 1e-300)), axis=-1),
    ),
    "categorical_focal at 0 = categorical": (
        of("categorical_focal(gamma=0.0)", ROWS, SCORES),
        of("categorical_cross_entropy", ROWS, SCORES),
    ),
    "binary = categorical of two": (
        of("binary_cross_entropy", LABELS, X),
        of("sparse_categorical_cross_entropy", LABELS, np.stack([np.zeros(4), X], axis=-1)),
    ),
    "binary_focal = categorical_focal of two": (
        of("binary_focal(gamma=1.5)", LABELS, X),
        of("categorical_focal(gamma=1.5)", LABELS, np.stack([np.zeros(4), X], axis=-1)),
    ),
    "discriminator = both terms": (
        of("minimax_discriminator", Y, X),
        of("binary_cross_entropy", np.ones(4), Y) + of("binary_cross_entropy", np.zeros(4), X),
    ),
    "generator = a positive label": (
        of("minimax_generator(saturating=False)", X),
        of("binary_cross_entropy", np.ones(4), X),
    ),
    "saturating generator = minus a negative label": (
        of("minimax_generator", X),
        -of("binary_cross_entropy", np.zeros(4), X),
    ),
}


@pytest.mark.parametrize("relation", EQUAL)
def test_relations_hold(relation: str) -> None:
    got, wanted = EQUAL[relation]
    np.testing.assert_allclose(got, wanted, rtol=1e-8)


def test_start_values_are_found_as_is_said() -> None:
    y = np.array([0.0, 1.0, 1.0, 1.0])
    counts = np.array([1.0, 2.0, 9.0])
    assert lossreg.get("squared_error").init_score(counts) == 4.0
    assert lossreg.get("absolute_error").init_score(counts) == 2.0
    assert lossreg.get("pinball", quantile=0.9).init_score(counts) == 9.0
    assert lossreg.get("poisson").init_score(counts) == pytest.approx(math.log(4), rel=1e-14)
    assert lossreg.get("binary_cross_entropy").init_score(y) == pytest.approx(math.log(3), rel=1e-14)
    assert lossreg.get("exponential").init_score(y) == pytest.approx(math.log(3) / 2, rel=1e-14)
    scores = lossreg.get("sparse_categorical_cross_entropy").init_score([0, 1, 1])
    np.testing.assert_allclose(scores, np.log([1 / 3, 2 / 3]), rtol=1e-14)
