#!/usr/bin/env bash
# In GPBoost's gamma objective weights multiply the target instead of the row: weights of 2 on all rows double every prediction, weights of
# 0.5 halve it, as if its gradient were 1 - weight * y / mean instead of weight * (1 - y / mean). So a model of claim sizes that is weighted
# by numbers of claims predicts sizes times these numbers. The library's Poisson and Tweedie objectives do not see equal weights, nor do all
# three of LightGBM, which it grew out of.
# Seen with gpboost 1.8.0, lightgbm 4.7.0. Guessed before: equal weights change nothing where there is no penalty.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.16.3 scikit-learn==1.9.1 pandas==2.3.3 \
    gpboost==1.8.0 lightgbm==4.7.0
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import gpboost
import lightgbm
import numpy as np

print("gpboost", version("gpboost"), "lightgbm", version("lightgbm"))
rng = np.random.default_rng(0)
rows = 2000
X = rng.normal(size=(rows, 3))
mean = np.exp(0.5 * X[:, 0])
y = {"gamma": mean * rng.gamma(2.0, 0.5, rows), "poisson": rng.poisson(mean) * 1.0, "tweedie": rng.poisson(mean) * rng.gamma(2.0, 0.5, rows)}


def mean_prediction(library, objective, weight):
    """The mean of what a model predicts for its rows, whose weights are all the same or given."""
    weight = None if weight is None else np.broadcast_to(weight, rows).astype(float)
    params = {"objective": objective, "verbose": -1, "num_threads": 1}
    data = library.Dataset(X, y[objective], weight=weight)
    return float(library.train(params, data, 100).predict(X).mean())


found = {}
for library in (gpboost, lightgbm):
    for objective in y:
        weights = (None, 0.5, 2.0)
        found[library, objective] = none, *weighted = [mean_prediction(library, objective, w) for w in weights]
        print(
            f"{library.__name__:8} {objective:7} mean target {y[objective].mean():.3f}  mean prediction {none:.3f}, "
            f"with weights of 0.5 {weighted[0]:.3f}, of 2 {weighted[1]:.3f}"
        )
claims = rng.integers(1, 6, rows)
sizes = {library: mean_prediction(library, "gamma", claims) for library in (gpboost, lightgbm)}
truth = np.average(y["gamma"], weights=claims)
print(f"weights from 1 to 5: weighted mean target {truth:.3f}, mean prediction of gpboost {sizes[gpboost]:.3f}, of lightgbm {sizes[lightgbm]:.3f}")

for (library, objective), (none, half, double) in found.items():
    if library is gpboost and objective == "gamma":
        if not (np.isclose(half, none / 2, rtol=0.02) and np.isclose(double, 2 * none, rtol=0.02)):
            raise SystemExit("GPBoost's gamma objective weighs rows now")
    else:
        assert np.allclose([half, double], none, rtol=0.02), (library, objective)
assert sizes[gpboost] > 2.5 * truth and abs(sizes[lightgbm] / truth - 1) < 0.1
PYTHON
