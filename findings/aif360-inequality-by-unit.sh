#!/usr/bin/env bash
# Two of AIF360's measures of inequality depend on the unit of what is shared out. generalized_entropy_index with alpha=0, the mean log deviation, is divided by
# the mean once more than its formula has it: of 1000 incomes it is 0.000008 in dollars, 0.008 in thousands and 0.78 in hundreds of thousands, where it is 0.30 in
# any, so that of two groups with the same spread the richer one looks equal. theil_index raises ratios to the power of the incomes themselves: it is nan in
# dollars and inf in thousands, and 0.30, as it should, in hundreds of thousands. alpha=2 and coefficient_of_variation are right in any unit. Divide by the
# mean before.
# Seen with aif360 0.6.1; aif360/sklearn/metrics/metrics.py, and metrics/classification_metric.py, where the mean is near 1, has the first as well. The docstring
# says that 0 is the mean log deviation and 1 Theil's index, and its formula has one mean. Guessed before: numbers without a unit.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 pandas==2.3.3 scikit-learn==1.9.1 matplotlib==3.11.2
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check --no-deps aif360==0.6.1
"$folder/venv/bin/python" -W ignore - 2> "$folder/said" <<'PYTHON' || { cat "$folder/said"; exit 1; }
from importlib.metadata import version

import numpy as np
from aif360.sklearn.metrics import coefficient_of_variation, generalized_entropy_index, theil_index

print("aif360", version("aif360"))
dollars = np.exp(10.3 + 0.8 * np.random.default_rng(0).normal(size=1000))
found = {}
for unit in (1, 1000, 100000):
    incomes = dollars / unit
    share = incomes / incomes.mean()
    right = -np.log(share).mean(), (share * np.log(share)).mean(), share.std()
    found[unit] = generalized_entropy_index(incomes, alpha=0), theil_index(incomes), coefficient_of_variation(incomes)
    print(f"incomes in {unit:6} dollars: mean log deviation {found[unit][0]:.6f} for {right[0]:.3f}, Theil {found[unit][1]:.3f} for {right[1]:.3f}, variation {found[unit][2]:.3f} for {right[2]:.3f}")
    assert np.isclose(found[unit][0] * incomes.mean(), right[0]) and np.isclose(found[unit][2], right[2])
if np.isclose(found[1][0], found[1000][0]) or np.isfinite(found[1][1]) or np.isfinite(found[1000][1]):
    raise SystemExit("there is no unit now")
assert np.isclose(found[100000][1], right[1])
PYTHON
