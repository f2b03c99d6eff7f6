#!/usr/bin/env bash
# seqeval takes sample_weight, an array of a number for each sample by its docstrings, in precision_score, recall_score, f1_score, precision_recall_fscore_support and
# classification_report, and does not read it: with a weight of 0 on each sentence that is wrong the scores stay at 0.67, in the strict mode too, where the
# right sentences alone have 1.0; weights of any length do, and a word. Repeat sentences, or leave out those of weight 0.
# Seen with seqeval 1.2.2; seqeval/metrics/v1.py. Guessed before: a weight for each sentence, or for each entity.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.3.5 scipy==1.17.1 scikit-learn==1.9.1 seqeval==1.2.2
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

from seqeval import metrics
from seqeval.scheme import IOB2

print("seqeval", version("seqeval"))
truth = [["B-PER", "I-PER", "O", "B-LOC"], ["O", "B-ORG", "O"]]
found = [["B-PER", "I-PER", "O", "B-LOC"], ["B-LOC", "O", "O"]]
SCORES = metrics.precision_score, metrics.recall_score, metrics.f1_score
for mode in ({}, {"mode": "strict", "scheme": IOB2}):
    alone = [float(score(truth[:1], found[:1], **mode)) for score in SCORES]
    plain = [float(score(truth, found, **mode)) for score in SCORES]
    for weights in ([1, 0], [0, 1], [1, 1, 1, 1, 0, 0, 0], [3], "weights"):
        weighed = [float(score(truth, found, sample_weight=weights, **mode)) for score in SCORES]
        print(f"{mode.get('mode', 'default'):8} sample_weight={weights!r}: " + " ".join(f"{value:.4f}" for value in weighed))
        if weighed != plain:
            raise SystemExit("weights are read now")
    print(f"         without weights {plain[0]:.4f}, the first sentence alone {alone[0]:.4f}")
    assert alone == [1.0] * 3 and abs(plain[2] - 2 / 3) < 1e-12
assert metrics.classification_report(truth, found, sample_weight=[1, 0]) == metrics.classification_report(truth, found)
PYTHON
