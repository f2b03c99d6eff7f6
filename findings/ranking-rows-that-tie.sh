#!/usr/bin/env bash
# The NDCG of a constant prediction is whatever the order of rows makes it in XGBoost and LightGBM: 1.0 where the rows of each query lie
# with the best first. CatBoost counts the worst order of tied rows whatever their order is, scikit-learn the mean over all orders.
# Three numbers for the same scores. The same ties are in the first gradients of rank:ndcg and lambdarank, because all scores begin equal:
# the rows of each query in another order grow another first tree, and another model; rank:pairwise does not see the order.
# Seen with xgboost 3.2.0 (xgboost-cpu), lightgbm 4.7.0, catboost 1.2.10, scikit-learn 1.9.1. Guessed before: ties are broken alike or
# averaged, and a data set is a set.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 lightgbm==4.7.0 \
    xgboost-cpu==3.2.0 catboost==1.2.10
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import lightgbm
import numpy as np
import xgboost
from catboost.utils import eval_metric
from sklearn.metrics import ndcg_score

print(*(f"{name} {version(name)}" for name in ("xgboost-cpu", "lightgbm", "catboost", "scikit-learn")))
rng = np.random.default_rng(0)
QUERIES, ROWS = 100, 12
query = np.repeat(np.arange(QUERIES), ROWS)
X = rng.normal(size=(len(query), 5))
relevance = np.clip(np.round(1.2 + X[:, 0] + rng.normal(size=len(query))), 0, 4).astype(int)
best_first = np.lexsort((-relevance, query))
ORDERS = {"as drawn": np.arange(len(query)), "best first": best_first, "worst first": np.lexsort((relevance, query))}


def of_xgboost(y):
    data, seen = xgboost.DMatrix(np.zeros((len(y), 1)), y, qid=query), {}
    params = {"objective": "rank:ndcg", "eval_metric": f"ndcg@{ROWS}", "eta": 0}
    xgboost.train(params, data, 1, evals=[(data, "d")], evals_result=seen, verbose_eval=False)
    return seen["d"][f"ndcg@{ROWS}"][0]


def of_lightgbm(y):
    data, seen = lightgbm.Dataset(np.zeros((len(y), 1)), y, group=[ROWS] * QUERIES), {}
    params = {"objective": "lambdarank", "metric": "ndcg", "ndcg_eval_at": [ROWS], "verbose": -1}
    lightgbm.train(params, data, 1, valid_sets=[data], callbacks=[lightgbm.record_evaluation(seen)])
    return float(seen["training"][f"ndcg@{ROWS}"][0])


def of_catboost(y):
    return eval_metric(y.astype(float), np.zeros(len(y)), f"NDCG:type=Exp;top={ROWS}", group_id=query)[0]


def of_sklearn(y):
    return float(np.mean([ndcg_score([2.0**some - 1], [np.zeros(ROWS)]) for some in y.reshape(QUERIES, ROWS)]))


seen = {}
for each in (of_xgboost, of_lightgbm, of_catboost, of_sklearn):
    seen[each] = {name: each(relevance[order]) for name, order in ORDERS.items()}
    print(f"NDCG of a constant, {each.__name__[3:]:9}", *(f"{name} {value:.4f}  " for name, value in seen[each].items()))
worst = seen[of_xgboost]["worst first"]
assert seen[of_sklearn]["worst first"] > worst + 0.1
for each in (of_xgboost, of_lightgbm):
    if not np.isclose(seen[each]["best first"], 1) or not np.isclose(seen[each]["worst first"], worst):
        raise SystemExit(f"{each.__name__} counts ties otherwise now")
if not np.allclose(list(seen[of_catboost].values()), worst) or np.ptp(list(seen[of_sklearn].values())) > 1e-9:
    raise SystemExit("CatBoost or scikit-learn counts ties otherwise now")


def trained(kind, rounds, order):
    """The scores of all rows by a model that has seen them in this order."""
    if kind == "lambdarank":
        ranker = lightgbm.LGBMRanker(n_estimators=rounds, verbose=-1, n_jobs=1, deterministic=True, force_row_wise=True)
        return ranker.fit(X[order], relevance[order], group=[ROWS] * QUERIES).predict(X)
    ranker = xgboost.XGBRanker(objective=kind, n_estimators=rounds, n_jobs=1)
    return ranker.fit(X[order], relevance[order], qid=query).predict(X)


for kind in ("rank:ndcg", "lambdarank", "rank:pairwise"):
    for rounds in (1, 20):
        scores = {name: trained(kind, rounds, order) for name, order in ORDERS.items()}
        apart = [float(np.abs(scores[name] - scores["as drawn"]).max()) for name in ("best first", "worst first")]
        print(f"{kind}, {rounds} trees: scores differ from those of the drawn order by up to {apart[0]:.3f} and {apart[1]:.3f}")
        if (min(apart) > 0.05) != (kind != "rank:pairwise"):
            raise SystemExit(f"{kind} behaves otherwise now")
PYTHON
