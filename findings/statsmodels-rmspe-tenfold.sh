#!/usr/bin/env bash
# statsmodels' rmspe, the root mean squared percentage error, of forecasts that are all 10 % off is 1.0: neither 0.1 nor 10. The mean of squares is
# multiplied by 100 before its root is taken, so that it is ten times the share, a tenth of the percentage. And of targets and predictions that are
# integers, such as counts, it is 0 for any forecast that is less than 100 % off: each share is written into an array of integers, which cuts it off.
# Take NumPy: 100 * np.sqrt(np.mean(((y - p) / y) ** 2)).
# Seen with statsmodels 0.15.0; statsmodels/tools/eval_measures.py, `np.nanmean(percentage_error ** 2) * 100` and `np.full_like(error, zeros)`. The
# docstring has the name and no formula. Guessed before: 10, and of integers the same as of the numbers they are.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 pandas==3.1.1 statsmodels==0.15.0
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import numpy as np
import statsmodels
from statsmodels.tools.eval_measures import rmse, rmspe

print("statsmodels", statsmodels.__version__)
y = np.array([100, 200, 400])
for percent in (10, 50, 100, 250):
    p = y * (100 + percent) // 100
    real, whole = float(rmspe(y * 1.0, p * 1.0)), float(rmspe(y, p))
    print(f"{percent} % too much everywhere: rmspe {real:.4f}, of the same numbers as integers {whole:.4f}")
    if not np.isclose(real, percent / 10):
        raise SystemExit("rmspe is not ten times the share now")
    if not np.isclose(whole, 10 * (percent // 100)):
        raise SystemExit("rmspe of integers keeps what lies behind the point now")
    assert rmse(y, p) == rmse(y * 1.0, p * 1.0)
PYTHON
