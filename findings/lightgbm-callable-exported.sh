#!/usr/bin/env bash
# A LightGBM classifier trained with a callable objective has raw scores for an output. Exported, it becomes four different models:
# treelite keeps the raw scores, m2cgen returns [1 - raw, raw] as if raw were a probability, onnxmltools applies a sigmoid to the
# scikit-learn wrapper and refuses the very same model as a Booster, and lleaves cannot read the file, which has no objective.
# Seen with lightgbm 4.7.0, m2cgen 0.10.0, onnxmltools 1.16.0, treelite 4.8.1, lleaves 1.3.0. Guessed before: all four keep raw scores.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 scikit-learn==1.9.1 lightgbm==4.7.0 m2cgen==0.10.0 \
    treelite==4.8.1 lleaves==1.3.0 onnxmltools==1.16.0 skl2onnx==1.20.0 onnx==1.23.2 onnxruntime==1.32.0
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import warnings
from importlib.metadata import version

warnings.filterwarnings("ignore")
import lightgbm
import lleaves
import m2cgen
import numpy as np
import onnxruntime
import treelite
from onnxmltools import convert_lightgbm
from onnxmltools.convert.common.data_types import FloatTensorType
from sklearn.datasets import load_breast_cancer

onnxruntime.set_default_logger_severity(3)
for name in ("lightgbm", "m2cgen", "treelite", "lleaves", "onnxmltools", "onnxruntime"):
    print(name, version(name))


def logistic(y, raw):
    p = 1 / (1 + np.exp(-raw))
    return p - y, p * (1 - p)


X, y = load_breast_cancer(return_X_y=True)
X = X.astype(np.float32)
model = lightgbm.LGBMClassifier(n_estimators=5, objective=logistic, verbose=-1).fit(X, y)
raw = model.predict(X, raw_score=True)
model.booster_.save_model("model.txt")
print("raw scores", raw[:2])


def differs(seen, wanted, what):
    if not np.allclose(seen, wanted, atol=1e-5):
        raise SystemExit(f"{what} behaves otherwise now: {seen[:2]}, expected {wanted[:2]}")


trees = treelite.frontend.load_lightgbm_model("model.txt")
differs(treelite.gtil.predict(trees, X).ravel(), raw, "treelite")
print("treelite: raw scores")

scope = {}
exec(m2cgen.export_to_python(model), scope)
written = np.array([scope["score"]([float(x) for x in row]) for row in X[:20]])
differs(written, np.stack([1 - raw[:20], raw[:20]], axis=1), "m2cgen")
print("m2cgen:", written[0], "= [1 - raw, raw]")

options = {"initial_types": [("x", FloatTensorType([None, X.shape[1]]))], "target_opset": 15, "zipmap": False}
session = onnxruntime.InferenceSession(convert_lightgbm(model, **options).SerializeToString())
exported = session.run(None, {"x": X})[1][:, 1]
differs(exported, 1 / (1 + np.exp(-raw)), "onnxmltools on the wrapper")
print("onnxmltools, LGBMClassifier:", exported[:2], "= sigmoid(raw)")
try:
    convert_lightgbm(model.booster_, **options)
except NotImplementedError as error:
    print("onnxmltools, its Booster:", error)
else:
    raise SystemExit("onnxmltools takes the Booster now")

assert "objective=" not in open("model.txt").read().split("feature_infos")[0]
try:
    lleaves.Model(model_file="model.txt").compile()
except RuntimeError as error:
    print("lleaves:", error)
else:
    raise SystemExit("lleaves reads the file now")
PYTHON
