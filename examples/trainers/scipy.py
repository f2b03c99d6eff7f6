"""Losses in SciPy: the objective of a linear model for `minimize`, and losses for `least_squares`.

python -P examples/trainers/scipy.py
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import least_squares, minimize
from sklearn.datasets import load_breast_cancer, load_digits

from lossreg.integrations.scipy import least_squares_loss, objective

# Any solver: value and gradient in one pass, products with the exact Hessian.
X, y = load_breast_cancer(return_X_y=True)
X = (X - X.mean(axis=0)) / X.std(axis=0)
weight = np.where(y == 0, 2.0, 1.0)
fun = objective("binary_focal(gamma=1.0)", X, y, weight, l2=0.01)
for method, options in {"L-BFGS-B": {}, "Newton-CG": {"hessp": fun.hessp}, "trust-ncg": {"hessp": fun.hessp}}.items():
    fit = minimize(fun, fun.start, jac=True, method=method, **options)
    coef, intercept = fun.split(fit.x)
    right = np.mean((X @ coef + intercept > 0) == y)
    print(f"{method}: {fit.fun:.4f} from {fun(fun.start)[0]:.4f}, {right:.3f} right")

# Several classes: a score for each, the parameters one vector.
digits, labels = load_digits(return_X_y=True)
fun = objective("sparse_categorical_cross_entropy", digits / 16, labels, l2=1e-3)
fit = minimize(fun, fun.start, jac=True, method="L-BFGS-B")
print(f"digits: {np.mean(fun.scores(fit.x).argmax(axis=1) == labels):.3f} right, {fit.x.size} parameters")

# A curve through data of which a tenth is wrong.
rng = np.random.default_rng(0)
t = np.linspace(0.0, 4.0, 100)
observed = 2.0 * np.exp(-0.7 * t) + 0.05 * rng.standard_normal(100)
observed[::10] += 3.0


def residuals(p: np.ndarray) -> np.ndarray:
    """Of the curve p0 * exp(-p1 * t)."""
    return p[0] * np.exp(-p[1] * t) - observed


for name, loss in {"linear": "linear", "soft_l1": "soft_l1", "welsch": least_squares_loss("welsch")}.items():
    fit = least_squares(residuals, [1.0, 1.0], loss=loss, f_scale=0.2)
    print(f"{name}: {fit.x[0]:.2f} exp(-{fit.x[1]:.2f} t)")
