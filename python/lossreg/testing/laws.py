"""The laws that every loss is held to, for the authors of losses: call `check_loss` in a test.

The laws are about a loss alone, not about other numbers than its own: derivatives belong to values, weights multiply,
masked elements drop out, reductions agree, what is rebuilt is equal. They are checked on drawn data, always the same.
"""

from __future__ import annotations

import copy
import importlib
import importlib.util
import math
import pickle
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np

import lossreg
from lossreg.shown import shown
from lossreg.testing import objectives
from lossreg.testing.case import Case, over
from lossreg.testing.differences import extrapolated
from lossreg.testing.mistakes import likely
from lossreg.testing.parts import divided, merged
from lossreg.typing import LossLike

__all__ = ["check_loss"]

Array = np.ndarray[Any, Any]
NEAR = 1e-6


def check_loss(
    loss: LossLike | type[lossreg.Loss] | Callable[..., object],
    *,
    exact: bool = False,
    target: str | None = None,
    n_classes: int | None = None,
    hessian: str | None = None,
) -> None:
    """Hold a loss to the laws of all losses, or an objective of a gradient booster to those of objectives.

    Parameters
    ----------
    loss : Loss, class of losses or callable
        The loss, or what `lossreg.get` takes, or its class. Or a function of the targets and raw scores (in either order, if its
        parameters are called so), or of the scores and a data set with `get_label` and `get_weight`, that returns the
        gradient and the Hessian, as XGBoost and LightGBM take it. Or an object with ``calc_ders_range`` or
        ``calc_ders_multi``, which give the derivatives of minus the loss, as CatBoost takes it.
    exact : bool, default False
        Whether to hold a loss to the bits that lossreg's own losses keep: weights and reductions that round once, and all
        of that in float32 too.
    target : str or lossreg.info.Domain, optional
        What the targets of an objective may be, such as ``"label"`` or ``"positive"``; by default ``"real"``.
    n_classes : int, optional
        Of an objective of several classes, how many scores a sample has. Targets are indices of classes.
    hessian : {"exact", "any"}, optional
        Whether the Hessian of an objective has to be the derivative of its gradient, as by default, or may be another
        curvature.

    Raises
    ------
    AssertionError
        With the first law that is broken, the smallest piece of the data that breaks it, what came and what was wanted,
        and the common mistake that would explain it.

    Notes
    -----
    The laws, in order: the name, parameters, ``config()``, ``repr`` and pickle rebuild an equal loss; results have the
    shape and dtype of the predictions; numbers give numbers, not NaN; the gradient is the derivative of the value and the
    Hessian that of the gradient (by differences of high order, away from kinks); weights multiply; fused methods give what the
    separate ones give; an element has the same loss in whatever part of the data it comes; masked elements contribute 0
    whatever they hold; reductions agree with the unreduced loss; NaN gives NaN; nothing gives nothing, and its mean is an
    `EmptyError`; ``min_hessian`` is a floor; the states of parts, merged in any order and read again from their bytes, have
    the value of one call.

    Those of objectives: they leave their arguments as they are and return two arrays of finite numbers, shaped like the
    scores; an element's derivatives depend on no other element; scores far from their targets are pulled back; weights
    multiply; scores of any size give numbers; the Hessian is the derivative of the gradient.

    A loss whose `LossInfo.coupled` is true is held to the laws only that do not speak of single elements. A row-wise loss is
    looked at with its classes on the last axis. The class of a loss that is made inside a function is
    pickled by cloudpickle, and is not pickled where that is missing; nor is a loss that refuses it by a ``PicklingError``.

    Examples
    --------
    >>> import lossreg
    >>> from lossreg.testing import check_loss
    >>> check_loss(lossreg.get("huber", delta=2.0))
    >>> def objective(y_true, y_pred):
    ...     return y_true - y_pred, np.ones(len(y_pred))
    >>> check_loss(objective)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    AssertionError: the objective objective breaks a law: a score far from its target is pulled back
      got = (np.float64(-...), np.float64(...))
      perhaps its sign is turned, as from y_true - y_pred in place of y_pred - y_true
    """
    options = {"target": target, "n_classes": n_classes, "hessian": hessian}
    objective = {name: value for name, value in options.items() if value is not None}
    for law in laws_of(loss, objective):
        check_law(loss, law, exact=exact, **objective)


def laws_of(loss: Any, objective: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of the laws for a loss, or for an objective with these options."""
    return objectives.laws_for(**objective) if is_objective(loss) else tuple(LAWS)


def is_objective(loss: Any) -> bool:
    """Whether it is an objective and no loss."""
    if objectives.of_catboost(loss):
        return True
    return callable(loss) and not isinstance(loss, lossreg.Loss) and not _is_class(loss)


def _is_class(loss: Any) -> bool:
    return isinstance(loss, type) and issubclass(loss, lossreg.Loss)


def check_law(loss: Any, law: str, *, exact: bool = False, **objective: Any) -> None:
    """Hold a loss or an objective to one law, by its name."""
    if is_objective(loss):
        if exact:
            raise lossreg.ParameterError("exact=True is about losses of lossreg; an objective keeps no bits")
        objectives.check_law(loss, law, **objective)
        return
    if objective:
        name = next(iter(objective))
        raise lossreg.ParameterError(f"{name}= is about objectives of boosters; {shown(loss)} says it itself")
    loss = loss() if _is_class(loss) else lossreg.get(loss)
    if loss.info.coupled and law in OF_EACH:
        return
    for dtype in (np.float64, np.float32) if exact else (np.float64,):
        LAWS[law](Case(loss, dtype, exact))


def _rebuilt(case: Case) -> None:
    loss = case.loss
    ways: dict[str, Callable[[], Any]] = {
        "copy.copy": partial(copy.copy, loss),
        "copy.deepcopy": partial(copy.deepcopy, loss),
    }
    if pickler := _pickler(loss):
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            ways[f"{pickler.__name__}, protocol {protocol},"] = partial(_pickled, pickler, loss, protocol)
    if case.info.provider:
        ways["lossreg.get(config())"] = lambda: lossreg.get(loss.config())
        ways["lossreg.get(repr())"] = lambda: lossreg.get(repr(loss))
    for way, make in ways.items():
        again = make()
        if again != loss or hash(again) != hash(loss) or again.params != loss.params or repr(again) != repr(loss):
            case.fail(f"{way} rebuilds an equal loss", got=again, wanted=loss)


def _pickled(pickler: Any, loss: lossreg.Loss, protocol: int) -> Any:
    return pickle.loads(pickler.dumps(loss, protocol))


def _pickler(loss: lossreg.Loss) -> Any:
    """The module that can pickle the loss; None where there is none, or the loss says itself that it is not pickled."""
    pickler: Any = pickle
    try:
        pickle.dumps(type(loss))
    except (pickle.PicklingError, AttributeError):
        if not importlib.util.find_spec("cloudpickle"):
            return None
        pickler = importlib.import_module("cloudpickle")
    try:
        loss.__reduce__()
    except pickle.PicklingError:
        return None
    return pickler


def _shaped(case: Case) -> None:
    predictions = case.arrays[case.predicted[0]]
    wanted = predictions.shape[: predictions.ndim - case.inner]
    for dtype in (np.float32, np.float64):
        arrays = tuple(a.astype(dtype) if i in case.predicted else a for i, a in enumerate(case.arrays))
        value = case.run("value", *arrays)
        if value.shape != wanted or value.dtype != dtype:
            case.fail("the unreduced loss has the shape and dtype of y_pred", got=(value.shape, value.dtype))
        for method in case.methods[1:]:
            for place, result in zip(case.predicted, case.results(method, *arrays), strict=True):
                if result.shape != arrays[place].shape or result.dtype != dtype:
                    case.fail(f"{method} has the shape and dtype of y_pred", got=(result.shape, result.dtype))


def _defined(case: Case) -> None:
    for method in case.methods:
        for result in case.results(method):
            wrong = np.isnan(result)
            if wrong.any():
                index = np.unravel_index(int(np.argmax(wrong)), wrong.shape)
                mistake = "0 * inf, inf - inf or 0 / 0 where a term vanishes, or the logarithm of a negative number"
                law = f"the {method} of valid numbers is a number"
                case.fail(law, index, mistake, got=result[index], of=f"{int(wrong.sum())} of {wrong.size} elements")


def _derived(case: Case) -> None:
    if case.dtype is not np.float64:
        return
    for before, method in zip(case.methods, case.methods[1:], strict=False):
        of = {"value": "value", "grad": "gradient", "hess": "Hessian"}
        law = f"the {of[method]} is the derivative of the {of[before]}"
        for number, place in enumerate(case.predicted):
            got = case.results(method)[number]
            wanted, error = _differences(case, before, number, place)
            size = np.maximum(np.abs(got), np.abs(wanted))
            clear = error <= NEAR * np.maximum(size, 1e-3)
            if np.mean(clear) < 0.5:
                case.fail(f"{law}: differences do not settle, so it is too rough to tell")
            wrong = clear & ~(np.abs(got - wanted) <= NEAR * size + 100 * error)
            if wrong.any():
                index = np.unravel_index(int(np.argmax(wrong)), wrong.shape)
                mistake = likely(got, wanted, clear, case.arrays[place], case.inner > 0)
                case.fail(law, index, mistake, got=got[index], wanted=wanted[index])


def _differences(case: Case, before: str, number: int, place: int) -> tuple[Array, Array]:
    """The derivative of what comes before a derivative, by differences, and its error."""
    x = case.arrays[place]
    derivative, error = np.empty(x.shape), np.empty(x.shape)
    for at in [(..., *index) for index in np.ndindex(x.shape[x.ndim - case.inner :])]:
        unit = np.zeros(x.shape)
        unit[at] = 1.0

        def moved(shift: Array, at: Any = at) -> Array:
            results = case.results(before, *case.changed(place, x + shift))
            return np.asarray(results[0] if before == "value" else results[number][at])

        derivative[at], error[at] = extrapolated(moved, unit)
    return derivative, error


def _fused(case: Case) -> None:
    weight = case.weights()
    for method, parts in {
        "__call__": ("value",),
        "value_and_grad": ("value", "grad"),
        "grad_and_hess": ("grad", "hess"),
        "value_grad_hess": ("value", "grad", "hess"),
    }.items():
        for reduction in ("none", "sum", "mean") if set(parts) <= set(case.methods) else ():
            options = {"sample_weight": weight, "reduction": reduction}
            results = case.run(method, **options) if len(parts) > 1 else (case.run(method, **options),)
            for part, result in zip(parts, results, strict=True):
                both = result if isinstance(result, tuple) else (result,), case.results(part, **options)
                for got, wanted in zip(*both, strict=True):
                    case.same(f"{method} gives the {part} that {part} gives", got, wanted)


def _weighted(case: Case) -> None:
    weight = case.weights()
    for method in case.methods:
        # Two sides are weighted, then added, and may cancel: what is rounded is as large as they are. A row's weight, and
        # that of what has several numbers, is multiplied in where its sums are.
        rounded = 2 * (len(case.predicted) - 1) if method == "value" else 8 * (not case.of_elements)
        slack, tiny = rounded * float(np.finfo(case.dtype).eps) if case.exact else 1e-14, np.finfo(case.dtype).tiny
        for got, plain in zip(case.results(method, sample_weight=weight), case.results(method), strict=True):
            w = over(weight, plain)
            mistakes = {"the weights are forgotten": plain, "the weights are multiplied in twice": w * w * plain}
            # Below the normal numbers what is rounded is as large as for the least of these.
            size = weight * case.terms() if method == "value" else np.maximum(np.abs(w * plain), tiny)
            case.same(f"weights multiply the {method}", got, w * plain, slack, mistakes, size)


def _masked(case: Case) -> None:
    mask = case.rng.random(len(case.arrays[0])) < 0.6
    spoilt = tuple(np.where(over(mask, a), a, np.nan) if a.dtype.kind == "f" else a for a in case.arrays)
    slack = 0.0 if case.exact else 1e-14
    for method in case.methods:
        for got, plain in zip(case.results(method, *spoilt, where=mask), case.results(method), strict=True):
            law = (
                f"masked elements contribute 0 to the {method}, NaN or not, and the others what they do without a mask"
            )
            mistakes = {"the mask is forgotten": np.where(over(mask, plain), plain, np.nan)}
            case.same(law, got, np.where(over(mask, plain), plain, 0.0), slack, mistakes)
    dropped = case.run("value", *(a[mask] for a in case.arrays), reduction="mean")
    masked = case.run("value", *spoilt, where=mask, reduction="mean")
    slack = 0.0 if case.exact and case.dtype is np.float64 else 1e-12  # sums of float32 are rounded more than once
    case.same("the mean over a mask is that of the elements that count", masked, dropped, slack)


def _reduced(case: Case) -> None:
    weight = case.weights()
    losses = case.run("value", sample_weight=weight)
    total, size = sum(map(Fraction, map(float, losses))), math.fsum(weight * case.terms())
    slack = 0.0 if case.exact else 1e-12
    if case.dtype is not np.float64 or len(case.predicted) > 1:  # sums are made of more than the rounded losses hold
        slack = max(slack, float(np.finfo(case.dtype).eps))
    divisors = {
        "sum": Fraction(1),
        "mean": Fraction(len(losses)),
        "weighted_mean": sum(map(Fraction, map(float, weight))),
    }
    for reduction, divisor in divisors.items():
        value = case.run("value", sample_weight=weight, reduction=reduction)
        if type(value) is not float:
            case.fail(f"the {reduction} is a float", got=value)
        wanted = float(total / divisor)
        if abs(value - wanted) > slack * size / float(divisor):
            case.fail(f"the {reduction} is that of the unreduced losses", got=value, wanted=wanted)
        near = 4 * float(np.finfo(case.dtype).eps) if case.exact else 1e-14
        for method in case.methods[1:]:
            reduced = case.results(method, sample_weight=weight, reduction=reduction)
            for got, plain in zip(reduced, case.results(method, sample_weight=weight), strict=True):
                mistakes = {"the derivative is divided, and should not be, or is not, and should be": plain}
                case.same(f"{method} is that of the {reduction}", got, plain / float(divisor), near, mistakes)


def _spoilt(case: Case) -> None:
    for number, place in enumerate(case.predicted):
        x = case.arrays[place].copy()
        x[0] = np.nan
        arrays = case.changed(place, x)
        value, plain = case.run("value", *arrays), case.run("value")
        if len(case.predicted) == 1:
            case.same("a NaN gives NaN and leaves the other losses alone", value[1:], plain[1:])
        if not np.isnan(value[0]):
            case.fail("a NaN in y_pred gives a NaN", got=value[0])
        for method in case.methods[1:2]:
            slope = case.results(method, *arrays)[number][0]
            if not np.isnan(slope).all():
                case.fail("a NaN in y_pred gives a NaN in the gradient", got=slope)


def _empty(case: Case) -> None:
    arrays = tuple(a[:0] for a in case.arrays)
    value = case.run("value", *arrays)
    if value.shape != (0,):
        case.fail("no elements have no losses", got=value)
    if case.run("value", *arrays, reduction="sum") != 0.0:
        case.fail("the sum over nothing is 0", got=case.run("value", *arrays, reduction="sum"))
    try:
        mean = case.run("value", *arrays, reduction="mean")
    except lossreg.EmptyError:
        return
    case.fail("the mean over nothing raises an EmptyError", got=mean)


def _floored(case: Case) -> None:
    for floor in (0.0, 0.125) if "hess" in case.methods else ():
        for got, plain in zip(case.results("hess", min_hessian=floor), case.results("hess"), strict=True):
            case.same("min_hessian is the least Hessian", got, np.maximum(plain, floor).astype(plain.dtype))


LAWS: dict[str, Callable[[Case], None]] = {
    "rebuilt": _rebuilt,
    "shaped": _shaped,
    "defined": _defined,
    "derived": _derived,
    "weighted": _weighted,
    "fused": _fused,
    "divided": divided,
    "masked": _masked,
    "reduced": _reduced,
    "spoilt": _spoilt,
    "empty": _empty,
    "floored": _floored,
    "merged": merged,
}
# The laws of losses each of which depends on its own element or row only.
OF_EACH = ("derived", "weighted", "divided", "masked", "merged")
