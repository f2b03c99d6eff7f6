#!/usr/bin/env bash
# Two kinds of LightGBM's trees become other models on the way out, without a word. A random forest (boosting_type="rf") predicts the mean of its
# trees: onnxmltools divides their sum by 100, how many trees there are by default, whatever their number, and a Booster's by nothing at all;
# Hummingbird divides by nothing. A prediction of 172 from 8 trees is 13.8 or 1376. And of trees with linear leaves (linear_tree=True) m2cgen,
# onnxmltools and Hummingbird keep the constants, which are no model of their own: they are what LightGBM falls back to where a value is missing.
# treelite is right about forests and refuses linear leaves; m2cgen is right about forests.
# Seen with lightgbm 4.7.0, onnxmltools 1.16.0 (100.0 stands in convert/lightgbm/operator_converters/LightGbm.py, `if gbm_model.boosting_type ==
# "rf"`), hummingbird-ml 0.4.12, m2cgen 0.10.0, treelite 4.8.1. Guessed before: all four convert or refuse.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 lightgbm==4.7.0 \
    treelite==4.8.1 m2cgen==0.10.0 torch==2.15.0 hummingbird-ml==0.4.12
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check onnxmltools==1.16.0 onnxruntime==1.32.0
OMP_NUM_THREADS=1 "$folder/venv/bin/python" -W ignore - 2>"$folder/log" <<'PYTHON' || { cat "$folder/log" >&2; exit 1; }
from importlib.metadata import version

import m2cgen
import numpy as np
import onnxmltools
import onnxruntime
import treelite
from hummingbird.ml import convert
from lightgbm import LGBMRegressor
from onnxmltools.convert.common.data_types import FloatTensorType
from sklearn.datasets import load_diabetes

print(*(f"{name} {version(name)}" for name in ("lightgbm", "onnxmltools", "hummingbird-ml", "m2cgen", "treelite")))
X, y = load_diabetes(return_X_y=True)
X = np.round(X * 64).astype(np.float32) / 64  # float32 and float64 are one number
rows = X[:50]


def onnx(model):
    graph = onnxmltools.convert_lightgbm(model, initial_types=[("x", FloatTensorType([None, X.shape[1]]))])
    return onnxruntime.InferenceSession(graph.SerializeToString()).run(None, {"x": rows})[0]


def code(model):
    names = {}
    exec(m2cgen.export_to_python(model), names)
    return [names["score"](row.tolist()) for row in rows]


WAYS = {
    "m2cgen": code,
    "onnxmltools": onnx,
    "onnxmltools, the Booster": lambda model: onnx(model.booster_),
    "Hummingbird": lambda model: convert(model, "torch", rows).predict(rows),
    "treelite": lambda model: treelite.gtil.predict(treelite.frontend.from_lightgbm(model.booster_), rows),
}


def found(**kind):
    """What a model predicts, and what each of the ways out makes of it, or None where it refuses."""
    model = LGBMRegressor(verbose=-1, **kind).fit(X, y)
    ours, theirs = model.predict(rows), {}
    for name, way in WAYS.items():
        try:
            theirs[name] = np.ravel(way(model))
        except Exception as refused:
            theirs[name] = None
            print(f"    {name} refuses {kind}: {type(refused).__name__}")
    print(kind, f"{ours[0]:.2f}:", *(f"{name} {values[0]:.2f}; " for name, values in theirs.items() if values is not None))
    return ours, theirs


ours, theirs = found(n_estimators=8)
assert all(np.allclose(ours, values, rtol=1e-4) for values in theirs.values()), "boosted trees are right"
for trees in (8, 200):
    ours, theirs = found(n_estimators=trees, boosting_type="rf", bagging_freq=1, subsample=0.5)
    for name, factor in {"m2cgen": 1, "treelite": 1, "onnxmltools": trees / 100, "onnxmltools, the Booster": trees, "Hummingbird": trees}.items():
        if not np.allclose(theirs[name], factor * ours, rtol=1e-4):
            raise SystemExit(f"{name} has another mean of {trees} trees now: {theirs[name][0]} of {ours[0]}")
ours, theirs = found(n_estimators=8, linear_tree=True)
for name in ("m2cgen", "onnxmltools", "Hummingbird"):
    if theirs[name] is None or np.median(abs(theirs[name] - ours)) < 1:
        raise SystemExit(f"{name} does not lose linear leaves now")
    assert np.allclose(theirs[name], theirs["m2cgen"], rtol=1e-4)
assert theirs["treelite"] is None
PYTHON
