#!/usr/bin/env bash
# Weights change the labels themselves in rax: softmax_loss, and poly1_softmax_loss, multiply the labels by the weights in place. Labels in a NumPy array,
# which batches of a data set are, are the caller's own array, so that each evaluation outside of jit multiplies the data set's labels once more: with weights
# of 2 the same loss of the same arrays is 21.1, 42.2, 84.3, and a metric that is computed from these labels afterwards is another one too, as are the labels
# of the next epoch. Labels of integers beside weights of floats are refused by NumPy for the same reason, and JAX arrays, which cannot be changed, are safe.
# None of the ten other losses and metrics with weights does so. Give jax.numpy.asarray(labels), or a copy.
# Seen with rax 0.4.0, jax 0.10.2; rax/_src/losses.py. Guessed before: arguments stay as they are.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 jax==0.10.2 jaxlib==0.10.2 rax==0.4.0
JAX_PLATFORMS=cpu "$folder/venv/bin/python" -W ignore - <<'PYTHON'
import inspect
from importlib.metadata import version

import jax
import numpy as np
import rax

print(*(f"{name} {version(name)}" for name in ("rax", "jax")))
scores = np.random.default_rng(0).normal(size=5).astype("float32")
relevances, weights = np.array([1, 0, 2, 0, 3], "float32"), np.full(5, 2.0, "float32")
found = {}
for name in sorted(dir(rax)):
    if not name.endswith(("_loss", "_metric")) or "weights" not in inspect.signature(getattr(rax, name)).parameters:
        continue
    labels = relevances.copy()
    values = [float(getattr(rax, name)(scores, labels, weights=weights)) for _ in range(3)]
    frozen = jax.numpy.asarray(relevances)
    steady = [float(getattr(rax, name)(scores, frozen, weights=weights)) for _ in range(3)]
    found[name] = labels.tolist() != relevances.tolist()
    print(f"{name:28} three times: {values[0]:.3f} {values[1]:.3f} {values[2]:.3f}  labels afterwards {labels.tolist()}")
    assert steady[0] == steady[1] == steady[2] == values[0]
if {name for name, changed in found.items() if changed} != {"softmax_loss", "poly1_softmax_loss"} or len(found) != 12:
    raise SystemExit("others change their labels now, or none")
try:
    rax.softmax_loss(scores, np.array([1, 0, 2, 0, 3], "int32"), weights=weights)
    raise SystemExit("integers are multiplied now")
except TypeError as error:
    print("labels of integers:", type(error).__name__)
PYTHON
