#!/usr/bin/env bash
# In allRank's MRR a list without a relevant document has a reciprocal rank of 1, the best there is, as long as another list of the batch has one; alone in its
# batch it has 0. So noise on lists of which four of five have no answer has 0.86 in batches of 64 and 0.06 one by one, where the lists with an answer have
# 0.28. And neuralNDCG(stochastic=True) takes the padding of another list for a list's own wherever lists differ in length: of two lists whose losses are
# -0.86 and -0.63 the mean is -0.56 in one batch, where it is -0.75 apart. The deterministic loss is right, and so is the other where there is no
# padding. Leave out lists without answers, and batch lists of one length.
# Seen with allRank 1.4.3, torch 2.15.0; allrank/models/metrics.py, mrr, which asks whether the whole batch has no relevant document, and loss_utils.py, where
# masks are repeated list by list and samples are not. gcsfs, which is for buckets, is left out. Guessed before: one answer for a list, whatever it is batched
# with.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 attrs==25.4.0 setuptools==80.9.0 \
    torch==2.15.0 torchvision==0.29.2
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check --no-deps allRank==1.4.3
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import sys
import types
from importlib.metadata import version

import torch

sys.modules["gcsfs"] = types.ModuleType("gcsfs")
from allrank.models.losses import neuralNDCG
from allrank.models.metrics import mrr

torch.set_num_threads(1)
print("allRank", version("allRank"), "torch", torch.__version__)
torch.manual_seed(0)
lists = 640
answered = torch.arange(lists) % 5 == 0
labels = torch.zeros(lists, 10)
labels[answered, torch.randint(10, (lists,))[answered]] = 1
scores = torch.rand(lists, 10)
found = {size: torch.cat([mrr(s, y)[:, 0] for s, y in zip(scores.split(size), labels.split(size))]) for size in (64, 1)}
for size, ranks in found.items():
    print(f"noise in batches of {size:2}: mean {float(ranks.mean()):.2f}, of lists with an answer {float(ranks[answered].mean()):.2f}, without {float(ranks[~answered].mean()):.2f}")
assert torch.equal(found[64][answered], found[1][answered])
if not (found[64][~answered] == 1).all() or not (found[1][~answered] == 0).all():
    raise SystemExit("lists without an answer count otherwise now")

scores = torch.tensor([[0.5, 0.77, 0.09, 0.13, 0.31, 0.63], [0.49, 0.9, 0.46, 0.63, 0.35, 0.4]])
labels = torch.tensor([[2.0, 1, 0, 0, 1, 2], [1.0, 0, 2, -1, -1, -1]])


def loss(scores, labels, **options):
    return float(torch.stack([neuralNDCG(scores, labels, temperature=0.1, **options) for _ in range(50)]).mean())


for name, options in (("without noise", {}), ("with noise", {"stochastic": True, "n_samples": 64, "log_scores": False})):
    alone = [loss(scores[k : k + 1], labels[k : k + 1], **options) for k in range(2)]
    both = loss(scores, labels, **options)
    print(f"NeuralNDCG {name}: lists alone {alone[0]:.2f} and {alone[1]:.2f}, mean {sum(alone) / 2:.2f}; in one batch {both:.2f}")
    if (abs(both - sum(alone) / 2) > 0.05) != (name == "with noise"):
        raise SystemExit("padding is a list's own now")
PYTHON
