#!/usr/bin/env bash
# treelite imports a GradientBoostingClassifier with loss="exponential" as if its loss were the logistic one: probabilities are sigmoid(raw)
# where scikit-learn's are sigmoid(2 raw). No class changes, since both are 1/2 at 0, so that only who looks at probabilities sees it.
# skl2onnx and the logistic loss are right, and so are the losses of HistGradientBoosting that have a logarithmic link.
# Seen with treelite 4.8.1, skl2onnx 1.20.0, scikit-learn 1.9.1. Guessed before: the link of the loss, or a refusal, as of an own `init`.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 treelite==4.8.1 \
    skl2onnx==1.20.0 onnx==1.23.2 onnxruntime==1.32.0
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import numpy as np
import onnxruntime
import treelite
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingRegressor
from skl2onnx import to_onnx

onnxruntime.set_default_logger_severity(3)
print(*(f"{name} {version(name)}" for name in ("treelite", "skl2onnx", "scikit-learn")))


def sigmoid(raw):
    return 1 / (1 + np.exp(-raw))


def by_treelite(model, X):
    return treelite.gtil.predict(treelite.sklearn.import_model(model), X).ravel()


X, y = load_breast_cancer(return_X_y=True)
X = X.astype(np.float32)
for loss in ("log_loss", "exponential"):
    model = GradientBoostingClassifier(loss=loss, n_estimators=20, random_state=0).fit(X, y)
    right, raw, there = model.predict_proba(X)[:, 1], model.decision_function(X), by_treelite(model, X)
    exported = to_onnx(model, X[:1], options={"zipmap": False}, target_opset=15).SerializeToString()
    onnx = onnxruntime.InferenceSession(exported).run(None, {"X": X})[1][:, 1]
    print(f"{loss:12} scikit-learn {right[:2].round(4)}  skl2onnx {onnx[:2].round(4)}  treelite {there[:2].round(4)}")
    assert np.allclose(onnx, right, atol=1e-5)
    assert np.array_equal(there > 0.5, right > 0.5)
    if loss == "log_loss":
        assert np.allclose(there, right, atol=1e-5)
        continue
    assert np.allclose(right, sigmoid(2 * raw))
    if not np.allclose(there, sigmoid(raw), atol=1e-5) or np.abs(there - right).max() < 0.05:
        raise SystemExit("treelite knows the link of the exponential loss now")
    print(f"  treelite's differ by up to {np.abs(there - right).max():.3f}")

X, y = load_diabetes(return_X_y=True)
for loss in ("poisson", "gamma"):
    model = HistGradientBoostingRegressor(loss=loss, max_iter=5).fit(X, y)
    assert np.allclose(by_treelite(model, X), model.predict(X), rtol=1e-5)
    print("HistGradientBoosting,", loss, "is right")
PYTHON
