#!/usr/bin/env bash
# Surprise's fraction of concordant pairs is a half for any model whatever of two ratings a user: it divides the concordant pairs by the number of users who
# have one and the discordant ones by the number of those who have one, in place of both by one number. So of ten users, nine of whom are ranked right, it is
# 0.5 where 0.9 of the pairs are concordant. For 600 users with two ratings it is 0.500 for a good model, for noise and for the good one turned round, of
# whose pairs 0.89, 0.49 and 0.11 are concordant; with three, 0.68, 0.52 and 0.32. Count pairs over all users.
# Seen with scikit-surprise 1.1.5; surprise/accuracy.py, fcp, the means of dicts that have only users with such a pair. The docstring names a paper, and there
# the numbers are sums over all users. Guessed before: the share of all pairs that are concordant.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 joblib==1.6.0 scikit-surprise==1.1.5
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import numpy as np
from surprise import accuracy
from surprise.prediction_algorithms.predictions import Prediction

print("scikit-surprise", version("scikit-surprise"))


def pairs(users, ratings, estimates):
    concordant = discordant = 0
    for user in np.unique(users):
        r, e = ratings[users == user], estimates[users == user]
        higher = r[:, None] > r[None, :]
        concordant += int((higher & (e[:, None] > e[None, :])).sum())
        discordant += int((higher & (e[:, None] <= e[None, :])).sum())
    return concordant / (concordant + discordant)


def both(name, users, ratings, estimates):
    predictions = [Prediction(int(u), k, float(r), float(e), {}) for k, (u, r, e) in enumerate(zip(users, ratings, estimates))]
    found, right = accuracy.fcp(predictions, verbose=False), pairs(users, ratings, estimates)
    print(f"{name:45} fcp {found:.3f}, of all pairs {right:.3f}")
    return found, right


users, ratings = np.repeat(np.arange(10), 2), np.tile([5.0, 1.0], 10)
found, right = both("ten users, nine of them right", users, ratings, np.where(users < 9, ratings, 6 - ratings))
assert right == 0.9
if found != 0.5:
    raise SystemExit("it is another number now")
rng = np.random.default_rng(0)
for each in (2, 3, 10):
    users = np.repeat(np.arange(600), each)
    taste = rng.normal(size=len(users))
    ratings = np.clip(np.round(3 + 1.2 * taste), 1, 5)
    estimates = taste + 0.5 * rng.normal(size=len(users))
    for name, scores in (("a good model", estimates), ("noise", rng.normal(size=len(users))), ("the good one turned round", -estimates)):
        found, right = both(f"{each} ratings a user, {name}", users, ratings, scores)
        if each == 2 and found != 0.5:
            raise SystemExit("it is another number now")
PYTHON
