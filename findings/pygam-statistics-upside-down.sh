#!/usr/bin/env bash
# Two of the statistics that pyGAM gives for a fit say nothing of the fit, or the opposite. pseudo_r2["McFadden"] is the ratio of
# log-likelihoods where McFadden's measure is 1 minus it: features of mere noise score 0.99 and good ones 0.22, while McFadden_adj beside it
# is the right way round. And statistics_["deviance"] of a LinearGAM is divided by the scale that was estimated from it: it is the number of
# rows minus the effective degrees of freedom, for any targets whatsoever.
# Seen with pygam 0.12.0. Guessed before: McFadden is near 0 for noise, and the deviance of a better model is smaller.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.16.3 scikit-learn==1.9.1 pygam==0.12.0
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import numpy as np
import pygam
from sklearn.datasets import load_breast_cancer, load_diabetes

print("pygam", pygam.__version__)
rng = np.random.default_rng(0)
X, y = load_breast_cancer(return_X_y=True)
found = {}
for name, features in {"two real features": X[:, [7, 20]], "noise": rng.normal(size=(len(y), 2))}.items():
    model = pygam.LogisticGAM(n_splines=8).fit(features, y)
    found[name] = r2 = model.statistics_["pseudo_r2"]
    p, share = model.predict_proba(features), y.mean()
    full, null = (float(np.sum(np.log(np.where(y == 1, q, 1 - q)))) for q in (p, np.full(len(y), share)))
    print(
        f"{name:17} accuracy {model.accuracy(features, y):.3f}  explained deviance {r2['explained_deviance']:.3f}  McFadden {r2['McFadden']:.3f}"
        f"  adjusted {r2['McFadden_adj']:.3f}  1 - log-likelihood / that of the constant {1 - full / null:.3f}"
    )
    if not np.isclose(r2["McFadden"], full / null, rtol=1e-6):
        raise SystemExit("McFadden is no plain ratio now")
assert found["noise"]["McFadden"] > 0.95 > 0.4 > found["two real features"]["McFadden"]
assert found["noise"]["McFadden_adj"] < 0.05 < 0.6 < found["two real features"]["McFadden_adj"]

X, y = load_diabetes(return_X_y=True)
targets = {"diabetes": y, "the same, shuffled": rng.permutation(y), "a thousand times the noise": 1000 * rng.normal(size=len(y))}
for name, each in targets.items():
    model = pygam.LinearGAM(n_splines=8).fit(X[:, [2, 8]], each)
    deviance, edof = model.statistics_["deviance"], model.statistics_["edof"]
    squares = float(np.square(each - model.predict(X[:, [2, 8]])).sum())
    print(f"{name:27} squared residuals {squares:12.0f}  deviance {deviance:7.3f}  rows - edof {len(y) - edof:7.3f}")
    if not np.isclose(deviance, len(y) - edof, rtol=1e-9):
        raise SystemExit("the deviance of a LinearGAM depends on its targets now")
PYTHON
