#!/usr/bin/env bash
# sample_weight does not weigh samples in Keras' Dice() and Tversky(), nor does the class_weight of `fit`, which becomes one: the whole batch is one
# number, and what multiplies it, without a word, is the mean of the weights. With weights of 1 and 0 each of two images has half of its gradient,
# also the one that is to count for nothing; with 2 and 0, or 0.5 and 1.5, nothing changes at all. With axis=(1, 2, 3) both have a score for each
# image, and weigh it.
# Seen with keras 3.15.1 over jax 0.10.2; keras/src/losses/losses.py, dice and tversky, axis=None. Guessed before: weights of samples weigh samples,
# or are refused where there are none.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 jax==0.10.2 keras==3.15.1
KERAS_BACKEND=jax "$folder/venv/bin/python" -W ignore - 2>"$folder/log" <<'PYTHON' || { cat "$folder/log" >&2; exit 1; }
import jax
import keras
import numpy as np
from keras.losses import Dice, Tversky

print("keras", keras.__version__, "jax", jax.__version__)
rng = np.random.default_rng(0)
labels = (rng.random((2, 8, 8, 1)) > 0.5).astype(np.float32)
scores = rng.random((2, 8, 8, 1)).astype(np.float32)


def pull(loss, weights):
    """The size of the gradient that each image has."""
    gradient = jax.grad(lambda p: loss(labels, p, sample_weight=weights))(scores)
    return np.sqrt((np.asarray(gradient) ** 2).sum(axis=(1, 2, 3)))


for name, loss in {
    "Dice()": Dice(),
    "Dice(axis=(1, 2, 3))": Dice(axis=(1, 2, 3)),
    "Tversky()": Tversky(),
    "Tversky(axis=(1, 2, 3))": Tversky(axis=(1, 2, 3)),
}.items():
    plain = pull(loss, None)
    ratios = {pair: pull(loss, np.array(pair, dtype=np.float32)) / plain for pair in ((1, 0), (2, 0), (0.5, 1.5))}
    print(f"{name:24} gradients of two images, as parts of those without weights:", {pair: ratio.round(3).tolist() for pair, ratio in ratios.items()})
    for pair, ratio in ratios.items():
        if name not in ("Dice()", "Tversky()"):
            assert np.allclose(ratio, pair, atol=1e-3)
        elif not np.allclose(ratio, np.mean(pair), atol=1e-3):
            raise SystemExit(f"{name} weighs samples now")
PYTHON
