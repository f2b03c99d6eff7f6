#!/usr/bin/env bash
# Two losses of pytorch-metric-learning read a batch by position. SmoothAPLoss uses labels for nothing but their counts: it cuts the batch into as many
# runs as a class has rows, so that it knows the classes only if there are as many of them as rows of each and they lie one after the other. Of three
# classes of two rows, sorted or not, embeddings that are right have a loss of 0.2 to 0.4 where they should have 0; a mixed batch of nine learns its
# order: rows within a class end farther apart than rows of two. MPerClassSampler, which its error names, gives four by eight as readily.
# InstanceLoss takes the number of a class for the number of a row: the target of class 1 is the second row, whatever class that is of, so that in a
# sorted batch two classes end in one place, at a similarity of 0.95. FastAPLoss on the same batches has 0 for what is right.
# Seen with pytorch-metric-learning 2.9.0, torch 2.15.0; losses/smooth_ap.py, `num_classes_batch = batch_size // torch.unique(labels).size(0)`, which is
# rows of a class, and "The number of classes is not important, nor their order" in a comment; losses/instance_loss.py, `F.cross_entropy(sim1,
# sim_label)` of similarities to rows. Guessed before: labels say which rows belong together.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 tqdm==4.70.1 torch==2.15.0 \
    pytorch-metric-learning==2.9.0
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import torch
from pytorch_metric_learning.losses import FastAPLoss, InstanceLoss, SmoothAPLoss
from torch.nn.functional import normalize, one_hot

torch.set_num_threads(1)
print("pytorch-metric-learning", version("pytorch-metric-learning"), "torch", torch.__version__)


def of_right_ones(loss, labels):
    """The loss of embeddings that are right: each class has a direction of its own."""
    torch.manual_seed(0)
    embeddings = one_hot(labels).double() + 0.01 * torch.randn(len(labels), len(labels.unique()), dtype=float)
    return float(loss(embeddings, labels))


def learnt(loss, labels):
    """Mean similarities within classes and between them once the loss has been minimized."""
    torch.manual_seed(1)
    embeddings = torch.nn.Parameter(torch.randn(len(labels), 4))
    optimizer = torch.optim.Adam([embeddings], 0.02)
    for _ in range(300):
        optimizer.zero_grad()
        loss(embeddings, labels).backward()
        optimizer.step()
    found = normalize(embeddings.detach())
    similar, same = found @ found.T, labels[:, None] == labels
    return float(similar[same & ~torch.eye(len(labels), dtype=bool)].mean()), float(similar[~same].mean())


for name, labels, smooth_is_right in (
    ("3 of 3, sorted", [0, 0, 0, 1, 1, 1, 2, 2, 2], True),
    ("3 of 3, mixed", [0, 1, 2, 0, 1, 2, 0, 1, 2], False),
    ("3 of 2, sorted", [0, 0, 1, 1, 2, 2], False),
    ("3 of 2, mixed", [0, 1, 2, 0, 1, 2], False),
    ("2 of 4, sorted", [0, 0, 0, 0, 1, 1, 1, 1], False),
):
    labels = torch.tensor(labels)
    for loss in (SmoothAPLoss(), InstanceLoss(), FastAPLoss()):
        right, (within, between) = of_right_ones(loss, labels), learnt(loss, labels)
        kind = type(loss).__name__
        print(f"classes {name}, {kind:12} right embeddings {right:6.3f}; similarities it learns within {within:5.2f}, between {between:5.2f}")
        assert kind != "FastAPLoss" or right < 1e-3
        if kind == "SmoothAPLoss" and (right < 1e-3) != smooth_is_right:
            raise SystemExit("SmoothAPLoss reads labels otherwise now")
        if kind == "InstanceLoss" and "sorted" in name and right < 10:
            raise SystemExit("InstanceLoss reads labels otherwise now")
PYTHON
