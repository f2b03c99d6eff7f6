#!/usr/bin/env bash
# The proportions of quantiles in Uncertainty Toolbox are those of the other end: with prop_type="quantile" the observed proportion at 0.1 is the share of
# targets above the predicted quantile 0.9, because predictions less targets are compared with quantiles of targets less predictions. So a forecast that
# is half a deviation too high looks too low, and recalibration moves it the wrong way, twice as far off: of targets that are to be below the predicted
# median in half of the cases, 69 % are before it and 85 % after. Forecasts that are symmetric about their targets do not show it, nor does
# prop_type="interval", which is the default. Give minus the targets and minus the predictions, and 1 minus the level, or compare with get_quantile.
# Seen with uncertainty-toolbox 0.1.1, scipy 1.17.1; uncertainty_toolbox/metrics_calibration.py, get_proportion_lists_vectorized, `residuals = y_pred -
# y_true`; "quantile" measures "the proportion of data points under a predicted quantile", says the docstring. Guessed before: the share of targets
# below the quantile that get_quantile of the same module gives.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 matplotlib==3.11.2 \
    uncertainty-toolbox==0.1.1
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import numpy as np
from uncertainty_toolbox.metrics_calibration import get_proportion_lists, get_proportion_lists_vectorized, get_quantile
from uncertainty_toolbox.recalibration import iso_recal

print("uncertainty-toolbox", version("uncertainty-toolbox"))
targets = np.random.default_rng(0).normal(size=4000)
predictions, deviations = np.full(4000, 0.5), np.ones(4000)  # half a deviation too high
expected, observed = get_proportion_lists_vectorized(predictions, deviations, targets, num_bins=101, prop_type="quantile")
assert np.allclose(observed, get_proportion_lists(predictions, deviations, targets, num_bins=101, prop_type="quantile")[1])
recalibrated = iso_recal(expected, observed)
for level in (0.1, 0.5, 0.9):
    below, above = (float(np.mean(targets <= get_quantile(predictions, deviations, q))) for q in (level, 1 - level))
    after = float(np.mean(targets <= get_quantile(predictions, deviations, level, recal_model=recalibrated)))
    seen = float(observed[np.argmin(abs(expected - level))])
    print(f"level {level}: below the quantile {below:.3f}, observed {seen:.3f} = 1 - {above:.3f}, below it after recalibration {after:.3f}")
    if abs(seen - (1 - above)) > 1e-3:
        raise SystemExit("the proportion is another one now")
    if abs(after - level) < abs(below - level):
        raise SystemExit("recalibration moves towards the level now")
PYTHON
