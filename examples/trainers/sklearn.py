"""Losses in scikit-learn: scorers, linear models and HistGradientBoosting beside the built-in losses, on its own data sets.

python -P examples/trainers/sklearn.py
"""

from __future__ import annotations

import pickle

import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import Lasso, LogisticRegression, QuantileRegressor, Ridge
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import lossreg
from lossreg.integrations.sklearn import LossClassifier, LossRegressor, boosting_loss, scorer

X, y = load_diabetes(return_X_y=True)
X = StandardScaler().fit_transform(X)

# The built-in's solutions, by name of the divisor: Ridge adds its penalty to a sum, Lasso to a mean.
ridge, ours = Ridge(alpha=3.0).fit(X, y), LossRegressor("half_squared_error", alpha=3.0, reduction="sum").fit(X, y)
lasso, sparse = Lasso(alpha=3.0).fit(X, y), LossRegressor("half_squared_error", alpha=3.0, l1_ratio=1.0).fit(X, y)
print(f"ridge: coefficients agree {np.allclose(ridge.coef_, ours.coef_, atol=1e-4)}")
print(
    f"lasso: {np.sum(lasso.coef_ == 0)} and {np.sum(sparse.coef_ == 0)} zeros, the same {np.array_equal(lasso.coef_ == 0, sparse.coef_ == 0)}"
)

# A loss that scikit-learn lacks, judged by itself: the 0.9-quantile, smoothed, without a linear program.
judge = scorer("pinball(quantile=0.9)")
smooth = LossRegressor("smooth_pinball(quantile=0.9, bandwidth=2.0)", alpha=0.0)
for name, model in {
    "Ridge": Ridge(),
    "QuantileRegressor": QuantileRegressor(quantile=0.9, alpha=0.0),
    "smooth_pinball": smooth,
}.items():
    print(f"pinball at 0.9, {name}: {-cross_val_score(model, X, y, scoring=judge, cv=5).mean():.1f}")

# A search over losses: they are parameters like others, as strings or as objects.
losses = ["half_squared_error", "huber(delta=20)", lossreg.get("pseudo_huber", delta=50)]
search = GridSearchCV(LossRegressor(alpha=0.1), {"loss": losses}, scoring=scorer("absolute_error"), cv=5).fit(X, y)
print(f"least absolute error: {search.best_params_['loss']} {-search.best_score_:.1f}")

# Many classes, weights, probabilities, saving.
digits, labels = load_digits(return_X_y=True)
train, test, train_labels, test_labels = train_test_split(digits, labels, random_state=0, stratify=labels)
weight = np.where(train_labels == 8, 3.0, 1.0)
theirs = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, tol=1e-8, max_iter=10_000))
focal = make_pipeline(StandardScaler(), LossClassifier("categorical_focal(gamma=1.0)", alpha=10.0, reduction="sum"))
same = make_pipeline(StandardScaler(), LossClassifier(alpha=10.0, reduction="sum"))
theirs.fit(train, train_labels, logisticregression__sample_weight=weight)
for name, model in {"cross-entropy": same, "focal": focal}.items():
    model.fit(train, train_labels, lossclassifier__sample_weight=weight)
    again = pickle.loads(pickle.dumps(model))
    print(
        f"digits, {name}: {again.score(test, test_labels):.3f}, LogisticRegression {theirs.score(test, test_labels):.3f}"
    )
agree = np.allclose(same.predict_proba(test), theirs.predict_proba(test), atol=1e-4)
print(f"probabilities agree with LogisticRegression's: {agree}")

# Imbalance: the loss of the probabilities, weighted by class.
features, cancer = load_breast_cancer(return_X_y=True)
hinge = make_pipeline(StandardScaler(), LossClassifier("squared_hinge", class_weight="balanced"))
print(f"breast cancer, squared hinge: {cross_val_score(hinge, features, cancer, cv=5).mean():.3f}")

# Trees: experimental, through a private class of scikit-learn; early stopping follows the loss.
fixed = {"random_state": 0, "max_iter": 200, "early_stopping": True}
for name in ("half_squared_error", "huber(delta=20)"):
    model = HistGradientBoostingRegressor(loss=boosting_loss(name), **fixed).fit(X, y)
    print(f"trees, {name}: stopped after {model.n_iter_} of 200")
built_in = HistGradientBoostingRegressor(**fixed).fit(X, y)
print(f"trees, built-in squared_error: stopped after {built_in.n_iter_} of 200")
