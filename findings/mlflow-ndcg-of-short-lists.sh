#!/usr/bin/env bash
# In MLflow's ndcg_at_k the ideal ranking is as long as what was retrieved, not as k or as what is relevant: a retriever that returns one right document of
# ten has an NDCG@10 of 1.00, as has one that returns all ten, and more than one that returns nine of them and one that is wrong, 0.94. precision_at_k divides
# by what was retrieved too. So of two thresholds the one that keeps only the surest document wins both; scikit-learn's ndcg_score over all documents has 0.22
# for it. recall_at_k sees it: 0.1.
# Seen with mlflow 3.17.2 (mlflow-skinny), scikit-learn 1.9.1; mlflow/metrics/metric_definitions.py. Guessed before: 0.22 at k=10.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 pandas==2.3.3 scikit-learn==1.9.1 mlflow-skinny==3.17.2
cd "$folder"
MLFLOW_DISABLE_TELEMETRY=true "$folder/venv/bin/python" -W ignore - 2>"$folder/log" <<'PYTHON' || { cat "$folder/log" >&2; exit 1; }
import mlflow
import numpy as np
import pandas
from mlflow.metrics import ndcg_at_k, precision_at_k, recall_at_k
from sklearn.metrics import ndcg_score

print("mlflow", mlflow.__version__)
relevant = [f"document {number}" for number in range(10)]
ndcgs = {}
for name, retrieved in {"all ten": relevant, "the first one": relevant[:1], "nine and a wrong one": relevant[:9] + ["other"]}.items():
    found = [metric(10).eval_fn(pandas.Series([retrieved]), pandas.Series([relevant])).scores[0] for metric in (ndcg_at_k, precision_at_k, recall_at_k)]
    names = sorted({*relevant, *retrieved})
    scores = [100 - retrieved.index(each) if each in retrieved else 0 for each in names]
    # documents that were not retrieved come last, in no order: of "other" ones there are as many as it takes
    padded = [[each in relevant for each in names] + [False] * 1000], [scores + [1] * 1000]
    ndcgs[name] = float(found[0]), float(ndcg_score(*padded, k=10))
    print(f"{name:20} NDCG@10 {found[0]:.3f}, precision {found[1]:.2f}, recall {found[2]:.2f}; scikit-learn's NDCG@10 of all documents {ndcgs[name][1]:.3f}")
assert ndcgs["all ten"] == (1.0, 1.0) and np.allclose(ndcgs["nine and a wrong one"], 0.936, atol=1e-3) and abs(ndcgs["the first one"][1] - 0.22) < 0.01
if ndcgs["the first one"][0] != 1.0:
    raise SystemExit("the ideal ranking is longer now")
PYTHON
