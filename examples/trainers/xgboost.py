"""XGBoost with losses of lossreg, on data that scikit-learn ships. Run it as `python -P examples/trainers/xgboost.py`.

-P keeps Python from importing this very file as `xgboost`.
"""

import tempfile
from pathlib import Path

import numpy as np
import xgboost
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits
from sklearn.metrics import ndcg_score
from sklearn.model_selection import GridSearchCV, train_test_split

import lossreg
from lossreg.integrations.xgboost import XGBLossClassifier, XGBLossRanker, XGBLossRegressor, predict, train

COMMON = {"n_estimators": 60, "max_depth": 3, "learning_rate": 0.2, "n_jobs": 1, "random_state": 0}


def held_out(data):
    """Some of the data to train on, and some to test on."""
    return train_test_split(data.data, data.target, test_size=0.4, random_state=0)


print("The same model, where XGBoost has the loss")
X, X_test, y, y_test = held_out(load_breast_cancer())
weight = np.where(y == 0, 2.0, 1.0)
ours = XGBLossClassifier(loss="binary_cross_entropy", **COMMON).fit(X, y, sample_weight=weight)
theirs = xgboost.XGBClassifier(**COMMON).fit(X, y, sample_weight=weight)
difference = np.abs(ours.predict_proba(X_test) - theirs.predict_proba(X_test)).max()
print(f"  breast cancer, weights: probabilities differ by {'less' if difference < 1e-5 else 'more'} than 1e-5")

print("Losses that XGBoost does not have, in their own values")
focal = lossreg.get("binary_focal", gamma=3.0)
for name, model in (("binary_focal", XGBLossClassifier(loss=focal, **COMMON).fit(X, y)), ("cross-entropy", theirs)):
    value = focal.replace(from_logits=False)(y_test, model.predict_proba(X_test)[:, 1].astype(np.float64))
    print(f"  breast cancer, binary_focal of a model trained with {name}: {value:.4f}")
X, X_test, y, y_test = held_out(load_diabetes())
y[::20] *= 10  # a digit too many
robust = lossreg.get("cauchy", scale=50.0)
for loss in (robust, "half_squared_error"):
    model = XGBLossRegressor(loss=loss, **COMMON).fit(X, y)
    print(
        f"  diabetes, outliers: median error with {lossreg.get(loss)!r}: {np.median(np.abs(model.predict(X_test) - y_test)):.1f}"
    )

print("Several classes, early stopping")
X, X_test, y, y_test = held_out(load_digits())
for loss in ("categorical_focal", "sparse_categorical_cross_entropy"):
    model = XGBLossClassifier(loss=loss, early_stopping_rounds=5, **{**COMMON, "n_estimators": 200})
    model.fit(X, y, eval_set=[(X_test, y_test)])
    print(f"  digits, {loss}: {model.best_iteration + 1} rounds, accuracy {model.score(X_test, y_test):.3f}")

print("A grid of losses")
X, X_test, y, y_test = held_out(load_diabetes())
grid = {"loss": ["half_squared_error", "huber(delta=30.0)", "log_cosh"]}
search = GridSearchCV(XGBLossRegressor(**COMMON), grid, cv=3, scoring="neg_median_absolute_error").fit(X, y)
print(f"  diabetes: {search.best_params_['loss']}")

print("A mean and its spread")
normal = lossreg.get("gaussian_nll", full=True)
both = XGBLossRegressor(loss=normal, early_stopping_rounds=10, **{**COMMON, "n_estimators": 500, "learning_rate": 0.05})
mean, log_variance = both.fit(X, y, eval_set=[(X_test, y_test)]).predict(X_test).T
inside = np.abs(y_test - mean) < 1.645 * np.exp(log_variance / 2)
constant = normal(y_test, np.tile(normal.init_score(y), (len(y_test), 1)))
print(f"  diabetes: mean NLL {-both.score(X_test, y_test):.3f}, of a constant {constant:.3f}")
print(f"  diabetes: {inside.mean():.2f} of the targets are in intervals of 0.90")

print("Rankings of queries")
rng = np.random.default_rng(0)
group = rng.integers(5, 25, 600)  # how many rows each query has
features = rng.normal(size=(group.sum(), 5))
found = features[:, 0] + np.abs(features[:, 1]) + features[:, 2] * features[:, 3] + rng.normal(size=len(features))
relevance, half = np.clip(np.round(found), 0, 4).astype(int), group[:300].sum()
queries = np.split(np.arange(half, len(features)), np.cumsum(group[300:])[:-1])
rankers = {"rank:ndcg": xgboost.XGBRanker(**COMMON)}
rankers |= {loss: XGBLossRanker(loss=loss, **COMMON) for loss in ("lambda_rank", "list_net")}
for name, ranker in rankers.items():
    scores = ranker.fit(features[:half], relevance[:half], group=group[:300]).predict(features)
    values = [ndcg_score([2.0 ** relevance[rows]], [scores[rows]]) for rows in queries]
    print(f"  {name}: NDCG {np.mean(values):.3f}")

print("Times that are not over")
aft = lossreg.get("aft", scale=0.5)
looked = rng.exponential(300.0, len(y))  # the target is seen if it is reached before somebody looks
bounds = np.column_stack([np.minimum(y, looked), np.where(y < looked, y, np.inf)])
survival, plain = XGBLossRegressor(loss=aft, **COMMON), XGBLossRegressor(**COMMON)
log_times = survival.fit(X, bounds).predict(X_test), plain.fit(X, np.log(bounds[:, 0])).predict(X_test)
for name, predicted in zip(("aft", "squared error of logarithms of lower bounds"), log_times, strict=True):
    print(f"  diabetes, {name}: times are {np.exp(np.mean(predicted - np.log(y_test))):.2f} of what they are")
data = xgboost.DMatrix(X, label_lower_bound=bounds[:, 0], label_upper_bound=bounds[:, 1])
params = {"max_depth": 3, "eta": 0.2, "nthread": 1, "base_score": np.exp(aft.init_score(bounds))}
theirs = xgboost.train({**params, "objective": "survival:aft", "aft_loss_distribution_scale": 0.5}, data, 60)
difference = np.abs(theirs.predict(data, output_margin=True) - survival.predict(X)).max()
print(f"  diabetes, survival:aft: raw scores differ by {'less' if difference < 1e-5 else 'more'} than 1e-5")

print("Saved and loaded, native interface")
data = xgboost.DMatrix(X, y)
booster = train("gamma", {"max_depth": 3, "nthread": 1}, data, 30)
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "model.json"
    booster.save_model(path)
    again = xgboost.Booster(model_file=path)
print(f"  diabetes, gamma: mean prediction {predict(again, data).mean():.1f}, mean target {y.mean():.1f}")
