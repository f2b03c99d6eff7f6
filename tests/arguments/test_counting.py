"""What counts and how much: weights, masks, labels and targets, over the losses of the catalogue and those written in Python."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from drawn import variants
from interpreter import run

import lossreg
from lossreg import DomainError, EmptyError, ParameterError, ShapeError
from lossreg.info import Domain
from lossreg.testing import arguments

Array = np.ndarray[Any, Any]

SINGLE_SIDED = [name for name in lossreg.names() if lossreg.describe(name).family != "adversarial"]


def rows_of(name: str) -> lossreg.Loss:
    """The loss; where it is of a set, of the elements on the last axis."""
    return lossreg.get(name, **next(variants(name)))


def by_hand(native: lossreg.Loss) -> lossreg.Loss:
    """The same loss through Python code, which asks the native one for unreduced losses."""
    if native.info.family not in ("pointwise", "row-wise"):
        pytest.skip("losses in Python are of elements or of rows")

    class ByHand(lossreg.PythonLoss):
        name = native.name + "_by_hand"
        family = native.info.family
        link = native.link if native.link.thresholds else native.info.link
        target, prediction = native.info.target, native.info.prediction

        def per_element(self, y_true: Array, y_pred: Array) -> Array:
            return native.value(y_true, y_pred, reduction="none")

        def per_element_grad(self, y_true: Array, y_pred: Array) -> Array:
            return native.grad(y_true, y_pred, reduction="none")

        def per_element_hess(self, y_true: Array, y_pred: Array) -> Array:
            return native.hess(y_true, y_pred, reduction="none")

    return ByHand()


@pytest.fixture(params=["native", "by hand"])
def door(request: pytest.FixtureRequest) -> Any:
    return rows_of if request.param == "native" else lambda name: by_hand(rows_of(name))


def bits(results: tuple[Any, ...]) -> list[bytes]:
    return [np.asarray(one).tobytes() for one in results]


# ---------------------------------------------------------------------------------------------------------- weights


@pytest.mark.parametrize("name", SINGLE_SIDED)
def test_a_weight_that_float32_does_not_hold_keeps_its_precision(name: str, door: Any) -> None:
    loss = door(name)
    y, x = arguments(rows_of(name), 200, np.float32)
    weight = np.random.default_rng(1).uniform(0.5, 2.0, 200)
    wanted = bits(loss.value_grad_hess(y, x, weight, reduction="weighted_mean"))
    for scale in (2.0**-150, 2.0**-1000, 2.0**900):
        assert bits(loss.value_grad_hess(y, x, weight * scale, reduction="weighted_mean")) == wanted
    unreduced = loss.value(y, x, reduction="none").astype(float)
    assert loss.value(y, x, weight, reduction="sum") == pytest.approx(math.fsum(unreduced * weight), rel=1e-7)


def test_tiny_weights() -> None:
    weight = np.exp([-104.0, -103.0])
    zero, x = np.zeros(2, np.float32), np.array([1, 2], np.float32)
    wanted = (weight @ [1, 4]) / weight.sum()
    for loss in (lossreg.get("squared_error"), by_hand(lossreg.get("squared_error"))):
        assert loss(zero, x, weight, reduction="weighted_mean") == pytest.approx(wanted, rel=1e-15)
        grad = loss.grad(zero, x, weight, reduction="weighted_mean")
        np.testing.assert_allclose(grad, weight / weight.sum() * [2, 4], rtol=1e-7)
    integers = np.array([2**24 + 1, 1])
    assert lossreg.get("squared_error")(zero, x, integers, reduction="sum") == 2**24 + 5


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", SINGLE_SIDED)
def test_a_weight_of_zero_takes_whatever_is_there(name: str, dtype: Any, door: Any) -> None:
    loss, native = door(name), rows_of(name)
    y, x = arguments(native, 70, dtype)
    weight = np.random.default_rng(2).choice([0.0, 0.5, 2.0], 70)
    weight[:3] = 0.0, -0.0, 1.0
    left_out = weight == 0
    for reduction in ("mean", "sum", "weighted_mean", "none"):
        wanted = loss.value_grad_hess(y, x, weight, reduction=reduction)
        for junk in (np.nan, np.inf, -7.0):
            spoilt_y, spoilt_x = y.copy(), x.copy()
            spoilt_x[left_out] = junk
            spoilt_y[left_out] = junk if y.dtype.kind == "f" else 99
            assert bits(loss.value_grad_hess(spoilt_y, spoilt_x, weight, reduction=reduction)) == bits(wanted)
        for part in wanted[1:]:
            assert (part[left_out] == 0).all()
    # It stays in the count of a mean.
    assert loss(y, x, weight) == pytest.approx(loss(y, x, weight, reduction="sum") / 70, rel=1e-15)
    assert loss(y, x, 0 * weight) == 0.0


def test_full_hessians_leave_out_rows_of_weight_zero() -> None:
    loss = lossreg.get("sparse_categorical_cross_entropy")
    x = np.array([[1.0, 2.0], [np.nan, 3.0]])
    matrices = loss.full_hessian([0, 7], x, [2.0, 0.0])
    np.testing.assert_array_equal(matrices[:1], loss.full_hessian([0], x[:1]))
    assert (matrices[1] == 0).all()


def test_a_floor_stands_under_the_second_derivative_before_weights(door: Any) -> None:
    loss = door("squared_error")
    weight = [1.0, -3.0]
    second = loss.hess([0.0, 0.0], [1.0, 1.0], weight, reduction="weighted_mean", min_hessian=5.0)
    np.testing.assert_array_equal(second, [-2.5, 7.5])
    assert np.isnan(loss.hess([0.0], [np.nan], min_hessian=1.0)).all()


# ----------------------------------------------------------------------------------------------------------- labels

LABELS = [name for name in SINGLE_SIDED if lossreg.describe(name).target.is_label]


@pytest.mark.parametrize("n_threads", [1, 3])
@pytest.mark.parametrize("dtype", [np.int8, np.float32, np.float64])
@pytest.mark.parametrize("name", LABELS)
def test_labels_of_two_kinds_in_one_array_are_refused(name: str, dtype: Any, n_threads: int, door: Any) -> None:
    loss = door(name)
    for n, negative, zero in [(3, 1, 2), (3, 2, 0), (70, 69, 3), (300_000, 5, 299_999), (300_000, 299_990, 2)]:
        y = np.ones(n, dtype)
        y[[negative, zero]] = -1, 0
        x = np.linspace(-1, 1, n).astype(np.float32 if dtype == np.float32 else np.float64)
        before = x.copy()
        for call in (
            lambda y=y, x=x: loss.value_and_grad(y, x, n_threads=n_threads),
            lambda y=y, x=x: loss.grad(y, x, out=x, n_threads=n_threads),
        ):
            with pytest.raises(
                DomainError, match=rf"y_true holds -1 at index {negative}; .* often a missing label"
            ) as e:
                call()
            assert (e.value.argument, e.value.index, e.value.value) == ("y_true", negative, -1)
        np.testing.assert_array_equal(x, before)
        for kept in (y != -1, y != 0):
            assert np.isfinite(loss(y, x, where=kept, n_threads=n_threads))
            assert np.isfinite(loss(y, x, kept.astype(float), n_threads=n_threads))


def test_soft_labels_do_not_go_with_those_of_minus_one(door: Any) -> None:
    loss = door("binary_cross_entropy")
    with pytest.raises(DomainError, match=r"y_true holds -1 at index \(0, 1\)"):
        loss([[1.0, -1.0], [0.25, 1.0]], np.zeros((2, 2)))
    assert loss([-1.0, 1.0], [0.5, 0.5]) == loss([0.0, 1.0], [0.5, 0.5])


@pytest.mark.parametrize("name", LABELS)
def test_the_sign_of_a_zero_is_an_elements_own(name: str) -> None:
    loss = lossreg.get(name)
    # Scores where the derivatives vanish, and labels that put their block into one form or the other.
    x = np.tile([-800.0, 800.0, 0.0, -0.0], 50)
    kinds = [np.array([0.0, 1.0, 1.0, 0.0])]
    if loss.info.target is Domain.SOFT_LABEL:
        kinds += [np.array([0.0, 1.0, 0.5, 0.5])]
    for dtype in (np.float32, np.float64):
        for kind in kinds:
            y = np.tile(kind, 50).astype(dtype)
            scores = x.astype(dtype)
            each = [loss.value_grad_hess(y[i : i + 1], scores[i : i + 1], reduction="sum")[1:] for i in range(4)]
            together = loss.value_grad_hess(y, scores, reduction="sum")[1:]
            in_place = loss.grad(y, scores.copy(), reduction="sum", out=None), loss.hess(y, scores, reduction="sum")
            buffer = scores.copy()
            loss.grad(y, buffer, reduction="sum", out=buffer)
            for order in range(2):
                own = np.tile([one[order][0] for one in each], 50)
                assert together[order].tobytes() == own.tobytes() == in_place[order].tobytes()
            assert buffer.tobytes() == together[0].tobytes()


# ---------------------------------------------------------------------------------------------------------- targets


@pytest.mark.parametrize("dtype", [np.int32, np.uint32, np.int64, np.uint64])
def test_integers_that_float32_does_not_hold_are_computed_in_float64(dtype: Any, door: Any) -> None:
    loss = door("squared_error")
    value, grad = loss.value_and_grad(np.array([2**24 + 1], dtype), np.array([2**24], np.float32))
    assert value == 1.0
    assert (grad.tolist(), grad.dtype) == ([-2.0], np.float32)
    assert door("poisson")(np.array([2**24 + 1], dtype), np.zeros(1, np.float32)) == -(
        lossreg.get("poisson")([0.0], [0.0]) - lossreg.get("poisson")([2.0**24 + 1], [0.0])
    ) + lossreg.get("poisson")([0.0], [0.0])


def test_values_outside_of_a_domain_are_named_in_full(door: Any) -> None:
    for value in (2**60 + 1, 2**63, 2**64 - 1):
        with pytest.raises(DomainError, match=f"y_true holds {value} at index 1; ") as error:
            door("binary_cross_entropy")(np.array([0, value], np.uint64), [0.5, 0.5])
        assert error.value.value == value
    with pytest.raises(DomainError, match=r"y_true holds -0\.1 at index 0; "):
        door("poisson")(np.array([-0.1], np.float32), np.zeros(1, np.float32))


# ------------------------------------------------------------------------------------------------------------ sides


def test_the_sides_of_an_adversarial_loss_may_differ_in_length() -> None:
    loss, generator = lossreg.get("minimax_discriminator"), lossreg.get("minimax_generator")
    rng = np.random.default_rng(3)
    real, fake = rng.normal(size=(5, 3)), rng.normal(size=700)
    for reduction in ("mean", "sum", "weighted_mean"):
        value, (of_real, of_fake), seconds = loss.value_grad_hess(real, fake, reduction=reduction)
        alone = [
            loss.value_grad_hess(real, np.full(real.shape, -1e9), reduction=reduction),
            loss.value_grad_hess(np.full(fake.shape, 1e9), fake, reduction=reduction),
        ]
        assert value == pytest.approx(alone[0][0] + alone[1][0], rel=1e-15)
        np.testing.assert_array_equal(of_real, alone[0][1][0])
        np.testing.assert_array_equal(of_fake, alone[1][1][1])
        np.testing.assert_array_equal(seconds[1], alone[1][2][1])
    assert loss(real, fake, 0.5) == pytest.approx(0.5 * loss(real, fake), rel=1e-15)
    buffers = real.copy(), fake.copy()
    back = loss.grad(*buffers, out=buffers)
    assert back[0] is buffers[0]
    np.testing.assert_array_equal(back[1], loss.grad(real, fake)[1])
    assert np.isfinite(generator(fake))
    with pytest.raises(ShapeError, match="real_scores has shape"):
        loss(real, fake, reduction="none")
    with pytest.raises(ShapeError, match="sample_weight has shape"):
        loss(real, fake, np.ones(700))
    out = np.full(5, 7.0), np.zeros(0)
    with pytest.raises(EmptyError, match="no valid elements"):
        loss.grad(np.zeros(5), np.zeros(0), out=out)
    assert (out[0] == 7.0).all()


# ------------------------------------------------------------------------------------------------------- parameters


def test_the_number_of_numbers_per_class_is_reported_by_its_name() -> None:
    with pytest.raises(ShapeError, match="alpha has 2 numbers and y_pred has 3 classes"):
        lossreg.get("categorical_focal", alpha=[1.0, 2.0])([0], [[1.0, 2.0, 3.0]])


def test_a_sequence_is_not_believed_how_long_it_is() -> None:
    run(
        """
        import numpy as np
        import resource
        import lossreg

        in_use = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (in_use + 500_000_000,) * 2)

        class Endless:
            def __len__(self):
                return 3
            def __getitem__(self, i):
                return 1.0

        class Lying(Endless):
            def __len__(self):
                raise RuntimeError("not telling")

        for claim in (range(2**40), range(2**62), range(2**100), np.broadcast_to(1.0, 2**40)):
            try:
                lossreg.get("cce", class_weight=claim)
            except lossreg.ParameterError as error:
                assert "more than 16777216 numbers" in str(error), error
            else:
                raise SystemExit("taken")
        for claim in (Endless(), Lying()):
            try:
                lossreg.get("cce", class_weight=claim)
            except lossreg.ParameterError:
                continue
            raise SystemExit("taken")
        assert lossreg.get("cce", class_weight=range(1, 4)).params == {**lossreg.get("cce").params, "class_weight": [1.0, 2.0, 3.0]}
        """
    )


@pytest.mark.parametrize(
    "numbers", [[True, 1.0], [np.True_], ["1"], [None], [[1.0]], [1.0, np.nan], [-1.0], {1.0}, b"ab"]
)
def test_numbers_per_class_are_numbers(numbers: Any) -> None:
    with pytest.raises(ParameterError, match="class_weight is"):
        lossreg.get("cce", class_weight=numbers)


def test_an_error_does_not_repeat_a_name_endlessly() -> None:
    with pytest.raises(ParameterError) as error:
        lossreg.get("huber", **{"a" * 10**6: 1})
    assert len(str(error.value)) < 1000
    for word in ("9" * 9000, "a" * 9000, "ä" * 9000):
        with pytest.raises(ParameterError, match=r"\.\.\.") as error:
            lossreg.define(f"r**{word}", name="with_a_long_word")
        assert len(str(error.value)) < 1000
