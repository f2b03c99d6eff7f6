"""Divergences of rows of probabilities beside their targets: to the last digits of the rows as they are given, whatever their sums."""

from __future__ import annotations

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
