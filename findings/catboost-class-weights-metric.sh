#!/usr/bin/env bash
# With an objective of one's own, CatBoost applies `class_weights` and `auto_class_weights` if the eval_metric is one of its own,
# and ignores them, without a word, if the metric is a Python object: the very same objective then gets weights of 1 and trains
# another model.
# Seen with catboost 1.2.10. Guessed before: class weights reach the objective or are refused, whatever the metric.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 scikit-learn==1.9.1 catboost==1.2.10
cd "$folder"
cat > trained.py <<'PYTHON'
from importlib.metadata import version

import numpy as np
from catboost import CatBoostClassifier
from sklearn.datasets import load_breast_cancer

print("catboost", version("catboost"))


class Logistic:
    no_jit = True
    seen = set()  # of the class, because CatBoost trains with a copy of the object

    def calc_ders_range(self, approxes, targets, weights):
        weights = np.ones(len(targets)) if weights is None else weights
        Logistic.seen.update((float(target), float(weight)) for target, weight in zip(targets, weights))
        p = 1 / (1 + np.exp(-approxes))
        return np.column_stack([(targets - p) * weights, -p * (1 - p) * weights])


class Accuracy:
    no_jit = True

    def is_max_optimal(self):
        return True

    def evaluate(self, approxes, target, weight):
        return float(np.sum((np.asarray(approxes[0]) > 0) == np.asarray(target))), float(len(target))

    def get_final_error(self, error, weight):
        return error / weight


X, y = load_breast_cancer(return_X_y=True)
fixed = dict(iterations=2, verbose=False, allow_writing_files=False, random_seed=0, class_weights=[1.0, 3.0])
for name, eval_metric in (("Logloss", "Logloss"), ("an object", Accuracy())):
    Logistic.seen.clear()
    CatBoostClassifier(loss_function=Logistic(), eval_metric=eval_metric, **fixed).fit(X, y)
    print("eval_metric", name, "-> (label, weight) pairs", sorted(Logistic.seen))
    expected = {(0.0, 1.0), (1.0, 3.0)} if name == "Logloss" else {(0.0, 1.0), (1.0, 1.0)}
    assert Logistic.seen == expected, f"behaves otherwise now: {Logistic.seen}"
PYTHON
"$folder/venv/bin/python" trained.py
