#!/usr/bin/env bash
# One negative target, and Evidently's MAPE has lost the rest: errors are divided by the target where it is more than 2e-16 and by 2e-16 otherwise, so that a
# prediction 10 % off a temperature of -5 is off by 2e17 %. 1000 temperatures from -5 to 25 degrees, all predicted 10 % off, have a MAPE of 1e16 %, and a model
# that is right below zero and 90 % off above has less than one that is 1 % off below and right above. With epsilon and its zero handling "drop" or "replace",
# which are for targets near 0 on either side, the negative ones stay and are divided by that epsilon. Take scikit-learn's mean_absolute_percentage_error.
# Seen with evidently 0.7.23, scikit-learn 1.9.1; evidently/legacy/calculations/regression_performance.py, _calculate_quality_metrics. What is near zero is counted
# on both sides of it, in its own report too. Guessed before: divided by the size of the target.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 pandas==2.3.3 scikit-learn==1.9.1 statsmodels==0.15.0 \
    evidently==0.7.23
cd "$folder"
DO_NOT_TRACK=1 "$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import numpy as np
import pandas as pd
from evidently import DataDefinition, Dataset, Regression, Report
from evidently.metrics import MAPE
from sklearn.metrics import mean_absolute_percentage_error

print("evidently", version("evidently"))


def measured(target, prediction, **options):
    definition = DataDefinition(regression=[Regression(target="target", prediction="prediction")])
    data = Dataset.from_pandas(pd.DataFrame({"target": target, "prediction": prediction}), data_definition=definition)
    return Report([MAPE(**options)]).run(data, None).dict()["metrics"][0]["value"]["mean"]


rng = np.random.default_rng(0)
degrees = np.round(rng.uniform(-5, 25, 1000), 1)
degrees = degrees[degrees != 0]
below = degrees < 0
forecasts = {
    "10 % off": 1.1 * degrees,
    "right below zero, 90 % off above": np.where(below, degrees, 1.9 * degrees),
    "1 % off below zero, right above": np.where(below, 1.01 * degrees, degrees),
}
found = {}
for name, forecast in forecasts.items():
    found[name] = measured(degrees, forecast)
    warm = measured(degrees[~below], forecast[~below])
    print(f"{name:33} MAPE {found[name]:.4g} %, scikit-learn's {100 * mean_absolute_percentage_error(degrees, forecast):.4g} %; of those above zero {warm:.4g} %")
    assert np.isclose(warm, 100 * mean_absolute_percentage_error(degrees[~below], forecast[~below]))
if found["10 % off"] < 1e12 or found["right below zero, 90 % off above"] > found["1 % off below zero, right above"]:
    raise SystemExit("errors are divided by the size of the target now")
for handling in ("drop", "replace"):
    value = measured(degrees, forecasts["10 % off"], epsilon=0.5, zero_handling=handling)
    print(f'10 % off, epsilon=0.5, zero_handling="{handling}": {value:.4g} %')
PYTHON
