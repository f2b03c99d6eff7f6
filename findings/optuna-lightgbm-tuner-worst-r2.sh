#!/usr/bin/env bash
# Optuna's LightGBMTuner looks for the worst model where the metric is R2, or one of one's own that is better the higher it is. It maximizes auc, auc_mu,
# ndcg, map and average_precision, and minimizes everything else: LightGBM's own metric "r2", and what an feval returns with True for `is_higher_better`,
# which LightGBM's early stopping follows. So with metric="r2" the study says MINIMIZE, best_score is the lowest R2 of 65 trials, 0.32, and get_best_booster
# gives that model, worse than the first trial, where metric="l2" finds 0.50. Return minus the value, with False, or tune by "l2", which orders models alike.
# Seen with optuna-integration 5.0.0, optuna 5.0.0, lightgbm 4.7.0; optuna_integration/lightgbm/_lightgbm_tuner/optimize.py, higher_is_better. Guessed before:
# the flag of the metric.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 pandas==3.1.1 scikit-learn==1.9.1 lightgbm==4.7.0 \
    optuna==5.0.0 optuna-integration==5.0.0
"$folder/venv/bin/python" -W ignore - 2>"$folder/log" <<'PYTHON' || { cat "$folder/log" >&2; exit 1; }
from importlib.metadata import version

import lightgbm
import optuna
from optuna_integration.lightgbm import LightGBMTuner
from sklearn.datasets import load_diabetes
from sklearn.metrics import r2_score

print(*(f"{name} {version(name)}" for name in ("optuna", "optuna-integration", "lightgbm")))
optuna.logging.set_verbosity(optuna.logging.ERROR)
X, y = load_diabetes(return_X_y=True)


def my_r2(predictions, data):
    return "my_r2", r2_score(data.get_label(), predictions), True


def tuned(metric, feval=None):
    train = lightgbm.Dataset(X[:300], y[:300], free_raw_data=False)
    held = lightgbm.Dataset(X[300:], y[300:], reference=train, free_raw_data=False)
    params = {"objective": "regression", "metric": metric, "verbosity": -1, "num_threads": 1, "seed": 0, "deterministic": True}
    tuner = LightGBMTuner(params, train, num_boost_round=60, valid_sets=[held], feval=feval, optuna_seed=0, show_progress_bar=False)
    tuner.run()
    values = [trial.value for trial in tuner.study.trials]
    found = float(r2_score(y[300:], tuner.get_best_booster().predict(X[300:])))
    print(
        f"{metric:6} {tuner.study.direction.name}: best_score {tuner.best_score:.4f} of {len(values)} trials from {min(values):.4f} to {max(values):.4f}, "
        f"first {values[0]:.4f}; R2 of the booster {found:.4f}"
    )
    return found, tuner.best_score, values


by_errors, _, _ = tuned("l2")
for metric, feval in (("my_r2", my_r2), ("r2", None)):
    found, score, values = tuned(metric, feval)
    assert abs(found - score) < 1e-6 and max(values) > found + 0.1
    if score != min(values) or found > by_errors - 0.1:
        raise SystemExit("it looks for the best model now")
PYTHON
