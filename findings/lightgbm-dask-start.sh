#!/usr/bin/env bash
# On a cluster, LightGBM's own objectives start at the plain mean of the workers' starts, however many rows each worker has.
# For Poisson, whose start is the logarithm of a mean, one worker with 500 rows and one with 100 give a model that begins, and
# predicts, neither with the mean of all rows nor near it; two workers with the same rows mixed give another.
# Seen with lightgbm 4.7.0. Guessed before: sums and counts are added up over the workers, so that the start is that of all rows.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 scikit-learn==1.9.1 lightgbm==4.7.0 pandas==2.3.3 \
    dask==2026.8.0 distributed==2026.8.0
cd "$folder"
cat > trained.py <<'PYTHON'
from importlib.metadata import version

import dask.array as da
import lightgbm
import numpy as np
from distributed import Client, LocalCluster

print("lightgbm", version("lightgbm"))
y = np.r_[np.full(500, 1.0), np.full(100, 16.0)]  # the mean is 3.5
X = np.tile([[0.0], [1.0]], (300, 1))  # which says nothing of the targets, so that only the start is seen
options = dict(dashboard_address=None, n_workers=2, threads_per_worker=1, processes=False)
with LocalCluster(**options) as cluster, Client(cluster) as client:
    parts = [da.from_array(array, chunks=((500, 100), *[(n,) for n in array.shape[1:]])) for array in (X, y)]
    fixed = dict(n_estimators=1, num_leaves=2, learning_rate=1e-6, verbose=-1)
    model = lightgbm.DaskLGBMRegressor(client=client, objective="poisson", **fixed).fit(*parts)
    spread = model.booster_.predict(X[:1])[0]
alone = lightgbm.LGBMRegressor(objective="poisson", **fixed).fit(X, y).predict(X[:1])[0]
print(f"predicted on one machine: {alone:.3f}, by two workers of 500 and 100 rows: {spread:.3f}")
assert abs(alone - 3.5) < 0.01, alone
assert abs(spread - np.exp((np.log(1.0) + np.log(16.0)) / 2)) < 0.01, f"behaves otherwise now: {spread}"  # 4
PYTHON
"$folder/venv/bin/python" -W ignore trained.py
