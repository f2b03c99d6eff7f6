"""Every loss gives the same numbers however its arguments are stored and wherever its results go."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from drawn import CLASSES, Case, arrays, case, changed, everything, is_raw, losses, same, value

import lossreg
from lossreg.info import Domain

DEFAULTS = [loss for loss in losses() if not loss.config()["params"]]
ROWS = [loss for loss in DEFAULTS if lossreg.describe(loss).family == "row-wise"]
every_default = pytest.mark.parametrize("loss", DEFAULTS, ids=repr)


@every_default
def test_results_have_the_dtype_of_the_predictions(loss: lossreg.Loss) -> None:
    for came, result in (("float16", "float32"), ("float32", "float32"), ("float64", "float64"), ("int32", "float64")):
        if came == "int32" and not is_raw(loss):
            continue
        drawn = case(loss)
        predictions = [array.astype(came) for array in drawn.predictions]
        targets = [] if len(drawn.predictions) == len(drawn.args) else [drawn.args[0].astype("float32")]
        if loss.info.target.has_class_indices:
            targets = [drawn.args[0]]
        got = arrays(loss.value_grad_hess(*targets, *predictions, reduction="none"))
        assert {array.dtype.name for array in got} == {result}
        same(got, loss.value_grad_hess(*targets, *(array.astype(result) for array in predictions), reduction="none"))


@every_default
def test_integer_and_bool_targets_agree_with_floats(loss: lossreg.Loss) -> None:
    info = loss.info
    if info.target in (Domain.NONE, Domain.PROBABILITY):
        pytest.skip("there is no target, or no integer that makes a row")
    drawn = case(loss)
    shape = (200,) if info.family == "row-wise" and info.target.has_class_indices else drawn.args[0].shape
    count = CLASSES if info.family in ("row-wise", "sequence") else 2
    labels = np.arange(math.prod(shape)).reshape(shape) % count + (info.target is Domain.POSITIVE)
    wanted = everything(Case(loss, (labels, *drawn.predictions)))
    dtypes = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64"]
    for dtype in [*dtypes, *(["bool"] if labels.max() < 2 else [])]:
        same(everything(Case(loss, (labels.astype(dtype), *drawn.predictions))), wanted)


@every_default
def test_mixed_floats_are_computed_in_the_wider(loss: lossreg.Loss) -> None:
    info = loss.info
    if info.target is Domain.NONE or info.target.has_class_indices:
        pytest.skip("there is one floating argument")
    y, x = case(loss, dtype="float32").args
    value, grad, hess = loss.value_grad_hess(y.astype("float64"), x, reduction="none")
    wide = loss.value_grad_hess(y.astype("float64"), x.astype("float64"), reduction="none")
    assert grad.dtype == hess.dtype == "float32"
    same((grad, hess), tuple(array.astype("float32") for array in wide[1:]))
    np.testing.assert_array_equal(np.asarray(value, "float32"), wide[0].astype("float32"))


LAYOUTS: dict[str, Callable[[np.ndarray[Any, Any]], np.ndarray[Any, Any]]] = {
    "strided": lambda a: np.repeat(a, 3, axis=0)[::3],
    "columns apart": lambda a: np.repeat(a, 2, axis=-1)[..., ::2],
    "reversed": lambda a: a[::-1].copy()[::-1],
    "F-ordered": np.asfortranarray,
    "byte-swapped": lambda a: a.astype(a.dtype.newbyteorder()),
    "unaligned": lambda a: np.frombuffer(b"x" + a.tobytes(), np.uint8)[1:].view(a.dtype).reshape(a.shape),
    "a list": lambda a: a.tolist(),
}


@every_default
@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts_agree(loss: lossreg.Loss, layout: str) -> None:
    drawn = case(loss)
    same(everything(changed(drawn, LAYOUTS[layout])), everything(drawn))


@every_default
def test_read_only_and_repeated_arrays_agree(loss: lossreg.Loss) -> None:
    drawn = case(loss)
    wanted = everything(drawn)
    for array in drawn.args:
        array.flags.writeable = False
    same(everything(drawn), wanted)
    repeated = changed(drawn, lambda a: np.broadcast_to(a[:1], a.shape))
    same(everything(repeated), everything(changed(repeated, np.ascontiguousarray)))


@every_default
def test_axes_of_elements_do_not_matter(loss: lossreg.Loss) -> None:
    drawn = case(loss)
    folded = changed(drawn, lambda a: a.reshape(10, 4, 5, *a.shape[1:]))
    for array, wanted in zip(everything(folded, reduction="none"), everything(drawn, reduction="none"), strict=True):
        same(array.reshape(wanted.shape), wanted)
    transposed = changed(folded, lambda a: a.transpose(2, 0, 1, *range(3, a.ndim)))
    same(value(transposed), value(drawn))


@pytest.mark.parametrize("loss", ROWS, ids=repr)
def test_the_classes_may_be_on_any_axis(loss: lossreg.Loss) -> None:
    y, x = case(loss).args
    v, g, h = loss.value_grad_hess(y, x, reduction="none")
    first = lossreg.get(loss.name, axis=0)
    v0, g0, h0 = first.value_grad_hess(y.T, x.T, reduction="none")
    same((v0, g0.T, h0.T), (v, g, h))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("classes", [65, 1000, 2050])  # the sums of a row are in blocks of 2,048
@pytest.mark.parametrize("loss", [loss for loss in ROWS if loss.info.target.has_class_indices], ids=repr)
def test_rows_that_lie_by_columns_have_the_bits_of_others(loss: lossreg.Loss, classes: int, dtype: str) -> None:
    rng = np.random.default_rng(classes)
    x = rng.normal(0, 3, (70, classes)).astype(dtype)
    x[::5] = np.round(x[::5])  # several maxima
    x[3, 7], x[7, 1:3], x[9, 4], x[11, 2], x[12], x[13] = 40, np.inf, np.inf, np.nan, -np.inf, 1
    y = rng.integers(0, classes, 70)
    for options in ({}, {"sample_weight": rng.random(70), "where": rng.random(70) < 0.8}, {"min_hessian": 0.1}):
        wanted = loss.value_grad_hess(y, x, reduction="none", **options)
        same(loss.value_grad_hess(y, np.asfortranarray(x), reduction="none", **options), wanted)
        above = loss.replace(axis=0).value_grad_hess(y, np.ascontiguousarray(x.T), reduction="none", **options)
        same(tuple(array.T for array in above), wanted)


@every_default
def test_outputs_may_be_given(loss: lossreg.Loss) -> None:
    drawn = case(loss)
    v, g, h = loss.value_grad_hess(*drawn.args, reduction="none")
    pair = isinstance(g, tuple)

    def room() -> Any:
        rooms = tuple(np.full(array.shape, 7.0) for array in drawn.predictions)
        return rooms if pair else rooms[0]

    out = np.full(drawn.unreduced, 7.0)
    assert loss.value(*drawn.args, reduction="none", out=out) is out
    same(out, v)
    grad, hess = room(), room()
    loss.grad(*drawn.args, reduction="sum", out=grad)
    same(grad, g)
    loss.grad_and_hess(*drawn.args, reduction="sum", out=(grad, hess))
    same((grad, hess), (g, h))
    backwards = np.empty((*drawn.predictions[0].shape, 2))[::-1, ..., 0]
    if not pair:
        loss.grad(*drawn.args, reduction="sum", out=backwards)
        same(np.ascontiguousarray(backwards), g)
        inside = drawn.args[-1]
        loss.grad(*drawn.args, reduction="sum", out=inside)  # in place
        same(inside, g)


@every_default
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_few_numbers_have_the_bits_of_many(loss: lossreg.Loss, dtype: str) -> None:
    # Plain calls on few numbers have a way of their own through the engine; any further argument leads to the general one.
    for n in (1, 2, 63, 64, 65, 100, 128, 1023, 1024, 1025, 2100, 4096, 4097):
        args = case(loss, n, dtype).args
        for name in ("value", "grad", "value_and_grad", "hess", "grad_and_hess", "value_grad_hess"):
            method = getattr(loss, name)
            same(method(*args), method(*args, n_threads=1))
            same(method(*args, reduction="sum"), method(*args, reduction="sum", n_threads=1))
        args[-1][n // 2] = np.nan
        same(everything(Case(loss, args)), everything(Case(loss, args), n_threads=1))
