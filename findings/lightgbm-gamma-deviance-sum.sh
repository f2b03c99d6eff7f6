#!/usr/bin/env bash
# LightGBM's metric gamma_deviance is a sum over the rows, where each of its other regression metrics, and the metric of the same name of
# XGBoost and scikit-learn, is a mean: the same model on the same rows twice has twice the deviance. So a min_delta of early stopping, or a
# comparison of two validation sets or of folds of unequal length, depends on the number of rows. Weights are summed up too.
# Seen with lightgbm 4.7.0, xgboost 3.2.0 (xgboost-cpu), scikit-learn 1.9.1. Guessed before: a mean, as gamma, poisson and tweedie are.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 lightgbm==4.7.0 \
    xgboost-cpu==3.2.0
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import lightgbm
import numpy as np
import xgboost
from sklearn.datasets import load_diabetes
from sklearn.metrics import mean_gamma_deviance

print("lightgbm", lightgbm.__version__, "xgboost", xgboost.__version__)
X, y = load_diabetes(return_X_y=True)
METRICS = ["gamma_deviance", "gamma", "poisson", "tweedie", "mape", "l2"]


def measured(X, y, weight=None):
    """The metrics of one model on these rows, and the mean deviance of its predictions."""
    train = lightgbm.Dataset(*load_diabetes(return_X_y=True))
    seen = {}
    model = lightgbm.train(
        {"objective": "gamma", "metric": METRICS, "verbose": -1, "num_threads": 1},
        train,
        5,
        valid_sets=[lightgbm.Dataset(X, y, weight=weight, reference=train)],
        callbacks=[lightgbm.record_evaluation(seen)],
    )
    predicted = model.predict(X)
    ours = {name: float(values[-1]) for name, values in seen["valid_0"].items()}
    matrix = xgboost.DMatrix(X, y, base_margin=np.log(predicted), weight=weight)
    other = {}
    still = {"objective": "reg:gamma", "eval_metric": "gamma-deviance", "eta": 0}
    xgboost.train(still, matrix, 1, evals=[(matrix, "valid")], evals_result=other, verbose_eval=False)
    return ours, other["valid"]["gamma-deviance"][-1], mean_gamma_deviance(y, predicted, sample_weight=weight)


rows = len(y)
once, xgboosts, mean = measured(X, y)
print(f"{rows} rows: gamma_deviance {once['gamma_deviance']:.4f}; XGBoost {xgboosts:.4f}, scikit-learn {mean:.4f}")
twice, xgboosts_twice, _ = measured(np.r_[X, X], np.r_[y, y])
for name in METRICS:
    print(f"the rows twice: {name} is {twice[name] / once[name]:.3f} times that of the rows once")
heavy, xgboosts_heavy, _ = measured(X, y, np.full(rows, 2.0))
print(f"weights of 2: gamma_deviance {heavy['gamma_deviance']:.4f}; XGBoost {xgboosts_heavy:.4f}")

assert np.allclose([xgboosts, xgboosts_twice, xgboosts_heavy], mean, rtol=1e-3)
assert np.allclose([twice[name] / once[name] for name in METRICS if name != "gamma_deviance"], 1, rtol=1e-6)
if not np.allclose([once["gamma_deviance"] / mean, twice["gamma_deviance"] / mean], [rows, 2 * rows], rtol=1e-5):
    raise SystemExit("gamma_deviance is no sum any more")
assert np.isclose(heavy["gamma_deviance"], 2 * once["gamma_deviance"], rtol=1e-6)
PYTHON
