#!/usr/bin/env bash
# netcal's PinballLoss, and QuantileLoss, which is the same, is not that of the predicted quantile: it measures the distance to the nearer bound of the
# central interval of that level, as a pinball loss of the distance from the mean. At 0.5 it is not half the absolute error of the median but depends on
# the deviation: 0.23 with the right one, 0.37 with a tenth of it, where the median is the same and scikit-learn has 0.40 both times. Of normal targets
# and their own forecast it is 0.07 at 0.1 and 0.13 at 0.9 where the loss of the quantile is 0.17 for both. So levels do not compare with other
# libraries, and the best forecast at 0.1 is the one whose central tenth is right, not its tail.
# Seen with netcal 1.4.0, torch 2.15.0; netcal/Helper.py, is_in_quantile, "Note that we're working with two-sided quantiles"; the docstring of the loss
# has the usual formula of F^-1(tau). Guessed before: that formula.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 pandas==3.1.1 scikit-learn==1.9.1 matplotlib==3.11.2 \
    tqdm==4.70.1 torch==2.15.0
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check --no-deps netcal==1.4.0
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import numpy as np
from netcal.metrics import PinballLoss
from scipy.stats import norm
from sklearn.metrics import mean_pinball_loss

print("netcal", version("netcal"))
targets = np.random.default_rng(0).normal(size=20000)
means = np.zeros(20000)
for level in (0.1, 0.5, 0.9):
    found, usual = [], []
    for deviation in (1.0, 0.1):
        deviations = np.full(20000, deviation)
        found.append(float(PinballLoss().measure((means, deviations), targets, q=np.array([level]))))
        usual.append(float(mean_pinball_loss(targets, norm.ppf(level, means, deviations), alpha=level)))
    print(f"level {level}: netcal {found[0]:.3f} with a deviation of 1, {found[1]:.3f} with 0.1; scikit-learn {usual[0]:.3f} and {usual[1]:.3f}")
    if np.allclose(found, usual, rtol=0.05):
        raise SystemExit("it is the loss of the quantile now")
    if level == 0.5:
        assert abs(usual[0] - usual[1]) < 1e-12
        if abs(found[0] - found[1]) < 0.01:
            raise SystemExit("the median's loss depends on the median alone now")
PYTHON
