"""Objectives of gradient boosters that are no losses of lossreg: what can be held against them without their value.

An objective gives a gradient and a Hessian and no loss, so the laws are about these two: one is the derivative of the other, each
element has its own, weights multiply, scores far from the targets pull back, and nothing overflows.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

import lossreg
from lossreg.info import Domain
from lossreg.shown import shown
from lossreg.testing.case import alike, over
from lossreg.testing.differences import extrapolated
from lossreg.testing.mistakes import likely

__all__ = ["check_law", "laws_for"]

Array = np.ndarray[Any, Any]
MANY, SEED = 24, 11
NEAR = 1e-5
FAR = 30.0  # where every loss pulls back, and exp is no more than 1e13
EXTREME = (40.0, 300.0, 800.0)  # where exp in float32 and in float64 overflow
# What the arguments of objectives are called: targets, predictions, weights, and a data set of a booster.
TARGETS = ("y_true", "y", "target", "targets", "labels", "label")
PREDICTIONS = ("y_pred", "preds", "pred", "predt", "prediction", "predictions", "score", "scores", "raw")
WEIGHTS = ("sample_weight", "weight", "weights", "w")
DATA = ("dtrain", "train_data", "data", "dataset", "train_set", "dmatrix")


class Data:
    """What a booster hands to its native objectives: labels and weights that are asked for."""

    def __init__(self, y: Array, weight: Array | None) -> None:
        self.label, self.weight = y, weight

    def get_label(self) -> Array:
        """The targets."""
        return self.label

    def get_weight(self) -> Array | None:
        """The weights; XGBoost gives an empty array where LightGBM gives None."""
        return self.weight

    def get_group(self) -> None:
        """The sizes of groups, of which there are none."""


class Objective:
    """An objective, called by its targets, scores and weights in whatever order it takes them.

    Attributes
    ----------
    weighs : bool
        Whether it can be given weights.
    """

    def __init__(self, function: Any) -> None:
        self.function = function
        if of_catboost(function):
            self.order, self.weight, self.weighs = "CatBoost's", None, True
            return
        try:
            given = list(inspect.signature(function).parameters.values())
        except (TypeError, ValueError):
            given = []
        named = [one.name for one in given]
        self.order = self._order(named)
        self.weight = next((name for name in named if name in WEIGHTS), None)
        self.weighs = self.weight is not None or self.order == "data"

    def _order(self, named: list[str]) -> str:
        """Whether scores come before a data set, or before or behind targets."""
        first, second = [*named, "", ""][:2]
        if second in DATA:
            return "data"
        if first in PREDICTIONS and second in TARGETS:
            return "scores first"
        return "targets first"

    def __call__(self, y: Array, x: Array, weight: Array | None = None) -> Any:
        if self.order == "CatBoost's":
            return ders_range(self.function, y, x, weight) if x.ndim == 1 else ders_multi(self.function, y, x, weight)
        if self.order == "data":
            return self.function(x, Data(y, weight))
        first, second = (x, y) if self.order == "scores first" else (y, x)
        options = {} if weight is None or self.weight is None else {self.weight: weight}
        return self.function(first, second, **options)


def of_catboost(function: Any) -> bool:
    """Whether it is an object of methods that give the derivatives of minus the loss, as CatBoost's objectives are."""
    return hasattr(function, "calc_ders_range") or hasattr(function, "calc_ders_multi")


def ders_range(function: Any, y: Array, x: Array, weight: Array | None) -> tuple[Array, Array]:
    """The derivatives of the loss from CatBoost's method for one score a row, which gives a pair for each row."""
    pairs = np.asarray(function.calc_ders_range(x, y, weight), np.float64)
    if pairs.shape != (len(x), 2):
        raise ValueError(f"calc_ders_range gave the shape {pairs.shape}; wanted {(len(x), 2)}, two derivatives a row")
    return -pairs[:, 0], -pairs[:, 1]


def ders_multi(function: Any, y: Array, x: Array, weight: Array | None) -> tuple[Array, Array]:
    """The same from that for several scores a row, which is called row by row and gives a matrix of second derivatives."""
    weights = np.ones(len(x)) if weight is None else weight
    rows = [function.calc_ders_multi(list(row), t, w) for row, t, w in zip(x, y, weights, strict=True)]
    return -np.array([first for first, _ in rows]), -np.array([np.diag(second) for _, second in rows])


class Case:
    """An objective with data, and how a broken law is told."""

    def __init__(self, objective: Objective, domain: Domain, classes: int | None) -> None:
        self.objective, self.domain, self.classes = objective, domain, classes
        self.name = getattr(objective.function, "__qualname__", None) or shown(objective.function)
        self.rng = np.random.default_rng(SEED)
        shape = (MANY,) if classes is None else (MANY, classes)
        self.x = self.rng.normal(scale=2.0, size=shape)
        self.y = self._targets()

    def _targets(self) -> Array:
        if self.classes is not None:
            return self.rng.integers(0, self.classes, MANY).astype(np.float64)
        drawn = self.rng.normal(scale=2.0, size=MANY)
        maps: tuple[Callable[[Array], Array], ...] = (
            lambda z: z,
            lambda z: 0.3 + np.abs(z),
            lambda z: np.clip((z + 1) / 2, 0.0, 1.0),
            lambda z: np.where(z > 0, 1.0, 0.0),
        )
        return next(into(drawn) for into in maps if not self.domain.excludes(into(drawn)).any())

    def run(self, y: Array, x: Array, weight: Array | None = None) -> tuple[Array, Array]:
        """The gradient and the Hessian, in the shape of the scores."""
        kept = [None if one is None else one.copy() for one in (y, x, weight)]
        try:
            with np.errstate(all="ignore"):
                result = self.objective(y.copy(), (given := x.copy()), None if weight is None else weight.copy())
        except (Exception, SystemExit) as error:
            self.fail(f"an objective takes targets and scores, and returns a gradient and a Hessian ({shown(error)})")
        if not np.array_equal(given, x, equal_nan=True) or kept[1] is None:
            self.fail("an objective leaves its arguments as they are", mistake="the scores are changed in place")
        if not isinstance(result, tuple | list) or len(result) != 2:
            self.fail("an objective returns two arrays, the gradient and the Hessian", got=result)
        arrays = [np.asarray(one) for one in result]
        for what, array in zip(("gradient", "Hessian"), arrays, strict=True):
            if array.dtype.kind not in "fiu":
                self.fail(f"the {what} is an array of numbers", got=array.dtype)
            if array.shape != x.shape:
                mistake = ""
                if array.ndim == 0:
                    mistake = "it is a mean or a sum over the elements; boosters want one number for each"
                elif array.size == x.size:
                    mistake = f"it is the right one in another layout: return it with .reshape({x.shape})"
                self.fail(f"the {what} has the shape of the scores", mistake=mistake, got=array.shape, wanted=x.shape)
        return arrays[0].astype(np.float64), arrays[1].astype(np.float64)

    def fail(self, law: str, index: tuple[Any, ...] = (), mistake: str = "", **seen: Any) -> NoReturn:
        """Raise with the one element that breaks a law."""
        facts = [f"y_true = {self.y[index[0]]!r}", f"y_pred = {self.x[index[0]]!r}"] if index else []
        facts += [f"{key} = {value!r}" for key, value in seen.items()]
        facts += [f"perhaps {mistake}"] if mistake else []
        raise AssertionError("\n  ".join([f"the objective {self.name} breaks a law: {law}", *facts]))

    def hold(
        self, law: str, got: Array, wanted: Array, mistakes: dict[str, Array] | None = None, slack: float = 1e-9
    ) -> None:
        """Hold two arrays to be equal; name the mistake whose outcome came instead."""
        equal = alike(got, wanted, slack, np.maximum(np.abs(wanted), np.max(np.abs(wanted), initial=0) * 1e-6))
        if not equal.all():
            index = np.unravel_index(int(np.argmin(equal)), equal.shape)
            made = (
                words for words, outcome in (mistakes or {}).items() if np.allclose(got, outcome, rtol=1e-6, atol=0)
            )
            self.fail(law, index, next(made, ""), got=got[index], wanted=wanted[index])


def laws_for(target: Any = "real", n_classes: Any = None, hessian: Any = "exact") -> tuple[str, ...]:
    """The names of the laws for an objective with these options."""
    if hessian not in ("exact", "any"):
        raise lossreg.ParameterError(f"hessian is {shown(hessian)}; wanted 'exact' or 'any'")
    known = [domain.value for domain in Domain if domain is not Domain.NONE]
    if target not in known:
        raise lossreg.ParameterError(f"target is {shown(target)}; wanted one of {', '.join(map(repr, known))}")
    if n_classes is not None and (not isinstance(n_classes, int) or n_classes < 2):
        raise lossreg.ParameterError(f"n_classes is {shown(n_classes)}; wanted None or a whole number of at least 2")
    return tuple(law for law in LAWS if law != "derived" or hessian == "exact")


def check_law(function: Any, law: str, **options: Any) -> None:
    """Hold an objective to one law, by its name, with the options that `laws_for` takes."""
    laws_for(**options)
    LAWS[law](Case(Objective(function), Domain(options.get("target", "real")), options.get("n_classes")))


def _defined(case: Case) -> None:
    for what, array in zip(("gradient", "Hessian"), case.run(case.y, case.x), strict=True):
        wrong = ~np.isfinite(array)
        if wrong.any():
            index = np.unravel_index(int(np.argmax(wrong)), wrong.shape)
            mistake = "y_pred is taken for a probability, and is a raw score" if np.isnan(array[index]) else ""
            case.fail(f"the {what} of valid numbers is a finite number", index, mistake, got=array[index])


def _of_each(case: Case) -> None:
    """Each element has a gradient of its own, however many others there are and wherever they stand."""
    few = slice(0, MANY // 3)
    turned = slice(None, None, -1)
    for what, all_of, some, backwards in zip(
        ("gradient", "Hessian"),
        case.run(case.y, case.x),
        case.run(case.y[few], case.x[few]),
        case.run(case.y[turned], case.x[turned]),
        strict=True,
    ):
        as_of_a_mean = all_of[few] * (MANY / len(some))
        mistakes = {
            "it is divided by the number of elements, as that of a mean: boosters want that of each": as_of_a_mean
        }
        case.hold(f"the {what} of an element does not depend on how many others there are", some, all_of[few], mistakes)
        case.hold(f"the {what} of an element does not depend on where it stands", backwards[turned], all_of)


def _pulls_back(case: Case) -> None:
    """Far above its target a score is pulled down, and far below up."""
    if case.classes is None:
        up, down = (case.run(case.y, np.full_like(case.x, sign * FAR))[0] for sign in (1, -1))
        low, high = (case.y <= 0, case.y >= 1) if case.domain.is_label else (np.full(MANY, True),) * 2
        if case.domain.is_label:
            # A score that says what the label says is hardly pulled at all, one that says the opposite is.
            right = np.concatenate([up[high], down[low]])
            wrong = np.concatenate([down[high], -up[low]])
            if np.all(wrong >= 0) and np.any(wrong > 0):
                turned = "its sign is turned, as from y_true - p in place of p - y_true"
                if case.objective.order == "CatBoost's":
                    turned = "its sign is turned: CatBoost wants the derivatives of minus the loss"
                case.fail("a score on the wrong side of its label is pulled to the other", mistake=turned, got=wrong[0])
            if np.max(np.abs(right)) > FAR / 2 - 1:
                mistake = (
                    "y_pred is taken for a probability, and is a raw score: the gradient is sigmoid(y_pred) - y_true"
                )
                case.fail("a score of 30 for a label of 1 is right, and hardly pulled", mistake=mistake, got=right[0])
            return
    else:
        index = case.y.astype(int)
        x = np.zeros_like(case.x)
        x[np.arange(MANY), index] = -FAR
        down = case.run(case.y, x)[0][np.arange(MANY), index]
        up = np.zeros(MANY)
    if np.all(up <= 0) and np.all(down >= 0) and (np.any(up < 0) or np.any(down > 0)):
        turned = "its sign is turned, as from y_true - y_pred in place of y_pred - y_true"
        if case.objective.order == "CatBoost's":
            turned = "its sign is turned: CatBoost wants the derivatives of minus the loss"
        case.fail("a score far from its target is pulled back", mistake=turned, got=(up[0], down[0]))


def _weighted(case: Case) -> None:
    if not case.objective.weighs:
        return
    weight = case.rng.uniform(0.5, 2.0, MANY)
    pairs = zip(("gradient", "Hessian"), case.run(case.y, case.x, weight), case.run(case.y, case.x), strict=True)
    for what, got, plain in pairs:
        w = over(weight, plain)
        mistakes = {
            "the weights are forgotten": plain,
            "the weights are multiplied in twice": w * w * plain,
            "the weights are divided by their sum": w * plain / weight.sum(),
            "the weights are divided by their mean": w * plain / weight.mean(),
        }
        # XGBoost and LightGBM multiply the weights of a data set in themselves, or leave them to the objective.
        if case.objective.order == "data" and np.array_equal(got, plain):
            continue
        case.hold(f"weights multiply the {what}", got, w * plain, mistakes)


def _finite(case: Case) -> None:
    for size in EXTREME:
        for sign in (1.0, -1.0):
            for what, array in zip(("gradient", "Hessian"), case.run(case.y, sign * size + 0 * case.x), strict=True):
                if np.isnan(array).any():
                    index = np.unravel_index(int(np.argmax(np.isnan(array))), array.shape)
                    case.fail(
                        f"the {what} of a score of {sign * size:g} is a number",
                        mistake="exp overflows: write 1 / (1 + exp(-x)) as scipy.special.expit, or softmax less the maximum",
                        y_true=case.y[index[0]],
                        got=array[index],
                    )


def _derived(case: Case) -> None:
    """The Hessian is the derivative of the gradient, by differences."""
    got = case.run(case.y, case.x)[1]
    wanted, error = np.empty(got.shape), np.empty(got.shape)
    for at in [(..., k) for k in range(case.classes)] if case.classes else [...]:
        unit = np.zeros(case.x.shape)
        unit[at] = 1.0

        def moved(shift: Array, at: Any = at) -> Array:
            return np.asarray(case.run(case.y, case.x + shift)[0][at])

        wanted[at], error[at] = extrapolated(moved, unit)
    size = np.maximum(np.abs(got), np.abs(wanted))
    clear = error <= NEAR * np.maximum(size, 1e-3)
    wrong = clear & ~(np.abs(got - wanted) <= NEAR * size + 100 * error)
    if wrong.any():
        index = np.unravel_index(int(np.argmax(wrong)), wrong.shape)
        mistake = likely(got, wanted, clear, case.x, case.classes is not None)
        if not mistake and np.all(got == got.flat[0]):
            mistake = "it is a constant in place of the curvature; hessian='any' lets that pass"
        case.fail("the Hessian is the derivative of the gradient", index, mistake, got=got[index], wanted=wanted[index])


LAWS: dict[str, Callable[[Case], None]] = {
    "defined": _defined,
    "of_each": _of_each,
    "pulls_back": _pulls_back,
    "weighted": _weighted,
    "finite": _finite,
    "derived": _derived,
}
