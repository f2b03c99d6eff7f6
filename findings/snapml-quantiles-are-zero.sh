#!/usr/bin/env bash
# Snap ML's BoostingMachineRegressor with objective="quantile" predicts 0 for every row of nearly any data, without a word: on the diabetes data, whose targets lie
# from 25 to 346, each quantile is 0.0 for all 442 rows, with trees alone, other seeds and 5 rounds too; after one round predictions are up to 9e18. With
# lambda_l2=1 it learns: 14 %, 50 % and 87 % of the targets are below the quantiles 0.1, 0.5 and 0.9. min_h_quantile, which is 0 unless set, does it at 0.001,
# with predictions below 0, and at 1 the three quantiles of a row are within 8 of each other, where targets deviate by 77. Squared errors need neither.
# Seen with snapml 1.17.2, scikit-learn 1.9.1. The docstring says of min_h_quantile that it is a regularization term for quantile regression and that 0 is the
# default. Guessed before: quantiles, or a refusal of 0.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check --no-deps snapml==1.17.2
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import numpy as np
from sklearn.datasets import load_diabetes
from snapml import BoostingMachineRegressor

print("snapml", version("snapml"))
X, y = load_diabetes(return_X_y=True)
X = X.astype(np.float32)


def predicted(level, **options):
    return BoostingMachineRegressor(objective="quantile", alpha=level, **options).fit(X, y).predict(X)


for options in ({}, {"random_state": 1}, {"tree_select_probability": 1.0}, {"num_round": 5}, {"num_round": 1}, {"lambda_l2": 1.0}, {"min_h_quantile": 0.001}, {"min_h_quantile": 1.0}):
    found = {level: predicted(level, **options) for level in (0.1, 0.5, 0.9)}
    ranges = ", ".join(f"{level}: {p.min():.1f} to {p.max():.1f}, {np.mean(y <= p):.0%} below" for level, p in found.items())
    print(f"{str(options):32} {ranges}")
    if not options and any(p.any() for p in found.values()):
        raise SystemExit("there are quantiles now")
squared = BoostingMachineRegressor().fit(X, y).predict(X)
print(f"squared errors: {squared.min():.1f} to {squared.max():.1f}")
assert squared.std() > 10
PYTHON
