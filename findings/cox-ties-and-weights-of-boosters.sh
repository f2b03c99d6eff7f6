#!/usr/bin/env bash
# Cox's partial likelihood in boosters is not that of survival libraries where times tie or rows have weights. Models of CatBoost and of
# XGBoost depend on the order of rows with equal times; without ties they do not. CatBoost's value does too, and is neither Breslow's nor
# Efron's; XGBoost's is Breslow's, whose derivatives it does not follow.
# A weight is no number of rows in either: a row of weight 0 stays in every risk set, because XGBoost multiplies the derivatives of the
# unweighted likelihood, and both report that likelihood whatever the weights are. So of 100 rows out of 200 with weight 0 CatBoost
# reports, and trains on, something else than of the other 100 alone.
# Seen with catboost 1.2.10, xgboost 3.2.0 (xgboost-cpu). Guessed before: Breslow's ties, and a weight of 0 is a row that is not there.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 xgboost-cpu==3.2.0 catboost==1.2.10
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import numpy as np
import xgboost
from catboost import CatBoostRegressor
from catboost.utils import eval_metric

print("catboost", version("catboost"), "xgboost-cpu", version("xgboost-cpu"))
rng = np.random.default_rng(0)
ROWS = 200
X = rng.normal(size=(ROWS, 3))
single = np.exp(X[:, 0] + 0.3 * rng.normal(size=ROWS))
tied = np.ceil(2 * single)
event = rng.random(ROWS) < 0.7
score = rng.normal(size=ROWS)


def labels(time):
    return np.where(event, time, -time)  # negative: censored


def breslow(score, time, weight=1.0):
    """The negative logarithm of the partial likelihood, with weights as numbers of rows."""
    weight = np.broadcast_to(weight, ROWS)
    risk = [(weight * np.exp(score))[time >= one].sum() for one in time]
    return float(-(weight * (score - np.log(risk)))[event].sum())


def efron(score, time):
    total = 0.0
    for one in np.unique(time[event]):
        dead = (time == one) & event
        risk, theirs = np.exp(score)[time >= one].sum(), np.exp(score)[dead].sum()
        total -= score[dead].sum() - sum(np.log(risk - k / dead.sum() * theirs) for k in range(dead.sum()))
    return float(total)


def trained(X, y, **more):
    """A CatBoost model without any chance in it."""
    fixed = {"iterations": 5, "depth": 3, "learning_rate": 0.3, "bootstrap_type": "No", "random_strength": 0, "has_time": True}
    quiet = {"verbose": False, "allow_writing_files": False, "thread_count": 1, "boosting_type": "Plain"}
    return CatBoostRegressor(loss_function="Cox", **fixed, **quiet).fit(X, y, **more)


orders = [np.arange(ROWS), *(rng.permutation(ROWS) for _ in range(3))]
for name, time in (("no ties", single), ("ties", tied)):
    y = labels(time)
    values = [-eval_metric(y[order], score[order], "Cox")[0] for order in orders]
    models = [trained(X[order], y[order]).predict(X, prediction_type="RawFormulaVal") for order in orders]
    apart = max(float(np.abs(model - models[0]).max()) for model in models)
    print(f"CatBoost, {name}: four orders of rows give", *(f"{value:.3f}" for value in values), f"and models that are {apart:.3g} apart")
    print(f"  Breslow's is {breslow(score, time):.3f}, Efron's {efron(score, time):.3f}")
    if name == "no ties":
        assert np.allclose(values, breslow(score, time)) and apart < 1e-9
    elif np.ptp(values) < 0.1 or apart < 0.1 or np.isclose(values, breslow(score, time)).any():
        raise SystemExit("CatBoost treats ties otherwise now")
    data = [xgboost.DMatrix(X[order], y[order], base_margin=score[order]) for order in orders]
    params = {"objective": "survival:cox", "max_depth": 3, "nthread": 1}
    models = [xgboost.train(params, one, 5).predict(xgboost.DMatrix(X, base_margin=score), output_margin=True) for one in data]
    apart = max(float(np.abs(model - models[0]).max()) for model in models)
    values = [float(xgboost.train({**params, "eta": 0}, one, 1).eval(one).split(":")[1]) * event.sum() for one in data]
    print("XGBoost:", *(f"{value:.3f}" for value in values), f"and models that are {apart:.3g} apart")
    assert np.allclose(values, breslow(score, time), rtol=1e-4)
    if (apart > 0.1) != (name == "ties"):
        raise SystemExit("XGBoost treats ties otherwise now")

y = labels(single)
absent = np.where(np.arange(ROWS) < 100, 1.0, 0.0)
weighted, alone = trained(X, y, sample_weight=absent), trained(X[:100], y[:100])
seen = [model.evals_result_["learn"]["Cox"][-1] for model in (weighted, alone)]
print(f"CatBoost, the second half of weight 0: {seen[0]:.1f}; without these rows {seen[1]:.1f}")
if -seen[0] < -1.5 * seen[1] or np.allclose(weighted.predict(X), alone.predict(X), atol=0.1):
    raise SystemExit("weights of CatBoost behave otherwise now")


def xgboosts(weight):
    """The value at the scores, and minus the sums of the derivatives over the rows with x0 <= 0 and over the others."""
    left = (X[:, :1] > 0).astype(float)
    data = xgboost.DMatrix(left, y, weight=weight, base_margin=score)
    params = {"objective": "survival:cox", "lambda": 1e6, "min_child_weight": 0, "max_depth": 1, "eta": 1, "tree_method": "exact"}
    seen = {}
    model = xgboost.train({**params, "eta": 0}, data, 1, evals=[(data, "d")], evals_result=seen, verbose_eval=False)
    leaves = xgboost.train(params, data, 1).trees_to_dataframe().query("Feature == 'Leaf'")["Gain"]
    return seen["d"]["cox-nloglik"][0], leaves.to_numpy() * 1e6


def derivatives(weight, outside):
    """The same by the formula, with the weight outside of the derivatives or within the likelihood."""
    def value(at):
        return breslow(at, single) if outside else breslow(at, single, weight)

    slope = np.array([value(score + 1e-5 * one) - value(score - 1e-5 * one) for one in np.eye(ROWS)]) / 2e-5
    slope = slope * weight if outside else slope
    return [float(-slope[some].sum()) for some in (X[:, 0] <= 0, X[:, 0] > 0)]


for name, weight in (("none", np.ones(ROWS)), ("half of 0", absent), ("of 0.1 to 5", rng.uniform(0.1, 5, ROWS))):
    value, leaves = xgboosts(weight)
    print(
        f"XGBoost, weights {name}: value {value:.4f}, sums of derivatives {leaves.round(2)}; outside {np.round(derivatives(weight, True), 2)},"
        f" within the likelihood {np.round(derivatives(weight, False), 2)}"
    )
    assert np.isclose(value, breslow(score, single) / event.sum(), rtol=1e-4), "its value knows weights now"
    if not np.allclose(leaves, derivatives(weight, True), rtol=0.01, atol=0.1):
        raise SystemExit("its derivatives weigh otherwise now")
    if name != "none":
        assert not np.allclose(leaves, derivatives(weight, False), rtol=0.05, atol=0.5)
PYTHON
