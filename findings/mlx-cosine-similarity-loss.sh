#!/usr/bin/env bash
# mlx.nn.losses.cosine_similarity_loss is the cosine similarity itself, not 1 minus it: 1 for a prediction that is right and -1 for its opposite. Whoever
# minimizes it, as every other function of that module is minimized, turns predictions away from their targets: from 0.49 gradient descent arrives at
# -1. And five of its fourteen losses are means unless told otherwise, while the other nine, this one and huber_loss beside smooth_l1_loss among them,
# give a number for each row. Minimize 1 - nn.losses.cosine_similarity_loss(x, y, reduction="mean").
# Seen with mlx 0.32.4 (mlx-cpu). Its formula stands in the docstring, without a word on the direction; Keras' CosineSimilarity has the sign turned,
# PyTorch's CosineEmbeddingLoss is 1 minus it. Guessed before: 1 minus the similarity.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check mlx==0.32.4 mlx-cpu==0.32.4
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import inspect
from importlib.metadata import version

import mlx.core as mx
from mlx.nn import losses

print("mlx", version("mlx"))
mx.set_default_device(mx.cpu)
target, start = mx.array([[1.0, 2.0, 3.0]]), mx.array([[0.9, 0.1, 0.2]])


def loss(x):
    return losses.cosine_similarity_loss(x, target, reduction="mean")


right, opposite = loss(target).item(), loss(-target).item()
print(f"of the target {right:.3f}, of its opposite {opposite:.3f}")
if right < opposite:
    raise SystemExit("what is right has the smaller loss now")
x, slope = start, mx.grad(loss)
for _ in range(200):
    x = x - 0.5 * slope(x)
print(f"from {start.tolist()}, with a loss of {loss(start).item():.2f}, to {x.tolist()} with {loss(x).item():.3f}")
assert loss(x).item() < -0.99
defaults = {"mean": [], "none": []}
for name, function in vars(losses).items():
    if inspect.isfunction(function) and name.endswith(("loss", "entropy")):
        defaults[inspect.signature(function).parameters["reduction"].default].append(name)
print("reductions unless told otherwise:", defaults)
if "huber_loss" not in defaults["none"] or "smooth_l1_loss" not in defaults["mean"]:
    raise SystemExit("reductions are others now")
PYTHON
