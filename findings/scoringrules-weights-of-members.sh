#!/usr/bin/env bash
# What a weight of a member is depends on the estimator in scoringrules' crps_ensemble, and on the function. A weight of 2 is the member twice for "nrg",
# "qd" and "int"; for "fair" and "pwm", which are one number without weights, it is neither that nor the same: 0.150 and 0.240 where the member twice is
# 0.217. A member of weight 0 is as if it were not there for those five; for "akr" it is not: the score becomes -0.175, below the 0 that is perfect. And
# crps_mixnorm does not divide its weights by their sum, as crps_ensemble does: of (3, 7) for (0.3, 0.7) the CRPS is -51 in place of 0.49, so that
# larger weights make better forecasts. Divide weights of mixtures by their sum; weigh members with "qd" only, the default.
# Seen with scoringrules 0.10.0; "ens_w: Weights assigned to each ensemble member", "w: Non-negative weights assigned to each component" say the
# docstrings. Guessed before: weights are relative, a weight of 0 leaves out, and two names of one estimator stay one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 scoringrules==0.10.0
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import numpy as np
import scoringrules as sr

print("scoringrules", sr.__version__)
members, seen = np.array([0.1, 0.5, 1.2]), 0.3
scores = {}
for estimator in ("nrg", "qd", "int", "fair", "pwm", "akr"):

    def crps(forecast, *weights):
        more = {"ens_w": np.array(weights, dtype=float)} if weights else {}
        return float(sr.crps_ensemble(seen, forecast, estimator=estimator, **more))

    assert np.isclose(crps(members, 1, 1, 1), crps(members)) and np.isclose(crps(members, 5, 5, 5), crps(members))
    scores[estimator] = one = {
        "plain": crps(members),
        "weights 1 1 2": crps(members, 1, 1, 2),
        "the last twice": crps(np.append(members, members[-1])),
        "weights 1 1 0": crps(members, 1, 1, 0),
        "without the last": crps(members[:2]),
    }
    print(f"{estimator:4}", {name: round(value, 3) for name, value in one.items()})
    if np.isclose(one["weights 1 1 2"], one["the last twice"]) != (estimator in ("nrg", "qd", "int")):
        raise SystemExit(f"a weight of 2 is another thing to {estimator} now")
    if np.isclose(one["weights 1 1 0"], one["without the last"]) != (estimator != "akr"):
        raise SystemExit(f"a weight of 0 is another thing to {estimator} now")
assert np.isclose(scores["fair"]["plain"], scores["pwm"]["plain"])
assert abs(scores["fair"]["weights 1 1 2"] - scores["pwm"]["weights 1 1 2"]) > 0.05 and scores["akr"]["weights 1 1 0"] < 0
one, ten = (float(sr.crps_mixnorm(0.9, [0.0, 2.0], [1.0, 0.5], weights)) for weights in ([0.3, 0.7], [3.0, 7.0]))
print(f"crps_mixnorm with weights (0.3, 0.7) {one:.3f}, with (3, 7) {ten:.3f}")
if ten > 0:
    raise SystemExit("weights of mixtures are divided by their sum now")
PYTHON
