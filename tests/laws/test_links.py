"""Links: maps between raw scores and the scale of the target, as good as the functions of `lossreg.ops`."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest
from mpmath import mp

import lossreg
from lossreg import ops
from lossreg.links import Link

mp.prec = 200


def ulp(got, truth):
    """How far a float is from the truth, in units of its last place."""
    return abs((mp.mpf(got) - truth) / mp.mpf(math.ulp(float(truth))))


@pytest.mark.parametrize(
    "p", [5e-324, 1e-300, 1e-17, 1e-3, 0.2499, 0.25, 0.4, 0.5 - 2**-54, 0.5, 0.5 + 2**-53, 0.9, 1 - 2**-53]
)
def test_logit_is_exact_to_a_few_last_places(p):
    truth = mp.log(mp.mpf(p) / (1 - mp.mpf(p)))
    got = Link("logit").link(p)
    assert got == 0 if truth == 0 else ulp(got, truth) <= 1


@pytest.mark.parametrize("x", [-745.0, -700.0, -40.0, -1.5, -1e-9, 0.0, 1e-9, 1.5, 40.0, 700.0])
def test_sigmoid_is_exact_to_a_few_last_places(x):
    assert ulp(Link("logit").inverse(x), 1 / (1 + mp.exp(-mp.mpf(x)))) <= 1


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


def test_predictions_are_the_functions_of_ops():
    x = np.random.default_rng(0).normal(0, 5, (40, 7)).astype(np.float32)
    for spec, function in [
        ("bce", ops.sigmoid),
        ("poisson", ops.exp),
        ("scce", ops.softmax),
        ("cce(axis=0)", ops.softmax),
    ]:
        loss = lossreg.get(spec)
        wanted = function(x, 0) if loss.params.get("axis") == 0 else function(x)
        np.testing.assert_array_equal(loss.predict(x), wanted, strict=True)
        into = np.empty_like(x)
        assert loss.predict(x, into) is into
        np.testing.assert_array_equal(into, wanted)
        place = x.copy()
        assert loss.predict(place, out=place, n_threads=2) is place
        np.testing.assert_array_equal(place, wanted)
        np.testing.assert_array_equal(loss.link(wanted), loss.link.link(wanted))
    same = lossreg.get("mse").predict(x)
    np.testing.assert_array_equal(same, x, strict=True)
    assert not np.shares_memory(same, x)


def test_a_mask_is_never_lost():
    masked = np.ma.masked_array([0.5, 0.5], [True, False])
    for refused in (lossreg.get("bce").predict, Link("logit").link, Link("softmax").inverse, Link("identity").link):
        with pytest.raises(lossreg.DtypeError, match=r"(raw|mean) is a masked array"):
            refused(masked)
    memory = np.zeros(4)
    with pytest.raises(lossreg.AliasError, match="out overlaps raw"):
        lossreg.get("bce").predict(memory[:3], out=memory[1:])


@pytest.mark.parametrize("wrong", [{"axis": "last"}, {"axis": None}, {"axis": True}, {"axis": 0.0}])
def test_the_axis_of_a_link_is_a_whole_number(wrong):
    with pytest.raises(lossreg.ParameterError, match=r"axis is .*; wanted a whole number"):
        Link("softmax", **wrong)


@pytest.mark.parametrize("thresholds", [3, "ab", [None], [[1.0], [2.0]], [1j]])
def test_thresholds_are_numbers(thresholds):
    with pytest.raises(lossreg.ParameterError, match="wanted a sequence of numbers"):
        Link("cumulative_logit", thresholds=thresholds)
