"""Derivatives that a compiled kernel does not compute: made of what it does, flagged, refused where rough; full Hessians of rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from kernels import Held, Library, built
from sizes import assert_within

import lossreg
from lossreg import ffi
from lossreg.testing import arguments, check_loss

SOURCE = Path(__file__).parent / "kernels.c"
BY_DIFFERENCES = "is made by central differences of the fourth order of the"
TWINS = {
    "pseudo_huber": "pseudo_huber",
    "logistic": "binary_cross_entropy",
    "sparse": "sparse_categorical_cross_entropy",
    "dense": "categorical_cross_entropy",
}


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    return Library(built(SOURCE, tmp_path_factory.mktemp("kernels")))


def without(library, symbol, flags):
    """A kernel that says it computes these derivatives only."""
    return lossreg.from_kernel(Held(library.changed(symbol, flags=flags)))


@pytest.mark.parametrize("flags", [0, ffi.HAS_GRAD])
@pytest.mark.parametrize("symbol", TWINS)
def test_what_is_missing_is_made_of_what_is_there(library, symbol, flags):
    loss, built_in = without(library, symbol, flags), lossreg.get(TWINS[symbol])
    info = loss.info
    of = "gradient" if flags else "loss"
    assert info.notes[-1] == f"the Hessian {BY_DIFFERENCES} {of}"
    assert len(info.notes) == (2 if flags else 3)
    assert info.hessians == {"exact": False, "unit": True}
    y, x = arguments(built_in, 300)
    value, grad, hess = loss.value_grad_hess(y, x, reduction="none")
    wanted = built_in.value_grad_hess(y, x, reduction="none")
    size = np.broadcast_to(np.reshape(wanted[0], wanted[0].shape + (1,) * (grad.ndim - value.ndim)), grad.shape)
    assert_within(1e-13, value, wanted[0], 1 + np.abs(wanted[0]))
    assert_within(1e-13 if flags else 1e-9, grad, wanted[1], np.abs(wanted[1]) + size)
    assert_within(1e-9 if flags else 1e-6, hess, wanted[2], np.abs(wanted[2]) + size)
    check_loss(loss)


@pytest.mark.parametrize("flags", [0, ffi.HAS_GRAD])
def test_weights_masks_and_reductions_are_the_engines(library, flags):
    loss, built_in = without(library, "pseudo_huber", flags), lossreg.get("pseudo_huber")
    rng = np.random.default_rng(0)
    y, x = arguments(built_in, 3000)
    weight, mask = rng.random(3000), rng.random(3000) < 0.7
    x[~mask] = np.nan
    for reduction in ("none", "sum", "mean", "weighted_mean"):
        got = loss.value_grad_hess(y, x, weight, where=mask, reduction=reduction)
        wanted = built_in.value_grad_hess(y, x, weight, where=mask, reduction=reduction)
        for one, other in zip(got, wanted, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-7 * np.max(np.abs(other)))
    assert loss.grad(y[:0], x[:0], reduction="sum").shape == (0,)
    assert not loss.hess(y, x, where=np.zeros(3000, bool), reduction="sum").any()
    assert (loss.hess(y[mask], x[mask], hessian="unit", reduction="sum") == 1).all()
    assert loss.grad(y.astype("f4"), x.astype("f4"), where=mask).dtype == np.float32


def test_the_value_stays_the_engines(library):
    """It has the bits of the kernel that has its derivatives, in states and on threads too."""
    loss, whole = without(library, "pseudo_huber", 0), lossreg.from_kernel(library.pseudo_huber)
    y, x = arguments(whole, 70_001)
    assert loss(y, x) == whole(y, x) == loss.state().update(y, x).result()
    assert np.array_equal(loss(y, x, reduction="none", n_threads=2), whole(y, x, reduction="none"))


def test_it_is_a_loss_like_any_other(library):
    loss = without(library, "pseudo_huber", 0)
    assert loss.replace(delta=0.5).info.notes == loss.info.notes
    y, x = arguments(loss, 50)
    both = 0.5 * loss + lossreg.get("half_squared_error")
    wanted = 0.5 * lossreg.get("pseudo_huber") + lossreg.get("half_squared_error")
    np.testing.assert_allclose(both.grad(y, x), wanted.grad(y, x), rtol=1e-8, atol=1e-10)
    assert loss.init_score([0.0, 1.0, 5.0]) == pytest.approx(
        lossreg.get("pseudo_huber").init_score([0.0, 1.0, 5.0]), rel=1e-6
    )
    lossreg.register(loss)
    try:
        assert lossreg.get(repr(loss)) == loss
        assert "central differences" in lossreg.describe(loss.name).notes[1]
    finally:
        lossreg.unregister(loss.name)


@pytest.mark.parametrize("flags", [0, ffi.HAS_GRAD, ffi.HAS_GRAD | ffi.HAS_HESS])
@pytest.mark.parametrize("symbol", ["sparse", "dense", "either"])
def test_the_full_hessian_of_rows(library, symbol, flags):
    loss = without(library, symbol, flags)
    built_in = lossreg.get("sparse_categorical_cross_entropy" if symbol == "sparse" else "categorical_cross_entropy")
    y, x = arguments(built_in, 60)
    weight, mask = np.random.default_rng(1).random(60), np.arange(60) % 5 > 0
    x[~mask] = np.nan
    for reduction in ("none", "mean"):
        got = loss.full_hessian(y, x, weight, where=mask, reduction=reduction)
        wanted = built_in.full_hessian(y, x, weight, where=mask, reduction=reduction)
        assert got.shape == wanted.shape == (60, 4, 4)
        assert np.array_equal(got, np.swapaxes(got, 1, 2))
        assert_within(1e-9 if flags else 1e-7, got, wanted, np.max(np.abs(wanted)))
    assert loss.full_hessian(y, x.astype("f4"), where=mask).dtype == np.float32
    with pytest.raises(lossreg.ShapeError):
        loss.full_hessian(y[:3], x)


def test_the_full_hessian_of_rows_in_python():
    class Entropy(lossreg.PythonLoss):
        name = "cross_entropy_in_python"
        family = "row-wise"
        target = "probability"

        def per_element(self, y_true, y_pred):
            return np.log(np.sum(np.exp(y_pred), axis=-1)) - np.sum(y_true * y_pred, axis=-1)

    built_in = lossreg.get("categorical_cross_entropy")
    y, x = arguments(built_in, 20)
    assert_within(1e-8, Entropy().full_hessian(y, x), built_in.full_hessian(y, x), 1.0)
    members = {"name": "square_here", "per_element": lambda self, y, x: (x - y) ** 2}
    with pytest.raises(lossreg.DerivativeError, match="written in Python: it has the diagonal"):
        type("Square", (lossreg.PythonLoss,), members)().full_hessian([0.0], [1.0])


def test_a_derivative_that_does_not_settle_is_refused():
    @ffi.ELEMENTS_F64
    def steps(data, params, count, y_true, y_pred, value, grad, hess):
        for i in range(count):
            value[i] = np.floor(1e5 * (y_pred[i] - y_true[i])) % 7
        return 0

    loss = lossreg.from_kernel(ffi.Kernel("steps_here", elements=steps, grad=False, hess=False))
    assert loss.info.hessians == {"unit": True}
    assert loss.info.notes == ("a compiled kernel",)
    assert loss([0.0], [1e-5], n_threads=1) == 1.0
    with pytest.raises(
        lossreg.DerivativeError, match="steps_here has no gradient: its compiled kernel does not compute"
    ):
        loss.grad([0.0], [1.0])
    with pytest.raises(lossreg.DerivativeError, match="steps_here has no Hessian"):
        loss.hess([0.0], [1.0])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_arrays_that_no_cache_holds_have_the_bits_of_their_parts(library, dtype):
    """What is fetched ahead of the computation changes none, at the end of an array either."""
    formula = lossreg.define("log_cosh(r) + where(r > 1, r, 0)", name="far_away")
    for loss in (formula, lossreg.from_kernel(library.pseudo_huber)):
        y, x = arguments(loss, 3_000_077, dtype)
        whole = loss.value_grad_hess(y, x, reduction="none", n_threads=1)
        for start, stop in ((0, 5000), (1_499_990, 1_505_000), (2_999_000, 3_000_077)):
            part = loss.value_grad_hess(y[start:stop], x[start:stop], reduction="none")
            for one, other in zip(part, whole, strict=True):
                assert np.array_equal(one, other[start:stop])
