"""Every loss with drawn arguments, as the laws want them, and what the laws say about results."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

import lossreg
from lossreg.testing import arguments

__all__ = [
    "CLASSES",
    "Case",
    "arrays",
    "case",
    "changed",
    "everything",
    "is_raw",
    "losses",
    "same",
    "value",
    "variants",
]

CLASSES = 4
WEIGHTS = [0.5, 2.0, 1.25, 0.0]


class Case(NamedTuple):
    """A loss with arguments that it takes."""

    loss: lossreg.Loss
    args: tuple[np.ndarray[Any, Any], ...]

    @property
    def unreduced(self) -> tuple[int, ...]:
        """The shape of the unreduced loss."""
        shape = self.args[-1].shape
        return shape[: len(shape) - lossreg.describe(self.loss).inner_axes]

    @property
    def predictions(self) -> tuple[np.ndarray[Any, Any], ...]:
        """The arguments that there is a gradient for."""
        return self.args if lossreg.describe(self.loss).family == "adversarial" else self.args[1:]


def variants(name: str) -> Iterator[dict[str, Any]]:
    """No parameters, and each parameter alone set to something else than its default; sets of elements are those of the last axis."""
    axis = {"axis": -1} if lossreg.describe(name).family == "set-wise" else {}
    yield from ({**axis, **params} for params in _variants(name) if _exists(name, params))


def _exists(name: str, params: dict[str, Any]) -> bool:
    """Whether there is such a loss: a number within the bounds of a parameter may not be among its values."""
    try:
        lossreg.get(name, **params)
    except lossreg.ParameterError:
        return False
    return True


def _variants(name: str) -> Iterator[dict[str, Any]]:
    yield {}
    for param in lossreg.describe(name).params:
        if param.kind == "switch":
            yield {param.name: not param.default}
        elif param.kind == "number":
            low = 0.0 if param.low in (None, -np.inf) else param.low
            high = np.inf if param.high is None else param.high
            step = 0.25 if low < high <= low + 1 else 1.75
            yield {param.name: low + step if low < high else high - step}
        elif param.kind == "choice":
            yield from ({param.name: word} for word in param.choices if word != param.default)
        elif param.kind == "per-class":
            yield {param.name: WEIGHTS}
        elif param.name == "ignore_index":
            yield {param.name: 1}


def losses() -> list[lossreg.Loss]:
    """Every registered loss in each variant."""
    return [lossreg.get(name, **params) for name in lossreg.names() for params in variants(name)]


def is_raw(loss: lossreg.Loss) -> bool:
    """Whether predictions are raw scores."""
    return loss.params.get(loss.info.raw_switch or "", True)


def case(loss: lossreg.Loss, n: int = 200, dtype: str = "float64", classes: int = CLASSES) -> Case:
    """A loss with drawn arguments, for the same arguments always the same: n elements, or rows of so many classes.

    Class indices are numbers of the dtype too, and some rows are ignored where the loss ignores an index.
    """
    seed = zlib.crc32(f"{loss!r} {n} {classes}".encode())
    *targets, last = arguments(loss, n, dtype, seed, n_classes=classes)
    targets = [target.astype(dtype, copy=False) for target in targets]
    if (ignored := loss.params.get("ignore_index")) is not None:
        targets[0][3::7] = ignored
    return Case(loss, (*targets, last))


def arrays(outcome: Any) -> list[np.ndarray[Any, Any]]:
    """What an evaluating method returned, as a flat list of arrays."""
    if isinstance(outcome, tuple | list):
        return [array for part in outcome for array in arrays(part)]
    return [np.asarray(outcome)]


def same(a: Any, b: Any) -> None:
    """The same bits, NaN being NaN and 0 being 0."""
    first, second = arrays(a), arrays(b)
    assert len(first) == len(second)
    for x, y in zip(first, second, strict=True):
        assert x.dtype == y.dtype
        np.testing.assert_array_equal(x, y)


def value(case: Case, **options: Any) -> Any:
    """The loss of a case."""
    return case.loss.value(*case.args, **options)


def everything(case: Case, **options: Any) -> list[np.ndarray[Any, Any]]:
    """Value, gradients and Hessians of a case."""
    return arrays(case.loss.value_grad_hess(*case.args, **options))


def changed(case: Case, change: Callable[[np.ndarray[Any, Any]], np.ndarray[Any, Any]]) -> Case:
    """The case with each of its arrays changed."""
    return Case(case.loss, tuple(map(change, case.args)))
