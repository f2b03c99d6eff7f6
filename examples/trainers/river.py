"""Losses of lossreg in river: parity with its own, and losses that it lacks, on real data."""

import pickle

from river import compose, datasets, linear_model, optim, preprocessing
from sklearn.datasets import load_diabetes
from sklearn.preprocessing import scale

import lossreg
from lossreg.integrations.river import online_loss


def progressive(data, model, metric, weight=None):
    """Predict, then learn, one sample after the other; the mean of a loss of lossreg on the raw scores."""
    pipeline = compose.Pipeline(preprocessing.StandardScaler(), model)
    total, count = 0.0, 0
    for x, y in data:
        raw = model._raw_dot_one(pipeline[0].transform_one(x))
        total, count = total + metric(y, raw), count + 1
        pipeline.learn_one(x, y, **({} if weight is None else {"w": weight(y)}))
    return total / count


def logistic(loss):
    return linear_model.LogisticRegression(loss=loss, optimizer=optim.SGD(0.1))


print("phishing, mean logistic loss")
bce = lossreg.get("bce")
print(f"  river's Log          {progressive(datasets.Phishing(), logistic(optim.losses.Log()), bce):.4f}")
print(f"  bce                  {progressive(datasets.Phishing(), logistic(online_loss('bce')), bce):.4f}")
twice = progressive(datasets.Phishing(), logistic(online_loss("bce")), bce, weight=lambda y: 2.0 if y else 1.0)
print(f"  bce, positives twice {twice:.4f}")

print("diabetes, held out after ten passes: mean expectile loss of level 0.9")
X, y = load_diabetes(return_X_y=True)
rows = [dict(enumerate(row)) for row in scale(X).tolist()]
expectile = lossreg.get("expectile", level=0.9)
for name, loss in ("river's Squared", optim.losses.Squared()), ("expectile", online_loss(expectile)):
    model = linear_model.LinearRegression(loss=loss, optimizer=optim.SGD(0.002), intercept_lr=0.01)
    for x, target in zip(10 * rows[:300], 10 * y[:300].tolist(), strict=True):
        model.learn_one(x, target)
    print(f"  {name:20} {expectile(y[300:], [model.predict_one(x) for x in rows[300:]]):.0f}")

print("image segments, mean focal loss over 7 classes")
for name, loss in (
    ("river's CrossEntropy", optim.losses.CrossEntropy()),
    ("categorical_focal", online_loss("categorical_focal")),
):
    softmax = linear_model.SoftmaxRegression(loss=loss, optimizer=optim.SGD(0.05))
    scaler, metric, values = preprocessing.StandardScaler(), online_loss("categorical_focal"), []
    for x, y in datasets.ImageSegments():
        scaler.learn_one(x)
        scaled = scaler.transform_one(x)
        values.append(metric(y, softmax.predict_proba_one(scaled)) if y in softmax.weights else 0.0)
        softmax.learn_one(scaled, y)
    print(f"  {name:20} {sum(values) / len(values):.4f}")

model = logistic(online_loss("focal(gamma=1.5)"))
for x, y in datasets.Phishing().take(100):
    model.learn_one(x, y)
again = pickle.loads(pickle.dumps(model))
print("a pickled model predicts the same:", again.predict_proba_one(x) == model.predict_proba_one(x))
