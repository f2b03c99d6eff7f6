#!/usr/bin/env bash
# GluonTS leaves out what is divided by zero. A series whose history is flat, such as one of an article that was never sold, has a MASE, and an MSIS, that
# counts for nothing: with one series forecast exactly and one off by 54 all are 0.00. So is an error of any size at a target of 0 in MAPE. The reason is
# mask_invalid_label=True, the default, which is for missing targets: it makes the targets a masked array, and NumPy masks what such an array is divided by
# zero for. With mask_invalid_label=False the same forecasts have infinity for MASE and for MAPE. Nothing tells how many were left out. Compare by MAE, ND or
# weighted quantile losses, which have all of them.
# Seen with gluonts 0.17.0, numpy 2.3.5. Guessed before: infinity, or a seasonal error that is not below some small number.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.3.5 pandas==2.3.3 gluonts==0.17.0 packaging==26.4
"$folder/venv/bin/python" -W ignore - 2>"$folder/log" <<'PYTHON' || { cat "$folder/log" >&2; exit 1; }
import gluonts
import numpy as np
import pandas
from gluonts.dataset.common import ListDataset
from gluonts.dataset.split import split
from gluonts.ev.metrics import MAE, MAPE, MASE, MSIS, ND
from gluonts.model.evaluation import evaluate_forecasts
from gluonts.model.forecast import QuantileForecast

print("gluonts", gluonts.__version__)
BEGIN = pandas.Period("2020-01-01", "D")


def evaluated(histories, targets, predictions, **more):
    rows = [{"start": BEGIN, "target": np.array([*history, *target], "float32")} for history, target in zip(histories, targets)]
    _, template = split(ListDataset(rows, freq="D"), offset=-3)
    forecasts = [
        QuantileForecast(np.array([prediction] * 3, "float32"), start_date=BEGIN + len(history), forecast_keys=["0.1", "0.5", "0.9"])
        for history, prediction in zip(histories, predictions)
    ]
    metrics = [MAE(), ND(), MAPE(), MASE(), MSIS(0.2)]
    table = evaluate_forecasts(forecasts, test_data=template.generate_instances(3), metrics=metrics, seasonality=1, **more)
    return {name.split("[")[0]: float(value) for name, value in table.iloc[0].items()}


ROUGH, FLAT = [1, 2, 3, 2, 1, 2, 3, 4], [5] * 8
CASES = {
    "a flat history": ([ROUGH, FLAT], [[3, 2, 3], [5, 6, 7]], [[3, 2, 3], [59, 60, 61]], "MASE"),
    "a target of 0": ([ROUGH, ROUGH], [[3, 2, 3], [0, 2, 3]], [[3, 2, 3], [54, 2, 3]], "MAPE"),
}
for name, (histories, targets, predictions, hidden) in CASES.items():
    for more in ({}, {"mask_invalid_label": False}):
        found = evaluated(histories, targets, predictions, **more)
        print(f"{name}, {more or 'defaults'}: " + "  ".join(f"{metric} {value:.3f}" for metric, value in found.items()))
        if found[hidden] != (np.inf if more else 0.0):
            raise SystemExit("divisions by zero are otherwise now")
        assert found["MAE"] > 5 and found["ND"] > 1
PYTHON
