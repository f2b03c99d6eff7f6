#!/usr/bin/env bash
# Whether InterpretML's boosting learns or predicts 1e136 below zero is a matter of the unit of its target. On scikit-learn's diabetes data, whose
# targets lie from 25 to 346, ExplainableBoostingRegressor with objective="pseudo_huber" predicts one number for all, -1.06e136, and with "rmse_log"
# exactly 0, an intercept of -7e15, without a word. Both predict as well as the others once the targets are divided by 100. rmse, poisson_deviance,
# gamma_deviance and tweedie_deviance do not mind. The start is 0, so that with a delta of 1 second derivatives begin at (1 + y**2)**-1.5, and a leaf
# is the sum of the first ones divided by theirs; with delta=50 it learns.
# Seen with interpret-core 0.7.8, scikit-learn 1.9.1; both names stand in the docstring of `objective`. Guessed before: a floor under the second
# derivatives, or a start within the targets, as other boosters have.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 interpret-core==0.7.8
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import numpy as np
from interpret.glassbox import ExplainableBoostingRegressor
from sklearn.datasets import load_diabetes

print("interpret-core", version("interpret-core"))
X, y = load_diabetes(return_X_y=True)


def predicted(objective, unit):
    model = ExplainableBoostingRegressor(objective=objective, interactions=0, outer_bags=2, n_jobs=1, random_state=0)
    return model.fit(X, y / unit).predict(X) * unit


def score(values):
    return 1 - ((y - values) ** 2).sum() / ((y - y.mean()) ** 2).sum()


for objective in ("rmse", "poisson_deviance", "gamma_deviance", "tweedie_deviance:variance_power=1.5", "pseudo_huber:delta=50", "pseudo_huber", "rmse_log"):
    for unit in (1, 100):
        values = predicted(objective, unit)
        print(f"{objective:36} targets / {unit:3}: predictions from {values.min():.4g} to {values.max():.4g}, R2 {score(values):.3g}")
        if unit == 1 and objective in ("pseudo_huber", "rmse_log"):
            if score(values) > -1 or np.ptp(values) > 1:
                raise SystemExit(f"{objective} learns in the unit of the data now")
        else:
            assert score(values) > 0.4, (objective, unit)
PYTHON
