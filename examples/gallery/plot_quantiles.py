"""
Quantiles by a booster
======================

Three models of the same data, for the quantiles 0.1, 0.5 and 0.9, with smoothed pinball losses: they have the Hessian that
boosters divide by, and their constants are found by ``init_score``.
"""

import matplotlib.pyplot as plt
import numpy as np

from lossreg.integrations.xgboost import XGBLossRegressor

rng = np.random.default_rng(0)
x = rng.uniform(0, 10, 2000)
y = np.sin(x) * 3 + rng.normal(size=2000) * (0.3 + 0.2 * x)
grid = np.linspace(0, 10, 300)

plt.figure(figsize=(5, 3.4), layout="constrained")
plt.plot(x, y, ",", color="grey")
for quantile in (0.1, 0.5, 0.9):
    model = XGBLossRegressor(
        loss=f"smooth_pinball(quantile={quantile})", n_estimators=150, max_depth=3, learning_rate=0.1
    )
    model.fit(x[:, None], y)
    below = np.mean(y < model.predict(x[:, None]))
    plt.plot(grid, model.predict(grid[:, None]), label=f"{quantile}: {below:.0%} of the points lie below")
plt.legend()
plt.show()
