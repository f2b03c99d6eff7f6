#!/usr/bin/env bash
# tsai's HuberLoss(reduction="none") does not give the losses in the order of the rows: those of errors below delta come first, then the others. So
# WeightedPerSampleLoss of the same library, which sets that reduction and multiplies with a weight for each row, weighs other rows than it is told: with
# weights of 0 on rows with gross errors, of three rows of weight 0 the gradient reaches two. The mean and the sum are right, and so are torch's
# HuberLoss and MSELossFlat. Its TweedieLoss clamps the predictions themselves, in place, so that the tensor that was given holds 1e-8 afterwards where
# it was negative, and has no slope there: a prediction below 0 stays where it is, whatever the target.
# Seen with tsai 1.0.1, fastai 2.8.12, torch 2.15.0; tsai/losses.py, `torch.cat([(.5*diff[mask]**2), ...])` and `torch.clamp_min_(inp, self.eps)`; the
# docstring calls HuberLoss equivalent to nn.SmoothL1Loss with delta 1. Guessed before: a loss for each row, where the row is.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 pandas==3.1.1 scikit-learn==1.9.1 \
    matplotlib==3.11.2 pillow==13.0.0 pyyaml==6.0.4 requests==2.34.2 packaging==26.4 cloudpickle==3.1.3 torch==2.15.0 torchvision==0.29.2
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check --no-deps tsai==1.0.1 fastai==2.8.12 fastcore==2.2.41 fastprogress==1.0.5 \
    fasttransform==0.0.5 plum-dispatch==2.10.1 beartype==0.23.1 rich==15.0.0 \
    fastdownload==0.0.8 psutil==7.2.2 tqdm==4.70.1
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import torch
from tsai.callback.core import _PerInstanceLoss
from tsai.losses import HuberLoss, TweedieLoss

torch.set_num_threads(1)
print("tsai", version("tsai"), "torch", torch.__version__)
targets = torch.zeros(6)
predictions = torch.tensor([5.0, 0.1, 6.0, 0.2, 7.0, 0.3], requires_grad=True)
found = HuberLoss(reduction="none")(predictions, targets)
right = torch.nn.HuberLoss(reduction="none")(predictions, targets)
print("losses of rows      ", found.detach().numpy().round(3))
print("torch's             ", right.detach().numpy().round(3))
if torch.allclose(found, right):
    raise SystemExit("losses are in the order of the rows now")
assert torch.isclose(found.sum(), right.sum())
for kind in (HuberLoss, torch.nn.HuberLoss):
    weighed = _PerInstanceLoss(crit=kind())  # what WeightedPerSampleLoss puts around the loss of a learner
    weighed.training, weighed.weights = True, torch.tensor([0.0, 1.0, 0.0, 1.0, 0.0, 1.0])
    (gradient,) = torch.autograd.grad(weighed(predictions, targets), predictions)
    reached = int(((gradient != 0) & (weighed.weights == 0)).sum())
    print(f"{kind.__module__}: gradient with weights of 0 and 1", gradient.numpy().round(3), f"reaches {reached} of 3 rows of weight 0")
    if (reached > 0) != (kind is HuberLoss):
        raise SystemExit("weights reach other rows now")

given = torch.tensor([-1.0, 2.0])
TweedieLoss()(given, torch.tensor([3.0, 3.0]))
leaf = torch.tensor([-1.0, 2.0], requires_grad=True)
(slope,) = torch.autograd.grad(TweedieLoss()(leaf * 1, torch.tensor([3.0, 3.0])), leaf)
print("predictions -1 and 2 after TweedieLoss", given.numpy(), "slopes", slope.numpy().round(3))
if given[0] == -1 or slope[0] != 0:
    raise SystemExit("predictions stay as they are now")
PYTHON
