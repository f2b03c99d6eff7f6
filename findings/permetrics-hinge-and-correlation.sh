#!/usr/bin/env bash
# Two of PerMetrics' numbers are not what they are called. hinge_loss of several classes takes a 0 for a rival of the right class, because the row of
# decision values is multiplied with 0 there before its maximum is taken: 0.84 where scikit-learn's is 0.80, and with 5 taken off all decision values,
# which changes no margin, 4.99; with 5 added both are alike. So a classifier of negative decision values, such as log probabilities, costs more than the 1
# of one whose decision values are all 0. And correlation(sample=True) divides the covariance by n - 1 and the deviations by n: what is right has 1.25 of 5
# rows and 1.02 of 50, beyond the [-1, 1] that the library's own table gives. pearson_correlation_coefficient is right.
# Seen with permetrics 2.1.0, scikit-learn 1.9.1; permetrics/classification.py, hinge_loss, `np.max((1.0 - y_true_oh) * y_pred, axis=1)`, and
# regression.py, correlation. Guessed before: the margin to the best of the other classes, and one divisor, which cancels.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 permetrics==2.1.0
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import numpy as np
from permetrics import ClassificationMetric, RegressionMetric
from sklearn.metrics import hinge_loss

print("permetrics", version("permetrics"))
rng = np.random.default_rng(0)
labels, values = rng.integers(0, 3, 200), rng.normal(size=(200, 3))
values[np.arange(200), labels] += 1
for added in (5, 0, -5):
    found, usual = ClassificationMetric().hinge_loss(labels, values + added), hinge_loss(labels, values + added)
    print(f"decision values and {added:2}: hinge loss {found:.3f}, scikit-learn {usual:.3f}")
    if (abs(found - usual) < 1e-9) != (added == 5):
        raise SystemExit("the hinge loss has other rivals now")
for rows in (5, 50):
    targets = np.arange(rows, dtype=float)
    correlation, pearson = RegressionMetric().correlation(targets, targets, sample=True), RegressionMetric().pearson_correlation_coefficient(targets, targets)
    print(f"correlation of {rows} rows with themselves {correlation:.3f}, Pearson's {pearson:.3f}")
    if abs(correlation - rows / (rows - 1)) > 1e-9:
        raise SystemExit("the correlation has one divisor now")
PYTHON
