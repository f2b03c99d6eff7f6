"""What boosters share: checks before training, finite starts, derivatives of the weighted sum, memory that is used again."""

from __future__ import annotations

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import lossreg
from lossreg.integrations.booster import BoosterLoss
from lossreg.integrations.training import curvature, trainable
from lossreg.testing import arguments


def is_trainable(name: str) -> bool:
    try:
        trainable(name)
    except lossreg.ParameterError:
        return False
    return True


TRAINABLE = [name for name in lossreg.names() if is_trainable(name)]


def test_what_boosters_cannot_train_is_refused_with_the_reason() -> None:
    assert "row-wise" not in {lossreg.describe(name).family for name in set(lossreg.names()) - set(TRAINABLE)}
    with pytest.raises(lossreg.ParameterError, match="a whole set"):
        BoosterLoss("dice")
    for name in lossreg.names(family="adversarial"):
        with pytest.raises(lossreg.ParameterError, match="no targets"):
            BoosterLoss(name)
    with pytest.raises(lossreg.ParameterError, match="pass from_logits=True"):
        BoosterLoss("bce(from_logits=False)")
    with pytest.raises(lossreg.ParameterError, match="above -1"):
        BoosterLoss("squared_log_error")
    with pytest.raises(lossreg.ParameterError, match="axis 0"):
        BoosterLoss("scce(axis=0)")
    with pytest.raises(lossreg.ParameterError, match="'exact', 'unit'"):
        BoosterLoss("hinge", hessian="majorizer")


@pytest.mark.parametrize("name", TRAINABLE)
def test_the_curvature_is_never_negative_and_hardly_ever_nothing(name: str) -> None:
    boosted = BoosterLoss(name)
    y, raw = arguments(boosted.loss, 200, seed=4)
    grad, hess = boosted.derivatives(y, raw)
    assert np.min(hess) > 0
    assert np.all(np.isfinite(grad) & np.isfinite(hess))
    steps = np.abs(grad).sum() / hess.sum()
    assert 0 < steps < 100, "a leaf of all rows makes a step of a size that trees can work with"


@pytest.mark.parametrize("name", TRAINABLE)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_weights_are_multiplied_in_once(name: str, dtype: type) -> None:
    boosted = BoosterLoss(name, min_hessian=None)
    y, raw = arguments(boosted.loss, 50, dtype)
    weight = np.linspace(0.5, 2.0, 50).astype(dtype)
    plain = boosted.derivatives(y, raw)
    weighted = boosted.derivatives(y, raw, weight)
    over = weight.reshape(-1, *[1] * (raw.ndim - 1))
    for one, other in zip(plain, weighted, strict=True):
        assert one.dtype == dtype
        eps = np.finfo(dtype).eps
        np.testing.assert_allclose(other, one * over, rtol=4 * eps, atol=4 * eps)
    assert boosted.value(y, raw, weight) == boosted.loss.value(y, raw, weight, reduction="weighted_mean")


def test_derivatives_are_those_of_the_sum() -> None:
    boosted = BoosterLoss("half_squared_error")
    for n in (1, 10, 1000):
        grad, hess = boosted.derivatives(np.zeros(n), np.ones(n))
        assert (grad.sum(), hess.sum()) == (n, n)


# Start values


def test_a_start_is_finite_where_the_best_constant_is_not() -> None:
    for labels, wanted in ((np.ones(5), 1), (np.zeros(5), -1)):
        assert BoosterLoss("bce").start(labels) == wanted * BoosterLoss.limit
        assert lossreg.get("bce").init_score(labels) == wanted * np.inf
    assert BoosterLoss("poisson").start(np.zeros(3)) == -BoosterLoss.limit
    start = BoosterLoss("scce").start([1, 1], outputs=3)
    assert np.isfinite(start).all()
    assert start.argmax() == 1


def test_finite_starts_are_the_loss_s_own() -> None:
    y, weight = np.array([0.5, 2.0, 7.0]), np.array([1.0, 2.0, 1.0])
    for name in ("huber", "gamma", "pinball(quantile=0.3)", "log_cosh"):
        assert BoosterLoss(name).start(y, weight) == lossreg.get(name).init_score(y, weight)
    rows = np.stack([y, 2 * y], axis=1)
    np.testing.assert_array_equal(BoosterLoss("mse").start(rows, weight), np.array([1.0, 2.0]) * (11.5 / 4))
    start = BoosterLoss("scce").start([0, 1, 1, 1])
    np.testing.assert_allclose(lossreg.ops.softmax(start), [0.25, 0.75])


# Wrong targets


@pytest.mark.parametrize(
    ("name", "y", "outputs", "error", "words"),
    [
        ("poisson", [1.0, -1.0], None, lossreg.DomainError, "y_true holds -1 at index 1"),
        ("bce", [0, 1, 2], None, lossreg.DomainError, "y_true holds 2 at index 2"),
        ("mse", [0.0, np.nan], None, lossreg.DomainError, "nan at index 1; wanted finite numbers"),
        ("mse", [[0.0, np.inf]], None, lossreg.DomainError, r"inf at index \(0, 1\)"),
        ("mse", np.zeros((2, 3)), 2, lossreg.ShapeError, "so 3 raw scores a row, not 2"),
        ("mse", np.zeros((2, 3, 1)), None, lossreg.ShapeError, r"wanted \(rows,\) or \(rows, outputs\)"),
        ("scce", [0, 3], 3, lossreg.DomainError, "a class index from 0 to 2"),
        ("scce", [0.5, 1.0], 3, lossreg.DomainError, "class index"),
        ("mse", ["a"], None, lossreg.DtypeError, "y_true"),
        ("mse", "labels", None, lossreg.DtypeError, "wanted an array of numbers"),
        ("mse", [], None, lossreg.EmptyError, "no targets"),
    ],
)
def test_targets_that_cannot_be_trained_on_are_refused(name, y, outputs, error, words) -> None:
    with pytest.raises(error, match=words):
        BoosterLoss(name).check(y, outputs=outputs)
    with pytest.raises(error, match=words):
        BoosterLoss(name).start(y, outputs=outputs)


def test_a_number_is_no_row() -> None:
    for loss, what in (("generalized_kl", "numbers of at least 0"), ("kl_divergence", "probabilities")):
        words = rf"y_true has shape \(3,\), and {loss}\(\) takes rows of {what}: wanted \(rows, outputs\)"
        with pytest.raises(lossreg.ShapeError, match=words):
            BoosterLoss(loss).check([0.0, 1.0, 0.5])


def test_weights_that_cannot_be_trained_with_are_refused() -> None:
    with pytest.raises(lossreg.DomainError, match="sample_weight holds nan at index 1"):
        BoosterLoss("mse").check([1.0, 2.0], [1.0, np.nan])
    with pytest.raises(lossreg.ShapeError):
        BoosterLoss("mse").check([1.0, 2.0], [1.0])
    with pytest.raises(lossreg.EmptyError):
        BoosterLoss("mse").check([1.0, 2.0], [0.0, 0.0])


# Layouts and memory


@pytest.mark.parametrize("order", ["C", "F"])
def test_flat_targets_of_several_outputs_are_read_row_by_row(order: str) -> None:
    y = np.arange(6.0).reshape(3, 2)
    raw = np.zeros((3, 2), order=order)
    grad, _ = BoosterLoss("half_squared_error").derivatives(y.reshape(-1), raw)
    np.testing.assert_array_equal(grad, -y)
    assert grad.flags.c_contiguous == raw.flags.c_contiguous
    one = BoosterLoss("scce").derivatives(np.zeros(3), np.zeros((3, 1)))[0]
    np.testing.assert_array_equal(one, np.zeros((3, 1)))


def address(pair: tuple[np.ndarray, ...]) -> tuple[int, ...]:
    return tuple(array.ctypes.data for array in pair)


def test_memory_is_used_again_unless_somebody_holds_it() -> None:
    boosted, y, raw = BoosterLoss("huber"), np.zeros(1000), np.ones(1000)
    first = address(boosted.derivatives(y, raw))
    assert address(boosted.derivatives(y, raw)) == first
    held = boosted.derivatives(y, raw)
    view = boosted.derivatives(y, raw - 5)[1][::2]
    assert held[0][0] == 1.0
    np.testing.assert_array_equal(boosted.derivatives(y, raw * 9)[1], np.full(1000, 1 / 9))
    np.testing.assert_array_equal(view, np.full(500, 1 / 4))
    assert boosted.derivatives(y.astype("f4"), raw.astype("f4"))[0].dtype == np.float32
    assert boosted.derivatives(y[:10], raw[:10])[0].shape == (10,)


def test_threads_have_memory_of_their_own() -> None:
    boosted, y = BoosterLoss("half_squared_error"), np.zeros(20_000)

    def right(number: int) -> bool:
        return all(np.all(boosted.derivatives(y, y + number)[0] == number) for _ in range(50))

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(right, range(1, 9)))


# What objects have


@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_it_is_copied_and_pickled_by_what_makes_it(way) -> None:
    boosted = BoosterLoss("huber(delta=2.0)", "exact", min_hessian=0.5)
    boosted.derivatives(np.zeros(10**6), np.zeros(10**6))
    again = way(boosted)
    assert again == boosted
    assert hash(again) == hash(boosted)
    assert again != BoosterLoss("huber(delta=2.0)")
    assert repr(again) == "BoosterLoss('huber(delta=2.0)', hessian='exact', min_hessian=0.5)"
    assert BoosterLoss.from_config(again.config()) == again
    assert len(pickle.dumps(boosted)) < 500


def test_a_loss_in_python_is_trained_with_the_second_derivative_that_is_made_for_it() -> None:
    class Cubed(lossreg.PythonLoss):
        name = "cubed_in_a_booster"

        def per_element(self, y_true, y_pred):
            return np.abs(y_pred - y_true) ** 3

        def per_element_grad(self, y_true, y_pred):
            return 3 * (y_pred - y_true) * np.abs(y_pred - y_true)

    assert curvature(Cubed()) == "exact"
    grad, hess = BoosterLoss(Cubed()).derivatives([0.0], [2.0], [3.0])
    assert grad.tolist() == [36.0]
    np.testing.assert_allclose(hess, [36.0], rtol=1e-6)


@pytest.mark.parametrize(
    ("loss", "kind"),
    [
        ("huber(delta=1e6)", "majorizer"),
        ("huber(delta=1e6) + huber", "majorizer"),
        ("smooth_l1(beta=1e9)", "majorizer"),
        ("squared_epsilon_insensitive(epsilon=1e5)", "majorizer"),
        ("squared_error", "exact"),
        ("expectile(level=0.9)", "exact"),
        ("huber + squared_error", "exact"),
        ("bce", "exact"),
    ],
)
def test_a_curvature_that_fades_is_seen_however_far_away(loss: str, kind: str) -> None:
    assert curvature(lossreg.get(loss)) == kind


def test_a_parameter_of_another_loss_is_not_asked_of_an_objective() -> None:
    """Generalised cross-entropy has a power too, which no Tweedie distribution has."""
    from lossreg.integrations.builtin import BuiltIn

    tweedie = BuiltIn("reg:tweedie", "tweedie", {"tweedie_variance_power": "power"})
    assert not tweedie.is_of(lossreg.get("generalized_cross_entropy(power=0.5)"))
    assert tweedie.is_of(lossreg.get("tweedie(power=1.2)"))
