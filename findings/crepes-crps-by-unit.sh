#!/usr/bin/env bash
# The CRPS of a predictive system with difficulty estimates depends on the unit in crepes. The one step of the distribution that the target lies in has its
# width in the unit of the targets already and is multiplied by the difficulty once more, where the steps that are widths of scaled residuals are to be. So
# targets in grams have not a thousand times the CRPS of the same ones in kilograms but 109000 times, one step weighs more than all others, and of two
# difficulty estimates that differ by a constant factor, which are one predictive system, the smaller one has the better score. Predictive systems without
# difficulty estimates are right in any unit. Take the mean of |member - target| less half of that between members, over what predict_cpds gives.
# Seen with crepes 0.9.1; crepes/base.py, get_crps, the last two terms. Guessed before: the same score whatever the unit.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 pandas==2.3.3 scikit-learn==1.9.1 crepes==0.9.1
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import numpy as np
from crepes import ConformalPredictiveSystem

print("crepes", version("crepes"))
rng = np.random.default_rng(0)
difficulty, tested = rng.uniform(0.5, 2, 100), rng.uniform(0.5, 2, 200)
residuals, targets = rng.normal(size=100) * difficulty, rng.normal(size=200) * tested


def usual(members, target):
    return np.abs(members - target).mean() - np.abs(members[:, None] - members).mean() / 2


def found(unit, scale, with_difficulty):
    kind = [difficulty * scale] if with_difficulty else []
    more = {"sigmas": tested * scale} if with_difficulty else {}
    system = ConformalPredictiveSystem().fit(residuals * unit, *kind)
    score = system.evaluate(np.zeros(200), targets * unit, metrics=["CRPS"], **more)["CRPS"]
    members = system.predict_cpds(np.zeros(200), **more)
    return float(score) / unit, float(np.mean([usual(row, target * unit) for row, target in zip(members, targets)])) / unit


for with_difficulty in (False, True):
    rights = []
    for unit, scale in ((0.01, 0.01), (1, 1), (1000, 1000), (1, 100)):
        score, right = found(unit, scale, with_difficulty)
        print(f"{'with' if with_difficulty else 'without'} difficulty, unit 1/{unit}, difficulty times {scale}: CRPS {score:.4f}, by its definition {right:.4f}")
        rights.append(right)
        assert abs(right - rights[0]) < 1e-9
        if (abs(score - right) < 0.01) == with_difficulty:
            raise SystemExit("another CRPS now")
PYTHON
