#!/usr/bin/env bash
# Two of river's regression losses are not what they are called. EpsilonInsensitiveHinge maps its targets as if they were labels:
# a linear regression on y = 3x + 5 learns 2y - 1 = 6x + 9. And the value of Quantile(alpha) is that of the quantile 1 - alpha,
# while its gradient is that of alpha: descending the gradient of Quantile(0.9) makes its value larger, and EWARegressor weighs
# its experts by that value.
# Seen with river 0.26.1. Guessed before: EpsilonInsensitiveHinge learns y to within eps, and a value fits its gradient.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 river==0.26.1
"$folder/venv/bin/python" - <<'PYTHON'
import random

import river
from river import linear_model, optim

print("river", river.__version__)


def learned(loss):
    model, chance = linear_model.LinearRegression(loss=loss, optimizer=optim.SGD(0.02), intercept_lr=0.02), random.Random(0)
    for _ in range(20_000):
        x = chance.uniform(-1, 1)
        model.learn_one({"x": x}, 3 * x + 5)
    return round(model.weights["x"], 1), round(model.intercept, 1)


for loss in (optim.losses.Absolute(), optim.losses.Huber(1.0), optim.losses.EpsilonInsensitiveHinge(0.1)):
    print(f"{type(loss).__name__:24} learns slope and intercept {learned(loss)} of 3x + 5")
assert learned(optim.losses.Absolute()) == (3.0, 5.0)
slope, intercept = learned(optim.losses.EpsilonInsensitiveHinge(0.1))
assert abs(slope - 6) < 0.2 and abs(intercept - 9) < 0.2, "EpsilonInsensitiveHinge learns y now"

loss, step = optim.losses.Quantile(0.9), 1e-6
for y, p in ((1.0, 3.0), (3.0, 1.0)):
    slope = (loss(y, p + step) - loss(y, p - step)) / (2 * step)
    print(f"Quantile(0.9)  target {y}  prediction {p}  value {loss(y, p):.1f}  its slope {slope:+.1f}  gradient {loss.gradient(y, p):+.1f}")
    assert abs(abs(slope) + abs(loss.gradient(y, p)) - 1) < 1e-6, "a value fits its gradient now"
targets, at = list(range(100)), 50.0
values = []
for _ in range(400):
    values.append(sum(loss(y, at) for y in targets) / 100)
    at -= 0.5 * sum(loss.gradient(y, at) for y in targets) / 100
print(f"descending its gradient over 0..99 leads from 50 to {at:.0f}, and its value from {values[0]:.1f} to {values[-1]:.1f}")
assert 80 < at < 92 and values[-1] > values[0], "value and gradient belong together now"
PYTHON
