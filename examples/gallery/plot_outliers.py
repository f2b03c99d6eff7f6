"""
A line through outliers
=======================

Twelve of sixty points are wrong by a lot. Squared error is pulled away; robust losses are not.
The fit is SciPy's, the gradient lossreg's.
"""

import matplotlib.pyplot as plt
import numpy as np
from scipy.optimize import minimize

import lossreg

rng = np.random.default_rng(0)
x = np.sort(rng.uniform(0, 10, 60))
y = 1.5 * x + 2 + rng.normal(size=60)
y[rng.choice(60, 12, replace=False)] += 25
X = np.column_stack([x, np.ones(60)])


def fit(loss):
    """The coefficients with the least loss."""

    def objective(coefficients):
        value, slope = loss.value_and_grad(y, X @ coefficients)
        return value, X.T @ slope

    return minimize(objective, np.zeros(2), jac=True).x


plt.figure(figsize=(5, 3.4), layout="constrained")
plt.plot(x, y, ".", color="grey")
for name in ("squared_error", "huber", "absolute_error", "cauchy"):
    slope, offset = fit(lossreg.get(name))
    plt.plot(x, slope * x + offset, label=f"{name}: {slope:.2f} x + {offset:.2f}")
plt.ylim(top=60)
plt.legend()
plt.show()

# %%
# The points were drawn around 1.5 x + 2.
