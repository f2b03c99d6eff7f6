#!/usr/bin/env bash
# TorchUncertainty's VariationRatio compares the examples of a batch with each other where it is to compare the members of an ensemble: with probabilities of
# shape (examples, members, classes), as the docstring has it, it gives a number for each member. Members that agree on every row have 0.77 for five classes,
# where they have no disagreement, and two examples of 0.30 have 0.47. The criterion of the same name for foreign data, which is to give a score for
# each example, gives as many as there are members. And CrossEntropyMaxSupLoss takes class weights and multiplies the whole loss with each of them: a weight
# of 0 leaves a class where it is, and weights in any order train one model, unless max_sup is 0.
# Seen with torch-uncertainty 0.13.0, torch 2.15.0, torchmetrics 1.9.0; metrics/classification/variation_ratio.py, which turns the first two axes round, and
# losses/classification.py, which weighs one loss for the batch. Only these files are loaded: the rest needs many packages. Guessed before: a number for each
# example, and PyTorch's class weights.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.4.6 torch==2.15.0 torchmetrics==1.9.0
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check --no-deps torch-uncertainty==0.13.0
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import importlib.util
from importlib.metadata import distribution, version

import torch


def load(path):
    spec = importlib.util.spec_from_file_location("loaded", distribution("torch-uncertainty").locate_file(f"torch_uncertainty/{path}"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


torch.set_num_threads(1)
print("torch-uncertainty", version("torch-uncertainty"), "torch", torch.__version__)
VariationRatio = load("metrics/classification/variation_ratio.py").VariationRatio


def ratio(probabilities, **options):
    metric = VariationRatio(**options)
    metric.update(probabilities)
    return metric.compute()


torch.manual_seed(0)
agreed = torch.nn.functional.one_hot(torch.randint(0, 5, (1000,)), 5).float()[:, None].expand(-1, 4, -1)
each = ratio(agreed, probabilistic=False, reduction=None)
print(f"1000 examples, 4 members that agree on each: mean {float(ratio(agreed, probabilistic=False)):.2f}, {len(each)} numbers without a reduction")
if len(each) != 4:
    raise SystemExit("there is a number for each example now")
example = torch.tensor([[[0.9, 0.1], [0.5, 0.5], [0.7, 0.3]], [[0.2, 0.8], [0.4, 0.6], [0.3, 0.7]]])
right = 1 - example.mean(dim=1).max(dim=1).values
print(f"two examples, three members: {float(ratio(example)):.2f}, of its members {right.numpy().round(2)}, mean {float(right.mean()):.2f}; turned round {float(ratio(example.transpose(0, 1))):.2f}")
assert torch.isclose(ratio(example.transpose(0, 1)), right.mean())

CrossEntropyMaxSupLoss = load("losses/classification.py").CrossEntropyMaxSupLoss
logits, labels = torch.randn(6, 3, requires_grad=True), torch.tensor([0, 0, 0, 1, 1, 2])
for strength in (0.0, 0.1):
    gradients = []
    for weights in ([0.0, 1.0, 5.0], [5.0, 1.0, 0.0]):
        loss = CrossEntropyMaxSupLoss(max_sup=strength, weight=torch.tensor(weights))(logits, labels)
        (gradient,) = torch.autograd.grad(loss, logits)
        gradients.append(gradient)
        print(f"max_sup {strength}, weights {weights}: loss {float(loss.detach()):.3f}, gradients of rows {gradient.norm(dim=1).numpy().round(2)}")
    if torch.equal(*gradients) != (strength > 0):
        raise SystemExit("weights are of classes now")
PYTHON
