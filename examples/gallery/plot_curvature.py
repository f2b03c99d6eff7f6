"""
Newton steps that never climb
=============================

Cauchy loss is not convex: its own second derivative is negative in the tails, and Newton's step with it walks away from the optimum.
The majorizer is a curvature that bounds the loss from above, so that each step goes down.
"""

import matplotlib.pyplot as plt
import numpy as np

import lossreg

loss = lossreg.get("cauchy")
x = np.linspace(-6, 6, 600)
zero = np.zeros(600)

plt.figure(figsize=(5, 3.4), layout="constrained")
plt.plot(x, loss.value(zero, x, reduction="none"), label="the loss")
for kind in ("exact", "majorizer"):
    plt.plot(x, loss.hess(zero, x, reduction="none", hessian=kind), label=f"curvature: {kind}")
plt.axhline(0, color="grey", linewidth=0.5)
plt.legend()
plt.show()

# %%
# Steps from a prediction that is 3 off:

for kind in ("exact", "majorizer"):
    path = [3.0]
    for _ in range(4):
        slope, curve = loss.grad_and_hess([0.0], [path[-1]], reduction="sum", hessian=kind)
        path.append(path[-1] - slope[0] / curve[0])
    print(f"{kind:>9}:", *(f"{at:.3f}" for at in path))
