#!/usr/bin/env bash
# Two of MAPIE's measures of calibration do not see what they are for. expected_calibration_error with split_strategy="array split" cuts the scores into bins
# in the order in which they come and takes the largest score of each chunk for an edge: nearly all scores are below the first edge, in one bin, which
# compares the mean of all. So scores whose error is 0.146 have 0.007 where rows are in no order, and 0.146 sorted, as they have with "uniform" and "quantile"
# in any order. And spiegelhalter_p_value is of one side: predictions that are far too cautious, 29 deviations of the statistic from calibration, have a
# p-value of 1.00, the best that there is, and those that are too bold 0.00. Sort the rows by score, and take 2 * min(p, 1 - p); kuiper_p_value of the same
# module sees both.
# Seen with mapie 1.6.0; mapie/metrics/calibration.py, _get_binning_groups and spiegelhalter_p_value. Guessed before: bins of as many scores each, which are sorted for that, and a test of both sides.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 mapie==1.6.0
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import mapie
import numpy as np
from mapie.metrics.calibration import expected_calibration_error, kuiper_p_value, spiegelhalter_p_value, spiegelhalter_statistic

print("mapie", mapie.__version__)
rng = np.random.default_rng(0)
scores, chance = rng.uniform(size=5000), rng.uniform(size=5000)
truths = {"calibrated": scores, "too bold": 0.5 + 0.4 * (scores - 0.5), "too cautious": np.clip(0.5 + 3 * (scores - 0.5), 0, 1)}
labels = {name: (chance < truth).astype(int) for name, truth in truths.items()}
order = np.argsort(scores)
for strategy in ("uniform", "quantile", "array split"):
    for bins in (10, 50):
        kind = {"num_bins": bins, "split_strategy": strategy}
        drawn = expected_calibration_error(labels["too bold"], scores, **kind)
        ordered = expected_calibration_error(labels["too bold"][order], scores[order], **kind)
        print(f"{strategy:11} {bins} bins: rows as they are {drawn:.4f}, sorted by score {ordered:.4f}")
        assert 0.14 < ordered < 0.155
        if (abs(drawn - ordered) < 1e-6) == (strategy == "array split") or (strategy == "array split" and drawn > 0.03):
            raise SystemExit("bins are otherwise now")
for name, each in labels.items():
    statistic, p, kuiper = spiegelhalter_statistic(each, scores), spiegelhalter_p_value(each, scores), kuiper_p_value(each, scores)
    print(f"{name:12}: Spiegelhalter's statistic {statistic:6.2f}, p {p:.4f}; Kuiper's p {kuiper:.4f}")
    assert (abs(statistic) > 20) == (name != "calibrated") == (kuiper < 1e-6)
    if name == "too cautious" and p < 0.99:
        raise SystemExit("the test is of both sides now")
PYTHON
