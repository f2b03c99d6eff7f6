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


BENT = [name for name in WITH_START if not lossreg.describe(name).convex and lossreg.describe(name).link == "identity"]
BENT = [name for name in BENT if lossreg.describe(name).family == "pointwise"]
FAR_APART = [[0.0, 10], [0.0, 4], [0.0, 5], [0.0, 3, 6], [0.0, 1, 7, 8], [0.0, 1, 10, 11], [0.73333815, 4.84141669]]


@pytest.mark.parametrize("y", FAR_APART, ids=repr)
@pytest.mark.parametrize("name", BENT)
def test_a_start_between_hills_is_the_bottom_of_a_valley(name: str, y: list[float]) -> None:
    """Neither the top of a hill, where no slope is left either, nor a target beside the bottom."""
    loss = lossreg.get(name)
    start = loss.init_score(y)
    best = loss(y, np.full(len(y), start))
    for step in (1e-6, 1e-4, 1e-2):
        for other in (start - step, start + step):
            assert loss(y, np.full(len(y), other)) >= best - 1e-15, step


@pytest.mark.parametrize("far", [1e15, 1e22, 1e43, 1e95, 1e200])
@pytest.mark.parametrize("name", ["pseudo_huber", "fair", "huber", "log_cosh", "barron", "smooth_pinball", "logistic"])
def test_one_target_that_is_far_out_is_an_outlier(name: str, far: float) -> None:
    logistic = "softplus(r) + softplus(-r)"
    loss = lossreg.define(logistic, name="logistic") if name == "logistic" else lossreg.get(name)
    y = [0.0, 1.0, 2.0, 3.0]
    near = [loss.init_score([*y, end]) for end in (-1e6, 1e6)]
    for sign in (-1, 1):
        assert near[0] - 1e-3 <= loss.init_score([*y, sign * far]) <= near[1] + 1e-3


@pytest.mark.parametrize("weight", [1.0, 1e-20, 1e20])
def test_the_end_of_a_scale_is_reached(weight: float) -> None:
    for spec in ("bce(from_logits=False, pos_weight=0.0)", "binary_focal(from_logits=False, alpha=0.0)"):
        assert lossreg.get(spec).init_score([0.3, 0.0, 1.0], [weight] * 3) == 0.0
    assert lossreg.get("binary_focal(from_logits=False, alpha=1.0)").init_score([0.3, 0.0, 1.0], [weight] * 3) == 1.0


@pytest.mark.parametrize("name", ROWS)
def test_classes_may_have_the_number_that_others_are_ignored_by(name: str) -> None:
    """Only labels are ignored, and the classes that occur have other numbers while their scores are searched."""
    loss = lossreg.get(name)
    if "ignore_index" not in loss.params:
        return
    for ignored in range(4):
        y = [k for k in (0, 1, 2, 3, 3) if k != ignored]
        wanted = loss.init_score(y, n_classes=5)
        ignoring = loss.replace(ignore_index=ignored)
        np.testing.assert_array_equal(ignoring.init_score([*y, ignored], n_classes=5), wanted)


@pytest.mark.parametrize("name", [name for name in ROWS if lossreg.describe(name).target.has_rows])
def test_rows_and_weights_of_float32_are_summed_in_float64(name: str) -> None:
    loss = lossreg.get(name)
    y = np.array([[0.25, 0.75, 0.0], [0.5, 0.25, 0.25]], np.float32)
    for weight in (None, np.array([1.0, 2.0], np.float32)):
        wanted = loss.init_score(y.astype(float), None if weight is None else weight.astype(float))
        np.testing.assert_array_equal(loss.init_score(y, weight), wanted)


def test_a_class_that_does_not_occur_has_no_probability_whatever_the_factors_of_others() -> None:
    for spec in ("categorical_focal(gamma=165.0, alpha=[0.1, 0.3, 0.0])", "sce(class_weight=[0.5, 2.0, 0.0])"):
        np.testing.assert_array_equal(lossreg.get(spec).init_score([1, 1]), [-np.inf, 0.0, -np.inf])


@pytest.mark.filterwarnings("error")
def test_a_class_that_does_not_occur_has_one_where_its_factor_makes_that_cheaper() -> None:
    loss, y = lossreg.get("symmetric_cross_entropy(class_weight=[1.63, 0.85, 0.49, 0.19])"), np.array([0, 0, 1, 1, 2])
    start = loss.init_score(y, n_classes=4)
    assert loss.value(y, np.tile(start, (5, 1)), reduction="sum") < 6.4544
    x = np.tile(start, (5, 1))
    assert np.abs(np.sum(loss.grad(y, x, reduction="sum"), axis=0)).max() < 1e-6


@pytest.mark.parametrize("power", [1.1, 1.5, 1.9])
def test_a_search_goes_on_from_a_target_where_the_curvature_is_infinite(power: float) -> None:
    loss = lossreg.get(f"modified_huber + power_error(power={power})")
    formula = lossreg.define("abs(r)**p + exp(r/4)", name="powers", params={"p": power})
    for one, y in ((loss, [0.0, 1.0, 0.0]), (loss, [0.0, 1.0]), (formula, [-1.0, 0.0, 1.0]), (formula, [0.0])):
        start = one.init_score(y)
        slopes = [np.sum(one.grad(y, np.full(len(y), start + step), reduction="sum")) for step in (-1e-7, 1e-7)]
        assert slopes[0] < 0 < slopes[1]


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
