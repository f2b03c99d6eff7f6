#!/usr/bin/env bash
# penalize_crossing=True does not penalize crossing in XGBoostLSS' Expectile: the share of rows whose expectiles are out of order, which no small step
# changes, is a factor of the whole loss, so that first and second derivatives of every row are multiplied alike and a tree divides one by the other. With
# lambda=0 the model is the same to 2e-6, and 98 % of its rows have expectiles that cross; with lambda=1, the default, it is a ridge that is half as
# strong beside derivatives twice as large, and 97 % of the rows cross where 94 % do without the penalty. Sort what is predicted, or predict differences.
# Seen with xgboostlss 0.6.1, xgboost 3.2.0 (xgboost-cpu), torch 2.15.0; xgboostlss/distributions/Expectile.py, `loss * (1 + penalty)` of a mean of
# comparisons; "Whether to include a penalty term to discourage crossing of expectiles", says the docstring, and LightGBMLSS has the same code. Guessed
# before: a slope towards the right order.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 pandas==3.1.1 scikit-learn==1.9.1 tqdm==4.70.1 \
    torch==2.15.0 opt_einsum==3.4.0 pyro-api==0.1.2 pyro-ppl==1.9.2 scikit-base==1.2.0
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check --no-deps xgboost-cpu==3.2.0 xgboostlss==0.6.1
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import numpy as np
import torch
import xgboost
from xgboostlss.distributions.Expectile import Expectile
from xgboostlss.model import XGBoostLSS

torch.set_num_threads(1)
print("xgboostlss", version("xgboostlss"), "xgboost", xgboost.__version__)
rng = np.random.default_rng(0)
features = rng.normal(size=(300, 4)).astype(np.float32)
targets = features[:, 0] + rng.standard_t(2, size=300)
for ridge in (0, 1):
    predictions, losses = [], []
    for penalize in (False, True):
        model = XGBoostLSS(Expectile(stabilization="None", expectiles=[0.4, 0.45, 0.5, 0.55, 0.6], penalize_crossing=penalize))
        rows = xgboost.DMatrix(features, label=targets, nthread=1)
        model.train({"eta": 0.3, "max_depth": 4, "lambda": ridge, "min_child_weight": 0, "nthread": 1, "max_bin": 32}, rows, num_boost_round=30)
        predictions.append(model.predict(xgboost.DMatrix(features, nthread=1), pred_type="expectiles").to_numpy())
    crossed = [float((np.diff(found, axis=1) < 0).any(axis=1).mean()) for found in predictions]
    apart = float(np.abs(predictions[1] - predictions[0]).max())
    print(f"lambda={ridge}: rows whose expectiles cross {crossed[0]:.1%}, with the penalty {crossed[1]:.1%}; predictions differ by {apart:.1e} at most")
    if crossed[1] < 0.9 * crossed[0] or (ridge == 0 and apart > 1e-3):
        raise SystemExit("the penalty does something now")
PYTHON
