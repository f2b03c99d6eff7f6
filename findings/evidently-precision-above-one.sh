#!/usr/bin/env bash
# Evidently's MAP of recommendations may be 2.5, and depends on the order of the rows. Whether the k-th recommendation is right is read off whichever row of
# the user comes last of those ranked to k: scores of one model have a MAP@5 of 0.68 with the rows best first, as it is, of 0.79 shuffled, and of 0.83 worst
# first. And a user with one recommendation, a right one, counts it at every k once more, so that of lists of different lengths MAP@5 is 2.5 where 0.5 is
# right. In the tables of NDCG and MRR the ranks are one too high: what stands beside 2 is that at 1. Precision has its ranks and does not depend on order.
# Sort rows by user and score before, cut lists to one length, and read NDCG and MRR one rank further.
# Seen with evidently 0.7.23, pandas 2.3.3; evidently/legacy/metrics/recsys/precision_recall_k.py, which takes the last row of groups that nobody has sorted.
# Guessed before: average precision, at most 1, by the ranks of the scores.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 pandas==2.3.3 scikit-learn==1.9.1 statsmodels==0.15.0 \
    evidently==0.7.23
cd "$folder"
DO_NOT_TRACK=1 "$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import numpy as np
import pandas as pd
from evidently import DataDefinition, Dataset, Recsys, Report
from evidently.metrics import MAP, MRR, NDCG, PrecisionTopK

print("evidently", version("evidently"), "pandas", pd.__version__)


def measured(rows):
    ranking = Recsys(user_id="user", item_id="item", target="target", prediction="score")
    data = Dataset.from_pandas(rows.reset_index(drop=True), data_definition=DataDefinition(ranking=[ranking]))
    values = [metric["value"] for metric in Report([MAP(k=5), NDCG(k=5), MRR(k=5), PrecisionTopK(k=5)]).run(data, None).dict()["metrics"]]
    return [dict(zip(value["rank"].values(), value["value"].values())) for value in values]


def right(rows, k):
    precisions, gains = [], []
    for _, user in rows.groupby("user"):
        hits = user.sort_values("score", ascending=False)["target"].to_numpy()
        shares = hits.cumsum() / np.arange(1, len(hits) + 1)
        precisions.append((shares * hits)[:k].sum() / hits.sum())
        gains.append(hits[0])
    return np.mean(precisions), np.mean(gains)


rng = np.random.default_rng(0)
target = (rng.random((50, 8)) < 0.4).astype(int)
target[:, 0] = 1
score = target + rng.normal(size=target.shape)
rows = pd.DataFrame({"user": np.repeat(np.arange(50), 8), "item": np.tile(np.arange(8), 50), "target": target.ravel(), "score": score.ravel()})
rows = rows.sort_values(["user", "score"], ascending=[True, False])
expected, first = right(rows, 5)
found = []
for name, table in (("best first", rows), ("shuffled", rows.sample(frac=1, random_state=0)), ("worst first", rows[::-1])):
    precision, ndcg, reciprocal, share = measured(table)
    found.append(precision[5])
    print(f"rows {name:11} MAP@5 {precision[5]:.3f}, by ranks {expected:.3f}; precision@5 {share[5]:.3f}; NDCG and MRR beside rank 2 {ndcg[2]:.3f} and {reciprocal[2]:.3f}, at 1 by ranks {first:.3f}")
    assert np.isclose([ndcg[2], reciprocal[2]], first).all() and 1 not in reciprocal and 1 in share
assert np.isclose(found[0], expected)
short = pd.DataFrame([("a", 0, 1, 0.9)] + [("b", k, int(k == 7), -float(k)) for k in range(8)], columns=rows.columns)
uneven = measured(short)[0][5]
print(f"a right list of one and a list of eight, right at the end: MAP@5 {uneven:.3f}, by ranks {right(short, 5)[0]:.3f}")
if max(found) - min(found) < 0.01 or uneven <= 1:
    raise SystemExit("MAP is by ranks now")
PYTHON
