#!/usr/bin/env bash
# FLAML's metric "ndcg", which is what metric="auto" means for a ranking, is that of one list of all rows: it leaves out `groups`, and asks which queries
# have the more relevant rows, which scores of a ranker do not say. A ranking that is right for each query has a loss of 0.18; one that is backwards for
# each of them but knows the better queries has 0.09. So AutoML chooses models and their parameters by something else than what they are trained for and
# used for. "ndcg@10", or any other number after the @, is the mean over queries, whatever their length: 0 and 0.28.
# Seen with flaml 2.8.0, scikit-learn 1.9.1, lightgbm 4.7.0; flaml/automl/ml.py, sklearn_metric_loss_score, `score = 1 - ndcg_score([y_true],
# [y_predict])` without the @. Guessed before: the mean over queries of all their rows, with and without the @.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 pandas==3.1.1 scikit-learn==1.9.1 lightgbm==4.7.0 \
    xgboost-cpu==3.2.0 flaml==2.8.0
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import logging

logging.disable()
import flaml
import numpy as np
from flaml.automl.ml import sklearn_metric_loss_score

print("flaml", flaml.__version__)
rng = np.random.default_rng(0)
queries = np.repeat(np.arange(50), 8)
better = rng.permutation(np.repeat([0, 4], 25))[queries]  # half of the queries have rows of relevance 4 to 7, the others 0 to 3
relevances = better + np.tile([0, 0, 1, 1, 2, 2, 3, 3], 50)
within = relevances - better
right, backwards = within - 10.0 * (better > 0), 10.0 * (better > 0) - within
for name in ("ndcg", "ndcg@10", "ndcg@1000"):
    losses = [float(sklearn_metric_loss_score(name, scores, relevances, groups=queries)) for scores in (right, backwards)]
    print(f"{name:9} right for each query {losses[0]:.3f}, backwards for each {losses[1]:.3f}")
    if (losses[0] > losses[1]) != (name == "ndcg"):
        raise SystemExit("another list is ranked now")
    assert name == "ndcg" or losses[0] == 0
model = flaml.AutoML()
model.fit(
    rng.normal(size=(400, 2)), relevances, task="rank", metric="auto", groups=queries, max_iter=1, time_budget=-1, estimator_list=["lgbm"], verbose=0, n_jobs=1
)
print('metric="auto" of a ranking:', model._state.metric)
if model._state.metric != "ndcg":
    raise SystemExit("another metric is the default now")
PYTHON
