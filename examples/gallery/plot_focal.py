"""
What focal loss does to easy samples
====================================

The gradient is the pull of a sample on the model. Focal loss leaves the pull of samples that are wrong, and takes that of samples
that are right already: with two positives among hundreds of negatives, these would add up.
"""

import matplotlib.pyplot as plt
import numpy as np

import lossreg

score = np.linspace(-5, 5, 500)
label = np.zeros(500, dtype=int)  # negatives: the lower the score, the better

plt.figure(figsize=(5, 3.4), layout="constrained")
for gamma in (0, 1, 2, 5):
    loss = lossreg.get("binary_focal", gamma=float(gamma))
    plt.plot(score, loss.grad(label, score, reduction="none"), label=f"gamma = {gamma}")
plt.xlabel("raw score of a negative sample")
plt.ylabel("gradient")
plt.legend()
plt.show()

# %%
# All the pull of 400 easy negatives with a score of -4, beside that of 2 positives with the same score:

for gamma in (0.0, 2.0):
    loss = lossreg.get("binary_focal", gamma=gamma)
    easy = loss.grad(np.zeros(400, dtype=int), np.full(400, -4.0), reduction="sum").sum()
    hard = loss.grad(np.ones(2, dtype=int), np.full(2, -4.0), reduction="sum").sum()
    print(f"gamma = {gamma}: negatives {easy:+.3f}, positives {hard:+.3f}")
