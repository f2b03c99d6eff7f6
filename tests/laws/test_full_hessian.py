"""`full_hessian` against second derivatives by mpmath, the diagonal that `hess` returns, and the laws of all methods."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from drawn import same
from mpmath import mp

import lossreg

Array = np.ndarray[Any, Any]

DIGITS = 120  # differences of a confident row's losses leave few of them
SPARSE = "sparse_categorical_cross_entropy"
CASES = [
    (SPARSE, {}),
    (SPARSE, {"label_smoothing": 0.2, "class_weight": [0.5, 2.0, 0.0, 1.5]}),
    ("categorical_cross_entropy", {}),
    ("categorical_cross_entropy", {"label_smoothing": 0.1, "class_weight": [0.5, 2.0, 0.0, 1.5]}),
    ("categorical_focal", {}),
    ("categorical_focal", {"gamma": 0.5, "alpha": [0.25, 1.0, 3.0, 0.5], "label_smoothing": 0.3}),
    ("kl_divergence", {}),
]
each = pytest.mark.parametrize(
    ("name", "params"),
    [pytest.param(name, {**p, "from_logits": raw}, id=f"{name}{p}{raw}") for name, p in CASES for raw in (True, False)],
)


def predictions(loss: lossreg.Loss, shape: tuple[int, ...], dtype: str = "float64", spread: float = 3.0) -> Array:
    """Logits, or their exponentials, which need not sum to 1."""
    raw = np.random.default_rng(7).normal(0, spread, shape)
    return (raw if loss.params["from_logits"] else np.exp(raw)).astype(dtype)


def targets(loss: lossreg.Loss, shape: tuple[int, ...]) -> Array:
    draw = np.random.default_rng(8)
    if loss.name in (SPARSE, "categorical_focal"):
        return draw.integers(0, shape[-1], shape[:-1])
    shares = draw.dirichlet(np.full(shape[-1], 0.5), shape[:-1])
    shares[..., 0] = 0.0
    return shares


class Truth:
    """The second derivatives of the definition by the classes of one row, by differences with many digits."""

    def __init__(self, loss: lossreg.Loss, target: Any, row: Array) -> None:
        params, k = loss.params, len(row)
        a = mp.mpf(params.get("label_smoothing", 0.0))
        shares = np.eye(k)[target] if np.ndim(target) == 0 else target
        weights = params.get("class_weight") or params.get("alpha") or [1.0] * k
        self.terms = [w * ((1 - a) * mp.mpf(t) + a / k) for w, t in zip(weights, shares.tolist(), strict=True)]
        self.gamma = mp.mpf(params.get("gamma", 0.0))
        self.raw = params["from_logits"]
        self.row = [*map(mp.mpf, row.tolist())]

    def q(self, *row: Any) -> list[Any]:
        p = [mp.exp(z) for z in row] if self.raw else row
        return [p_k / sum(p) for p_k in p]

    def value(self, *row: Any) -> Any:
        pairs = zip(self.terms, self.q(*row), strict=True)
        return -sum(t * (1 - q) ** self.gamma * mp.log(q) for t, q in pairs)

    def magnitude(self, i: int, j: int) -> Any:
        """What the terms of a second derivative would sum to if none cancelled."""
        q, gamma = self.q(*self.row), self.gamma
        logs = [-mp.log(q_k) for q_k in q]
        parts = [
            (t * (1 - q_k) ** gamma, q_k / (1 - q_k), log) for t, q_k, log in zip(self.terms, q, logs, strict=True)
        ]
        first = sum(part * (1 + gamma * odds * log) for part, odds, log in parts)
        second = [part * odds * gamma * ((gamma + 1) * odds * log + log + 2) for part, odds, log in parts]
        rest = first + sum(second) - second[i] - second[j]
        size = q[i] * q[j] * rest + q[j] * second[i] * (1 - q[i]) + q[i] * second[j] * (1 - q[j])
        return size if self.raw else size / (self.row[i] * self.row[j])

    def error(self, i: int, j: int, actual: Any) -> float:
        """In ULP of the truth times its condition."""
        with mp.workdps(DIGITS):
            orders = [int(k == i) + int(k == j) for k in range(len(self.row))]
            true = mp.diff(self.value, tuple(self.row), tuple(orders))
            ulp = mp.mpf(float(np.spacing(abs(actual.dtype.type(true))))) if true else mp.mpf(2) ** -1074
            condition = max(mp.mpf(1), self.magnitude(i, j) / abs(true)) if true else 1
            return float(abs(mp.mpf(float(actual)) - true) / ulp / condition)


def worst(loss: lossreg.Loss, y: Array, x: Array) -> float:
    """The largest error off the diagonals."""
    matrices = loss.full_hessian(y, x, reduction="none")
    assert matrices.shape == (*x.shape, x.shape[-1])
    assert matrices.dtype == x.dtype
    rows = [(Truth(loss, target, row), matrix) for target, row, matrix in zip(y, x, matrices, strict=True)]
    places = itertools.permutations(range(x.shape[-1]), 2)
    return float(max(row.error(i, j, matrix[i, j]) for (i, j), (row, matrix) in itertools.product(places, rows)))


@each
@pytest.mark.parametrize(("dtype", "bound"), [("float32", 1.0), ("float64", 8.0)])
def test_off_the_diagonal_are_the_second_derivatives(name: str, params: Any, dtype: str, bound: float) -> None:
    loss = lossreg.get(name, **params)
    x = predictions(loss, (5, 4), dtype)
    assert worst(loss, targets(loss, x.shape), x) <= bound


@pytest.mark.parametrize("params", [{"gamma": 1.5}, {"gamma": 0.0}, {"gamma": 2.0, "label_smoothing": 0.1}], ids=repr)
def test_confident_rows_keep_their_digits(params: Any) -> None:
    loss = lossreg.get("categorical_focal", **params)
    x = np.array([[40.0, 0.0, 1.0], [0.0, 90.0, -3.0], [-30.0, -2.0, 25.0]])
    # A formula knows q from ℓ, whose last digit counts for more the less likely a class is.
    assert worst(loss, np.array([0, 0, 1]), x) <= 16.0


@each
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("reduction", ["none", "mean", "sum", "weighted_mean"])
def test_the_diagonal_is_hess_and_the_matrices_are_symmetric(
    name: str, params: Any, dtype: str, reduction: str
) -> None:
    for k in (1, 2, 4, 65):
        short = {key: p for key, p in params.items() if k == 4 or key not in ("class_weight", "alpha")}
        loss = lossreg.get(name, **short)
        x = predictions(loss, (3, 2, k), dtype)
        y = targets(loss, x.shape)
        options: dict[str, Any] = {
            "sample_weight": np.random.default_rng(9).uniform(0.1, 2, (3, 2)),
            "where": [[True, False], [True, True], [False, True]],
            "reduction": reduction,
        }
        matrices = loss.full_hessian(y, x, **options)
        assert matrices.shape == (3, 2, k, k)
        same(np.ascontiguousarray(np.diagonal(matrices, axis1=-2, axis2=-1)), loss.hess(y, x, **options))
        same(matrices, np.ascontiguousarray(matrices.swapaxes(-1, -2)))
        assert not matrices[0, 1].any()
        assert not matrices[2, 0].any()
        if loss.params["from_logits"]:
            # A constant added to all logits of a row changes nothing.
            size = np.abs(matrices).sum(-1)
            assert np.all(np.abs(matrices.sum(-1, dtype="float64")) <= 8 * np.finfo(dtype).eps * size)


@each
def test_it_is_the_derivative_of_the_gradient_of_the_reduced_value(name: str, params: Any) -> None:
    loss = lossreg.get(name, **params)
    x = predictions(loss, (3, 4), spread=1.0)
    y = targets(loss, x.shape)
    for reduction in ("mean", "weighted_mean", "sum", "none"):
        options: dict[str, Any] = {
            "sample_weight": [1.0, 2.0, 0.5],
            "where": [True, True, False],
            "reduction": reduction,
        }
        matrices = loss.full_hessian(y, x, **options)
        for row, j in itertools.product(range(3), range(4)):
            step = np.zeros_like(x)
            step[row, j] = 2.0**-18 * max(1.0, abs(x[row, j])) if loss.params["from_logits"] else 2.0**-18 * x[row, j]
            change = loss.grad(y, x + step, **options) - loss.grad(y, x - step, **options)
            slope = change / (2 * step[row, j])
            assert np.allclose(slope[row], matrices[row, :, j], rtol=1e-6, atol=1e-8 * np.abs(matrices).max())
            assert not np.delete(slope, row, 0).any()


def test_weights_and_divisors_multiply() -> None:
    loss = lossreg.get("categorical_focal")
    x, y, w = predictions(loss, (4, 5)), np.array([0, 1, 2, 4]), np.array([1.0, 0.0, 2.0, 0.5])
    plain = loss.full_hessian(y, x, reduction="none")
    weighted = w[:, None, None] * plain
    same(loss.full_hessian(y, x, w, reduction="sum"), weighted)
    same(loss.full_hessian(y, x, w), weighted / 4)
    np.testing.assert_array_max_ulp(loss.full_hessian(y, x, w, reduction="weighted_mean"), weighted / 3.5, 2)


def test_rows_that_do_not_count_are_zero_and_others_do_not_notice() -> None:
    loss = lossreg.get(SPARSE, ignore_index=-1)
    x = np.array([[1.0, 2.0, 3.0], [math.nan, math.inf, 0.0], [0.5, 0.0, -1.0], [math.nan, 1.0, 2.0]])
    matrices = loss.full_hessian([0, -1, 2, 1], x, where=[True, True, True, False])
    same(matrices[[0, 2]], loss.full_hessian([0, 2], x[[0, 2]]))
    same(matrices[[1, 3]], np.zeros((2, 3, 3)))


def test_nan_stays_in_its_row() -> None:
    for name, params in CASES:
        loss = lossreg.get(name, **params)
        x, x_lost = predictions(loss, (3, 4)), predictions(loss, (3, 4))
        y = targets(loss, x.shape)
        x_lost[1, 2] = math.nan
        matrices = loss.full_hessian(y, x_lost, reduction="none")
        assert np.isnan(matrices[1]).all()
        same(matrices[[0, 2]], loss.full_hessian(y, x, reduction="none")[[0, 2]])
    lost = lossreg.get("kl_divergence").full_hessian([[math.nan, 0.5]], [[0.0, 1.0]])
    assert np.isnan(lost).all()


@pytest.mark.parametrize("name", [SPARSE, "categorical_focal"])
def test_impossible_and_certain_classes(name: str) -> None:
    loss = lossreg.get(name)
    impossible = loss.full_hessian([0], [[0.0, -math.inf, 1.0]], reduction="none")[0]
    assert not impossible[1].any()
    assert not impossible[:, 1].any()
    same(impossible[::2, ::2], loss.full_hessian([0], [[0.0, 1.0]], reduction="none")[0])
    assert not loss.full_hessian([0], [[math.inf, 2.0, 1.0]]).any()
    assert np.isnan(loss.full_hessian([0], [[math.inf, math.inf, 1.0]])).all()
    shares = lossreg.get(name, from_logits=False)
    zero = shares.full_hessian([0], [[0.5, 0.0, 0.5]], reduction="none")[0]
    same(zero[::2, ::2], shares.full_hessian([0], [[0.5, 0.5]], reduction="none")[0])


@pytest.mark.parametrize("axis", [0, 1, 2, -2])
def test_classes_come_last_wherever_they_were(axis: int) -> None:
    plain, moved = lossreg.get(SPARSE), lossreg.get(SPARSE, axis=axis)
    x, y = predictions(plain, (3, 2, 4)), np.array([[0, 1], [2, 3], [3, 0]])
    turned = np.moveaxis(x, -1, axis)
    same(moved.full_hessian(y, turned), plain.full_hessian(y, x))
    same(moved.full_hessian(y, np.asfortranarray(turned)), plain.full_hessian(y, x))


def test_one_row_may_come_alone() -> None:
    loss = lossreg.get(SPARSE)
    same(loss.full_hessian(1, [0.0, 1.0]), loss.full_hessian([1], [[0.0, 1.0]])[0])


@pytest.mark.parametrize(("came", "goes"), [("float16", "float32"), ("int32", "float64"), (">f4", "float32")])
def test_dtypes(came: str, goes: str) -> None:
    loss = lossreg.get("categorical_cross_entropy")
    x, y = np.array([[1, 2, 3], [3, 0, 1]]), np.array([[0.5, 0.25, 0.25], [0, 1, 0]])
    matrices = loss.full_hessian(y.astype("float32"), x.astype(came))
    assert matrices.dtype == goes
    same(matrices, loss.full_hessian(y.astype("float32"), x.astype(goes)))
    assert loss.full_hessian(y, x.astype("float32")).dtype == "float32"


@pytest.mark.parametrize("shape", [(3, 400), (1, 700), (900, 20)])
def test_the_bits_are_the_same_for_any_number_of_threads(shape: tuple[int, int]) -> None:
    loss = lossreg.get("categorical_focal", label_smoothing=0.1)
    x = predictions(loss, shape)
    y = targets(loss, shape)
    alone = loss.full_hessian(y, x, n_threads=1, reduction="none")
    for threads in (2, 5):
        same(loss.full_hessian(y, x, n_threads=threads, reduction="none"), alone)
    for row in (0, shape[0] - 1):
        same(loss.full_hessian(y[row], x[row]), alone[row])


def test_nothing_gives_nothing() -> None:
    loss = lossreg.get(SPARSE)
    none, rows = np.zeros(0, int), np.zeros((0, 3))
    for reduction in ("none", "sum"):
        assert loss.full_hessian(none, rows, reduction=reduction).shape == (0, 3, 3)
    with pytest.raises(lossreg.EmptyError):
        loss.full_hessian(none, rows)
    with pytest.raises(lossreg.EmptyError):
        loss.full_hessian([0], [[0.0, 1.0]], where=[False])


@pytest.mark.parametrize(
    "name", [name for name in lossreg.names("row-wise") if lossreg.describe(name).link == "softmax"]
)
def test_a_probability_of_0_is_the_limit_of_small_ones(name: str) -> None:
    loss = lossreg.get(name, from_logits=False)
    y = np.array([0.0, 0.0, 1.0]) if loss.info.target.has_rows else 2
    row, near = np.array([0.2, 0.0, 0.8]), np.array([0.2, 1e-250, 0.8])
    if not np.isfinite(loss(y, near)):
        y = np.array([0.5, 0.25, 0.25])
        near[1] = 1e-300  # an infinite slope there is reached slowly
    for method in (loss.value, loss.grad, loss.hess, loss.full_hessian):
        got, wanted = method(y, row), method(y, near)
        limit = np.where(np.isinf(got) & (abs(np.asarray(wanted)) > 100), got, wanted)
        np.testing.assert_allclose(got, limit, rtol=1e-12, atol=1e-200)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("row", [[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.25, 0.75, 0.0]])
def test_what_reverse_kl_must_not_add_is_as_bad_in_the_limit(row: list[float], dtype: str) -> None:
    loss, y = lossreg.get("reverse_kl", from_logits=False), np.array([row[0], 1 - row[0], 0.0], dtype)
    none, near = np.array(row, dtype), np.array(row, dtype)
    near[y == 0] = 1e-30
    for method in (loss.grad, loss.hess):
        got, wanted = method(y, none), method(y, near)
        assert np.all(np.isinf(got[y == 0]))
        np.testing.assert_array_equal(got[y == 0], wanted[y == 0])
    np.testing.assert_array_equal(np.diagonal(loss.full_hessian(y, none)), loss.hess(y, none))


@pytest.mark.parametrize("name", lossreg.names(family="pointwise") + lossreg.names(family="adversarial"))
def test_other_losses_say_what_to_use(name: str) -> None:
    coupled = lossreg.describe(name).coupled
    words = rf"{name} has the diagonal hess\(" if coupled else rf"Hessian of {name} is diagonal: use hess\("
    with pytest.raises(lossreg.DerivativeError, match=words):
        lossreg.get(name).full_hessian([1.0], [0.5])


@pytest.mark.parametrize(
    ("error", "match", "params", "y", "x", "options"),
    [
        (lossreg.DomainError, r"y_true holds 3 at index 1", {}, [0, 3], np.zeros((2, 3)), {}),
        (lossreg.DomainError, r"y_pred holds -1 at index \(1, 2\)", {"from_logits": False}, [0, 0], [[1, 1, 1.0], [1, 1, -1]], {}),
        (lossreg.ShapeError, r"y_true has shape \(3,\)", {}, [0, 0, 0], np.zeros((2, 3)), {}),
        (lossreg.ShapeError, r"at least one class", {}, [0, 0], np.zeros((2, 0)), {}),
        (lossreg.ShapeError, r"class_weight has 2 numbers and y_pred has 3", {"class_weight": [1.0, 2.0]}, [0], np.zeros((1, 3)), {}),
        (lossreg.ShapeError, r"sample_weight has shape \(3,\)", {}, [0, 0], np.zeros((2, 3)), {"sample_weight": np.ones(3)}),
        (lossreg.DtypeError, r"where has dtype float64", {}, [0, 0], np.zeros((2, 3)), {"where": np.ones(2)}),
        (lossreg.ParameterError, r"reduction is 'max'", {}, [0], np.zeros((1, 3)), {"reduction": "max"}),
        (lossreg.ParameterError, r"n_threads is 0", {}, [0], np.zeros((1, 3)), {"n_threads": 0}),
        (TypeError, r"missing argument y_pred", {}, [0], None, {}),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_as_elsewhere(
    error: type[Exception], match: str, params: Any, y: Any, x: Any, options: Any
) -> None:
    loss = lossreg.get(SPARSE, **params)
    for method in (loss.full_hessian, loss.grad):
        with pytest.raises(error, match=match):
            method(y, x, **options)
