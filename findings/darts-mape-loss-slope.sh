#!/usr/bin/env bash
# darts' MapeLoss promises that a division by a zero target counts as 0, and so it does, in the value: its gradient is NaN, so that the first zero in a
# series makes every weight of the hidden layers NaN while the loss that is printed is finite. SmapeLoss does the same where target and prediction are both 0,
# which the zeros of a padded or sparse series and a model that ends with a ReLU are. Where they do not meet, a zero target costs nothing in the first
# and, whatever is predicted, 1 in the second. Take MAELoss, or leave zeros out.
# Seen with darts 0.48.1, torch 2.15.0; darts/utils/losses.py, _divide_no_nan, which replaces what is not finite after the division; "The results of
# divisions yielding NaN or Inf are replaced by 0", say the docstrings. Only the losses are loaded: the rest needs many packages. Guessed before: no
# gradient where the value is replaced.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.4.6 torch==2.15.0
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check --no-deps darts==0.48.1
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import importlib.util
from importlib.metadata import distribution

import torch

spec = importlib.util.spec_from_file_location("losses", distribution("darts").locate_file("darts/utils/losses.py"))
losses = importlib.util.module_from_spec(spec)
spec.loader.exec_module(losses)
torch.set_num_threads(1)
print("darts", distribution("darts").version, "torch", torch.__version__)
targets = torch.tensor([0.0, 1.0, 2.0, 3.0])
for loss, name, first in ((losses.MapeLoss(), "MapeLoss", 0.5), (losses.SmapeLoss(), "SmapeLoss", 0.0), (losses.MAELoss(), "MAELoss", 0.5)):
    torch.manual_seed(0)
    model = torch.nn.Linear(4, 4)
    with torch.no_grad():
        model.weight.zero_()
        model.bias.fill_(0.5)
        model.bias[0] = first
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    value = loss(model(torch.ones(4)), targets)
    value.backward()
    optimizer.step()
    lost = int(model.bias.isnan().sum())
    print(f"{name:9} value {float(value.detach()):.3f}, gradient {model.bias.grad.numpy().round(3)}, weights that are NaN after a step: {lost} of 4")
    assert value.isfinite()
    if (lost > 0) != (name != "MAELoss"):
        raise SystemExit("the gradient is another one now")
# a hidden layer carries it to all
torch.manual_seed(0)
deep = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 4))
losses.MapeLoss()(deep(torch.ones(4)), targets).backward()
lost, first = (sum(int(part.grad.isnan().sum()) for part in deep[place].parameters()) for place in (2, 0))
print(f"MapeLoss with a hidden layer: NaN in {lost} derivatives of the last layer's 36 and {first} of the first one's 40")
if first != 40:
    raise SystemExit("the gradient is another one now")
PYTHON
