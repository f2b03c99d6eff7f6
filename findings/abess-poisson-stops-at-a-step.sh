#!/usr/bin/env bash
# abess' PoissonRegression, as it is by default, is far from the maximum of the likelihood where counts are not small. Of 3000 counts with a mean of 3.7, all four
# features allowed, its slopes are 1.86, -1.07 and 0.68 where 0.5, -0.3 and 0.2 made them and scikit-learn finds 0.51, -0.29 and 0.19, the mean of its predictions,
# which is that of the counts for any such model, is 198, and its deviance 371 where a constant has 2.5 and scikit-learn's 1.05. More iterations do not change
# it. approximate_Newton=True comes near, and with a mean of 0.4 the default is right. So the subsets that it chooses between are compared by likelihoods that are
# not theirs. Take approximate_Newton=True, and fit the features that are chosen once more elsewhere.
# Seen with abess 0.4.11, scikit-learn 1.9.1. The gradient of the likelihood of what it returns is far from 0. Guessed before: scikit-learn's
# PoissonRegressor with alpha=0, where every feature is in the subset.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 pandas==3.1.1 scikit-learn==1.9.1
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check --no-deps abess==0.4.11
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import numpy as np
from abess import PoissonRegression
from sklearn.linear_model import PoissonRegressor
from sklearn.metrics import mean_poisson_deviance

print("abess", version("abess"))
rng = np.random.default_rng(0)
X = rng.normal(size=(3000, 4))
for mean in (0.3, 3.0):
    counts = rng.poisson(np.exp(np.log(mean) + X @ [0.5, -0.3, 0.2, 0.0])).astype(float)
    constant = mean_poisson_deviance(counts, np.full(3000, counts.mean()))
    print(f"counts with a mean of {counts.mean():.2f}; deviance of a constant {constant:.3f}")
    models = {
        "scikit-learn": PoissonRegressor(alpha=0, tol=1e-9, max_iter=1000),
        "abess": PoissonRegression(support_size=4),
        "abess, more steps": PoissonRegression(support_size=4, max_iter=1000, primary_model_fit_max_iter=1000, primary_model_fit_epsilon=1e-12),
        "abess, approximate": PoissonRegression(support_size=4, approximate_Newton=True),
    }
    found = {}
    for name, model in models.items():
        predicted = np.asarray(model.fit(X, counts).predict(X))
        slope = np.abs(X.T @ (counts - predicted)).max() / len(X)
        found[name] = mean_poisson_deviance(counts, predicted)
        print(f"    {name:18} slopes {np.round(model.coef_, 2)}, mean {predicted.mean():7.2f}, deviance {found[name]:8.3f}, largest derivative {slope:.3f}")
    assert np.isclose(found["abess"], found["abess, more steps"], rtol=1e-4)
    if (found["abess"] > constant) != (mean > 1):
        raise SystemExit("it is the maximum now")
PYTHON
