#!/usr/bin/env bash
# What a weight of 2 on every time point does to a metric of sktime depends on the metric. MeanAbsoluteScaledError multiplies the weights in twice: 4 times
# the value, and of the weights 1, 2, 3 a point counts 1, 4, 9. MeanAbsoluteError, MeanSquaredError, MeanAbsolutePercentageError, MeanSquaredLogError and
# others are 2 times as large, since their weighted errors are divided by the number of points, not by the sum of the weights; MSEnormalizedBySD and
# RMSEnormalizedByIQR, which are roots, 1.41 times. MeanSquaredPercentageError, MeanSquaredScaledError, MeanRelativeAbsoluteError, MeanLinexError and
# MedianAbsoluteError stay as they are, and so do all functions of the module, mean_absolute_scaled_error too, whose horizon_weight are shares of a mean.
# Values of two series, folds or schemes of weights do not compare, nor do a class and the function of its name. Divide weights by their mean.
# Seen with sktime 1.2.0; sktime/performance_metrics/forecasting/_mase.py calls _get_weighted_df before and after it scales. Guessed before: a weighted mean,
# in classes as in functions.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 pandas==2.3.3 scikit-learn==1.9.1 sktime==1.2.0
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import numpy as np
import pandas
import sktime
from sktime.performance_metrics import forecasting

print("sktime", sktime.__version__)
rng = np.random.default_rng(0)
targets = rng.gamma(3, size=12) + 1
predictions, benchmark = targets * np.exp(rng.normal(size=12) * 0.3), targets * np.exp(rng.normal(size=12) * 0.4)
history = rng.gamma(3, size=30) + 1
weights = rng.integers(1, 4, size=12)
rows = np.repeat(np.arange(12), weights)


def table(values, begin=0):
    return pandas.DataFrame({"y": values}, index=range(begin, begin + len(values)))


def found(name, chosen, weights=None):
    more = {} if weights is None else {"sample_weight": weights}
    more |= {"y_train": table(history, -30), "y_pred_benchmark": table(benchmark[chosen])}
    return float(getattr(forecasting, name)()(table(targets[chosen]), table(predictions[chosen]), **more))


FACTORS = {
    4.0: ("MeanAbsoluteScaledError",),
    2.0: ("MeanAbsoluteError", "MeanSquaredError", "MeanAbsolutePercentageError", "MeanSquaredLogError", "MeanSquaredErrorPercentage"),
    2**0.5: ("MSEnormalizedBySD", "RMSEnormalizedByIQR"),
    1.0: ("MeanSquaredPercentageError", "MeanSquaredScaledError", "MeanRelativeAbsoluteError", "MeanLinexError", "MedianAbsoluteError"),
}
every = np.arange(12)
for factor, names in FACTORS.items():
    for name in names:
        plain, double, weighed, repeated = found(name, every), found(name, every, np.full(12, 2.0)), found(name, every, weights), found(name, rows)
        print(f"{name:30} plain {plain:.4f}  weights of 2 {double:.4f} = {double / plain:.2f} times  weights of 1 to 3 {weighed:.4f}  rows repeated {repeated:.4f}")
        if not np.isclose(double, factor * plain):
            raise SystemExit("weights are otherwise now")
        assert factor > 1 or np.isclose(weighed, repeated)
squared = np.average(np.abs(targets - predictions) * weights**2) / np.abs(np.diff(history)).mean()
assert np.isclose(found("MeanAbsoluteScaledError", every, weights), squared)
plain, double = (
    forecasting.mean_absolute_scaled_error(targets, predictions, y_train=history, horizon_weight=each) for each in (None, np.full(12, 2.0))
)
print(f"mean_absolute_scaled_error     plain {plain:.4f}  weights of 2 {double:.4f}")
assert np.isclose(plain, double)
PYTHON
