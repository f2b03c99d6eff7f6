#!/usr/bin/env bash
# XGBoost passes the address of a NumPy array on and not its byte order: features, labels and weights in the other order (what NetCDF,
# FITS and HDF5 files hold, as big-endian numbers) are read as the machine's own, without a word. Of int16 features 1 becomes 256, and a
# model that was trained on the machine's order predicts 3 different numbers for rows of the other where it should predict 21; labels of
# int32 become multiples of 16777216, and weights in float64 become 0.
# Seen with xgboost 3.2.0 (xgboost-cpu), numpy 2.4.6. Guessed before: they are converted, as by scikit-learn and LightGBM, or refused, as
# by CatBoost and PyTorch.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 xgboost-cpu==3.2.0
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import xgboost

print("xgboost-cpu", version("xgboost-cpu"), "numpy", version("numpy"), sys.byteorder)
native, other = ("<", ">") if sys.byteorder == "little" else (">", "<")
rng = np.random.default_rng(0)
X = rng.integers(0, 100, (200, 2))
y = X[:, 0] % 5


def same(what, seen, expected):
    print(f"{what}: {np.asarray(seen).tolist()}")
    if not np.array_equal(seen, expected):
        raise SystemExit(f"{what} behaves otherwise now; expected {np.asarray(expected).tolist()}")


here, there = (xgboost.DMatrix(X.astype(order + "i2")) for order in (native, other))
same("features of int16", there.get_data().toarray()[0], X[0] * 256)
assert np.array_equal(here.get_data().toarray(), X)

labelled = xgboost.DMatrix(X, label=y.astype(other + "i4"), weight=np.ones(200, other + "f8"))
same("labels of int32", np.unique(labelled.get_label()), np.arange(5) * 2.0**24)
same("weights of float64", np.unique(labelled.get_weight()), [0.0])

booster = xgboost.train({"max_depth": 2}, xgboost.DMatrix(X.astype(native + "i4"), label=y), 5)
predicted = [booster.predict(xgboost.DMatrix(X.astype(order + "i4"))) for order in (native, other)]
print("predictions:", [len(np.unique(each)) for each in predicted], "different numbers")
if len(np.unique(predicted[1])) > 3 or len(np.unique(predicted[0])) < 10:
    raise SystemExit("predictions behave otherwise now")
PYTHON
