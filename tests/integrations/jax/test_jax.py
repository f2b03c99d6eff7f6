"""Losses for JAX: the numbers of lossreg under every transform, derivatives of both orders in both modes, batches, errors."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import pytest

import lossreg
from lossreg import DerivativeError, DtypeError, ParameterError, ShapeError
from lossreg.testing import arguments

jax: Any = pytest.importorskip("jax")
jnp = jax.numpy
from jax.test_util import check_grads

from lossreg.integrations.jax import evaluate

NAMES = [
    name
    for kind in ("adversarial", "pointwise", "row-wise")
    for name in lossreg.names(kind)
    if not lossreg.describe(name).coupled  # which are differentiated once
]
ONCE = [
    name
    for kind in ("column-wise", "sequence", "set-wise")
    for name in lossreg.names(kind)
    if len(lossreg.describe(name).columns) != 1  # of one number the second derivative is all there
]
REDUCTIONS = ["mean", "sum", "weighted_mean", "none"]
FOCAL = lossreg.get("binary_focal", gamma=1.5)
SOFTMAX = "sparse_categorical_cross_entropy"
LABELS = np.array([0, 1, 1, 0, 1])
SCORES = np.linspace(-2, 2, 5)


class Shifted(lossreg.PythonLoss):
    """Code in Python, which compiled code reaches through the interpreter."""

    name = "shifted"

    def per_element(self, y_true: Any, y_pred: Any) -> Any:
        return (y_pred - y_true - 1) ** 4

    def per_element_grad(self, y_true: Any, y_pred: Any) -> Any:
        return 4 * (y_pred - y_true - 1) ** 3

    def per_element_hess(self, y_true: Any, y_pred: Any) -> Any:
        return 12 * (y_pred - y_true - 1) ** 2


@pytest.fixture(autouse=True)
def doubles() -> Iterator[None]:
    """JAX with float64, which is off unless it is asked for."""
    with jax.enable_x64(True) if hasattr(jax, "enable_x64") else jax.experimental.enable_x64():
        yield


def places(loss: lossreg.Loss) -> tuple[int, ...]:
    info = loss.info
    return tuple(range(len(info.sides))) if info.family == "adversarial" else (1,)


def pair(result: Any) -> tuple[Any, ...]:
    return result if isinstance(result, tuple) else (result,)


def focal(x: Any) -> Any:
    return evaluate(FOCAL, LABELS, x)


@pytest.mark.parametrize("name", [*ONCE, "dice(axis=0)", "cosine_distance(axis=1)"])
def test_losses_of_more_than_a_row_are_differentiated_once(name: str) -> None:
    loss = lossreg.get(name)
    target, scores = arguments(loss, 5)
    if "axis=" in name:
        rng = np.random.default_rng(0)
        target, scores = rng.integers(0, 2, (4, 3, 2)).astype(float), rng.normal(size=(4, 3, 2))

    def mean(x: Any) -> Any:
        return evaluate(loss, target, x)

    value, grad = jax.jit(jax.value_and_grad(mean))(scores)
    wanted, slope = loss.value_and_grad(target, scores)
    assert float(value) == wanted
    np.testing.assert_array_equal(grad, slope)
    each, back = jax.vjp(lambda x: evaluate(loss, target, x, reduction="none"), scores)
    np.testing.assert_array_equal(each, loss(target, scores, reduction="none"))
    np.testing.assert_array_equal(back(jnp.ones_like(each))[0], loss.grad(target, scores, reduction="none"))
    both = jax.vmap(mean)(jnp.stack([scores, scores + 1]))
    np.testing.assert_array_equal(both, [loss(target, scores), loss(target, scores + 1)])
    with pytest.raises(DerivativeError, match="differentiated once"):
        jax.hessian(mean)(scores)


@pytest.mark.parametrize("name", NAMES)
def test_value_and_gradient_are_those_of_the_loss(name: str) -> None:
    """All in one compiled function: compiling takes the time."""
    loss = lossreg.get(name)
    cases = list(itertools.product((np.float32, np.float64), REDUCTIONS))
    data = {dtype: arguments(loss, 7, dtype) for dtype in (np.float32, np.float64)}
    weight, where = np.linspace(0.5, 2, 7), np.arange(7) != 3

    @jax.jit
    def all_cases(data: Any) -> list[Any]:
        results = []
        for dtype, reduction in cases:

            def total(*sides: Any, reduction: str = reduction) -> Any:
                value = evaluate(loss, *sides, sample_weight=weight, where=where, reduction=reduction)
                return value.sum(), value

            (_, value), grads = jax.value_and_grad(total, places(loss), has_aux=True)(*data[dtype.__name__])
            results.append((value, grads))
        return results

    results = all_cases({dtype.__name__: arrays for dtype, arrays in data.items()})
    for (dtype, reduction), (value, grads) in zip(cases, results, strict=True):
        wanted, expected = loss.value_and_grad(*data[dtype], sample_weight=weight, where=where, reduction=reduction)
        assert value.dtype == dtype
        np.testing.assert_array_equal(value, np.asarray(wanted, dtype))
        for grad, each in zip(grads, pair(expected), strict=True):
            np.testing.assert_array_equal(grad, each)


@pytest.mark.parametrize("options", [("sample_weight",), ("where",), ("sample_weight", "where"), ()], ids=repr)
def test_weights_and_masks_with_and_without_each_other(options: tuple[str, ...]) -> None:
    given = {"sample_weight": np.array([1.0, 2.0, 0.0, 0.5, 3.0]), "where": np.array([True, False, True, True, False])}
    how = {name: given[name] for name in options}
    for loss in (FOCAL, Shifted()):
        assert evaluate(loss, LABELS, SCORES, **how) == loss(LABELS, SCORES, **how)


@pytest.mark.parametrize("name", NAMES)
def test_the_second_derivative_is_the_exact_hessian(name: str) -> None:
    loss = lossreg.get(name)
    arrays = arguments(loss, 3)
    for place in places(loss):
        before, x, after = arrays[:place], arrays[place], arrays[place + 1 :]
        hessian = jax.jit(jax.hessian(lambda x, b=before, a=after: evaluate(loss, *b, x, *a)))(x)
        if loss.info.family == "row-wise":
            matrices = np.asarray(hessian)[np.arange(3), :, np.arange(3), :]
            np.testing.assert_allclose(matrices, loss.full_hessian(*arrays), rtol=1e-13, atol=1e-16)
        else:
            wanted = pair(loss.hess(*arrays))[place if len(places(loss)) > 1 else 0]
            np.testing.assert_allclose(hessian, np.diag(wanted), rtol=1e-15)


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_check_grads_of_elements(reduction: str) -> None:
    how = {"sample_weight": np.array([1.0, 2.0, 0.0, 0.5, 3.0]), "where": LABELS >= 0, "reduction": reduction}
    check_grads(lambda x: evaluate(FOCAL, LABELS, x, **how), (SCORES,), order=2)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("axis", [0, -1])
def test_check_grads_of_rows(axis: int, reduction: str) -> None:
    loss = lossreg.get(SOFTMAX, axis=axis, ignore_index=5)
    x = np.random.default_rng(0).normal(size=(4, 4))
    how = {"sample_weight": np.array([1.0, 2.0, 0.5, 3.0]), "where": np.arange(4) != 2, "reduction": reduction}
    check_grads(lambda x: evaluate(loss, np.array([0, 2, 1, 5]), x, **how), (x,), order=2)


def test_check_grads_of_two_sides_of_unequal_length() -> None:
    check_grads(partial(evaluate, "minimax_discriminator"), (SCORES, SCORES[:3] + 0.3), order=2)


@pytest.mark.parametrize("loss", ["binary_focal", SOFTMAX, "authors"])
def test_hessians_in_every_order_of_modes(loss: str) -> None:
    made = Shifted() if loss == "authors" else lossreg.get(loss)
    y, x = arguments(made, 3)
    modes = (jax.jacfwd, jax.jacrev)
    hessians = [outer(inner(lambda x: evaluate(made, y, x)))(x) for outer in modes for inner in modes]
    for hessian in hessians[1:]:
        np.testing.assert_allclose(hessian, hessians[0], rtol=1e-14, atol=1e-16)


@pytest.mark.parametrize("loss", [FOCAL, Shifted()], ids=repr)
def test_batches_of_a_batch(loss: lossreg.Loss) -> None:
    batch = SCORES + np.arange(6).reshape(2, 3, 1) / 4
    mapped = jax.vmap(jax.vmap(jax.value_and_grad(lambda x: evaluate(loss, LABELS, x))))
    for function in (mapped, jax.jit(mapped)):
        values, grads = function(batch)
        for index in np.ndindex(2, 3):
            value, grad = loss.value_and_grad(LABELS, batch[index])
            assert values[index] == value
            np.testing.assert_array_equal(grads[index], grad)


def test_a_batch_along_another_axis_with_its_own_targets_and_weights() -> None:
    x = np.random.default_rng(0).normal(size=(4, 3, 2))
    y = np.array([[0, 2, 1], [1, 1, 0]])
    weight = np.array([[1.0, 2.0, 0.5], [3.0, 0.0, 1.0]])
    loss = lossreg.get(SOFTMAX, axis=0)

    def value(y: Any, x: Any, w: Any) -> Any:
        return evaluate(loss, y, x, sample_weight=w, reduction="none")

    got = jax.vmap(value, (0, 2, 0))(y, x, weight)
    wanted = [loss(y[i], x[..., i], weight[i], reduction="none") for i in (0, 1)]
    np.testing.assert_array_equal(got, wanted)
    jacobian = jax.vmap(jax.jacrev(value, 1), (0, 2, 0))(y, x, weight)
    grads = [loss.grad(y[i], x[..., i], weight[i], reduction="none") for i in (0, 1)]
    np.testing.assert_array_equal(np.asarray(jacobian).sum(1), grads)


def test_wide_rows_are_multiplied_without_all_matrices_at_once() -> None:
    """512 matrices of 600 × 600 would be 1.5 GB."""
    y, x = np.zeros(512, int), jnp.zeros((512, 600), jnp.float32)
    along = jnp.zeros_like(x).at[:, 0].set(1)
    product = jax.jvp(jax.grad(lambda x: evaluate(SOFTMAX, y, x, reduction="sum")), (x,), (along,))[1]
    q = 1 / 600
    np.testing.assert_allclose(product[:, 0], np.full(512, q - q * q), rtol=1e-5)
    np.testing.assert_allclose(product[:, 1], np.full(512, -q * q), rtol=1e-5)


def test_inside_loops_and_checkpoints() -> None:
    def scanned(scale: Any) -> Any:
        def step(total: Any, one: Any) -> Any:
            return total + evaluate(FOCAL, one[0], scale * one[1], reduction="sum"), None

        return jax.lax.scan(step, 0.0, (jnp.asarray(LABELS), jnp.asarray(SCORES)))[0]

    wanted = np.sum(FOCAL.grad(LABELS, SCORES, reduction="sum") * SCORES)
    whole = jax.checkpoint(lambda scale: evaluate(FOCAL, LABELS, scale * SCORES, reduction="sum"))
    for function in (scanned, whole):
        np.testing.assert_allclose(jax.jit(jax.grad(function))(1.0), wanted, rtol=1e-12)


def test_a_third_derivative_is_an_error_and_no_zero() -> None:
    for third in (jax.jacfwd(jax.hessian(focal)), jax.jacrev(jax.hessian(focal))):
        with pytest.raises(DerivativeError, match="not a third time"):
            third(SCORES)
    rows = jax.hessian(lambda x: evaluate(SOFTMAX, np.array([0]), x))
    with pytest.raises(DerivativeError, match="not a third time"):
        jax.jacfwd(rows)(np.zeros((1, 3)))


def test_many_threads_evaluate_at_once() -> None:
    """Calls from several of JAX's own threads, each large enough to be shared among threads of the engine."""
    from concurrent.futures import ThreadPoolExecutor

    y, x = arguments(FOCAL, 300_000, np.float32)
    function = jax.jit(jax.value_and_grad(lambda x: evaluate(FOCAL, y, x)))
    value, grad = FOCAL.value_and_grad(y, x)
    with ThreadPoolExecutor(4) as pool:
        for got, derivative in pool.map(function, [x] * 8):
            assert got == np.float32(value)
            np.testing.assert_array_equal(derivative, grad)


# Dtypes


def test_without_float64_all_is_float32() -> None:
    with jax.enable_x64(False) if hasattr(jax, "enable_x64") else jax.experimental.disable_x64():
        value, grad = jax.jit(jax.value_and_grad(focal))(SCORES)
    wanted, expected = FOCAL.value_and_grad(LABELS, SCORES.astype(np.float32))
    assert (value.dtype, grad.dtype) == (np.float32, np.float32)
    assert value == np.float32(wanted)
    np.testing.assert_array_equal(grad, expected)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_halves_are_computed_in_float32(dtype: str) -> None:
    x = jnp.asarray(SCORES, dtype)
    value, grad = jax.value_and_grad(focal)(x)
    wanted, expected = FOCAL.value_and_grad(LABELS, np.asarray(x, np.float32))
    assert (value.dtype, grad.dtype) == (np.float32, x.dtype)
    assert value == np.float32(wanted)
    np.testing.assert_array_equal(grad, expected.astype(x.dtype))


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"])
def test_labels_of_every_width(dtype: str) -> None:
    assert evaluate(FOCAL, LABELS.astype(dtype), SCORES) == FOCAL(LABELS, SCORES)


def test_whole_numbers_that_float32_does_not_hold_are_computed_in_float64() -> None:
    y, x = np.array([2**24 + 1], np.int32), np.array([2**24], np.float32)
    assert evaluate("absolute_error", y, x) == lossreg.get("absolute_error")(y, x) == 1


@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0)])
def test_over_nothing(shape: tuple[int, ...]) -> None:
    x = np.zeros(shape)
    value, grad = jax.jit(jax.value_and_grad(lambda x: evaluate("squared_error", x * 0.0 == 0, x, reduction="sum")))(x)
    assert value == 0
    assert grad.shape == shape
    with pytest.raises(Exception, match="mean over no"):
        evaluate("squared_error", x, x).block_until_ready()


# Losses that others have


def test_numbers_of_optax() -> None:
    optax = pytest.importorskip("optax")
    y = LABELS.astype(float)
    for loss, theirs in (
        ("binary_cross_entropy", optax.sigmoid_binary_cross_entropy),
        ("squared_error", optax.squared_error),
        ("huber", optax.huber_loss),
        ("log_cosh", optax.log_cosh),
    ):
        ours = jax.value_and_grad(lambda x, loss=loss: evaluate(loss, y, x))(SCORES)
        other = jax.value_and_grad(lambda x, theirs=theirs: theirs(x, y).mean())(SCORES)
        np.testing.assert_allclose(ours[0], other[0], rtol=1e-12)
        np.testing.assert_allclose(ours[1], other[1], rtol=1e-10, atol=1e-16)


def test_a_target_of_zero_has_a_gradient() -> None:
    """`optax.kl_divergence` has a gradient of NaN there with respect to its targets, and 0·inf for certain predictions."""
    y, x = np.array([[0.0, 0.25, 0.75]]), np.array([[0.5, -1.0, 2.0]])
    grad = jax.grad(lambda x: evaluate("kl_divergence", y, x))(x)
    np.testing.assert_array_equal(grad, lossreg.get("kl_divergence").grad(y, x))
    assert np.isfinite(np.asarray(grad)).all()


# Mistakes


WRONG = [
    (lambda: jax.jit(focal)(SCORES[:3]), ShapeError, "nothing is broadcast"),
    (lambda: jax.jit(partial(evaluate, FOCAL))(LABELS, LABELS), DtypeError, "y_pred has dtype int.* in this order"),
    (lambda: jax.grad(lambda y: evaluate("squared_error", y, SCORES))(SCORES), DtypeError, r"stop_gradient\(y_true\)"),
    (
        lambda: jax.grad(lambda w: evaluate(FOCAL, LABELS, SCORES, sample_weight=w))(SCORES),
        DtypeError,
        "^sample_weight .*lost, as only",
    ),
    (lambda: jax.jvp(lambda y: evaluate("squared_error", y, SCORES), (SCORES,), (SCORES,)), DtypeError, "y_true"),
    (lambda: jax.jit(focal).lower(SCORES[:3]), ShapeError, "y_pred has shape"),
    (lambda: evaluate(FOCAL, LABELS, SCORES, where=SCORES), lossreg.LossregError, "where"),
    (lambda: evaluate(FOCAL, LABELS, SCORES, reduction="average"), ParameterError, "average"),
    (
        lambda: evaluate("huber", {"a": SCORES}, SCORES),
        DtypeError,
        "y_true is a dict; wanted an array of numbers",
    ),
    (lambda: evaluate("huber", SCORES, SCORES, where=object()), DtypeError, "where is an object; wanted an array"),
    (lambda: evaluate(FOCAL, LABELS), TypeError, "takes y_true, y_pred; got 1"),
    (lambda: evaluate(FOCAL, LABELS, SCORES, labels=LABELS), TypeError, "labels"),
    (
        lambda: evaluate("huber", LABELS, SCORES, delta=2.0),
        TypeError,
        r"delta; .*stand with the loss, as in 'huber\(delta=",
    ),
    (lambda: evaluate(FOCAL, LABELS, SCORES, weight=LABELS), TypeError, "and weight; weights are sample_weight="),
]


@pytest.mark.parametrize("number", range(len(WRONG)))
def test_what_is_wrong_is_said_when_a_function_is_traced(number: int) -> None:
    call, error, words = WRONG[number]
    with pytest.raises(error, match=words):
        call()


@pytest.mark.parametrize("place", ["y_true", "y_pred", "sample_weight", "where"])
@pytest.mark.parametrize(
    "data", [["cat", "dog"], np.array(["cat", "dog"]), np.array(["cat", "dog"], object), [None, 1.0], [[1], [1, 2]]]
)
def test_what_are_no_numbers_is_said_as_by_the_loss(place: str, data: Any) -> None:
    given = {"y_true": np.zeros(2, np.float32), "y_pred": np.zeros(2, np.float32), place: data}
    with pytest.raises(DtypeError) as told:
        lossreg.get("huber")(**given)
    with pytest.raises(DtypeError) as traced:
        evaluate("huber", **given)
    assert str(traced.value) == str(told.value)
    assert traced.value.argument == place


def test_what_depends_on_numbers_is_said_when_it_runs() -> None:
    with pytest.raises(Exception, match="y_true holds 3 at index 0; wanted labels"):
        jax.jit(lambda y: evaluate(FOCAL, y, SCORES))(LABELS + 3).block_until_ready()
    assert evaluate(FOCAL, LABELS, SCORES) == FOCAL(LABELS, SCORES)


def test_a_compiled_program_of_another_process_does_not_take_another_loss(tmp_path: Any) -> None:
    """A loss goes by its text, so JAX's cache of compiled programs on disk cannot mix them up."""
    program = (
        "import sys, jax, lossreg\n"
        "from lossreg.integrations.jax import evaluate\n"
        "jax.config.update('jax_compilation_cache_dir', sys.argv[1])\n"
        "jax.config.update('jax_persistent_cache_min_entry_size_bytes', -1)\n"
        "jax.config.update('jax_persistent_cache_min_compile_time_secs', 0)\n"
        "print(float(jax.jit(lambda x: evaluate(sys.argv[2], x * 0, x))(jax.numpy.array([3.0]))))\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    for loss in ("huber(delta=1.0)", "huber(delta=2.0)", "huber(delta=1.0)"):
        command = [sys.executable, "-c", program, str(tmp_path), loss]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
        assert float(done.stdout) == lossreg.get(loss)([0.0], [3.0])
