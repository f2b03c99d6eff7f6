#!/usr/bin/env bash
# scikit-survival's Brier scores sort the times at which they are to evaluate, and not the predictions that belong to them: with times from late to early,
# or in any other order, brier_score and integrated_brier_score compare the survival at one time with what had happened at another, without a word. On
# its data of breast cancer an integrated Brier score of 0.178 becomes 0.258, worse than the 0.25 of one that says 1/2 always. The times come back
# sorted; a time given twice is refused, for its column is one too many. Sort times before predictions are made.
# Seen with scikit-survival 0.28.0; sksurv/metrics.py, _check_times, `times = np.unique(times)`, and no order of `estimate`. The documentation says of the
# times that they must lie within the follow-up. Guessed before: the column that belongs to a time, or an error.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 pandas==3.1.1 scikit-learn==1.9.1 \
    scikit-survival==0.28.0
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import numpy as np
from sksurv.datasets import load_gbsg2
from sksurv.linear_model import CoxPHSurvivalAnalysis
from sksurv.metrics import brier_score, integrated_brier_score

print("scikit-survival", version("scikit-survival"))
features, seen = load_gbsg2()
features = features[["age", "pnodes", "progrec", "tsize"]].astype(float)
curves = CoxPHSurvivalAnalysis().fit(features, seen).predict_survival_function(features)
times = np.array([300.0, 700.0, 1100.0, 1500.0, 1900.0])
for name, order in (("early to late", np.arange(5)), ("late to early", np.arange(5)[::-1]), ("mixed", np.array([1, 3, 0, 4, 2]))):
    asked = times[order]
    survival = np.array([curve(asked) for curve in curves])
    came, scores = brier_score(seen, seen, survival, asked)
    whole = integrated_brier_score(seen, seen, survival, asked)
    print(f"{name:14} times {came} Brier scores {scores.round(3)} integrated {whole:.3f}")
    if name == "early to late":
        right = whole
        assert right < 0.2
    elif abs(whole - right) < 0.03 or (came != times).any():
        raise SystemExit("times may be in any order now")
PYTHON
