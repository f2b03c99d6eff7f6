#!/usr/bin/env bash
# Hummingbird gives classifiers other probabilities than they have, with the class that is predicted unchanged as a rule, so that no check of labels
# sees it. LogisticRegression of three classes, a softmax since scikit-learn 1.8 has no `multi_class` any more, becomes one sigmoid for each class
# divided by their sum: on iris a probability of 0.99 becomes 0.53. And XGBoost's classifiers lose their intercepts, which XGBoost estimates unless
# told otherwise, that is the logarithms of the shares of the classes, of two classes as of three: they become models of balanced classes.
# LogisticRegression of two classes is right, and so is XGBoost with base_score=0.5.
# Seen with hummingbird-ml 0.4.12, scikit-learn 1.9.1, xgboost 3.2.0 (xgboost-cpu), torch 2.15.0; hummingbird/ml/operator_converters/sklearn/linear.py
# looks for `multi_class`. Guessed before: probabilities of the model, as its two-class ones are.
set -euo pipefail
export OMP_NUM_THREADS=1  # three copies of OpenMP in one process
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 xgboost-cpu==3.2.0 \
    torch==2.15.0 hummingbird-ml==0.4.12
"$folder/venv/bin/python" -W ignore - 2>"$folder/log" <<'PYTHON' || { cat "$folder/log" >&2; exit 1; }
from importlib.metadata import version

import numpy as np
import xgboost
from hummingbird.ml import convert
from scipy.special import expit
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

print("hummingbird-ml", version("hummingbird-ml"), "scikit-learn", version("scikit-learn"), "xgboost", xgboost.__version__)
X, y = load_iris(return_X_y=True)
rows = np.r_[0:50, 50:80, 100:110]  # classes of 50, 30 and 10 rows
X, y = X[rows].astype(np.float32), y[rows]


def both(model, X, y):
    model.fit(X, y)
    return model.predict_proba(X), convert(model, "torch", X).predict_proba(X)


for model in (LogisticRegression(), xgboost.XGBClassifier(n_estimators=5)):
    ours, theirs = both(model, X, y)
    same = (ours.argmax(axis=1) == theirs.argmax(axis=1)).mean()
    worst = np.unravel_index(abs(ours - theirs).argmax(), ours.shape)
    print(f"{type(model).__name__:20} a probability of {ours[worst]:.3f} becomes {theirs[worst]:.3f}; {same:.0%} of the classes are the same")
    if abs(ours - theirs).max() < 0.05:
        raise SystemExit("probabilities of three classes are those of the model now")
    if isinstance(model, LogisticRegression):
        each = expit(model.decision_function(X))
        assert np.allclose(theirs, each / each.sum(axis=1, keepdims=True), atol=1e-4), "it is no sigmoid of each class"
    else:
        left = model.predict(X, output_margin=True) - np.log(theirs)
        left -= left.mean(axis=1, keepdims=True)
        shares = np.log(np.bincount(y) / len(y))
        print("what is lost of each class", left[0].round(4), "logarithms of the shares, centred", (shares - shares.mean()).round(4))
        assert np.allclose(left, shares - shares.mean(), atol=1e-3), "something else than the intercepts is lost"

few = y < 2
for model in (LogisticRegression(), xgboost.XGBClassifier(n_estimators=5), xgboost.XGBClassifier(n_estimators=5, base_score=0.5)):
    ours, theirs = both(model, X[few], y[few])
    print(f"two classes, {type(model).__name__:20} base_score {model.get_params().get('base_score')}: largest difference {abs(ours - theirs).max():.3f}")
    estimated = isinstance(model, xgboost.XGBClassifier) and model.base_score is None
    assert (abs(ours - theirs).max() > 0.05) == estimated, "two classes are converted in another way now"
PYTHON
