#!/usr/bin/env bash
# LGBMClassifier.fit deprecates eval_set for eval_X and eval_y, and encodes the labels of the former only. With labels 1 and 2, the same
# validation data give another log loss through eval_y, about nine times as large, and early stopping stops at a tenth of the
# rounds; labels that are texts are a ValueError there.
# Seen with lightgbm 4.7.0. Guessed before: two spellings of one argument.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 scikit-learn==1.9.1 lightgbm==4.7.0
"$folder/venv/bin/python" - <<'PYTHON'
import warnings

import lightgbm
import numpy as np
from sklearn.datasets import load_breast_cancer

warnings.filterwarnings("ignore")
print("lightgbm", lightgbm.__version__)
X, y = load_breast_cancer(return_X_y=True)
X, X_valid, y, y_valid = X[:400], X[400:], y[:400] + 1, y[400:] + 1  # labels 1 and 2
seen = {}
for name, sets in {
    "eval_set": {"eval_set": [(X_valid, y_valid)]},
    "eval_X, eval_y": {"eval_X": (X_valid,), "eval_y": (y_valid,)},
}.items():
    model = lightgbm.LGBMClassifier(n_estimators=100, verbose=-1, n_jobs=1, random_state=0)
    model.fit(X, y, callbacks=[lightgbm.early_stopping(5, verbose=False)], **sets)
    (values,) = next(iter(model.evals_result_.values())).values()
    seen[name] = values[-1]
    print(f"{name}: {len(values)} rounds, log loss {values[-1]:.4f} at the end")
if np.isclose(*seen.values()):
    raise SystemExit("the two agree now")
words = np.array(["", "no", "yes"])
try:
    lightgbm.LGBMClassifier(n_estimators=2, verbose=-1).fit(X, words[y], eval_X=(X_valid,), eval_y=(words[y_valid],))
except ValueError as error:
    print("texts:", error)
else:
    raise SystemExit("texts are encoded now")
PYTHON
