#!/usr/bin/env bash
# What torchmetrics makes of raw scores depends on the batches they come in. Each binary metric looks at each batch by itself: where all of
# its scores happen to lie between 0 and 1 they are taken for probabilities, else a sigmoid is applied. Small batches, or a last one of a few
# rows, mix both scales in one metric: the same 400 logits have an AUROC of 0.795 at once, of 0.770 two by two and of 0.715 one by one, and
# another accuracy, F1, calibration error and hinge loss too. And BinaryHingeLoss applies the sigmoid to the decision values that a hinge is
# of: it is 0.86 where scikit-learn's is 0.65, and a perfect classifier costs what the share of negatives is.
# Seen with torchmetrics 1.9.0, torch 2.15.0, scikit-learn 1.9.1. Guessed before: a metric over batches is that of all rows, and a hinge loss takes
# decision values.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 torch==2.15.0 \
    torchmetrics==1.9.0
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import numpy as np
import torch
import torchmetrics
from sklearn.metrics import accuracy_score, average_precision_score, f1_score, hinge_loss, roc_auc_score
from torchmetrics import classification

print("torchmetrics", torchmetrics.__version__, "torch", torch.__version__)
rng = np.random.default_rng(0)
labels = torch.tensor(rng.random(400) > 0.5)
scores = torch.tensor((2 * labels.numpy() - 1) * 0.5 + 0.8 * rng.normal(size=400))
y, s = labels.numpy(), scores.numpy()
THEIRS = {
    "BinaryAUROC": roc_auc_score(y, s),
    "BinaryAveragePrecision": average_precision_score(y, s),
    "BinaryAccuracy": accuracy_score(y, s > 0),
    "BinaryF1Score": f1_score(y, s > 0),
    "BinaryHingeLoss": hinge_loss(y, s),
}


def measured(name, size, scores=scores):
    """The metric of all rows, which come in batches of a size."""
    metric = getattr(classification, name)()
    for some, of in zip(scores.split(size), labels.split(size)):
        metric.update(some, of.int())
    return float(metric.compute())


found = {name: [measured(name, size) for size in (400, 20, 2, 1)] for name in [*THEIRS, "BinaryCalibrationError"]}
for name, values in found.items():
    parts = "  ".join(f"{value:.4f}" for value in values)
    print(f"{name:22} scikit-learn {THEIRS.get(name, float('nan')):.4f}   in batches of 400, 20, 2 and 1: {parts}")
perfect = measured("BinaryHingeLoss", 400, 20.0 * (2.0 * labels - 1))
print(f"scores of 20 and -20, all on the right side: hinge loss {perfect:.3f}; {1 - y.mean():.3f} of the rows are negative")

for name in ("BinaryAUROC", "BinaryAveragePrecision", "BinaryAccuracy", "BinaryF1Score"):
    assert abs(found[name][0] - THEIRS[name]) < 1e-6, name
for name, (once, _, two, one) in found.items():
    if abs(two - once) < 2e-4 or abs(one - once) < 2e-4:
        raise SystemExit(f"{name} does not depend on the batches now")
assert found["BinaryHingeLoss"][0] > THEIRS["BinaryHingeLoss"] + 0.2 and abs(perfect - (1 - y.mean())) < 1e-6
PYTHON
