"""Losses of lossreg as families of glum: parity with its own, and losses that it lacks."""

import pickle
import warnings

import numpy as np
from glum import GeneralizedLinearRegressor
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV
from sklearn.preprocessing import scale

from lossreg.integrations.glum import family

X, y = load_diabetes(return_X_y=True)
X = scale(X)
weight = np.where(y > 200, 3.0, 1.0)
options = {"alpha": 0.1, "l1_ratio": 0.5, "gradient_tol": 1e-7}
warnings.simplefilter("ignore", ConvergenceWarning)  # steps as small as rounding errors, in glum's own families too

print("diabetes, largest difference of a coefficient from glum's own family")
for own, ours in ("poisson", "poisson"), ("gamma", "gamma"), ("normal", "half_squared_error"):
    f = family(ours)
    link = "log" if own != "normal" else "identity"
    for label, w in ("", None), (", weighted", weight):
        a = GeneralizedLinearRegressor(family=own, link=link, **options).fit(X, y, sample_weight=w)
        b = GeneralizedLinearRegressor(family=f, link=f.link, **options).fit(X, y, sample_weight=w)
        print(f"  {ours + label:30} {'below 1e-9' if np.abs(a.coef_ - b.coef_).max() < 1e-9 else 'more'}")

print("diabetes with gross errors, mean Cauchy loss")
wrong = y.copy()
wrong[::15] += 1000
robust = family("cauchy(scale=50)")
for label, f, link in ("glum's normal", "normal", "identity"), ("cauchy(scale=50)", robust, robust.link):
    fit = GeneralizedLinearRegressor(family=f, link=link, alpha=0.1).fit(X, wrong)
    print(f"  {label:30} {robust.loss(wrong, fit.predict(X)):.1f}")

print("breast cancer, mean focal loss")
X, y = load_breast_cancer(return_X_y=True)
X = scale(X)
focal = family("focal(gamma=2)")
for label, f, link in ("glum's binomial", "binomial", "logit"), ("focal(gamma=2)", focal, focal.link):
    fit = GeneralizedLinearRegressor(family=f, link=link, alpha=0.001).fit(X, y)
    print(f"  {label:30} {focal.loss(y, fit.linear_predictor(X)):.5f}")

again = pickle.loads(pickle.dumps(fit))
print("a pickled model predicts the same:", np.array_equal(again.predict(X), fit.predict(X)))
search = GridSearchCV(GeneralizedLinearRegressor(family=focal, link=focal.link), {"alpha": [0.001, 0.01, 0.1]}).fit(
    X, y
)
print("a grid search finds", search.best_params_)
