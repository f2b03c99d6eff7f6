#!/usr/bin/env bash
# In DeepChem's TorchModel the weights of a dataset do nothing for five losses of one task: BinaryCrossEntropy, HingeLoss and SquaredHingeLoss take the
# mean over tasks, so that the (N,) losses times the (N, 1) weights are a table of every loss with every weight, and PoissonLoss is one number for the
# batch. Weights of 0, which are DeepChem's way to say that a label is missing or does not count, leave the model where it was: 0.44 for a share of
# positives where only positives have a weight and L2Loss and SigmoidCrossEntropy learn 1, a mean of 3.4 in place of 0.75 counts. And with labels of 0
# and 1, as their docstring and DeepChem's datasets have it, HingeLoss has no slope at a 0, so that with 7 % positives all rows end on the positive side.
# Take SigmoidCrossEntropy or L2Loss, or leave out rows of weight 0.
# Seen with deepchem 2.8.0, torch 2.15.0; deepchem/models/losses.py and _StandardLoss of models/torch_models/torch_model.py, `losses * w`. A loss is "a
# tensor of shape (batch_size) or (batch_size, tasks)", says its base class. The labels of HingeLoss are known
# (github.com/deepchem/deepchem/issues/5017, open). Guessed before: one loss for each row and task, and a weight of 0 leaves out.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 pandas==3.1.1 scikit-learn==1.9.1 torch==2.15.0 \
    joblib==1.6.0 rdkit==2026.9.1 sympy==1.14.0
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check --no-deps deepchem==2.8.0
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import logging

logging.disable()
import deepchem
import numpy as np
import torch
from deepchem.models.losses import BinaryCrossEntropy, HingeLoss, L2Loss, PoissonLoss, SigmoidCrossEntropy, SquaredHingeLoss
from deepchem.models.optimizers import Adam
from deepchem.models.torch_models import TorchModel
from torch.nn import Linear, Sequential, Sigmoid, Softplus

torch.set_num_threads(1)
print("deepchem", deepchem.__version__, "torch", torch.__version__)
rng = np.random.default_rng(0)
features = np.ones((100, 1), dtype=np.float32)


def learnt(loss, targets, weights, *head):
    """What a constant model predicts in the end."""
    torch.manual_seed(0)
    model = TorchModel(Sequential(Linear(1, 1), *head), loss=loss, batch_size=100, optimizer=Adam(0.1))
    model.fit(deepchem.data.NumpyDataset(features, targets, weights), nb_epoch=100)
    return float(model.predict(deepchem.data.NumpyDataset(features[:1]))[0, 0])


labels = (rng.random((100, 1)) < 0.5).astype(np.float32)
counts = rng.poisson(3, size=(100, 1)).astype(np.float32)
few = (counts < 2).astype(np.float32)
print(f"shares of positives {labels.mean():.2f}, where only they have a weight 1; mean counts {counts.mean():.2f}, where only the few have a weight {counts[few > 0].mean():.2f}")
for loss, targets, weights, *head in (
    (L2Loss(), labels, labels),
    (SigmoidCrossEntropy(), labels, labels),
    (BinaryCrossEntropy(), labels, labels, Sigmoid()),
    (HingeLoss(), 2 * labels - 1, labels),
    (SquaredHingeLoss(), 2 * labels - 1, labels),
    (PoissonLoss(), counts, few, Softplus()),
):
    name = type(loss).__name__
    ones, some = (learnt(loss, targets, w, *head) for w in (np.ones_like(targets), weights))
    print(f"{name:20} weights of 1 {ones:6.2f}   weights of 0 and 1 {some:6.2f}")
    if (abs(some - ones) < 0.1) != (name not in ("L2Loss", "SigmoidCrossEntropy")):
        raise SystemExit("weights do something else now")
rare = (rng.random((100, 1)) < 0.1).astype(np.float32)
zeros, signs = (learnt(HingeLoss(), targets, np.ones_like(rare)) for targets in (rare, 2 * rare - 1))
print(f"HingeLoss of {rare.mean():.0%} positives: labels 0 and 1 {zeros:.2f}, labels -1 and 1 {signs:.2f}")
if zeros < 0:
    raise SystemExit("labels of 0 have a slope now")
PYTHON
