#!/usr/bin/env bash
# torcheval's multiclass_binned_auroc and MulticlassBinnedAUROC compare the classes of one row with each other where they are to compare the rows of
# one class: they add up over the wrong axis. With average=None there is a number for each row, not for each class, and the default is the mean of
# those. So a model that knows how frequent the classes are, and nothing of the rows, has 0.92 where each class has an AUROC of 0.5, more than a good
# model may have. multiclass_auroc of the same library is scikit-learn's one against the rest, and so is binary_binned_auroc of each class, to the
# bins.
# Seen with torcheval 0.0.7, torch 2.15.0, scikit-learn 1.9.1; torcheval/metrics/functional/classification/binned_auroc.py,
# _multiclass_binned_auroc_compute, `input_target.sum(dim=-1)`. Guessed before: with many thresholds that of multiclass_auroc, a number for each
# class.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 torch==2.15.0 torcheval==0.0.7
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from torcheval.metrics import MulticlassBinnedAUROC
from torcheval.metrics.functional import binary_binned_auroc, multiclass_auroc, multiclass_binned_auroc

print("torcheval", version("torcheval"), "torch", torch.__version__)
rng = np.random.default_rng(0)
SHARES = np.array([0.9, 0.05, 0.05])
labels = rng.choice(3, size=600, p=SHARES)
noise = np.exp(np.log(SHARES) + 0.5 * rng.normal(size=(600, 3)))
noise /= noise.sum(axis=1, keepdims=True)  # knows how frequent classes are, and nothing of the rows
good = noise * np.exp(1.0 * np.eye(3)[labels])
good /= good.sum(axis=1, keepdims=True)
bins = {"num_classes": 3, "threshold": 1000}
for name, scores in (("noise", noise), ("a good model", good)):
    p, y = torch.tensor(scores, dtype=torch.float32), torch.tensor(labels)
    rest = [roc_auc_score(labels == each, scores[:, each]) for each in range(3)]
    plain = multiclass_auroc(p, y, num_classes=3, average=None)
    binary = [float(binary_binned_auroc(p[:, each], (y == each).int(), threshold=1000)[0]) for each in range(3)]
    binned = multiclass_binned_auroc(p, y, average=None, **bins)[0]
    default = float(multiclass_binned_auroc(p, y, **bins)[0])
    metric = MulticlassBinnedAUROC(**bins)
    metric.update(p, y)
    print(f"{name}: scikit-learn {np.round(rest, 3)} multiclass_auroc {plain.numpy().round(3)} binary_binned_auroc of each class {np.round(binary, 3)}")
    print(f"    mean {np.mean(rest):.3f}; multiclass_binned_auroc {default:.3f}, with average=None {tuple(binned.shape)} numbers, as a class {float(metric.compute()[0]):.3f}")
    assert np.allclose(rest, plain, atol=1e-3) and np.allclose(rest, binary, atol=0.02)
    if len(binned) != len(labels) or abs(default - np.mean(rest)) < 0.01:
        raise SystemExit("multiclass_binned_auroc is one number for each class now")
    assert abs(default - float(binned.mean())) < 1e-5 and abs(float(metric.compute()[0]) - default) < 1e-5
    if name == "noise":
        assert default > 0.9 and abs(np.mean(rest) - 0.5) < 0.1
PYTHON
