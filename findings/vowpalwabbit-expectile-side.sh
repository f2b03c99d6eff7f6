#!/usr/bin/env bash
# Vowpal Wabbit's expectiles are counted from the other end than its quantiles. --loss_function expectile --expectile_q 0.1 learns the expectile 0.9 of
# SciPy and of the literature, 2.0 where the 0.1 one of the same numbers is 0.4, while --loss_function quantile --quantile_tau 0.1 learns the quantile
# 0.1. q may be from 0 to 0.5 only, so that none of the lower half can be learnt at all: for the expectile t below 0.5 turn the signs of targets and
# predictions, for one above it give 1 - t.
# Seen with vowpalwabbit 9.11.9, scipy 1.17.1. The help says "Parameter q associated with Expectile loss (required). Must be a value in (0.0, 0.5]",
# not which side. Guessed before: the side of --quantile_tau.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 vowpalwabbit==9.11.9
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import numpy as np
from scipy.stats import expectile
from vowpalwabbit import Workspace

print("vowpalwabbit", version("vowpalwabbit"))
y = np.random.default_rng(0).exponential(1, 1000)


def constant(options):
    """What a model of nothing but a constant predicts after 20 passes over the targets."""
    model = Workspace(options + " --quiet")
    for _ in range(20):
        for each in y:
            model.learn(f"{each} |")
    prediction = model.predict("|")
    model.finish()
    return prediction


for level in (0.1, 0.25, 0.5):
    found = constant(f"--loss_function expectile --expectile_q {level}")
    quantile = constant(f"--loss_function quantile --quantile_tau {level}")
    lower, upper = expectile(y, level), expectile(y, 1 - level)
    print(
        f"{level}: expectile {found:.2f}, of scipy {lower:.2f}, that of {1 - level} {upper:.2f};"
        f"  quantile {quantile:.2f}, of numpy {np.quantile(y, level):.2f}"
    )
    if abs(found - upper) > 0.12:
        raise SystemExit("expectile_q is another level now")
    assert abs(quantile - np.quantile(y, level)) < 0.05
PYTHON
