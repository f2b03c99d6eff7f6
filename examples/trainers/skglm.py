"""Losses of lossreg as datafits of skglm: parity with scikit-learn and skglm, and sparse models of losses that it lacks."""

import pickle

import numpy as np
from skglm import GeneralizedLinearEstimator
from skglm.datafits import Logistic
from skglm.penalties import L1, L2
from skglm.solvers import LBFGS, ProxNewton
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import scale

from lossreg.integrations.skglm import datafit

X, y = load_breast_cancer(return_X_y=True)
X = scale(X)
weight = np.where(y == 0, 3.0, 1.0)


def sparse(fit, features=X, targets=y):
    return GeneralizedLinearEstimator(fit, L1(0.02), ProxNewton(tol=1e-8, max_iter=100)).fit(features, targets)


print("breast cancer, largest difference of a coefficient")
own = LBFGS(tol=1e-9, max_iter=500).solve(X, 2.0 * y - 1, Logistic(), L2(0.1))[0]
ours = LBFGS(tol=1e-9, max_iter=500).solve(X, 2.0 * y - 1, datafit("bce"), L2(0.1))[0]
print(f"  from skglm's Logistic, L2           {'below 1e-9' if np.abs(own - ours).max() < 1e-9 else 'more'}")
for label, w in ("", None), (", weighted", weight):
    C = 1 / (0.02 * (len(y) if w is None else w.sum()))
    exact = LogisticRegression(penalty="l1", C=C, solver="saga", tol=1e-9, max_iter=100_000).fit(X, y, sample_weight=w)
    close = np.abs(exact.coef_ - sparse(datafit("bce", w)).coef_).max() < 1e-4
    print(f"  from scikit-learn's{label + ', L1':16} {'below 1e-4' if close else 'more'}")

print("breast cancer, mean focal loss plus penalty, and coefficients that are not 0")
focal = datafit("focal(gamma=2)")
for label, model in ("bce", sparse(datafit("bce"))), ("focal", sparse(focal)):
    raw = X @ model.coef_ + model.intercept_
    total = focal.loss(y, raw) + 0.02 * np.abs(model.coef_).sum()
    print(f"  {label:26} {total:.4f} {np.count_nonzero(model.coef_)}")

print("diabetes with gross errors, mean Cauchy loss plus penalty")
D, target = load_diabetes(return_X_y=True)
D = scale(D)
target[::15] += 1000
cauchy = datafit("cauchy(scale=50)")
for label, model in (
    ("half_squared_error", sparse(datafit("half_squared_error"), D, target)),
    ("cauchy", sparse(cauchy, D, target)),
):
    total = cauchy.loss(target, D @ model.coef_ + model.intercept_) + 0.02 * np.abs(model.coef_).sum()
    print(f"  {label:26} {total:.1f}")

model = sparse(focal)
again = pickle.loads(pickle.dumps({"coef": model.coef_, "datafit": focal}))
print("coefficients and datafit are pickled:", np.array_equal(again["coef"], model.coef_))
