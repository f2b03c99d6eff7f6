"""Losses in Keras: digits with weights and early stopping, a loss that Keras has not, saving with the model.

python -P examples/trainers/keras.py
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")  # or torch; without one Keras wants TensorFlow

import keras
import numpy as np
from sklearn.datasets import load_diabetes, load_digits
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from lossreg.integrations.keras import Loss

pixels, digits = load_digits(return_X_y=True)
x, test_x, y, test_y = train_test_split(pixels.astype("float32") / 16, digits, random_state=0, stratify=digits)
weight = np.where(y == 8, 3.0, 1.0).astype("float32")


def trained(loss, units, x, y, **fit):
    keras.utils.set_random_seed(0)
    layers = [keras.Input(x.shape[1:]), keras.layers.Dense(32, activation="relu"), keras.layers.Dense(units)]
    model = keras.Sequential(layers)
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss=loss)
    stop = keras.callbacks.EarlyStopping(patience=3, restore_best_weights=True)
    model.fit(x, y, epochs=15, batch_size=128, callbacks=[stop], verbose=0, **fit)
    return model


# The same training as with Keras's own loss, with weights of samples.
held_out = {"validation_data": (test_x, test_y)}
ours = trained(Loss("sparse_categorical_cross_entropy"), 10, x, y, sample_weight=weight, **held_out)
own = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
theirs = trained(own, 10, x, y, sample_weight=weight, **held_out)
values = [model.evaluate(test_x, test_y, verbose=0) for model in (ours, theirs)]
print(f"the same cross-entropy of held-out digits as Keras's own: {np.isclose(*values, rtol=0.02)}")

# A loss of many classes that Keras has not for class indices, saved with the model and loaded.
focal = Loss("categorical_focal", gamma=2.0)
model = trained(focal, 10, x, y, **held_out)
better, other = (float(focal(test_y, each.predict(test_x, verbose=0))) for each in (model, ours))
print(f"focal loss lower than after cross-entropy: {better < other}")
with tempfile.TemporaryDirectory() as folder:
    model.save(Path(folder) / "digits.keras")
    loaded = keras.models.load_model(Path(folder) / "digits.keras")
again = loaded.evaluate(test_x, test_y, verbose=0)  # a mean over batches, in float32
print(f"loaded with its loss: {loaded.loss.loss}, as good: {abs(again - better) <= 1e-4 * better}")

# A quantile of diabetes, whose target has one axis less than the output of a layer.
features, progression = load_diabetes(return_X_y=True)
features = StandardScaler().fit_transform(features).astype("float32")
scaled = ((progression - progression.mean()) / progression.std()).astype("float32")
model = trained(Loss("smooth_pinball", quantile=0.9, bandwidth=0.1), 1, features, scaled, validation_split=0.2)
below = np.mean(scaled < model.predict(features, verbose=0)[:, 0])
print(f"about 0.9 of the targets below the 0.9-quantile: {0.8 < below < 0.97}")
