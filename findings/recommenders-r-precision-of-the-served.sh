#!/usr/bin/env bash
# R-precision in Recommenders is the mean over the users who had a hit among the first R recommendations: those without one are left out, so that it is 1.0 as
# long as one user of ten is served perfectly and the other nine not at all, where it is 0.1, and of noise on 1000 items it is 0.065 where it is 0.014. The
# more users are missed altogether, the less of them it sees. And users of the test set for whom nothing was recommended do not count in precision, recall
# and MAP, and count as 0 in NDCG: where that is half of them NDCG is halved and the others stay. Divide by all users, and keep the same ones.
# Seen with recommenders 1.2.1, pandas 3.1.1; recommenders/evaluation/python_evaluation.py, r_precision_at_k, the mean of a series that has no such users, and
# the outer merge in ndcg_at_k. The docstring has the precision at R of each user. Guessed before: the mean over users, as in precision_at_k of that file.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 pandas==3.1.1 scikit-learn==1.9.1
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check --no-deps recommenders==1.2.1
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import numpy as np
import pandas as pd
from recommenders.evaluation.python_evaluation import map_at_k, ndcg_at_k, precision_at_k, r_precision_at_k, recall_at_k

print("recommenders", version("recommenders"))


def tables(liked, ranked):
    true = pd.DataFrame([(user, item, 1.0) for user, items in enumerate(liked) for item in items], columns=["userID", "itemID", "rating"])
    pred = pd.DataFrame([(user, item, -float(k)) for user, items in enumerate(ranked) for k, item in enumerate(items)], columns=["userID", "itemID", "prediction"])
    return true, pred


def right(liked, ranked):
    return np.mean([len(set(a) & set(b[: len(a)])) / len(a) for a, b in zip(liked, ranked)])


rng = np.random.default_rng(0)
tens = [[0, 1]] * 10
noise = [rng.choice(1000, 50, replace=False).tolist() for _ in range(300)]
for name, liked, ranked in (
    ("one user of ten served", tens, [list(range(5))] + [list(range(100, 105))] * 9),
    ("noise", [rng.choice(1000, rng.integers(1, 30), replace=False).tolist() for _ in range(300)], noise),
):
    true, pred = tables(liked, ranked)
    found, expected = r_precision_at_k(true, pred, k=50), right(liked, ranked)
    print(f"{name:23} R-precision {found:.3f}, over all users {expected:.3f}; precision {precision_at_k(true, pred, k=50):.3f}, recall {recall_at_k(true, pred, k=50):.3f}")
    if found < 1.5 * expected:
        raise SystemExit("users without a hit count now")

liked = [[0, 1]] * 100
ranked = [rng.permutation(20)[:5].tolist() for _ in range(100)]
true, pred = tables(liked, ranked)
half = pred[pred["userID"] < 50]
ratios = {measure.__name__: measure(true, half, k=5) / measure(true[true["userID"] < 50], half, k=5) for measure in (precision_at_k, recall_at_k, map_at_k, ndcg_at_k)}
print("with 50 more users for whom nothing is recommended, measures are multiplied by", {name: round(float(ratio), 3) for name, ratio in ratios.items()})
if not np.isclose(ratios["ndcg_at_k"], 0.5) or not np.isclose(ratios["precision_at_k"], 1):
    raise SystemExit("users without recommendations count alike now")
PYTHON
