"""Losses written in Python: what an author writes, what lossreg does, and that both are like the native losses."""

from __future__ import annotations

import math

import numpy as np
import pytest

import lossreg
from lossreg.testing import check_loss


class Squared(lossreg.PythonLoss):
    """The squared error once more, to be compared with the native one."""

    name = "squared_by_hand"

    def per_element(self, y_true, y_pred):
        return np.square(y_pred - y_true)

    def per_element_grad(self, y_true, y_pred):
        return 2 * (y_pred - y_true)

    def per_element_hess(self, y_true, y_pred):
        return np.full(y_pred.shape, 2)


class CrossEntropy(lossreg.PythonLoss):
    """A row-wise loss from logits, with class indices or dense rows."""

    name = "cross_entropy_by_hand"
    family = "row-wise"
    link = "softmax"
    target = "probability"

    def _shares(self, y_true, y_pred):
        return np.eye(y_pred.shape[-1])[y_true] if y_true.ndim < y_pred.ndim else y_true

    def _softmax(self, y_pred):
        return lossreg.links.Link("softmax").inverse(y_pred)

    def per_element(self, y_true, y_pred):
        return -np.sum(self._shares(y_true, y_pred) * np.log(self._softmax(y_pred)), axis=-1)

    def per_element_grad(self, y_true, y_pred):
        return self._softmax(y_pred) - self._shares(y_true, y_pred)

    def per_element_hess(self, y_true, y_pred):
        return self._softmax(y_pred) * (1 - self._softmax(y_pred))


class Value(lossreg.PythonLoss):
    name = "value_by_hand"

    def per_element(self, y_true, y_pred):
        return np.abs(y_pred - y_true)


Y = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
X = np.array([[1.5, 2.0, 1.0], [4.0, 7.0, 5.0]])


def outcome(call):
    """What a call gives or raises, in a form that compares."""
    try:
        result = call()
    except Exception as error:
        return type(error).__name__, str(error)
    results = result if isinstance(result, tuple) else (result,)
    return [(type(one).__name__, getattr(one, "dtype", None), np.asarray(one).tolist()) for one in results]


# Like the native losses


@pytest.mark.parametrize("loss", [Squared(), CrossEntropy()])
def test_the_laws(loss):
    check_loss(loss)


@pytest.mark.parametrize("method", ["value", "grad", "value_and_grad", "hess", "grad_and_hess", "value_grad_hess"])
@pytest.mark.parametrize("reduction", ["none", "sum", "mean", "weighted_mean", None])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"sample_weight": [1.0, 0.5]},
        {"sample_weight": [[1.0, 2.0, 0.25], [0.5, 0.0, 4.0]]},
        {"sample_weight": np.float32(0.5)},
        {"sample_weight": [1.0, np.nan], "where": [True, False]},
        {"where": [[True, False, True], [False, True, True]]},
        {"where": [1, 0], "sample_weight": [4, 2]},
        {"n_threads": 2},
    ],
)
def test_it_computes_what_the_native_loss_does(method, reduction, options):
    native, ours = lossreg.get("squared_error"), Squared()
    for y, x in [(Y, X), (Y, X.astype(np.float32)), (Y.astype(np.int8), X), (Y.tolist(), X.T.copy().T)]:
        wanted = outcome(lambda y=y, x=x: getattr(native, method)(y, x, reduction=reduction, **options))
        assert outcome(lambda y=y, x=x: getattr(ours, method)(y, x, reduction=reduction, **options)) == wanted


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        (([[1.0], [2.0]], [1.0, 2.0]), {}),
        (([1.0, 2.0, 3.0], [1.0, 2.0]), {}),
        ((Y, X), {"sample_weight": [1.0, 2.0, 3.0]}),
        ((Y, X), {"where": [[True], [False]]}),
        ((Y, X), {"where": [[1.0] * 3] * 2}),
        ((Y, X), {"where": np.zeros((2, 3), bool)}),
        ((Y, X), {"sample_weight": [0.0, 0.0], "reduction": "weighted_mean"}),
        ((Y, X), {"reduction": "average"}),
        ((Y, X), {"n_threads": 0}),
        ((Y, X), {"n_threads": True}),
        ((Y, X), {"out": np.zeros((3, 2))}),
        ((Y, X), {"out": np.zeros((2, 3), np.float32)}),
        ((Y, X), {"out": np.broadcast_to(0.0, (2, 3))}),
        ((Y, X), {"out": [0.0]}),
        (([], []), {}),
        ((np.ma.masked_array([1.0]), [1.0]), {}),
        (([1.0], ["a"]), {}),
        (([1j], [1.0]), {}),
        ((np.array([None]), [1.0]), {}),
    ],
)
def test_it_refuses_what_the_native_loss_does(arguments, options):
    with pytest.raises(Exception) as native:
        lossreg.get("squared_error").grad(*arguments, **options)
    with pytest.raises(native.type) as ours:
        Squared().grad(*arguments, **options)
    assert isinstance(ours.value, lossreg.LossregError)


def test_arguments_that_are_no_arrays_of_float64():
    loss = Squared()
    assert loss.grad([0, 0], [1, 2], reduction="sum").dtype == np.float64
    assert loss.grad([0, 0], np.array([1, 2], np.float16), reduction="sum").dtype == np.float32
    assert loss.grad([True, False], np.array([1, 2], ">f4"), reduction="sum").tolist() == [0.0, 4.0]
    assert loss(np.uint8([200]), np.array([100.0], np.float32)) == 10_000.0
    assert loss.value(np.float64(1), np.float32(3), reduction="none").shape == ()
    assert loss(np.zeros((2, 0)), np.zeros((2, 0)), reduction="sum") == 0.0
    wide = loss.value(np.array([1.0 + 2**-40]), np.array([1.0], np.float32), reduction="sum")
    assert wide == 2.0**-80  # in the wider of the two dtypes


def test_out():
    loss = Squared()
    wanted = loss.grad(Y, X)
    out = np.empty((2, 3))
    assert loss.grad(Y, X, out=out) is out
    np.testing.assert_array_equal(out, wanted)
    inplace = X.copy()
    assert loss.grad(Y, inplace, out=inplace) is inplace
    np.testing.assert_array_equal(inplace, wanted)
    value, grad, hess = loss.value_grad_hess(Y, X, out=(out, np.empty((2, 3))))
    assert grad is out
    assert value == loss(Y, X)
    np.testing.assert_array_equal(hess, loss.hess(Y, X))
    np.testing.assert_array_equal(loss(Y, X, reduction="none", out=out), np.square(X - Y))
    memory = np.zeros(4)
    with pytest.raises(lossreg.AliasError, match="out overlaps y_pred"):
        loss.grad(np.zeros(3), memory[:3], out=memory[1:])
    with pytest.raises(lossreg.AliasError, match="out overlaps y_true"):
        loss.grad(memory[:3], np.zeros(3), out=memory[:3])
    with pytest.raises(lossreg.AliasError, match="out overlaps the other output"):
        loss.grad_and_hess(Y, X, out=(out, out))
    with pytest.raises(lossreg.DtypeError, match="tuple of two arrays"):
        loss.grad_and_hess(Y, X, out=out)
    with pytest.raises(lossreg.ParameterError, match="reduction='none'"):
        loss(Y, X, out=out)


def test_min_hessian_floors_before_weights():
    assert Squared().hess([0.0], [1.0], [0.5], reduction="sum", min_hessian=3.0).tolist() == [1.5]
    with pytest.raises(lossreg.ParameterError, match="this loss has 'exact'"):
        Squared().hess([0.0], [1.0], hessian="majorizer")


def test_the_author_gets_arrays_that_are_read_only_and_in_order():
    seen = []

    class Curious(CrossEntropy):
        name = "curious"

        def per_element(self, y_true, y_pred):
            seen.append((y_true, y_pred))
            return super().per_element(y_true, y_pred)

    loss, labels = Curious(), np.array([2, 0], np.int8)
    x = np.asfortranarray(X)
    for y, options, dtype in [
        (labels, {}, np.intp),
        (labels.astype(np.float32), {"where": [True, False]}, np.intp),
        (np.eye(3)[labels], {}, np.float64),
        (np.eye(3, dtype=bool)[labels], {"sample_weight": [0.0, 1.0]}, np.float64),
    ]:
        before = x.copy()
        loss(y, x, **options)
        for array in seen.pop():
            assert type(array) is np.ndarray
            assert array.flags.c_contiguous
            assert array.flags.aligned
            assert array.dtype.isnative
            with pytest.raises(ValueError, match="read-only"):
                array[...] = 0
        loss(y, x, **options)
        y_true, y_pred = seen.pop()
        assert (y_true.dtype, y_pred.dtype) == (dtype, np.float64)
        np.testing.assert_array_equal(x, before)
    loss.value(labels, X.astype(np.float32))
    assert seen.pop()[1].dtype == np.float32
    assert loss(np.zeros(0, int), np.zeros((0, 3)), reduction="sum") == 0.0


def test_code_that_works_in_place_cannot_spoil_the_arguments():
    class Spoiler(Squared):
        name = "spoiler"

        def per_element(self, y_true, y_pred):
            y_pred -= y_true
            return y_pred**2

    x = X.copy()
    with pytest.raises(ValueError, match="read-only"):
        Spoiler()(Y, x)
    np.testing.assert_array_equal(x, X)


def test_nobody_makes_the_arguments_writable():
    class Stubborn(Squared):
        name = "stubborn"

        def per_element(self, y_true, y_pred):
            for array in (y_true, y_pred):
                with pytest.raises(ValueError, match="WRITEABLE"):
                    array.setflags(write=True)
                with pytest.raises(ValueError, match="read-only"):
                    np.asarray(array.base)[...] = 0
            return super().per_element(y_true, y_pred)

    for dtype in (np.float64, np.float32, np.float16, int):
        y, x = Y.astype(dtype), X.astype(dtype)
        before = x.copy()
        assert Stubborn()(y, x) == Squared()(y, x)
        np.testing.assert_array_equal(x, before)
        assert x.flags.writeable


def test_results_may_be_views_of_what_they_are_computed_from():
    class Identity(Squared):
        name = "identity_by_hand"

        def per_element(self, y_true, y_pred):
            return y_pred

        def per_element_grad(self, y_true, y_pred):
            return y_pred[::-1]

        def per_element_hess(self, y_true, y_pred):
            return y_pred.T[::-1].T

    loss = Identity()
    wanted = loss.value_grad_hess(Y, X, reduction="sum")
    assert wanted[0] == X.sum()
    inplace, other = X.copy(), np.empty(X.shape)
    got = loss.value_grad_hess(Y, inplace, reduction="sum", out=(inplace, other))
    assert got[0] == wanted[0]
    np.testing.assert_array_equal(got[1:], wanted[1:])
    inplace = X.copy()
    np.testing.assert_array_equal(loss.hess(Y, inplace, reduction="sum", out=inplace), wanted[2])


def test_sums_are_correctly_rounded():
    class Given(Value):
        name = "given_by_hand"

        def per_element(self, y_true, y_pred):
            return y_pred

    rng = np.random.default_rng(5)
    x = rng.normal(size=5000) * 10.0 ** rng.integers(-150, 150, 5000)
    x = np.concatenate([x, -x[::-1], [1e-40]])
    weight = 2.0 ** rng.integers(-3, 3, x.size)
    loss = Given()
    assert loss(0 * x, x, reduction="sum") == math.fsum(x) == 1e-40
    assert loss(0 * x, x) == 1e-40 / x.size
    assert loss(0 * x, x, weight, reduction="sum") == math.fsum(x * weight)
    assert loss([0.0] * 3, [1e308, 1e308, -1e308], reduction="sum") == 1e308


def test_results_of_any_dtype_of_numbers():
    for dtype in (bool, np.int8, np.uint64, np.float16, np.float32, np.longdouble, ">f8"):
        kind = type(
            "Typed", (Squared,), {"name": "typed", "per_element": lambda self, y, x, d=dtype: (x > 1).astype(d)}
        )
        assert kind()(Y, X, reduction="sum") == (X > 1).sum()


def test_many_threads_may_call_at_once():
    from concurrent.futures import ThreadPoolExecutor

    rng = np.random.default_rng(6)
    x = rng.normal(size=(8, 200_000))
    loss, native = Squared(), lossreg.get("squared_error")
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda row: loss.value_and_grad(0 * row, row), x))
    for row, (value, grad) in zip(x, got, strict=True):
        wanted = native.value_and_grad(0 * row, row)
        assert value == wanted[0]
        np.testing.assert_array_equal(grad, wanted[1])


def test_masked_elements_never_reach_the_author():
    class Careful(Squared):
        name = "careful"

        def per_element(self, y_true, y_pred):
            assert np.isfinite(y_true).all()
            assert np.isfinite(y_pred).all()
            return super().per_element(y_true, y_pred)

    spoilt = np.where([[True], [False]], X, np.nan)
    assert Careful()(Y, spoilt, where=[True, False]) == Careful()(Y[:1], X[:1])
    assert Careful()(Y, spoilt, where=[False, False], reduction="sum") == 0.0


def test_row_wise():
    loss = CrossEntropy()
    native = lossreg.get("sparse_categorical_cross_entropy")
    labels, x = np.array([2, 0]), X
    np.testing.assert_allclose(loss.value(labels, x, reduction="none"), native.value(labels, x, reduction="none"))
    np.testing.assert_allclose(loss.grad(labels, x, [1.0, 3.0]), native.grad(labels, x, [1.0, 3.0]))
    np.testing.assert_allclose(loss.grad(labels, x, where=[True, False]), native.grad(labels, x, where=[True, False]))
    assert loss(labels.astype(float), x) == loss(np.eye(3)[labels], x)
    np.testing.assert_allclose(loss.predict(x).sum(axis=-1), 1.0)
    np.testing.assert_allclose(np.exp(loss.init_score([0, 1, 1])), [1 / 3, 2 / 3], rtol=1e-12)
    with pytest.raises(lossreg.DomainError, match="y_true holds 3 at index 1; wanted a class index from 0 to 2"):
        loss([0, 3], x)
    with pytest.raises(lossreg.DomainError, match="wanted probabilities from 0 to 1"):
        loss(2 * np.eye(3)[labels], x)
    with pytest.raises(
        lossreg.ShapeError, match=r"wanted class indices of shape \(2,\) or rows of probabilities of shape \(2, 3\)"
    ):
        loss([0, 1, 2], x)
    with pytest.raises(lossreg.ShapeError, match="rows of classes"):
        loss(0, 1.0)


@pytest.mark.parametrize(
    ("domain", "good", "bad"),
    [
        ("non-negative", 0.0, -1.0),
        ("positive", 0.5, 0.0),
        ("label", -1.0, 0.5),
        ("soft label", 0.5, -0.5),
        ("probability", 1.0, 1.5),
    ],
)
def test_domains_are_checked_where_elements_count(domain, good, bad):
    loss = type("Fussy", (Squared,), {"name": "fussy", "target": domain, "prediction": domain})()
    words = lossreg.describe(loss).target
    assert loss([good], [good]) == 0.0
    assert np.isnan(loss([np.nan], [good]))
    assert loss([bad, good], [good, good], where=[False, True]) == 0.0
    with pytest.raises(lossreg.DomainError, match=rf"y_true holds {bad:g} at index 1; wanted {words}"):
        loss([good, bad], [good, good])
    with pytest.raises(lossreg.DomainError, match="y_pred holds"):
        loss([good], [bad])
