"""Divergences of rows of probabilities beside their targets: to the last digits of the rows as they are given, whatever their sums."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from mpmath import mp

import lossreg


def kullback_leibler(a: mp.mpf, b: mp.mpf) -> mp.mpf:
    return a * mp.log(a / b) - a + b


TERMS = {
    "kl_divergence": kullback_leibler,
    "reverse_kl": lambda t, q: kullback_leibler(q, t),
    "jensen_shannon": lambda t, q: (t * mp.log(2 * t / (t + q)) + q * mp.log(2 * q / (t + q))) / 2,
    "total_variation": lambda t, q: abs(t - q) / 2,
}


def relative_error(name: str, t: np.ndarray, x: np.ndarray, value: float) -> float:
    with mp.workdps(250):
        t, x = ([mp.mpf(float(number)) for number in row] for row in (t, x))
        truth = mp.fsum(TERMS[name](a, b / mp.fsum(x)) for a, b in zip(t, x, strict=True))
        return float(abs(mp.mpf(float(value)) / truth - 1))


@pytest.mark.parametrize("classes", [2, 3, 7, 40, 300])
@pytest.mark.parametrize(
    ("dtype", "distances"), [("float32", [1e-2, 1e-4, 1e-6]), ("float64", [1e-2, 1e-6, 1e-9, 1e-12, 1e-15])]
)
@pytest.mark.parametrize("name", TERMS)
def test_digits_beside_the_target(name: str, dtype: str, distances: list[float], classes: int) -> None:
    loss, rng = lossreg.get(name, from_logits=False), np.random.default_rng(9)
    for distance in distances:
        t = rng.dirichlet(np.ones(classes), 8).astype(dtype)
        for scale in (1.0, 3e-9, 7e17):  # rows are divided by their sums
            x = (scale * t * (1 + distance * rng.uniform(-1, 1, t.shape))).astype(dtype)
            for target, row, value in zip(t, x, loss(t, x, reduction="none"), strict=True):
                assert relative_error(name, target, row, value) < 8 * np.finfo(dtype).eps


@pytest.mark.parametrize("name", TERMS)
def test_a_row_that_is_sure_beside_a_target_that_is_nearly(name: str) -> None:
    loss = lossreg.get(name, from_logits=False)
    for share in (1e-3, 1e-9, 1e-18, 1e-100):
        t, x = np.array([[1 - share, share]]), np.array([[1.0, share * (1 + 1e-7)]])
        assert relative_error(name, t[0], x[0], loss(t, x, reduction="none")[0]) < 4e-15


@pytest.mark.parametrize("classes", [2, 3, 8, 100])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", TERMS)
def test_nothing_is_left_of_rows_that_are_their_targets(name: str, dtype: str, classes: int) -> None:
    loss, rng = lossreg.get(name, from_logits=False), np.random.default_rng(3)
    for _ in range(20):
        parts = np.diff(np.sort(rng.choice(1 << 12, classes - 1, replace=False) + 1), prepend=0, append=1 << 12)
        t = (parts[None] / (1 << 12)).astype(dtype)
        t = t[:, t[0] > 0]
        for scale in (1, 0.5, 0.75, 3, 5):  # none of which is lost in the product
            value, slopes = loss.value_and_grad(t, (t * scale).astype(dtype))
            assert value == 0
            if name != "kl_divergence":  # whose slope with respect to a probability is a ratio less another
                assert not slopes.any()


@pytest.mark.parametrize("small", [6.37e-21, 1e-9, 1e-3])
def test_a_row_that_is_sure_has_its_slopes(small: float) -> None:
    """By hand: of total variation the first derivatives by probabilities p/S are -1/2 and 1/2, S = p + small."""
    loss, p = lossreg.get("total_variation", from_logits=False), 0.999749393
    t, x = [[1.0, 0.0]], [[p, small]]
    total = p + small
    slope = [-small / total**2, p / total**2]
    np.testing.assert_allclose(loss.value(t, x), small / total, rtol=1e-15)
    np.testing.assert_allclose(loss.grad(t, x)[0], slope, rtol=1e-14)
    # The slope by the second is p/S^2, and that by the first -small/S^2.
    wanted = np.array([[2 * small, small - p], [small - p, -2 * p]]) / total**3
    np.testing.assert_allclose(loss.full_hessian(t, x)[0], wanted, rtol=1e-13)


@pytest.mark.parametrize("classes", [2, 3, 10, 30, 700])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_gradients_of_probabilities_keep_their_digits_beside_the_target(dtype: str, classes: int) -> None:
    loss, rng = lossreg.get("kl_divergence", from_logits=False), np.random.default_rng(classes)
    eps = float(np.finfo(dtype).eps)
    for size in (0.3, 1e-3, 1e-5, 1e-7, 1e-10, 1e-14, 0.0):
        t = rng.dirichlet(np.ones(classes), 3).astype(dtype)
        p = abs(t * (1 + size * rng.normal(size=t.shape))).astype(dtype) * np.array([[1.0], [0.25], [4.0]], dtype)
        grads = loss.grad(t, p, reduction="none")
        for targets, row, grad in zip(t, p, grads, strict=True):
            exact = [[Fraction(float(number)) for number in numbers] for numbers in (targets, row)]
            pull = sum(exact[0]) / sum(exact[1])
            for target, number, got in zip(*exact, grad, strict=True):
                truth = pull - target / number
                assert abs(Fraction(float(got)) - truth) <= 1.5 * eps * abs(truth) + 16 * eps**2 * pull
    np.testing.assert_array_equal(loss.grad(t, t), 0.0)
