"""Losses of lossreg as distributions of NGBoost: parity with its own, and distributions that it lacks."""

import pickle

import numpy as np
from ngboost import NGBClassifier, NGBRegressor
from ngboost.distns import Laplace, Normal, Poisson, k_categorical
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits
from sklearn.model_selection import train_test_split

import lossreg
from lossreg.integrations.ngboost import distribution

options = {"n_estimators": 60, "learning_rate": 0.05, "verbose": False, "random_state": 0}
X, y = load_diabetes(return_X_y=True)
weight = np.where(y > 200, 3.0, 1.0)

print("diabetes and digits: largest relative difference from NGBoost's own distribution")
for own, ours in (Normal, "half_squared_error"), (Laplace, "absolute_error"), (Poisson, "poisson"):
    a = NGBRegressor(Dist=own, **options).fit(X, y, sample_weight=weight)
    b = NGBRegressor(Dist=distribution(ours), **options).fit(X, y, sample_weight=weight)
    close = np.allclose(a.predict(X), b.predict(X), rtol=1e-8)
    print(f"  {own.__name__:12} {ours:20} {'below 1e-8' if close else 'more'}")
D, labels = load_digits(n_class=3, return_X_y=True)
a = NGBClassifier(Dist=k_categorical(3), **options).fit(D, labels).predict_proba(D)
b = NGBClassifier(Dist=distribution("scce", n_classes=3), **options).fit(D, labels).predict_proba(D)
print(f"  {'Categorical':12} {'scce':20} {'below 1e-8' if np.allclose(a, b, rtol=1e-8) else 'more'}")

print(
    "diabetes with gross errors in training, held out: mean negative log-likelihood, and how many lie below the 0.9-quantile"
)
train, test, y_train, y_test = train_test_split(X, y, random_state=0)
wrong = y_train.copy()
wrong[::15] += 1000
for label, kind in ("Normal", Normal), ("log_cosh", distribution("log_cosh")), ("fair", distribution("fair")):
    model = NGBRegressor(Dist=kind, **options).fit(train, wrong)
    at = model.pred_dist(test)
    print(f"  {label:12} {-np.mean(at.logpdf(y_test)):.3f} {np.mean(y_test < at.ppf(0.9)):.2f}")

print("diabetes, held out: mean pinball loss of the 0.9-quantile")
pinball = lossreg.get("pinball", quantile=0.9)
normal = NGBRegressor(Dist=Normal, **options).fit(train, y_train).pred_dist(test).ppf(0.9)
asymmetric = NGBRegressor(Dist=distribution(pinball), **options).fit(train, y_train)
for label, p in ("Normal", normal), ("pinball", asymmetric.predict(test)):
    print(f"  {label:12} {pinball(y_test, p):.3f}")

print("breast cancer, held out: mean focal loss, stopped early")
X, y = load_breast_cancer(return_X_y=True)
train, test, y_train, y_test = train_test_split(X, y, random_state=0, stratify=y)
focal = lossreg.get("focal", gamma=2.0, from_logits=False)
for label, kind in ("Bernoulli", k_categorical(2)), ("focal", distribution("focal(gamma=2)")):
    model = NGBClassifier(Dist=kind, **options)
    model.fit(train, y_train, X_val=test, Y_val=y_test, early_stopping_rounds=10)
    p = model.predict_proba(test, max_iter=model.best_val_loss_itr)[:, 1]
    print(f"  {label:12} {focal(y_test, p):.4f}")

again = pickle.loads(pickle.dumps(model))
print("a pickled model predicts the same:", np.array_equal(again.predict_proba(test), model.predict_proba(test)))
