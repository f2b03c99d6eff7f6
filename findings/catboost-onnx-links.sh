#!/usr/bin/env bash
# CatBoost's own export to ONNX leaves out what stands behind the sum of the trees, or puts another link there, without a word. Models of Poisson and Tweedie,
# whose predict gives means, become logarithms, 198 the number 5.29; MultiClassOneVsAll, whose probabilities are a sigmoid for each class, becomes a softmax
# over the classes, 0.89 for 0.75, as a rule with the same class in front. RMSE, MAE, Logloss, CrossEntropy and MultiClass are right, biases too.
# Seen with catboost 1.2.10, onnxruntime 1.32.0. Guessed before: the numbers of predict and predict_proba, or a refusal.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 pandas==3.1.1 scikit-learn==1.9.1 catboost==1.2.10 \
    onnx==1.23.2 onnxruntime==1.32.0
cd "$folder"
"$folder/venv/bin/python" -W ignore - 2>"$folder/log" <<'PYTHON' || { cat "$folder/log" >&2; exit 1; }
import catboost
import numpy as np
import onnxruntime
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris

print("catboost", catboost.__version__, "onnxruntime", onnxruntime.__version__)
FEW = {"n_estimators": 200, "depth": 3, "learning_rate": 0.1, "verbose": 0, "allow_writing_files": False, "thread_count": 1, "random_seed": 0}
diabetes, cancer, iris = (load(return_X_y=True) for load in (load_diabetes, load_breast_cancer, load_iris))


def fitted(kind, loss, X, y):
    return kind(loss_function=loss, **FEW).fit(X.astype("float32"), y), X.astype("float32")


def exported(model, X):
    model.save_model("model.onnx", format="onnx")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession("model.onnx", options, providers=["CPUExecutionProvider"])
    found = session.run(None, {session.get_inputs()[0].name: X})[-1]
    return np.array([list(row.values()) for row in found]) if isinstance(found, list) else np.ravel(found)


for loss in ("RMSE", "MAE", "Poisson", "Tweedie:variance_power=1.5"):
    model, X = fitted(catboost.CatBoostRegressor, loss, *diabetes)
    ours, theirs = model.predict(X), exported(model, X)
    print(f"{loss:26} predict {ours[0]:8.4f}  ONNX {theirs[0]:8.4f}")
    if np.allclose(ours, theirs, rtol=1e-3) == (loss[0] in "PT"):
        raise SystemExit("another link now")
    assert loss[0] not in "PT" or np.allclose(np.log(ours), theirs, rtol=1e-3)
for loss, (X, y) in {"Logloss": cancer, "CrossEntropy": cancer, "MultiClass": iris, "MultiClassOneVsAll": iris}.items():
    model, X = fitted(catboost.CatBoostClassifier, loss, X, y)
    ours, theirs, raw = model.predict_proba(X), exported(model, X), np.exp(model.predict(X, prediction_type="RawFormulaVal"))
    worst = int(np.abs(ours - theirs).max(axis=1).argmax())
    print(f"{loss:26} predict_proba {ours[worst].round(4).tolist()}  ONNX {theirs[worst].round(4).tolist()}")
    if np.allclose(ours, theirs, atol=1e-3) == (loss == "MultiClassOneVsAll"):
        raise SystemExit("another link now")
    if loss == "MultiClassOneVsAll":
        assert np.allclose(theirs, raw / raw.sum(axis=1, keepdims=True), atol=1e-4) and np.allclose(ours, raw / (1 + raw), atol=1e-6)
PYTHON
