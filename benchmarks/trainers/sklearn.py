"""Linear models beside scikit-learn's solvers of the same loss, at 200,000 x 50: seconds, and how near the minimum each comes.

python benchmarks/trainers/sklearn.py [--rows 200000] [--rounds 3]

Both get the same data, penalty and `tol` of 1e-4, scikit-learn's default, and take turns; the best round of each counts.
"Off" is the objective of each over the better one of both, which says whether one of them merely stopped earlier.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from pathlib import Path
from typing import Any

sys.path[0] = str(Path(__file__).parents[1])  # its own folder has files called like the libraries

import numpy as np
from sklearn import linear_model

import lossreg
from lossreg.integrations.sklearn import LossClassifier, LossRegressor
from timing import table

COLUMNS = 50
GOAL = 3.0
ALPHA = 1e-4


def data(rows: int) -> tuple[Any, Any, Any]:
    """Features of different scales that hang together, a linear score, and noise."""
    rng = np.random.default_rng(0)
    mixing = rng.standard_normal((COLUMNS, COLUMNS)) / np.sqrt(COLUMNS) + np.eye(COLUMNS)
    X = rng.standard_normal((rows, COLUMNS)) @ mixing
    X /= X.std(axis=0)
    score = X @ rng.standard_normal(COLUMNS) / np.sqrt(COLUMNS)
    return X, score, rng


def pairs(score: Any, rng: Any) -> dict[str, tuple[Any, Any, Any, lossreg.Loss | str, float]]:
    """Name → scikit-learn's model, ours, targets, the loss and the L1 part, of the objective they share."""
    rows = len(score)
    labels = (score + rng.logistic(size=rows) > 0).astype(float)
    classes = (score[:, None] * [1.0, 0.0, -1.0] + rng.gumbel(size=(rows, 3))).argmax(axis=1)
    numbers = score + 0.5 * rng.standard_normal(rows)
    counts = rng.poisson(np.exp(0.5 * score)).astype(float)
    amounts = np.exp(0.5 * score) * rng.gamma(2.0, 0.5, rows)
    outliers = numbers + 20.0 * (rng.random(rows) < 0.05)
    huber = lossreg.get("huber", delta=1.0)
    l2 = {"alpha": ALPHA, "tol": 1e-4}
    logistic = {"C": 1 / (ALPHA * rows), "tol": 1e-4, "max_iter": 1000}
    glm = {"alpha": ALPHA, "tol": 1e-4, "max_iter": 1000}
    lasso = {"alpha": 0.01, "tol": 1e-4}
    return {
        "LogisticRegression": (linear_model.LogisticRegression(**logistic), LossClassifier(**l2), labels, "bce", 0),
        "LogisticRegression, 3 classes": (
            linear_model.LogisticRegression(**logistic),
            LossClassifier(**l2),
            classes,
            "scce",
            0,
        ),
        "PoissonRegressor": (
            linear_model.PoissonRegressor(**glm),
            LossRegressor("poisson", **l2),
            counts,
            "poisson",
            0,
        ),
        "GammaRegressor": (linear_model.GammaRegressor(**glm), LossRegressor("gamma", **l2), amounts, "gamma", 0),
        "TweedieRegressor": (
            linear_model.TweedieRegressor(power=1.5, **glm),
            LossRegressor("tweedie", **l2),
            amounts,
            "tweedie",
            0,
        ),
        "HuberRegressor": (
            linear_model.HuberRegressor(epsilon=1.35, alpha=ALPHA, tol=1e-4, max_iter=1000),
            LossRegressor(huber, **l2),
            outliers,
            "",
            0,
        ),
        "Ridge": (
            linear_model.Ridge(alpha=ALPHA * rows, tol=1e-4),
            LossRegressor("half_squared_error", **l2),
            numbers,
            "half_squared_error",
            0,
        ),
        "Lasso": (
            linear_model.Lasso(**lasso),
            LossRegressor("half_squared_error", l1_ratio=1.0, **lasso),
            numbers,
            "half_squared_error",
            1,
        ),
    }


def timed(model: Any, X: Any, y: Any) -> float:
    """Seconds of one fit."""
    begin = time.perf_counter()
    model.fit(X, y)
    return time.perf_counter() - begin


def objective(model: Any, X: Any, y: Any, loss: Any, l1: float) -> float:
    """What a model was to make least."""
    coef = np.atleast_2d(model.coef_)
    raw = X @ coef.T + model.intercept_
    penalty = 0.01 * np.abs(coef).sum() if l1 else ALPHA / 2 * np.square(coef).sum()
    return lossreg.get(loss)(y, raw if raw.shape[1] > 1 else raw[:, 0]) + float(penalty)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--dtype", default="float64")
    given = parser.parse_args()
    X, score, rng = data(given.rows)
    X = X.astype(given.dtype)
    lines = []
    for name, (theirs, ours, y, loss, l1) in pairs(score, rng).items():
        seconds = [float("inf"), float("inf")]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for _ in range(given.rounds):
                for place, model in enumerate((theirs, ours)):
                    seconds[place] = min(seconds[place], timed(model, X, y))
        off = ["", ""]
        if loss:
            values = [objective(model, X, y, loss, l1) for model in (theirs, ours)]
            off = [f"{value - min(values):.0e}" for value in values]
        ratio = seconds[0] / seconds[1]
        mark = "" if ratio >= GOAL else " ✗"
        steps = [str(np.max(getattr(model, "n_iter_", None) or 0)) for model in (theirs, ours)]
        lines.append([name, f"{seconds[0]:.2f}", f"{seconds[1]:.2f}", f"{ratio:.1f}{mark}", f"{GOAL:g}", *steps, *off])
        print(*lines[-1], flush=True, file=sys.stderr)
    headers = ["solver", "its seconds", "ours", "ratio", "goal", "its steps", "ours", "it is off", "ours"]
    print(table(headers, lines))


if __name__ == "__main__":
    main()
