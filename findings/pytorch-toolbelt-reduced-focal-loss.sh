#!/usr/bin/env bash
# pytorch-toolbelt's CrossEntropyFocalLoss(reduced_threshold=0.5) is upside down. The reduced focal loss leaves examples alone that are hard, of a
# probability below the threshold, and takes the weight of the easier ones down. Here the easy ones keep a weight of 1, where the loss without a
# threshold gives them 0.0001 at a probability of 0.99, and the hard ones are raised to 3.6. BinaryFocalLoss of the same library is right: 1 for the
# hard, 0.0004 at 0.99. Nor is it cross-entropy with gamma=0: it adds up the sigmoid losses of the classes, and the gradient of a row of logits
# depends on what is added to all of them. BalancedBCEWithLogitsLoss(gamma=2) applies its gamma twice, so that a positive among nine negatives weighs
# 0.9**4, and a negative (1 - 0.9**2)**2.
# Seen with pytorch-toolbelt 0.8.0, torch 2.15.0; pytorch_toolbelt/losses/functional.py, softmax_focal_loss_with_logits, `focal_term[pt <
# reduced_threshold] = 1` where pt is 1 - p. Guessed before: one rule for two classes and for several, that of arxiv.org/abs/1903.01347, which both
# docstrings name.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.4.6 torch==2.15.0 torchvision==0.29.2 pytorch-toolbelt==0.8.0
"$folder/venv/bin/python" -W ignore - 2>"$folder/log" <<'PYTHON' || { cat "$folder/log" >&2; exit 1; }
from importlib.metadata import version

import torch
from pytorch_toolbelt.losses import BalancedBCEWithLogitsLoss, BinaryFocalLoss, CrossEntropyFocalLoss

print("pytorch-toolbelt", version("pytorch-toolbelt"), "torch", torch.__version__)
one = torch.tensor([1])


def weights(p):
    """What the focal term multiplies the loss of an example with the probability p by: of two classes, of several, and of those without a threshold."""
    margin = torch.logit(torch.tensor([[p]]))
    rows = torch.log(torch.tensor([[1 - p, p]]))

    def several(**kind):
        return float(CrossEntropyFocalLoss(**kind)(rows, one) / CrossEntropyFocalLoss(gamma=0.0)(rows, one))

    plain = BinaryFocalLoss(alpha=None, gamma=0.0)(margin, torch.ones(1, 1))
    binary = float(BinaryFocalLoss(alpha=None, gamma=2.0, reduced_threshold=0.5)(margin, torch.ones(1, 1)) / plain)
    return binary, several(gamma=2.0, reduced_threshold=0.5), several(gamma=2.0)


for p in (0.05, 0.3, 0.7, 0.9, 0.99):
    binary, softmax, without = weights(p)
    print(f"probability {p:.2f}: BinaryFocalLoss {binary:.4f}  CrossEntropyFocalLoss {softmax:.4f}  without a threshold {without:.4f}")
    assert abs(binary - (1 if p < 0.5 else ((1 - p) / 0.5) ** 2)) < 1e-3
    if abs(softmax - (1 if p > 0.5 else ((1 - p) / 0.5) ** 2)) > 1e-3:
        raise SystemExit("the threshold of CrossEntropyFocalLoss is another now")

shifted = torch.tensor([[0.0, 1.0], [3.0, 4.0]])
losses = CrossEntropyFocalLoss(gamma=0.0, reduction="none")(shifted, torch.tensor([1, 1]))
print("gamma=0, logits (0, 1) and (3, 4):", losses.tolist(), "cross-entropy", torch.nn.functional.cross_entropy(shifted, torch.tensor([1, 1]), reduction="none").tolist())
assert losses[1] > 2 * losses[0]

labels = torch.tensor([1.0] + [0.0] * 9)
each = BalancedBCEWithLogitsLoss(gamma=2.0, reduction="none")(torch.zeros(10), labels) / torch.log(torch.tensor(2.0))
print(f"BalancedBCEWithLogitsLoss(gamma=2), one positive of ten: it weighs {each[0]:.4f}, a negative {each[1]:.4f}")
assert abs(each[0] - 0.9**4) < 1e-4 and abs(each[1] - (1 - 0.9**2) ** 2) < 1e-4
PYTHON
