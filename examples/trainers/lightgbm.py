"""LightGBM with losses of lossreg, on data that scikit-learn ships. Run it as `python -P examples/trainers/lightgbm.py`.

-P keeps Python from importing this very file as `lightgbm`.
"""

import tempfile
from pathlib import Path

import lightgbm
import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits
from sklearn.metrics import ndcg_score
from sklearn.model_selection import GridSearchCV, train_test_split

import lossreg
from lossreg.integrations.lightgbm import LGBMLossClassifier, LGBMLossRanker, LGBMLossRegressor, metric, train

COMMON = {"n_estimators": 60, "num_leaves": 8, "learning_rate": 0.2, "n_jobs": 1, "verbose": -1}


def held_out(data):
    """Some of the data to train on, and some to test on."""
    return train_test_split(data.data, data.target, test_size=0.4, random_state=0)


print("The same model, where LightGBM has the loss")
X, X_test, y, y_test = held_out(load_breast_cancer())
ours = LGBMLossClassifier(loss="binary_cross_entropy", class_weight="balanced", **COMMON).fit(X, y)
theirs = lightgbm.LGBMClassifier(class_weight="balanced", **COMMON).fit(X, y)
difference = np.abs(ours.predict_proba(X_test) - theirs.predict_proba(X_test)).max()
print(f"  breast cancer, class weights: probabilities differ by {'less' if difference < 1e-5 else 'more'} than 1e-5")

print("Losses that LightGBM does not have, in their own values")
focal = lossreg.get("binary_focal", gamma=3.0)
plain = lightgbm.LGBMClassifier(**COMMON).fit(X, y)
for name, model in (("binary_focal", LGBMLossClassifier(loss=focal, **COMMON).fit(X, y)), ("cross-entropy", plain)):
    value = focal.replace(from_logits=False)(y_test, model.predict_proba(X_test)[:, 1])
    print(f"  breast cancer, binary_focal of a model trained with {name}: {value:.4f}")
X, X_test, y, y_test = held_out(load_diabetes())
y[::20] *= 10  # a digit too many
robust = lossreg.get("cauchy", scale=50.0)
for loss in (robust, "half_squared_error"):
    model = LGBMLossRegressor(loss=loss, **COMMON).fit(X, y)
    print(
        f"  diabetes, outliers: median error with {lossreg.get(loss)!r}: {np.median(np.abs(model.predict(X_test) - y_test)):.1f}"
    )

print("Several classes, early stopping")
X, X_test, y, y_test = held_out(load_digits())
for loss in ("categorical_focal", "sparse_categorical_cross_entropy"):
    model = LGBMLossClassifier(loss=loss, **{**COMMON, "n_estimators": 200})
    stop = lightgbm.early_stopping(5, verbose=False)
    model.fit(X, y, eval_X=(X_test,), eval_y=(y_test,), eval_metric=metric(loss), callbacks=[stop])
    print(f"  digits, {loss}: {model.best_iteration_} rounds, accuracy {model.score(X_test, y_test):.3f}")

print("A grid of losses")
X, X_test, y, y_test = held_out(load_diabetes())
grid = {"loss": ["half_squared_error", "huber(delta=30.0)", "log_cosh"]}
search = GridSearchCV(LGBMLossRegressor(**COMMON), grid, cv=3, scoring="neg_median_absolute_error").fit(X, y)
print(f"  diabetes: {search.best_params_['loss']}")

print("A mean and its spread")
normal = lossreg.get("gaussian_nll", full=True)
both = LGBMLossRegressor(loss=normal, **{**COMMON, "n_estimators": 500, "learning_rate": 0.05})
stop = lightgbm.early_stopping(10, verbose=False)
both.fit(X, y, eval_X=(X_test,), eval_y=(y_test,), callbacks=[stop])
mean, log_variance = both.predict(X_test).T
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
rankers = {"lambdarank": lightgbm.LGBMRanker(**COMMON)}
rankers |= {loss: LGBMLossRanker(loss=loss, **COMMON) for loss in ("lambda_rank", "list_net")}
for name, ranker in rankers.items():
    scores = ranker.fit(features[:half], relevance[:half], group=group[:300]).predict(features)
    values = [ndcg_score([2.0 ** relevance[rows]], [scores[rows]]) for rows in queries]
    print(f"  {name}: NDCG {np.mean(values):.3f}")

print("Times that are not over")
aft = lossreg.get("aft", scale=0.5)
looked = rng.exponential(300.0, len(y))  # the target is seen if it is reached before somebody looks
bounds = np.column_stack([np.minimum(y, looked), np.where(y < looked, y, np.inf)])
survival, plain = LGBMLossRegressor(loss=aft, **COMMON), LGBMLossRegressor(**COMMON)
log_times = survival.fit(X, bounds).predict(X_test), plain.fit(X, np.log(bounds[:, 0])).predict(X_test)
for name, predicted in zip(("aft", "squared error of logarithms of lower bounds"), log_times, strict=True):
    print(f"  diabetes, {name}: times are {np.exp(np.mean(predicted - np.log(y_test))):.2f} of what they are")

print("Saved and loaded, native interface")
booster = train("gamma", {"num_leaves": 8, "num_threads": 1, "verbose": -1}, lightgbm.Dataset(X, y), 30)
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "model.txt"
    booster.save_model(path)
    again = lightgbm.Booster(model_file=path)
print(f"  diabetes, gamma: mean prediction {again.predict(X).mean():.1f}, mean target {y.mean():.1f}")
