#!/usr/bin/env bash
# XGBoost's survival:cox gives equal subjects different derivatives: of two events at one time with equal scores the row that comes
# first is held to its own event only, the second to both, so that the trees depend on the order of the rows. Breslow's likelihood, which
# its source names and its metric computes, has one derivative for both.
# Seen with xgboost-cpu 3.2.0. Guessed before: events at one time share a risk set, and the order of rows changes nothing.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 xgboost-cpu==3.2.0
"$folder/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

import numpy as np
import xgboost

print("xgboost-cpu", version("xgboost-cpu"))
SETTINGS = {
    "objective": "survival:cox", "max_depth": 3, "eta": 1.0, "lambda": 0, "min_child_weight": 0, "tree_method": "exact", "base_score": 1.0,
}  # fmt: skip


def steps(times):
    """The Newton step of each subject, -gradient/Hessian: a tree with a leaf for each."""
    data = xgboost.DMatrix(np.eye(len(times)), label=times, base_margin=np.zeros(len(times)))
    return xgboost.train(SETTINGS, data, 1).predict(data, output_margin=True)


def breslow(times):
    """The same of the partial likelihood, all scores being 0."""
    times, step = np.array(times), []
    for own, event in zip(np.abs(times), times > 0):
        shares = np.array([1 / np.sum(np.abs(times) >= time) for time in times[times > 0] if time <= own])
        step.append(-(shares.sum() - event) / np.sum(shares * (1 - shares)))
    return np.array(step)


for times in ([1.0, 3.0, 2.0], [1.0, 1.0, 2.0], [1.0, -1.0, 2.0]):
    print(times, "steps", steps(times).round(3).tolist(), "of the likelihood", breslow(times).round(3).tolist())

apart = [1.0, -3.0, 2.0, -2.5]
assert np.allclose(steps(apart), breslow(apart), rtol=1e-5), "times that differ were right"
first, second, _ = steps([1.0, 1.0, 2.0])
assert np.isclose(first, 3.0) and np.isclose(second, 0.75), "two equal subjects are treated alike now"
assert np.allclose(breslow([1.0, 1.0, 2.0])[:2], 0.75)
assert np.allclose(steps([1.0, -1.0, 2.0]), breslow([1.0, -1.0, 2.0]), rtol=1e-5), "one event was right"
PYTHON
