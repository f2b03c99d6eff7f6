#!/usr/bin/env bash
# Four built-in objectives lose their link on the way to ONNX, without a word. LightGBM with reg_sqrt predicts squares of raw scores, and
# becomes the raw scores; sigmoid=2 becomes 1; the three sigmoids of multiclassova, which do not add up to 1, become one softmax.
# XGBoost's reg:logistic becomes raw scores, around a base_score that stays a probability: neither margins nor probabilities, some below 0.
# treelite reads the same four right, and onnxmltools itself poisson, gamma, tweedie and binary:logistic.
# Seen with onnxmltools 1.16.0, treelite 4.8.1, lightgbm 4.7.0, xgboost 3.2.0. Guessed before: an objective is converted or refused, as
# cross_entropy is.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 lightgbm==4.7.0 \
    xgboost-cpu==3.2.0 treelite==4.8.1 onnxmltools==1.16.0 skl2onnx==1.20.0 onnx==1.23.2 onnxruntime==1.32.0
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import lightgbm
import numpy as np
import onnxruntime
import treelite
import xgboost
from onnxmltools import convert_lightgbm, convert_xgboost
from onnxmltools.convert.common.data_types import FloatTensorType
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris

onnxruntime.set_default_logger_severity(3)
print(*(f"{name} {version(name)}" for name in ("onnxmltools", "treelite", "lightgbm", "xgboost-cpu", "onnxruntime")))
diabetes, cancer, iris = (load(return_X_y=True) for load in (load_diabetes, load_breast_cancer, load_iris))
small, part = diabetes[1] / 100, diabetes[1] / 400  # for counts and the like; between 0 and 1


def sigmoid(raw):
    return 1 / (1 + np.exp(-raw))


def exported(model, X):
    """The last output of the model as ONNX: probabilities, of the last class if there are two, or predictions."""
    convert, more = (convert_lightgbm, {"zipmap": False}) if isinstance(model, lightgbm.LGBMModel) else (convert_xgboost, {})
    proto = convert(model, initial_types=[("X", FloatTensorType([None, X.shape[1]]))], target_opset=15, **more)
    return last(onnxruntime.InferenceSession(proto.SerializeToString()).run(None, {"X": X})[-1])


def last(output):
    output = np.asarray(output)
    return output.ravel() if output.ndim == 1 or output.shape[-1] == 1 else output[:, 1] if output.shape[-1] == 2 else output


def right(model, X):
    return last(model.predict_proba(X) if hasattr(model, "predict_proba") else model.predict(X))


def by_treelite(model, X):
    read = treelite.frontend.from_lightgbm if isinstance(model, lightgbm.LGBMModel) else treelite.frontend.from_xgboost
    return np.squeeze(treelite.gtil.predict(read(getattr(model, "booster_", None) or model.get_booster()), X))


def raw(model, X):
    return model.predict(X, **({"raw_score": True} if isinstance(model, lightgbm.LGBMModel) else {"output_margin": True}))


def around_probability(model, X):
    """Margins that begin at the probability instead of its logit."""
    start = part.astype(np.float32).mean()
    return raw(model, X) - np.log(start / (1 - start)) + start


def softmax(model, X):
    grown = np.exp(raw(model, X))
    return grown / grown.sum(axis=1, keepdims=True)


light = {"n_estimators": 5, "verbose": -1, "n_jobs": 1}
boost = {"n_estimators": 5, "n_jobs": 1}
MODELS = {  # data, targets, the model, and what comes out, where that is not what the model predicts
    "lightgbm reg_sqrt": (diabetes[0], small, lightgbm.LGBMRegressor(reg_sqrt=True, **light), raw),
    "lightgbm sigmoid=2": (*cancer, lightgbm.LGBMClassifier(sigmoid=2.0, **light), lambda *given: sigmoid(raw(*given))),
    "lightgbm multiclassova": (*iris, lightgbm.LGBMClassifier(objective="multiclassova", **light), softmax),
    "xgboost reg:logistic": (diabetes[0], part, xgboost.XGBRegressor(objective="reg:logistic", **boost), around_probability),
    "lightgbm poisson": (diabetes[0], small, lightgbm.LGBMRegressor(objective="poisson", **light), None),
    "lightgbm gamma": (diabetes[0], small, lightgbm.LGBMRegressor(objective="gamma", **light), None),
    "lightgbm tweedie": (diabetes[0], small, lightgbm.LGBMRegressor(objective="tweedie", **light), None),
    "xgboost binary:logistic": (*cancer, xgboost.XGBClassifier(**boost), None),
    "xgboost count:poisson": (diabetes[0], small, xgboost.XGBRegressor(objective="count:poisson", **boost), None),
}
for name, (X, y, model, instead) in MODELS.items():
    X = X.astype(np.float32)
    model.fit(X, y)
    there, wanted = exported(model, X), right(model, X)
    print(f"{name:24} predicts {np.ravel(wanted)[:3].round(4)}  onnx {np.ravel(there)[:3].round(4)}")
    assert np.allclose(by_treelite(model, X), wanted, atol=1e-4), name
    expected = instead(model, X) if instead else wanted
    if not np.allclose(there, expected, atol=1e-3) or (instead and np.abs(there - wanted).max() < 0.05):
        raise SystemExit(f"{name} is converted otherwise now: {np.ravel(there)[:3]}, expected {np.ravel(expected)[:3]}")
PYTHON
