#!/usr/bin/env bash
# The negative margin of PyKEEN's DoubleMarginLoss has the sign turned: a negative triple is free of loss up to minus the margin, not up to the margin. With
# positive_margin=-1 and negative_margin=-4, as distances want it, positive scores of -1 and more are free and negative ones up to 4, so that one score for
# everything is a loss of 0, and scores that are minus a distance, as in TransE, never learn from a negative triple: trained from -2 on, the negatives stay at
# -2. With margins 2 and 1 negatives are pushed below -1. So two classes overlap for any margins below 0, among them half of the range that PyKEEN's own
# hyperparameter search has, and margins above 0 are further apart than they say; only 0, the default, is itself. Give minus the margin, if it is not
# larger than the positive one, which it is to be, or MarginRankingLoss.
# Seen with pykeen 1.11.1, torch 2.15.0; pykeen/losses.py, DoubleMarginLoss. The docstring has a plus in its formula, and margins for the scores themselves, of which
# the negative one is to be the smaller, with a boundary between the two. Guessed before: negatives below the margin are free.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.4.6 pyyaml==6.0.4 torch==2.15.0
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check --no-deps pykeen==1.11.1 class-resolver==0.8.2 docdata==0.0.5
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import torch
from pykeen.losses import DoubleMarginLoss

torch.set_num_threads(1)
print("pykeen", version("pykeen"), "torch", torch.__version__)
scores = torch.arange(-6.0, 7.0)
for positive, negative in ((1.0, 0.0), (2.0, 1.0), (-1.0, -4.0), (-0.5, -1.0)):
    loss = DoubleMarginLoss(positive_margin=positive, negative_margin=negative)
    free = [[float(score) for score in scores if loss(score[None], torch.tensor([label])) == 0] for label in (1.0, 0.0)]
    print(f"margins {positive:4} and {negative:4}: positive scores are free from {min(free[0]):4}, negative ones up to {max(free[1]):4}")
    if max(free[1]) != -negative:
        raise SystemExit("negative scores are free up to the margin now")

loss = DoubleMarginLoss(positive_margin=-1.0, negative_margin=-4.0)
labels = (torch.arange(100) % 2).float()
print(f"one score for all, 0.5: loss {float(loss(torch.full((100,), 0.5), labels))}")
distances = torch.full((100,), 2.0, requires_grad=True)
optimizer = torch.optim.SGD([distances], lr=5.0)
for _ in range(200):
    optimizer.zero_grad()
    loss(-distances, labels).backward()
    optimizer.step()
distances = distances.detach()
print(f"distances of 2 trained: of positives {float(distances[labels == 1].mean()):.2f}, of negatives {float(distances[labels == 0].mean()):.2f}")
assert (distances[labels == 0] == 2).all()
PYTHON
