"""Nine supervised trainings: a linear model fitted by each loss, beside scikit-learn's own model of the same kind.

Both see the same rows, the same features and the same ridge, and are judged on the same test rows: by accuracy where
classes are predicted, by R² where numbers are.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.linear_model import HuberRegressor, LinearRegression, LogisticRegression, QuantileRegressor
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import LinearSVC

import lossreg
from lossreg.demo import data, fit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Optimiser = Callable[[fit.Objective, fit.Visit], NDArray[np.float64]]

PENALTY = 1.0  # the C of scikit-learn's classifiers, their default
HUBER_EPSILON = 1.35  # where Huber's tails begin, in robust standard deviations: scikit-learn's default
NEIGHBOURS = 5  # whose votes are the soft targets of the KL training
RARE_DIGIT = 8
POINTS = 200  # a curve is thinned to about so many


@dataclass(frozen=True)
class Task:
    """What to train, on what, how, and against which model of scikit-learn."""

    loss: lossreg.Loss
    split: data.Split
    reference: Any
    optimise: Optimiser
    how: str
    outputs: int = 1
    ridge: float = 0.0
    targets: NDArray[Any] | None = None  # of the training rows, where they differ from the labels
    teacher: str = ""

    @property
    def measure(self) -> str:
        """What the quality is."""
        return "R²" if self.split.name == "diabetes" else "accuracy"


@dataclass(frozen=True)
class Training:
    """What came of it."""

    task: Task
    start: float
    end: float
    quality: float
    reference: float
    curve: tuple[list[int], list[float]]
    steps: int
    targets: NDArray[Any]
    scores: NDArray[np.float64]


def tasks(seed: int) -> list[Task]:
    """The nine trainings, in the order of the gallery."""
    cancer, diabetes, digits = data.breast_cancer(seed), data.diabetes(seed), data.digits(seed)
    rare = digits.with_targets(f"digits: is it {RARE_DIGIT}?", lambda y: (y == RARE_DIGIT).astype(int))
    residuals = diabetes.y_train - LinearRegression().fit(diabetes.x_train, diabetes.y_train).predict(diabetes.x_train)
    spread = np.median(np.abs(residuals)) / 0.6745  # that of a normal variable is 0.6745 standard deviations
    teacher = KNeighborsClassifier(NEIGHBOURS).fit(digits.x_train, digits.y_train)
    one_hot = np.eye(10)[digits.y_train]

    def classifier(**options: Any) -> Any:
        return LogisticRegression(C=PENALTY, max_iter=2000, **options)

    def ridge(split: data.Split) -> float:
        return 1 / (PENALTY * len(split.y_train))

    softmax: dict[str, Any] = {"outputs": 10, "ridge": ridge(digits)}
    median = QuantileRegressor(quantile=0.5, alpha=0)
    return [
        Task(
            lossreg.get("binary_cross_entropy"),
            cancer,
            classifier(),
            fit.newton,
            "Newton’s method",
            ridge=ridge(cancer),
        ),
        Task(
            lossreg.get("hinge"),
            cancer,
            LinearSVC(loss="hinge", C=PENALTY, max_iter=200_000, random_state=seed),
            fit.subgradient,
            "the averaged subgradient method",
            ridge=ridge(cancer),
        ),
        Task(lossreg.get("binary_focal", gamma=2.0), rare, classifier(), fit.lbfgs, "L-BFGS", ridge=ridge(rare)),
        Task(
            lossreg.get("categorical_cross_entropy"),
            digits,
            classifier(),
            fit.lbfgs,
            "L-BFGS",
            targets=one_hot,
            **softmax,
        ),
        Task(
            lossreg.get("sparse_categorical_cross_entropy"),
            digits,
            classifier(),
            partial(fit.momentum, seed=seed),
            "gradient descent with momentum",
            **softmax,
        ),
        Task(
            lossreg.get("kl_divergence"),
            digits,
            classifier(),
            fit.lbfgs,
            "L-BFGS",
            targets=0.5 * one_hot + 0.5 * teacher.predict_proba(digits.x_train),
            teacher=f"half the label, half the votes of the {NEIGHBOURS} nearest neighbours",
            **softmax,
        ),
        Task(lossreg.get("squared_error"), diabetes, LinearRegression(), fit.lbfgs, "L-BFGS"),
        Task(lossreg.get("absolute_error"), diabetes, median, fit.subgradient, "the averaged subgradient method"),
        Task(
            lossreg.get("huber", delta=round(float(HUBER_EPSILON * spread), 2)),
            diabetes,
            HuberRegressor(epsilon=HUBER_EPSILON, alpha=0.0, max_iter=1000),
            fit.lbfgs,
            "L-BFGS",
        ),
    ]


def train(task: Task) -> Training:
    """Fit the loss and the reference; judge both on the test rows."""
    split = task.split
    with_ones = [np.hstack([x, np.ones((len(x), 1))]) for x in (split.x_train, split.x_test)]
    targets = split.y_train if task.targets is None else task.targets
    objective = fit.Objective(task.loss, with_ones[0], targets, task.outputs, task.ridge)
    path = [objective.start]
    weights = task.optimise(objective, path.append)
    steps, losses = thinned_losses(objective, path)
    scores = objective.scores(weights, with_ones[1])
    task.reference.fit(split.x_train, split.y_train)
    return Training(
        task,
        start=losses[0],
        end=losses[-1],
        quality=quality(task, scores),
        reference=float(task.reference.score(split.x_test, split.y_test)),
        curve=(steps, losses),
        steps=len(path) - 1,
        targets=targets,
        scores=objective.scores(weights),
    )


def run(seed: int) -> Iterator[Training]:
    """All nine, one after the other."""
    return map(train, tasks(seed))


def quality(task: Task, scores: NDArray[np.float64]) -> float:
    """Accuracy of the predicted classes, or R² of the predicted numbers."""
    y = task.split.y_test
    if task.measure == "R²":
        return float(1 - np.sum((y - scores) ** 2) / np.sum((y - y.mean()) ** 2))
    predicted = scores.argmax(axis=1) if task.outputs > 1 else scores > 0
    return float(np.mean(predicted == y))


def thinned_losses(objective: fit.Objective, path: list[NDArray[np.float64]]) -> tuple[list[int], list[float]]:
    """The mean training loss (without the ridge) at a spread of steps, the first and the last among them."""
    last = len(path) - 1
    steps = np.unique(np.round(np.geomspace(1, last + 1, POINTS)).astype(int) - 1).tolist()
    return steps, [objective.loss.value(objective.targets, objective.scores(path[step])) for step in steps]
