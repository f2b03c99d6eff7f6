#!/usr/bin/env bash
# imbalanced-learn's specificity and geometric mean are wrong with sample weights, and leave [0, 1]: true negatives are the number of rows minus weighted
# sums. Weights of 2 on all rows turn a specificity of 0.656 into 1.517 and a geometric mean into 1.13; the average over three classes falls from
# 0.858 to 0.426; weights of 0.1 make nearly everything 0.99. So a rare class that is weighted up changes the score of a model by what the weights add
# up to. sensitivity_score beside them, and each row repeated as often as its weight says, are right. classification_report_imbalanced prints the same
# numbers. Until it is mended: divide the weights by their mean, or repeat rows.
# Seen with imbalanced-learn 0.14.2, scikit-learn 1.9.1; imblearn/metrics/_classification.py, sensitivity_specificity_support, `tn_sum = y_true.size -
# ...`. Not documented. Guessed before: equal weights change no ratio.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 imbalanced-learn==0.14.2
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import imblearn
import numpy as np
from imblearn.metrics import classification_report_imbalanced, geometric_mean_score, sensitivity_score, specificity_score

print("imbalanced-learn", imblearn.__version__)
rng = np.random.default_rng(0)
y = rng.integers(3, size=300)
p = np.where(rng.random(300) < 0.6, y, rng.integers(3, size=300))
SCORES = {
    "sensitivity": sensitivity_score,
    "specificity": specificity_score,
    "geometric mean": geometric_mean_score,
}


def found(average, labels, predicted, weights=None):
    more = {} if weights is None else {"sample_weight": weights}
    return {name: float(score(labels, predicted, average=average, **more)) for name, score in SCORES.items()}


for average, labels, predicted in (("binary", (y > 0) * 1, (p > 0) * 1), ("macro", y, p)):
    plain = found(average, labels, predicted)
    print(f"{average}: {plain}")
    for weight in (0.1, 1.0, 2.0):
        weighed = found(average, labels, predicted, np.full(300, weight))
        print(f"    all weights {weight}: {weighed}")
        assert np.isclose(weighed["sensitivity"], plain["sensitivity"]) and (weight != 1 or weighed == plain)
        if weight != 1 and abs(weighed["specificity"] - plain["specificity"]) < 0.05:
            raise SystemExit("equal weights change no specificity now")
    counts = 1 + (labels == 0)
    weighed, repeated = found(average, labels, predicted, counts), found(average, np.repeat(labels, counts), np.repeat(predicted, counts))
    print(f"    class 0 twice, by weight {weighed}\n                   by rows {repeated}")
    assert abs(weighed["specificity"] - repeated["specificity"]) > 0.05
twos = found("binary", (y > 0) * 1, (p > 0) * 1, np.full(300, 2.0))
assert twos["specificity"] > 1.4 and twos["geometric mean"] > 1.1
report = classification_report_imbalanced((y > 0) * 1, (p > 0) * 1, sample_weight=np.full(300, 2.0), output_dict=True)
print("average specificity of the report, weights 2:", report["avg_spe"])
assert report["avg_spe"] > 1
PYTHON
