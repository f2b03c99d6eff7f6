#!/usr/bin/env bash
# Orbit's rmsse does not look at the training series: it puts the test series in its place, and so divides by the steps of the very future that is forecast.
# All that is left of train_actual is the number of its leading zeros, by which the test series is cut. So a training series a thousand times as large has the
# same score, a forecast of a quiet month after a noisy year has 6.9 where it is 0.53 by the formula, and a product that began to sell after three months, whose
# series begins with 90 zeros, has nan for a test of 30 days.
# Seen with orbit-ml 1.1.4; orbit/diagnostics/metrics.py, rmsse, and the repository has it still. Only that file is loaded: the rest needs Stan. The docstring has
# the formula, with the steps of the training series, and M5's guidelines. Guessed before: that one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.4.6
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check --no-deps --only-binary :all: orbit-ml==1.1.4
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import importlib.util
from importlib.metadata import distribution

import numpy as np

spec = importlib.util.spec_from_file_location("metrics", distribution("orbit-ml").locate_file("orbit/diagnostics/metrics.py"))
metrics = importlib.util.module_from_spec(spec)
spec.loader.exec_module(metrics)
print("orbit-ml", distribution("orbit-ml").version)
rng = np.random.default_rng(0)
noisy, quiet = 100 + np.cumsum(rng.normal(size=365)), np.cumsum(0.1 * rng.normal(size=30))
test = noisy[-1] + quiet
forecast = np.full(30, test.mean() + 0.5)


def formula(test, forecast, train):
    train = train[np.flatnonzero(train)[0] :]
    return np.sqrt(np.mean((test - forecast) ** 2) / np.mean(np.diff(train) ** 2))


found = {}
for name, train in (("as it is", noisy), ("a thousand times as large", 1000 * noisy), ("15 zeros first", np.r_[np.zeros(15), noisy]), ("90 zeros first", np.r_[np.zeros(90), noisy])):
    found[name] = metrics.rmsse(test, forecast, train)
    print(f"training series {name:25} rmsse {found[name]:.3f}, by its formula {formula(test, forecast, train):.4f}")
if found["as it is"] != found["a thousand times as large"]:
    raise SystemExit("the training series counts now")
assert np.isclose(found["as it is"], np.sqrt(np.mean((test - forecast) ** 2) / np.mean(np.diff(test) ** 2)))
assert np.isnan(found["90 zeros first"])
PYTHON
