#!/usr/bin/env bash
# Equal sample weights are not the same as none for the absolute error and quantiles in XGBoost, LightGBM and HistGradientBoosting.
# Without weights each takes the middle between two targets, or an interpolated quantile; with weights, all of them equal, the lower of
# the two, or a target. Weights of 1 are enough for XGBoost and scikit-learn; LightGBM drops those, and changes with weights of 2. On the
# diabetes data predictions of models with and without weights differ by tens. The leaves of GradientBoosting are the lower ones with and
# without, but its start is the middle without weights and the lower target with them.
# Seen with xgboost 3.2.0 (xgboost-cpu), lightgbm 4.7.0, scikit-learn 1.9.1. Guessed before: a constant weight changes nothing without a
# penalty, as it changes nothing for squared error.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 lightgbm==4.7.0 \
    xgboost-cpu==3.2.0
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import lightgbm
import numpy as np
import sklearn
import xgboost
from sklearn.datasets import load_diabetes
from sklearn.ensemble import GradientBoostingRegressor, HistGradientBoostingRegressor

print("xgboost", xgboost.__version__, "lightgbm", lightgbm.__version__, "scikit-learn", sklearn.__version__)
X = np.repeat([[0.0], [1.0]], 6, axis=0)  # two leaves of six rows
y = np.array([1, 2, 4, 8, 16, 32, 3, 5, 9, 17, 33, 65.0])


def models(small, quantile=None):
    """The models of the absolute error, or of a quantile: of one tree for the rows above, or of thirty."""
    rounds = 1 if small else 30
    common = {"n_estimators": rounds, "learning_rate": 1.0 if small else 0.1}
    any_leaf = {"min_child_samples": 1, "min_child_weight": 0, "min_data_in_bin": 1} if small else {}
    of = {"alpha": quantile} if quantile else {}
    return {
        "xgboost": xgboost.XGBRegressor(
            objective="reg:quantileerror" if quantile else "reg:absoluteerror",
            **({"quantile_alpha": quantile} if quantile else {}),
            reg_lambda=0,
            n_jobs=1,
            **common,
        ),
        "lightgbm": lightgbm.LGBMRegressor(
            objective="quantile" if quantile else "l1", verbose=-1, n_jobs=1, **of, **any_leaf, **common
        ),
        "HistGradientBoosting": HistGradientBoostingRegressor(
            loss="quantile" if quantile else "absolute_error",
            quantile=quantile,
            max_iter=rounds,
            learning_rate=common["learning_rate"],
            min_samples_leaf=1 if small else 20,
        ),
        "GradientBoosting": GradientBoostingRegressor(
            loss="quantile" if quantile else "absolute_error", random_state=0, **of, **common
        ),
    }


def leaves(quantile, weight):
    """What each predicts for the two leaves, rounded."""
    weights = None if weight is None else np.full(len(y), weight)
    fitted = {name: model.fit(X, y, sample_weight=weights) for name, model in models(True, quantile).items()}
    return {name: np.unique(model.predict(X)).round(4).tolist() for name, model in fitted.items()}


MIDDLE, LOWER, TARGET, BETWEEN = [6.0, 13.0], [4.0, 9.0], [32.0, 65.0], [24.0, 49.0]
SEEN = {  # without weights, with weights of 1, with weights of 2
    (None, "xgboost"): (MIDDLE, LOWER, LOWER),
    (None, "lightgbm"): (MIDDLE, MIDDLE, LOWER),
    (None, "HistGradientBoosting"): (MIDDLE, LOWER, LOWER),
    (None, "GradientBoosting"): (LOWER, LOWER, LOWER),
    (0.9, "xgboost"): (TARGET, TARGET, TARGET),
    (0.9, "lightgbm"): (BETWEEN, BETWEEN, TARGET),
    (0.9, "HistGradientBoosting"): (BETWEEN, TARGET, TARGET),
    (0.9, "GradientBoosting"): (TARGET, TARGET, TARGET),
}
found = {quantile: [leaves(quantile, weight) for weight in (None, 1.0, 2.0)] for quantile in (None, 0.9)}
for (quantile, name), seen in SEEN.items():
    now = tuple(each[name] for each in found[quantile])
    print(f"{name:21} {quantile or 'median':6}  no weights {now[0]}  weights of 1 {now[1]}  weights of 2 {now[2]}")
    if now != seen:
        raise SystemExit(f"behaves otherwise now; expected {seen}")

X, y = load_diabetes(return_X_y=True)
for name in models(False):
    fitted = [models(False)[name].fit(X, y, sample_weight=w) for w in (None, np.ones(len(y)), np.full(len(y), 2.0))]
    none, *weighted = (model.predict(X) for model in fitted)
    ones, twos = (np.abs(each - none).max() for each in weighted)
    print(f"{name:21} diabetes, absolute error: weights of 1 move predictions by up to {ones:.1f}, weights of 2 by up to {twos:.1f}")
    assert (ones == 0) == (name == "lightgbm") and twos > 5, "the trained models behave otherwise now"
starts = [float(model.init_.constant_.item()) for model in fitted]
print("GradientBoosting starts from", starts)
assert starts == [140.5, 140.0, 140.0], "it starts elsewhere now"
PYTHON
