#!/usr/bin/env bash
# Whether CatBoost's LogLinQuantile learns or predicts 0 is a matter of the unit of its target. Its slope is the prediction itself, so that on the diabetes
# data, whose targets lie from 25 to 346, a step at a learning rate of 0.1 moves a logarithm by several units: predictions jump from hundreds to millionths,
# where no slope is left, and stay there for good. After 300 trees the loss is 76, that of predicting 0, where the constant median has 32.5; it was 52 on the
# way. At the default rate, 0.03, it falls to 33 and rises to 51 again. The same targets divided by 100 are learnt: 0.13, where the median has 0.33. Newton
# steps and exact leaves are refused. And predict gives logarithms, where it gives means for Poisson and Tweedie: prediction_type="Exponent" has the
# quantiles.
# Seen with catboost 1.2.10. Guessed before: quantiles, from predict as well, that do not depend on the unit but for the number of trees it takes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 pandas==3.1.1 scikit-learn==1.9.1 catboost==1.2.10
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import catboost
import numpy as np
from sklearn.datasets import load_diabetes

print("catboost", catboost.__version__)
X, y = load_diabetes(return_X_y=True)
FIXED = {"loss_function": "LogLinQuantile:alpha=0.5", "n_estimators": 300, "depth": 3, "verbose": 0, "allow_writing_files": False, "thread_count": 1, "random_seed": 0}
for unit in (1, 100):
    targets = y / unit
    constant, nothing = (0.5 * float(np.abs(targets - value).mean()) for value in (np.median(targets), 0))
    for rate in (0.1, None):
        model = catboost.CatBoostRegressor(**FIXED, **({"learning_rate": rate} if rate else {})).fit(X, targets)
        (losses,) = model.get_evals_result()["learn"].values()
        predicted, quantiles = model.predict(X), model.predict(X, prediction_type="Exponent")
        assert np.allclose(np.exp(predicted), quantiles) and np.isclose(0.5 * np.abs(targets - quantiles).mean(), losses[-1], rtol=1e-3)
        print(
            f"targets / {unit}, learning rate {model.get_all_params()['learning_rate']:.3f}: loss at first {losses[0]:.3f}, least {min(losses):.3f}, at last {losses[-1]:.3f}; "
            f"of the median {constant:.3f}, of 0 {nothing:.3f}; quantiles from {quantiles.min():.2g} to {quantiles.max():.3g}, predict {np.median(predicted):.2f}"
        )
        if unit == 100:
            assert losses[-1] < 0.75 * constant
        elif rate and losses[-1] < constant:
            raise SystemExit("it learns in any unit now")
        elif rate:
            assert losses[-1] > 0.99 * nothing and min(losses) < 0.8 * nothing and quantiles.max() < 1
PYTHON
