#!/usr/bin/env bash
# ebm2onnx makes an ExplainableBoostingRegressor's raw scores of its predictions where the objective has a logarithm for a link: with
# poisson_deviance, gamma_deviance or tweedie_deviance a prediction of 177 is 5.18 in ONNX, its logarithm, without a word. rmse is right, and so are
# the probabilities of classifiers.
# Seen with ebm2onnx 3.3.1, interpret-core 0.7.8, onnxruntime 1.32.0; ebm2onnx/convert.py adds up the terms of a regressor and looks at no `link_`.
# Guessed before: the model's `link_` is applied, or refused.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 interpret-core==0.7.8 \
    ebm2onnx==3.3.1 onnxruntime==1.32.0
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import ebm2onnx
import numpy as np
import onnxruntime
from interpret.glassbox import ExplainableBoostingRegressor
from sklearn.datasets import load_diabetes

print("ebm2onnx", version("ebm2onnx"), "interpret-core", version("interpret-core"))
X, y = load_diabetes(return_X_y=True)
for objective in ("rmse", "poisson_deviance", "gamma_deviance", "tweedie_deviance:variance_power=1.5"):
    model = ExplainableBoostingRegressor(objective=objective, interactions=0, max_rounds=100, outer_bags=2, n_jobs=1, random_state=0).fit(X, y)
    graph = ebm2onnx.to_onnx(model, dtype={name: "double" for name in model.feature_names_in_})
    session = onnxruntime.InferenceSession(graph.SerializeToString())
    theirs = session.run(None, {place.name: X[:, i] for i, place in enumerate(session.get_inputs())})[0].ravel()
    ours = model.predict(X)
    print(f"{objective:36} link {model.link_:9} first row {ours[0]:.4f}  in ONNX {theirs[0]:.4f}")
    if objective == "rmse":
        assert np.allclose(ours, theirs, rtol=1e-3)
    elif not np.allclose(np.log(ours), theirs, rtol=1e-3):
        raise SystemExit(f"{objective} is no logarithm in ONNX now")
PYTHON
