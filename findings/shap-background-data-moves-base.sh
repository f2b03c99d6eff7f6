#!/usr/bin/env bash
# With background data SHAP's TreeExplainer explains another model than it is given, without a word: base value and contributions do not add up to the
# prediction. Of CatBoost's RMSE, MAE and quantiles the bias is missing, so that a prediction of 152 is explained as 0; of XGBoost's classes and of several
# quantiles all outputs have the intercept of one; DART's weights of trees are missing; scikit-learn's GradientBoostingClassifier with loss="exponential"
# begins at the log odds in place of half of them, with background data and without; probabilities of LightGBM with sigmoid=2 are those of 1; a LightGBM
# forest (boosting_type="rf") is the sum of its trees for their mean, as it is in LightGBM's own pred_contrib. The check of additivity passes, since it
# compares with the explainer's own copy of the model. CatBoost's Poisson, XGBoost's squared error and LightGBM's boosting are right.
# Seen with shap 0.51.0, xgboost-cpu 3.2.0, lightgbm 4.7.0, catboost 1.2.10, scikit-learn 1.9.1. Guessed before: a sum that is the raw score.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 pandas==3.1.1 scikit-learn==1.9.1 shap==0.51.0 \
    xgboost-cpu==3.2.0 lightgbm==4.7.0 catboost==1.2.10
"$folder/venv/bin/python" -W ignore - 2>"$folder/log" <<'PYTHON' || { cat "$folder/log" >&2; exit 1; }
import numpy as np
import shap
from catboost import CatBoostRegressor
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.ensemble import GradientBoostingClassifier
from xgboost import XGBClassifier, XGBRegressor

print("shap", shap.__version__)
diabetes, cancer, iris = (load(return_X_y=True) for load in (load_diabetes, load_breast_cancer, load_iris))
uneven = iris[0][:120], iris[1][:120]
FEW, SILENT = {"n_estimators": 20, "max_depth": 3, "random_state": 0}, {"verbosity": -1, "num_threads": 1}
CAT = {"n_estimators": 20, "verbose": 0, "allow_writing_files": False, "random_seed": 0, "thread_count": 1}
BAGGED = {"boosting_type": "rf", "bagging_freq": 1, "bagging_fraction": 0.7}
CASES = {  # model, data, what it is to add up to, options of the explainer, how far it is off
    "CatBoost RMSE": (CatBoostRegressor(loss_function="RMSE", **CAT), diabetes, "predict", {}, 152.1),
    "CatBoost Quantile": (CatBoostRegressor(loss_function="Quantile:alpha=0.5", **CAT), diabetes, "predict", {}, 140.0),
    "XGBoost three classes": (XGBClassifier(**FEW), uneven, "margin", {}, None),
    "XGBoost two quantiles": (XGBRegressor(objective="reg:quantileerror", quantile_alpha=[0.1, 0.9], **FEW), diabetes, "predict", {}, None),
    "XGBoost DART": (XGBRegressor(booster="dart", rate_drop=0.5, **FEW), diabetes, "predict", {}, None),
    "scikit-learn exponential": (GradientBoostingClassifier(loss="exponential", **FEW), cancer, "decision_function", {}, 0.261),
    "LightGBM sigmoid=2": (LGBMClassifier(sigmoid=2.0, **FEW, **SILENT), cancer, "probability", {"model_output": "probability"}, None),
    "LightGBM forest": (LGBMRegressor(**BAGGED, **FEW, **SILENT), diabetes, "predict", {}, None),
    "CatBoost Poisson": (CatBoostRegressor(loss_function="Poisson", **CAT), diabetes, "raw", {}, 0),
    "XGBoost squared error": (XGBRegressor(**FEW), diabetes, "predict", {}, 0),
    "LightGBM": (LGBMRegressor(**FEW, **SILENT), diabetes, "predict", {}, 0),
    "scikit-learn log loss": (GradientBoostingClassifier(loss="log_loss", **FEW), cancer, "decision_function", {}, 0),
}
TARGETS = {
    "predict": lambda model, X: model.predict(X),
    "margin": lambda model, X: model.predict(X, output_margin=True),
    "raw": lambda model, X: model.predict(X, prediction_type="RawFormulaVal"),
    "decision_function": lambda model, X: model.decision_function(X),
    "probability": lambda model, X: model.predict_proba(X)[:, 1],
}
for name, (model, (X, y), target, options, expected) in CASES.items():
    model.fit(X, y)
    explained = shap.TreeExplainer(model, data=X[::5], **options)(X)
    apart = np.abs(explained.values.sum(axis=1) + explained.base_values - np.asarray(TARGETS[target](model, X))).max(axis=0)
    print(f"{name:24} sums differ from {target} by up to {np.array2string(np.atleast_1d(apart), precision=4, suppress_small=True)}")
    if (apart.max() > 0.01) == (expected == 0) or (expected and abs(apart.max() - expected) > 0.01 * expected):
        raise SystemExit("another sum now")
    if name == "LightGBM forest":
        times = model.predict(X, pred_contrib=True).sum(axis=1) / model.predict(X)
        print(f"{'':24} LightGBM's pred_contrib adds up to {times.min():.2f} to {times.max():.2f} times the prediction, for 20 trees")
        assert np.allclose(times, 20)
PYTHON
