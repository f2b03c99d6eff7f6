#!/usr/bin/env bash
# mord's classes and probabilities do not belong together. predict counts the thresholds below a score, so that it is no argmax of
# predict_proba: for LogisticIT they name different classes for 3 rows of 10, for four classes of 4. And predict_proba of LogisticIT and
# LogisticSE reads their thresholds as those of a cumulative logistic model, which only LogisticAT trains: of three classes with a third
# of the rows each, the middle one has a mean probability of 0.21 in the one and 0.44 in the other. With eight classes LogisticIT puts two
# thresholds at one place, and a class with an eighth of the rows has the probability 0.
# Seen with mord 0.7, scikit-learn 1.9.1. Guessed before: predict is the class of the highest probability, as in every other classifier, and
# mean probabilities are near the shares of the classes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.16.3 scikit-learn==1.9.1 mord==0.7
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import mord
import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.preprocessing import scale

print("mord", version("mord"))
X, target = load_diabetes(return_X_y=True)
X = scale(X)
found = {}
for classes in (3, 4, 8):
    y = np.searchsorted(np.quantile(target, np.arange(1, classes) / classes), target, side="right")
    for kind in (mord.LogisticAT, mord.LogisticIT, mord.LogisticSE):
        model = kind(alpha=1.0).fit(X, y)
        p = model.predict_proba(X)
        agree = float((p.argmax(axis=1) == model.predict(X)).mean())
        found[kind, classes] = p, agree, float((p[np.arange(len(y)), y] == 0).mean())
        means = " ".join(f"{mean:.2f}" for mean in p.mean(axis=0))
        print(f"{classes} classes  {kind.__name__}  predict is the argmax of {agree:.2f} of the rows  mean probabilities {means}")

for classes in (3, 4, 8):
    assert np.allclose(found[mord.LogisticAT, classes][0].mean(axis=0), 1 / classes, atol=0.02), "LogisticAT is calibrated"
middle = {kind: float(found[kind, 3][0].mean(axis=0)[1]) for kind in (mord.LogisticIT, mord.LogisticSE)}
if not (middle[mord.LogisticIT] < 0.25 and middle[mord.LogisticSE] > 0.4):
    raise SystemExit(f"mean probabilities of the middle class are {middle} now")
if found[mord.LogisticIT, 3][1] > 0.8 or found[mord.LogisticIT, 4][1] > 0.7:
    raise SystemExit("predict is the argmax of predict_proba now")
never = found[mord.LogisticIT, 8]
print(f"8 classes  LogisticIT: the class that a row has had the probability 0 for {never[2]:.0%} of the rows")
assert never[2] > 0.1 and (never[0].max(axis=0) == 0).any()
PYTHON
