#!/usr/bin/env bash
# Any weights but ones break YDF's absolute error. On scikit-learn's diabetes data with weights of 2 on all rows the model starts from the
# largest target, 346, where it starts from the median, 140.5, without; and there it stays: its error is three times that of a constant.
# Weights of 0.5, or integers drawn at random, do the same. Squared error does not see equal weights at all.
# It stays because a tree of the absolute error moves a prediction by no more than the shrinkage, 0.1, whatever unit the targets have:
# without weights too, fifty trees on targets from 25 to 346 predict from 135 to 146. LightGBM's and XGBoost's leaves are medians.
# Seen with ydf 0.16.1. Guessed before: equal weights change nothing but ties in a median, and leaves are refitted to medians.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 pandas==2.3.3 ydf==0.16.1
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import numpy as np
import ydf
from sklearn.datasets import load_diabetes

print("ydf", ydf.__version__)
X, y = load_diabetes(return_X_y=True, as_frame=True)
WEIGHTS = {
    "none": None,
    "ones": np.ones(len(y)),
    "twos": np.full(len(y), 2.0),
    "halves": np.full(len(y), 0.5),
    "1 to 3": np.random.default_rng(0).integers(1, 4, len(y)).astype(float),
}


def trained(loss, weight, scale=1.0):
    """The start of a model, and its predictions."""
    data = X.assign(target=y * scale)
    if weight is not None:
        data["weight"] = weight
    learner = ydf.GradientBoostedTreesLearner(
        label="target",
        task=ydf.Task.REGRESSION,
        loss=loss,
        weights=None if weight is None else "weight",
        num_trees=50,
        validation_ratio=0.0,
        num_threads=1,
    )
    model = learner.train(data, verbose=0)
    return float(model.initial_predictions()[0]), model.predict(X)


found = {}
for loss in ("SQUARED_ERROR", "MEAN_AVERAGE_ERROR"):
    for name, weight in WEIGHTS.items():
        start, predicted = trained(loss, weight)
        error = float(np.abs(predicted - y).mean())
        found[loss, name] = start, error
        print(
            f"{loss:18}  weights {name:7} start {start:6.1f}  predictions from {predicted.min():5.1f} to {predicted.max():5.1f}"
            f"  mean absolute error {error:5.1f}"
        )
_, small = trained("MEAN_AVERAGE_ERROR", None, 0.01)
print(f"targets a hundred times smaller, no weights: mean absolute error {100 * np.abs(small - y / 100).mean():5.1f} of the same unit")

constant = float(np.abs(y - y.median()).mean())
print(f"the median for everyone: mean absolute error {constant:5.1f}")
assert all(found["SQUARED_ERROR", name] == found["SQUARED_ERROR", "none"] for name in ("ones", "twos", "halves"))
assert found["MEAN_AVERAGE_ERROR", "ones"] == found["MEAN_AVERAGE_ERROR", "none"]
assert found["MEAN_AVERAGE_ERROR", "none"][0] == y.median()
for name in ("twos", "halves", "1 to 3"):
    start, error = found["MEAN_AVERAGE_ERROR", name]
    if not (start == y.max() and error > 2.5 * constant):
        raise SystemExit(f"weights {name} start from {start} now")
assert found["MEAN_AVERAGE_ERROR", "none"][1] > 0.9 * constant, "a tree moves predictions further now"
assert 100 * np.abs(small - y / 100).mean() < 0.6 * constant, "the unit of the targets does not matter now"
PYTHON
