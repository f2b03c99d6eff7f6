"""Losses of lossreg as robust norms of statsmodels: parity with its own, and norms that it lacks."""

import tempfile
from pathlib import Path

import numpy as np
import statsmodels.api as sm
from sklearn.datasets import load_diabetes
from statsmodels.robust import norms

import lossreg
from lossreg.integrations.statsmodels import norm

X, y = load_diabetes(return_X_y=True)
X = sm.add_constant(100 * X)
y[::15] += 1000  # gross errors

print("diabetes with gross errors, estimated scale and standard error of the first coefficient")
for name, own, ours in (
    ("Huber", norms.HuberT(1.345), "huber(delta=1.345)"),
    ("Tukey", norms.TukeyBiweight(4.685), "tukey(scale=4.685)"),
):
    for label, M in (f"statsmodels' {name}", own), (ours, norm(ours)):
        fit = sm.RLM(y, X, M=M).fit(cov="H3")
        print(f"  {label:20} {fit.scale:.4f} {fit.bse[1]:.4f}")

print("mean Welsch loss of the residuals in units of Huber's scale")
huber = sm.RLM(y, X, M=norms.HuberT()).fit()
welsch = lossreg.get("welsch", scale=2.985)
fitted = sm.RLM(y, X, M=norm(welsch)).fit(start_scale=huber.scale, update_scale=False)
for label, fit in ("statsmodels' Huber", huber), ("welsch", fitted):
    print(f"  {label:20} {welsch(np.zeros_like(y), fit.resid / huber.scale):.4f}")

with tempfile.TemporaryDirectory() as folder:
    fitted.save(str(Path(folder) / "fit.pickle"))
    again = sm.load(str(Path(folder) / "fit.pickle"))
print("a saved fit has the same parameters and norm:", np.array_equal(again.params, fitted.params), again.model.M)
