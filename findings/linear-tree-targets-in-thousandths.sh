#!/usr/bin/env bash
# linear-tree rounds losses to five decimals before it compares them, so that whether LinearTreeRegressor splits is a matter of the unit of its target. The
# squared error of targets of a thousandth, such as daily returns or metres in place of millimetres, is 0.00000 for the root, which nothing can be smaller
# than: the tree is one linear model, with an R2 of 0.00 on |x| where the same targets times 1000 have 1.00. Targets of a tenth already lose splits.
# criterion="rmse" and "mae" have roots of the sizes and go on a hundred times further. scikit-learn's DecisionTreeRegressor grows the same tree in any unit.
# Divide targets by their deviation.
# Seen with linear-tree 0.3.5, scikit-learn 1.5.2; lineartree/_classes.py. Guessed before: the same tree in any unit.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==1.26.4 scipy==1.14.1 scikit-learn==1.5.2 linear-tree==0.3.5
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import numpy as np
from lineartree import LinearTreeRegressor
from sklearn.linear_model import LinearRegression
from sklearn.tree import DecisionTreeRegressor

print(*(f"{name} {version(name)}" for name in ("linear-tree", "scikit-learn")))
X = np.linspace(-1, 1, 400)[:, None]
y = np.abs(X[:, 0])
scores = {}
for criterion in ("mse", "rmse", "mae"):
    for unit in (1, 0.1, 0.01, 0.001, 0.00001):
        model = LinearTreeRegressor(LinearRegression(), criterion=criterion).fit(X, y * unit)
        scores[criterion, unit] = float(model.score(X, y * unit))
        print(f"{criterion:4} targets times {unit:g}: {model.node_count:2} nodes, R2 {scores[criterion, unit]:.4f}")
assert all(scores[criterion, 1] > 0.999999 for criterion in ("mse", "rmse", "mae"))
trees = [DecisionTreeRegressor(max_depth=3).fit(X, y * unit).score(X, y * unit) for unit in (1, 0.001, 0.00001)]
assert np.allclose(trees, trees[0])
if scores["mse", 0.001] > 0.01 or scores["mse", 0.01] > 0.9999 or scores["mae", 0.00001] > 0.01:
    raise SystemExit("it splits in small units now")
assert scores["rmse", 0.001] > 0.999
PYTHON
