#!/usr/bin/env bash
# Perpetual's own robust losses predict billions. On scikit-learn's diabetes data, whose targets lie from 25 to 346, HuberLoss,
# AdaptiveHuberLoss and FairLoss, with the parameters that users give them or none, and HingeLoss on labels, stop after 3 to 5
# trees with predictions of up to 1.5e10, without a word. Their second derivatives vanish far from the target, and a leaf is the
# sum of the first ones divided by that of the second. SquaredLoss and AbsoluteLoss predict from 40 to 310.
# Seen with perpetual 2.3.0. Guessed before: a floor under the second derivatives, as other boosters have.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 perpetual==2.3.0
"$folder/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

import numpy as np
from perpetual import PerpetualBooster
from sklearn.datasets import load_diabetes

print("perpetual", version("perpetual"))
X, y = load_diabetes(return_X_y=True)
labels = (y > np.median(y)).astype(float)
RUNS = (
    ("SquaredLoss", {}, y, False),
    ("AbsoluteLoss", {}, y, False),
    ("HuberLoss", {"delta": 30.0}, y, True),
    ("AdaptiveHuberLoss", {}, y, True),
    ("FairLoss", {"c": 2.0}, y, True),
    ("HingeLoss", {}, labels, True),
)
changed = []
for objective, options, targets, diverges in RUNS:
    model = PerpetualBooster(objective=objective, **options).fit(X, targets)
    predicted = model.predict(X)
    print(f"{objective:18} {model.number_of_trees:4} trees  targets to {targets.max():.0f}  "
          f"predictions {predicted.min():10.3g} to {predicted.max():10.3g}")
    if (np.abs(predicted).max() > 1000 * targets.max()) != diverges:
        changed.append(objective)
if changed:
    raise SystemExit(f"behave otherwise now: {', '.join(changed)}")
PYTHON
