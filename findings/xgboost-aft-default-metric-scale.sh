#!/usr/bin/env bash
# XGBoost's `survival:aft` with `aft_loss_distribution_scale` evaluates its default metric, aft-nloglik, with a scale of 1, though the
# metric counts the scale when `eval_metric="aft-nloglik"` names it: one model, two values, and early stopping follows the wrong one.
# The distribution reaches both.
# Seen with xgboost-cpu 3.2.0, and with 3.1.0. Guessed before: the default metric is the one of that name.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 xgboost-cpu==3.2.0
cd "$folder"
cat > evaluated.py <<'PYTHON'
from importlib.metadata import version

import numpy as np
import xgboost
from scipy.stats import logistic, norm

print("xgboost-cpu", version("xgboost-cpu"))
rng = np.random.default_rng(0)
X = rng.normal(size=(300, 2)).astype(np.float32)
time = np.exp(X[:, 0] + 0.5 * rng.normal(size=300)).astype(np.float32)  # all known
data = xgboost.DMatrix(X, label_lower_bound=time, label_upper_bound=time)
for name, distribution in (("normal", norm), ("logistic", logistic)):
    for scale in (0.5, 1.0, 2.0):
        settings = {"objective": "survival:aft", "aft_loss_distribution": name, "aft_loss_distribution_scale": scale,
                    "max_depth": 2, "nthread": 1}
        found = {}
        for which, more in (("default", {}), ("named", {"eval_metric": "aft-nloglik"})):
            history = {}
            model = xgboost.train({**settings, **more}, data, 10, evals=[(data, "all")], evals_result=history,
                                  verbose_eval=False)
            found[which] = history["all"]["aft-nloglik"][-1]
        raw = model.predict(data, output_margin=True).astype(float)
        for of in (1.0, scale):
            value = -np.mean(distribution.logpdf((np.log(time) - raw) / of) - np.log(of * time))
            found[f"computed with scale {of}"] = float(value)
        print(name, scale, {key: round(value, 4) for key, value in found.items()})
        assert abs(found["named"] - found[f"computed with scale {scale}"]) < 1e-4, "behaves otherwise now"
        assert abs(found["default"] - found["computed with scale 1.0"]) < 1e-4, "behaves otherwise now"
PYTHON
"$folder/venv/bin/python" evaluated.py
