#!/usr/bin/env bash
# The name of an objective in the parameters decides what XGBoost does with the leaves of trees grown from a callable's gradients.
# Beside obj= with the signs of the residuals, "objective": "reg:absoluteerror" refits every leaf to a median: the model is the
# built-in's, bit for bit. Without the name, leaves stay sums of signs. So the same callable trains two models, of which one has
# half the error, and the objective that "is not used" beside obj= is.
# Seen with xgboost-cpu 3.2.0. Guessed before: with obj= the name says the link and the default metric, and no leaf is refitted.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 xgboost-cpu==3.2.0
"$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
import xgboost

print("xgboost", xgboost.__version__)
rng = np.random.default_rng(0)
X = rng.normal(size=(1000, 4))
y = 50 * X[:, 0] + 10 * rng.standard_t(2, 1000)
data = xgboost.DMatrix(X, y)


def signs(raw, data):
    return np.sign(raw - data.get_label()), np.ones_like(raw)


common = {"max_depth": 4, "nthread": 1, "base_score": float(np.median(y))}
named = {"objective": "reg:absoluteerror", **common}
models = {
    "built-in": xgboost.train(named, data, 20),
    "callable beside the name": xgboost.train(named, data, 20, obj=signs),
    "callable alone": xgboost.train(common, data, 20, obj=signs),
}
error = {}
for name, model in models.items():
    error[name] = float(np.mean(np.abs(model.predict(data) - y)))
    print(f"{name}: mean absolute error {error[name]:.2f}")
same = models["built-in"].get_dump() == models["callable beside the name"].get_dump()
print("the first two have the same trees:", same)
if not same or error["callable alone"] < 2 * error["built-in"]:
    raise SystemExit("the name beside a callable does something else now")
PYTHON
