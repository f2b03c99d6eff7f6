#!/usr/bin/env bash
# Four of SeqMetrics' statistics are not what they are called. mathews_corr_coeff, which lies between -1 and 1, is 1.2 to 1.7 for the classes of a
# classifier that has every seventh row wrong. f2_score of each class is 0.51 to 0.55 where recall and precision, between which it lies, are 0.80 to
# 0.94. tweedie_deviance_score is a mean for power 0 and a sum over the rows for 1 and 2, while mean_poisson_deviance beside it is a mean; for power 3
# it divides by the square of the target in place of that of the prediction. spearmann_corr breaks ties by the order of rows: two columns that have
# nothing to do with each other have -0.22. Take scikit-learn and scipy.stats.
# Seen with SeqMetrics 2.0.0, scikit-learn 1.9.1; docstrings give the usual definitions. Guessed before: what scikit-learn and SciPy have.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check --no-deps SeqMetrics==2.0.0  # asks for an older NumPy, and runs with this
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import numpy as np
import SeqMetrics
from scipy.stats import spearmanr
from sklearn.metrics import fbeta_score, matthews_corrcoef, mean_tweedie_deviance

print("SeqMetrics", version("SeqMetrics"))
rng = np.random.default_rng(0)
y = rng.integers(3, size=300)
p = np.where(rng.random(300) < 0.8, y, rng.integers(3, size=300))
metrics = SeqMetrics.ClassificationMetrics(y, p)
print("accuracy", float((y == p).mean()))
print("mathews_corr_coeff", metrics.mathews_corr_coeff().round(3), "scikit-learn", round(float(matthews_corrcoef(y, p)), 3))
if metrics.mathews_corr_coeff().max() <= 1:
    raise SystemExit("mathews_corr_coeff stays below 1 now")
print("f2_score", metrics.f2_score().round(3), "scikit-learn", fbeta_score(y, p, beta=2, average=None).round(3))
print("    precision", metrics.precision().round(3), "recall", metrics.recall().round(3))
if not (metrics.f2_score() < np.minimum(metrics.precision(), metrics.recall()) - 0.1).all():
    raise SystemExit("f2_score lies between precision and recall now")

t = rng.gamma(2, 3, 200) + 1
q = t * rng.gamma(20, 0.05, 200)
for power in (0, 1, 2):
    there, true = SeqMetrics.tweedie_deviance_score(t, q, power=power), mean_tweedie_deviance(t, q, power=power)
    print(f"tweedie_deviance_score, power {power}: {there:.3f}, mean {true:.3f}, of 200 rows {200 * true:.3f}")
    if not np.isclose(there, true if power == 0 else 200 * true):
        raise SystemExit("tweedie_deviance_score is divided otherwise now")
there, true = SeqMetrics.tweedie_deviance_score(t, q, power=3), 200 * mean_tweedie_deviance(t, q, power=3)
turned = float(np.sum((t - q) ** 2 / (t**2 * q)))
print(f"tweedie_deviance_score, power 3: {there:.3f}, sum {true:.3f}, twice that with the wrong square {2 * turned:.3f}")
if not np.isclose(there, 2 * turned):
    raise SystemExit("the inverse Gaussian deviance is another now")
assert abs(there - true) > 1
assert np.isclose(SeqMetrics.mean_poisson_deviance(t, q), mean_tweedie_deviance(t, q, power=1))
labels, guesses = np.repeat([2.0, 1.0], 100), np.tile([2.0, 1.0], 100)
there, true = SeqMetrics.spearmann_corr(labels, guesses), spearmanr(labels, guesses).statistic
print(f"two values each, of which half go together: spearmann_corr {there:.3f}, scipy {true:.3f}")
if abs(there) < 0.1:
    raise SystemExit("spearmann_corr has ranks of ties now")
assert abs(true) < 1e-12
PYTHON
