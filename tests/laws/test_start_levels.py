"""Start values of rows whose loss changes with a number that is added to all scores: sums with losses of elements, code of others."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import lossreg


@pytest.mark.parametrize(
    "text",
    ["pseudo_huber + 2*cce", "3.5*mse + 2*kl_divergence", "fair + 2*generalized_kl", "mae + cce", "mse + cce(axis=0)"],
)
@pytest.mark.parametrize("weighted", [False, True])
def test_a_start_beside_losses_of_elements_has_a_level(text: str, weighted: bool) -> None:
    """What is added to all scores of a row changes the sum: probabilities alone do not tell the scores."""
    loss = lossreg.get(text)
    rng = np.random.default_rng(3)
    y, axis = rng.dirichlet(np.ones(3), 3), loss.params["axis"]
    weight = rng.uniform(0.5, 2, 3) if weighted else None
    score = loss.init_score(y, weight)

    def total(scores: Any) -> float:
        wide = np.broadcast_to(scores, (3, 3))
        return loss.value(y, wide if axis == -1 else wide.T, weight, reduction="mean")

    best = total(score)
    for step in (1e-4, 1e-2, 1.0):
        for _ in range(20):
            assert total(score + step * rng.normal(size=3)) >= best - 1e-9
        for level in (-step, step):
            assert total(score + level) >= best - 1e-9


def test_amounts_in_a_sum_are_no_class_indices() -> None:
    amounts = [[2.0, 3.0, 5.0], [1.0, 1.0, 8.0]]
    alone = lossreg.get("generalized_kl").init_score(amounts)
    np.testing.assert_allclose(lossreg.get("generalized_kl + 0*tukey").init_score(amounts), alone, rtol=1e-6)
    np.testing.assert_allclose(lossreg.get("2*generalized_kl").init_score(amounts), alone, rtol=1e-6)
    with pytest.raises(lossreg.DomainError, match=r"y_true holds 2(\.0)? at index"):
        lossreg.get("cce + kl_divergence").init_score(amounts)


def test_a_loss_of_rows_in_python_may_have_a_level() -> None:
    class Apart(lossreg.PythonLoss):
        name = "apart"
        family = "row-wise"

        def per_element(self, y_true: Any, y_pred: Any) -> Any:
            return np.sum(np.square(y_pred - y_true), axis=-1)

    y = np.array([[1e5, -2.5, 0.5], [3e5, -3.5, 0.5]])
    np.testing.assert_allclose(Apart().init_score(y), y.mean(axis=0), rtol=1e-8)
