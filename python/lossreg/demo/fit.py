"""Linear models trained by a loss: four optimisers that know nothing of the loss but its value and its derivatives.

Newton's method uses the exact Hessian, L-BFGS the gradient, and the averaged subgradient method is for losses with
kinks; stochastic descent takes a batch at a time. All see one thing, an `Objective`: the mean loss of a linear model plus a ridge on its weights.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import minimize

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    import lossreg

    Floats = NDArray[np.float64]
    Visit = Callable[[Floats], None]


@dataclass(frozen=True)
class Objective:
    """Mean loss of the scores `features @ weights`, plus ridge/2 · ‖weights‖²; the last feature is the constant 1."""

    loss: lossreg.Loss
    features: Floats
    targets: NDArray[Any]
    outputs: int
    ridge: float

    @property
    def start(self) -> Floats:
        """All weights 0: every prediction is the same."""
        return np.zeros(self.features.shape[1] * self.outputs)

    def scores(self, weights: Floats, features: Floats | None = None) -> Floats:
        """One score a row, or a row of class scores where there are several outputs."""
        matrix = weights.reshape(-1, self.outputs)
        scores = (self.features if features is None else features) @ matrix
        return scores[:, 0] if self.outputs == 1 else scores

    def value_and_grad(self, weights: Floats) -> tuple[float, Floats]:
        """The objective and its gradient with respect to the weights."""
        value, grad = self.loss.value_and_grad(self.targets, self.scores(weights))
        penalty = self._penalty(weights)
        grad = self.features.T @ grad.reshape(-1, self.outputs)
        return value + 0.5 * float(penalty @ weights), grad.ravel() + penalty

    def newton_system(self, weights: Floats) -> tuple[Floats, Floats]:
        """Gradient and Hessian with respect to the weights (one output)."""
        grad, hess = self.loss.grad_and_hess(self.targets, self.scores(weights))
        ridge = np.diag(self._penalty(np.ones_like(weights)))
        return self.features.T @ grad + ridge @ weights, (self.features.T * hess) @ self.features + ridge

    def _penalty(self, weights: Floats) -> Floats:
        penalty = self.ridge * weights.reshape(-1, self.outputs)
        penalty[-1] = 0  # the intercept is free
        return penalty.ravel()


def newton(objective: Objective, visit: Visit, steps: int = 12) -> Floats:
    """Newton's method: each step solves for the minimum of the local parabola."""
    weights = objective.start
    for _ in range(steps):
        grad, hess = objective.newton_system(weights)
        weights = weights - np.linalg.solve(hess, grad)
        visit(weights)
    return weights


def lbfgs(objective: Objective, visit: Visit, steps: int = 200) -> Floats:
    """SciPy's L-BFGS, called with value and gradient in one pass."""
    result = minimize(
        objective.value_and_grad,
        objective.start,
        jac=True,
        method="L-BFGS-B",
        callback=lambda weights: visit(weights.copy()),
        options={"maxiter": steps},
    )
    weights: Floats = result.x
    return weights


def momentum(objective: Objective, visit: Visit, seed: int, epochs: int = 40, batch: int = 64) -> Floats:
    """Stochastic gradient descent with momentum on shuffled batches, the rate falling to 0 in a straight line."""
    rng = np.random.default_rng(seed)
    weights, velocity = objective.start, objective.start
    rows = len(objective.targets)
    batches = [(epoch, first) for epoch in range(epochs) for first in range(0, rows, batch)]
    for step, (_, first) in enumerate(batches):
        if first == 0:
            order = rng.permutation(rows)
        chosen = order[first : first + batch]
        part = replace(objective, features=objective.features[chosen], targets=objective.targets[chosen])
        velocity = 0.9 * velocity - 0.1 * (1 - step / len(batches)) * part.value_and_grad(weights)[1]
        weights = weights + velocity
        visit(weights)
    return weights


def subgradient(objective: Objective, visit: Visit, steps: int = 3000, rate: float = 0.3) -> Floats:
    """Steps along the negative subgradient, ever shorter; the answer is the mean of the second half."""
    weights = objective.start
    mean, averaged = np.zeros_like(weights), 0
    for step in range(steps):
        _, grad = objective.value_and_grad(weights)
        weights = weights - rate / np.sqrt(step + 1) * grad
        if step >= steps // 2:
            averaged += 1
            mean += (weights - mean) / averaged
        visit(mean if step == steps - 1 else weights)
    return mean
