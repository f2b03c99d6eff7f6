"""Losses in CatBoost: the built-in's models, losses that it lacks, several classes, weights, early stopping, saving.

python -P examples/trainers/catboost.py
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from catboost import CatBoost, Pool
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.model_selection import train_test_split

import lossreg
from lossreg.integrations.catboost import CatBoostLossClassifier, CatBoostLossRegressor, metric, objective

QUIET = {"verbose": False, "allow_writing_files": False, "thread_count": 1, "random_seed": 0}

# The built-in's model, number for number: the same sampling, leaves and start.
X, y = load_diabetes(return_X_y=True)
plain = {
    **QUIET,
    "iterations": 50,
    "learning_rate": 0.1,
    "bootstrap_type": "No",
    "boost_from_average": False,
    "leaf_estimation_iterations": 1,
}
weight = np.where(y > 200, 2.0, 1.0)
pool = Pool(X, y, weight=weight)
theirs = CatBoost({**plain, "loss_function": "Huber:delta=30", "leaf_estimation_method": "Newton"}).fit(pool)
loss = "huber(delta=30)"
ours = {"loss_function": objective(loss, "exact"), "eval_metric": metric(loss), "leaf_estimation_method": "Newton"}
same = CatBoost({**plain, **ours}).fit(pool)
print(f"Huber, weighted: predictions agree {np.allclose(theirs.predict(X), same.predict(X), rtol=1e-9)}")

# Amounts above 0: CatBoost has no gamma loss. Trees begin at the best constant; predictions are amounts.
train, test, train_y, test_y = train_test_split(X, y, random_state=0)
gamma, fixed = (
    lossreg.get("gamma_deviance(log_input=False)"),
    {**QUIET, "iterations": 300, "learning_rate": 0.05, "depth": 3},
)
for name in ("gamma", "half_squared_error"):
    model = CatBoostLossRegressor(name, **fixed).fit(train, train_y, eval_set=(test, test_y), early_stopping_rounds=20)
    predicted = np.maximum(model.predict(test), 1.0)
    print(f"{name}: {model.model_.tree_count_} trees, gamma deviance {gamma(test_y, predicted):.4f}")

# Two classes, the rare one weighted; several classes.
X, y = load_breast_cancer(return_X_y=True)
train, test, train_y, test_y = train_test_split(X, y, random_state=0, stratify=y)
focal = CatBoostLossClassifier("binary_focal", iterations=60, learning_rate=0.2, auto_class_weights="Balanced", **QUIET)
print(f"breast cancer, focal: {focal.fit(train, train_y).score(test, test_y):.3f} right")
X, y = load_wine(return_X_y=True)
train, test, train_y, test_y = train_test_split(X, y, random_state=0, stratify=y)
several = CatBoostLossClassifier("categorical_focal", iterations=20, learning_rate=0.3, **QUIET).fit(train, train_y)
print(f"wine, focal: {several.score(test, test_y):.3f} right")
wine = test

# A mean and its spread.
X, y = load_diabetes(return_X_y=True)
train, test, train_y, test_y = train_test_split(X, y, random_state=0)
both = CatBoostLossRegressor("gaussian_nll(full=True)", iterations=40, learning_rate=0.1, depth=3, **QUIET)
print(f"diabetes: mean NLL {-both.fit(train, train_y).score(test, test_y):.3f}, predictions {both.predict(test).shape}")

# Times that are not over: bounds, of which the upper ones may be infinite.
looked = np.random.default_rng(0).exponential(300.0, len(train_y))
bounds = np.column_stack([np.minimum(train_y, looked), np.where(train_y < looked, train_y, np.inf)])
late = CatBoostLossRegressor("aft(scale=0.5)", iterations=60, learning_rate=0.1, depth=3, **QUIET).fit(train, bounds)
plain = CatBoostLossRegressor(iterations=60, learning_rate=0.1, depth=3, **QUIET).fit(train, np.log(bounds[:, 0]))
ratios = [np.exp(np.mean(model.predict(test) - np.log(test_y))) for model in (late, plain)]
print(f"diabetes, censored: times are {ratios[0]:.2f} of what they are with aft, {ratios[1]:.2f} with lower bounds")

# A saved model holds the start too, and needs nothing of lossreg: it predicts raw scores.
with tempfile.TemporaryDirectory() as folder:
    path = str(Path(folder) / "model.cbm")
    several.model_.save_model(path)
    loaded = CatBoost().load_model(path)
raw = loaded.predict(wine, prediction_type="RawFormulaVal")
print(f"saved and loaded: raw scores are the same {np.array_equal(raw, several.raw_scores(wine))}")
