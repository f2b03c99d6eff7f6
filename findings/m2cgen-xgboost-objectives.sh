#!/usr/bin/env bash
# m2cgen's code for an XGBoost regressor is another model without a word in three cases. Poisson, gamma and Tweedie objectives lose their exponential,
# and base_score, which is the mean, is added to raw scores; reg:logistic loses its sigmoid the same way. The trees of booster="dart" lose their
# weights, so that the code adds up all that dropping has taken away. And after early stopping the code has every tree that was grown, where `predict`
# of the very object takes those up to the best. Squared error is right, and so are LightGBM's Poisson and dart. (All of it with base_score set: where
# XGBoost estimates it, as it does unless told otherwise, the code does not run.)
# Seen with m2cgen 0.10.0, xgboost 3.2.0 (xgboost-cpu), lightgbm 4.7.0; m2cgen/assemblers/boosting.py, XGBoostTreeModelAssembler: reads
# `best_ntree_limit`, which XGBoost 2 took away, the text dump, which has no weights of trees, and base_score as it is. Guessed before: an objective
# and a booster are translated or refused, as other kinds are.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 lightgbm==4.7.0 \
    xgboost-cpu==3.2.0 m2cgen==0.10.0
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import m2cgen
import numpy as np
from lightgbm import LGBMRegressor
from sklearn.datasets import load_diabetes
from xgboost import XGBRegressor

print(*(f"{name} {version(name)}" for name in ("m2cgen", "xgboost-cpu", "lightgbm")))
X, y = load_diabetes(return_X_y=True)
X = np.round(X * 64) / 64  # float32 and float64 are one number
share = (y > 140).astype(int)
train, test = slice(0, 300), slice(300, None)


def both(model, target=y, **fit):
    model.fit(X[train], target[train], **fit)
    names = {}
    exec(m2cgen.export_to_python(model), names)
    return model.predict(X[test]), np.array([names["score"](row.tolist()) for row in X[test]])


few = {"n_estimators": 10, "base_score": 0.5}
stop = {"eval_set": [(X[test], y[test])], "verbose": False}
RIGHT = {
    "reg:squarederror": (XGBRegressor(**few), y, {}),
    "LightGBM poisson": (LGBMRegressor(objective="poisson", n_estimators=10, verbose=-1), y, {}),
    "LightGBM dart": (LGBMRegressor(boosting_type="dart", drop_rate=0.5, n_estimators=10, verbose=-1), y, {}),
}
WRONG = {
    "count:poisson": (XGBRegressor(objective="count:poisson", **few), y, {}),
    "reg:gamma": (XGBRegressor(objective="reg:gamma", **few), y, {}),
    "reg:tweedie": (XGBRegressor(objective="reg:tweedie", **few), y, {}),
    "reg:logistic": (XGBRegressor(objective="reg:logistic", **few), share, {}),
    "dart": (XGBRegressor(booster="dart", rate_drop=0.5, seed=1, **few), y, {}),
    "early stopping": (XGBRegressor(n_estimators=300, early_stopping_rounds=20, base_score=0.5), y, stop),
}
for name, (model, target, fit) in {**RIGHT, **WRONG}.items():
    ours, theirs = both(model, target, **fit)
    print(f"{name:18} first row {ours[0]:9.4f}  in m2cgen's code {theirs[0]:9.4f}  median difference {np.median(abs(ours - theirs)):.4f}")
    if (np.median(abs(ours - theirs)) < 1e-3) != (name in RIGHT):
        raise SystemExit(f"{name} is translated in another way now")
PYTHON
