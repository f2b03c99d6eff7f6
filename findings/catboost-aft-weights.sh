#!/usr/bin/env bash
# CatBoost's SurvivalAft leaves weights out of the leaves: of known times under the normal distribution each is the mean logarithm of
# its rows, whatever they weigh. Weights do choose the splits, and the metric of the same name counts them, so that early stopping
# follows another loss than the one trained. MultiRMSE of the same logarithms has weighted means for leaves.
# Seen with catboost 1.2.10, and with 1.2.5. Guessed before: an objective of CatBoost's own multiplies weights in.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 catboost==1.2.10
cd "$folder"
cat > weighted.py <<'PYTHON'
from importlib.metadata import version

import numpy as np
from catboost import CatBoost, Pool

print("catboost", version("catboost"))
rng = np.random.default_rng(0)
X = rng.normal(size=(400, 3))
time = np.exp(1 + X[:, 0] + rng.normal(size=400))
weight = np.where(X[:, 1] + rng.normal(size=400) > 0, 10.0, 1.0)
settings = dict(iterations=1, depth=1, learning_rate=1.0, l2_leaf_reg=0.0, random_strength=0, bootstrap_type="No",
                verbose=False, allow_writing_files=False, random_seed=0, thread_count=1, boost_from_average=False)
log = np.log(time)
for loss, targets in (
    ("SurvivalAft:dist=Normal;scale=1.0", np.column_stack([time, time])),  # known times: both bounds are the same
    ("MultiRMSE", np.column_stack([log, log])),
):
    data = Pool(X, targets, weight=weight)
    model = CatBoost({**settings, "loss_function": loss}).fit(data)
    leaf_of_row = model.calc_leaf_indexes(data)[:, 0]
    leaves = model.get_leaf_values().reshape(2, -1)[:, 0]
    rows = [leaf_of_row == leaf for leaf in (0, 1)]
    plain = np.array([np.mean(log[some]) for some in rows])
    weighted = np.array([np.average(log[some], weights=weight[some]) for some in rows])
    print(f"{loss}: leaves {leaves.round(3)}, means of logarithms {plain.round(3)}, weighted ones {weighted.round(3)}")
    wanted, other = (plain, weighted) if loss.startswith("Survival") else (weighted, plain)
    assert np.abs(leaves - wanted).max() < 0.001 < 0.05 < np.abs(leaves - other).max(), "behaves otherwise now"
PYTHON
"$folder/venv/bin/python" weighted.py
