"""Start values of weights and targets at the ends of what there is, or beyond: limits, NaN, or our own errors, and no warning."""

from __future__ import annotations

import numpy as np
import pytest

import lossreg

WITH_START = [name for name in lossreg.names() if lossreg.describe(name).start is not lossreg.info.Start.NONE]
ROWS = [name for name in WITH_START if lossreg.describe(name).family == "row-wise"]


def two_targets(loss):
    """Two valid targets, the same for many losses."""
    info = loss.info
    if info.target_columns:
        return np.repeat([[1.0], [2.0]], len(info.target_columns), axis=1)
    rows = info.family == "row-wise" and not info.target.has_class_indices
    return np.array([[0.25, 0.75], [1.0, 0.0]]) if rows else np.array([1.0, 0.0 if info.target.excludes(2.0) else 2.0])


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", WITH_START)
def test_only_the_ratios_of_weights_matter(name):
    """No sum of them overflows, and no NumPy warning comes of trying."""
    loss = lossreg.get(name)
    y = two_targets(loss)
    if loss.info.target.has_class_indices:
        y = np.array([1, 0])
    for weight in ([3.0, 1.0], [1.0, 1.0]):
        wanted = loss.init_score(y, weight)
        for scale in (2.0**1020, 2.0**-1000):
            np.testing.assert_allclose(loss.init_score(y, np.array(weight) * scale), wanted, rtol=1e-9, atol=1e-12)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("name", WITH_START)
def test_weights_that_are_no_numbers_give_none(name, bad):
    loss = lossreg.get(name)
    y = np.array([1, 0]) if loss.info.target.has_class_indices else two_targets(loss)
    for weight in ([bad, 1.0], [1.0, bad], [bad, bad]):
        assert np.isnan(loss.init_score(y, weight)).all()
    assert not np.isnan(loss.init_score(y, [bad, 1.0], where=[False, True])).any()


def test_weights_of_classes_are_multiplied_without_overflow():
    loss = lossreg.get("scce", class_weight=[1e300, 3e300])
    np.testing.assert_allclose(loss.init_score([0, 1], [1e300, 1e300]), np.log([0.25, 0.75]))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", [name for name in ROWS if lossreg.describe(name).target.has_class_indices])
def test_a_class_index_that_no_memory_has_room_for_is_refused_as_it_is(name):
    loss = lossreg.get(name)
    for label in (2**62, np.uint64(2**64 - 1), 2.0**62, np.float32(2.0**62)):
        y = np.array([0, label], getattr(label, "dtype", None))
        with pytest.raises(lossreg.DomainError, match=r"at index 1; wanted a class index from 0 to \d+") as caught:
            loss.init_score(y)
        assert caught.value.value == label
        assert f"holds {str(y[1]).removesuffix('.0')} at" in str(caught.value)
    with pytest.raises(MemoryError):
        loss.init_score([0, 2**47])


@pytest.mark.parametrize("name", WITH_START)
def test_targets_that_are_no_numbers_are_refused(name):
    for bad in (np.array([[1j, 0]]), np.array([[None, 0]]), np.array([["1", "0"]]), np.zeros((1, 2), "M8[s]")):
        with pytest.raises(lossreg.DtypeError, match="y_true has dtype"):
            lossreg.get(name).init_score(bad)


@pytest.mark.parametrize("power", range(-12, 13, 3))
def test_a_start_beyond_an_exponential_is_found_in_any_unit(power: int) -> None:
    y = np.array([1.0, 3.0, 4.0, 9.0]) * 10.0**power
    np.testing.assert_allclose(lossreg.get("gaussian_nll").init_score(y), [y.mean(), np.log(y.var())], rtol=1e-6)
    spread = np.log(np.mean(abs(y - np.median(y))))
    np.testing.assert_allclose(lossreg.get("laplace_nll").init_score(y)[1], spread, rtol=1e-6)
    formula = lossreg.define("exp(-y_pred)*y_true + y_pred", name="waiting", target="positive")
    np.testing.assert_allclose(formula.init_score(y), np.log(y.mean()), rtol=1e-9)


@pytest.mark.parametrize("y", [[1.0, 2, 3, 1000], [0.0, 0, 0, 100], [2e5, 2.5e5, 3.1e5], [0.0, 0, 0, 0, 0, 1e6]])
@pytest.mark.parametrize("name", ["tukey", "welsch", "geman_mcclure"])
def test_a_start_is_near_targets_where_the_loss_is_flat_far_from_them(name: str, y: list[float]) -> None:
    loss = lossreg.get(name)
    start = loss.init_score(y)
    assert loss(y, np.full(len(y), start)) <= min(loss(y, np.full(len(y), target)) for target in y)


WITH_LOG = [
    "poisson", "poisson_deviance", "gamma", "gamma_deviance", "tweedie", "tweedie_deviance", "tweedie(power=1)", "tweedie_deviance(power=3)",
]  # fmt: skip


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("text", WITH_LOG)
def test_means_at_the_ends_of_the_numbers_have_logarithms(text):
    loss = lossreg.get(text)
    zeros = not loss.info.target.excludes(0.0)
    least = -1074 * np.log(2)
    for y, wanted in (
        ([5e-324, 1e-323], least + np.log(1.5)),
        ([5e-324, 5e-324, 1e-323], least + np.log(4 / 3)),
        ([1e308, 1.5e308], np.log(1.25) + 308 * np.log(10)),
        *([([5e-324, 0.0], least - np.log(2)), ([0.0, 0.0, 5e-324], least - np.log(3))] if zeros else []),
    ):
        np.testing.assert_allclose(loss.init_score(y), wanted, rtol=1e-15)
    weight, mask = [1.0, 3.0, 5.0], [True, True, False]
    assert loss.init_score([1e-323, 5e-324, 1.0], weight, where=mask) == pytest.approx(least + np.log(1.25), rel=1e-15)
    if zeros:
        assert loss.init_score([0.0, 0.0]) == -np.inf


@pytest.mark.parametrize("power", [1e3, 1e4, 1e6, 1e300, -1e4, -1e300])
@pytest.mark.parametrize("log_input", [True, False])
def test_the_mean_is_the_start_of_any_power(power, log_input):
    """All that is beside it underflows."""
    for name in ("tweedie", "tweedie_deviance"):
        start = lossreg.get(name, power=power, log_input=log_input).init_score([1.0, 2.0, 4.0])
        np.testing.assert_allclose(start, np.log(7 / 3) if log_input else 7 / 3, rtol=1e-12)
