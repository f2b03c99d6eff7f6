"""Laws that hold for every registered loss, most of them bit for bit."""

from __future__ import annotations

import math
import os
import pickle
import subprocess
import sys
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from drawn import Case, arrays, case, changed, everything, is_raw, losses, same, value
from hypothesis import given, settings
from hypothesis import strategies as st

import lossreg
from lossreg import _native
from lossreg.info import Domain, Start
from lossreg.testing import check_loss

LOSSES = losses()
ROWS = [loss for loss in LOSSES if lossreg.describe(loss).family == "row-wise"]
DEFAULTS = [loss for loss in LOSSES if not loss.config()["params"]]
every = pytest.mark.parametrize("loss", LOSSES, ids=repr)
# Those whose losses of elements are each their own; tests/laws/test_opposed.py has the laws of the others.
every_separate = pytest.mark.parametrize("loss", [loss for loss in LOSSES if not loss.info.coupled], ids=repr)
every_default = pytest.mark.parametrize("loss", DEFAULTS, ids=repr)
LARGE = 300_000  # more than two tasks


def weights(case: Case) -> np.ndarray[Any, Any]:
    return np.random.default_rng(3).uniform(0, 2, case.unreduced).astype(case.predictions[0].dtype)


# Derivatives, fused methods, names


@every
def test_a_loss_keeps_the_laws_that_others_are_held_to(loss: lossreg.Loss) -> None:
    check_loss(loss, exact=True)


@every
def test_a_loss_that_is_rebuilt_computes_the_same(loss: lossreg.Loss) -> None:
    cloudpickle = pytest.importorskip("cloudpickle")
    for other in (
        pickle.loads(pickle.dumps(loss)),
        cloudpickle.loads(cloudpickle.dumps(loss)),
        lossreg.get(repr(loss)),
    ):
        assert other == loss
        same(value(case(other)), value(case(loss)))
    assert lossreg.get(loss) is loss
    assert loss != lossreg.get("squared_error" if loss.name != "squared_error" else "huber")


def test_losses_are_equal_by_name_and_parameters() -> None:
    assert len({*LOSSES, *losses()}) == len(LOSSES)


# Weights, masks, reductions


def one_sided(case: Case) -> list[Case]:
    """The case, or one for each side beside which the other can add exactly 0 (that of smoothed labels cannot)."""
    if len(case.predictions) == 1:
        return [case]
    cases = []
    for other in (0, 1):
        if silent := [score for score in SCORES if alone(case.loss, other, [score]) == 0]:
            args = [np.full_like(array, silent[0]) if side == other else array for side, array in enumerate(case.args)]
            cases.append(Case(case.loss, tuple(args)))
    assert cases
    return cases


SCORES = (-np.inf, np.inf, 0.0, 1.0)  # one of them loses nothing


def alone(loss: lossreg.Loss, side: int, scores: Any, **options: Any) -> float:
    """The sum of one side of a loss of two, beside nothing on the other."""
    return loss.value(*((scores, []) if side == 0 else ([], scores)), reduction="sum", **options)


@every_separate
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_sums_and_means_are_rounded_once(loss: lossreg.Loss, dtype: str) -> None:
    for n in (1, 7, 200, 5000):
        for drawn in one_sided(case(loss, n, dtype)):
            for weight in (None, weights(drawn), weights(drawn).astype(np.float64)):
                options = {} if weight is None else {"sample_weight": weight}
                w = np.ones(drawn.unreduced) if weight is None else weight.astype(np.float64)
                # Of the losses as they are rounded, times weights of their dtype. Products with wider ones are not rounded, and
                # no product with the weight of a row, a set, an element of several numbers or a class is.
                of_elements = (
                    loss.info.family in ("pointwise", "adversarial") and not loss.info.target.has_class_indices
                )
                wide = weight is not None and (weight.dtype != dtype or not of_elements)
                each = value(drawn, reduction="none", **({} if wide else options)).astype(np.float64)
                each = each * w if wide else each
                exact = sum(map(Fraction, each.tolist()))
                got = value(drawn, reduction="sum", **options)
                assert type(got) is float
                counted = n
                if loss.params.get("ignore_index") is not None:
                    counted = int(np.sum(drawn.args[0] != loss.params["ignore_index"]))
                    w = np.where(drawn.args[0] == loss.params["ignore_index"], 0, w)
                    if not counted:
                        continue
                divisor = sum(Fraction(float(x)) for x in w) if options else Fraction(counted)
                wanted = [exact, exact / counted, exact / divisor]
                if not wide or dtype == "float64":
                    assert got == math.fsum(each)
                for reduction, number in zip(("sum", "mean", "weighted_mean"), wanted, strict=True):
                    assert value(drawn, reduction=reduction, **options) == float(number), reduction


@pytest.mark.parametrize(
    "loss",
    [
        loss
        for loss in LOSSES
        if len(loss.info.sides) == 2 and loss.info.target is Domain.NONE and not loss.info.coupled
    ],
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_two_sides_are_reduced_each_by_its_count_and_added(loss: lossreg.Loss, dtype: str) -> None:
    for n, m in ((1, 1), (1, 5000), (200, 7), (300, 300)):
        scores = case(loss, n, dtype).args[0], case(loss, m, dtype).args[1]
        sides = [alone(loss, side, scores[side]) for side in (0, 1)]
        assert loss.value(*scores, reduction="sum") == sum(sides)
        means = sides[0] / n, sides[1] / m
        assert loss.value(*scores) == pytest.approx(sum(means), rel=0, abs=4e-16 * sum(map(abs, means)))
        real, fake = (loss.grad(*scores)[side] for side in (0, 1))
        for side, grad, count in ((0, real, n), (1, fake, m)):
            each = loss.grad(*scores, reduction="sum")[side]
            np.testing.assert_allclose(grad, each / count, rtol=4 * np.finfo(dtype).eps, atol=0)


def poisoned(drawn: Case, where: np.ndarray[Any, Any], poison: float) -> Case:
    """The case with something wrong in every element that does not count."""

    def spoil(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        array = array.copy()
        array[~where] = poison if array.dtype.kind == "f" else -99
        return array

    return changed(drawn, spoil)


@every
@pytest.mark.parametrize("poison", [np.nan, np.inf, -np.inf, -7.5])
def test_masked_elements_add_exactly_nothing(loss: lossreg.Loss, poison: float) -> None:
    drawn = case(loss)
    where = np.random.default_rng(4).random(drawn.unreduced) < 0.6
    w = weights(drawn)
    spoiled = poisoned(drawn, where, poison)
    kept = Case(loss, tuple(array[where] for array in drawn.args))
    for reduction in ("sum", "mean", "weighted_mean", "none"):
        got = everything(spoiled, sample_weight=w, where=where, reduction=reduction)
        wanted = everything(kept, sample_weight=w[where], reduction=reduction)
        for array, only in zip(got, wanted, strict=True):
            if array.ndim:
                same(array[where], only)
                assert not array[~where].any()
            else:
                assert array == only


@every_separate
def test_nan_gives_nan(loss: lossreg.Loss) -> None:
    drawn = case(loss, 70)
    indices = loss.info.target.has_class_indices
    for array in drawn.args[indices:]:
        whole = array[5].copy()
        array[5] = np.nan
        ignored = drawn.args[0][5] == loss.params.get("ignore_index", np.nan)
        outputs = everything(drawn, reduction="none")
        assert np.isnan(outputs[0][5]) or ignored
        for output in outputs:
            assert np.isnan(output[5]).all() or ignored or len(drawn.predictions) == 2
            assert not np.isnan(np.delete(output, 5, axis=0)).any()
        for reduction in ("sum", "mean"):
            assert math.isnan(value(drawn, reduction=reduction)) or ignored
        array[5] = whole
    if indices:
        drawn.args[0][5] = np.nan
        with pytest.raises(lossreg.DomainError, match=r"index \(?5\b"):
            value(drawn)


# Order, threads, CPUs


@every_default
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_threads_do_not_change_a_bit(loss: lossreg.Loss, dtype: str) -> None:
    drawn = case(loss, LARGE, dtype)
    w = weights(drawn)
    first = everything(drawn, sample_weight=w, n_threads=1)
    for n_threads in (2, 3, 16):
        same(everything(drawn, sample_weight=w, n_threads=n_threads), first)


@pytest.mark.parametrize("loss", [loss for loss in DEFAULTS if not loss.info.coupled], ids=repr)
def test_order_does_not_change_a_float64_sum(loss: lossreg.Loss) -> None:
    drawn = case(loss, 30_000)
    order = np.random.default_rng(5).permutation(30_000)
    moved = changed(drawn, lambda array: array[order])
    for reduction in ("sum", "mean"):
        same(value(moved, reduction=reduction), value(drawn, reduction=reduction))


FINGERPRINTS = """
import hashlib
from drawn import arrays, case, losses
from lossreg import _native
print(_native.cpu_level())
for loss in losses():
    print(loss)
    for dtype in ("float32", "float64"):
        drawn = case(loss, 3001, dtype)
        for reduction in ("none", "mean"):
            outcome = arrays(loss.value_grad_hess(*drawn.args, reduction=reduction))
            print(hashlib.sha256(b"".join((array + 0.0).tobytes() for array in outcome)).hexdigest())
"""


def test_the_cpu_level_does_not_change_a_bit() -> None:
    def printed(level: str) -> list[str]:
        environment = os.environ | {"LOSSREG_CPU": level, "PYTHONPATH": os.pathsep.join(sys.path)}
        command = [sys.executable, "-c", FINGERPRINTS]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        first, *others = done.stdout.splitlines()
        assert first == level
        return others

    baseline, *wider = map(printed, _native.cpu_levels())
    assert len(baseline) > 100
    for other in wider:
        assert other == baseline


# Laws of families


@pytest.mark.parametrize("loss", [loss for loss in ROWS if is_raw(loss) and loss.info.link == "softmax"], ids=repr)
@pytest.mark.parametrize("shift", [1024.0, -4096.0])
def test_softmax_losses_do_not_see_a_shift(loss: lossreg.Loss, shift: float) -> None:
    y, x = case(loss).args
    x = np.round(x * 256) / 256  # so that the shifted logits are exact
    same(everything(Case(loss, (y, x + shift))), everything(Case(loss, (y, x))))


@pytest.mark.parametrize("loss", [loss for loss in LOSSES if loss.info.target.is_label], ids=repr)
def test_minus_one_is_the_negative_label(loss: lossreg.Loss) -> None:
    (_, x), y = case(loss).args, np.arange(200) % 2
    same(everything(Case(loss, (2 * y - 1, x))), everything(Case(loss, (y, x))))


SYMMETRIC = ["binary_cross_entropy", "binary_focal", "hinge", "exponential"]
EVEN = ["squared_error", "half_squared_error", "absolute_error", "huber", "log_cosh"]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@every
def test_minus_zero_is_zero(loss: lossreg.Loss, dtype: str) -> None:
    """What was rounded to -0 is no other number: in a ranking, or below a fraction bar, where its sign would turn a slope around."""
    drawn, rng = case(loss, 300, dtype), np.random.default_rng(1)
    targets = drawn.args[: len(drawn.args) - len(drawn.predictions)]
    if loss.info.prediction.excludes(0.0):
        return
    zero = [np.where(rng.random(side.shape) < 0.4, side.dtype.type(0), side) for side in drawn.predictions]
    if loss.info.family == "row-wise":  # a row of probabilities has one above 0
        zero[0][..., 0] = drawn.predictions[0][..., 0]
    minus = [np.where((side == 0) & (rng.random(side.shape) < 0.5), -side, side) for side in zero]
    reduction = "sum" if loss.info.coupled else "none"
    found, wanted = (everything(Case(loss, (*targets, *sides)), reduction=reduction) for sides in (minus, zero))
    same(found, wanted)


@pytest.mark.parametrize("name", [*SYMMETRIC, *EVEN])
def test_mirror_images(name: str) -> None:
    loss = lossreg.get(name)
    x, y = case(loss).args[1], np.arange(200.0) % 2
    mirrored = 1 - y if name in SYMMETRIC else -y
    v, g, h = loss.value_grad_hess(y, x, reduction="none")
    same(loss.value_grad_hess(mirrored, -x, reduction="none"), (v, -g, h))


def test_two_classes_are_a_binary_label() -> None:
    z, y = case(lossreg.get("binary_cross_entropy")).args[1], np.arange(200) % 2
    rows = np.stack([np.zeros_like(z), z], axis=1)
    binary = lossreg.get("binary_cross_entropy").value_grad_hess(y, z, reduction="none")
    sparse = lossreg.get("sparse_categorical_cross_entropy").value_grad_hess(y, rows, reduction="none")
    for a, b in zip(binary, (sparse[0], sparse[1][:, 1], sparse[2][:, 1]), strict=True):
        np.testing.assert_array_max_ulp(a, b, 6)


@pytest.mark.parametrize("classes", [1, 2, 3, 15, 16, 17, 63, 64, 65, 127, 1000, 4097, 20_000, 200_000])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_rows_of_any_length(classes: int, dtype: str) -> None:
    drawn = case(lossreg.get("sparse_categorical_cross_entropy"), 3, dtype, classes)
    y, x = drawn.args[0].astype(int), drawn.args[1]
    z, own = x.astype(np.longdouble), np.arange(3)
    top = z.argmax(axis=1)
    e = np.exp(z - z[own, top][:, None])
    rest = e.copy()
    rest[own, top] = 0
    rest = rest.sum(axis=1)
    others = np.where(np.arange(classes) == top[:, None], rest[:, None], (1 - e) + rest[:, None]) / (1 + rest)[:, None]
    q = e / (1 + rest)[:, None]
    truth = np.log1p(rest) + (z[own, top] - z[own, y])
    slope = q.copy()
    slope[own, y] = -others[own, y]
    v, g, h = drawn.loss.value_grad_hess(y, x, reduction="none")
    bound = 8 * np.finfo(dtype).eps
    np.testing.assert_allclose(v, truth, rtol=bound, atol=0)
    np.testing.assert_allclose(g, slope, rtol=2 * bound, atol=0)
    np.testing.assert_allclose(h, q * others, rtol=2 * bound, atol=0)
    largest = np.abs(g).max(axis=1)
    assert (np.abs([math.fsum(row) for row in g.astype(float)]) <= classes * np.finfo(dtype).eps * largest).all()


def test_a_certain_row_keeps_its_tail() -> None:
    loss = lossreg.get("sparse_categorical_cross_entropy")
    assert loss([0], [[40.0, 0.0, 0.0]]) == pytest.approx(8.496708510583178e-18, rel=4e-16, abs=0)


@every
def test_a_floor_under_the_hessian(loss: lossreg.Loss) -> None:
    drawn = case(loss)
    hess = arrays(loss.hess(*drawn.args, reduction="none"))
    floored = arrays(loss.hess(*drawn.args, reduction="none", min_hessian=0.125))
    counted = slice(None) if loss.params.get("ignore_index") is None else drawn.args[0] != loss.params["ignore_index"]
    for array, before in zip(floored, hess, strict=True):
        same(array[counted], np.maximum(before[counted], 0.125))
    if lossreg.describe(loss).hessians.get("exact") and is_raw(loss):
        assert all((array >= 0).all() for array in hess)


@pytest.mark.parametrize("loss", [loss for loss in LOSSES if lossreg.describe(loss).family != "adversarial"], ids=repr)
def test_the_start_value_is_the_best_constant(loss: lossreg.Loss) -> None:
    y, x = case(loss).args
    info = lossreg.describe(loss)
    if is_raw(loss) and info.convex and info.start is not Start.NONE:
        start = np.asarray(loss.init_score(y))

        def total(score: Any) -> float:
            return loss.value(y, np.broadcast_to(score, x.shape).copy(), reduction="sum")

        best = total(start)
        for step in (1e-3, -1e-3, 0.3, -0.3):
            for k in range(max(start.size, 1)):
                moved = start.reshape(-1).copy()
                moved[k] += step
                assert total(moved.reshape(start.shape)) >= best * (1 - 1e-14)


@given(st.data())
@settings(max_examples=150, deadline=None, derandomize=True)
def test_any_sizes_masks_and_weights(data: st.DataObject) -> None:
    """What counts decides alone, at sizes around those of blocks, segments and tasks."""
    loss = data.draw(st.sampled_from(LOSSES))
    n = data.draw(st.sampled_from([1, 2, 63, 64, 65, 127, 128, 129, 1023, 1024, 1025, 4096, 20_000]))
    dtype = data.draw(st.sampled_from(["float32", "float64"]))
    drawn = case(loss, n, dtype)
    rng = np.random.default_rng(data.draw(st.integers(0, 1000)))
    where = rng.random(drawn.unreduced) < data.draw(st.sampled_from([0.02, 0.5, 0.98]))
    got = everything(poisoned(drawn, where, np.nan), where=where, reduction="sum")
    kept = everything(Case(loss, tuple(array[where] for array in drawn.args)), reduction="sum")
    if dtype == "float64" and len(drawn.predictions) == 1:
        assert got[0] == kept[0]
    for array, only in zip(got[1:], kept[1:], strict=True):
        same(array[where], only)
