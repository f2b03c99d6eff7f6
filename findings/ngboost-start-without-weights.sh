#!/usr/bin/env bash
# NGBoost's start does not see sample weights: it is fitted to all rows alike, and 0.01 of the way is gone a tree. With a weight of 0 on the diabetes
# targets above 140 the start is 152, a number that no row with a weight has, where the same rows alone begin, and stay on average, at 87: after 50 trees
# the mean prediction is 118 and the scale 65 in place of 27, after 200 the mean is 88.6. So with weights early stopping or few trees keep some of the
# wrong start, and many are spent on the way back. Take more trees or a larger learning_rate with weights, or leave out rows of weight 0 and repeat
# others.
# Seen with ngboost 0.5.11, scikit-learn 1.9.1; ngboost/ngboost.py, fit_init_params_to_marginal, which takes sample_weight and leaves it (a comment
# there says so, the documentation does not). Guessed before: the weighted maximum likelihood, as leaves and line searches have it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 pandas==3.1.1 scikit-learn==1.9.1 \
    ngboost==0.5.11
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import numpy as np
from ngboost import NGBRegressor
from sklearn.datasets import load_diabetes

print("ngboost", version("ngboost"))
X, y = load_diabetes(return_X_y=True)
few = y <= 140
print(f"targets that count: {y[few].min():.0f} to {y[few].max():.0f}, mean {y[few].mean():.1f}; of all {y.mean():.1f}")
for trees in (1, 50, 200, 500):
    weighed = NGBRegressor(n_estimators=trees, verbose=False, random_state=0).fit(X, y, sample_weight=few * 1.0)
    alone = NGBRegressor(n_estimators=trees, verbose=False, random_state=0).fit(X[few], y[few])
    seen = {name: model.pred_dist(X[few]) for name, model in {"weights of 0": weighed, "rows left out": alone}.items()}
    print(f"{trees:3} trees:", "   ".join(f"{name}: start {model.init_params[0]:.1f}, mean {seen[name].loc.mean():.1f}, scale {seen[name].scale.mean():.1f}"
        for name, model in {"weights of 0": weighed, "rows left out": alone}.items()))
    if not np.isclose(weighed.init_params[0], y.mean()):
        raise SystemExit("the start sees weights now")
    assert np.isclose(alone.init_params[0], y[few].mean())
    assert np.isclose(seen["rows left out"].loc.mean(), y[few].mean())
    assert trees > 50 or seen["weights of 0"].loc.mean() > y[few].mean() + 25
PYTHON
