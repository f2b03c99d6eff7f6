#!/usr/bin/env bash
# A weight under LightGBM's objective cross_entropy_lambda is not what a weight is anywhere else: it multiplies the predicted intensity
# within the loss, so that a label is compared with 1 - exp(-weight * prediction). Weights of 2 on all rows are not each row twice but
# about half the prediction. The metric of the same name weighs like that too; and what `predict` gives, up to 2.6 here, is no probability.
# With cross_entropy, whose "alternative parameterization" it is called, weights of 2 and each row twice are one model.
# Seen with lightgbm 4.7.0. Guessed before: a weight counts a row several times, whatever the parameterization of the probability.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 scikit-learn==1.9.1 lightgbm==4.7.0
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import lightgbm
import numpy as np
from sklearn.datasets import load_breast_cancer

print("lightgbm", lightgbm.__version__)
X, labels = load_breast_cancer(return_X_y=True)
X = X.round(1)
y = 0.8 * labels + 0.1
twice = np.r_[X, X], np.r_[y, y]
FIXED = {"num_leaves": 4, "min_data_in_leaf": 0, "min_data_in_bin": 1, "max_bin": 5000, "learning_rate": 0.2, "num_threads": 1, "verbose": -1}


def trained(objective, X, y, weight=None):
    """A model, and its last value of the metric of the same name."""
    data, seen = lightgbm.Dataset(X, y, weight=weight), {}
    params = {"objective": objective, "metric": objective, **FIXED}
    model = lightgbm.train(params, data, 40, valid_sets=[data], callbacks=[lightgbm.record_evaluation(seen)])
    return model, seen["training"][objective][-1]


found = {}
for objective in ("cross_entropy", "cross_entropy_lambda"):
    some = {
        "each row once": trained(objective, X, y),
        "each row twice": trained(objective, *twice),
        "weights of 2": trained(objective, X, y, np.full(len(y), 2.0)),
    }
    for what, (model, value) in some.items():
        predicted = model.predict(X)
        found[objective, what] = predicted, value
        print(f"{objective:21} {what:15} predictions mean {predicted.mean():.4f} largest {predicted.max():.4f}  metric {value:.5f}")

plain = [found["cross_entropy", what][0].mean() for what in ("each row once", "each row twice", "weights of 2")]
assert np.allclose(plain, plain[0], rtol=1e-3)
once, double, heavy = (found["cross_entropy_lambda", what][0] for what in ("each row once", "each row twice", "weights of 2"))
assert np.isclose(once.mean(), double.mean(), rtol=1e-3) and once.max() > 1.5
if not 1.6 < once.mean() / heavy.mean() < 2.1:
    raise SystemExit("a weight is something else now")


def entropy(weight):
    p = 1 - np.exp(-weight * heavy)
    return float(-(y * np.log(p) + (1 - y) * np.log1p(-p)).mean())


print(f"entropy of the labels from 1 - exp(-2 * prediction) {entropy(2):.5f}, from 1 - exp(-prediction) {entropy(1):.5f}")
assert np.isclose(entropy(2), found["cross_entropy_lambda", "weights of 2"][1], rtol=1e-3) and entropy(1) > entropy(2)
PYTHON
