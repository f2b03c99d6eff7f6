"""Losses in PyTorch: a network on digits, weights, early stopping, a compiled step, second derivatives, saving.

python -P examples/trainers/torch.py
"""

from __future__ import annotations

import copy
import io

import torch
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch.nn import functional as F

from lossreg.integrations.torch import Loss, evaluate

torch.manual_seed(0)
pixels, digits = load_digits(return_X_y=True)
split = train_test_split(pixels / 16, digits, random_state=0, stratify=digits)
x, test_x, y, test_y = (torch.tensor(part).float() if part.ndim == 2 else torch.tensor(part) for part in split)
begin = torch.nn.Sequential(torch.nn.Linear(64, 32), torch.nn.ReLU(), torch.nn.Linear(32, 10))


def trained(criterion, epochs: int = 60):
    """A copy of one network, trained; the best epoch on the held-out rows is kept."""
    model, best, kept = copy.deepcopy(begin), float("inf"), None
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(epochs):
        optimizer.zero_grad()
        criterion(y, model(x)).backward()
        optimizer.step()
        with torch.no_grad():
            held_out = criterion(test_y, model(test_x)).item()
        if held_out < best:
            best, kept = held_out, copy.deepcopy(model.state_dict())
    model.load_state_dict(kept)
    return model, best


# The same training as with PyTorch's own function.
ours, value = trained(Loss("sparse_categorical_cross_entropy"))
theirs, other = trained(lambda y, scores: F.cross_entropy(scores, y))
print(f"cross-entropy of held-out digits: {value:.3f}, F.cross_entropy {other:.3f}")

# A loss of many classes that PyTorch has not, judged by itself.
focal = Loss("categorical_focal", gamma=2.0)
model, value = trained(focal)
with torch.no_grad():
    print(f"focal loss: {value:.3f}, after cross-entropy {focal(test_y, ours(test_x)):.3f}")

# Weights: of samples, with the mean that divides by them, as PyTorch's weights of classes do.
weight = torch.ones(10)
weight[8] = 3.0
with torch.no_grad():
    scores = model(test_x)
weighted = evaluate(
    "sparse_categorical_cross_entropy", test_y, scores, sample_weight=weight[test_y], reduction="weighted_mean"
)
print(f"weights of classes: {weighted:.3f}, F.cross_entropy {F.cross_entropy(scores, test_y, weight=weight):.3f}")

# Newton's method on two classes: products with the exact Hessian come from differentiating twice.
features, cancer = load_breast_cancer(return_X_y=True)
features = torch.tensor(StandardScaler().fit_transform(features))
cancer = torch.tensor(cancer)


def objective(w):
    return evaluate("binary_cross_entropy", cancer, features @ w) + 0.005 * w @ w


w = torch.zeros(30, dtype=torch.float64)
for _ in range(8):
    w = w - torch.linalg.solve(torch.func.hessian(objective)(w), torch.func.grad(objective)(w))
print(f"slope after 8 steps of Newton's method: {torch.func.grad(objective)(w).norm() < 1e-12}")

# One graph for the compiler, and a criterion that is saved with its parameters.
compiled = torch.compile(focal, backend="aot_eager", fullgraph=True)
file = io.BytesIO()
torch.save(focal, file)
file.seek(0)
loaded = torch.load(file, weights_only=False)
print(
    f"compiled, saved and loaded: {bool(compiled(test_y, scores) == focal(test_y, scores) == loaded(test_y, scores))}"
)
