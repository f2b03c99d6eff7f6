#!/usr/bin/env bash
# A class weight in fastai's FocalLoss is no factor of the loss: it is multiplied in before the probability is recovered from the cross-entropy, which
# becomes p ** weight, so that it is in the focal factor too. A weight of 0.25 makes the loss of a row with p = 0.9 not a quarter but 1/59, one of 0.1 a
# thousandth, and one of 4 makes it 47 times as large: about the weight to the power gamma + 1, so that a class that is weighted down is all but lost.
# With gamma=0 it is a factor. And the class weights of LabelSmoothingCrossEntropy are in the part of the label only, not in the smoothed part, where
# torch's cross_entropy has them in both. Weigh what FocalLoss(reduction="none") gives without weights.
# Seen with fastai 2.8.12, torch 2.15.0; fastai/losses.py, FocalLoss, `p_t = torch.exp(-ce_loss)` of the weighted `ce_loss`; the docstring of
# FocalLossFlat says of that weight that it is alpha in the paper. Guessed before: alpha, a factor.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 pandas==3.1.1 scikit-learn==1.9.1 \
    matplotlib==3.11.2 pillow==13.0.0 pyyaml==6.0.4 requests==2.34.2 packaging==26.4 cloudpickle==3.1.3 torch==2.15.0 torchvision==0.29.2
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check --no-deps fastai==2.8.12 fastcore==2.2.41 fastprogress==1.0.5 \
    fasttransform==0.0.5 plum-dispatch==2.10.1 beartype==0.23.1 rich==15.0.0
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import torch
from fastai.losses import FocalLossFlat, LabelSmoothingCrossEntropy
from torch.nn.functional import cross_entropy

print("fastai", version("fastai"), "torch", torch.__version__)
label = torch.tensor([0])


def factor(weight, p, gamma):
    """How many times as large the loss of a row is with a weight of its class."""
    logits = torch.tensor([[p, (1 - p) / 2, (1 - p) / 2]]).log()
    weighed = FocalLossFlat(gamma=gamma, weight=torch.tensor([weight, 1.0, 1.0]))
    return float(weighed(logits, label) / FocalLossFlat(gamma=gamma)(logits, label))


for p in (0.5, 0.9, 0.99):
    for weight in (0.1, 0.25, 4.0):
        found, inside = factor(weight, p, 2.0), weight * ((1 - p**weight) / (1 - p)) ** 2
        print(f"p = {p}, a weight of {weight}: the loss is {found:.4f} times as large; with gamma=0 {factor(weight, p, 0.0):.4f}")
        if abs(found / weight - 1) < 0.5:
            raise SystemExit("a class weight is a factor now")
        assert abs(found / inside - 1) < 1e-3 and abs(factor(weight, p, 0.0) / weight - 1) < 1e-4

logits, labels = torch.randn(6, 3, generator=torch.Generator().manual_seed(0)), torch.tensor([0, 1, 2, 0, 1, 2])
twos = torch.full((3,), 2.0)
fastais = [LabelSmoothingCrossEntropy(eps=0.2, weight=weight, reduction="none")(logits, labels) for weight in (None, twos)]
torchs = [cross_entropy(logits, labels, weight=weight, label_smoothing=0.2, reduction="none") for weight in (None, twos)]
print("label smoothing, weights of 2 on all classes: losses", (fastais[1] / fastais[0]).numpy().round(2), "times as large; torch", (torchs[1] / torchs[0]).numpy().round(2))
assert torch.allclose(fastais[0], torchs[0]) and torch.allclose(torchs[1], 2 * torchs[0])
if torch.allclose(fastais[1], 2 * fastais[0], rtol=1e-3):
    raise SystemExit("the smoothed part is weighed now")
PYTHON
