"""Losses of lossreg in Perpetual: parity with its own, losses that fail there or that it lacks, and saved models."""

import tempfile
from pathlib import Path

import numpy as np
from perpetual import PerpetualBooster
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.model_selection import train_test_split

import lossreg
from lossreg.integrations.perpetual import LossBooster, objective

X, y = load_diabetes(return_X_y=True)
weight = np.where(y > 200, 3.0, 1.0)

print("diabetes: trees, and the largest difference from Perpetual's own objective")
for own, ours in ("SquaredLoss", "squared_error"), ("GammaLoss", "gamma"), ("PoissonLoss", "poisson"):
    for label, w in ("", None), (", weighted", weight):
        a = PerpetualBooster(objective=own).fit(X, y, sample_weight=w)
        b = LossBooster(objective=objective(ours)).fit(X, y, sample_weight=w)
        mean = a.predict(X) if own == "SquaredLoss" else np.exp(a.predict(X))  # its raw scores
        close = np.allclose(b.predict(X), mean, rtol=1e-5)
        print(f"  {ours + label:26} {b.number_of_trees == a.number_of_trees} {'below 1e-5' if close else 'more'}")

print("diabetes, held out: mean Huber loss with delta=30, and the largest prediction")
train, test, y_train, y_test = train_test_split(X, y, random_state=0)
huber = lossreg.get("huber", delta=30.0)
own = PerpetualBooster(objective="HuberLoss", delta=30.0).fit(train, y_train).predict(test)
ours = LossBooster(objective=objective(huber)).fit(train, y_train).predict(test)
for label, p in ("Perpetual's HuberLoss", own), ("huber(delta=30)", ours):
    print(f"  {label:26} {huber(y_test, p):.0e} {p.max():.0e}")

print("breast cancer, held out: mean focal loss")
X, y = load_breast_cancer(return_X_y=True)
train, test, y_train, y_test = train_test_split(X, y, random_state=0, stratify=y)
focal = lossreg.get("focal", gamma=2.0)
own = PerpetualBooster(objective="LogLoss", iteration_limit=100).fit(train, y_train)
model = LossBooster(objective=objective(focal), iteration_limit=100).fit(train, y_train)
for label, p in ("Perpetual's LogLoss", own.predict_proba(test)[:, 1]), ("focal", model.predict(test)):
    print(f"  {label:26} {focal.replace(from_logits=False)(y_test, p):.4f}")

with tempfile.TemporaryDirectory() as folder:
    model.save_booster(Path(folder) / "model.json")
    again = LossBooster.load_booster(Path(folder) / "model.json")
print(
    "a saved model predicts the same:", np.array_equal(again.predict(test), model.predict(test)), again.objective.loss
)
