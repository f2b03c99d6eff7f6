"""Links, and the start values that rest on them."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest
from mpmath import mp

import lossreg
from lossreg.links import Link

mp.prec = 200
POINTWISE = [name for name in lossreg.names("pointwise") if lossreg.describe(name).provider == "lossreg"]


def ulp(got, truth):
    """How far a float is from the truth, in units of its last place."""
    return abs((mp.mpf(got) - truth) / mp.mpf(math.ulp(float(truth))))


@pytest.mark.parametrize(
    "p", [5e-324, 1e-300, 1e-17, 1e-3, 0.2499, 0.25, 0.4, 0.5 - 2**-54, 0.5, 0.5 + 2**-53, 0.9, 1 - 2**-53]
)
def test_logit_is_exact_to_a_few_last_places(p):
    truth = mp.log(mp.mpf(p) / (1 - mp.mpf(p)))
    got = Link("logit").link(p)
    assert got == 0 if truth == 0 else ulp(got, truth) <= 2.5


@pytest.mark.parametrize("x", [-745.0, -700.0, -40.0, -1.5, -1e-9, 0.0, 1e-9, 1.5, 40.0, 700.0])
def test_sigmoid_is_exact_to_a_few_last_places(x):
    assert ulp(Link("logit").inverse(x), 1 / (1 + mp.exp(-mp.mpf(x)))) <= 2.5


@pytest.mark.parametrize(
    ("name", "mean", "raw"),
    [
        ("logit", [0.0, 0.5, 1.0], [-np.inf, 0.0, np.inf]),
        ("log", [0.0, 1.0, np.inf], [-np.inf, 0.0, np.inf]),
        ("identity", [-np.inf, 2.5, np.inf], [-np.inf, 2.5, np.inf]),
    ],
)
def test_the_ends_of_the_scales_belong_together(name, mean, raw):
    link = Link(name)
    np.testing.assert_array_equal(link.link(mean), raw)
    np.testing.assert_array_equal(link.inverse(raw), mean)
    assert np.isnan(link.link(np.nan))
    assert np.isnan(link.inverse(np.nan))


def test_softmax():
    link = Link("softmax")
    p = np.array([[0.1, 0.2, 0.7], [0.0, 0.0, 1.0]])
    np.testing.assert_allclose(link.inverse(link.link(p)), p, rtol=1e-15, atol=0)
    np.testing.assert_allclose(link.inverse([1000.0, 1000.0]), [0.5, 0.5], rtol=0)
    np.testing.assert_allclose(Link("softmax", axis=0).inverse(link.link(p).T), p.T, rtol=1e-15, atol=0)
    with pytest.raises(lossreg.ShapeError, match="axis of classes"):
        link.inverse(1.0)


def test_dtypes_and_shapes():
    link = Link("logit")
    assert link.inverse(np.zeros((2, 3), np.float32)).dtype == np.float32
    assert link.inverse(np.zeros((2, 3), np.float32)).shape == (2, 3)
    assert link.inverse(np.zeros(2, np.float16)).dtype == np.float32
    assert link.inverse([0, 1]).dtype == np.float64
    assert type(link.inverse(0)) is float
    assert link.inverse(np.empty(0)).shape == (0,)
    with pytest.raises(lossreg.DtypeError):
        link.link(["a"])
    x = np.array([1.0])
    assert not np.shares_memory(Link("identity").inverse(x), x)


def test_links_are_values():
    assert Link("log") == Link("log") != Link("logit")
    assert len({Link("softmax"), Link("softmax", axis=-1), Link("softmax", axis=0)}) == 2
    assert pickle.loads(pickle.dumps(Link("softmax", axis=1))) == eval(repr(Link("softmax", axis=1)))
    with pytest.raises(lossreg.ParameterError, match="identity, logit, log, softmax"):
        Link("probit")
    with pytest.raises(AttributeError, match="immutable"):
        Link("log").name = "logit"


def test_the_link_of_a_loss():
    assert lossreg.get("bce").link == Link("logit")
    assert lossreg.get("bce", from_logits=False).link == Link("identity")
    assert lossreg.get("poisson").predict(0.0) == 1.0
    assert lossreg.get("sparse_categorical_cross_entropy", axis=1).link == Link("softmax", axis=1)


Y = {"labels": [0, 1, 1, 0, 1, 1, 1], "numbers": [0.5, 1.0, 4.0, 0.25, 2.0, 2.0, 3.0]}
W = [1.0, 2.0, 0.5, 1.5, 1.0, 0.25, 1.0]
VARIANTS = {
    "binary_cross_entropy": ["(pos_weight=3.0)", "(label_smoothing=0.1)", "(from_logits=False)"],
    "binary_focal": ["(gamma=0.5, alpha=0.25)", "(from_logits=False)"],
    "huber": ["(delta=0.1)", "(delta=100.0)"],
    "pinball": ["(quantile=0.1)", "(quantile=0.77)"],
    "hinge": ["(margin=2.5)"],
    "poisson": ["(log_input=False)"],
    "gamma": ["(log_input=False)"],
    "tweedie": ["(power=1.0)", "(power=2.0)", "(power=3.0)", "(log_input=False)"],
}


@pytest.mark.parametrize("weight", [None, W])
@pytest.mark.parametrize("spec", [name + variant for name in POINTWISE for variant in ("()", *VARIANTS.get(name, []))])
def test_no_constant_is_better_than_the_start_value(spec, weight):
    loss = lossreg.get(spec)
    y = Y["labels" if loss.info.target.is_label else "numbers"]
    score = loss.init_score(y, weight)
    best = loss.value(y, np.full(len(y), score), weight, reduction="sum")
    for step in (1e-6, 1e-3, 0.1):
        for other in (score - step, score + step):
            assert loss.value(y, np.full(len(y), other), weight, reduction="sum") >= best - 1e-14 * abs(best)


def test_closed_forms():
    y = np.array(Y["numbers"])
    mean = np.average(y, weights=W)
    for name in ("squared_error", "half_squared_error"):
        assert lossreg.get(name).init_score(y, W) == pytest.approx(mean, rel=1e-15)
    for spec in ("poisson", "gamma", "tweedie", "tweedie(power=3.0)"):
        assert lossreg.get(spec).init_score(y, W) == pytest.approx(math.log(mean), rel=1e-14)
    assert lossreg.get("absolute_error").init_score(y[:6]) == np.median(y[:6])
    assert lossreg.get("pinball", quantile=0.9).init_score(np.arange(1.0, 11.0)) == 9.5  # anything from 9 to 10 is best
    p = np.average(Y["labels"], weights=W)
    assert lossreg.get("bce").init_score(Y["labels"], W) == pytest.approx(math.log(p / (1 - p)), rel=1e-14)
    assert lossreg.get("bce").init_score([-1, 1, 1]) == pytest.approx(math.log(2), rel=1e-14)


def test_flat_and_endless_losses():
    assert lossreg.get("bce").init_score([1, 1]) == math.inf
    assert lossreg.get("bce").init_score([0, 0]) == -math.inf
    assert lossreg.get("bce", label_smoothing=0.1).init_score([1, 1]) == pytest.approx(math.log(19), rel=1e-12)
    assert lossreg.get("bce", from_logits=False).init_score([1, 1]) == 1.0
    assert lossreg.get("bce", pos_weight=0.0).init_score([0, 1]) == -math.inf
    assert lossreg.get("exponential").init_score([1, 1]) == math.inf
    assert lossreg.get("poisson").init_score([0, 0]) == -math.inf
    assert lossreg.get("hinge").init_score([1, 1]) == 1.0
    assert lossreg.get("hinge").init_score([0, 1]) == 0.0
    assert lossreg.get("huber").init_score([0.0, 0.0, 100.0, 100.0]) == pytest.approx(50.0, rel=1e-12)
    assert math.isnan(lossreg.get("squared_error").init_score([1.0, math.nan]))


def test_what_has_no_start_value():
    with pytest.raises(lossreg.EmptyError):
        lossreg.get("squared_error").init_score([])
    with pytest.raises(lossreg.EmptyError):
        lossreg.get("squared_error").init_score([1.0], [0.0])
    with pytest.raises(lossreg.ParameterError, match="scores"):
        lossreg.get("minimax_generator").init_score([1.0])
    with pytest.raises(lossreg.DomainError):
        lossreg.get("bce").init_score([2])
    with pytest.raises(lossreg.DomainError):
        lossreg.get("sparse_categorical_cross_entropy").init_score([0, -3])


LABELS = np.array([0, 1, 1, 3, 3, 3, 3])
SHARES = np.array([[0.1, 0.2, 0.7], [0.3, 0.3, 0.4], [1.0, 0.0, 0.0]])


def test_class_scores_are_the_logarithms_of_the_shares():
    with np.errstate(divide="ignore"):
        wanted = np.log(np.array([1, 2, 0, 4]) / 7)
    sparse = lossreg.get("sparse_categorical_cross_entropy")
    np.testing.assert_allclose(sparse.init_score(LABELS), wanted, rtol=1e-13)
    ignoring = lossreg.get("sparse_categorical_cross_entropy", ignore_index=-100)
    np.testing.assert_allclose(ignoring.init_score([*LABELS, -100]), wanted, rtol=1e-13)
    probabilities = lossreg.get("sparse_categorical_cross_entropy", from_logits=False)
    np.testing.assert_allclose(probabilities.init_score(LABELS), np.exp(wanted), rtol=1e-13)
    weight = np.array([3.0, 1, 1, 1, 1, 1, 1])
    np.testing.assert_allclose(np.exp(sparse.init_score(LABELS, weight)), np.array([3, 2, 0, 4]) / 9, rtol=1e-13)


def test_class_scores_with_every_parameter():
    smoothed = lossreg.get("sparse_categorical_cross_entropy", label_smoothing=0.1, class_weight=[1.0, 2.0, 3.0, 0.5])
    mass = (0.9 * np.array([1, 2, 0, 4]) + 0.1 * 7 / 4) * [1, 2, 3, 0.5]
    np.testing.assert_allclose(np.exp(smoothed.init_score(LABELS)), mass / mass.sum(), rtol=1e-12)
    for name in ("categorical_cross_entropy", "kl_divergence"):
        np.testing.assert_allclose(np.exp(lossreg.get(name).init_score(SHARES)), SHARES.mean(axis=0), rtol=1e-12)
        first = lossreg.get(name, axis=0)
        np.testing.assert_allclose(np.exp(first.init_score(SHARES.T)), SHARES.mean(axis=0), rtol=1e-12)


@pytest.mark.parametrize("gamma", [0.5, 2.0, 5.0])
def test_class_scores_of_a_loss_without_closed_form(gamma):
    loss = lossreg.get("categorical_focal", gamma=gamma)
    score = loss.init_score(SHARES)
    slope = loss.grad(SHARES, np.tile(score, (3, 1)), reduction="sum").sum(axis=0)
    np.testing.assert_allclose(slope, 0.0, atol=1e-9)
