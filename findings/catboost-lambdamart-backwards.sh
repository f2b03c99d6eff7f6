#!/usr/bin/env bash
# CatBoost's LambdaMart has the signs of both its derivatives the wrong way round. In a Newton step they cancel, which is the default and
# right as long as nothing stands beside the second derivative. With leaf_estimation_method="Gradient" each step goes away from the ranking:
# the model ranks the worst first, and is worse than chance. And l2_leaf_reg, which is 0 for this objective unless it is set, is taken off
# the denominator in place of added to it: a leaf grows without bound or changes its sign as the penalty approaches its second derivative,
# so that scores grow to hundreds with 3, CatBoost's default elsewhere, and with 10 the model is worse than chance again.
# QuerySoftMax on the same rows does not mind either; YetiRank refuses gradient steps with a word.
# Seen with catboost 1.2.10, scikit-learn 1.9.1. Guessed before: derivatives of minus the loss, as CatBoost has everywhere, and a penalty shrinks.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 catboost==1.2.10
cd "$folder"
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from itertools import product

import catboost
import numpy as np
from sklearn.metrics import ndcg_score

print("catboost", catboost.__version__)
rng = np.random.default_rng(0)
QUERIES, ITEMS = 200, 10
X = rng.normal(size=(QUERIES * ITEMS, 3))
relevance = np.clip(np.round(X[:, 0] + 0.5 * rng.normal(size=len(X)) + 1), 0, 3)
query = np.repeat(np.arange(QUERIES), ITEMS)
FIXED = {"verbose": False, "allow_writing_files": False, "thread_count": 1, "random_seed": 0}


def ndcg(scores):
    """The mean NDCG of all queries."""
    return float(ndcg_score(relevance.reshape(QUERIES, ITEMS), np.reshape(scores, (QUERIES, ITEMS))))


def trained(objective, **options):
    """The NDCG of a model on its own rows, and its largest score."""
    model = catboost.CatBoost({"loss_function": objective, "iterations": 100, **FIXED, **options})
    scores = model.fit(catboost.Pool(X, relevance, group_id=query)).predict(X)
    return ndcg(scores), float(np.abs(scores).max())


chance, best, worst = ndcg(rng.normal(size=len(X))), ndcg(X[:, 0]), ndcg(-X[:, 0])
print(f"NDCG by the feature that decides {best:.3f}, by chance {chance:.3f}, by that feature from its other end {worst:.3f}")
OPTIONS = [{}, {"leaf_estimation_method": "Gradient"}, *({"l2_leaf_reg": l2} for l2 in (0.1, 1, 3, 10, 1000))]
found = {}
for options, objective in product(OPTIONS, ("LambdaMart", "QuerySoftMax")):
    value, largest = trained(objective, **options)
    found[objective, str(options)] = value, largest
    print(f"{objective:12} {options or 'as it is'!s:38} NDCG {value:.3f}  largest score {largest:7.2f}")

for options in OPTIONS:
    assert found["QuerySoftMax", str(options)][0] > best - 0.02
assert found["LambdaMart", "{}"][0] > best - 0.02
if found["LambdaMart", str(OPTIONS[1])][0] > worst + 0.05:
    raise SystemExit("LambdaMart learns forwards with gradient steps now")
if found["LambdaMart", "{'l2_leaf_reg': 10}"][0] > chance or found["LambdaMart", "{'l2_leaf_reg': 1000}"][0] > worst + 0.05:
    raise SystemExit("a penalty of LambdaMart shrinks now")

# One tree whose leaves have a row each shows the derivatives: a leaf is their quotient, with the penalty in the denominator.
corners = np.array(list(product([0.0, 1.0], repeat=3)))
gains = np.array([3, 2, 0, 1, 0, 2, 1, 0.0])
pool = catboost.Pool(corners, gains, group_id=[0] * 8, baseline=np.linspace(-1, 1, 8) ** 2)
one = {"loss_function": "LambdaMart:metric=NDCG;norm=false", "iterations": 1, "depth": 3, "learning_rate": 1.0, "boosting_type": "Plain"}
one |= {"bootstrap_type": "No", "random_strength": 0, "leaf_estimation_iterations": 1, "leaf_estimation_method": "Newton", **FIXED}
step_1, step_3 = (catboost.CatBoost({**one, "l2_leaf_reg": l2}).fit(pool).predict(corners) for l2 in (1.0, 3.0))
first = 2 / (1 / step_3 - 1 / step_1)
second = first / step_1 - 1
print("relevances            ", *(f"{gain:8.0f}" for gain in gains))
print("first derivatives     ", *(f"{each:8.4f}" for each in first), " of minus the loss, if a leaf is first / (second + l2)")
print("second, turned round  ", *(f"{each:8.4f}" for each in second))
assert first[gains == 3] < 0 < first[gains == 0].max() and (second < 0).all()
PYTHON
